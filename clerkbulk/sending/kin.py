"""Kin: a job and the jobs that remind its people. Their rows meet by line: a reminder has the lines of its original."""

from __future__ import annotations

import sqlalchemy as sa

from clerkbulk.sending import tables


def original_of(connection: sa.Connection, job_id: str) -> str:
    """Return the job that a reminder reminds of; any other job is its own original."""
    reminds = sa.select(tables.job.c.reminds_id).where(tables.job.c.id == job_id)
    return connection.execute(reminds).scalar() or job_id


def reminders_of(connection: sa.Connection, job_id: str) -> list[str]:
    """Return the jobs that remind people of this one, the oldest first."""
    job = tables.job
    query = sa.select(job.c.id).where(job.c.reminds_id == job_id).order_by(job.c.created_at, job.c.id)
    return list(connection.execute(query).scalars())
