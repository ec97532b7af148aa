"""Kept pace: the pace a job was last run at, which holds until a person says otherwise."""

from __future__ import annotations

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.during.waves import number_waves
from clerkbulk.sending.lock import lock_job


def kept_pace(connection: sa.Connection, job_id: str) -> Pace:
    """Return the pace a job was last run at; at first the bulk lane, all of it, at any time."""
    text = connection.execute(sa.select(tables.job.c.pace).where(tables.job.c.id == job_id)).scalar()
    return Pace.from_json(text) if text else Pace()


def keep_pace(begin: Begin, job_id: str, pace: Pace | None) -> Pace:
    """Keep a pace, and say of every row that waits in which wave it travels; without one, return that kept before."""
    with begin() as connection:
        lock_job(connection, job_id)
        known = kept_pace(connection, job_id)
        if pace is None:
            return known
        if pace.waves != known.waves:
            number_waves(connection, job_id, pace.waves)
        connection.execute(tables.job.update().where(tables.job.c.id == job_id).values(pace=pace.to_json()))
    return pace
