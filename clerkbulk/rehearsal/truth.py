"""Truth: what really became of somebody who lives in an emulator. Times are seconds since 1970 (UTC)."""

from __future__ import annotations

from dataclasses import dataclass

from clerkbulk.emulator.invitation import Invitation
from clerkbulk.rehearsal.temper import DAY

WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class TrueLink:
    """One invitation. status is Clerk's as of now: pending, accepted, revoked or expired."""

    invitation_id: str
    sent_at: float
    expires_at: float
    status: str
    ended_at: float | None
    """Since when its link does not work any more; None while it does."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One person and one target; who was never invited has organization_id None and no links."""

    key: str
    """Address key."""
    group: str
    organization_id: str | None
    links: tuple[TrueLink, ...]
    """Invitations, the oldest first."""
    accepted_at: float | None
    accepted_id: str | None
    """The invitation that was accepted."""
    joined_at: float | None
    """When somebody came in without the link: to an application by signing up, to an organization as a member."""
    in_vain_at: tuple[float, ...]
    """When they came and found that no link works, and went."""
    turned_away_at: tuple[float, ...]
    """When the instance let nobody sign up with the address."""
    signed_in_at: tuple[float, ...]
    """Every sign-in, whatever the target; accepting is one."""
    active_at: tuple[float, ...]
    """Every moment of activity, whatever the target; a sign-in is one."""

    @property
    def invited_at(self) -> tuple[float, ...]:
        """When each invitation was sent."""
        return tuple(link.sent_at for link in self.links)

    @property
    def in_at(self) -> float | None:
        """When the person came in, by the link or another way."""
        return self.accepted_at if self.accepted_at is not None else self.joined_at

    def came_back_in_week(self, week: int) -> bool:
        """Whether active in the first (1), second (2) ... week, of which the first begins a day after coming in."""
        if self.in_at is None:
            return False
        begins = self.in_at + DAY + (week - 1) * WEEK
        return any(begins <= at < begins + WEEK for at in self.active_at)

    def stage_at(self, moment: float) -> str:
        """Return where the person stood: waiting, open, accepted, joined, expired or revoked (by the last link's end).

        waiting is everybody who had not been invited yet.
        """
        sent = [link for link in self.links if link.sent_at <= moment]
        if not sent:
            return "waiting"
        if self.in_at is not None and self.in_at <= moment:
            return "accepted" if self.accepted_at is not None else "joined"
        if any(link.ended_at is None or link.ended_at > moment for link in sent):
            return "open"
        last = max(sent, key=lambda link: link.ended_at or 0.0)
        # Clerk lets an expired invitation be revoked; its link had ended before.
        return "revoked" if last.status == "revoked" and last.ended_at != last.expires_at else "expired"


def true_link(invitation: Invitation) -> TrueLink:
    """Return what the instance's own record says of an invitation."""
    expires_at = invitation.expires_at / 1000
    ended_at = {"pending": None, "expired": expires_at}.get(invitation.status, invitation.updated_at / 1000)
    if ended_at is not None:
        ended_at = min(ended_at, expires_at)
    return TrueLink(invitation.id, invitation.created_at / 1000, expires_at, invitation.status, ended_at)
