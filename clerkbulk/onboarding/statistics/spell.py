"""Spell: how long a person was on the way, and how that ended. What curves and tests are made of."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from clerkbulk.onboarding.journey import DAY, Journey, Stage
from clerkbulk.onboarding.statistics.stages import last_end, stage_at


class End(StrEnum):
    """How the way of somebody who was invited ended."""

    ACCEPTED = "accepted"
    JOINED = "joined"
    """In, and not by the link."""
    EXPIRED = "expired"
    REVOKED = "revoked"
    """Revoked, or not listed by Clerk any more."""


class Spell(NamedTuple):
    """Days from the first invitation to the end of the way, or so far."""

    days: float
    end: End | None
    """None: the person was still on the way when last observed."""


_ENDS = {
    Stage.ACCEPTED: End.ACCEPTED,
    Stage.JOINED: End.JOINED,
    Stage.EXPIRED: End.EXPIRED,
    Stage.REVOKED: End.REVOKED,
    Stage.MISSING: End.REVOKED,
}


def spells(journeys: Iterable[Journey], now: float) -> list[Spell]:
    """Return the spell of everybody who was invited by now (seconds since 1970), as it stands then.

    It begins with the first invitation. A link that expired and was followed by a reminder is no end, so the days
    between the two count. An end before the beginning (clocks differ) counts as zero days.
    """
    return [spell for journey in journeys if (spell := spell_of(journey, now)) is not None]


def spell_of(journey: Journey, now: float) -> Spell | None:
    """Return the spell of one journey; None for who was not invited by now."""
    begun = journey.invited_at
    if begun is None or begun > now:
        return None
    end = _ENDS.get(stage_at(journey, now))
    until = last_end(journey, now) if end is not None else now
    return Spell(max(0.0, ((now if until is None else until) - begun) / DAY), end)
