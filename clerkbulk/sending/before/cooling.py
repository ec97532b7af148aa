"""Cooling down: whoever one of our own jobs has invited lately, to whatever target, gets no second mail so soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.after.kin import original_of, root_of
from clerkbulk.sending.before.preflight import Bucket, left_out
from clerkbulk.sending.state import RowState
from clerkbulk.sending.verdict import Passenger, RowVerdict

DAY = 86_400.0
_KEYS_A_QUERY = 500
"""Well under what a statement may hold as parameters in any SQLite (999 before 3.32)."""


@dataclass(frozen=True, slots=True)
class Invited:
    """The last invitation of a person by another job. at is when, in seconds since 1970, by Clerk's clock."""

    job_id: str
    source_name: str
    line: int
    at: float
    surely: bool
    """False while the outcome of that call is not known: at is when it left."""


def invited_lately(
    connection: sa.Connection, instance_id: str, keys: Sequence[str], now: float, days: float, *, but: str | None = None
) -> dict[str, Invited]:
    """Return those of the keys whom a job of the ledger has invited in the instance within so many days.

    Any target counts, and so do invitations that were taken back: their mail had gone out. but is the job that asks:
    it does not count, nor does the job it reminds of.
    """
    row, job = tables.row, tables.job
    at = sa.func.coalesce(row.c.invited_at, row.c.changed_at)
    query = (
        sa.select(row.c.key, row.c.job_id, job.c.source_name, row.c.line, at.label("at"), row.c.state)
        .join(job, job.c.id == row.c.job_id)
        .where(
            job.c.instance_id == instance_id,
            row.c.state.in_((RowState.SENT, RowState.WITHDRAWN, RowState.UNKNOWN)),
            at > now - days * DAY,
        )
        .order_by(at)
    )
    if but is not None:
        query = query.where(root_of(job) != original_of(connection, but))
    found: dict[str, Invited] = {}
    for start in range(0, len(keys), _KEYS_A_QUERY):
        some = query.where(row.c.key.in_(keys[start : start + _KEYS_A_QUERY]))
        for record in connection.execute(some):
            surely = record.state != RowState.UNKNOWN
            found[record.key] = Invited(record.job_id, record.source_name, record.line, record.at, surely)
    return found


def cooling_down(rows: Sequence[Passenger], invited: Mapping[str, Invited], days: float) -> list[RowVerdict]:
    """Say of each row whose owner was invited lately that it waits, who invited them, and until when."""
    return [_waits(row.line, invited[row.key], days) for row in rows if row.key in invited]


def _waits(line: int, last: Invited, days: float) -> RowVerdict:
    how_long = f"{days:g} {'day' if days == 1 else 'days'}"
    by = f"{last.job_id} ({last.source_name}, line {last.line})"
    was = f"was invited on {_day(last.at)}" if last.surely else f"was perhaps invited on {_day(last.at)}"
    over = datetime.fromtimestamp(last.at + days * DAY, UTC)
    return RowVerdict(
        line,
        RowState.REFUSED,
        Bucket.COOLING_DOWN.value,
        left_out(f"The person {was} by {by}, and the cool-down is {how_long}. Nothing was sent."),
        f"Send the sheet again when the cool-down is over, after {over:%Y-%m-%d %H:%M} UTC.",
    )


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
