"""Nudge: who can be reminded now by ``clerkbulk remind``, the longest silent first; and why the others are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import DAY, Journey, Stage
from clerkbulk.onboarding.statistics.stages import stage_at
from clerkbulk.sending.after.silence import Why


@dataclass(frozen=True, slots=True)
class Nudged:
    """One person who can be reminded. Days are days; key is the address key."""

    key: str
    line: int | None
    job_id: str | None
    """The job that has invited; without a ledger there is none, and nothing that could remind."""
    days_silent: float
    """Since the last invitation."""
    expires_in_days: float | None
    """Until the link runs out; below 0 it has. None where Clerk does not say."""
    reminders: int
    """Invitations after the first."""


def nudge(journeys: Iterable[Journey], now: float, *, silent_days: float = 7) -> tuple[Nudged, ...]:
    """Return who can be reminded as of now (seconds since 1970): those of why_not() None.

    Sorted by whole days of silence, the longest first, and among equals by whose link runs out next; those that have
    run out come after those that still work. Raises InputError for days below 0.
    """
    if not 0 <= silent_days < float("inf"):
        raise InputError(f"Somebody is silent for some days, not for {silent_days:g}.")
    found = []
    for journey in journeys:
        stage = stage_at(journey, now)
        if _was_invited(stage) and _why_not(journey, stage, now, silent_days) is None:
            found.append(_nudged(journey, now))
    return tuple(sorted(found, key=order))


def passed_over(journeys: Iterable[Journey], now: float, *, silent_days: float = 7) -> dict[Why, tuple[Journey, ...]]:
    """Return everybody else who was invited by now, by why they are not reminded; the reasons are those of remind."""
    others: dict[Why, list[Journey]] = {why: [] for why in Why}
    for journey in journeys:
        stage = stage_at(journey, now)
        if _was_invited(stage) and (why := _why_not(journey, stage, now, silent_days)) is not None:
            others[why].append(journey)
    return {why: tuple(them) for why, them in others.items() if them}


def why_not(journey: Journey, now: float, *, silent_days: float = 7) -> Why | None:
    """Say why somebody who was invited is not reminded as of now; None for whom can be. Pure.

    These are the rules of remind, told from what was last seen of Clerk. Where they cannot be told apart the answer is
    the careful one: whoever was invited more than once counts as reminded. remind itself looks again.
    """
    return _why_not(journey, stage_at(journey, now), now, silent_days)


_ANSWERED = {
    Stage.ACCEPTED: Why.ACCEPTED,
    Stage.JOINED: Why.PRESENT,
    Stage.REVOKED: Why.REVOKED,
    Stage.MISSING: Why.MISSING,
}


def _why_not(journey: Journey, stage: Stage, now: float, silent_days: float) -> Why | None:
    if stage in _ANSWERED:
        return _ANSWERED[stage]
    sent = [link for link in journey.links if link.sent_at <= now]
    if sum(link.ended_at is None or link.ended_at > now for link in sent) > 1:
        return Why.INVITED_AGAIN
    if len(sent) > 1:
        return Why.REMINDED
    return Why.RECENT if now - sent[-1].sent_at < silent_days * DAY else None


def _was_invited(stage: Stage) -> bool:
    return stage in _ANSWERED or stage in {Stage.OPEN, Stage.EXPIRED}


def _nudged(journey: Journey, now: float) -> Nudged:
    sent = [link for link in journey.links if link.sent_at <= now]
    last = sent[-1]
    left = None if last.expires_at is None else (last.expires_at - now) / DAY
    return Nudged(journey.key, journey.line, journey.job_id, (now - last.sent_at) / DAY, left, len(sent) - 1)


def order(one: Nudged) -> tuple[int, bool, float, str]:
    """Return what puts the people of nudge() in order; the last of it is the address key."""
    left = float("inf") if one.expires_in_days is None else one.expires_in_days
    return -int(one.days_silent), left < 0, left, one.key
