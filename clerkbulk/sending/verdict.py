"""What an outcome, or a look at Clerk, means for each row of a call. Decisions only: nothing is read or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.error_code import Concern, error_code
from clerkbulk.contract.reply import Outcome, Problem, Refused, Sent, Unsure, Wait
from clerkbulk.sending.scrub import scrubbed_text
from clerkbulk.sending.state import BatchState, RowState

LOOK_IT_UP = "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support."


@dataclass(frozen=True, slots=True)
class Passenger:
    """A row in a call."""

    line: int
    key: str
    item: Mapping[str, Any]
    replaces: str | None = None
    """The older invitation that a reminder's row stands for; it is not this row's own."""


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
    to_blame: bool = False
    """Whether one of the rows not named may be what Clerk refused: those travel on in smaller company."""
    stop: str | None = None
    """Why the whole job must stop; None when it may go on."""


@dataclass(frozen=True, slots=True)
class Found:
    """What Clerk has of one address: its invitations to the target, of every status, and whether its owner is in."""

    invitations: tuple[Mapping[str, Any], ...] = ()
    present: str | None = None
    """A sentence when its owner is a user or a member already."""
    taken: frozenset[str] = frozenset()
    """Ids of invitations that other rows of the ledger have: they are not this row's own."""


def judge(passengers: Sequence[Passenger], outcome: Outcome) -> Verdict:
    """Say what an outcome means for the rows that travelled in the call."""
    match outcome:
        case Sent():
            return Verdict(BatchState.SENT, _created(passengers, outcome))
        case Wait():
            return judge_not_sent(passengers)
        case Unsure():
            return Verdict(BatchState.UNSURE, ())
        case Refused():
            return _refused(passengers, outcome)


def judge_not_sent(passengers: Sequence[Passenger]) -> Verdict:
    """Say what becomes of a call that never left, or was turned away at the door: its rows wait again."""
    return Verdict(BatchState.TURNED_AWAY, tuple(RowVerdict(p.line, RowState.LEFT) for p in passengers))


def judge_found(passenger: Passenger, found: Found, clerk_at: float, *, surely: bool) -> RowVerdict | None:
    """Say what a row of an unsettled call is, from what Clerk has of its address.

    clerk_at is the earliest moment, by Clerk's clock, at which the call can have arrived: an older invitation is not
    ours, nor is one that another row has, or one with another role or other metadata. surely: what is not found does
    not exist. Returns None while nothing can be said.
    """
    # What the row replaces was revoked before the row travelled, even if a list that lags behind shows it as open.
    invitations = [
        item for item in found.invitations if passenger.replaces is None or item.get("id") != passenger.replaces
    ]
    ours = [
        item
        for item in invitations
        if _seconds(item.get("created_at")) >= clerk_at
        and _id(item) not in found.taken
        and _is_what_was_sent(item, passenger.item)
    ]
    if ours:
        first = min(ours, key=lambda item: _seconds(item.get("created_at")))
        return RowVerdict(
            passenger.line,
            RowState.SENT,
            invitation_id=_id(first),
            invited_at=_seconds(first.get("created_at")),
            expires_at=_seconds(first.get("expires_at")) or None,
        )
    ignores = passenger.item.get("ignore_existing") is True
    if not ignores and any(item.get("status") == "pending" for item in invitations):
        return RowVerdict(
            passenger.line,
            RowState.ALREADY_THERE,
            "already_invited",
            "The person was invited before, and that invitation is still open.",
            "Nothing to do. For a new e-mail, revoke it in the Clerk Dashboard and send this line in a new sheet.",
        )
    if found.present:
        return RowVerdict(passenger.line, RowState.ALREADY_THERE, "already_present", found.present, "Nothing to do.")
    return RowVerdict(passenger.line, RowState.LEFT) if surely else None


def _is_what_was_sent(invitation: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether an invitation may come of an item; what a list leaves out is not held against it."""
    for name in ("role", "public_metadata"):
        if name in item and invitation.get(name) is not None and invitation[name] != item[name]:
            return False
    return True


def judge_alone(line: int, code: str | None, words: str | None) -> RowVerdict:
    """Say what a row is that Clerk has refused, by name or when it travelled alone. words are Clerk's."""
    known = error_code(code)
    said = f'Clerk says: "{scrubbed_text(words)}"' if words else "Clerk gave no reason."
    return RowVerdict(
        line,
        RowState.ALREADY_THERE if known is not None and known.already_there else RowState.REFUSED,
        code=code,
        reason=f"{known.says[:1].upper()}{known.says[1:]}. {said}" if known else said,
        remedy=known.remedy if known else LOOK_IT_UP,
    )


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
    if outcome.concern is Concern.JOB and not _may_mean_a_row(passengers, outcome):
        # Clerk did nothing for a caller it does not know, an organization it does not have, a body it did not read. A
        # quota may have been reached half way through the call (not documented): those rows are read first.
        why = next(problem for problem in outcome.problems if problem.concern is Concern.JOB)
        untouched = outcome.status in {401, 404, 405, 415} or (why.known is not None and why.known.at_the_door)
        left = tuple(RowVerdict(p.line, RowState.LEFT) for p in passengers) if untouched else ()
        return Verdict(BatchState.REFUSED, left, stop=_stop(why))
    named = {key: problem for problem in reversed(outcome.problems) for key in problem.keys}
    aside = tuple(judge_alone(p.line, named[p.key].code, named[p.key].sentence) for p in passengers if p.key in named)
    return Verdict(BatchState.REFUSED, aside, to_blame=not aside)


def _may_mean_a_row(passengers: Sequence[Passenger], outcome: Refused) -> bool:
    # An unknown role or inviter is answered like a missing organization where Clerk does not name the parameter, and
    # whether it does is not documented. The look that follows tells them apart: a missing one has no list either.
    unnamed = all(
        problem.code == "resource_not_found" and "param_name" not in problem.meta
        for problem in outcome.problems
        if problem.concern is Concern.JOB
    )
    return unnamed and any("role" in passenger.item for passenger in passengers)


def _stop(problem: Problem) -> str:
    remedy = problem.known.remedy if problem.known else LOOK_IT_UP
    code = f" ({problem.code})" if problem.code else ""
    return f"Clerk refuses every call of this job: {scrubbed_text(problem.sentence).rstrip('.')}{code}. {remedy}"


def _id(item: Mapping[str, Any]) -> str | None:
    """Return an invitation's id; one that is no text is none, as in the replies to creating calls."""
    return found if isinstance(found := item.get("id"), str) else None


def _seconds(milliseconds: object) -> float:
    return milliseconds / 1000 if isinstance(milliseconds, int) else 0.0
