"""Rates: how fast links are accepted at each age, in steps, and what that says of a link between two ages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, log, log2, sqrt

from clerkbulk.onboarding.statistics.turns import Turn

LEAST_AT_RISK = 10
LEAST_SHARE = 0.02
"""Rates reach up to the age that so many people (of few: a third) and this share of all first links have come to."""
PER_STEP = 4
MOST_STEPS = 50
"""Acceptances that make a step, unless the age has doubled before; and steps, about, before more are asked for."""
GROWTH = 1.25
"""Beyond what was observed the steps grow by this factor."""
_PRIOR = 2.0
"""Acceptances that the reminders' factor is given beforehand, at par with the first links."""


@dataclass(frozen=True, slots=True)
class Rates:
    """Acceptances a day at each age of a link, constant in steps; and how much was observed of them."""

    edges: tuple[float, ...]
    """Days; one more than there are steps. The first is 0, the last how far the ages reach that were observed."""
    accepted: tuple[int, ...]
    """How many accepted in each step: what says how sure its rate is."""
    exposure: tuple[float, ...]
    """Days that people spent in it."""
    leaving: float
    """How many a day leave in another way, at any age."""
    recent_accepted: int
    recent_exposure: float
    """The same for the second half of the ages observed: what a longer wait is judged by."""
    growth: float
    """The power of the age with which the rate may have grown so far, as its two halves tell; 0 to 1."""
    reminded_accepted: int
    reminded_expected: float
    """Acceptances of links after the first, and how many there would have been at the rates of first ones."""

    @property
    def observed(self) -> float:
        """The age in days up to which there are rates."""
        return self.edges[-1]

    def rates(self) -> list[float]:
        """Return acceptances a day in each step."""
        return [count / days if days else 0.0 for count, days in zip(self.accepted, self.exposure, strict=True)]

    @property
    def factor(self) -> float:
        """The rates of reminders as a multiple of those of first links."""
        return (self.reminded_accepted + _PRIOR) / (self.reminded_expected + _PRIOR)

    @property
    def factor_weight(self) -> float:
        """One over the relative variance of the factor."""
        return self.reminded_accepted + _PRIOR


def rates_of(turns: Sequence[Turn]) -> Rates:
    """Return the rates that first links show, and the factor that reminders show."""
    first = sorted(turn.days for turn in turns if turn.is_first)
    came = sorted(turn.days for turn in turns if turn.is_first and turn.accepted)
    observed = _observed(first)
    edges = _edges([days for days in came if days <= observed], observed)
    lengths = _Lengths(first)
    counts = [bisect_right(came, edge) for edge in edges]
    counts[0] = 0
    exposure = [lengths.between(low, high) for low, high in pairwise(edges)]
    everything = sum(turn.days for turn in turns)
    recent = counts[-1] - bisect_right(came, observed / 2)
    made = Rates(
        edges=tuple(edges),
        accepted=tuple(high - low for low, high in pairwise(counts)),
        exposure=tuple(exposure),
        leaving=sum(turn.left for turn in turns) / everything if everything else 0.0,
        recent_accepted=recent,
        recent_exposure=lengths.between(observed / 2, observed),
        growth=_growth(
            (counts[-1] - recent + 1, lengths.between(0, observed / 2)),
            (recent + 1, lengths.between(observed / 2, observed)),
        ),
        reminded_accepted=0,
        reminded_expected=0.0,
    )
    later = [turn for turn in turns if not turn.is_first]
    if not later:
        return made
    hazard = Hazard(made.edges, made.rates(), 0.0)
    within = [min(turn.days, observed) for turn in later]
    return Rates(
        made.edges, made.accepted, made.exposure, made.leaving, made.recent_accepted, made.recent_exposure,
        made.growth,
        reminded_accepted=sum(turn.accepted and turn.days <= observed for turn in later),
        reminded_expected=sum(hazard.total(days) for days in within),
    )  # fmt: skip


class Hazard:
    """Rates in steps, summed up: what they say of a link from one age to another. Beyond the last edge nothing happens.

    edges are days, one more than rates, which are acceptances a day; leaving is how many a day leave otherwise.
    """

    def __init__(self, edges: Sequence[float], rates: Sequence[float], leaving: float) -> None:
        self.edges, self.rates, self.leaving = edges, rates, leaving
        self._totals, self._came, self._waits = [0.0], [0.0], [1.0]
        for i, rate in enumerate(rates):
            days = edges[i + 1] - edges[i]
            came, waits = self._in_step(i, days)
            self._totals.append(self._totals[-1] + rate * days)
            self._came.append(came)
            self._waits.append(waits)

    def total(self, days: float) -> float:
        """Return the rates summed up over so many days."""
        i = self._step(days)
        return self._totals[-1] if i is None else self._totals[i] + self.rates[i] * (days - self.edges[i])

    def chance(self, age: float, until: float) -> float:
        """Return the probability that a link that waits at one age is accepted by another."""
        if until <= age:
            return 0.0
        came, waits = self._at(age)
        return min(1.0, max(0.0, (self._at(until)[0] - came) / waits)) if waits > 0 else 0.0

    def _step(self, days: float) -> int | None:
        i = bisect_right(self.edges, days) - 1
        return i if i < len(self.rates) else None

    def _at(self, days: float) -> tuple[float, float]:
        """Return the shares that have accepted and that still wait at an age."""
        i = self._step(days)
        return (self._came[-1], self._waits[-1]) if i is None else self._in_step(i, days - self.edges[i])

    def _in_step(self, i: int, days: float) -> tuple[float, float]:
        both = self.rates[i] + self.leaving
        stays = exp(-both * days)
        came = self.rates[i] / both * (1 - stays) if both else 0.0
        return self._came[i] + self._waits[i] * came, self._waits[i] * stays


class _Lengths:
    """Sorted lengths, and how many days together they spend between two ages."""

    def __init__(self, days: Sequence[float]) -> None:
        self._days, self._sums = days, [0.0]
        for one in days:
            self._sums.append(self._sums[-1] + one)

    def between(self, low: float, high: float) -> float:
        return self._up_to(high) - self._up_to(low)

    def _up_to(self, age: float) -> float:
        shorter = bisect_right(self._days, age)
        return self._sums[shorter] + age * (len(self._days) - shorter)


def _observed(days: Sequence[float]) -> float:
    """Return the age that enough people have come to; days are sorted."""
    enough = max(min(LEAST_AT_RISK, -(-len(days) // 3)), int(LEAST_SHARE * len(days)))
    return days[-enough] if enough else 0.0


def _growth(before: tuple[int, float], after: tuple[int, float]) -> float:
    """Return k of a rate that grows as age ** k, from acceptances and days in both halves of the ages.

    Over the second half such a rate is 2 ** (k + 1) - 1 times what it is over the first. One standard error is added:
    it serves the high end alone.
    """
    if not before[1] or not after[1]:
        return 0.0
    ratio = (after[0] / after[1]) / (before[0] / before[1])
    standard_error = ratio / (1 + ratio) / log(2) * sqrt(1 / before[0] + 1 / after[0])
    return min(1.0, max(0.0, log2(1 + ratio) - 1 + standard_error))


def _edges(came: Sequence[float], observed: float) -> list[float]:
    """Return the steps' edges: a step is over after enough acceptances, or when the age has doubled."""
    enough = max(PER_STEP, len(came) // MOST_STEPS)
    edges, start = [0.0], 0
    while True:
        low = edges[-1]
        by_count = came[start + enough - 1] if start + enough <= len(came) else inf
        edge = min(by_count, 2 * low if low else inf)
        if edge >= observed:
            break
        if edge > low:
            edges.append(edge)
        start = max(start + 1, bisect_right(came, edge))
    return [*edges, observed] if observed > 0 else [0.0, 0.0]


def steps_beyond(observed: float, until: float) -> list[float]:
    """Return edges of steps from the last age observed to one beyond it."""
    if until <= observed:
        return []
    count = max(1, round(log(until / observed) / log(GROWTH))) if observed > 0 else 1
    factor = (until / observed) ** (1 / count) if observed > 0 else 1.0
    return [*(observed * factor**i for i in range(1, count)), until]
