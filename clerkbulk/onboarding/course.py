"""Course: how many people should have been invited by when, by the plan of their jobs, and how many were."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import sqlalchemy as sa

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.sending import tables
from clerkbulk.sending.before.plan import timetable
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.during.kept_pace import kept_pace
from clerkbulk.sending.state import RowState

MOST_POINTS = 1_000
"""Points of a course, so that a year of sending is still a picture."""


@dataclass(frozen=True, slots=True)
class Point:
    """One moment: people planned to have been invited by then, and people who were; None for what is to come."""

    at: float
    planned: int
    actual: int | None


def course(begin: Begin, job_ids: Iterable[str], now: float) -> tuple[Point, ...]:
    """Return plan and sending of some jobs together, cumulative; empty before the first call.

    The plan is the timetable of each job's people from its first call on, at the pace it was last run at: what could
    have been had nothing come between.
    """
    planned: list[tuple[float, int]] = []
    actual: list[float] = []
    with begin() as connection:
        for job_id in job_ids:
            planned += _planned(connection, job_id)
            actual += _sent(connection, job_id)
    return _together(sorted(planned), sorted(actual), now)


def to_come(begin: Begin, job_ids: Iterable[str], now: float) -> list[float]:
    """Return when each person who still waits is to be invited, if the jobs go on at once."""
    moments: list[float] = []
    with begin() as connection:
        for job_id in job_ids:
            row, left = tables.row, [RowState.LEFT, RowState.UNKNOWN]
            waits = sa.and_(row.c.job_id == job_id, row.c.state.in_(left))
            people = int(connection.execute(sa.select(sa.func.count()).where(waits)).scalar_one())
            if people:
                calls = timetable(_target(connection, job_id), people, now, kept_pace(connection, job_id))
                moments += [call.at for call in calls for _ in range(call.size)]
    return moments


def _planned(connection: sa.Connection, job_id: str) -> list[tuple[float, int]]:
    row, attempt = tables.row, tables.attempt
    first = connection.execute(sa.select(sa.func.min(attempt.c.intent_at)).where(attempt.c.job_id == job_id)).scalar()
    if first is None:
        return []
    travels = sa.or_(row.c.batch_id.is_not(None), row.c.state == RowState.LEFT)
    people = connection.execute(sa.select(sa.func.count()).where(row.c.job_id == job_id, travels)).scalar_one()
    calls = timetable(_target(connection, job_id), int(people), float(first), kept_pace(connection, job_id))
    return [(call.at, call.size) for call in calls]


def _sent(connection: sa.Connection, job_id: str) -> Sequence[float]:
    row = tables.row
    at = sa.func.coalesce(row.c.invited_at, row.c.changed_at)
    invited = row.c.state.in_([RowState.SENT, RowState.WITHDRAWN])
    return connection.execute(
        sa.select(at).where(row.c.job_id == job_id, invited, row.c.batch_id.is_not(None))
    ).scalars().all()  # fmt: skip


def _target(connection: sa.Connection, job_id: str) -> Target:
    job = tables.job
    organization_id = connection.execute(sa.select(job.c.organization_id).where(job.c.id == job_id)).scalar_one()
    return Application() if organization_id is None else Organization(organization_id)


def _together(planned: Sequence[tuple[float, int]], actual: Sequence[float], now: float) -> tuple[Point, ...]:
    times = [at for at, _ in planned]
    so_far = list(accumulate((size for _, size in planned), initial=0))
    # While it is under way, up to now: a sending that stands still is seen.
    is_under_way = len(actual) < so_far[-1]
    moments = sorted({*times, *actual, *([now] if is_under_way else [])})
    step = -(-len(moments) // MOST_POINTS) if moments else 1
    kept = sorted({*moments[::step], *moments[-1:]})
    begin = [Point(kept[0], 0, 0)] if kept else []
    return *begin, *(
        Point(at, so_far[bisect_right(times, at)], bisect_right(actual, at) if at <= now else None) for at in kept
    )
