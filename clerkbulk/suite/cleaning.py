"""Cleaning: a live instance is left as it was found; every invitation of a run is revoked, also one never heard of.

An invitation is known by the answer that made it. Where there was none (a lost reply), or one that names nobody (a
refused call of which a part was created), it is found by listing what is pending to the addresses of the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from clerkbulk.contract.address import address_key
from clerkbulk.contract.cases.case import NOTHING, Ask
from clerkbulk.errors import ClerkRefused, KeyRefused, NotReachable
from clerkbulk.sending.clock import Clock
from clerkbulk.suite.desk import Answer
from clerkbulk.suite.harmless import addresses_in
from clerkbulk.suite.paced import PacedWire

LAG: Final = 60.0
"""Seconds after which an invitation that no list shows is taken for none; ours to choose, no source speaks of a lag."""
_APPLICATION: Final = "/v1/invitations"
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class _Made:
    """A pending invitation of ours: which list it is in, and why it could not be revoked, if that was tried."""

    list_path: str
    address: str
    why: str = "it was not tried"


class Cleaning:
    """Knows what a run has made, and revokes it. organization_id is the organization of the run, if there is one."""

    def __init__(self, wire: PacedWire, clock: Clock, organization_id: str | None) -> None:
        self._wire, self._clock = wire, clock
        self._list_of_organization = organization_id and f"/v1/organizations/{organization_id}/invitations"
        self._made: dict[str, _Made] = {}
        self._sent: dict[str, set[str]] = {}
        """The addresses of the run, by list."""
        self._to_read: set[str] = set()
        """Lists that may show invitations nobody has told us of."""
        self._unsure_since: float | None = None
        """When the last call left whose answer, if any, does not name everybody it may have made."""
        self._sure_until: float | None = None
        """The same before the call in flight."""
        self._strangers: set[str] = set()
        """Invitations that are not ours, by id."""
        self.trouble: NotReachable | KeyRefused | None = None
        """Why the last cleaning came to no end."""

    def is_strangers(self, invitation_id: str) -> bool:
        """Whether an invitation is known to be somebody else's."""
        return invitation_id in self._strangers

    def before(self, ask: Ask, *, is_ours: bool) -> None:
        """Note whom a creating call may invite, before it leaves. is_ours: nobody but this run knows the addresses.

        Where that is not so, those who are invited already are looked up first, to be left alone. Raises what reads do.
        """
        listed = ask.path.removesuffix("/bulk")
        keys = {address_key(address) for address in addresses_in(ask.body)}
        if not is_ours:
            for path in self._lists(listed):
                self._strangers |= {str(one.get("id")) for one in self._pending(path, keys)} - self._made.keys()
        for path in self._lists(listed):
            self._sent.setdefault(path, set()).update(keys)
            self._to_read.add(path)
        self._sure_until, self._unsure_since = self._unsure_since, self._clock.now()

    def after(self, ask: Ask, answer: Answer) -> None:
        """Note what a call has come back with."""
        items = list(_invitations(answer.body))
        if ask.creates and answer.status == 200 and items:
            listed = ask.path.removesuffix("/bulk")
            for item in items:
                self._made[str(item["id"])] = _Made(listed, str(item.get("email_address")))
        if ask.creates:
            named = {address_key(str(item.get("email_address"))) for item in items}
            wanted = {address_key(address) for address in addresses_in(ask.body)}
            # A single person refused is surely not invited; of several, some may be (clerk-contract 4.1).
            if (answer.status == 200 and wanted <= named) or (400 <= answer.status < 500 and len(wanted) <= 1):
                self._unsure_since = self._sure_until
        elif ask.path.endswith("/revoke") and answer.status == 200:
            self._made.pop(ask.path.split("/")[-2], None)
        elif ask.method == "GET":
            ours = {key for keys in self._sent.values() for key in keys}
            strange = {str(one["id"]) for one in items if address_key(str(one.get("email_address"))) not in ours}
            self._strangers |= strange - self._made.keys()

    def revoke_known(self) -> None:
        """Revoke what answers have named. Raises NotReachable and KeyRefused."""
        for invitation_id, made in list(self._made.items()):
            if (why := self._revoke(invitation_id, made)) is None:
                del self._made[invitation_id]
            else:
                self._made[invitation_id] = _Made(made.list_path, made.address, why)

    def clean(self) -> None:
        """Revoke everything of ours that is pending. What keeps it from that is in trouble, and in left."""
        self.trouble = None
        try:
            for path in sorted(self._to_read):
                for one in self._pending(path, self._sent[path]):
                    if str(one.get("id")) not in self._strangers:
                        self._made.setdefault(str(one.get("id")), _Made(path, str(one.get("email_address"))))
                self._to_read.discard(path)
            self.revoke_known()
        except (NotReachable, KeyRefused) as trouble:
            self.trouble = trouble

    def finish(self, say: Callable[[str], None]) -> None:
        """Clean for the last time: what was only told late by the lists is looked for once more. say is told of it."""
        self.clean()
        if self._unsure_since is not None and self.trouble is None:
            wait = max(0.0, self._unsure_since + LAG - self._clock.now())
            say(f"Looking once more in {wait:.0f} seconds for invitations that the lists were late to show.")
            self._clock.sleep(wait)
            self._to_read |= self._sent.keys()
            self.clean()
            self._unsure_since = None

    @property
    def left(self) -> tuple[str, ...]:
        """What may still be pending, a sentence each; empty when the instance is as it was."""
        said = [f"{found} to {made.address} was not revoked: {made.why}." for found, made in self._made.items()]
        said += [
            f"Whether anything to {', '.join(sorted(self._sent[path]))} is pending could not be read from GET {path}."
            for path in sorted(self._to_read)
        ]
        return tuple(said)

    def _lists(self, listed: str) -> set[str]:
        # A path may name the organization by its slug: what it made is in the list of the organization's id.
        if listed == _APPLICATION or self._list_of_organization is None:
            return {listed}
        return {listed, self._list_of_organization}

    def _pending(self, path: str, keys: set[str]) -> Iterator[dict[str, Any]]:
        try:
            for one in self._wire.pages(path, [("status", "pending")]):
                if address_key(str(one.get("email_address"))) in keys:
                    yield one
        except ClerkRefused as refused:
            # Of an organization that is not there nothing can be pending; the case asked what happens then.
            if isinstance(refused, KeyRefused) or refused.status >= 500:
                raise NotReachable(str(refused), sent=True) from None

    def _revoke(self, invitation_id: str, made: _Made) -> str | None:
        body = NOTHING if made.list_path == _APPLICATION else {}
        why = ""
        for _ in range(_TRIES):
            try:
                answer = self._wire.call(Ask("POST", f"{made.list_path}/{invitation_id}/revoke", body))
            except NotReachable as trouble:
                self._clock.sleep(1.0)
                why = str(trouble)
                continue
            # 400 and 404: it is not pending any more (error list).
            if answer.status in {200, 400, 404}:
                return None
            why = f"the revocation was answered {answer.status}"
        return why.rstrip(".")


def _invitations(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the invitations in an answer: one, a bare list, or a page."""
    try:
        document = json.loads(body)
    except ValueError:
        return
    listed = document.get("data") if isinstance(document, dict) and "data" in document else document
    for one in listed if isinstance(listed, list) else [listed]:
        if isinstance(one, dict) and str(one.get("object")) in {"invitation", "organization_invitation"}:
            yield one
