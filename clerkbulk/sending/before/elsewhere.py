"""Other jobs of the same ledger: whoever one of them has invited to the same target is not invited again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.before.cooling import cooling_down, invited_lately
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.state import RowState
from clerkbulk.sending.transition import change_rows, let_wait
from clerkbulk.sending.verdict import Passenger, RowVerdict

INVITED, PERHAPS = "other_job", "other_job_unsure"
"""The codes of rows that were left out for another job's sake: it has invited the person, or may have."""

_HELD = {RowState.SENT, RowState.UNKNOWN}


def leave_out(connection: sa.Connection, job_id: str, now: float, lines: Sequence[int] | None = None) -> int:
    """Mark waiting rows as already there whose address another job has sent, or may have; return how many.

    Only jobs for the same target in the same instance count. What another job only has left does not count: whichever
    job comes first sends it. lines narrows it to rows that are about to travel, and looks at the cool-down once more.
    Without, rows that were left out for the sake of a call of unknown outcome wait again if it invited nobody.
    """
    if lines is None:
        _reconsider(connection, job_id, now)
        found = invited_elsewhere(connection, job_id, _WAITING, now)
        change_rows(connection, job_id, None, found.values(), now)
        return len(found)
    found = _verdicts(connection.execute(_TRAVELLING, {"of_job": job_id, "lines": lines, "now": now}))
    change_rows(connection, job_id, None, found.values(), now)
    cooling = _cooling(connection, job_id, lines, now)
    change_rows(connection, job_id, None, cooling, now)
    return len(found) + len(cooling)


def invited_elsewhere(
    connection: sa.Connection, job_id: str, which: sa.ColumnElement[bool], now: float | None = None
) -> dict[int, RowVerdict]:
    """Say of which of a job's rows another job for the same target has invited the owner, or may have, by line.

    With now, in seconds since 1970, an invitation that has expired by then holds nobody any more: preflight asks.
    """
    query = _ELSEWHERE if now is None else _ELSEWHERE.where(_HOLDS)
    return _verdicts(connection.execute(query.where(which), {"of_job": job_id, "now": now}))


def same_people(theirs: sa.FromClause, other: sa.FromClause) -> sa.FromClause:
    """Join each row to those of other jobs for the same target in the same instance that have the same address key.

    A job and its reminders are one story: they are no others to each other.
    """
    mine = tables.job.alias("mine")
    alike = sa.and_(
        other.c.id == theirs.c.job_id,
        other.c.instance_id == mine.c.instance_id,
        other.c.target_kind == mine.c.target_kind,
        other.c.organization_id.is_not_distinct_from(mine.c.organization_id),
        sa.func.coalesce(other.c.reminds_id, other.c.id) != sa.func.coalesce(mine.c.reminds_id, mine.c.id),
    )
    row = tables.row
    return (
        row.join(mine, mine.c.id == row.c.job_id)
        .join(theirs, sa.and_(theirs.c.key == row.c.key, theirs.c.job_id != row.c.job_id))
        .join(other, alike)
    )


def withdrawn_elsewhere(connection: sa.Connection, job_id: str, now: float) -> list[int]:
    """Return the lines left out for the sake of invitations that were taken back or have expired since.

    They do not wait again by themselves: whoever takes a job back does not mean the next one to invite everybody anew.
    """
    states = _states_elsewhere(connection, job_id, now, INVITED, PERHAPS)
    return [line for line, those in states.items() if RowState.WITHDRAWN in those and not those & _HELD]


def _has_expired(theirs: sa.FromClause, now: float | sa.BindParameter[float]) -> sa.ColumnElement[bool]:
    # Whoever has accepted is there, whatever the date on the invitation.
    accepted = sa.func.coalesce(theirs.c.code, "") == "accepted"
    over = sa.or_(sa.func.coalesce(theirs.c.expires_at, now) < now, sa.func.coalesce(theirs.c.code, "") == "expired")
    return sa.and_(theirs.c.state == RowState.SENT, over, ~accepted)


_THEIRS, _OTHER = tables.row.alias("theirs"), tables.job.alias("other")
_ELSEWHERE = (
    sa.select(
        tables.row.c.line, _THEIRS.c.state, _THEIRS.c.line.label("their_line"), _OTHER.c.id, _OTHER.c.source_name,
        _THEIRS.c.invitation_id, _THEIRS.c.invited_at, _THEIRS.c.expires_at,
    )
    .select_from(same_people(_THEIRS, _OTHER))
    .where(tables.row.c.job_id == sa.bindparam("of_job"), _THEIRS.c.state.in_(_HELD))
    # Of several the last one stands: what is sent rather than what is unknown.
    .order_by(sa.case((_THEIRS.c.state == RowState.SENT, 1), else_=0), _THEIRS.c.changed_at)
)  # fmt: skip
_HOLDS = ~_has_expired(_THEIRS, sa.bindparam("now", type_=sa.Float))
_WAITING = tables.row.c.state == RowState.LEFT
# Made once: to build a statement takes longer than to run it.
_TRAVELLING = _ELSEWHERE.where(_HOLDS, _WAITING, tables.row.c.line.in_(sa.bindparam("lines", expanding=True)))


def _reconsider(connection: sa.Connection, job_id: str, now: float) -> None:
    """Let rows wait again that were left out for a call of which the outcome is known by now.

    Whoever it has invited is left out again at once.
    """
    states = _states_elsewhere(connection, job_id, now, PERHAPS)
    unclear = {RowState.UNKNOWN, RowState.WITHDRAWN}
    let_wait(connection, job_id, [line for line, those in states.items() if not those & unclear], now)


def _states_elsewhere(connection: sa.Connection, job_id: str, now: float, *codes: str) -> dict[int, set[str]]:
    """Return by line the states in other jobs of people who were left out with one of the codes.

    An invitation that has expired counts as withdrawn: either is over.
    """
    row, theirs, other = tables.row, tables.row.alias("theirs"), tables.job.alias("other")
    left_out = sa.and_(row.c.job_id == job_id, row.c.state == RowState.ALREADY_THERE, row.c.code.in_(codes))
    state = sa.case((_has_expired(theirs, now), RowState.WITHDRAWN), else_=theirs.c.state)
    query = sa.select(row.c.line, state).select_from(same_people(theirs, other)).where(left_out)
    states: dict[int, set[str]] = {}
    for line, state in connection.execute(query):
        states.setdefault(line, set()).add(state)
    return states


def _cooling(connection: sa.Connection, job_id: str, lines: Sequence[int], now: float) -> list[RowVerdict]:
    """Say which rows wait for the end of the cool-down that preflight was told of; nobody else is judged by it."""
    job, row = tables.job, tables.row
    asked = connection.execute(sa.select(job.c.decisions, job.c.instance_id).where(job.c.id == job_id)).one()
    policy = Policy.from_json(asked.decisions) if asked.decisions else Policy()
    if policy.cool_down is None or policy.decision(Bucket.COOLING_DOWN) is not Decision.SKIP:
        return []
    mine = sa.select(row.c.line, row.c.key).where(row.c.job_id == job_id, row.c.line.in_(lines), _WAITING)
    rows = [Passenger(line, key, {}) for line, key in connection.execute(mine)]
    invited = invited_lately(
        connection, asked.instance_id, [one.key for one in rows], now, policy.cool_down, but=job_id
    )
    return cooling_down(rows, invited, policy.cool_down)


def _verdicts(found: Iterable[Any]) -> dict[int, RowVerdict]:
    return {record.line: _verdict(record) for record in found}


def _verdict(record: Any) -> RowVerdict:
    by = f"{record.id} ({record.source_name}, line {record.their_line})"
    if record.state == RowState.SENT:
        return RowVerdict(
            record.line,
            RowState.ALREADY_THERE,
            INVITED,
            f"Invited by {by}.",
            f"Nothing to do. If that invitation was revoked, withdraw line {record.their_line} of {record.id}, then "
            "send again with --decide withdrawn_by_you=send.",
            invitation_id=record.invitation_id,
            invited_at=record.invited_at,
            expires_at=record.expires_at,
        )
    return RowVerdict(
        record.line,
        RowState.ALREADY_THERE,
        PERHAPS,
        f"Perhaps invited by {by}.",
        f"Finish that job first: it finds out (clerkbulk resume {record.id}).",
    )
