"""Journey: one person's way from planned to in, however many invitations it took. Times: seconds since 1970 (UTC)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from clerkbulk.contract.target import Target

DAY = 86_400.0
WEEK = 7 * DAY
WEEKS = 2
"""Weeks for which it is asked whether the person was active; the first begins a day after the coming in."""


class Stage(StrEnum):
    """Where a person stands; everybody is in exactly one of these at every moment."""

    WAITING = "waiting"
    """Planned, and not invited yet (or it is not known yet whether)."""
    REFUSED = "refused"
    """Planned, and not invited because Clerk refused, or because it was called off before."""
    ALREADY_THERE = "already_there"
    """Planned, and not invited because there was an account, a membership or an invitation of somebody else's."""
    OPEN = "open"
    """Invited, with a link that still works."""
    ACCEPTED = "accepted"
    """In, by the link."""
    JOINED = "joined"
    """Invited, and in without the link: an account or a membership that came another way."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    MISSING = "missing"
    """Invited, and Clerk does not list the invitation any more."""


# Looked up millions of times, where a hundred thousand people are counted.
_ACCEPTED, _JOINED = Stage.ACCEPTED, Stage.JOINED
INVITED = frozenset({Stage.OPEN, Stage.ACCEPTED, Stage.JOINED, Stage.EXPIRED, Stage.REVOKED, Stage.MISSING})
"""Stages of people who were invited."""


class Source(StrEnum):
    """What tells when somebody accepted, the best first. Clerk itself keeps no such time."""

    WEBHOOK = "webhook"
    """organizationInvitation.accepted: the time of the event."""
    MEMBERSHIP = "membership"
    """The membership's created_at."""
    USER = "user"
    """The account's created_at, where it came after the invitation."""
    SNAPSHOT = "snapshot"
    """Between the last look that saw it open and the first that saw it accepted."""
    UPDATED_AT = "updated_at"
    """The invitation's last change: the acceptance, or later."""


class Answer(StrEnum):
    """What is known of a yes-or-no question about somebody's activity."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Clerk keeps only the last time, and no look fell where it would have told."""
    EARLY = "early"
    """The time that is asked about is not over yet, and there is no yes yet."""


@dataclass(frozen=True, slots=True)
class Between:
    """A time as well as it is known: earliest <= at <= latest."""

    at: float
    earliest: float
    latest: float

    @property
    def uncertainty(self) -> float:
        """Seconds by which it may be wrong, both ways together."""
        return self.latest - self.earliest


@dataclass(frozen=True, slots=True)
class Acceptance:
    """When somebody accepted, and what says so."""

    time: Between
    source: Source


@dataclass(frozen=True, slots=True)
class Link:
    """One invitation of a journey. status is Clerk's: pending, accepted, revoked, expired; or missing."""

    invitation_id: str
    sent_at: float
    expires_at: float | None
    status: str
    ended_at: float | None = None
    """Since when its link does not work any more, as well as that is known; None while it does."""
    replaced: bool = False
    """Revoked by us to make room for a reminder."""


@dataclass(frozen=True, slots=True)
class Journey:
    """One person and one target. Without a ledger there are no lines, jobs, waves and plans, only what Clerk has."""

    key: str
    """Address key: one person however the address is spelled."""
    email: str
    target: Target
    stage: Stage
    links: tuple[Link, ...] = ()
    """Invitations, the oldest first; empty for who was never invited."""
    acceptance: Acceptance | None = None
    joined_at: float | None = None
    """When the account or membership came into being, of who is in without the link."""
    user_id: str | None = None
    first_sign_in: Between | None = None
    last_active_at: float | None = None
    active_in_week: tuple[Answer, ...] = (Answer.EARLY,) * WEEKS
    """Whether active in the first and second week after coming in. The first begins a day after it."""
    job_id: str | None = None
    source_name: str | None = None
    line: int | None = None
    wave: int | None = None
    role: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """The invitation's public metadata."""
    reason: str | None = None
    """Why a planned person was not invited."""
    seen_at: float | None = None
    """When any of the invitations was looked at last; None: never, and all of it is what sending has told."""

    @property
    def is_invited(self) -> bool:
        """Whether an invitation was ever sent."""
        return bool(self.links)

    @property
    def is_in(self) -> bool:
        """Whether the person is in, by the link or another way."""
        return self.stage is _ACCEPTED or self.stage is _JOINED

    @property
    def invited_at(self) -> float | None:
        """When the first invitation was sent."""
        return self.links[0].sent_at if self.links else None

    @property
    def last_invited_at(self) -> float | None:
        """When the last invitation was sent."""
        return self.links[-1].sent_at if self.links else None

    @property
    def in_at(self) -> float | None:
        """When the person came in, by the link or another way."""
        return self.acceptance.time.at if self.acceptance else self.joined_at

    @property
    def ended_at(self) -> float | None:
        """When the journey ended: in, or with the last link gone. None while it goes on (or was never begun)."""
        if self.stage in {Stage.ACCEPTED, Stage.JOINED}:
            return self.in_at
        if self.stage in {Stage.EXPIRED, Stage.REVOKED, Stage.MISSING}:
            return max((link.ended_at for link in self.links if link.ended_at is not None), default=None)
        return None

    @property
    def domain(self) -> str:
        """The part of the address behind the @."""
        return self.key.rpartition("@")[2]

    def as_of(self, moment: float) -> Journey:
        """Return the journey as it stood at an earlier moment, as far as it is known today."""
        links = tuple(_link_as_of(link, moment) for link in self.links if link.sent_at <= moment)
        if not links and not self.links:
            return replace(
                self, joined_at=_not_after(self.joined_at, moment),
                last_active_at=_not_after(self.last_active_at, moment),
            )  # fmt: skip
        if not links:
            return replace(
                self, stage=Stage.WAITING, links=(), acceptance=None, joined_at=None, first_sign_in=None,
                last_active_at=None, active_in_week=(Answer.EARLY,) * WEEKS,
            )  # fmt: skip
        if self.is_in and self.in_at is not None and self.in_at <= moment:
            sign_in = self.first_sign_in
            return replace(
                self, links=links, first_sign_in=sign_in if sign_in is None or sign_in.at <= moment else None,
                last_active_at=_not_after(self.last_active_at, moment), active_in_week=self._weeks_as_of(moment),
            )  # fmt: skip
        live = [link for link in links if link.ended_at is None]
        last = max(links, key=lambda link: link.ended_at or 0.0)
        ended = {"revoked": Stage.REVOKED, "missing": Stage.MISSING}.get(last.status, Stage.EXPIRED)
        return replace(
            self, stage=Stage.OPEN if live else ended, links=links, acceptance=None, joined_at=None,
            first_sign_in=None, last_active_at=None, active_in_week=(Answer.EARLY,) * WEEKS,
        )  # fmt: skip

    def _weeks_as_of(self, moment: float) -> tuple[Answer, ...]:
        """Return what was known of the weeks by then: of one that was not over a yes only if that activity was."""
        was_last = self.last_active_at is not None and self.last_active_at <= moment
        ends = ((self.in_at or moment) + DAY + week * WEEK for week in range(1, len(self.active_in_week) + 1))
        return tuple(
            answer if end <= moment or (was_last and answer is Answer.YES) else Answer.EARLY
            for answer, end in zip(self.active_in_week, ends, strict=True)
        )


def _not_after(at: float | None, moment: float) -> float | None:
    return None if at is None or at > moment else at


def _link_as_of(link: Link, moment: float) -> Link:
    if link.ended_at is None or link.ended_at <= moment:
        return link
    return replace(link, status="pending", ended_at=None, replaced=False)
