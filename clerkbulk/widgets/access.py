"""Access: the key to Clerk, from the environment or typed in. It is kept in a client and nowhere else."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from clerkbulk.contract.endpoint import API_URL, DEVELOPMENT_EMAILS
from clerkbulk.errors import ClerkbulkError
from clerkbulk.sending.client import Client
from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node

KEY: Final = "secret_key"
"""The name of the field that takes a key."""
FORGET: Final = "forget_key"


class Access:
    """A client of the instance that a key opens, or None while there is no key. Shows what it opens, never the key.

    client stands in for a key; else CLERK_SECRET_KEY and CLERK_API_URL of environ (default: the process's) are looked
    at once. A key that is typed in later goes to the same address.
    """

    def __init__(self, client: Client | None = None, *, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self.client = client
        self.trouble: str | None = None
        """Why there is no client although a key was given, as a sentence."""
        self._users: Counter[Client] = Counter()
        self._mine: set[Client] = set()
        self._lock = threading.Lock()
        self._api_url = client.api_url if client is not None else environ.get("CLERK_API_URL") or API_URL
        if client is None and environ.get("CLERK_SECRET_KEY"):
            try:
                self.client = Client.from_env(environ)
                self._mine.add(self.client)
            except ClerkbulkError as error:
                self.trouble = f"CLERK_SECRET_KEY: {error}"

    @property
    def is_live(self) -> bool:
        """Whether the key opens a production instance: real people get real mail."""
        return self.client is not None and self.client.environment == "production"

    def hear(self, name: str, value: Any) -> bool:
        """Take a key that somebody has typed, or forget the one there is; return whether it was one of the two."""
        if name not in {KEY, FORGET}:
            return False
        self.forget()
        if name == KEY:
            try:
                self.client = Client(str(value), api_url=self._api_url)
                self._mine.add(self.client)
            except ClerkbulkError as error:
                self.trouble = str(error)
        return True

    def forget(self) -> None:
        """Let go of the key. Whoever uses the client at this moment comes to an end with it."""
        client, self.client, self.trouble = self.client, None, None
        if client is not None:
            self._close_unused(client)

    @contextmanager
    def using(self, client: Client) -> Iterator[Client]:
        """Keep a client open while it is used, also when the key is forgotten meanwhile."""
        with self._lock:
            self._users[client] += 1
        try:
            yield client
        finally:
            with self._lock:
                self._users[client] -= 1
            if client is not self.client:
                self._close_unused(client)

    def _close_unused(self, client: Client) -> None:
        with self._lock:
            if client in self._mine and not self._users[client]:
                self._mine.discard(client)
                client.close()

    def view(self) -> Node:
        """Return what the key opens, or the field that asks for one."""
        if self.client is None:
            return nodes.box(
                [
                    nodes.field(
                        KEY, "Secret key", kind="secret", placeholder="sk_test_… or sk_live_…", error=self.trouble,
                        help_="From the Clerk Dashboard, API keys. It is kept in memory until you forget it or the "
                        "kernel ends, and never saved or shown. CLERK_SECRET_KEY in the environment spares you this.",
                    )
                ],
                as_="fields",
                label="The key",
                key="access",
            )  # fmt: skip
        forget = nodes.button(FORGET, "Forget the key", tone="small")
        return nodes.box(
            [self.notice(), nodes.box([forget], as_="row", key="forget")], label="The instance", key="access"
        )

    def notice(self) -> Node:
        """Return which instance it is, and whether it is live, in words that nobody takes for the other."""
        if self.client is None:
            return nodes.notice("There is no key yet.")
        if self.is_live:
            return nodes.notice(
                f"LIVE. This key opens a production instance at {self.client.api_url}: real people get real "
                "invitations.",
                tone="live",
            )
        return nodes.notice(
            f"Development instance at {self.client.api_url}. It mails at most {DEVELOPMENT_EMAILS.number} invitations "
            "a calendar month, and it does mail them.",
        )

    def __repr__(self) -> str:
        return f"<Access: {self.client!r}>"
