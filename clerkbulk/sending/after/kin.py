"""Kin: a job and the jobs that remind its people. Their rows meet by line: a reminder has the lines of its original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.state import JobState


@dataclass(frozen=True, slots=True)
class Predecessors:
    """Rows of a reminder that would travel now, were it not for an older invitation that must be revoked first."""

    lines: tuple[int, ...]


def root_of(job: sa.FromClause) -> sa.ColumnElement[str]:
    """Return as an expression what all kin share: the id of the original. job is the table or an alias of it."""
    return sa.func.coalesce(job.c.reminds_id, job.c.id)


def original_of(connection: sa.Connection, job_id: str) -> str:
    """Return the job that a reminder reminds of; any other job is its own original."""
    return str(connection.execute(sa.select(root_of(tables.job)).where(tables.job.c.id == job_id)).scalar_one())


def reminders_of(connection: sa.Connection, job_id: str) -> list[str]:
    """Return the jobs that remind people of this one, the oldest first."""
    job = tables.job
    query = sa.select(job.c.id).where(job.c.reminds_id == job_id).order_by(job.c.created_at, job.c.id)
    return list(connection.execute(query).scalars())


def unfinished_reminder(connection: sa.Connection, job_id: str) -> str | None:
    """Return the reminder of a job that is not done."""
    job = tables.job
    query = sa.select(job.c.id).where(job.c.reminds_id == job_id, job.c.state != JobState.DONE)
    return connection.execute(query.order_by(job.c.created_at, job.c.id)).scalars().first()


def reminded_lines(connection: sa.Connection, job_id: str) -> set[int]:
    """Return the lines of everybody a reminder of the job was ever made for, whatever became of it."""
    row, job = tables.row, tables.job
    query = sa.select(row.c.line).join(job, job.c.id == row.c.job_id).where(job.c.reminds_id == job_id)
    return set(connection.execute(query).scalars())


_PREDECESSORS = (
    sa.select(tables.row.c.line)
    .where(tables.row.c.job_id == sa.bindparam("of_job"), tables.row.c.line.in_(sa.bindparam("lines", expanding=True)))
    .where(tables.row.c.replaces.is_not(None), tables.row.c.replaced_at.is_(None))
    .order_by(tables.row.c.line)
)


def predecessors(connection: sa.Connection, job_id: str, lines: Sequence[int]) -> Predecessors | None:
    """Return those of the rows that may not travel yet: an invitation they replace may still be open."""
    found = connection.execute(_PREDECESSORS, {"of_job": job_id, "lines": lines}).scalars().all()
    return Predecessors(tuple(found)) if found else None
