"""The columns that results are written into beside the people's own; left out when such a sheet comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from typing import Final

from clerkbulk.people.table import Row, Table

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


def note_on_added(columns: Sequence[str]) -> str | None:
    """Return a sentence about the columns of an earlier results sheet, None when there are none beside others."""
    left_out = [name for name in columns if name in ADDED]
    if not left_out or len(left_out) == len(columns):
        return None
    return f"Columns of an earlier results sheet are not read ({', '.join(left_out)}); the next results replace them."


def without_added(table: Table) -> Table:
    """Return a table without the columns of an earlier results sheet, and with a note about them.

    They speak of the last job: none of them is to be sent, and the next results put their own in the same place. A
    table of nothing else is left as it is.
    """
    note = note_on_added(table.columns)
    if note is None:
        return table
    is_own = [name not in ADDED for name in table.columns]
    return replace(
        table,
        columns=tuple(compress(table.columns, is_own)),
        rows=[Row(line, tuple(compress(cells, is_own))) for line, cells in table.rows],
        source=replace(table.source, notes=(note, *table.source.notes)),
    )
