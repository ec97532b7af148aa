"""What an outcome, or a look at Clerk, means for each row of a call. Decisions only: nothing is read or written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.error_code import Concern
from clerkbulk.contract.reply import Outcome, Problem, Refused, Sent, Unsure, Wait
from clerkbulk.sending.state import BatchState, RowState

CLOCKS_APART = 120.0
"""Seconds by which Clerk's clock may be behind ours: an invitation made up to that long before our intent is ours."""


@dataclass(frozen=True, slots=True)
class Passenger:
    """A row in a call."""

    line: int
    key: str
    item: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowVerdict:
    """What a row becomes. at_most None leaves it as it is; times are seconds since 1970."""

    line: int
    state: RowState
    code: str | None = None
    reason: str | None = None
    remedy: str | None = None
    invitation_id: str | None = None
    invited_at: float | None = None
    expires_at: float | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a call becomes, and each of its rows; rows that are not named stay unknown until they have been read."""

    batch: BatchState
    rows: tuple[RowVerdict, ...]
    stop: str | None = None
    """Why the whole job must stop; None when it may go on."""


def judge(passengers: Sequence[Passenger], outcome: Outcome) -> Verdict:
    """Say what an outcome means for the rows that travelled in the call."""
    match outcome:
        case Sent():
            return Verdict(BatchState.SENT, _created(passengers, outcome))
        case Wait():
            return Verdict(BatchState.TURNED_AWAY, tuple(RowVerdict(p.line, RowState.LEFT) for p in passengers))
        case Unsure():
            return Verdict(BatchState.UNSURE, ())
        case Refused():
            return _refused(passengers, outcome)


def judge_not_sent(passengers: Sequence[Passenger]) -> Verdict:
    """Say what becomes of a call that never left: its rows wait again."""
    return Verdict(BatchState.TURNED_AWAY, tuple(RowVerdict(p.line, RowState.LEFT) for p in passengers))


def judge_by_reading(
    passenger: Passenger,
    invitations: Sequence[Mapping[str, Any]],
    present: Collection[str],
    *,
    intent_at: float,
    surely_absent: bool,
    at_most: int | None,
) -> RowVerdict | None:
    """Say what a row of an unsettled call is, from what Clerk has of its address.

    invitations are those of this very address, of every status; present are address keys of users or members. Returns
    None while nothing can be said: absent, and too early to be sure of it.
    """
    ours = [item for item in invitations if _seconds(item.get("created_at")) >= intent_at - CLOCKS_APART]
    if ours:
        first = min(ours, key=lambda item: _seconds(item.get("created_at")))
        return RowVerdict(
            passenger.line,
            RowState.SENT,
            invitation_id=first.get("id"),
            invited_at=_seconds(first.get("created_at")),
            expires_at=_seconds(first.get("expires_at")) or None,
        )
    ignores = passenger.item.get("ignore_existing") is True
    if not ignores and any(item.get("status") == "pending" for item in invitations):
        return RowVerdict(
            passenger.line,
            RowState.ALREADY_THERE,
            "already_invited",
            "A pending invitation exists already, made before this job.",
            "Nothing to do, or revoke it first to send a new one.",
        )
    if passenger.key in present:
        return RowVerdict(
            passenger.line,
            RowState.ALREADY_THERE,
            "already_present",
            "The person has an account already.",
            "Nothing to do.",
        )
    return RowVerdict(passenger.line, RowState.LEFT, at_most=at_most) if surely_absent else None


def _created(passengers: Sequence[Passenger], outcome: Sent) -> tuple[RowVerdict, ...]:
    lines = {p.key: p.line for p in passengers}
    return tuple(
        RowVerdict(
            lines[made.key],
            RowState.SENT,
            invitation_id=made.invitation_id,
            invited_at=_seconds(made.created_at) or None,
            expires_at=_seconds(made.expires_at) or None,
        )
        for made in outcome.created
    )


def _refused(passengers: Sequence[Passenger], outcome: Refused) -> Verdict:
    if outcome.concern is Concern.JOB:
        stop = _words(outcome.problems)
        # Clerk did nothing for a caller it does not know, an organization it does not have, a body it did not read. A
        # quota may have been reached half way through the call (not documented): those rows are read first.
        untouched = outcome.status in {401, 404, 405, 415} or outcome.problems[0].code == "api_version_invalid"
        left = tuple(RowVerdict(p.line, RowState.LEFT) for p in passengers) if untouched else ()
        return Verdict(BatchState.REFUSED, left, stop)
    named = {key: problem for problem in reversed(outcome.problems) for key in problem.keys}
    if not named and len(passengers) == 1:
        named = {passengers[0].key: outcome.problems[0]}
    return Verdict(BatchState.REFUSED, tuple(_set_aside(p, named[p.key]) for p in passengers if p.key in named))


def _set_aside(passenger: Passenger, problem: Problem) -> RowVerdict:
    known = problem.known
    return RowVerdict(
        passenger.line,
        RowState.ALREADY_THERE if known is not None and known.already_there else RowState.REFUSED,
        code=problem.code,
        reason=problem.sentence,
        remedy=known.remedy if known else "Look the code up in Clerk's list of Backend API errors.",
    )


def _words(problems: Sequence[Problem]) -> str:
    first = problems[0]
    remedy = first.known.remedy if first.known else "Look the code up in Clerk's list of Backend API errors."
    code = f" ({first.code})" if first.code else ""
    return f"Clerk refuses every call of this job: {first.sentence.rstrip('.')}{code}. {remedy}"


def _seconds(milliseconds: object) -> float:
    return milliseconds / 1000 if isinstance(milliseconds, int) else 0.0
