"""From physical lines to records, with an eye on quotation marks.

A quotation mark that is never closed makes a CSV reader swallow every following line into one cell without a word. So
lines are parsed strictly, in blocks, and only where that fails one record at a time with a remark on what was odd.
"""

from __future__ import annotations

import csv
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from clerkbulk.people.issue import Severity

if TYPE_CHECKING:
    from _csv import Reader

BLOCK = 2_000
"""Physical lines parsed at a time: few enough to stay in a processor's cache, which makes a third of the speed."""
LONGEST_RECORD = 10_000
"""Physical lines one quoted cell may run over before its quotation mark counts as never closed."""

_LIMIT = threading.Lock()
_LARGEST_CELL = 2**31 - 1


@contextmanager
def cells_of_any_size() -> Iterator[None]:
    """Lift the csv module's limit of 131,072 characters a cell, which is one for the whole process, for a moment."""
    with _LIMIT:
        before = csv.field_size_limit(_LARGEST_CELL)
        try:
            yield
        finally:
            csv.field_size_limit(before)


@dataclass(frozen=True, slots=True)
class Form:
    """How the cells of a delimited text are set apart."""

    delimiter: str
    width: int
    """The usual number of cells in a line."""
    skip_space: bool = False
    """Spaces follow the delimiter, and quotation marks follow them."""
    escape: str | None = None
    """The character before a quotation mark that belongs to the cell, where the mark is not doubled."""

    def reader(self, lines: Iterable[str], *, strict: bool = True) -> Reader:
        """Read records; strictly, a quotation mark out of place raises csv.Error."""
        return csv.reader(
            lines, delimiter=self.delimiter, skipinitialspace=self.skip_space, escapechar=self.escape, strict=strict
        )

    def split(self, line: str) -> list[str]:
        """Split one line at its delimiters and nothing else: quotation marks are characters like any other."""
        return line.rstrip("\r\n").split(self.delimiter)


class Remark(NamedTuple):
    """What was odd about the quotation marks of one record: its place among the records, and how to say it."""

    place: int
    rule: str
    severity: Severity
    line: str
    message: str


class Parsed(NamedTuple):
    """Some consecutive records, and remarks on a few of them."""

    records: list[list[str]]
    remarks: list[Remark]


def parsed(lines: Iterable[str], form: Form) -> Iterator[Parsed]:
    """Parse physical lines into blocks of records; no line is lost to a quotation mark of another one."""
    source = iter(lines)
    rest: list[str] = []
    ended = False
    while not ended:
        fresh = list(islice(source, BLOCK))
        ended = len(fresh) < BLOCK
        block = rest + fresh
        with cells_of_any_size():
            try:
                result, rest = Parsed(list(form.reader(block)), []), []
            except csv.Error:
                result, rest = _one_by_one(block, form, ended=ended)
        if len(result.records) + len(rest) < len(block):
            result.remarks.extend(_swallowed(result.records, form))
        yield result


def _one_by_one(block: list[str], form: Form, *, ended: bool) -> tuple[Parsed, list[str]]:
    """Parse record by record; also return the lines of a record that goes on beyond the block."""
    records: list[list[str]] = []
    remarks: list[Remark] = []
    start = 0
    while start < len(block):
        base = start
        reader = form.reader(map(block.__getitem__, range(base, len(block))))
        try:
            for record in reader:
                records.append(record)
                start = base + reader.line_num
        except csv.Error as error:
            reached = base + reader.line_num
            open_at_the_end = reached == len(block) and "unexpected end of data" in str(error)
            if open_at_the_end and not ended and reached - start < LONGEST_RECORD:
                return Parsed(records, remarks), block[start:]
            within = reached == start + 1 and not open_at_the_end
            record, used, remark = (_stray_mark if within else _unclosed)(block, start, form, len(records))
            records.append(record)
            start += used
            if remark is not None:
                remarks.append(remark)
    return Parsed(records, remarks), []


def _stray_mark(block: list[str], start: int, form: Form, place: int) -> tuple[list[str], int, Remark | None]:
    """Read a line with a mark out of place as a spreadsheet would: the record, its lines (one), and a remark."""
    line = block[start]
    padded = re.sub(f'" +(?=[{re.escape(form.delimiter)}\r\n]|\\Z)', '"', line)
    try:
        return next(form.reader([padded])), 1, None  # only spaces stood between the mark and the delimiter
    except csv.Error:
        lenient = next(form.reader([line], strict=False))
    if len(lenient) == form.width:
        return lenient, 1, _stray(place, line, Severity.WARNING)
    alone = form.split(line)
    return (alone if len(alone) == form.width else lenient), 1, _stray(place, line, Severity.ERROR)


def _unclosed(block: list[str], start: int, form: Form, place: int) -> tuple[list[str], int, Remark]:
    """Read a line whose mark is not closed in it: by itself, unless only all of its lines together fit the table."""
    line = block[start]
    alone = form.split(line)
    if len(alone) != form.width:
        reader = form.reader(map(block.__getitem__, range(start, len(block))), strict=False)
        lenient = next(reader)
        if len(lenient) == form.width and start + reader.line_num < len(block):
            whole = "".join(block[start : start + reader.line_num])
            return lenient, reader.line_num, _stray(place, whole, Severity.WARNING)
    message = (
        'A quotation mark (") opens a cell in this line and is never closed. The line was read by itself so that it '
        "does not swallow the lines below; close the mark or take it out."
    )
    return alone, 1, Remark(place, "unclosed_quote", Severity.ERROR, line.rstrip("\r\n"), message)


def _stray(place: int, line: str, severity: Severity) -> Remark:
    message = (
        'A quotation mark (") stands where none can: a cell in quotation marks goes on after its closing mark. It was '
        "read as a spreadsheet reads it; look whether the cells are right, or double the marks that belong to a cell."
    )
    return Remark(place, "stray_quote", severity, line.rstrip("\r\n"), message)


def _swallowed(records: list[list[str]], form: Form) -> Iterator[Remark]:
    """Find quoted cells over several lines that hold what looks like rows of this very table."""
    for place, record in enumerate(records):
        for cell in record:
            if "\n" not in cell and "\r" not in cell:
                continue
            inner = re.split(r"\r\n|\r|\n", cell)[1:]
            if any("@" in line and len(form.split(line)) >= max(2, form.width - 1) for line in inner):
                message = (
                    f"A cell in quotation marks runs over {len(inner) + 1} lines and holds what looks like rows of "
                    f"their own. Probably a quotation mark was opened by mistake: take it out, so that nobody is "
                    f"left out."
                )
                yield Remark(place, "swallowed_lines", Severity.ERROR, form.delimiter.join(record), message)
                break
