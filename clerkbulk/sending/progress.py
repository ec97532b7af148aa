"""Progress: where a job stands at a moment, and what a run asks its caller."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.budget import Budget
from clerkbulk.sending.state import JobState, Sum


class Limits(StrEnum):
    """Which hourly limits a run keeps to of its own accord; a 429 is obeyed in either case."""

    DOCUMENTED = "documented"
    OFF = "off"


class Stop(Protocol):
    """Anything that says whether to stop; threading.Event does."""

    def is_set(self) -> bool:
        """Whether to stop before the next call."""
        ...


class Never:
    """Never says stop."""

    def is_set(self) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands. Times are seconds since 1970."""

    job_id: str
    at: float
    state: JobState
    sum: Sum
    budget: Budget
    """The hour of the job's endpoint, for the whole instance."""
    calls: int
    """Calls this job has made so far."""
    waiting_until: float | None = None
    reason: str | None = None


# Made once: to build a statement takes longer than to run it.
_COUNTS = (
    sa.select(tables.row.c.state, sa.func.count())
    .where(tables.row.c.job_id == sa.bindparam("of_job"))
    .group_by(tables.row.c.state)
)
_ROWS = sa.select(tables.job.c.rows).where(tables.job.c.id == sa.bindparam("of_job"))


def sum_of(connection: sa.Connection, job_id: str) -> Sum:
    """Count the rows of a job by state. Raises AssertionError if the sum did not hold."""
    counts = connection.execute(_COUNTS, {"of_job": job_id}).all()
    rows = int(connection.execute(_ROWS, {"of_job": job_id}).scalar_one())
    return Sum.of(rows, {str(state): int(count) for state, count in counts})
