"""Call: claimed with its intent before it leaves, closed with its outcome after; each write one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import sqlalchemy as sa

from clerkbulk.contract.endpoint import HOUR, Endpoint, Lane
from clerkbulk.errors import LedgerError
from clerkbulk.people.batch import packed
from clerkbulk.sending import tables
from clerkbulk.sending.after.kin import Predecessors, predecessors
from clerkbulk.sending.before.elsewhere import leave_out
from clerkbulk.sending.budget import Budget, budget, wait_after_429
from clerkbulk.sending.during.attempts import tell
from clerkbulk.sending.lock import lock_for_claim, lock_job
from clerkbulk.sending.state import BatchState, RowState
from clerkbulk.sending.transition import change_batch, change_rows, log
from clerkbulk.sending.verdict import Passenger, Verdict

Begin = Callable[[], AbstractContextManager[sa.Connection]]

PROMPT = 10.0
"""Seconds within which a call leaves after its intent, or not at all: a machine that slept in between has lost it."""
LONGEST = 180.0
"""Seconds after its intent until a call is surely over: PROMPT, and the client's time-outs for connecting, writing and
each pause of the answer (client.TIMEOUT)."""

AHEAD = 60.0
"""Seconds by which a time lies in the future that was written while our clock was ahead: it was set back since."""
TOLD = 10.0
"""Seconds by which clerk_at may lie before the intent although both clocks agree: Clerk told its time before."""


# Made once: to build a statement takes longer than to run it.
_attempt, _row = tables.attempt.c, tables.row.c
_OF_JOB, _OF_ACCOUNT = sa.bindparam("of_job", type_=sa.Text), sa.bindparam("of_account", type_=sa.Text)
_NOW, _AHEAD, _LONGEST = (sa.bindparam(name, type_=sa.Float) for name in ("now", "ahead", "longest"))
# When a call was claimed; by Clerk's clock where ours was ahead then, and has been put back since.
_INTENT = sa.case((_attempt.intent_at > _AHEAD, _attempt.clerk_at + TOLD), else_=_attempt.intent_at)
# When a call ended: as late as it can be where that is not known, or no clock can have shown it.
_ENDED = sa.case(
    (_attempt.ended_at.is_(None), _INTENT + _LONGEST),
    (_attempt.ended_at < _attempt.intent_at, _INTENT),
    (_attempt.ended_at <= _AHEAD, _attempt.ended_at),
    (_attempt.ended_at > _attempt.intent_at + _LONGEST, _INTENT + _LONGEST),
    else_=_attempt.ended_at - _attempt.intent_at + _INTENT,
)
_CALLS_LATELY = sa.select(_ENDED).where(
    _attempt.account == _OF_ACCOUNT, _attempt.counts, _attempt.intent_at > _NOW - 2 * HOUR
)
_BLOCKED = sa.select(sa.func.max(_attempt.blocked_until - _attempt.ended_at + _ENDED)).where(
    _attempt.account == _OF_ACCOUNT
)
# Of one organization alone: for an instance in which each has an hour of its own.
_THERE = _attempt.job_id.in_(
    sa.select(tables.job.c.id).where(tables.job.c.organization_id == sa.bindparam("there", type_=sa.Text))
)
_CALLS_LATELY_THERE, _BLOCKED_THERE = _CALLS_LATELY.where(_THERE), _BLOCKED.where(_THERE)
_LAST_OUTCOMES = (
    sa.select(_attempt.outcome)
    .where(_attempt.account == _OF_ACCOUNT, _attempt.ended_at.is_not(None))
    .order_by(_attempt.id.desc())
    .limit(20)
)
_CALLS_OF = sa.select(sa.func.count()).select_from(tables.attempt).where(_attempt.job_id == _OF_JOB, _attempt.counts)
_LEFT = sa.and_(_row.job_id == _OF_JOB, _row.state == RowState.LEFT)
_CLAIMED = (
    tables.row.update()
    .where(_LEFT, _row.line.in_(sa.bindparam("lines", expanding=True)))
    .values(state=RowState.UNKNOWN, batch_id=sa.bindparam("of_batch"), changed_at=_NOW)
)
_OF_WAVE = sa.bindparam("of_wave", type_=sa.Integer)
_NEXT_WAVE = sa.select(_row.wave).where(_LEFT).order_by(_row.wave).limit(1)


class _Order(NamedTuple):
    """Which of the rows that wait travel next: how many items their call may carry, and then so many rows of these."""

    at_most: sa.Select[Any]
    rows: sa.Select[Any]

    @classmethod
    def of(cls, first: Callable[[Any], Any], by: sa.ColumnElement[int]) -> Self:
        """Make the statements of an order."""
        waiting = sa.and_(_LEFT, _row.wave == _OF_WAVE)
        rows = sa.select(_row.line, _row.key, _row.item, _row.replaces)
        these = rows.where(waiting, _row.at_most == sa.bindparam("which"))
        return cls(sa.select(first(_row.at_most)).where(waiting), these.order_by(by).limit(sa.bindparam("most")))


_FULL_FIRST = _Order.of(sa.func.max, _row.line)
_SMALL_FIRST = _Order.of(sa.func.min, _row.line.desc())


@dataclass(frozen=True, slots=True)
class Sender:
    """One lane of a run: for which job calls are made, whose hour they use up, and its calls (None: no limit)."""

    job_id: str
    endpoint: Endpoint
    account: str
    owner: str
    calls_per_hour: int | None
    organization_id: str | None = None
    """Whose calls alone use up the hour; None: everybody's, as Clerk documents it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose intent is on disk: its rows are unknown from here on, until it is closed or settled."""

    job_id: str
    batch_id: int
    attempt_id: int
    account: str
    lane: Lane
    intent_at: float
    passengers: tuple[Passenger, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The address keys of the rows."""
        return tuple(passenger.key for passenger in self.passengers)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A call that is over and has rows that are still unknown."""

    batch_id: int
    intent_at: float
    clerk_at: float
    """The earliest moment, by Clerk's clock, at which the call can have arrived."""
    ended_at: float
    answered: bool
    """Whether an answer came, of whatever kind."""
    outcome: str
    to_blame: bool
    """Whether one of the rows may be what Clerk refused."""
    size: int
    """How many rows travelled in the call."""
    code: str | None
    reason: str | None
    passengers: tuple[Passenger, ...]
    taken: frozenset[str] = frozenset()
    """Ids of the invitations to these people that other rows of the ledger have."""

    @property
    def refused(self) -> bool:
        """Whether Clerk answered, and refused: what it made of the call, it has made."""
        return self.outcome == "refused"


@dataclass(frozen=True, slots=True)
class Ending:
    """What is written down of an answer. arrived: whether the call may have reached Clerk, and counts for the hour."""

    outcome: str
    arrived: bool = True
    status: int | None = None
    reason: str | None = None
    code: str | None = None
    retry_after: int | None = None
    trace_id: str | None = None
    reply: str | None = None


def account_of(api_url: str, instance_id: str, endpoint: Endpoint) -> str:
    """Return whose hour a call counts against: the endpoint in the instance, whichever process or job makes it."""
    return f"{api_url} {instance_id} {endpoint.operation}"


def calls_lately(connection: sa.Connection, account: str, now: float, there: str | None = None) -> Sequence[float]:
    """Return when an account's calls of the last two hours ended; one without an end, as late as it can arrive.

    there is the organization whose calls alone count; None: everybody's.
    """
    statement = _CALLS_LATELY if there is None else _CALLS_LATELY_THERE
    return connection.execute(statement, {"of_account": account, "there": there, **_at(now)}).scalars().all()


def budget_of(
    connection: sa.Connection, account: str, now: float, most: int | None, there: str | None = None
) -> Budget:
    """Read the hour's budget of an account, most calls an hour; there as for calls_lately."""
    calls = calls_lately(connection, account, now, there)
    statement = _BLOCKED if there is None else _BLOCKED_THERE
    blocked = connection.execute(statement, {"of_account": account, "there": there, **_at(now)}).scalar()
    return budget(calls, now, most, blocked)


def _at(now: float) -> dict[str, float]:
    """Return what a statement must know of a moment."""
    return {"now": now, "ahead": now + AHEAD, "longest": LONGEST}


def calls_of(connection: sa.Connection, job_id: str) -> int:
    """Count the calls of a job that may have reached Clerk."""
    return int(connection.execute(_CALLS_OF, {"of_job": job_id}).scalar_one())


def claim(begin: Begin, lanes: Sequence[Sender], now: float, clerk_at: float) -> Call | Budget | Predecessors | None:
    """Write the intent of the next call and return it; a Budget when it must wait; None when no row is left.

    Predecessors when older invitations of the rows must be revoked first, the rows being reminders: then claim again.

    clerk_at is the earliest moment, by Clerk's clock, at which the call can arrive: what was made before is not ours.

    The first lane whose hour has a call left makes it; when none has, the Budget is that of the lane that may call
    soonest. Looking at the budgets, choosing the rows and writing the intent are one transaction: two processes never
    choose the same rows, nor spend the same call. Rows that another job has sent meanwhile are left out.
    """
    with begin() as connection:
        lock_for_claim(connection, lanes[0].job_id, [lane.account for lane in lanes])
        hours = [budget_of(connection, lane.account, now, lane.calls_per_hour, lane.organization_id) for lane in lanes]
        for sender, hour in zip(lanes, hours, strict=True):
            while chosen := next_rows(connection, sender.job_id, sender.endpoint, now):
                if not hour.may_call(now):
                    break
                lines = [passenger.line for passenger in chosen]
                if not leave_out(connection, sender.job_id, now, lines):
                    older = predecessors(connection, sender.job_id, lines)
                    return older or _intend(connection, sender, chosen, now, clerk_at)
            if not chosen:
                return None
    return min(hours, key=lambda hour: hour.next_call_at)


def close(begin: Begin, call: Call, verdict: Verdict, ending: Ending, now: float) -> None:
    """Write the outcome of a call and what it means for its rows; a 429 blocks the account for a time. It is logged."""
    with begin() as connection:
        lock_job(connection, call.job_id)
        blocked_until = None
        if ending.outcome == "wait":
            in_a_row = _waits_in_a_row(connection, call.account) + 1
            blocked_until = now + wait_after_429(ending.retry_after, in_a_row)
        connection.execute(
            tables.attempt.update()
            .where(tables.attempt.c.id == call.attempt_id)
            .values(
                ended_at=now,
                counts=ending.arrived,
                status=ending.status,
                outcome=ending.outcome,
                reason=ending.reason,
                code=ending.code,
                to_blame=verdict.to_blame,
                blocked_until=blocked_until,
                trace_id=ending.trace_id,
                reply=ending.reply,
            )
        )
        change_batch(connection, call.job_id, call.batch_id, verdict.batch, ending.reason, now)
        change_rows(connection, call.job_id, call.batch_id, verdict.rows, now)
    tell(begin, [call.attempt_id])


def unsettled(begin: Begin, job_id: str, now: float) -> list[Unsettled]:
    """Return the calls that are over and have rows in state unknown, the oldest first."""
    row, attempt, batch = tables.row, tables.attempt, tables.batch
    unknown = sa.and_(row.c.job_id == job_id, row.c.state == RowState.UNKNOWN)
    query = (
        sa.select(
            row.c.line, row.c.key, row.c.item, row.c.replaces, batch.c.size, attempt.c.batch_id,
            _INTENT.label("intent_at"), attempt.c.clerk_at, _ENDED.label("ended_at"), attempt.c.status,
            attempt.c.outcome, attempt.c.to_blame, attempt.c.code, attempt.c.reason,
        )
        .join(attempt, attempt.c.batch_id == row.c.batch_id)
        .join(batch, batch.c.id == row.c.batch_id)
        .where(unknown, attempt.c.ended_at.is_not(None))
        .order_by(attempt.c.batch_id, row.c.line)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    with begin() as connection:
        for record in connection.execute(query, _at(now)):
            found.setdefault(record.batch_id, []).append(record)
        taken = taken_ids(connection, unknown) if found else frozenset()
    return [
        Unsettled(
            batch_id=batch_id,
            intent_at=rows[0].intent_at,
            clerk_at=rows[0].clerk_at,
            ended_at=rows[0].ended_at,
            answered=rows[0].status is not None,
            outcome=rows[0].outcome,
            to_blame=bool(rows[0].to_blame),
            size=rows[0].size,
            code=rows[0].code,
            reason=rows[0].reason,
            passengers=tuple(Passenger(r.line, r.key, json.loads(r.item), r.replaces) for r in rows),
            taken=taken,
        )
        for batch_id, rows in found.items()
    ]


def taken_ids(connection: sa.Connection, which: sa.ColumnElement[bool]) -> frozenset[str]:
    """Return the ids of the invitations that the ledger's rows have of the same people as these rows, which have none.

    Of two calls within the reach of clerk_at, the one must not be taken to have made what the other has.
    """
    row, theirs = tables.row, tables.row.alias("theirs")
    query = sa.select(theirs.c.invitation_id).where(
        theirs.c.key.in_(sa.select(row.c.key).where(which)), theirs.c.invitation_id.is_not(None)
    )
    return frozenset(connection.execute(query).scalars())


def next_rows(connection: sa.Connection, job_id: str, endpoint: Endpoint, now: float) -> tuple[Passenger, ...]:
    """Return the rows of the next call at an endpoint.

    Rows of a wave travel when those of earlier waves are settled and somebody has looked at them. The bulk lane takes
    full calls first; rows out of refused ones travel later, in smaller company. The single lane takes those first, and
    otherwise the last rows, so that the calls of the other lane stay full.
    """
    wave = connection.execute(_NEXT_WAVE, {"of_job": job_id}).scalar()
    if wave is None or (wave > 1 and not _has_begun(connection, job_id, wave, now)):
        return ()
    order = _FULL_FIRST if endpoint.most_per_call > 1 else _SMALL_FIRST
    these = {"of_job": job_id, "of_wave": wave}
    at_most = int(connection.execute(order.at_most, these).scalar_one())
    most = min(at_most, endpoint.most_per_call)
    found = connection.execute(order.rows, {**these, "which": at_most, "most": most})
    passengers = [Passenger(line, key, json.loads(item), older) for line, key, item, older in found]
    run = next(packed([dict(passenger.item) for passenger in passengers], most))
    return tuple(passengers[i] for i in run)


def _has_begun(connection: sa.Connection, job_id: str, wave: int, now: float) -> bool:
    """Whether a later wave may travel: another process may be at the gate before it at this moment."""
    row, job = tables.row, tables.job
    passed, opens_at = connection.execute(
        sa.select(job.c.wave_passed, job.c.wave_opens_at).where(job.c.id == job_id)
    ).one()
    if wave > passed + 1 or (opens_at is not None and opens_at > now):
        return False
    unknown = sa.and_(row.c.job_id == job_id, row.c.state == RowState.UNKNOWN, row.c.wave < wave)
    return connection.execute(sa.select(row.c.line).where(unknown).limit(1)).first() is None


def _intend(
    connection: sa.Connection, sender: Sender, chosen: tuple[Passenger, ...], now: float, clerk_at: float
) -> Call:
    job_id = sender.job_id
    lines = [passenger.line for passenger in chosen]
    batch_id = _inserted(
        connection,
        tables.batch,
        job_id=job_id,
        lane=sender.endpoint.lane,
        size=len(lines),
        lines=json.dumps(lines),
        state=BatchState.CALLING,
        created_at=now,
        changed_at=now,
    )
    attempt_id = _inserted(
        connection,
        tables.attempt,
        batch_id=batch_id,
        job_id=job_id,
        account=sender.account,
        owner=sender.owner,
        intent_at=now,
        clerk_at=clerk_at,
    )
    claimed = connection.execute(
        _CLAIMED, {"of_job": job_id, "lines": lines, "of_batch": batch_id, "now": now}
    ).rowcount
    if claimed != len(lines):
        raise LedgerError(
            f"The ledger let {len(lines) - claimed} rows be claimed twice; nothing was sent. It is not safe to use by "
            "several processes where it lies: put it on a local disk, or on PostgreSQL."
        )
    log(connection, job_id, now, BatchState.CALLING, f"lines {', '.join(map(str, lines))}", batch_id=batch_id)
    return Call(job_id, batch_id, attempt_id, sender.account, sender.endpoint.lane, now, chosen)


def _waits_in_a_row(connection: sa.Connection, account: str) -> int:
    count = 0
    for outcome in connection.execute(_LAST_OUTCOMES, {"of_account": account}).scalars():
        if outcome != "wait":
            break
        count += 1
    return count


def _inserted(connection: sa.Connection, table: sa.Table, **values: Any) -> int:
    (key,) = connection.execute(table.insert(), values).inserted_primary_key or (0,)
    return int(key)
