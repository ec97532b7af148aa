"""Takeover: a copied, moved or restored ledger becomes the one that goes on, after it has learnt what another has sent.

What the other copy has sent since they parted is read from Clerk and matched by address and content, as unclear calls
are (settling.py). Rows of calls that were already unclear when they parted are left to that settling: it looks at the
same lists from an earlier moment on.

The hour: calls the other copy has made are not in this ledger. Those that created what was found are written down with
it, ten invitations a call, each at the time Clerk gives, so that they count. What was refused there leaves no trace; if
the hour is used up by it, Clerk answers 429, and that is obeyed. A ledger that was only moved loses no time by it.

What cannot be learnt: tables that were handed to the other copy only. Preflight leaves out whom those have invited.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.address import address_key
from clerkbulk.contract.endpoint import HOUR, MOST_PER_CALL, Lane, endpoint_for
from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import ClerkRefused, NotNow
from clerkbulk.sending import tables
from clerkbulk.sending.before.preflight import Bucket
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.call import Begin, account_of
from clerkbulk.sending.during.settling import SETTLE
from clerkbulk.sending.state import BatchState, RowState
from clerkbulk.sending.store.former_home import Open, busy, give_back, retire
from clerkbulk.sending.store.home import CAME, HomeFile, Place, last_call, leave_home, settled_in, write_home
from clerkbulk.sending.transition import log
from clerkbulk.sending.verdict import Found, Passenger, RowVerdict, judge_found

BEFORE = HOUR
"""Seconds before the ledger was made, from which on invitations are taken for another copy's when it knows of no call
in the instance: its own clock may be wrong by so much. After a call, Clerk's own clock says when they parted."""
OTHER_COPY = "other_copy"
"""The code of a row that another copy of the ledger has sent."""
_OWNER = "another_copy 0 0 0"


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling a copy has done."""

    home: str
    """The path of the file that is the ledger's home now."""
    moved: bool
    """Whether it was not before."""
    retired: str | None
    """The path of the file that was its home, if that could be told: it sends nothing any more."""
    jobs: int
    """How many jobs were settled."""
    invitations: int
    """How many invitations of another copy were found."""


@dataclass(frozen=True, slots=True)
class _Job:
    id: str
    state: str
    target: Target
    since: float
    """From when on an invitation may be another copy's."""


def settle_copy(
    begin: Begin, home: HomeFile, client: Client, instance_id: str, clock: Clock, open_other: Open
) -> Settled:
    """Make a file its ledger's home, and settle every job that may have gone on in another copy; see the module.

    Jobs of other instances stay held until they are settled with their own key. Raises NotNow while somebody may
    be at work on the ledger, here or there; what the client's reads raise, and then nothing is changed here.
    """
    here = Place.of(home.path)
    with begin() as connection:
        if at_work := busy(connection, clock.now()):
            raise NotNow(f"The ledger {home.path} {at_work}")
        was = home.settle_in(connection, clock.now())
        moved = not was.is_same_file(here) or home.is_older(connection)
        jobs = list(_jobs(connection, instance_id))
    told = retire([was, home.gone_to()], here, clock.now(), open_other)
    try:
        listed = {target: _listed(client, target) for target in {job.target for job in jobs}}
        lately = client.time_there() - SETTLE
        with begin() as connection:
            if moved:
                _arrive(connection, here, clock.now())
            found = _learn(connection, jobs, listed, client.api_url, instance_id, lately, clock.now())
            calls = last_call(connection)
    except BaseException:
        give_back(told, clock.now(), open_other)
        raise
    home.mark(calls)
    leave_home(home.path, None)
    return Settled(here.path, moved, told[-1].place.path if told else None, len(jobs), found)


def _learn(
    connection: sa.Connection,
    jobs: Sequence[_Job],
    listed: Mapping[Target, Sequence[Mapping[str, Any]]],
    api_url: str,
    instance_id: str,
    lately: float,
    now: float,
) -> int:
    """Write down for each job what another copy has sent of it; return how many invitations that is."""
    known, count = _known_ids(connection), 0
    for job in jobs:
        verdicts = _found(connection, job, listed[job.target], known)
        if any((verdict.invited_at or 0.0) > lately for verdict in verdicts):
            raise NotNow(
                "Another copy of this ledger has invited people within the last minute: it is still at work. Go on "
                "there; or end that, wait a minute, and try again."
            )
        account = account_of(api_url, instance_id, endpoint_for(job.target, Lane.BULK))
        for start in range(0, len(verdicts), MOST_PER_CALL):
            _write(connection, job, verdicts[start : start + MOST_PER_CALL], account, now)
        log(connection, job.id, now, job.state, settled_in(instance_id))
        count += len(verdicts)
    return count


def _arrive(connection: sa.Connection, here: Place, now: float) -> None:
    """Write down the new home, and for every job that it came along."""
    job = tables.job
    write_home(connection, here, now)
    for job_id, state in connection.execute(sa.select(job.c.id, job.c.state)).all():
        log(connection, job_id, now, state, CAME)


def _jobs(connection: sa.Connection, instance_id: str) -> Iterator[_Job]:
    """Yield the jobs of an instance, and those that have none yet: the other copy may have sent them there."""
    job, attempt = tables.job, tables.attempt
    last_call_there = connection.execute(
        sa.select(sa.func.max(attempt.c.clerk_at))
        .join(job, job.c.id == attempt.c.job_id)
        .where(job.c.instance_id == instance_id)
    ).scalar()
    made = connection.execute(sa.select(tables.home.c.since)).scalar_one()
    since = made - BEFORE if last_call_there is None else last_call_there
    mine = sa.or_(job.c.instance_id == instance_id, job.c.instance_id.is_(None))
    for found in connection.execute(sa.select(job).where(mine).order_by(job.c.created_at, job.c.id)):
        target = Organization(found.organization_id) if found.target_kind == "organization" else Application()
        yield _Job(found.id, found.state, target, since)


def _listed(client: Client, target: Target) -> list[dict[str, Any]]:
    try:
        return list(client.every_invitation(target))
    except ClerkRefused as error:
        if error.status == 404:
            return []  # there is no such organization (any more): nobody can have sent anything to it
        raise


def _known_ids(connection: sa.Connection) -> set[str]:
    """Return the invitations that rows of the ledger have."""
    row = tables.row
    return set(connection.execute(sa.select(row.c.invitation_id).where(row.c.invitation_id.is_not(None))).scalars())


def _found(
    connection: sa.Connection, job: _Job, listed: Sequence[Mapping[str, Any]], seen: set[str]
) -> list[RowVerdict]:
    """Return what becomes of the rows that another copy has sent, as they were sent; adds their invitations to seen."""
    invitations: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for item in listed:
        if str(item.get("id")) not in seen:
            invitations[address_key(str(item.get("email_address", "")))].append(item)
    unclear = _unclear_keys(connection)
    found = []
    for passenger in _waiting(connection, job.id):
        if passenger.key in unclear or passenger.key not in invitations:
            continue
        there = Found(tuple(invitations[passenger.key]))
        verdict = judge_found(passenger, there, job.since, surely=False)
        if verdict is not None and verdict.state is RowState.SENT:
            seen.add(str(verdict.invitation_id))
            found.append(verdict)
    return sorted(found, key=lambda verdict: (verdict.invited_at or 0.0, verdict.line))


def _waiting(connection: sa.Connection, job_id: str) -> list[Passenger]:
    """Return the rows that the other copy may have sent: those that wait, and those that only a preflight left out."""
    row = tables.row
    left_out = sa.and_(row.c.batch_id.is_(None), row.c.code.in_([bucket.value for bucket in Bucket]))
    query = sa.select(row.c.line, row.c.key, row.c.item).where(
        row.c.job_id == job_id, row.c.item.is_not(None), sa.or_(row.c.state == RowState.LEFT, left_out)
    )
    return [Passenger(line, key, json.loads(item)) for line, key, item in connection.execute(query)]


def _unclear_keys(connection: sa.Connection) -> set[str]:
    row = tables.row
    return set(connection.execute(sa.select(row.c.key).where(row.c.state == RowState.UNKNOWN)).scalars())


def _write(connection: sa.Connection, job: _Job, found: Sequence[RowVerdict], account: str, now: float) -> None:
    """Write down a call of the other copy, and the rows it has sent."""
    reason = "found by reading: another copy of the ledger has sent it"
    row, lines = tables.row, [verdict.line for verdict in found]
    at = min(now, max(verdict.invited_at or now for verdict in found))
    (batch_id,) = connection.execute(
        tables.batch.insert().values(
            job_id=job.id, lane=Lane.BULK, size=len(found), lines=json.dumps(lines), state=BatchState.SENT,
            created_at=at, changed_at=now,
        )
    ).inserted_primary_key or (0,)  # fmt: skip
    connection.execute(
        tables.attempt.insert().values(
            batch_id=batch_id, job_id=job.id, account=account, owner=_OWNER, intent_at=at, clerk_at=job.since,
            ended_at=at, outcome="sent", reason=reason, to_blame=False,
        )
    )  # fmt: skip
    log(connection, job.id, now, BatchState.SENT, reason, batch_id=batch_id)
    for verdict in found:
        connection.execute(
            row.update()
            .where(row.c.job_id == job.id, row.c.line == verdict.line)
            .values(
                state=RowState.SENT, code=OTHER_COPY, reason="Invited by another copy of the ledger.",
                remedy="Nothing to do.", batch_id=batch_id, invitation_id=verdict.invitation_id,
                invited_at=verdict.invited_at, expires_at=verdict.expires_at, changed_at=now,
            )
        )  # fmt: skip
        log(connection, job.id, now, RowState.SENT, OTHER_COPY, batch_id=batch_id, line=verdict.line)
