"""CSV and its kin: delimited text of any size, walked line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from clerkbulk.errors import InputError
from clerkbulk.people import header
from clerkbulk.people.dialect import NAMES, SAMPLE_LINES, first_lines, recognise
from clerkbulk.people.encoding import Text
from clerkbulk.people.guard import unguard
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.quoting import Form, Remark, parsed
from clerkbulk.people.scan import Chunk, Findings, Scan
from clerkbulk.people.table import Source

STRETCH = 16
"""Excel drops empty cells at the right edge of a text file in whole stretches of this many lines (Microsoft, "Column
delimiters are missing in an Excel spreadsheet that is saved as text")."""


def scan_delimited(text: Text, *, delimiter: str | None = None, header_line: int | None = None) -> Scan:
    """Read delimited text: find its delimiter and header now, its rows when the scan is walked.

    Lines are counted as a spreadsheet shows them: a record with line breaks inside quotation marks is one, blank lines
    count, Excel's ``sep=`` line does not. A line with too few cells is padded and gets an error, since nobody can know
    which cell is missing; only where a whole stretch of 16 lines ends early in the same place, as Excel writes them
    when the last columns are empty there, the missing cells are taken for empty. A line with more cells than columns
    gets an error unless the extra ones are empty. Both stay in the table as rows.
    """
    with text.open() as stream:
        lines, whole = first_lines(stream, SAMPLE_LINES + (header_line or 0))
    dialect = recognise(lines, whole=whole, delimiter=delimiter)
    try:
        sample = [list(map(unguard, record)) for record in dialect.sample]
        layout = header.lay_out(sample, header_line=header_line)
    except InputError as error:
        raise InputError(f"{text.name}: {error}") from error
    columns = layout.columns
    form = dialect.form
    notes = text.notes
    if form.delimiter not in NAMES and len(columns) > 1:
        notes += (f"Read with {form.delimiter!r} between the cells; name another delimiter if that looks wrong.",)
    source = Source(
        name=text.name,
        kind="csv",
        encoding=text.encoding,
        delimiter=form.delimiter if len(columns) > 1 or delimiter else None,
        header_line=layout.header_line,
        notes=notes + layout.notes,
    )
    lines_of_file = _LinesOfFile(text, replace(form, width=max(form.width, 1)), columns, layout.first, dialect.skipped)
    return Scan(columns, source, lines_of_file.walk)


class _LinesOfFile:
    """The walk over the rows of one delimited text."""

    def __init__(self, text: Text, form: Form, columns: tuple[str, ...], first: int, skipped: int) -> None:
        self.text = text
        self.form = form
        self.columns = columns
        self.first = first
        self.skipped = skipped

    def walk(self, found: Findings) -> Iterator[Chunk]:
        """Yield the rows in stretches that end where Excel's do, and say at the end what was skipped."""
        judge = _Judge(self, found)
        line = 1
        held: list[list[str]] = []
        with self.text.open() as stream:
            for records, remarks in parsed(islice(stream, self.skipped, None), self.form):
                judge.quoting(remarks, line + len(held))
                records = held + records
                above = max(0, min(len(records), self.first + 1 - line))
                cut = max(above, len(records) - (line - 1 + len(records)) % STRETCH)
                if cut > above:
                    yield judge.rows(line + above, records[above:cut])
                held = records[cut:] if cut > above else records[above:]
                line += len(records) - len(held)
        if held:
            yield judge.rows(line, held)
        judge.finish()


class _Judge:
    """What is looked at on each line, and counted over all of them."""

    def __init__(self, lines: _LinesOfFile, found: Findings) -> None:
        self.lines = lines
        self.found = found
        self.width = len(lines.columns)
        self.cut_short = 0
        self.short_before = self.width
        self.unguarded = 0

    def rows(self, line: int, records: list[list[str]]) -> Chunk:
        """Square the records, take off guards, and leave out the blank lines."""
        width = self.width
        if set(map(len, records)) != {width}:
            self._square(line, records)
        text = self.lines.text
        if text.holds_nul:
            self._nul_characters(line, records)
        if text.may_hold_guards:
            self._take_off_guards(records)
        numbers = list(range(line, line + len(records)))
        blank = {at for at, record in enumerate(records) if not record[0].strip() and not "".join(record).strip()}
        if blank:
            self.found.blank += len(blank)
            numbers = [number for at, number in enumerate(numbers) if at not in blank]
            records = [record for at, record in enumerate(records) if at not in blank]
        chunk = Chunk(numbers, records)
        if text.origin.typed:
            self.found.half_characters(self.lines.columns, chunk)
        return chunk

    def quoting(self, remarks: list[Remark], line: int) -> None:
        """Turn remarks on quotation marks into issues; line is that of the first record they speak of."""
        for remark in remarks:
            number = line + remark.place
            if number > self.lines.first:
                self.found.issues.append(Issue(number, None, remark.rule, remark.severity, remark.line, remark.message))

    def finish(self) -> None:
        """Say what was left out or repaired."""
        if self.cut_short:
            self.found.notes.append(
                f"{_counted(self.cut_short, 'line ends', 'lines end')} early, in whole stretches of {STRETCH} as Excel "
                "writes them when the last columns are empty there: the missing cells were read as empty."
            )
        if self.unguarded:
            self.found.notes.append(
                f"{_counted(self.unguarded, 'cell begins', 'cells begin')} with an apostrophe before = + - @ or the "
                "like, the spreadsheet's mark for text: it was taken off."
            )

    def _square(self, line: int, records: list[list[str]]) -> None:
        """Give every record as many cells as there are columns, with an issue where something is amiss."""
        width = self.width
        lengths = [
            0 if len(record) != width and all(map(header.is_blank, record)) else len(record) for record in records
        ]
        for at, count in enumerate(lengths):
            if count == width:
                continue
            record = records[at]
            if count > width:
                if extra := [cell for cell in record[width:] if cell.strip()]:
                    self._ragged(
                        line + at, record, f"{_shown(extra)} beyond the last column, {self.lines.columns[-1]!r}"
                    )
            elif count and not self._ends_early_by_habit(line, at, lengths):
                self._ragged(line + at, record, f"nothing for {', '.join(map(repr, self.lines.columns[count:]))}")
            records[at] = (record + [""] * width)[:width]

    def _ragged(self, line: int, record: list[str], what: str) -> None:
        count = len(record)
        message = (
            f"This line has {count} {'cell' if count == 1 else 'cells'} where the table has {self.width} columns, "
            f"{what}. Look whether a delimiter is missing or a cell that holds one needs quotation marks."
        )
        cell = self.lines.form.delimiter.join(record)
        self.found.issues.append(Issue(line, None, "ragged_line", Severity.ERROR, cell, message))

    def _ends_early_by_habit(self, line: int, at: int, lengths: list[int]) -> bool:
        """Say whether all lines of the stretch end where this one does."""
        into = (line + at - 1) % STRETCH
        if line + at - into <= self.lines.first:
            return False  # the header is in this stretch, and as wide as the table
        stretch = [length for length in lengths[at - into : at - into + STRETCH] if length]
        if set(stretch) != {lengths[at]}:
            return False
        if len(stretch) == 1 and self.short_before != lengths[at]:
            return False  # a single line at the end may as well be where the file was cut off
        self.short_before = lengths[at]
        self.cut_short += 1
        return True

    def _nul_characters(self, line: int, records: list[list[str]]) -> None:
        for at, record in enumerate(records):
            for column, cell in zip(self.lines.columns, record, strict=True):
                if "\0" in cell:
                    message = (
                        "This cell holds a NUL character, which no text has: the file was damaged or glued together "
                        "from two encodings. Save it anew from where it came from."
                    )
                    self.found.issues.append(Issue(line + at, column, "nul_character", Severity.ERROR, cell, message))

    def _take_off_guards(self, records: list[list[str]]) -> None:
        for at, record in enumerate(records):
            if "'" in "".join(record):
                bare = [unguard(cell) for cell in record]
                self.unguarded += sum(map(str.__ne__, bare, record))
                records[at] = bare


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _shown(cells: list[str]) -> str:
    return ("the cell " if len(cells) == 1 else "the cells ") + ", ".join(map(repr, cells))
