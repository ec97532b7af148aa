"""Purging: forgetting the people of a job, down to the bytes on the disk, and keeping what was counted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import sqlalchemy as sa

from clerkbulk.errors import InputError, LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.after.forgetting import forget_job, forget_secret
from clerkbulk.sending.after.kin import original_of, reminders_of
from clerkbulk.sending.during.at_work import attendance
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.progress import sum_of
from clerkbulk.sending.state import JobState, RowState
from clerkbulk.sending.transition import change_job, change_rows, log
from clerkbulk.sending.verdict import RowVerdict

NEVER_SENT = "never_sent"
"""The code of rows that were purged while they waited to be sent."""
_AT_REST = frozenset({JobState.NEW, JobState.PAUSED, JobState.STOPPED, JobState.DONE})


def purge(begin: Begin, job_id: str, now: float) -> list[str]:
    """Remove what is personal about a job and the reminders of it; return the ids of those jobs.

    Cells, column names, addresses, metadata, invitation ids, reasons, remedies and Clerk's replies go, and what looks
    at Clerk have shown of people whom no other job of the instance knows; states, codes, times, lines and the calls
    that were made stay, so that the sum and the budget hold. The name of the source stays. With the last people of the
    ledger goes the secret that keys their hashes in reports.

    The table is no longer recognised as the same one: sent again, it is a new job, which knows nobody. In a SQLite file
    nothing of it is left in free space or in the write-ahead log either; on PostgreSQL the server's vacuum sees to
    that. Purging again is harmless, and finishes what was interrupted.

    Whoever still waits in a job that is at rest is never invited by it: those rows become withdrawn, and the job done.

    Raises InputError while rows are unknown or the job would go on by itself, LedgerError while somebody is at work on
    one of the jobs, and when other processes keep the file from being rewritten.
    """
    with begin() as connection:
        original = original_of(connection, job_id)
        jobs = [original, *reminders_of(connection, original)]
        for one in jobs:
            _require_rest(connection, one, now)
        engine = connection.engine
    for one in jobs:
        with begin() as connection:
            lock_job(connection, one)
            _require_rest(connection, one, now)
            _send_no_more(connection, one, now)
            _forget(connection, one, now)
    if engine.dialect.name == "sqlite":
        _rewrite(engine)
    return jobs


def _require_rest(connection: sa.Connection, job_id: str, now: float) -> None:
    if attendance(connection, job_id, now).is_at_work:
        raise LedgerError(f"Somebody is at work on {job_id}: stop that first (clerkbulk pause {job_id}).")
    counted = sum_of(connection, job_id)
    if counted.unknown:
        rows = "1 row" if counted.unknown == 1 else f"{counted.unknown:,} rows"
        raise InputError(
            f"{job_id} is not finished: of {rows} it is not known whether they were invited, and nobody would ever "
            f"know. Finish it first (clerkbulk resume {job_id}). Nothing was removed."
        )
    state = connection.execute(sa.select(tables.job.c.state).where(tables.job.c.id == job_id)).scalar_one()
    if counted.left and state not in _AT_REST:
        raise InputError(
            f"{job_id} is not at rest: {counted.left:,} of its rows wait, and it would go on by itself. Pause it "
            f"first (clerkbulk pause {job_id}), or finish it (clerkbulk resume {job_id}). Nothing was removed."
        )


def _send_no_more(connection: sa.Connection, job_id: str, now: float) -> None:
    """Take out whoever waits: nobody can be invited of whom nothing is known."""
    row = tables.row
    waiting = sa.select(row.c.line).where(row.c.job_id == job_id, row.c.state == RowState.LEFT)
    lines = connection.execute(waiting).scalars().all()
    if lines:
        never = [RowVerdict(line, RowState.WITHDRAWN, NEVER_SENT) for line in lines]
        change_rows(connection, job_id, None, never, now)
        change_job(connection, job_id, JobState.DONE, None, None, now)


def _forget(connection: sa.Connection, job_id: str, now: float) -> None:
    row, attempt, transition, job = tables.row, tables.attempt, tables.transition, tables.job
    if connection.execute(sa.select(job.c.purged_at).where(job.c.id == job_id)).scalar() is not None:
        return
    forget_job(connection, job_id)
    connection.execute(
        row.update()
        .where(row.c.job_id == job_id)
        .values(
            key=None,
            cells="[]",
            item=None,
            code=_word(row.c.code),
            reason=None,
            remedy=None,
            invitation_id=None,
            replaces=None,
        )
    )
    forget_secret(connection)
    connection.execute(
        attempt.update().where(attempt.c.job_id == job_id).values(reply=None, reason=None, code=_word(attempt.c.code))
    )
    connection.execute(
        transition.update()
        .where(transition.c.job_id == job_id)
        # Of rows a code is noted, of calls and jobs a sentence, which may be Clerk's and name people.
        .values(reason=sa.case((transition.c.line.is_(None), None), else_=_word(transition.c.reason)))
    )
    connection.execute(
        job.update()
        .where(job.c.id == job_id)
        .values(columns="[]", fingerprint=f"purged {job_id}", approved=None, reason=None, purged_at=now)
    )
    state = connection.execute(sa.select(job.c.state).where(job.c.id == job_id)).scalar_one()
    log(connection, job_id, now, state, "purged")


def _word(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a code unless it is none: what stands in a code's place may be anything."""
    return sa.case((column.contains("@"), None), else_=column)


def _rewrite(engine: sa.Engine) -> None:
    """Write the file anew without what was removed, and empty the log that goes before it. Raises LedgerError."""
    try:
        with closing(engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            # Waits for whoever is reading, as long as for a lock; a reader that stays keeps old content in the log.
            (busy, *_), *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise _left_over(str(error)) from None
    if busy:
        raise _left_over("another process is reading it")


def _left_over(why: str) -> LedgerError:
    return LedgerError(
        "What is personal was removed from the ledger's tables, but its bytes may still lie in the file, which could "
        f"not be rewritten ({why}). End whatever else uses the ledger, and purge again."
    )
