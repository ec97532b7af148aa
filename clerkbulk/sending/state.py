"""The states of jobs, rows and batches as data, and the sum that must always hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class RowState(StrEnum):
    """What became of a row; every row is in exactly one of these at every moment."""

    LEFT = "left"
    """Waits to be sent."""
    UNKNOWN = "unknown"
    """In a call whose outcome is not known (yet): written before it leaves, settled by its answer or by reading."""
    SENT = "sent"
    """Invited by us; the invitation's id is known."""
    ALREADY_THERE = "already_there"
    """Not invited because its owner is invited, a user or a member already."""
    REFUSED = "refused"
    """Clerk refused it; the reason stands beside it."""
    WITHDRAWN = "withdrawn"
    """Invited by us and revoked by us."""
    INVALID = "invalid"
    """Never an invitation: its issues say why."""


class JobState(StrEnum):
    """Where a job stands."""

    NEW = "new"
    RUNNING = "running"
    WAITING = "waiting"
    """Until a time that stands beside it: the hour's calls are used up, or an outcome is being settled."""
    PAUSED = "paused"
    """Stopped by a person or a signal, cleanly."""
    STOPPED = "stopped"
    """Stopped by a refusal that concerns every call; the reason stands beside it."""
    DONE = "done"


class BatchState(StrEnum):
    """What became of a call."""

    CALLING = "calling"
    """The intent is written; the answer is not."""
    SENT = "sent"
    REFUSED = "refused"
    TURNED_AWAY = "turned_away"
    """The hour was used up (429), or the call never left: its rows wait again."""
    UNSURE = "unsure"
    """No answer, or none that says what happened: its rows are read before anything else."""


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows are in each state. The states together are the rows, always."""

    rows: int
    sent: int = 0
    already_there: int = 0
    refused: int = 0
    withdrawn: int = 0
    invalid: int = 0
    unknown: int = 0
    left: int = 0

    def __post_init__(self) -> None:
        counted = (
            self.sent + self.already_there + self.refused + self.withdrawn + self.invalid + self.unknown + self.left
        )
        if counted != self.rows:
            raise AssertionError(f"The sum does not hold: {self.rows} rows, {counted} accounted for ({self}).")

    @classmethod
    def of(cls, rows: int, counts: Mapping[str, int]) -> Sum:
        """Make the sum of counts by state."""
        return cls(rows, **{RowState(state).value: count for state, count in counts.items()})

    @property
    def open(self) -> int:
        """Rows that are not settled yet."""
        return self.left + self.unknown

    def shown(self) -> list[tuple[str, int]]:
        """Return the states worth showing with their rows: every one that has any, and sent in any case."""
        counts = self.to_json()
        return [(name, rows) for name, rows in counts.items() if name != "rows" and (rows or name == "sent")]

    def to_json(self) -> dict[str, int]:
        """Return the sum as ``status --format json`` has it."""
        return asdict(self)

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import sum_html

        return sum_html(self)
