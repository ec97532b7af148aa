"""Watching: where a job stands, read from the ledger by somebody who does nothing to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.sending import tables
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.at_work import GONE, Attendance, attendance
from clerkbulk.sending.during.call import account_of, budget_of, calls_of
from clerkbulk.sending.during.kept_pace import kept_pace
from clerkbulk.sending.progress import Progress, sum_of
from clerkbulk.sending.state import JobState

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger


def glance(ledger: Ledger, job_id: str, now: float) -> tuple[Progress, Attendance]:
    """Read where a job stands at now, and who is at work on it."""
    job, target = tables.job, ledger.record(job_id).target
    with ledger.begin() as connection:
        record = connection.execute(
            sa.select(job.c.state, job.c.reason, job.c.waiting_until, job.c.api_url, job.c.instance_id).where(
                job.c.id == job_id
            )
        ).one()
        pace = kept_pace(connection, job_id)
        endpoint = endpoint_for(target, pace.lanes[0])
        account = account_of(record.api_url or "", record.instance_id or "", endpoint)
        most = pace.per_hour(endpoint)
        hour = budget_of(connection, account, now, most, pace.whose_hour(target))
        if most is not None and hour.used > most:
            # Whoever is at work keeps to no hourly limit; the ledger does not say so, but this does.
            hour = budget_of(connection, account, now, None)
        calls, sum_ = calls_of(connection, job_id), sum_of(connection, job_id)
        here = attendance(connection, job_id, now)
    state = JobState(record.state)
    reason = GONE if here.is_interrupted(state) else record.reason
    return Progress(job_id, now, state, sum_, hour, calls, record.waiting_until, reason), here


def watch(ledger: Ledger, job_id: str, poll: float, clock: Clock) -> Iterator[Progress]:
    """Yield where a job stands, first as it is and then whenever it has changed, until nobody is at work on it.

    The ledger is looked at every poll seconds.
    """
    shown: tuple[object, ...] = ()
    while True:
        progress, here = glance(ledger, job_id, clock.now())
        seen = (progress.state, progress.reason, progress.waiting_until, progress.sum, progress.calls)
        if seen != shown:
            yield progress
        shown = seen
        if not here.is_at_work:
            return
        clock.sleep(poll)
