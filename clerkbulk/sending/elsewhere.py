"""Other jobs of the same ledger: whoever one of them has invited to the same target is not invited again."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.state import RowState
from clerkbulk.sending.transition import change_rows
from clerkbulk.sending.verdict import RowVerdict


def leave_out(connection: sa.Connection, job_id: str, now: float, lines: Sequence[int] | None = None) -> int:
    """Mark waiting rows as already there whose address another job has sent, or may have; return how many.

    Only jobs for the same target in the same instance count. lines narrows it to some rows. What another job only has
    left does not count: whichever job comes first sends it.
    """
    mine, other = tables.job.alias("mine"), tables.job.alias("other")
    row, theirs = tables.row, tables.row.alias("theirs")
    query = (
        sa.select(row.c.line, theirs.c.state, theirs.c.line.label("their_line"), other.c.id, other.c.source_name)
        .join(mine, mine.c.id == row.c.job_id)
        .join(theirs, sa.and_(theirs.c.key == row.c.key, theirs.c.job_id != row.c.job_id))
        .join(other, other.c.id == theirs.c.job_id)
        .where(
            row.c.job_id == job_id,
            row.c.state == RowState.LEFT,
            theirs.c.state.in_((RowState.SENT, RowState.UNKNOWN)),
            other.c.instance_id == mine.c.instance_id,
            other.c.target_kind == mine.c.target_kind,
            other.c.organization_id.is_not_distinct_from(mine.c.organization_id),
        )
    )
    if lines is not None:
        query = query.where(row.c.line.in_(lines))
    found = {record.line: _verdict(*record) for record in connection.execute(query)}
    change_rows(connection, job_id, None, found.values(), now)
    return len(found)


def _verdict(line: int, state: str, their_line: int, job_id: str, source_name: str) -> RowVerdict:
    sent = state == RowState.SENT
    return RowVerdict(
        line,
        RowState.ALREADY_THERE,
        "other_job",
        f"{'Invited' if sent else 'Perhaps invited'} by {job_id} ({source_name}, line {their_line}).",
        "Nothing to do." if sent else f"Finish that job first: it finds out (clerkbulk resume {job_id}).",
    )
