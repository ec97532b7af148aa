"""Stages: which a journey has gone through, and since when; what Journey.as_of() tells, of every moment at once."""

from __future__ import annotations

from clerkbulk.onboarding.journey import INVITED, Journey, Link, Stage


def stage_at(journey: Journey, moment: float) -> Stage:
    """Return ``journey.as_of(moment).stage``, without building that journey."""
    links = journey.links
    if not links:
        return journey.stage
    if links[0].sent_at > moment and all(link.sent_at > moment for link in links):
        return Stage.WAITING
    if journey.is_in and (at := journey.in_at) is not None and at <= moment:
        return journey.stage
    last: Link | None = None
    for link in links:
        if link.sent_at > moment:
            continue
        if link.ended_at is None or link.ended_at > moment:
            return Stage.OPEN
        if last is None or link.ended_at > (last.ended_at or 0.0):
            last = link
    return _ended(last)


def stages(journey: Journey) -> list[tuple[float, Stage]]:
    """Return the stages of a journey in order, each with the moment (seconds since 1970) since when it stands.

    The first stands since ever: its moment is minus infinity. Neighbours differ.
    """
    first = Stage.WAITING if journey.links else journey.stage
    found = [(float("-inf"), first)]
    for moment in _turns(journey):
        stage = stage_at(journey, moment)
        if stage is not found[-1][1]:
            found.append((moment, stage))
    return found


def ended_at(journey: Journey, now: float) -> float | None:
    """Return when a journey that is over as of now ended; None while it goes on."""
    return last_end(journey, now) if stage_at(journey, now) in _OVER else None


def last_end(journey: Journey, now: float) -> float | None:
    """Return when a journey ended of which it is known that it is over."""
    if journey.is_in and journey.in_at is not None and journey.in_at <= now:
        return journey.in_at
    ends = [link.ended_at for link in journey.links if link.ended_at is not None and link.ended_at <= now]
    return max(ends, default=None)


_OVER = INVITED - {Stage.OPEN}


def _turns(journey: Journey) -> list[float]:
    """Return the moments at which something happens, in order."""
    moments = {link.sent_at for link in journey.links}
    moments.update(link.ended_at for link in journey.links if link.ended_at is not None)
    if journey.links and journey.is_in and journey.in_at is not None:
        moments.add(journey.in_at)
    return sorted(moments)


def _ended(last: Link | None) -> Stage:
    if last is None:
        return Stage.WAITING
    return {"revoked": Stage.REVOKED, "missing": Stage.MISSING}.get(last.status, Stage.EXPIRED)
