"""How each parameter of the items is filled from the columns of a chunk: one column, several, or a default.

Columns repeat themselves, so what was made of a cell, or of a row of cells, is made once and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import compress
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from clerkbulk.contract.metadata import TOKEN_METADATA
from clerkbulk.people.cells import ABSENT, CellError
from clerkbulk.people.mapping import Feed, merge_metadata
from clerkbulk.people.reading import Item, Reading, judge_value, read_key, read_part, read_value, unreadable
from clerkbulk.people.rules import Finding
from clerkbulk.people.table import Cell

Columns = Sequence[Sequence[Cell]]

MOST_REMEMBERED = 20_000
"""Distinct cells after which a column's memory begins anew: a column of ids must not fill the memory."""
_REPEATING = frozenset({str, int, float, bool, date})  # not datetime: equal moments of two time zones are two texts
_NOTHING = frozenset({type(None)})


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
        return _apart([self._reading.value] * count), found


class OneColumn:
    """One column feeds the whole parameter."""

    def __init__(self, feed: Feed, position: int, item: Item, default: Any) -> None:
        self._name, self._at = feed.column, position
        self._memory = _Memory(lambda cell: read_value(feed.parameter, cell, item, default))

    def fill(self, columns: Columns, count: int) -> tuple[list[Any], list[Found]]:
        """Return the column's values."""
        cells = columns[self._at]
        readings = self._memory.made_of([cells], cells)
        found = [Found(i, self._name, cells[i], readings[i].findings) for i in _flagged(readings)]
        return _apart(list(map(_VALUE, readings))), found


class SeveralColumns:
    """Several columns make one metadata object: whole objects and single keys, laid over the default."""

    def __init__(self, feeds: Sequence[tuple[Feed, int]], item: Item, default: Any) -> None:
        self._parameter = feeds[0][0].parameter
        self._feeds = [feed for feed, _ in feeds]
        self._at = [position for _, position in feeds]
        self._item = item
        self._default = None if default is ABSENT else default
        self._memory = _Memory(self._merge)

    def fill(self, columns: Columns, count: int) -> tuple[list[Any], list[Found]]:
        """Return one object a row, ABSENT where every cell is empty."""
        taken = [columns[at] for at in self._at]
        rows = list(zip(*taken, strict=True))
        merged = self._memory.made_of(taken, rows)
        found = [
            Found(i, self._feeds[at].column, rows[i][at], findings)
            for i in _flagged(merged)
            for at, findings in merged[i].findings
        ]
        return [value.copy() if is_flat else _copied(value) for value, _, is_flat in merged], found

    def _merge(self, cells: tuple[Cell, ...]) -> _Merged:
        readings = [
            read_key(cell) if feed.path else read_part(feed.parameter, cell)
            for feed, cell in zip(self._feeds, cells, strict=True)
        ]
        findings = [(at, reading.findings) for at, reading in enumerate(readings) if reading.findings]
        if findings:
            return _Merged(ABSENT, tuple(findings))
        parts = zip(self._feeds, map(_VALUE, readings), strict=True)
        try:
            value = merge_metadata(parts, self._default)
        except CellError as error:
            return _Merged(ABSENT, ((0, (unreadable(error),)),))
        if _is_plainly_small(value):
            return _Merged(value, is_flat=True)
        judged = judge_value(self._parameter, value, self._item)
        return _Merged(value, ((0, judged.findings),) if judged.findings else ())


class _Merged(NamedTuple):
    """A metadata object, or ABSENT, and what was found about it: the place of the feed to blame, the findings."""

    value: Any
    findings: tuple[tuple[int, tuple[Finding, ...]], ...] = ()
    is_flat: bool = False
    """Whether nothing lies inside it, so that a shallow copy is a whole one."""


def _is_plainly_small(metadata: Any) -> bool:
    """Whether no rule can find anything: texts only, and small even if JSON took six bytes for each character."""
    if metadata is ABSENT:
        return False
    room = TOKEN_METADATA - 2
    for key, value in metadata.items():
        if type(value) is not str or not key.isprintable():
            return False
        room -= 6 * (len(key) + len(value) + 1)
    return room >= 0


_VALUE, _FINDINGS = itemgetter(0), itemgetter(1)


def _flagged(made: Sequence[Any]) -> Sequence[int]:
    """Return the positions at which something was found."""
    return list(compress(range(len(made)), map(_FINDINGS, made)))


class _Memory:
    """What was made of distinct cells (or rows of cells), made on first sight."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make
        self._made: dict[tuple[frozenset[type], ...], _Made] = {}

    def made_of(self, taken: Columns, keys: Sequence[Any]) -> list[Any]:
        """Return what is made of each key; taken are the columns that the keys consist of.

        Equal cells are the same cell only where they have the same type: True, 1 and 1.0 are equal, too. So each mix of
        types has its own memory, and where a column has several types nothing is remembered.
        """
        types = tuple(frozenset(map(type, cells)) - _NOTHING for cells in taken)
        if not all(len(kinds) <= 1 and kinds <= _REPEATING for kinds in types):
            return list(map(self._make, keys))
        made = self._made.get(types)
        if made is None or len(made) > MOST_REMEMBERED:
            made = self._made[types] = _Made(self._make)
        return list(map(made.__getitem__, keys))


class _Made(dict[Any, Any]):
    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> Any:
        made = self[key] = self._make(key)
        return made


def _apart(values: list[Any]) -> list[Any]:
    """Copy objects, so that no two items share one and changing one of them changes nobody else's."""
    return list(map(_copied, values)) if dict in set(map(type, values)) else values


def _copied(value: Any) -> Any:
    if type(value) is dict:
        return {key: _copied(inner) if type(inner) in (dict, list) else inner for key, inner in value.items()}
    return list(map(_copied, value)) if type(value) is list else value
