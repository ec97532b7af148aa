"""At work: the runs at a job, a line each in the ledger from the moment they begin to the moment they end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.during.call import LONGEST
from clerkbulk.sending.during.owner import Owner
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import JobState
from clerkbulk.sending.transition import change_job

MARGIN = 60.0
"""Seconds a lease is longer than what it is for: the clocks of machines differ, and a nap takes its time."""
LONGEST_LEASE = 600.0
"""Seconds a wait is leased for at a time; so long it takes until the sudden end of another machine is noticed."""
HEARING = 2.0
"""Seconds for which a request may stay unheard in a wait: each look takes the ledger's lock for a moment."""
ENDED = frozenset({JobState.DONE, JobState.STOPPED})
"""What one run says of the job for all of them."""
GONE = "its process is gone, and nothing is lost: let the job go on"
"""Why a job that is running or waiting by its own word does neither."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who is at work on a job at a moment, seconds since 1970."""

    at: float
    present: tuple[Owner, ...]
    """Runs that are at work, the first to begin first."""
    missing: tuple[Owner, ...]
    """Runs whose processes are gone, and had no time to say so."""
    pause_asked: bool
    """Whether a person wants the job to stand still."""

    @property
    def is_at_work(self) -> bool:
        """Whether anybody is."""
        return bool(self.present)

    def is_interrupted(self, state: JobState) -> bool:
        """Whether a job in that state stands still although nobody has put it to rest.

        A wait that a tick has left behind is none: the next tick goes on.
        """
        if self.present:
            return False
        return state is JobState.RUNNING or (state is JobState.WAITING and bool(self.missing))

    def words(self, state: JobState, waiting_until: float | None, show: Callable[[float], str]) -> str:
        """Return what a job in that state really does. show puts a time, in seconds since 1970, into words."""
        if self.is_interrupted(state):
            return "interrupted"
        if self.present or waiting_until is None:
            until = f" until {show(waiting_until)}" if waiting_until is not None else ""
            return f"{state.value}{until}{', asked to pause' if self.pause_asked and self.present else ''}"
        if waiting_until > self.at:
            return f"{state.value} until {show(waiting_until)} (next tick)"
        return f"{state.value} since {show(waiting_until)}, for the next tick or resume"


def attendance(connection: sa.Connection, job_id: str, now: float) -> Attendance:
    """Find out who is at work on a job: this machine's processes are asked, those of others believed for their lease.

    now is seconds since 1970, by the clock that the runs use.
    """
    worker = tables.worker
    lines = connection.execute(
        sa.select(worker.c.id, worker.c.lease_until)
        .where(worker.c.job_id == job_id, worker.c.ended_at.is_(None))
        .order_by(worker.c.began_at, worker.c.id)
    ).all()
    present: list[Owner] = []
    missing: list[Owner] = []
    for name, leased_until in lines:
        owner = Owner.read(name)
        (present if _is_at_work(owner, leased_until, now) else missing).append(owner)
    return Attendance(now, tuple(present), tuple(missing), is_asked_to_pause(connection, job_id))


def lease_until(now: float, until: float | None) -> float:
    """Return until when a run is believed to be at work: as long as a call takes, or to the end of a wait."""
    if until is None:
        return now + LONGEST + MARGIN
    return min(max(now, until), now + LONGEST_LEASE) + MARGIN


class Shift:
    """The time that one run is at work on a job. Whatever it does happens in somebody's transaction."""

    def __init__(self, job_id: str, owner: Owner) -> None:
        self.is_over = False
        self.is_asked_to_pause = False
        """What the last look at the job has found: whether a person wants it to stand still."""
        self._job_id, self._owner = job_id, owner
        self._waits_until: float | None = None
        self._leased: tuple[float, float] | None = None
        self._looked_at = 0.0

    def change(
        self, connection: sa.Connection, state: JobState, reason: str | None, until: float | None, now: float
    ) -> None:
        """Put the job into a state in which the run stays at work. The first time, the run signs in."""
        lock_job(connection, self._job_id)
        if self._leased is None or not self._is_ended(connection):
            change_job(connection, self._job_id, state, reason, until, now)
        self._waits_until = until
        self._lease(connection, now)
        self.look(connection, now)

    def leave(
        self, connection: sa.Connection, state: JobState, reason: str | None, until: float | None, now: float
    ) -> None:
        """Sign out, and put the job into a state; unless others are at it, whose state it then stays in.

        What is done or stopped is so for all of them.
        """
        self.is_over = True
        # Whoever signs in at this moment comes wholly before or wholly after.
        lock_job(connection, self._job_id)
        connection.execute(_line_of(self._owner).values(ended_at=now, lease_until=now))
        alone = not attendance(connection, self._job_id, now).is_at_work
        if state in ENDED or (alone and not self._is_ended(connection)):
            change_job(connection, self._job_id, state, reason, until, now)

    def look(self, connection: sa.Connection, now: float) -> None:
        """See whether somebody asked to pause, and prolong the lease when half of it is over."""
        self._looked_at = now
        self.is_asked_to_pause = is_asked_to_pause(connection, self._job_id)
        if self._leased is not None and now - self._leased[0] > (self._leased[1] - self._leased[0]) / 2:
            self._lease(connection, now)

    def is_to_look(self, now: float) -> bool:
        """Whether the last look is long enough ago; also when the clock was put back."""
        return abs(now - self._looked_at) >= HEARING

    def _is_ended(self, connection: sa.Connection) -> bool:
        """Whether another run has meanwhile brought the job to its end, or found that it must not go on."""
        job = tables.job
        return connection.execute(sa.select(job.c.state).where(job.c.id == self._job_id)).scalar_one() in ENDED

    def _lease(self, connection: sa.Connection, now: float) -> None:
        until = lease_until(now, self._waits_until)
        if self._leased is None:
            self._sign_in(connection, now, until)
        else:
            connection.execute(_line_of(self._owner).values(lease_until=until))
        self._leased = (now, until)

    def _sign_in(self, connection: sa.Connection, now: float, until: float) -> None:
        for owner in attendance(connection, self._job_id, now).missing:
            connection.execute(_line_of(owner).values(ended_at=now))
        connection.execute(
            tables.worker.insert().values(id=str(self._owner), job_id=self._job_id, began_at=now, lease_until=until)
        )


def _line_of(owner: Owner) -> sa.Update:
    return tables.worker.update().where(tables.worker.c.id == str(owner))


def _is_at_work(owner: Owner, leased_until: float, now: float) -> bool:
    return owner.is_at_work() if owner.is_of_this_machine else now < leased_until


def is_asked_to_pause(connection: sa.Connection, job_id: str) -> bool:
    """Whether a person wants a job to stand still."""
    asked_at = connection.execute(sa.select(tables.job.c.pause_asked_at).where(tables.job.c.id == job_id)).scalar()
    return asked_at is not None
