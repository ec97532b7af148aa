"""Changes of state, each with its dated line in the ledger. All of them happen inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.state import BatchState, JobState, RowState
from clerkbulk.sending.verdict import RowVerdict

# Made once: building a statement takes SQLAlchemy longer than SQLite takes to run it, and a call has ten rows.
_ROW = (
    tables.row.update()
    .where(tables.row.c.job_id == sa.bindparam("of_job"), tables.row.c.line == sa.bindparam("of_line"))
    .values(
        at_most=sa.func.coalesce(sa.bindparam("most", type_=sa.Integer), tables.row.c.at_most),
        **{
            name: sa.bindparam(name)
            for name in (
                "state", "code", "reason", "remedy", "invitation_id", "invited_at", "expires_at", "changed_at",
            )
        },
    )
)  # fmt: skip
_WAITING = _ROW.where(tables.row.c.state == RowState.LEFT)
_UNKNOWN = _ROW.where(tables.row.c.state == RowState.UNKNOWN, tables.row.c.batch_id == sa.bindparam("of_batch"))

_LEFT_AGAIN = (
    tables.row.update()
    .where(
        tables.row.c.job_id == sa.bindparam("of_job"),
        tables.row.c.line == sa.bindparam("of_line"),
        tables.row.c.state.in_((RowState.ALREADY_THERE, RowState.REFUSED)),
    )
    .values(code=None, reason=None, remedy=None, invitation_id=None, invited_at=None, expires_at=None,
            state=sa.bindparam("state"), changed_at=sa.bindparam("changed_at"))
)  # fmt: skip


def change_job(
    connection: sa.Connection, job_id: str, state: JobState, reason: str | None, until: float | None, now: float
) -> None:
    """Put a job into a state. until is the time a wait ends."""
    connection.execute(
        tables.job.update()
        .where(tables.job.c.id == job_id)
        .values(state=state, reason=reason, waiting_until=until, changed_at=now)
    )
    log(connection, job_id, now, state, reason)


def change_batch(
    connection: sa.Connection, job_id: str, batch_id: int, state: BatchState, reason: str | None, now: float
) -> None:
    """Put a batch into a state."""
    connection.execute(tables.batch.update().where(tables.batch.c.id == batch_id).values(state=state, changed_at=now))
    log(connection, job_id, now, state, reason, batch_id=batch_id)


def change_rows(
    connection: sa.Connection, job_id: str, batch_id: int | None, verdicts: Iterable[RowVerdict], now: float
) -> None:
    """Put rows into the states their verdicts say.

    With a batch: only those that are still unknown in it; what somebody else has settled meanwhile is left alone.
    Without: only those that wait to be sent.
    """
    lines = []
    for verdict in verdicts:
        changed = connection.execute(
            _WAITING if batch_id is None else _UNKNOWN,
            {
                "of_job": job_id,
                "of_line": verdict.line,
                **({} if batch_id is None else {"of_batch": batch_id}),
                "state": verdict.state,
                "code": verdict.code,
                "reason": verdict.reason,
                "remedy": verdict.remedy,
                "invitation_id": verdict.invitation_id,
                "invited_at": verdict.invited_at,
                "expires_at": verdict.expires_at,
                "most": verdict.at_most,
                "changed_at": now,
            },
        )
        if changed.rowcount:
            lines.append(_dated(job_id, now, verdict.state, verdict.code, batch_id, verdict.line))
    if lines:
        connection.execute(tables.transition.insert(), lines)


def let_wait(connection: sa.Connection, job_id: str, lines: Iterable[int], now: float) -> None:
    """Put rows that we have left out back among those that wait."""
    again = []
    for line in lines:
        which = {"of_job": job_id, "of_line": line, "state": RowState.LEFT, "changed_at": now}
        if connection.execute(_LEFT_AGAIN, which).rowcount:
            again.append(_dated(job_id, now, RowState.LEFT, "looked at anew", None, line))
    if again:
        connection.execute(tables.transition.insert(), again)


def log(
    connection: sa.Connection,
    job_id: str,
    at: float,
    state: str,
    reason: str | None,
    *,
    batch_id: int | None = None,
    line: int | None = None,
) -> None:
    """Write down that the job, one of its batches, or one of its rows came into a state."""
    connection.execute(tables.transition.insert(), [_dated(job_id, at, state, reason, batch_id, line)])


def _dated(
    job_id: str, at: float, state: str, reason: str | None, batch_id: int | None, line: int | None
) -> dict[str, object]:
    return {"job_id": job_id, "batch_id": batch_id, "line": line, "at": at, "state": state, "reason": reason}
