"""Acceptance: when somebody accepted, from the best there is to tell it, and how sure that is. Nothing is read here.

Clerk keeps no time of an acceptance. What bounds it is taken together: the sending, the looks that saw the invitation
open and accepted, and Clerk's own last change of it. What dates it is taken in the order of trust: the event, then the
membership or the account that came of it, then the bounds alone. What contradicts something better is left out, so an
account or a membership older than the invitation, and a change after the acceptance, are never taken for it.

Times are seconds since 1970 (UTC), by Clerk's clock where that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clerkbulk.onboarding.journey import DAY, Acceptance, Between, Source
from clerkbulk.sending.during.settling import SETTLE

TICKET = "ticket"
"""How an address is verified that came by an invitation's link (documented for user.created, clerk-contract 6.2)."""
LIST_LAGS = SETTLE
"""Seconds for which a list may still show what is over. Not documented; sending waits as long."""
FINISHING = DAY
"""Seconds a sign-up that was begun with the link in time may take. Inferred: Clerk says nothing of it."""
_CLOCKS = 5.0
"""Seconds by which dates of one moment may differ where different parts of Clerk wrote them."""


class Seen(NamedTuple):
    """A status an invitation was seen in.

    It was so at the latest at first_seen_at, and still at last_seen_at. updated_at is Clerk's, as first seen.
    """

    status: str
    first_seen_at: float
    last_seen_at: float
    updated_at: float | None = None


class Evidence(NamedTuple):
    """What is known of one invitation that was accepted."""

    sent_at: float
    now: float
    seen: Sequence[Seen] = ()
    updated_at: float | None = None
    """Clerk's last change of it, as last read; only of an invitation that was not pending any more then."""
    expires_at: float | None = None
    webhook_at: float | None = None
    """Of the event organizationInvitation.accepted."""
    membership_at: float | None = None
    """created_at of the person's membership in the organization it invites to."""
    account_at: float | None = None
    """created_at of the person's account, for an invitation to the application."""
    strategy: str | None = None
    """How the account's address was verified; None where Clerk does not say."""


def acceptance(evidence: Evidence) -> Acceptance:
    """Return when an invitation was accepted that surely was.

    The bounds contain the truth as long as what is given is true and the membership or account is one that came of the
    acceptance. One made by hand between the last look that saw the invitation open and the first that saw it accepted
    cannot be told from that.
    """
    bounds = _bounds(evidence)
    account_at = evidence.account_at if evidence.strategy in {None, TICKET} else None
    if evidence.webhook_at is not None and evidence.sent_at - _CLOCKS <= evidence.webhook_at <= evidence.now + _CLOCKS:
        closer = (evidence.membership_at, account_at)
        return Acceptance(_of_event(evidence.webhook_at, bounds, closer), Source.WEBHOOK)
    for moment, source in ((evidence.membership_at, Source.MEMBERSHIP), (account_at, Source.USER)):
        if moment is not None and moment >= evidence.sent_at and bounds.admits(moment):
            return Acceptance(Between(moment, moment, moment), source)
    change = _change(evidence, "accepted")
    # Without a look that saw it open, its last change is what tells: the acceptance, or something later.
    source = Source.SNAPSHOT if bounds.is_bracket or change is None else Source.UPDATED_AT
    if change is not None and bounds.earliest <= change <= bounds.latest:
        return Acceptance(Between(change, bounds.earliest, bounds.latest), source)
    middle = (bounds.earliest + bounds.latest) / 2
    return Acceptance(Between(middle, bounds.earliest, bounds.latest), source)


def first_of(acceptances: Iterable[Acceptance]) -> Acceptance | None:
    """Return when a person accepted of whom several invitations were accepted: with the first. None of none."""
    every = sorted(acceptances, key=lambda one: one.time.at)
    if len(every) < 2:
        return every[0] if every else None
    earliest = min(one.time.earliest for one in every)
    latest = min(one.time.latest for one in every)
    at = min(max(every[0].time.at, earliest), latest)
    return Acceptance(Between(at, earliest, latest), every[0].source)


def change_of(evidence: Evidence, status: str) -> Between:
    """Return when an invitation came into a status, from the looks and its last change alone."""
    bounds = _bounds(evidence, status)
    change = _change(evidence, status)
    if change is None or not bounds.earliest <= change <= bounds.latest:
        change = (bounds.earliest + bounds.latest) / 2
    return Between(change, bounds.earliest, bounds.latest)


class _Bounds:
    """An interval that is narrowed by what does not contradict it."""

    def __init__(self, earliest: float, latest: float) -> None:
        self.earliest, self.latest = earliest, max(earliest, latest)
        self.is_bracket = False
        """Whether a look saw the invitation open."""

    def not_before(self, moment: float) -> bool:
        if moment > self.latest:
            return False
        self.earliest = max(self.earliest, moment)
        return True

    def not_after(self, moment: float) -> None:
        if moment >= self.earliest:
            self.latest = min(self.latest, moment)

    def admits(self, moment: float) -> bool:
        return self.earliest - _CLOCKS <= moment <= self.latest + _CLOCKS


def _bounds(evidence: Evidence, status: str = "accepted") -> _Bounds:
    bounds = _Bounds(evidence.sent_at, evidence.now)
    for one in _in(evidence, status):
        bounds.not_after(one.first_seen_at)
    for one in _in(evidence, "pending"):
        bounds.is_bracket |= bounds.not_before(one.last_seen_at - LIST_LAGS)
    if (change := _change(evidence, status)) is not None:
        bounds.not_after(change)
    if evidence.expires_at is not None and status == "accepted":
        # Whoever follows a link that has expired lands in an ordinary sign-up (documented, clerk-contract 4.3).
        bounds.not_after(evidence.expires_at + FINISHING)
    return bounds


def _change(evidence: Evidence, status: str) -> float | None:
    """Return the earliest change known of an invitation that was in the status already."""
    changes = (*(one.updated_at for one in _in(evidence, status)), evidence.updated_at)
    return min((one for one in changes if one is not None), default=None)


def _in(evidence: Evidence, status: str) -> list[Seen]:
    return [one for one in evidence.seen if one.status == status]


def _of_event(at: float, bounds: _Bounds, closer: Iterable[float | None]) -> Between:
    """Return the time of an event. One in whole seconds (clerk-contract 6.2) was cut off, and may lie in the second."""
    latest = at + 1.0 if at == int(at) else at
    for moment in closer:
        if moment is not None and at <= moment <= latest:
            return Between(moment, moment, moment)
    if latest < bounds.earliest or bounds.latest < at:
        return Between(at, at, latest)
    earliest = max(at, bounds.earliest)
    return Between(earliest, earliest, min(latest, bounds.latest))
