"""How each parameter of the items is filled from the columns of a chunk: one column, several, or a default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from clerkbulk.contract.metadata import TOKEN_METADATA
from clerkbulk.people.cells import ABSENT, CellError
from clerkbulk.people.mapping import Feed, merge_metadata
from clerkbulk.people.reading import Item, Reading, Readings, judge_value, read_key, read_value, unreadable
from clerkbulk.people.rules import Finding
from clerkbulk.people.table import Cell

Columns = Sequence[Sequence[Cell]]


class Found(NamedTuple):
    """What was found at one position of a chunk; column is None when no column is to blame."""

    position: int
    column: str | None
    cell: Cell
    findings: tuple[Finding, ...]


class Filling(Protocol):
    """Fills one parameter of every item of a chunk; ABSENT where the parameter is not given."""

    def fill(self, columns: Columns, count: int) -> tuple[list[Any], list[Found]]:
        """Return count values, and what was found on the way."""
        ...


class Constant:
    """The same value in every item, from a default; ABSENT when there is neither column nor default."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def fill(self, columns: Columns, count: int) -> tuple[list[Any], list[Found]]:
        """Return the value count times; a required parameter that nothing gives is found missing in every row."""
        errors = self._reading.findings if self._reading.is_error else ()
        found = [Found(i, None, None, errors) for i in range(count)] if errors else []
        return [self._reading.value] * count, found


class OneColumn:
    """One column feeds the whole parameter."""

    def __init__(self, feed: Feed, position: int, item: Item, default: Any) -> None:
        self._name, self._at = feed.column, position
        self._readings = Readings(lambda cell: read_value(feed.parameter, cell, item, default))

    def fill(self, columns: Columns, count: int) -> tuple[list[Any], list[Found]]:
        """Return the column's values."""
        cells = columns[self._at]
        values, found = self._readings.of(cells)
        return values, [Found(i, self._name, cells[i], reading.findings) for i, reading in found]


class SeveralColumns:
    """Several columns make one metadata object: whole objects and single keys, laid over the default."""

    def __init__(self, feeds: Sequence[tuple[Feed, int]], item: Item, default: Any) -> None:
        self._parameter = feeds[0][0].parameter
        self._feeds = [feed for feed, _ in feeds]
        self._at = [position for _, position in feeds]
        self._item, self._default = item, default
        self._readings = [
            Readings(read_key if feed.path else lambda cell: read_value(self._parameter, cell, item))
            for feed in self._feeds
        ]
        # The everyday case, plain keys and nothing beneath them, needs no merging.
        self._keys = [feed.path[0] for feed in self._feeds if len(feed.path) == 1]
        self._flat = len(set(self._keys)) == len(self._feeds) and default is ABSENT

    def fill(self, columns: Columns, count: int) -> tuple[list[Any], list[Found]]:
        """Return one object a row, ABSENT where every cell is empty."""
        parts: list[list[Any]] = []
        found: list[Found] = []
        for feed, at, readings in zip(self._feeds, self._at, self._readings, strict=True):
            values, odd = readings.of(columns[at])
            parts.append(values)
            found += [Found(i, feed.column, columns[at][i], reading.findings) for i, reading in odd]
        rows = zip(*parts, strict=True)
        if self._flat and not any(ABSENT in part for part in parts):
            objects: list[Any] = [dict(zip(self._keys, row, strict=True)) for row in rows]
        elif self._flat:
            objects = [
                {key: value for key, value in zip(self._keys, row, strict=True) if value is not ABSENT} or ABSENT
                for row in rows
            ]
        else:
            objects = [self._merged(i, row, columns, found) for i, row in enumerate(rows)]
        if not (self._flat and self._is_small(parts)):
            found += self._judged(objects, columns)
        return objects, found

    def _merged(self, i: int, row: Sequence[Any], columns: Columns, found: list[Found]) -> Any:
        try:
            return merge_metadata(
                zip(self._feeds, row, strict=True), None if self._default is ABSENT else self._default
            )
        except CellError as error:
            found.append(Found(i, self._feeds[0].column, columns[self._at[0]][i], (unreadable(error),)))
            return ABSENT

    def _is_small(self, parts: list[list[Any]]) -> bool:
        """Whether no object can be large, whatever its row: texts take six bytes a character at the very most."""
        room = TOKEN_METADATA - sum(6 * len(key) + 6 for key in self._keys) - 2
        for part in parts:
            if set(map(type, part)) - {str, type(ABSENT)}:
                return False
            room -= 6 * max((len(value) for value in part if value is not ABSENT), default=0)
        return room >= 0

    def _judged(self, objects: list[Any], columns: Columns) -> list[Found]:
        found = []
        for i, made in enumerate(objects):
            if made is not ABSENT and (reading := judge_value(self._parameter, made, self._item)).findings:
                found.append(Found(i, self._feeds[0].column, columns[self._at[0]][i], reading.findings))
        return found
