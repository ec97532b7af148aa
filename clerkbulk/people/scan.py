"""Scan: a table of people read piece by piece, so that its size does not matter."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from clerkbulk.contract.fault import shown
from clerkbulk.people.header import is_blank
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.table import Cell, Row, Source, Table


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some consecutive rows: their line numbers, and as many records, each exactly as wide as the scan's columns."""

    lines: list[int]
    records: list[list[Cell]]


@dataclass(slots=True)
class Findings:
    """What a walk over the lines finds on its way: issues about lines, blank lines, and notes about the whole."""

    issues: list[Issue] = field(default_factory=list)
    blank: int = 0
    notes: list[str] = field(default_factory=list)

    def all_notes(self) -> tuple[str, ...]:
        """Return the notes, with one about the blank lines."""
        blank = f"Skipped {self.blank} blank {'line' if self.blank == 1 else 'lines'}."
        return (*([blank] if self.blank else []), *self.notes)

    def without_blanks(self, chunk: Chunk) -> Chunk:
        """Leave out and count the rows in which nobody would see anything, unless an issue speaks of them."""
        blank = [at for at, record in enumerate(chunk.records) if all(map(is_blank, record))]
        if not blank:
            return chunk
        told = {issue.line for issue in self.issues}
        skipped = {at for at in blank if chunk.lines[at] not in told}
        self.blank += len(skipped)
        kept = [at for at in range(len(chunk.lines)) if at not in skipped]
        return Chunk([chunk.lines[at] for at in kept], [chunk.records[at] for at in kept])

    def half_characters(self, columns: Sequence[str], chunk: Chunk) -> None:
        """Add an issue for every text with half a character in it: JSON and Python have such texts, no sheet has."""
        if not chunk.records:
            return
        for column, cells in zip(columns, zip(*chunk.records, strict=True), strict=True):
            texts: Sequence[str] = (
                cells if set(map(type, cells)) == {str} else [cell for cell in cells if isinstance(cell, str)]
            )
            if is_whole("".join(texts)):
                continue
            for line, cell in zip(chunk.lines, cells, strict=True):
                if isinstance(cell, str) and not is_whole(cell):
                    message = (
                        f"{shown(cell)} holds half a character (a lone surrogate), and no sheet can: type it anew."
                    )
                    self.issues.append(Issue(line, column, "half_character", Severity.ERROR, cell, message))


def is_whole(text: str) -> bool:
    """Whether a text has no half characters (lone surrogates), which no sheet and no body can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


Walk = Callable[[Findings], Iterator[Chunk]]
"""Starts over at the first row and yields pieces of any size, appending to the findings."""


class Scan:
    """A table of people on its way in: columns known, rows still to come.

    columns are known at once; issues fills up, and source.notes is complete, once chunks() has run to its end. A scan
    can be walked again: it then begins anew.
    """

    def __init__(self, columns: tuple[str, ...], source: Source, walk: Walk) -> None:
        self.columns = columns
        self._source = source
        self._walk = walk
        self._found = Findings()

    def __repr__(self) -> str:
        return f"<Scan of {self._source.name}: {', '.join(self.columns)}>"

    @property
    def source(self) -> Source:
        """Where the rows come from, with the notes known so far."""
        return replace(self._source, notes=(*self._source.notes, *self._found.all_notes()))

    def with_note(self, note: str) -> Scan:
        """Return the same scan with one more note, before those of the walk."""
        return Scan(self.columns, replace(self._source, notes=(note, *self._source.notes)), self._walk)

    def watched(self, look: Callable[[Chunk], Iterable[Issue]]) -> Scan:
        """Return the same scan with one more look at each piece, for issues."""

        def walk(found: Findings) -> Iterator[Chunk]:
            for chunk in self._walk(found):
                found.issues += look(chunk)
                yield chunk

        return Scan(self.columns, self._source, walk)

    @property
    def issues(self) -> list[Issue]:
        """What was odd about lines as lines, as far as the walk has come."""
        return self._found.issues

    def chunks(self, size: int = 20_000) -> Iterator[Chunk]:
        """Walk the rows from the first one, at most size at a time.

        Raises InputError where the source turns out to be unreadable half way.
        """
        if size < 1:
            raise ValueError(f"A chunk holds at least one row, not {size}.")
        self._found = Findings()
        for piece in self._walk(self._found):
            if len(piece.lines) <= size:
                yield piece
                continue
            for start in range(0, len(piece.lines), size):
                yield Chunk(piece.lines[start : start + size], piece.records[start : start + size])


def collect(scan: Scan) -> Table:
    """Read a scan to its end into a Table."""
    rows: list[Row] = []
    # Rows only pile up here, so there is no garbage to find: looking for it anyway takes two thirds of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for chunk in scan.chunks():
            rows.extend(map(Row, chunk.lines, map(tuple, chunk.records)))
    finally:
        if collecting:
            gc.enable()
    issues = sorted(scan.issues, key=lambda issue: issue.line or 0)
    return Table(columns=scan.columns, rows=rows, source=scan.source, issues=tuple(issues))
