"""Pausing: a person wants a job to stand still, and later to go on. Who is at work on it hears of it in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from clerkbulk.errors import InputError
from clerkbulk.sending import tables
from clerkbulk.sending.during.at_work import attendance, is_asked_to_pause
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import JobState
from clerkbulk.sending.transition import change_job

PAUSED_BY_REQUEST = "paused by request"


class PauseAsked(Exception):  # noqa: N818 - no error: it ends a transaction that must not write
    """A person wants the job to stand still."""


@contextmanager
def unless_asked_to_pause(begin: Begin, job_id: str) -> Iterator[sa.Connection]:
    """Open a transaction in which a call may be claimed: a pause is asked for either before it or after.

    Raises PauseAsked, and what begin() raises.
    """
    with begin() as connection:
        lock_job(connection, job_id)
        if is_asked_to_pause(connection, job_id):
            raise PauseAsked
        yield connection


def ask_to_pause(begin: Begin, job_id: str, now: float) -> None:
    """Ask everybody who is at work on a job to leave; where nobody is, the job is paused at once.

    No run claims a call afterwards. What is done stays done, and a job that was stopped keeps its reason. Raises
    InputError for a job that was never begun.
    """
    job, mine = tables.job, tables.job.c.id == job_id
    with begin() as connection:
        lock_job(connection, job_id)
        connection.execute(job.update().where(mine).values(pause_asked_at=now))
        state = JobState(connection.execute(sa.select(job.c.state).where(mine)).scalar_one())
        if state is JobState.NEW:
            raise InputError(f"{job_id} was never begun: there is nothing to pause.")
        if state in {JobState.RUNNING, JobState.WAITING} and not attendance(connection, job_id, now).is_at_work:
            change_job(connection, job_id, JobState.PAUSED, PAUSED_BY_REQUEST, None, now)


def go_on(begin: Begin, job_id: str) -> None:
    """Write down that a person wants a job to go on."""
    with begin() as connection:
        connection.execute(tables.job.update().where(tables.job.c.id == job_id).values(pause_asked_at=None))


def failed_to_begin(begin: Begin, job_id: str, why: str, now: float) -> None:
    """Write down that somebody said yes to a job, and why it has not begun all the same: it waits for another try."""
    job = tables.job
    with begin() as connection:
        lock_job(connection, job_id)
        if connection.execute(sa.select(job.c.state).where(job.c.id == job_id)).scalar_one() == JobState.NEW:
            change_job(connection, job_id, JobState.WAITING, f"nothing was sent yet. {why}", now, now)
