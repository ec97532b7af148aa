"""OnboardingLook: looks at Clerk beside the form, says how far it is, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from clerkbulk.widgets import nodes
from clerkbulk.widgets.access import FORGET, Access
from clerkbulk.widgets.errands import Errands, Then
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.onboarding_source import OnboardingSource

if TYPE_CHECKING:
    from clerkbulk.onboarding.looking.look import Looked
    from clerkbulk.onboarding.onboarding import Onboarding

LOOK: Final = "look"
READ: Final = "read"
STOP: Final = "stop_looking"


class OnboardingLook:
    """The looks of one form. What came of one is handed to take, on the form's own side (see Errands.settle)."""

    def __init__(self, source: OnboardingSource, access: Access, take: Callable[[Onboarding], None]) -> None:
        self.source, self.access = source, access
        self.errands = Errands()
        self._take = take
        self._stop = threading.Event()
        self._looked: Looked | None = None

    def read(self) -> None:
        """Begin to tell what was seen before, without looking at Clerk. A ledger that is not there stays so."""
        if self.source.is_there:
            self.errands.begin(READ, lambda: "Reading what was seen so far.", self._telling(self.source.tell))

    def hear(self, name: str, value: Any) -> bool:
        """Take a button or a key of this part; return whether it was one."""
        if self.access.hear(name, value):
            self.errands.trouble.pop(LOOK, None)
        elif name == LOOK:
            self._begin()
        elif name == STOP:
            self._stop.set()
        else:
            return False
        return True

    def _begin(self) -> None:
        client = self.access.client
        if client is None or self.errands.is_under_way(LOOK):
            return
        stop = self._stop = threading.Event()
        self._looked = None

        def tell() -> Onboarding:
            with self.access.using(client):
                return self.source.tell(client, self._has_come, stop)

        self.errands.begin(LOOK, self._words, self._telling(tell))

    def _telling(self, tell: Callable[[], Onboarding]) -> Callable[[], Then]:
        def work() -> Then:
            told = tell()
            return lambda: self._take(told)

        return work

    def _has_come(self, looked: Looked) -> None:
        self._looked = looked

    def _words(self) -> str:
        if self._stop.is_set():
            return "Stopping: the page that is on its way is read and kept, and the next look goes on from there."
        looked = self._looked
        if looked is None:
            return "Looking at Clerk."
        of = "" if looked.of is None else f" of {looked.of:,}"
        waits = " Waiting for room in Clerk's rate limit." if looked.waiting_until is not None else ""
        return f"Looking at Clerk: {looked.part}, {looked.seen:,}{of} read.{waits}"

    def view(self, *, is_first: bool) -> list[Node]:
        """Return the button and what is going on; is_first: nothing was seen at Clerk yet, so that it leads."""
        going = [*self.errands.view(READ), *self.errands.view(LOOK)]
        if self.errands.is_under_way(LOOK):
            looked = self._looked
            how_far = [] if looked is None or not looked.of else [
                nodes.progress(looked.seen, looked.of, f"{looked.part}: {looked.seen:,} of {looked.of:,}")
            ]  # fmt: skip
            stop = nodes.button(STOP, "Stop looking", disabled=self._stop.is_set())
            return [nodes.box([*going, *how_far, nodes.box([stop], as_="row")], key="looking")]
        client = self.access.client
        if client is None:
            needed = [nodes.text("A look at Clerk needs a key. It only reads."), self.access.view()]
            return [nodes.box([*going, nodes.details("Look at Clerk now", needed, is_open=is_first)], key="key")]
        kind = "production" if self.access.is_live else "development"
        row = [
            nodes.button(LOOK, "Look at Clerk now", tone="primary" if is_first else "plain"),
            nodes.text(f"Only reads, from the {kind} instance at {client.api_url}.", as_="span", tone="dim"),
            nodes.button(FORGET, "Forget the key", tone="small"),
        ]
        return [nodes.box([*going, nodes.box(row, as_="row")], key="look")]
