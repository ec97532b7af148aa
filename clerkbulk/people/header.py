"""Finding the line of column names, and making the names fit to be used."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from clerkbulk.errors import InputError
from clerkbulk.people.table import Cell

LOOK = 50
"""Lines that hold something, among which the header is looked for."""

_ADDRESS = re.compile(r"(?:mailto:)?[^\s@<>,;|\"]+@[^\s@<>,;|\"]+\.[^\s@<>,;|\"]+|[^@<>]*<[^\s@<>]+@[^\s@<>]+>")
_HOLDS_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.\w")
_ADDRESS_WORD = re.compile(r"e-?mail|courriel|correo|e-?post\b|sähköposti|почта|邮箱|メール|이메일", re.IGNORECASE)
_ATTEMPT = re.compile(r"@|\S\s+at\s+\S+\.|\S\.(?:com|org|net|edu|gov|io|co|uk|de|fr|eu)\s*$", re.IGNORECASE)
"""What people type instead of an address; a column's name looks different."""
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u2060\u00ad\u200e\u200f"), None)
_AT_THE_ENDS = "\u200c\u200d \t\r\n\v\f\u00a0"


@dataclass(frozen=True, slots=True)
class Layout:
    """Which lines are what: the columns, the header's line (None: there is none), and where the rows begin."""

    columns: tuple[str, ...]
    header_line: int | None
    first: int
    """The index, among the records looked at, of the first one below the header and the titles."""
    notes: tuple[str, ...] = ()


def is_blank(cell: Cell) -> bool:
    """Say whether nobody would see anything in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_address(cell: Cell) -> bool:
    """Say whether a cell is meant as one address and nothing else, ``Name <address>`` included."""
    return isinstance(cell, str) and "@" in cell and _ADDRESS.fullmatch(cell.strip()) is not None


def is_address_word(cell: Cell) -> bool:
    """Say whether a cell could be the name of a column of addresses."""
    return isinstance(cell, str) and len(cell) <= 40 and "@" not in cell and _ADDRESS_WORD.search(cell) is not None


def lay_out(records: Sequence[Sequence[Cell]], *, first_line: int = 1, header_line: int | None = None) -> Layout:
    """Find the header among the first records of a source, of which the first one is first_line.

    header_line, where given, is the line that holds the names; 0 says that there is none. Without it the header is the
    first line that is filled like the table below it, holds no address, and above which only titles stand. Raises
    InputError where nothing is to be found.
    """
    place, first, notes = _place(records, first_line, header_line)
    below = [record for record in records[first:] if not all(map(is_blank, record))]
    if place is None:
        usual = _usual([len(record) for record in below])
        names: list[Cell] = [None] * max((_used(record) for record in below if len(record) <= usual), default=0)
    else:
        names = list(records[place])
        # Nameless columns at the right edge that nobody filled are a spreadsheet's habit, not columns.
        widest = max((_used(record) for record in below), default=0)
        while names and is_blank(names[-1]) and len(names) > widest:
            names.pop()
    columns, repairs = unique_names([clean_name(name) for name in names])
    if place is not None and header_line is None and len(columns) == 1 and not is_address_word(columns[0]):
        notes += (
            f"Line {first_line + place}, {columns[0]!r}, was taken for the name of the only column. If it is a person, "
            f"say so with header_line=0 (--header-line 0).",
        )
    if place is None:
        repairs = ("There is no header line; the columns are numbered. Say which column is which with --map.",)
        if header_line == 0:
            repairs = ()
    return Layout(columns, None if place is None else first_line + place, first, (*notes, *repairs))


def find(records: Sequence[Sequence[Cell]]) -> int | None:
    """Return the index of the record that holds the column names, or None where there is none."""
    seen = [place for place, record in enumerate(records) if not all(map(is_blank, record))][:LOOK]
    addressed = next((place for place in seen if any(map(is_address, records[place]))), None)
    above = [place for place in seen if addressed is None or place < addressed]
    above = [place for place in above if not any(map(_holds_address, records[place]))]
    below = seen[seen.index(addressed) :] if addressed is not None else seen
    usual = _usual([_filled(records[place]) for place in below])
    if addressed is not None:
        over = [at for at, cell in enumerate(records[addressed]) if is_address(cell)]
        above = [place for place in above if not _attempts(records[place], over)]
    named = [place for place in above if any(map(is_address_word, records[place]))]
    for place in named:
        if _filled(records[place]) >= min(2, usual):
            return place
    for place in above:
        if _filled(records[place]) * 2 > usual:
            return place
    return None


def clean_name(name: Cell) -> str:
    """Return a column's name as typed, without what nobody can see."""
    text = "" if name is None else str(name)
    return re.sub(r"\s*[\r\n]+\s*", " ", text.translate(_INVISIBLE).strip(_AT_THE_ENDS))


def unique_names(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give every column a name of its own, and say which ones had none or shared one."""
    taken: set[str] = set()
    present = set(names)
    columns: list[str] = []
    nameless: list[str] = []
    doubled: list[str] = []
    for place, name in enumerate(names, start=1):
        own = name or f"column {place}"
        count = 2
        while own in taken or (own != name and own in present):
            own = f"{name or f'column {place}'} ({count})"
            count += 1
        if not name:
            nameless.append(own)
        elif own != name:
            doubled.append(own)
        taken.add(own)
        columns.append(own)
    notes = []
    if doubled:
        notes.append(f"Column names that stand more than once were numbered: {', '.join(doubled)}.")
    if nameless:
        notes.append(f"Columns without a name were called by their place: {', '.join(nameless)}.")
    return tuple(columns), tuple(notes)


def _place(
    records: Sequence[Sequence[Cell]], first_line: int, header_line: int | None
) -> tuple[int | None, int, tuple[str, ...]]:
    """Return the header's index, the index of the first row, and what was left out above."""
    filled = [place for place, record in enumerate(records) if not all(map(is_blank, record))]
    if header_line == 0:
        return None, 0, ()
    if header_line is not None:
        place = header_line - first_line
        if place not in filled:
            raise InputError(f"Line {header_line} holds no column names; leave header_line out to have it found.")
        return place, place + 1, _titles(records, filled, place, first_line)
    if not filled:
        raise InputError("There is nothing but blank lines: there is nobody in it.")
    found = find(records)
    if found is not None:
        return found, found + 1, _titles(records, filled, found, first_line)
    usual = _usual([_filled(records[place]) for place in filled[:LOOK]])
    first = next(
        (place for place in filled if any(map(is_address, records[place])) or _filled(records[place]) * 2 > usual),
        filled[0],
    )
    return None, first, _titles(records, filled, first, first_line)


def _titles(records: Sequence[Sequence[Cell]], filled: Sequence[int], until: int, first_line: int) -> tuple[str, ...]:
    above = [place for place in filled if place < until]
    if not above:
        return ()
    texts = [" ".join(str(cell).strip() for cell in records[place] if not is_blank(cell)) for place in above]
    shown = "; ".join(f"line {first_line + place} {text!r}" for place, text in zip(above, texts, strict=True))
    return (
        f"Skipped above the table: {shown}. If one of them is the header, name it with header_line= (--header-line).",
    )


def _attempts(record: Sequence[Cell], over: Sequence[int]) -> bool:
    """Say whether a record has something like an address where the addresses are: then it is a row."""
    return any(at < len(record) and isinstance(record[at], str) and _ATTEMPT.search(record[at]) for at in over)


def _holds_address(cell: Cell) -> bool:
    return isinstance(cell, str) and "@" in cell and _HOLDS_ADDRESS.search(cell) is not None


def _filled(record: Sequence[Cell]) -> int:
    return sum(1 for cell in record if not is_blank(cell))


def _used(record: Sequence[Cell]) -> int:
    return next((at for at in range(len(record), 0, -1) if not is_blank(record[at - 1])), 0)


def _usual(counts: Sequence[int]) -> int:
    """Return the most frequent count, the larger of two that are as frequent."""
    return max(Counter(counts).items(), key=lambda pair: (pair[1], pair[0]))[0] if counts else 0
