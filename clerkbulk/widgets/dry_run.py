"""Dry run: the whole job against a stand-in for Clerk, in virtual time, before it is done for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from clerkbulk.people.checked import Checked
from clerkbulk.people.wording import counted
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.progress import Progress
from clerkbulk.widgets import nodes
from clerkbulk.widgets.errands import Errands, Then
from clerkbulk.widgets.nodes import Node

REHEARSE: Final = "rehearse"
END: Final = "end_rehearsal"


class Rehearsed(Protocol):
    """What a rehearsal came to, as clerkbulk.rehearse returns it."""

    @property
    def ok(self) -> bool:
        """Whether nobody was invited twice or forgotten, and every job came to its end."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return its figures."""
        ...


Rehearse = Callable[..., Rehearsed]
"""clerkbulk.rehearse, handed in by the roof: the emulator is no part of this room."""


class _Ended(Exception):  # noqa: N818 - no error: somebody has seen enough
    """Somebody has ended the dry run."""


class DryRun:
    """Has a rehearsal done as an errand, and shows what it came to."""

    def __init__(self, rehearse: Rehearse, errands: Errands) -> None:
        self.said: str | None = None
        self._ok = True
        self._rehearse, self._errands = rehearse, errands
        self._settled = 0
        self._is_to_end = False

    def end(self) -> None:
        """Give up the one that is under way, at its next step."""
        self._is_to_end = True

    def forget(self) -> None:
        """Say nothing more of an earlier one, and end the one under way: it is another list, or another pace."""
        self.said = None
        self.end()

    def begin(self, checked: Checked, pace: Pace, known: float, now: float) -> None:
        """Begin a rehearsal. known is the share of the people who are left out, now the time if the pace has none."""
        begin = datetime.fromtimestamp(pace.start or now, UTC)
        self.said, self._is_to_end, self._settled, people = None, False, 0, len(checked.items)

        def show(_: bool, progress: Progress) -> None:
            if self._is_to_end:
                raise _Ended
            self._settled = people - progress.sum.open

        def work() -> Then:
            try:
                done = self._rehearse(checked, pace=pace, start=begin, known=known, show=show)
            except _Ended:
                return lambda: None
            return lambda: self._rehearsed(done)

        words = f"{counted(people, 'person', 'people')}; nothing is sent."
        self._errands.begin(REHEARSE, lambda: f"Rehearsing: {self._settled:,} of {words}", work)

    def view(self, *, disabled: bool) -> list[Node]:
        """Return the button, and what the last one came to."""
        about = "The whole job against a stand-in for Clerk on this machine, hours in seconds. Nothing is sent."
        button = nodes.button(REHEARSE, "Dry run", disabled=disabled)
        if self._errands.is_under_way(REHEARSE):
            button = nodes.button(END, "End the dry run", disabled=self._is_to_end)
        said = [nodes.notice(self.said, tone="ok" if self._ok else "error")] if self.said else []
        return [nodes.text(about), nodes.box([button], as_="row", key="dry"), *said]

    def _rehearsed(self, done: Rehearsed) -> None:
        self.said, self._ok = rehearsal_sentence(done), done.ok


def rehearsal_sentence(done: Rehearsed) -> str:
    """Return what a rehearsal came to, in words."""
    told = done.to_json()
    hours = f"{told['hours']:.1f} hours" if told["hours"] >= 0.1 else "at once"
    people = counted(told["invitations"] - told["known"], "person", "people")
    calm = f"Dry run: {people} in {counted(told['calls'], 'call')}, {hours}"
    if not done.ok:
        wrong = [f"{run['twice']} invited twice, {run['lost']} lost" for run in told["runs"]]
        reasons = [str(run["reason"]) for run in told["runs"] if run["reason"]]
        return f"{calm}. Something is wrong: {'; '.join([*wrong, *reasons])}. Send nothing, and please report it."
    troubled = any(run["faults"] for run in told["runs"])
    again = "; once more with crashes, lost replies, 429 and 503, with the same end" if troubled else ""
    return f"{calm}. Nobody was invited twice and nobody forgotten{again}. Nothing was sent."
