"""Planning: the timetable of what is left of a job, from what the ledger has of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clerkbulk.contract.endpoint import Lane, endpoint_for
from clerkbulk.contract.target import Target
from clerkbulk.sending import tables
from clerkbulk.sending.before.leaving_out import waiting_rows
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.plan import Plan, fewest_days, plan, unread_limits
from clerkbulk.sending.during.call import account_of, calls_lately
from clerkbulk.sending.during.kept_pace import kept_pace
from clerkbulk.sending.during.waves import waves_left

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger


def plan_rest(ledger: Ledger, job_id: str, pace: Pace | None, others: Collection[int] = ()) -> Plan:
    """Return the plan of what is left of a job, and others by their lines, at a pace, at first that of the last run."""
    target, now = ledger.record(job_id).target, ledger.clock.now()
    with ledger.begin() as connection:
        kept = kept_pace(connection, job_id)
        pace = pace or kept
        travelled = _waves_left(connection, job_id, pace) if pace.waves and pace.waves == kept.waves else pace
        used = _used(connection, job_id, target, pace, now)
    rows = waiting_rows(ledger.begin, job_id, others)
    items = [row.item for row in rows]
    made = plan(
        target,
        len(rows),
        max(now, pace.start or 0.0),
        travelled,
        used=used,
        shortest_expiry=fewest_days(items),
        notes=unread_limits(target, items),
    )
    return replace(made, pace=pace)


def _waves_left(connection: sa.Connection, job_id: str, pace: Pace) -> Pace:
    """Return the pace with the waves as they are by now: the first one may have travelled in part."""
    sizes = waves_left(connection, job_id)
    return replace(pace, waves=sizes) if sizes else replace(pace, waves=(), gate=None, wave_gap=0.0)


def _used(connection: sa.Connection, job_id: str, target: Target, pace: Pace, now: float) -> dict[Lane, list[float]]:
    """Return when the calls of the last hours ended that count against the job's lanes, whoever made them."""
    job = tables.job
    bound = connection.execute(sa.select(job.c.api_url, job.c.instance_id).where(job.c.id == job_id)).one()
    if bound.instance_id is None:
        return {}
    accounts = {lane: account_of(*bound, endpoint_for(target, lane)) for lane in pace.lanes}
    whose = pace.whose_hour(target)
    return {lane: list(calls_lately(connection, account, now, whose)) for lane, account in accounts.items()}
