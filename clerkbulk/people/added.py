"""The columns that results are written into beside the people's own; left out when such a sheet comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress
from typing import Final

from clerkbulk.people.header import is_blank
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.table import Cell, Row, Table, as_typed

ADDED: Final = (
    "clerkbulk_state",
    "clerkbulk_reason",
    "clerkbulk_what_to_do",
    "clerkbulk_email_address",
    "clerkbulk_invitation_id",
    "clerkbulk_invited_at",
    "clerkbulk_line",
)
"""The columns added to a results sheet."""
AS_READ: Final = "clerkbulk_as_read"
"""One more, where a line was broken: what stood there, which its cells cannot tell. Until it is emptied the line stays
invalid, lest somebody is invited by half a line."""
_OURS: Final = frozenset({*ADDED, AS_READ})


def still_broken(columns: Sequence[str], lines: Sequence[int], records: Sequence[Sequence[Cell]]) -> Iterator[Issue]:
    """Yield an issue for each row of an earlier results sheet that was broken, and that nobody says is corrected."""
    if AS_READ not in columns:
        return
    at = columns.index(AS_READ)
    for line, record in zip(lines, records, strict=True):
        if not is_blank(record[at]):
            message = (
                "This line was broken when it was first read, so its cells are not all that stood there. Correct them "
                f"by what `{AS_READ}` says, then empty that cell."
            )
            yield Issue(line, AS_READ, "uncorrected_line", Severity.ERROR, as_typed(record[at]), message)


def note_on_added(columns: Sequence[str]) -> str | None:
    """Return a sentence about the columns of an earlier results sheet, None when there are none beside others."""
    left_out = [name for name in columns if name in _OURS]
    if not left_out or len(left_out) == len(columns):
        return None
    named = ", ".join(name for name in left_out if name in ADDED) or AS_READ
    return f"Columns of an earlier results sheet are not read ({named}); the next results replace them."


def without_added(table: Table) -> Table:
    """Return a table without the columns of an earlier results sheet, with a note about them, and what they say is due.

    They speak of the last job: none of them is to be sent, and the next results put their own in the same place. A
    table of nothing else is left as it is.
    """
    note = note_on_added(table.columns)
    if note is None:
        return table
    is_own = [name not in _OURS for name in table.columns]
    broken = still_broken(table.columns, [row.line for row in table.rows], [row.cells for row in table.rows])
    return replace(
        table,
        columns=tuple(compress(table.columns, is_own)),
        rows=[Row(line, tuple(compress(cells, is_own))) for line, cells in table.rows],
        source=replace(table.source, notes=(note, *table.source.notes)),
        issues=(*table.issues, *broken),
    )
