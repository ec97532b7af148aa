"""Grids: rows of cells without names yet, as workbooks and lists of lists give them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clerkbulk.errors import InputError
from clerkbulk.people import header
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.scan import Chunk, Findings, Scan
from clerkbulk.people.table import Cell, Source


def scan_grid(
    grid: Sequence[Sequence[Cell]],
    *,
    name: str,
    kind: str,
    first_line: int = 1,
    header_line: int | None = None,
    sheet: str | None = None,
    notes: tuple[str, ...] = (),
) -> Scan:
    """Find the header of a grid whose first row is first_line; blank rows are skipped and counted.

    Raises InputError where there is nobody in it.
    """
    try:
        layout = header.lay_out(grid, first_line=first_line, header_line=header_line)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    width = len(layout.columns)
    source = Source(name=name, kind=kind, sheet=sheet, header_line=layout.header_line, notes=notes + layout.notes)

    def walk(found: Findings) -> Iterator[Chunk]:
        lines: list[int] = []
        records: list[list[Cell]] = []
        for line, cells in enumerate(grid[layout.first :], start=first_line + layout.first):
            if all(map(header.is_blank, cells)):
                found.blank += 1
                continue
            extra = [cell for cell in cells[width:] if not header.is_blank(cell)]
            if extra:
                found.issues.append(_ragged(line, cells, extra, layout.columns))
            lines.append(line)
            records.append([*cells[:width], *[None] * (width - len(cells))])
        chunk = Chunk(lines, records)
        found.half_characters(layout.columns, chunk)
        yield chunk

    return Scan(layout.columns, source, walk)


def _ragged(line: int, cells: Sequence[Cell], extra: Sequence[Cell], columns: Sequence[str]) -> Issue:
    message = (
        f"This line has cells beyond the last column, {columns[-1]!r}: {', '.join(map(repr, extra))}. Give their "
        f"column a name, or clear them."
    )
    return Issue(line, None, "ragged_line", Severity.ERROR, "\t".join(map(str, cells)), message)
