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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.address import address_key
from clerkbulk.contract.endpoint import HOUR, MOST_PER_CALL, Lane, endpoint_for
from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import ClerkRefused, LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.call import LONGEST, Begin, account_of
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.home import (
    CAME,
    HomeFile,
    Place,
    home_of,
    is_there,
    last_call,
    leave_home,
    settled_in,
    write_home,
)
from clerkbulk.sending.owner import Owner
from clerkbulk.sending.preflight import Bucket
from clerkbulk.sending.settling import SETTLE
from clerkbulk.sending.state import BatchState, RowState
from clerkbulk.sending.transition import log
from clerkbulk.sending.verdict import Found, Passenger, RowVerdict, judge_found

BEFORE = HOUR
"""Seconds before the ledger was made, from which on invitations are taken for another copy's when it knows of no call
in the instance: its own clock may be wrong by so much. After a call, Clerk's own clock says when they parted."""
OTHER_COPY = "other_copy"
"""The code of a row that another copy of the ledger has sent."""
_OWNER = "another_copy 0 0 0"

Open = Callable[[Path], AbstractContextManager[Begin]]
"""Opens another ledger's file, and gives what begins transactions in it. Raises LedgerError."""


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

    Jobs of other instances stay held until they are settled with their own key. Raises LedgerError while somebody may
    be at work on the ledger, here or there; what the client's reads raise, and then nothing is changed here.
    """
    here = Place.of(home.path)
    with begin() as connection:
        _require_nobody(connection, f"The ledger {home.path}", clock.now())
        was = home.settle_in(connection, clock.now())
        moved = not was.is_same_file(here) or home.is_older(connection)
        jobs = list(_jobs(connection, instance_id))
    retired = _retire([was, home.gone_to()], here, clock.now(), open_other)
    listed = {target: _listed(client, target) for target in {job.target for job in jobs}}
    lately, now = client.time_there() - SETTLE, clock.now()
    with begin() as connection:
        if moved:
            _arrive(connection, here, now)
        found = 0
        seen = _known_ids(connection)
        for job in jobs:
            account = account_of(client.api_url, instance_id, endpoint_for(job.target, Lane.BULK))
            verdicts = _found(connection, job, listed[job.target], seen)
            _require_long_ago(verdicts, lately)
            for start in range(0, len(verdicts), MOST_PER_CALL):
                _write(connection, job, verdicts[start : start + MOST_PER_CALL], account, now)
            found += len(verdicts)
            log(connection, job.id, now, job.state, settled_in(instance_id))
        calls = last_call(connection)
    home.mark(calls)
    home.come_back()
    return Settled(here.path, moved, retired, len(jobs), found)


def _require_nobody(connection: sa.Connection, what: str, now: float) -> None:
    """Raise LedgerError while a run may be at work on a ledger, or has made a call that lists may not show yet."""
    if busy := _busy(connection, now):
        raise LedgerError(f"{what} {busy}")


def _busy(connection: sa.Connection, now: float) -> str | None:
    """Say who may be at work on a ledger: processes of this machine are asked, others are believed for their lease."""
    worker, attempt = tables.worker, tables.attempt
    runs = connection.execute(sa.select(worker.c.id, worker.c.lease_until).where(worker.c.ended_at.is_(None)))
    calls = connection.execute(sa.select(attempt.c.owner, attempt.c.intent_at).where(attempt.c.ended_at.is_(None)))
    for name, until in [*runs, *((owner, intent_at + LONGEST) for owner, intent_at in calls)]:
        owner = Owner.read(name)
        if not owner.is_of_this_machine and until > now:
            return (
                f"may be at work until {_shown(until)}: {owner.machine} was sending from it. Go on there; or end that, "
                "wait until then, and try again."
            )
        if owner.is_of_this_machine and owner.is_at_work():
            return f"is at work: process {owner.pid} of this machine sends from it. End that first."
    ended_at = connection.execute(sa.select(sa.func.max(attempt.c.ended_at))).scalar()
    if ended_at is not None and now < ended_at + SETTLE:
        return (
            "has made a call only now, and Clerk's lists may not show yet what it did: try again at "
            f"{_shown(ended_at + SETTLE)}."
        )
    return None


def _retire(homes: list[Place | None], here: Place, now: float, open_other: Open) -> str | None:
    """Tell the ledger's former home, as far as it can be reached from here, that it is none any more; return its path.

    homes are where it may be; a file that has been told before says itself where the home went from it.
    """
    told: list[Place] = []
    at_home = None
    while homes:
        place = homes.pop()
        if place is None or place in told or place.is_same_file(here) or not is_there(place):
            continue
        told.append(place)
        try:
            with open_other(Path(place.path)) as begin, begin() as connection:
                busy, its_home = _busy(connection, now), home_of(connection)
                if busy is None:
                    write_home(connection, here, now)
        except LedgerError:
            continue  # it is damaged, or not ours to read: nothing is sent from it either
        if busy is not None:
            raise LedgerError(f"The ledger's home, {place.path}, {busy}")
        leave_home(Path(place.path), here)
        homes.append(its_home)
        at_home = place.path if its_home is not None and its_home.is_same_file(place) else at_home
    return at_home


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


def _require_long_ago(found: Sequence[RowVerdict], lately: float) -> None:
    if any((verdict.invited_at or 0.0) > lately for verdict in found):
        raise LedgerError(
            "Another copy of this ledger has invited people within the last minute: it is still at work. Go on there; "
            "or end that, wait a minute, and try again."
        )


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


def _shown(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
