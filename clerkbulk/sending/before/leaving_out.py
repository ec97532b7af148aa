"""Leaving out: what preflight decided, written into the ledger, and looked at again before a call leaves."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from clerkbulk.contract.target import Target
from clerkbulk.sending import tables
from clerkbulk.sending.before.cooling import Invited, cooling_down, invited_lately
from clerkbulk.sending.before.elsewhere import withdrawn_elsewhere
from clerkbulk.sending.before.looking import preflight
from clerkbulk.sending.before.preflight import MEANINGS, Bucket, Decision, Policy, Preflight
from clerkbulk.sending.before.taken_back import taken_back
from clerkbulk.sending.client import Client
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import RowState
from clerkbulk.sending.transition import change_rows, let_wait
from clerkbulk.sending.verdict import Passenger, RowVerdict

FRESH = 3600.0
"""Seconds after which a look at a row is repeated before the row travels: people sign up while a job waits."""
_MAY_CHANGE = frozenset({Bucket.ALREADY_MEMBER, Bucket.ALREADY_USER, Bucket.ALREADY_INVITED})
"""The buckets a person gets into by what somebody else does. The cool-down is looked at when a call is claimed."""


def look_ahead(begin: Begin, client: Client, job_id: str, target: Target, policy: Policy, now: float) -> Preflight:
    """Read what Clerk has of every row that waits, and write down who is left out, and why.

    Whom an earlier preflight has left out is judged anew: the policy, the role or the seats may be others by now. So is
    whom another job had invited until that was taken back. Nobody of them waits again before somebody says yes, see
    let_in(): somebody may be at work, and the answer may be no. Only a job that nobody has said yes to is sent by
    nobody: there it is done at once.
    """
    with begin() as connection:
        aside = _set_aside(connection, job_id, now)
        rows = _rows(connection, job_id, aside)
    cooling = _cooling(begin, job_id, rows, policy, now)
    with begin() as connection:
        keys = [row.key for row in rows]
        withdrawn = taken_back(connection, _instance_of(connection, job_id), target, keys, but=job_id)
    listed = _listed_before(rows, aside, policy)
    found = preflight(client, target, rows, policy, cooling=cooling, withdrawn=withdrawn, listed=listed)
    skipped = found.to_do(Decision.SKIP)
    out = {row.line for bucket in skipped for row in found.in_bucket(bucket)}
    found = replace(found, again={row.line: aside[row.line] for row in rows if row.line in aside.keys() - out})
    with begin() as connection:
        lock_job(connection, job_id)
        # Those who stay out, for this look's reason: out again before anybody else can see them wait.
        let_wait(connection, job_id, sorted(out.intersection(_set_aside(connection, job_id, now))), now)
        _write(connection, job_id, found, skipped, now)
        if Bucket.COOLING_DOWN in skipped and policy.cool_down is not None:
            waiting = cooling_down(found.in_bucket(Bucket.COOLING_DOWN), cooling, policy.cool_down)
            change_rows(connection, job_id, None, waiting, now)
        approved = sa.select(tables.job.c.approved).where(tables.job.c.id == job_id)
        if connection.execute(approved).scalar() is not None:
            return found
        let_in(connection, job_id, found, now)
    return replace(found, again={})


def let_in(connection: sa.Connection, job_id: str, found: Preflight, now: float) -> None:
    """Do what a look found, after the yes to it: its decisions hold, and whom it leaves out no more waits again.

    Whom somebody else has left out for another reason since the look, or has sent to, is left alone.
    """
    lock_job(connection, job_id)
    aside = _set_aside(connection, job_id, now)
    let_wait(connection, job_id, [line for line, why in found.again.items() if aside.get(line) == why], now)
    decisions = found.policy.to_json()
    connection.execute(tables.job.update().where(tables.job.c.id == job_id).values(decisions=decisions))
    _seen(connection, job_id, None, now)


def set_aside(begin: Begin, job_id: str, now: float) -> int:
    """Count the rows that were left out although nobody holds an invitation of ours: another look may let them in.

    Another policy may, or time; or their invitation by another job was taken back or has expired.
    """
    with begin() as connection:
        query = sa.select(sa.func.count()).select_from(tables.row).where(_by_preflight(job_id))
        refused = connection.execute(query.where(tables.row.c.state == RowState.REFUSED)).scalar_one()
        return int(refused) + len(withdrawn_elsewhere(connection, job_id, now))


def left_out(connection: sa.Connection, job_id: str) -> dict[Bucket, int]:
    """Count by bucket whom preflight has left out who was not there already: they are in the sum as refused."""
    row = tables.row
    ours = row.c.code.in_([bucket.value for bucket in Bucket])
    query = (
        sa.select(row.c.code, sa.func.count())
        .where(row.c.job_id == job_id, row.c.state == RowState.REFUSED, ours)
        .group_by(row.c.code)
    )
    counts = {str(code): int(number) for code, number in connection.execute(query)}
    return {bucket: counts[bucket.value] for bucket in Bucket if bucket.value in counts}


def look_again(
    begin: Begin, client: Client, job_id: str, target: Target, rows: Sequence[Passenger], now: float
) -> bool:
    """Look again at rows that are about to travel if the last look is old; return whether any is left out by it.

    Rows that preflight never looked at are not looked at now either.
    """
    lines = [row.line for row in rows]
    with begin() as connection:
        decisions = connection.execute(sa.select(tables.job.c.decisions).where(tables.job.c.id == job_id)).scalar()
        oldest = connection.execute(
            sa.select(sa.func.min(tables.row.c.looked_at)).where(
                tables.row.c.job_id == job_id, tables.row.c.line.in_(lines)
            )
        ).scalar()
    if decisions is None or oldest is None or oldest > now - FRESH:
        return False
    policy = Policy.from_json(decisions)
    found = preflight(client, target, rows, policy)
    skipped = [bucket for bucket in found.to_do(Decision.SKIP) if bucket in _MAY_CHANGE]
    with begin() as connection:
        lock_job(connection, job_id)
        _write(connection, job_id, found, skipped, now)
        _seen(connection, job_id, lines, now)
    return bool(skipped)


def waiting_rows(begin: Begin, job_id: str, others: Collection[int] = ()) -> list[Passenger]:
    """Return the rows that wait to be sent, and others by their lines, in the order of the table."""
    with begin() as connection:
        return _rows(connection, job_id, others)


def _rows(connection: sa.Connection, job_id: str, others: Collection[int] = ()) -> list[Passenger]:
    """Return the rows that wait, and others by their lines, in the order of the table."""
    row = tables.row
    found = connection.execute(
        sa.select(row.c.line, row.c.key, row.c.item, row.c.state, row.c.replaces)
        .where(row.c.job_id == job_id, row.c.key.is_not(None))
        .order_by(row.c.line)
    )
    lines = frozenset(others)
    return [
        Passenger(line, key, json.loads(item), replaces)
        for line, key, item, state, replaces in found
        if state == RowState.LEFT or line in lines
    ]


def _by_preflight(job_id: str) -> sa.ColumnElement[bool]:
    row = tables.row
    # already_invited is also what settling says of a row that travelled; cooling_down is never said but by us.
    ours = sa.or_(row.c.batch_id.is_(None), row.c.code == Bucket.COOLING_DOWN)
    return sa.and_(row.c.job_id == job_id, ours, row.c.code.in_([bucket.value for bucket in Bucket]))


def _set_aside(connection: sa.Connection, job_id: str, now: float) -> dict[int, tuple[str, float]]:
    """Return the rows that were left out, and are judged anew by the next look: why and since when, by line."""
    row = tables.row
    others = frozenset(withdrawn_elsewhere(connection, job_id, now))
    which = sa.or_(_by_preflight(job_id), sa.and_(row.c.job_id == job_id, row.c.state == RowState.ALREADY_THERE))
    found = connection.execute(sa.select(row.c.line, row.c.code, row.c.changed_at, _by_preflight(job_id)).where(which))
    return {line: (str(code), since) for line, code, since, ours in found if ours or line in others}


def _listed_before(
    rows: Sequence[Passenger], aside: Mapping[int, tuple[str, float]], policy: Policy
) -> Mapping[str, Bucket]:
    """Say of whom an earlier look had left out by a list that this one does not have: lists are not kept."""
    gone = {
        bucket
        for bucket, given in ((Bucket.SUPPRESSED, policy.suppressed), (Bucket.OUTSIDE_DOMAINS, policy.allowed_domains))
        if not given
    }
    why = {row.key: aside[row.line][0] for row in rows if row.line in aside}
    return {key: Bucket(code) for key, code in why.items() if code in gone}


def _cooling(begin: Begin, job_id: str, rows: Sequence[Passenger], policy: Policy, now: float) -> Mapping[str, Invited]:
    if policy.cool_down is None:
        return {}
    with begin() as connection:
        keys = [row.key for row in rows]
        return invited_lately(connection, _instance_of(connection, job_id), keys, now, policy.cool_down, but=job_id)


def _instance_of(connection: sa.Connection, job_id: str) -> str:
    mine = sa.select(tables.job.c.instance_id).where(tables.job.c.id == job_id)
    return str(connection.execute(mine).scalar_one())


def _write(connection: sa.Connection, job_id: str, found: Preflight, buckets: Sequence[Bucket], now: float) -> None:
    said = [bucket for bucket in buckets if bucket is not Bucket.COOLING_DOWN]
    change_rows(connection, job_id, None, [_left_out(row, one) for one in said for row in found.in_bucket(one)], now)


def _left_out(row: Passenger, bucket: Bucket) -> RowVerdict:
    meaning = MEANINGS[bucket]
    state = RowState.ALREADY_THERE if meaning.already_there else RowState.REFUSED
    return RowVerdict(
        row.line, state, code=bucket.value, reason=f"{meaning.told} Nothing was sent.", remedy=meaning.remedy
    )


def _seen(connection: sa.Connection, job_id: str, lines: Sequence[int] | None, now: float) -> None:
    row = tables.row
    these = row.c.state == RowState.LEFT if lines is None else row.c.line.in_(lines)
    connection.execute(row.update().where(row.c.job_id == job_id, these).values(looked_at=now))
