"""Simulated cohorts whose truth is known: how fast each person accepts, and so how well a forecast can do at best."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from math import erfc, exp, inf, log, sqrt
from statistics import fmean

from travellers import DAY, LIFE, T0, invited

from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.statistics.forecast import forecast

Waits = Callable[[float], float]
"""The probability of not having accepted after so many days, had the link no end."""


def constant(days: float) -> float:
    return exp(-0.04 * days)


def early(days: float) -> float:
    """Weibull, falling from the first hour."""
    return exp(-((days / 20) ** 0.6))


def rising(days: float) -> float:
    """Weibull, faster day by day."""
    return exp(-((days / 25) ** 1.5))


def peaked(days: float) -> float:
    """Log-normal: hardly anybody at once, most after a few days."""
    return 0.5 * erfc(log(days / 5) / 1.2 / sqrt(2)) if days > 0 else 1.0


def some_never(days: float) -> float:
    """Half of them within days, the others not at all."""
    return 0.5 + 0.5 * exp(-days / 3)


@dataclass(frozen=True, slots=True)
class Case:
    """Who is invited when (days), seen how long, asked about how far ahead. Each way is a department's, by turns."""

    name: str
    ways: tuple[Waits, ...]
    sent: Callable[[random.Random], float]
    seen: float
    ahead: float
    people: int = 300
    widest: float = 3.0
    """How many times as wide as that of who knows the truth the interval may be, on average."""


@dataclass(slots=True)
class Told:
    """How the forecasts of one case did."""

    held: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    best_widths: list[float] = field(default_factory=list)
    off: list[float] = field(default_factory=list)

    @property
    def times_as_wide(self) -> float:
        return fmean(self.widths) / fmean(self.best_widths)


def took(waits: Waits, chance: float) -> float:
    """Return after how many days somebody accepts, given a uniform number; infinite beyond two hundred."""
    if waits(200) > chance:
        return inf
    low, high = 0.0, 200.0
    for _ in range(34):
        middle = (low + high) / 2
        low, high = (middle, high) if waits(middle) > chance else (low, middle)
    return high


def people(case: Case, rng: random.Random) -> tuple[list[Journey], list[tuple[float, Waits]]]:
    """Return journeys as they are known when all is over, and of each the day of sending and the way."""
    made, truth = [], []
    for number in range(case.people):
        way, sent = case.ways[number % len(case.ways)], case.sent(rng)
        days = took(way, rng.random())
        at = T0 + sent * DAY
        over = {"accepted": days} if days < LIFE / DAY else {"ended": LIFE / DAY, "stage": Stage.EXPIRED}
        made.append(invited(number, at, **over))
        truth.append((sent, way))
    return made, truth


def tell(case: Case, times: int, seed: int) -> Told:
    """Forecast so many simulated cohorts of a case, and hold each to what came."""
    rng, told = random.Random(seed), Told()  # noqa: S311 - repeatable, not secret
    now, by = T0 + case.seen * DAY, T0 + (case.seen + case.ahead) * DAY
    for _ in range(times):
        journeys, truth = people(case, rng)
        planned = [one.invited_at for one in journeys if one.invited_at is not None and one.invited_at > now]
        found = forecast(journeys, now, by, confidence=0.9, planned=planned)
        came = sum(one.in_at is not None and one.in_at <= by for one in journeys)
        told.held.append(found.low <= came <= found.high)
        told.widths.append(found.high - found.low + 1)
        told.off.append(found.expected - came)
        chances = []
        for journey, (sent, waits) in zip(journeys, truth, strict=True):
            if journey.as_of(now).stage in {Stage.OPEN, Stage.WAITING}:
                age = max(0.0, case.seen - sent)
                until = min(case.seen + case.ahead - sent, LIFE / DAY)
                chances.append(1 - waits(until) / waits(age) if until > age else 0.0)
        told.best_widths.append(2 * 1.645 * sqrt(sum(p * (1 - p) for p in chances)) + 1)
    return told


def at_once(rng: random.Random) -> float:
    return 0.0


def over(days: float) -> Callable[[random.Random], float]:
    """Sent evenly over so many days."""
    return lambda rng: rng.uniform(0, days)


def pilot_first(rng: random.Random) -> float:
    """A tenth forty days before the others."""
    return 0.0 if rng.random() < 0.1 else 40.0


ALL = (constant, early, rising, peaked, some_never)
CASES = [
    *(Case(f"{way.__name__}, sent over 20 days, 25 seen, 10 ahead", (way,), over(20), 25, 10) for way in ALL),
    *(Case(f"{way.__name__}, sent over 30 days, 20 seen, 15 ahead", (way,), over(30), 20, 15) for way in ALL),
    *(Case(f"{way.__name__}, a pilot, then 5 days, 10 ahead", (way,), pilot_first, 45, 10, 500) for way in ALL),
    Case("three departments, 25 seen, 10 ahead", (constant, early, some_never), over(20), 25, 10),
    Case("five departments, 10 seen, 20 ahead", ALL, over(10), 10, 20),
    *(Case(f"{way.__name__}, at once, 4 days seen, 14 ahead", (way,), at_once, 4, 14, widest=9) for way in ALL),
    *(Case(f"{way.__name__}, at once, 2 days seen, 10 ahead", (way,), at_once, 2, 10, widest=9) for way in ALL),
    *(Case(f"{way.__name__}, forty people", (way,), over(20), 25, 10, people=40) for way in ALL),
]
