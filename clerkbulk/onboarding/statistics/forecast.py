"""Forecast: how many will have accepted by a date, with an interval; and how well such forecasts did so far.

A link that waits is accepted at the rates that links of its age have shown so far, until it runs out. Reminders have
rates of their own (a multiple of those of first links). Three futures are followed where a link will be older than
enough links have been yet. The middle one takes the rate of the second half of the ages observed and lets it fall as
the age grows (at twice the age, half of it); the low one has nobody accept any more; the high one keeps that rate, or
lets it grow on if it may have grown so far.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, inf, isfinite, log, sqrt
from typing import NamedTuple

from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import DAY, Journey, Stage
from clerkbulk.onboarding.statistics.bands import deviations
from clerkbulk.onboarding.statistics.rates import Hazard, Rates, rates_of, steps_beyond
from clerkbulk.onboarding.statistics.survival import in_words
from clerkbulk.onboarding.statistics.turns import turns


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many people will have accepted by a moment (seconds since 1970), those of now included."""

    by: float
    accepted_now: int
    expected: float
    low: float
    high: float
    """The interval, in whole people."""
    open: int
    """Links that work now; not all of them will until then."""
    planned: int
    """People to be invited before the moment."""
    confidence: float
    observed_days: float
    """The age of links up to which enough of them were observed."""
    needed_days: float
    """The age of the oldest link that can still be accepted before the moment. Past observed_days it is a guess."""
    says: str


class _Chance(NamedTuple):
    """A link that can be accepted from one age (days) to another."""

    is_first: bool
    age: float
    until: float


def forecast(
    journeys: Sequence[Journey], now: float, by: float, *, confidence: float = 0.9, planned: Sequence[float] = ()
) -> Forecast:
    """Return how many will have accepted by a moment, knowing what was known at now. Times are seconds since 1970.

    planned has the sending times of people who are still to be invited; reminders to come are not counted. The
    interval holds the chances of each person and what is not known of the rates. It does not hold what makes people of
    later weeks different; back_test() shows how much that was. Raises InputError for a moment before now.
    """
    if not by >= now:
        raise InputError("A forecast is of a moment to come: give one that is not before now.")
    known = turns(journeys, now)
    rates = rates_of(known.over)
    chances: Counter[_Chance] = Counter()
    for one in known.waiting:
        age = _rounded(one.age)
        chances[_Chance(one.is_first, age, min(_rounded(one.runs_out), age + (by - now) / DAY))] += 1
    to_come = [at for at in planned if at <= by]
    for at in to_come:
        chances[_Chance(True, 0.0, min(known.lifetime, _rounded((by - max(at, now)) / DAY)))] += 1
    needed = max((one.until for one in chances if one.until > one.age), default=0.0)
    expected = _come(_future(rates, needed, _FALLS), chances, rates.leaving)
    low = _limit(rates, needed, _STOPS, chances, -deviations(confidence))
    high = _limit(rates, needed, _STAYS, chances, deviations(confidence))
    already, waiting = known.accepted, len(known.waiting)
    made = Forecast(
        by=by,
        accepted_now=already,
        expected=already + expected,
        low=already + float(floor(min(low, expected))),
        high=already + float(ceil(max(high, expected))),
        open=waiting,
        planned=len(to_come),
        confidence=confidence,
        observed_days=rates.observed,
        needed_days=needed,
        says="",
    )
    return _with_words(made, known.invited + len(to_come))


@dataclass(frozen=True, slots=True)
class Tested:
    """A forecast as it would have been made at an earlier moment, and what came."""

    made_at: float
    forecast: Forecast
    came: int

    @property
    def held(self) -> bool:
        """Whether what came lies in the interval."""
        return self.forecast.low <= self.came <= self.forecast.high


@dataclass(frozen=True, slots=True)
class BackTest:
    """Forecasts of earlier moments against what came."""

    horizon_days: float
    tested: tuple[Tested, ...]

    @property
    def held(self) -> float | None:
        """The share of intervals that held what came; None when there was none to test."""
        return sum(one.held for one in self.tested) / len(self.tested) if self.tested else None

    @property
    def says(self) -> str:
        """Say it in a sentence."""
        days = in_words(self.horizon_days)
        if not self.tested:
            return f"Not tested yet: nobody was invited long enough ago for a forecast over {days}."
        held = sum(one.held for one in self.tested)
        return f"Of {len(self.tested)} forecasts over {days} made from earlier moments, {held} held what came."


def back_test(
    journeys: Sequence[Journey], now: float, horizon_days: float, *, confidence: float = 0.9, moments: int = 5
) -> BackTest:
    """Forecast over so many days from earlier moments, evenly spaced, and hold each to what came.

    Each knows what ``Journey.as_of`` that moment knew.

    The first moment is a day after the first sending. Whoever was invited between a moment and its date counts as
    planned; reminders sent between are a surprise to it, as they will be to a forecast made now. The forecasts overlap,
    so that one odd week may fail several.
    """
    first = min((at for journey in journeys if (at := journey.invited_at) is not None), default=inf) + DAY
    last = now - horizon_days * DAY
    if not isfinite(first) or last < first or horizon_days <= 0:
        return BackTest(horizon_days, ())
    sent = [at for journey in journeys if (at := journey.invited_at) is not None]
    came = [journey.in_at for journey in journeys if journey.stage is Stage.ACCEPTED and journey.in_at is not None]
    tested = []
    for i in range(moments):
        made_at = first + (last - first) * (i / (moments - 1) if moments > 1 else 1.0)
        by = made_at + horizon_days * DAY
        known = forecast(
            journeys, made_at, by, confidence=confidence, planned=[at for at in sent if made_at < at <= by]
        )
        tested.append(Tested(made_at, known, sum(at <= by for at in came)))
    return BackTest(horizon_days, tuple(tested))


_FALLS, _STOPS, _STAYS = "falls", "stops", "stays"


class _Future(NamedTuple):
    edges: tuple[float, ...]
    rates: tuple[float, ...]
    counts: tuple[float, ...]
    """How many acceptances each rate is taken from: one over its relative variance. Zero counts as one."""
    scale: tuple[float, ...]
    """What one acceptance more makes of each rate."""
    shared_from: int
    """From this step on the rates are one and the same guess, and wrong together."""
    factor: float
    factor_weight: float


def _future(rates: Rates, needed: float, beyond: str) -> _Future:
    edges, steps = list(rates.edges), rates.rates()
    counts: list[float] = [max(1, count) for count in rates.accepted]
    scale = [1 / days if days else 0.0 for days in rates.exposure]
    further = steps_beyond(rates.observed, needed)
    recent = rates.recent_exposure
    come = rates.recent_accepted + (1 if beyond == _STAYS else 0)
    for edge in further:
        middle = (edges[-1] + edge) / 2
        older = middle / rates.observed if rates.observed else 1.0
        fall = {_FALLS: 1 / older, _STOPS: 0.0, _STAYS: older**rates.growth}[beyond]
        edges.append(edge)
        steps.append(fall * come / recent if recent else 0.0)
        counts.append(max(1, come))
        scale.append(fall / recent if recent else 0.0)
    return _Future(
        tuple(edges), tuple(steps), tuple(counts), tuple(scale), len(rates.rates()), rates.factor, rates.factor_weight
    )


def _come(future: _Future, chances: Counter[_Chance], leaving: float) -> float:
    first, later = _hazards(future, leaving)
    return sum(
        people * (first if one.is_first else later).chance(one.age, one.until) for one, people in chances.items()
    )


def _hazards(future: _Future, leaving: float) -> tuple[Hazard, Hazard]:
    first = Hazard(future.edges, future.rates, leaving)
    return first, Hazard(future.edges, [rate * future.factor for rate in future.rates], leaving)


def _limit(rates: Rates, needed: float, beyond: str, chances: Counter[_Chance], deviations: float) -> float:
    """Return one limit of how many come in one future, on the log-odds scale, which knows 0 and all."""
    future = _future(rates, needed, beyond)
    first, later = _hazards(future, rates.leaving)
    expected = by_chance = 0.0
    for one, people in chances.items():
        p = (first if one.is_first else later).chance(one.age, one.until)
        expected += people * p
        by_chance += people * p * (1 - p)
    people = sum(chances.values())
    variance = by_chance + _of_rates(future, _coarser(chances), rates.leaving)
    if not people or (expected == 0 and deviations < 0) or variance == 0:
        return expected
    middle = min(max(expected, 0.5), people - 0.5) / people
    width = sqrt(variance) / (people * middle * (1 - middle))
    odds = log(middle / (1 - middle)) + deviations * width
    return people / (1 + exp(-max(-500.0, min(500.0, odds))))


def _of_rates(future: _Future, chances: Counter[_Chance], leaving: float) -> float:
    """Return the variance that not knowing the rates brings, by the delta method: each is nudged, and the rest kept."""
    expected, variance = _come(future, chances, leaving), 0.0
    steps = [(i, i + 1) for i in range(future.shared_from)]
    if future.shared_from < len(future.rates):
        steps.append((future.shared_from, len(future.rates)))
    for low, high in steps:
        nudged = list(future.rates)
        for i in range(low, high):
            nudged[i] += _NUDGE * future.counts[i] * future.scale[i]
        change = _come(future._replace(rates=tuple(nudged)), chances, leaving) - expected
        variance += (change / _NUDGE) ** 2 / future.counts[low]
    if any(not one.is_first for one in chances):
        change = _come(future._replace(factor=future.factor * (1 + _NUDGE)), chances, leaving) - expected
        variance += (change / _NUDGE) ** 2 / future.factor_weight
    return variance


_NUDGE = 0.01
_MANY = 80


def _rounded(days: float) -> float:
    """Return an age to three figures: links of 12.31 and 12.34 days have the same chances, and are counted together."""
    return float(f"{days:.3g}") if isfinite(days) else days


def _coarser(chances: Counter[_Chance]) -> Counter[_Chance]:
    """Return the chances with ages to two figures, where they are many: enough for a variance."""
    if len(chances) <= _MANY:
        return chances
    coarse: Counter[_Chance] = Counter()
    for one, people in chances.items():
        age, length = float(f"{one.age:.2g}"), float(f"{one.until - one.age:.2g}")
        coarse[_Chance(one.is_first, age, age + length)] += people
    return coarse


def _with_words(made: Forecast, people: int) -> Forecast:
    said = [
        f"About {made.expected:,.0f} of {people:,} people will have accepted by then, "
        f"between {made.low:,.0f} and {made.high:,.0f} in {made.confidence:.0%} of such cases.".replace("%", " %"),
        f"{made.accepted_now:,} have accepted, {made.open:,} links work and {made.planned:,} people are to be invited.",
    ]
    if made.needed_days > made.observed_days * 1.001:
        said.append(
            f"Links were observed for {in_words(made.observed_days)} so far and can be accepted for "
            f"{in_words(made.needed_days)}: past what was observed the low end has nobody accept any more, the high "
            "end keeps the latest rate, and the middle lets it fall as links grow older."
        )
    said.append("Reminders to come are not counted.")
    return Forecast(
        made.by, made.accepted_now, made.expected, made.low, made.high, made.open, made.planned, made.confidence,
        made.observed_days, made.needed_days, " ".join(said),
    )  # fmt: skip
