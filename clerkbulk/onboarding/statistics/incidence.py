"""Incidence: what share of the invited had ended each way by so many days, the ends competing (Aalen-Johansen)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from clerkbulk.onboarding.statistics.bands import Limits, always, log_log, never
from clerkbulk.onboarding.statistics.moments import Moment, moments
from clerkbulk.onboarding.statistics.spell import End, Spell

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class IncidencePoint:
    """From this many days on: the probability of having ended so by then, between low and high."""

    days: float
    at_risk: int
    """People on the way just before, whichever way they ended."""
    probability: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Incidence:
    """The cumulative incidence of one end: a point at 0 days, one wherever it happened, and one at the end."""

    end: End
    people: int
    points: tuple[IncidencePoint, ...]

    def at(self, days: float) -> IncidencePoint:
        """Return the point that holds after so many days (0 or more)."""
        return self.points[bisect_right(self.points, max(days, 0.0), key=lambda point: point.days) - 1]


@dataclass(slots=True)
class _Sum:
    """The running sums of one end. The variance is that of Marubini and Valsecchi (1995, page 341), multiplied out."""

    end: End
    probability: float = 0.0
    own: float = 0.0
    """Sum of S(t-)^2 (n - d) d / n^3: what the chances of this end itself add."""
    crossed: float = 0.0
    crossed_by: float = 0.0
    """Sums of S(t-) d / n^2, and of that times the incidence."""
    by_zero: float = 0.0
    by_one: float = 0.0
    by_two: float = 0.0
    """Sums over every end of all / (n (n - all)), and of that times the incidence and its square."""
    band: Limits = (0.0, 0.0)
    points: list[IncidencePoint] = field(default_factory=list)

    def add(self, moment: Moment, waiting: float, ended: int) -> None:
        """Take in one moment, at which so many ended in any way; waiting is the share still on the way before it."""
        n, d = moment.at_risk, moment.count(self.end)
        self.probability += waiting * d / n
        if ended < n:
            weight = ended / (n * (n - ended))
            self.by_zero += weight
            self.by_one += weight * self.probability
            self.by_two += weight * self.probability**2
        if d:
            self.own += waiting**2 * (n - d) * d / n**3
            cross = waiting * d / n**2
            self.crossed += cross
            self.crossed_by += cross * self.probability

    @property
    def variance(self) -> float:
        p = self.probability
        first = p * p * self.by_zero - 2 * p * self.by_one + self.by_two
        return first + self.own - 2 * (p * self.crossed - self.crossed_by)


def cumulative_incidence(spells: Sequence[Spell], *, confidence: float = 0.95) -> dict[End, Incidence]:
    """Return the incidence of every end, those that never happened too.

    At every moment the probabilities of all ends and of being still on the way add up to 1. The band is log-log from
    the delta method's variance; until an end has happened its upper limit is the exact binomial one for the people
    whose state is known then. Raises InputError for a confidence that is none.
    """
    sums = [_Sum(end, points=[IncidencePoint(0.0, len(spells), 0.0, 0.0, 0.0)]) for end in End]
    waiting, known, moment = 1.0, len(spells), None
    for moment in moments(spells):
        ended = moment.all_ended
        if ended:
            for one in sums:
                one.add(moment, waiting, ended)
                if moment.count(one.end):
                    one.band = _band(one, known, confidence)
                    one.points.append(IncidencePoint(moment.days, moment.at_risk, one.probability, *one.band))
            waiting *= 1 - ended / moment.at_risk
        known -= moment.ended.get(None, 0)
    for one in sums:
        if moment is not None and one.points[-1].days < moment.days:
            state_known = known + moment.ended.get(None, 0)
            band = one.band if one.probability else (0.0, never(state_known, confidence))
            one.points.append(IncidencePoint(moment.days, moment.at_risk, one.probability, *band))
    return {one.end: Incidence(one.end, len(spells), tuple(one.points)) for one in sums}


def _band(one: _Sum, known: int, confidence: float) -> Limits:
    if one.probability >= 1 - _ROUNDING:
        return max(one.band[0], always(known, confidence) if not one.band[0] else 0.0), 1.0
    return log_log(one.probability, one.variance, confidence)
