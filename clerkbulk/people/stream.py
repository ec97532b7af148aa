"""stream: people checked and packed on their way through, so that the size of the file does not matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.contract.target import Application, Target
from clerkbulk.people.added import note_on_added, still_broken, without_added
from clerkbulk.people.batch import Batch, packed_with_bytes
from clerkbulk.people.check import Checker, broken_lines
from clerkbulk.people.guess import SAMPLE
from clerkbulk.people.issue import Issue, Issues
from clerkbulk.people.mapping import Mapping as ColumnMapping
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.pause import collection_paused
from clerkbulk.people.read import Scan, scan
from clerkbulk.people.scan import Chunk
from clerkbulk.people.table import Row, Source, Table


def stream(
    people: Any,
    target: Target | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    defaults: Mapping[str, Any] | None = None,
    metadata: Sequence[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_line: int | None = None,
) -> Stream:
    """Open people of any number for a target (default: the application); iterate to get the batches.

    What comes out is what batches(check(...)) gives: the same mapping, batches and issues. The file is walked twice,
    first for the mapping, since a column may be empty for its first thousands of rows; CSV, JSONL and Parquet files are
    never held in memory, only the addresses seen are (about 150 bytes a row). people, the other arguments and the
    errors raised are those of read() and check().
    """
    source = scan(people, encoding=encoding, delimiter=delimiter, sheet=sheet, header_line=header_line)
    if note := note_on_added(source.columns):
        source = source.with_note(note).watched(partial(_still_broken, source.columns))
    sample = without_added(sample_of(source))
    mapping = map_columns(sample, target or Application(), columns=columns, defaults=defaults, metadata=metadata)
    return Stream(source, mapping)


class Stream:
    """The batches of a table that is read while they are made.

    rows, invitations and issues speak of what has been read so far; they are complete when the last batch is out. What
    can be told only then (misspelt domains, many administrators) is told then. Iterating again begins anew.
    """

    def __init__(self, scan: Scan, mapping: ColumnMapping) -> None:
        self.mapping = mapping
        self.invitations = 0
        """How many rows have become invitations so far."""
        self._scan = scan
        self._checker = Checker(scan.columns, mapping)
        self._line_issues: list[Issue] = []

    @property
    def target(self) -> Target:
        """Where the invitations go."""
        return self.mapping.target

    @property
    def source(self) -> Source:
        """Where the rows come from, with what had to be found out to read them."""
        return self._scan.source

    @property
    def rows(self) -> int:
        """How many rows have been read so far."""
        return self._checker.rows

    @property
    def issues(self) -> Issues:
        """What was found so far."""
        return Issues([*self._line_issues, *self._checker.issues])

    def __repr__(self) -> str:
        return f"<Stream of {self.source.name}: {self.rows} rows read, {self.invitations} invitations to {self.target}>"

    def __iter__(self) -> Iterator[Batch]:
        self._checker = Checker(self._scan.columns, self.mapping)
        self._line_issues = []
        self.invitations = 0
        most = endpoint_for(self.target).most_per_call
        lines: list[int] = []
        items: list[dict[str, Any]] = []
        chunks = self._scan.chunks()
        while True:
            with collection_paused():
                chunk = next(chunks, None)
                if chunk is not None:
                    good, made = self._judged(chunk)
                    lines += good
                    items += made
                else:
                    self._new_line_issues()
                    self._checker.finish()
                # A run that is not full yet may still get the next chunk's first rows.
                ready = len(items) if chunk is None else len(items) - most + 1
                batches = []
                done = 0
                for run, body in packed_with_bytes(items, most):
                    if run.start >= ready:
                        break
                    part = slice(run.start, run.stop)
                    batches.append(Batch(self.target, tuple(lines[part]), tuple(items[part]), body))
                    done = run.stop
                del lines[:done], items[:done]
            yield from batches
            if chunk is None:
                return

    def _judged(self, chunk: Chunk) -> tuple[list[int], list[dict[str, Any]]]:
        broken = broken_lines(self._new_line_issues())
        good, made = self._checker.take(chunk.lines, chunk.records, broken)
        self.invitations += len(good)
        return good, made

    def _new_line_issues(self) -> list[Issue]:
        """Take over what the scan has found since the last chunk; it tells of a line before it hands the line out."""
        new = self._scan.issues[len(self._line_issues) :]
        self._line_issues += new
        return new


def _still_broken(columns: Sequence[str], chunk: Chunk) -> Iterator[Issue]:
    return still_broken(columns, chunk.lines, chunk.records)


def sample_of(scan: Scan) -> Table:
    """Walk a scan and keep as many rows, spread over all of it, as it takes to see what its columns mean."""
    kept: list[Row] = []
    step, seen = 1, 0
    with collection_paused():
        for chunk in scan.chunks():
            chosen = range(-seen % step, len(chunk.lines), step)
            kept += [Row(chunk.lines[at], tuple(chunk.records[at])) for at in chosen]
            seen += len(chunk.lines)
            while len(kept) > SAMPLE:
                kept, step = kept[::2], step * 2
    return Table(scan.columns, kept, scan.source)
