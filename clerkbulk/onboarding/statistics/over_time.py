"""Over time: how many people stood where at the end of every day."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import nextafter
from typing import Literal

from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.statistics.stages import stages

Every = Literal["day", "week"]


@dataclass(frozen=True, slots=True)
class Day:
    """One day, or the last day of a week, and how many people stood where when it ended. The last one is now's."""

    date: date
    moment: float
    """The last moment of the day, or now: seconds since 1970."""
    people: Mapping[Stage, int]
    """Of every stage, how many; the planned together on every day."""


def over_time(journeys: Sequence[Journey], now: float, *, zone: tzinfo, every: Every = "day") -> tuple[Day, ...]:
    """Return every day (or Sunday) from the first invitation to now, in the zone; without an invitation only now.

    Each is what ``Journey.as_of(day.moment)`` tells of everybody, worked out in one pass.
    """
    first = min((at for journey in journeys if (at := journey.invited_at) is not None), default=now)
    days = _days(min(first, now), now, zone, 1 if every == "day" else 7)
    moments = [moment for _, moment in days]
    changes: list[Counter[Stage]] = [Counter() for _ in (*days, None)]
    for journey in journeys:
        before: Stage | None = None
        for since, stage in stages(journey):
            day = bisect_left(moments, since)
            changes[day][stage] += 1
            if before is not None:
                changes[day][before] -= 1
            before = stage
    standing, found = dict.fromkeys(Stage, 0), []
    for (day_of, moment), change in zip(days, changes, strict=False):
        for stage, people in change.items():
            standing[stage] += people
        found.append(Day(day_of, moment, dict(standing)))
    return tuple(found)


def _days(first: float, now: float, zone: tzinfo, step: int) -> list[tuple[date, float]]:
    """Return the days that end (all, or the Sundays) with the last moment of each; the last is today, ending now."""
    day, today = (datetime.fromtimestamp(at, UTC).astimezone(zone).date() for at in (first, now))
    if step == 7:
        day += timedelta(days=6 - day.weekday())
    found = []
    while day < today:
        midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).timestamp()
        found.append((day, nextafter(midnight, 0.0)))
        day += timedelta(days=step)
    return [*found, (today, now)]
