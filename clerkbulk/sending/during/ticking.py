"""Ticking: what a tick finds before it does what the hour allows."""

from __future__ import annotations

import sqlalchemy as sa

from clerkbulk.errors import InputError
from clerkbulk.sending import tables
from clerkbulk.sending.during.at_work import Attendance
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.during.patience import TICK, Patience
from clerkbulk.sending.progress import Progress
from clerkbulk.sending.state import JobState

_LATELY = 20
"""Calls looked back at: more than a run makes without a clear answer."""


def has_nothing_to_do(found: Progress, here: Attendance) -> bool:
    """Whether a tick leaves at once: the job is done, a person or Clerk holds it, or somebody is at work on it already.

    Raises InputError for a job that was never begun: that is for a person to say.
    """
    if found.state is JobState.NEW:
        raise InputError(f"{found.job_id} was never confirmed: begin it with clerkbulk send.")
    held = {JobState.DONE, JobState.PAUSED, JobState.STOPPED}
    return found.state in held or here.pause_asked or here.is_at_work


def patience_of_tick(begin: Begin, job_id: str) -> Patience:
    """Return the patience of a tick. Calls without a clear answer are counted from one tick to the next."""
    return Patience(TICK, JobState.WAITING, _unsure_in_a_row(begin, job_id))


def _unsure_in_a_row(begin: Begin, job_id: str) -> int:
    attempt = tables.attempt
    with begin() as connection:
        outcomes = connection.execute(
            sa.select(attempt.c.outcome)
            .where(attempt.c.job_id == job_id, attempt.c.ended_at.is_not(None))
            .order_by(attempt.c.id.desc())
            .limit(_LATELY)
        ).scalars()
        count = 0
        for outcome in outcomes:
            if outcome != "unsure":
                break
            count += 1
    return count
