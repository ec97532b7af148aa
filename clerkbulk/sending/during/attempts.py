"""Attempts: the log of the calls, one JSON object each, with Clerk's trace id and nothing secret or personal.

Every attempt is told to the logger ``clerkbulk.attempts`` at level INFO when it is over, also one whose process had
died. It says nothing unless logging is configured; the ledger has all of them in any case.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.endpoint import Lane
from clerkbulk.sending import tables
from clerkbulk.sending.scrub import scrubbed_text

LOG = logging.getLogger("clerkbulk.attempts")
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
"""What a code or a trace id looks like; whatever else stands in their place is not repeated."""
_CREDENTIAL = re.compile(r"(?:test|live)_[A-Za-z0-9]{20}|eyJ")
"""What a secret key of an old instance, or a ticket, looks like, even with a word before it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that was made, or meant to be. Times are seconds since 1970."""

    id: int
    job_id: str
    batch_id: int
    instance_id: str
    operation: str
    """The operation of Clerk's API: whose hour the call counts against, together with the instance."""
    lane: Lane
    lines: tuple[int, ...]
    """The rows that travelled in it: one item each."""
    intent_at: float
    ended_at: float | None
    """None: in flight."""
    counts: bool
    """Whether it may have reached Clerk, and so counts for the hour."""
    status: int | None
    outcome: str | None
    """sent, refused, wait, unsure, or not_sent; None: in flight."""
    code: str | None
    trace_id: str | None
    blocked_until: float | None
    """After a 429: when the next call may leave."""
    reason: str | None = None
    """Clerk's sentence, which may hold addresses: None unless those were asked for."""
    addresses: tuple[str, ...] = ()
    """Those of the rows, in the order of lines; empty unless asked for."""

    def to_json(self) -> dict[str, Any]:
        """Return the attempt as the log has it; times in ISO 8601, UTC. Reason and addresses only where they are."""
        plain: dict[str, Any] = {
            "attempt": self.id,
            "job": self.job_id,
            "batch": self.batch_id,
            "instance": self.instance_id,
            "operation": self.operation,
            "lane": self.lane.value,
            "items": len(self.lines),
            "lines": list(self.lines),
            "intent_at": _written(self.intent_at),
            "ended_at": _written(self.ended_at),
            "counts": self.counts,
            "status": self.status,
            "outcome": self.outcome,
            "code": self.code,
            "trace_id": self.trace_id,
            "blocked_until": _written(self.blocked_until),
        }
        if self.addresses:
            plain |= {"reason": self.reason, "addresses": list(self.addresses)}
        return plain


def read_attempts(
    connection: sa.Connection, which: sa.ColumnElement[bool], *, addresses: bool = False
) -> list[Attempt]:
    """Return the attempts that fit a condition on their table, the first first; with addresses and sentences if asked.

    Of purged jobs there are none of either.
    """
    attempt, batch = tables.attempt, tables.batch
    records = connection.execute(
        sa.select(attempt, batch.c.lane, batch.c.lines)
        .join(batch, batch.c.id == attempt.c.batch_id)
        .where(which)
        .order_by(attempt.c.id)
    ).all()
    return [_attempt(record, _addresses(connection, record) if addresses else ()) for record in records]


def read_attempt(connection: sa.Connection, attempt_id: int, *, addresses: bool = False) -> Attempt:
    """Return one attempt."""
    (attempt,) = read_attempts(connection, tables.attempt.c.id == attempt_id, addresses=addresses)
    return attempt


def tell(begin: Callable[[], AbstractContextManager[sa.Connection]], ended: Sequence[int]) -> None:
    """Log attempts that are over, by their ids. Reads the ledger only if somebody listens."""
    if not ended or not LOG.isEnabledFor(logging.INFO):
        return
    with begin() as connection:
        attempts = read_attempts(connection, tables.attempt.c.id.in_(ended))
    for attempt in attempts:
        LOG.info("%s", json.dumps(attempt.to_json()), extra={"attempt_id": attempt.id})


def _attempt(record: Any, addresses: tuple[str, ...]) -> Attempt:
    # The address of the API stands first; an instance and an operation have no blanks.
    _, instance_id, operation = record.account.rsplit(" ", 2)
    return Attempt(
        id=record.id,
        job_id=record.job_id,
        batch_id=record.batch_id,
        instance_id=instance_id,
        operation=operation,
        lane=Lane(record.lane),
        lines=tuple(json.loads(record.lines)),
        intent_at=record.intent_at,
        ended_at=record.ended_at,
        counts=bool(record.counts),
        status=record.status,
        outcome=record.outcome,
        code=_word(record.code),
        trace_id=_word(record.trace_id),
        blocked_until=record.blocked_until,
        reason=scrubbed_text(record.reason) if addresses and record.reason else None,
        addresses=addresses,
    )


def _addresses(connection: sa.Connection, record: Any) -> tuple[str, ...]:
    row = tables.row
    query = sa.select(row.c.line, row.c.item).where(
        row.c.job_id == record.job_id, row.c.line.in_(json.loads(record.lines)), row.c.item.is_not(None)
    )
    found = {line: json.loads(item)["email_address"] for line, item in connection.execute(query)}
    return tuple(found[line] for line in json.loads(record.lines) if line in found)


def _word(text: str | None) -> str | None:
    """Return a code or trace id as it is; what looks like neither may hold anything, and is not repeated."""
    if text is None:
        return None
    is_word = _WORD.fullmatch(text) and not _CREDENTIAL.search(text) and scrubbed_text(text) == text
    return text if is_word else "[no word]"


def _written(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
