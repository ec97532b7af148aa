"""Records: people as JSON objects, dictionaries, bare addresses or lists of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.errors import InputError
from clerkbulk.people.column_names import own_name
from clerkbulk.people.grid import scan_grid
from clerkbulk.people.header import is_blank, unique_names
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.scan import Chunk, Findings, Scan
from clerkbulk.people.table import Cell, Source, as_typed

ADDRESSES = "email_address"
"""What a column of bare addresses is called."""


def scan_records(
    people: Any,
    *,
    name: str,
    kind: str,
    encoding: str | None = None,
    notes: tuple[str, ...] = (),
    twice: Callable[[Any], str | None] = lambda record: None,
    header_line: int | None = None,
) -> Scan:
    """Read a list of dictionaries, of addresses or of lists, or an object that wraps one; lines are positions from 1.

    Columns are the keys of all records in the order in which they first appear; a key that a record does not have is
    None there, and the two spellings of a parameter are one column. Values keep their types. twice tells of a record
    which key stood in it twice, if any. An item unlike the others stays as a row of nothing with an issue, one in which
    there is nothing is skipped. Raises InputError where there is no list of people.
    """
    if isinstance(people, Mapping):
        people, notes = _unwrapped(people, name, notes)
    if not isinstance(people, Sequence) or isinstance(people, str | bytes):
        raise InputError(f"{name} holds {_kind_of(people)}, not a list of people.")
    if not people:
        raise InputError(f"{name} is an empty list: there is nobody in it.")
    items = [item._asdict() if isinstance(item, tuple) and hasattr(item, "_asdict") else item for item in people]
    if all(isinstance(item, list | tuple) for item in items):
        return scan_grid(items, name=name, kind=kind, header_line=header_line, notes=notes)
    if header_line is not None:
        raise InputError(f"{name} has no header line: its records carry their own names. Leave header_line out.")
    source = Source(name=name, kind=kind, encoding=encoding, notes=notes)
    if not any(isinstance(item, Mapping) for item in items):
        if not any(isinstance(item, str) for item in items):
            raise InputError(f"{name} is a list of {_kind_of(items[0])}: give objects with an address, or addresses.")
        return Scan((ADDRESSES,), source, lambda found: _addresses(items, found))
    keys = keys_of(items)
    columns, repairs = unique_names([str(key) for key in keys.columns])
    source = Source(name=name, kind=kind, encoding=encoding, notes=notes + keys.notes + repairs)
    return Scan(columns, source, lambda found: _objects(items, columns, keys, twice, found))


@dataclass(frozen=True, slots=True)
class Keys:
    """Which keys of records are which columns: a key each, but for the second spelling of a documented parameter."""

    columns: tuple[Any, ...]
    second: tuple[tuple[Any, int], ...]
    """Keys that are another spelling of a column, with its place."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the keys that share a column."""
        return tuple(
            f"{self.columns[at]!r} and {key!r} are two spellings of one parameter and were read as one column."
            for key, at in self.second
        )

    def cells(self, record: Mapping[Any, Any], line: int, found: Findings) -> list[Cell]:
        """Return a record's cells; two spellings in one record are an issue, unless one of them is empty."""
        cells = [record.get(key) for key in self.columns]
        for key, at in self.second:
            if is_blank(cell := record.get(key)):
                continue
            if is_blank(cells[at]):
                cells[at] = cell
            else:
                first = str(self.columns[at])
                message = f"{first!r} and {key!r} are two spellings of one parameter: keep one of them in this record."
                found.issues.append(Issue(line, first, "doubled_key", Severity.ERROR, as_typed(record), message))
        return cells


def keys_of(items: Iterable[Any]) -> Keys:
    """Return the keys of all objects, in order of first appearance."""
    keys: dict[Any, None] = {}
    for item in items:
        if isinstance(item, Mapping) and not keys.keys() >= item.keys():
            keys.update(dict.fromkeys(item))
    columns: list[Any] = []
    second: list[tuple[Any, int]] = []
    places: dict[str, int] = {}
    for key in keys:
        parameter = own_name(key) if isinstance(key, str) else None
        if parameter in places:
            second.append((key, places[parameter]))
            continue
        if parameter is not None:
            places[parameter] = len(columns)
        columns.append(key)
    return Keys(tuple(columns), tuple(second))


def unreadable(line: int, cell: str, why: str) -> Issue:
    """Say that one record could not be read as a person."""
    return Issue(line, None, "unreadable_line", Severity.ERROR, cell, f"This record cannot be read: {why}")


def doubled_key(line: int, key: str, cell: str) -> Issue:
    """Say that one object gives a key two values."""
    message = f"The key {key!r} stands twice in this record; only the last value was kept. Keep one of them."
    return Issue(line, key, "doubled_key", Severity.ERROR, cell, message)


def _addresses(items: Sequence[Any], found: Findings) -> Iterator[Chunk]:
    lines: list[int] = []
    records: list[list[Cell]] = []
    for line, item in enumerate(items, start=1):
        if item is None or (isinstance(item, str) and not item.strip()):
            continue
        if not isinstance(item, str):
            found.issues.append(unreadable(line, repr(item), f"it is {_kind_of(item)} in a list of addresses."))
        lines.append(line)
        records.append([item])
    if blank := len(items) - len(lines):
        found.notes.append(f"Skipped {blank} empty {'item' if blank == 1 else 'items'}.")
    chunk = Chunk(lines, records)
    found.half_characters((ADDRESSES,), chunk)
    yield chunk


def _objects(
    items: Sequence[Any], columns: Sequence[str], keys: Keys, twice: Callable[[Any], str | None], found: Findings
) -> Iterator[Chunk]:
    lines = list(range(1, len(items) + 1))
    records: list[list[Cell]] = []
    for line, item in enumerate(items, start=1):
        if isinstance(item, Mapping):
            records.append(keys.cells(item, line, found))
            if (key := twice(item)) is not None:
                found.issues.append(doubled_key(line, key, str(item)))
        else:
            found.issues.append(unreadable(line, repr(item), f"it is {_kind_of(item)} in a list of objects."))
            records.append([None] * len(columns))
    chunk = found.without_blanks(Chunk(lines, records))
    found.half_characters(columns, chunk)
    yield chunk


def _unwrapped(wrapper: Mapping[Any, Any], name: str, notes: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """Take the one list out of an object such as {"data": [...]}; an object with an address is a list of one person."""
    lists = [key for key, value in wrapper.items() if isinstance(value, list)]
    of_people = [key for key in lists if wrapper[key] and isinstance(wrapper[key][0], Mapping | str)]
    person = any(isinstance(value, str) and "@" in value for value in wrapper.values())
    if not person and (len(lists) == 1 or len(of_people) == 1):
        key = (of_people if len(of_people) == 1 else lists)[0]
        return wrapper[key], (*notes, f"Took the list under {key!r}; the rest of the object around it was left out.")
    if person:
        return [wrapper], notes
    shown = ", ".join(map(repr, wrapper)) or "nothing"
    raise InputError(f"{name} is one object holding {shown}, not a list of people: hand in the list itself.")


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    return f"a {type(value).__name__}"
