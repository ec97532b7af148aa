"""Planned: the people of a ledger's jobs and the invitations each was sent, read from the jobs' rows.

A job and its reminders are one story, and so are several jobs that invite one person to one target. The line of a
person is that of the first row that invited them, else of the first that was to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import Stage
from clerkbulk.sending import tables
from clerkbulk.sending.state import RowState

NEVER_BEGUN = "The invitation was called off before it was sent."
_STAGES = {
    RowState.LEFT: Stage.WAITING,
    RowState.UNKNOWN: Stage.WAITING,
    RowState.REFUSED: Stage.REFUSED,
    RowState.WITHDRAWN: Stage.REFUSED,
    RowState.ALREADY_THERE: Stage.ALREADY_THERE,
}
_AT_ONCE = 5_000
_job, _row = tables.job, tables.row
_ROWS = (
    sa.select(
        _row.c.line, _row.c.state, _row.c.key, _row.c.item, _row.c.wave, _row.c.code, _row.c.reason,
        _row.c.invitation_id, _row.c.invited_at, _row.c.expires_at, _row.c.replaces, _row.c.replaced_at,
        _row.c.changed_at,
    )
    .where(_row.c.job_id == sa.bindparam("of_job"))
    .order_by(_row.c.line)
)  # fmt: skip


@dataclass(slots=True)
class SentOne:
    """An invitation as far as the ledger knows of it; without an id where no answer has told it."""

    invitation_id: str | None
    sent_at: float
    expires_at: float | None
    revoked_at: float | None = None
    """When we took it back."""
    replaced_at: float | None = None
    """When we closed it to make room for a reminder, or found it closed."""
    told: str | None = None
    """accepted, expired or missing: as it was found when it was to be taken back or replaced,"""
    told_at: float | None = None
    """and when that was."""


@dataclass(slots=True)
class Person:
    """One person and target, and what is known without looking at Clerk."""

    key: str
    email: str
    target: Target
    stage: Stage = Stage.WAITING
    """Of who was never invited."""
    reason: str | None = None
    job_id: str | None = None
    source_name: str | None = None
    line: int | None = None
    wave: int | None = None
    role: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    sent: list[SentOne] = field(default_factory=list)

    @property
    def organization_id(self) -> str | None:
        """The organization they are invited to; None: the application."""
        return self.target.organization_id if isinstance(self.target, Organization) else None


@dataclass(slots=True)
class Planned:
    """People by organization and address key. rows = people + invalid + purged + again."""

    people: dict[tuple[str | None, str], Person] = field(default_factory=dict)
    job_ids: list[str] = field(default_factory=list)
    rows: int = 0
    """Of the jobs, without those of their reminders."""
    invalid: int = 0
    """Rows that never were an invitation."""
    purged: int = 0
    """Rows of purged jobs: nobody knows whose they were."""
    again: int = 0
    """Rows of people who stand on another row, too."""


def read_planned(
    connection: sa.Connection, instance_id: str, job_id: str | None = None, target: Target | None = None
) -> Planned:
    """Read the people of one job and its reminders, or of all jobs that have run in an instance; target narrows.

    Raises InputError for a job that is not there or has run in another instance.
    """
    planned = Planned()
    for job in _jobs(connection, instance_id, job_id):
        its: Target = Organization(job.organization_id) if job.target_kind == "organization" else Application()
        if target is not None and its != target:
            continue
        planned.job_ids.append(job.id)
        rows = rows_of(connection, _ROWS, of_job=job.id)
        if job.reminds_id is None:
            _add(planned, job, its, rows)
        else:
            _add_reminder(planned, its, rows)
    return planned


def rows_of(connection: sa.Connection, query: sa.Select[Any], **given: Any) -> Iterator[Sequence[Any]]:
    """Yield rows, read by the thousand: one by one costs twice as much."""
    for some in connection.execute(query, given).partitions(_AT_ONCE):
        yield from some


def _jobs(connection: sa.Connection, instance_id: str, job_id: str | None) -> list[Any]:
    """Return the jobs, originals before reminders, each in the order they were made."""
    query = sa.select(
        _job.c.id, _job.c.target_kind, _job.c.organization_id, _job.c.source_name, _job.c.reminds_id, _job.c.instance_id
    ).order_by(_job.c.reminds_id.is_not(None), _job.c.created_at, _job.c.id)
    if job_id is None:
        return list(connection.execute(query.where(_job.c.instance_id == instance_id)))
    reminds = connection.execute(sa.select(_job.c.reminds_id).where(_job.c.id == job_id)).one_or_none()
    if reminds is None:
        raise InputError(f"There is no job {job_id} in the ledger.")
    original = reminds[0] or job_id
    jobs = list(connection.execute(query.where(sa.or_(_job.c.id == original, _job.c.reminds_id == original))))
    if any(job.instance_id not in {None, instance_id} for job in jobs):
        raise InputError(f"{job_id} has run in another instance than {instance_id}: use that instance's key.")
    return jobs


def _add(planned: Planned, job: Any, target: Target, rows: Iterable[Any]) -> None:
    people, organization_id = planned.people, job.organization_id
    for row in rows:
        line, state, key, item, wave, _, reason, *_ = row
        planned.rows += 1
        if state == RowState.INVALID:
            planned.invalid += 1
            continue
        if key is None or item is None:
            planned.purged += 1
            continue
        told = json.loads(item)
        person, sent = people.get((organization_id, key)), _sent(row)
        is_new = person is None
        if person is None:
            person = people[organization_id, key] = Person(key, told["email_address"], target)
        planned.again += not is_new
        if is_new or (sent is not None and not person.sent):
            person.job_id, person.source_name, person.line, person.wave = job.id, job.source_name, line, wave
        person.email = told["email_address"]
        person.role, person.metadata = told.get("role"), told.get("public_metadata") or {}
        if sent is not None:
            person.sent.append(sent)
        elif is_new or person.stage is not Stage.WAITING:
            # Who waits on any row will be invited; else the last word counts.
            person.stage = _STAGES[RowState(state)]
            person.reason = reason or (NEVER_BEGUN if state == RowState.WITHDRAWN else None)


def _add_reminder(planned: Planned, target: Target, rows: Iterable[Any]) -> None:
    organization_id = target.organization_id if isinstance(target, Organization) else None
    for row in rows:
        _, state, key, _, _, code, _, _, _, _, replaces, replaced_at, changed_at = row
        person = planned.people.get((organization_id, key))
        if person is None:
            # Of a purged job, whose people nobody knows.
            continue
        older = next((one for one in person.sent if one.invitation_id == replaces), None)
        if older is not None and replaced_at is not None:
            older.replaced_at = replaced_at
        elif older is not None and state == RowState.ALREADY_THERE and code == "accepted":
            older.told, older.told_at = "accepted", changed_at
        sent = _sent(row)
        if sent is not None:
            person.sent.append(sent)


def _sent(row: Any) -> SentOne | None:
    """Return the invitation that a row was sent; None where there is none."""
    _, state, _, _, _, code, _, invitation_id, invited_at, expires_at, _, _, changed_at = row
    if state == RowState.SENT:
        one = SentOne(invitation_id, changed_at if invited_at is None else invited_at, expires_at)
        if code in {"accepted", "expired", "missing"}:
            one.told, one.told_at = code, changed_at
        return one
    if state == RowState.WITHDRAWN and invitation_id is not None:
        return SentOne(invitation_id, changed_at if invited_at is None else invited_at, expires_at, changed_at)
    return None
