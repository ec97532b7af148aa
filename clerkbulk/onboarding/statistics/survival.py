"""Survival: the curve of acceptance by days since the invitation (Kaplan-Meier), its band and its quantiles."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from clerkbulk.errors import InputError
from clerkbulk.onboarding.statistics.bands import Limits, always, log_log, never
from clerkbulk.onboarding.statistics.moments import moments
from clerkbulk.onboarding.statistics.spell import End, Spell

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The curve from this many days on: the probability of having accepted by then, between low and high."""

    days: float
    at_risk: int
    """People on the way just before."""
    accepted: int
    """Of them, who accepted then."""
    others: int
    """Of them, who ended otherwise or were last observed then."""
    probability: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quantile:
    """After how many days this share has accepted; None where the curve or its band does not get there."""

    share: float
    days: float | None
    low: float | None
    high: float | None
    reached: float
    """Probability of having accepted, at the end of the curve."""
    observed: float
    """Days at the end of the curve."""

    def says(self) -> str:
        """Say it in words, units in."""
        if self.days is None:
            return f"not reached: {self.reached:.0%} had accepted after {in_words(self.observed)}".replace("%", " %")
        if self.low is None or (self.high is None and not self.low):
            return in_words(self.days)
        if self.high is None:
            return f"{in_words(self.days)} (at least {in_words(self.low)})"
        if not self.low:
            return f"{in_words(self.days)} (up to {in_words(self.high)})"
        return f"{in_words(self.days)} ({in_words(self.low)} to {in_words(self.high)})"


@dataclass(frozen=True, slots=True)
class Curve:
    """Kaplan-Meier's curve of one group. Its first point is at 0 days and 0 probability."""

    group: str
    people: int
    confidence: float
    points: tuple[CurvePoint, ...]

    def at(self, days: float) -> CurvePoint:
        """Return the point that holds after so many days: the last one not later. Raises InputError below 0."""
        if days < 0:
            raise InputError(f"A curve begins at 0 days; it has no value at {days:g}.")
        return self.points[bisect_right(self.points, days, key=lambda point: point.days) - 1]

    def at_risk(self, days: float) -> int:
        """Return how many people were on the way for at least so many days."""
        found = bisect_left(self.points, days, key=lambda point: point.days)
        return self.points[found].at_risk if found < len(self.points) else 0

    def quantile(self, share: float) -> Quantile:
        """Return after how many days this share (0 to 1) has accepted; the limits are where the band gets there.

        Raises InputError for a share that is none.
        """
        if not 0 < share < 1:
            raise InputError(f"A share lies between 0 and 1, as .5 does; {share:g} does not.")
        days, low, high = (
            next((point.days for point in self.points if getattr(point, name) >= share - _ROUNDING), None)
            for name in ("probability", "high", "low")
        )
        end = self.points[-1]
        return Quantile(share, days, low, high, end.probability, end.days)


def kaplan_meier(spells: Sequence[Spell], *, group: str = "everybody", confidence: float = 0.95) -> Curve:
    """Return the curve of acceptance. Every other end is censoring: the person could have accepted later.

    So it answers "how many would have accepted by then, had their links kept working"; how many did is
    cumulative_incidence(). The variance is Greenwood's, the band is log-log at each point. Where it is undefined
    the exact binomial limits stand in: above, until somebody has accepted, and below, if everybody did at once.
    Where everybody has accepted after others the lower limit stays what it was. Raises InputError for a confidence
    that is none.
    """
    points = [CurvePoint(0.0, len(spells), 0, 0, 0.0, 0.0, 0.0)]
    waiting, greenwood, band = 1.0, 0.0, (0.0, 0.0)
    for moment in moments(spells):
        accepted, at_risk = moment.count(End.ACCEPTED), moment.at_risk
        if accepted:
            waiting *= 1 - accepted / at_risk
            greenwood += accepted / (at_risk * (at_risk - accepted)) if accepted < at_risk else 0.0
        if accepted or waiting == 1:
            band = _band(waiting, greenwood, band, at_risk, confidence)
        others = sum(moment.ended.values()) - accepted
        points.append(CurvePoint(moment.days, at_risk, accepted, others, 1 - waiting, *band))
    return Curve(group, len(spells), confidence, tuple(points))


def _band(waiting: float, greenwood: float, before: Limits, at_risk: int, confidence: float) -> Limits:
    """Return the limits of the probability of having accepted."""
    if waiting == 1:
        return 0.0, never(at_risk, confidence)
    if waiting == 0:
        return (before[0] if greenwood else always(at_risk, confidence)), 1.0
    low, high = log_log(waiting, greenwood * waiting**2, confidence)
    return 1 - high, 1 - low


def in_words(days: float) -> str:
    """Say a length of time as people do: minutes, hours or days."""
    for size, one, many in ((1.0, "day", "days"), (1 / 24, "hour", "hours"), (1 / 1440, "minute", "minutes")):
        if days >= size:
            number = f"{days / size:.1f}".removesuffix(".0")
            return f"{number} {one if number == '1' else many}"
    return "under a minute" if days > 0 else "no time"
