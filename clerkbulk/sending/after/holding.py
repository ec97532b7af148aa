"""Holding: which invitation of a job each of its people holds, and what the ledger says of it once it is taken back.

A person who was reminded holds the reminder's invitation: the older one is revoked. Both rows tell one story, and are
closed together.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import InputError, LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.after.kin import original_of, reminders_of
from clerkbulk.sending.after.standing import Standing
from clerkbulk.sending.during.at_work import attendance
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.progress import sum_of
from clerkbulk.sending.state import JobState, RowState
from clerkbulk.sending.transition import change_job, log

_row, _job = tables.row, tables.job


@dataclass(frozen=True, slots=True)
class Holding:
    """One person and the invitation of ours they were sent last; without an id where no answer has told it."""

    line: int
    email: str
    invitation_id: str | None
    jobs: tuple[str, ...]
    """Whose rows tell of the person: first the job that sent this invitation, then the one it reminds of."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is written down of an invitation that was to be taken back."""

    state: RowState
    code: str | None
    reason: str
    remedy: str


def taken_back(at: float) -> Ending:
    """Say that an invitation was revoked by us. at is seconds since 1970."""
    when = datetime.fromtimestamp(at, UTC)
    reason = f"The invitation was taken back on {when:%Y-%m-%d} at {when:%H:%M} UTC."
    return Ending(RowState.WITHDRAWN, None, reason, "Nothing to do.")


def as_found(standing: Standing, target: Target) -> Ending:
    """Say of an invitation that is not open why it is not revoked now."""
    match standing:
        case Standing.REVOKED:
            return Ending(
                RowState.WITHDRAWN,
                "already_revoked",
                "The invitation had been revoked already when it was to be taken back.",
                "Nothing to do.",
            )
        case Standing.ACCEPTED:
            what = "member from the organization" if isinstance(target, Organization) else "user"
            return Ending(
                RowState.SENT,
                "accepted",
                "The person has accepted: the invitation cannot be taken back.",
                f"Remove the {what} in the Clerk Dashboard if the person is not to be there.",
            )
        case Standing.EXPIRED:
            return Ending(
                RowState.SENT,
                "expired",
                "The invitation has expired: nobody can use it, and it cannot be revoked.",
                "Nothing to do.",
            )
    return Ending(
        RowState.SENT,
        "missing",
        "Clerk does not list the invitation any more: there is nothing that could be revoked.",
        "Look the person up in the Clerk Dashboard.",
    )


def family(connection: sa.Connection, job_id: str) -> list[str]:
    """Return a job and the reminders of it."""
    return [job_id, *reminders_of(connection, job_id)]


def held(connection: sa.Connection, job_id: str, lines: Collection[int] | None) -> list[Holding]:
    """Return the people who were sent an invitation of a job, in the order of the table. lines None: all of them."""
    original = original_of(connection, job_id)
    columns = sa.select(_row.c.line, _row.c.item, _row.c.invitation_id).where(_row.c.state == RowState.SENT)
    holdings: dict[int, Holding] = {}
    # A reminder comes after its original, and holds what is open of it.
    for job in dict.fromkeys([original, *family(connection, job_id)]):
        for line, item, invitation_id in connection.execute(columns.where(_row.c.job_id == job)):
            before = holdings[line].jobs if line in holdings else ()
            holdings[line] = Holding(line, json.loads(item)["email_address"], invitation_id, (job, *before))
    wanted = [one for one in holdings.values() if lines is None or one.line in lines]
    mine = {job_id, *reminders_of(connection, job_id)}
    return sorted((one for one in wanted if one.jobs[0] in mine), key=lambda one: one.line)


def reminded_since(connection: sa.Connection, job_id: str, looked_at: Collection[Holding]) -> bool:
    """Whether a reminder holds, or is about to invite, any of the people in a way that was not looked at."""
    lines = {one.line for one in looked_at}
    known = {(job, one.line) for one in looked_at for job in one.jobs}
    open_states = (RowState.LEFT, RowState.UNKNOWN, RowState.SENT)
    for reminder in reminders_of(connection, job_id):
        mine = sa.and_(_row.c.job_id == reminder, _row.c.state.in_(open_states))
        for line, state in connection.execute(sa.select(_row.c.line, _row.c.state).where(mine)):
            if line in lines and (state != RowState.SENT or (reminder, line) not in known):
                return True
    return False


def check(connection: sa.Connection, job_id: str, lines: Collection[int] | None) -> None:
    """Raise InputError where nothing can be taken back: a job never begun, one that was purged, lines it has not."""
    state, purged_at = connection.execute(sa.select(_job.c.state, _job.c.purged_at).where(_job.c.id == job_id)).one()
    if state == JobState.NEW:
        raise InputError(f"{job_id} was never begun: nobody holds an invitation of it.")
    if purged_at is not None:
        raise InputError(f"{job_id} was purged: the ledger no longer knows whom it has invited.")
    known = set(connection.execute(sa.select(_row.c.line).where(_row.c.job_id == job_id)).scalars())
    if strange := sorted(set(lines or ()) - known):
        raise InputError(
            f"{job_id} has no line {', '.join(map(str, strange))}: lines are counted as the spreadsheet shows them. "
            "Nothing was taken back."
        )


def stand_still(connection: sa.Connection, job_id: str, now: float) -> None:
    """Keep a job from going on by itself. Raises LedgerError while somebody is at work on it."""
    lock_job(connection, job_id)
    state = connection.execute(sa.select(_job.c.state).where(_job.c.id == job_id)).scalar_one()
    if attendance(connection, job_id, now).is_at_work:
        raise LedgerError(f"Somebody is at work on {job_id}: stop that first (clerkbulk pause {job_id}).")
    if state in {JobState.NEW, JobState.DONE}:
        return
    connection.execute(_job.update().where(_job.c.id == job_id).values(pause_asked_at=now))
    if state in {JobState.RUNNING, JobState.WAITING}:
        change_job(connection, job_id, JobState.PAUSED, "its invitations are being taken back", None, now)


def call_off(connection: sa.Connection, job_id: str, lines: Collection[int] | None, now: float) -> None:
    """Take the people out of an unfinished reminder who were not reminded yet: they are withdrawn."""
    lock_job(connection, job_id)
    waiting = sa.and_(_row.c.job_id == job_id, _row.c.state == RowState.LEFT)
    ending = Ending(RowState.WITHDRAWN, None, "The reminder was called off before it was sent.", "Nothing to do.")
    for line in connection.execute(sa.select(_row.c.line).where(waiting)).scalars().all():
        if lines is None or line in lines:
            _write(connection, sa.and_(waiting, _row.c.line == line), job_id, line, ending, now)


def close(connection: sa.Connection, job_id: str, line: int, ending: Ending, now: float) -> None:
    """Write down in a job's row what became of the person's invitation."""
    lock_job(connection, job_id)
    mine = sa.and_(_row.c.job_id == job_id, _row.c.line == line, _row.c.state == RowState.SENT)
    said = connection.execute(sa.select(_row.c.code).where(mine)).one_or_none()
    if said is not None and (ending.state is not RowState.SENT or said.code != ending.code):
        _write(connection, mine, job_id, line, ending, now)


def go_to_rest(connection: sa.Connection, job_id: str, now: float) -> None:
    """Let a job that stood still be done if nobody is left of it, and stay paused otherwise."""
    lock_job(connection, job_id)
    state = connection.execute(sa.select(_job.c.state).where(_job.c.id == job_id)).scalar_one()
    left = sum_of(connection, job_id).open
    if left == 0 and state != JobState.DONE:
        change_job(connection, job_id, JobState.DONE, None, None, now)
    elif left and state == JobState.PAUSED:
        people = f"{left:,} {'person was' if left == 1 else 'people were'}"
        reason = f"its invitations were taken back; {people} never invited"
        change_job(connection, job_id, JobState.PAUSED, reason, None, now)


def _write(
    connection: sa.Connection, mine: sa.ColumnElement[bool], job_id: str, line: int, ending: Ending, now: float
) -> None:
    connection.execute(
        _row.update()
        .where(mine)
        .values(state=ending.state, code=ending.code, reason=ending.reason, remedy=ending.remedy, changed_at=now)
    )
    log(connection, job_id, now, ending.state, ending.code or ending.reason, line=line)
