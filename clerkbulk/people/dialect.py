"""Finding out how the cells of a text are set apart: its delimiter, and its habits with quotation marks."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TextIO

from clerkbulk.errors import InputError
from clerkbulk.people import header
from clerkbulk.people.quoting import Form, cells_of_any_size

USUAL = (",", ";", "\t", "|")
UNUSUAL = (":", "^", "~", "¦", "\x1f", "\x01")
"""Looked at only where none of the usual ones sets anything apart: they also stand in times, paths and names."""

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
_SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}

SAMPLE_LINES = 500
_SAMPLE_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the first lines say about the form of all of them."""

    form: Form
    sample: list[list[str]]
    """The first records, without a ``sep=`` line."""
    skipped: int
    """Physical lines before the first record: 1 where Excel's ``sep=`` line stands, which no spreadsheet shows."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """The sample as one delimiter reads it."""

    delimiter: str
    records: list[list[str]]
    width: int
    steady: float
    """The share of lines that have this width."""
    headed: bool
    """Whether a header of this width was found."""
    addressed: float
    """The share of lines that have a cell which is an address and nothing else."""

    @property
    def rank(self) -> tuple[bool, float, float]:
        return self.headed, self.steady, self.addressed

    @property
    def is_table(self) -> bool:
        """Most lines have the same width, or at least the header and one more, below titles and among odd lines."""
        return self.steady >= 0.5 or (self.headed and sum(len(record) == self.width for record in self.records) > 1)


def first_lines(text: TextIO, least: int = SAMPLE_LINES) -> tuple[list[str], bool]:
    """Return the first physical lines, and whether they are all there is."""
    lines: list[str] = []
    size = 0
    for line in islice(text, least):
        lines.append(line)
        size += len(line)
        if size > _SAMPLE_CHARACTERS:
            break
    return lines, not text.read(1)


def recognise(lines: Sequence[str], *, whole: bool, delimiter: str | None = None) -> Dialect:
    """Find the form of a delimited text from its first physical lines.

    whole says that there are no more lines than these. A delimiter, where given, is not questioned. Raises InputError
    where the one given cannot be one.
    """
    marked = re.fullmatch(r'"?sep=(.)"?\s*', lines[0], re.IGNORECASE) if lines else None
    skipped = 1 if marked else 0
    body = lines[skipped:]
    if delimiter is not None:
        readings = [_read(body, _one_sign(delimiter), whole=whole)]
    elif marked:
        readings = [_read(body, marked[1], whole=whole)]
    else:
        readings = _steady(body, USUAL, whole=whole) or _steady(body, UNUSUAL, whole=whole)
    # max() keeps the first of equals, and the usual delimiters stand in the order of their use.
    best = max(readings, key=lambda reading: reading.rank) if readings else _read(body, ",", whole=whole)
    form = _with_quoting(Form(best.delimiter, best.width), body, best)
    return Dialect(form, _records(body, form, whole=whole), skipped)


def _one_sign(delimiter: str) -> str:
    sign = _SPELLED.get(delimiter.lower(), delimiter)
    if len(sign) != 1 or sign in '"\r\n':
        raise InputError(f"A delimiter is one character such as , ; | or tab, not {delimiter!r}.")
    return sign


def _steady(lines: Sequence[str], signs: Sequence[str], *, whole: bool) -> list[_Reading]:
    text = "".join(lines)
    readings = [_read(lines, sign, whole=whole) for sign in signs if sign in text]
    return [reading for reading in readings if reading.width > 1 and reading.is_table]


def _read(lines: Sequence[str], sign: str, *, whole: bool) -> _Reading:
    records = _records(lines, Form(sign, 0), whole=whole)
    filled = [record for record in records if not all(map(header.is_blank, record))]
    several = Counter(len(record) for record in filled if len(record) > 1)
    width = max(several.items(), key=lambda pair: (pair[1], pair[0]))[0] if several else 1
    steady = sum(1 for record in filled if len(record) == width) / max(1, len(filled))
    addressed = sum(1 for record in filled if any(map(header.is_address, record))) / max(1, len(filled))
    place = header.find(records) if width > 1 else None
    headed = place is not None and len(records[place]) == width
    return _Reading(sign, records, width, steady, headed, addressed)


def _records(lines: Sequence[str], form: Form, *, whole: bool) -> list[list[str]]:
    """Parse the sample leniently; where it was cut, the last record may be half and is left out."""
    with cells_of_any_size():
        records = list(form.reader(lines, strict=False))
    return records if whole or len(records) < 2 else records[:-1]


def _with_quoting(form: Form, lines: Sequence[str], best: _Reading) -> Form:
    """Look whether other habits with quotation marks read the sample better."""
    text = "".join(lines)
    sign = re.escape(form.delimiter)
    if re.search(f'{sign} +"', text) and _puts_spaces_after(lines, form):
        spaced = replace(form, skip_space=True)
        if _even(lines, spaced) >= best.steady and _clean(lines, spaced) >= _clean(lines, form):
            form = replace(spaced, width=_widths(lines, spaced).most_common(1)[0][0])
    if '\\"' in text and not _clean(lines, form):
        escaped = replace(form, escape="\\")
        if _clean(lines, escaped):
            form = replace(escaped, width=_widths(lines, escaped).most_common(1)[0][0])
    return form


def _puts_spaces_after(lines: Sequence[str], form: Form) -> bool:
    """Say whether a space follows the delimiter as a habit: in the first line always, below it nearly so."""
    rests = [cells[1:] for line in lines if len(cells := form.split(line)) > 1]
    spaced = [cell.startswith(" ") for rest in rests for cell in rest if cell]
    return bool(rests) and all(cell.startswith(" ") for cell in rests[0]) and sum(spaced) >= 0.8 * len(spaced)


def _widths(lines: Sequence[str], form: Form) -> Counter[int]:
    return Counter(len(record) for record in _records(lines, form, whole=True) if not all(map(header.is_blank, record)))


def _even(lines: Sequence[str], form: Form) -> float:
    widths = _widths(lines, form)
    return max(widths.values(), default=0) / max(1, widths.total())


def _clean(lines: Sequence[str], form: Form) -> bool:
    with cells_of_any_size():
        try:
            for _ in form.reader(lines):
                pass
        except csv.Error:
            return False
    return True
