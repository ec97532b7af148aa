"""Call: claimed with its intent before it leaves, closed with its outcome after; each write one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.endpoint import Endpoint
from clerkbulk.people.batch import packed
from clerkbulk.sending import tables
from clerkbulk.sending.budget import Budget, budget, wait_after_429
from clerkbulk.sending.state import BatchState, RowState
from clerkbulk.sending.verdict import Passenger, RowVerdict, Verdict

Begin = Callable[[], AbstractContextManager[sa.Connection]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose intent is on disk: its rows are unknown from here on, until it is closed or settled."""

    batch_id: int
    attempt_id: int
    account: str
    intent_at: float
    passengers: tuple[Passenger, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The address keys of the rows."""
        return tuple(passenger.key for passenger in self.passengers)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A call with rows that are still unknown. ended_at is None when no outcome was written."""

    batch_id: int
    intent_at: float
    ended_at: float | None
    owner: str
    outcome: str | None
    size: int
    at_most: int
    named: bool
    """Whether Clerk's refusal pointed at rows: then the others are not to blame."""
    reason: str | None
    code: str | None
    passengers: tuple[Passenger, ...]


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


def budget_of(connection: sa.Connection, account: str, now: float, calls_per_hour: int | None) -> Budget:
    """Read the hour's budget of an account."""
    table = tables.attempt
    ended = sa.func.coalesce(table.c.ended_at, table.c.intent_at)
    mine = sa.and_(table.c.account == account, table.c.counts)
    calls = connection.execute(sa.select(ended).where(mine, ended > now - 2 * 3600)).scalars().all()
    blocked = connection.execute(
        sa.select(sa.func.max(table.c.blocked_until)).where(table.c.account == account)
    ).scalar()
    return budget(calls, now, calls_per_hour, blocked)


def calls_of(connection: sa.Connection, job_id: str) -> int:
    """Count the calls of a job that may have reached Clerk."""
    attempt = tables.attempt
    query = sa.select(sa.func.count()).select_from(attempt).where(attempt.c.job_id == job_id, attempt.c.counts)
    return int(connection.execute(query).scalar_one())


def claim(
    begin: Begin, job_id: str, endpoint: Endpoint, account: str, owner: str, now: float, calls_per_hour: int | None
) -> Call | Budget | None:
    """Write the intent of the next call and return it; a Budget when it must wait; None when no row is left.

    Looking at the budget, choosing the rows and writing the intent are one transaction: two processes never choose the
    same rows, nor spend the same call.
    """
    row = tables.row
    with begin() as connection:
        waiting = sa.and_(row.c.job_id == job_id, row.c.state == RowState.LEFT)
        # Full calls first; rows out of a refused call travel later, in smaller company.
        at_most = connection.execute(sa.select(sa.func.max(row.c.at_most)).where(waiting)).scalar()
        if at_most is None:
            return None
        hour = budget_of(connection, account, now, calls_per_hour)
        if not hour.may_call(now):
            return hour
        chosen = connection.execute(
            sa.select(row.c.line, row.c.key, row.c.item)
            .where(waiting, row.c.at_most == at_most)
            .order_by(row.c.line)
            .limit(at_most)
        ).all()
        items = [json.loads(item) for _, _, item in chosen]
        run = next(packed(items, at_most))
        passengers = tuple(Passenger(chosen[i].line, chosen[i].key, items[i]) for i in run)
        lines = [passenger.line for passenger in passengers]
        batch_id = _inserted(
            connection,
            tables.batch,
            job_id=job_id,
            lane=endpoint.lane,
            size=len(lines),
            lines=json.dumps(lines),
            state=BatchState.CALLING,
            created_at=now,
            changed_at=now,
        )
        attempt_id = _inserted(
            connection, tables.attempt, batch_id=batch_id, job_id=job_id, account=account, owner=owner, intent_at=now
        )
        connection.execute(
            row.update()
            .where(row.c.job_id == job_id, row.c.line.in_(lines))
            .values(state=RowState.UNKNOWN, batch_id=batch_id, changed_at=now)
        )
        _log(connection, job_id, batch_id, None, now, BatchState.CALLING, f"lines {_listed(lines)}")
    return Call(batch_id, attempt_id, account, now, passengers)


def close(begin: Begin, job_id: str, call: Call, verdict: Verdict, ending: Ending, now: float) -> float | None:
    """Write the outcome of a call and what it means for its rows; return until when a 429 blocks the account."""
    with begin() as connection:
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
                named=verdict.batch is BatchState.REFUSED and bool(verdict.rows),
                blocked_until=blocked_until,
                trace_id=ending.trace_id,
                reply=ending.reply,
            )
        )
        _change_batch(connection, job_id, call.batch_id, verdict.batch, ending.reason, now)
        _change_rows(connection, job_id, call.batch_id, verdict.rows, now)
    return blocked_until


def unsettled(begin: Begin, job_id: str) -> list[Unsettled]:
    """Return the calls that have rows in state unknown, the oldest first."""
    row, attempt, batch = tables.row, tables.attempt, tables.batch
    query = (
        sa.select(
            row.c.line, row.c.key, row.c.item, row.c.at_most, batch.c.size, attempt.c.batch_id, attempt.c.intent_at,
            attempt.c.ended_at, attempt.c.owner, attempt.c.outcome, attempt.c.named, attempt.c.reason, attempt.c.code,
        )
        .join(attempt, attempt.c.batch_id == row.c.batch_id)
        .join(batch, batch.c.id == row.c.batch_id)
        .where(row.c.job_id == job_id, row.c.state == RowState.UNKNOWN)
        .order_by(attempt.c.batch_id, row.c.line)
    )  # fmt: skip
    with begin() as connection:
        found: dict[int, list[Any]] = {}
        for record in connection.execute(query):
            found.setdefault(record.batch_id, []).append(record)
    return [
        Unsettled(
            batch_id=batch_id,
            intent_at=rows[0].intent_at,
            ended_at=rows[0].ended_at,
            owner=rows[0].owner,
            outcome=rows[0].outcome,
            size=rows[0].size,
            at_most=rows[0].at_most,
            named=bool(rows[0].named),
            reason=rows[0].reason,
            code=rows[0].code,
            passengers=tuple(Passenger(r.line, r.key, json.loads(r.item)) for r in rows),
        )
        for batch_id, rows in found.items()
    ]


def settle(begin: Begin, job_id: str, batch_id: int, verdicts: Sequence[RowVerdict], now: float) -> None:
    """Write what reading found out about unknown rows. Rows that somebody else has settled meanwhile are left alone."""
    if verdicts:
        with begin() as connection:
            _change_rows(connection, job_id, batch_id, verdicts, now)


def _change_batch(
    connection: sa.Connection, job_id: str, batch_id: int, state: BatchState, reason: str | None, now: float
) -> None:
    connection.execute(tables.batch.update().where(tables.batch.c.id == batch_id).values(state=state, changed_at=now))
    _log(connection, job_id, batch_id, None, now, state, reason)


def _change_rows(
    connection: sa.Connection, job_id: str, batch_id: int, verdicts: Sequence[RowVerdict], now: float
) -> None:
    row = tables.row
    for verdict in verdicts:
        values: dict[str, Any] = {
            "state": verdict.state,
            "code": verdict.code,
            "reason": verdict.reason,
            "remedy": verdict.remedy,
            "invitation_id": verdict.invitation_id,
            "invited_at": verdict.invited_at,
            "expires_at": verdict.expires_at,
            "changed_at": now,
        }
        if verdict.at_most is not None:
            values["at_most"] = verdict.at_most
        connection.execute(
            row.update()
            .where(
                row.c.job_id == job_id,
                row.c.line == verdict.line,
                row.c.batch_id == batch_id,
                row.c.state == RowState.UNKNOWN,
            )
            .values(**values)
        )
        _log(connection, job_id, batch_id, verdict.line, now, verdict.state, verdict.code)


def _waits_in_a_row(connection: sa.Connection, account: str) -> int:
    attempt = tables.attempt
    last = connection.execute(
        sa.select(attempt.c.outcome)
        .where(attempt.c.account == account, attempt.c.ended_at.is_not(None))
        .order_by(attempt.c.id.desc())
        .limit(20)
    ).scalars()
    count = 0
    for outcome in last:
        if outcome != "wait":
            break
        count += 1
    return count


def _inserted(connection: sa.Connection, table: sa.Table, **values: Any) -> int:
    (key,) = connection.execute(table.insert().values(**values)).inserted_primary_key or (0,)
    return int(key)


def _log(
    connection: sa.Connection,
    job_id: str,
    batch_id: int | None,
    line: int | None,
    at: float,
    state: str,
    reason: str | None,
) -> None:
    connection.execute(
        tables.transition.insert().values(
            job_id=job_id, batch_id=batch_id, line=line, at=at, state=state, reason=reason
        )
    )


def _listed(lines: Sequence[int]) -> str:
    return ", ".join(map(str, lines))
