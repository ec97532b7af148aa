"""Steps: what a person did to a table, one after the other, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from clerkbulk.people.table import Cell


class CellChange(NamedTuple):
    """A cell before and after; position is its place in the row."""

    line: int
    position: int
    before: Cell
    after: Cell


@dataclass(frozen=True, slots=True)
class Step:
    """What is done, and undone, at once. sentence says what it was."""

    sentence: str
    cells: tuple[CellChange, ...] = ()
    excluded: tuple[int, ...] = ()
    included: tuple[int, ...] = ()

    def reversed(self) -> Step:
        """Return the step that takes this one back."""
        back = tuple(CellChange(c.line, c.position, c.after, c.before) for c in self.cells)
        return Step(self.sentence, back, excluded=self.included, included=self.excluded)


class Steps:
    """The steps done, and those taken back that can be done again until another one is done."""

    def __init__(self) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []

    @property
    def last_done(self) -> Step | None:
        """The step that back() would take back."""
        return self._done[-1] if self._done else None

    @property
    def last_undone(self) -> Step | None:
        """The step that again() would do again."""
        return self._undone[-1] if self._undone else None

    def add(self, step: Step) -> None:
        """Remember a step; those taken back before it are gone."""
        self._done.append(step)
        self._undone.clear()

    def back(self) -> Step | None:
        """Return what takes the last step back; None when there is none."""
        if not self._done:
            return None
        self._undone.append(self._done.pop())
        return self._undone[-1].reversed()

    def again(self) -> Step | None:
        """Return the step taken back last, to be done again; None when there is none."""
        if not self._undone:
            return None
        self._done.append(self._undone.pop())
        return self._done[-1]
