"""Temper: how people of one kind take an invitation, as chances and durations; and the dice that decide."""

from __future__ import annotations

import math
from dataclasses import dataclass
from hashlib import blake2b
from statistics import NormalDist

from clerkbulk.errors import InputError

HOUR = 3600.0
DAY = 86_400.0
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Temper:
    """How people of one group are. Shares and chances are from 0 to 1.

    Who wants to come in comes so long after the letter: within hours or, as a log-normal, after days. Whether the link
    still works then is another matter.
    """

    accepts: float
    """Share of the people who come when they are first invited."""
    quick: float = 0.5
    """Share of those who come at once: exponential, with a mean of quick_hours."""
    quick_hours: float = 8.0
    tail_days: float = 6.0
    """Median of the days after which the others come."""
    tail_spread: float = 0.9
    """Standard deviation of the logarithm of those days."""
    reminded: float = 0.3
    """Chance, at each later letter, that somebody who is not in comes because of it, as long after it as a first."""
    signs_up: float = 0.3
    """Chance that somebody who comes and finds that no link works gets in without one."""
    weeks: tuple[float, ...] = (0.8, 0.6, 0.5)
    """Chance of coming back in the first, second ... week, of which the first begins a day after coming in; the last
    holds for all later weeks."""
    visits: float = 2.5
    """Mean number of visits in a week in which somebody comes back, 1 or more."""
    signs_in: float = 0.5
    """Chance that the first visit of such a week is a sign-in."""

    def __post_init__(self) -> None:
        for name in ("accepts", "quick", "reminded", "signs_up", "signs_in"):
            _check(name, getattr(self, name), 0, 1)
        for name in ("quick_hours", "tail_days", "tail_spread"):
            _check(name, getattr(self, name), 0.001, 10_000)
        _check("visits", self.visits, 1, 100)
        if not self.weeks:
            raise InputError("A temper's weeks are one chance or more.")
        for week in self.weeks:
            _check("weeks", week, 0, 1)

    def accepted_by(self, days: float) -> float:
        """Return the chance that somebody has come within so many days of a first letter, with a link that works.

        What the curve of such a group tends to while nobody is reminded and nothing expires or is revoked.
        """
        if days <= 0:
            return 0.0
        quick = -math.expm1(-days * DAY / (self.quick_hours * HOUR))
        tail = _NORMAL.cdf(math.log(days / self.tail_days) / self.tail_spread)
        return self.accepts * (self.quick * quick + (1 - self.quick) * tail)

    def delay(self, which: float, how_long: float) -> float:
        """Return after how many seconds somebody comes; both arguments are thrown dice, between 0 and 1."""
        if which < self.quick:
            return -math.log(how_long) * self.quick_hours * HOUR
        return self.tail_days * math.exp(self.tail_spread * _NORMAL.inv_cdf(how_long)) * DAY

    def returns_in(self, week: int) -> float:
        """Return the chance of coming back in a week, counted from 0."""
        return self.weeks[min(week, len(self.weeks) - 1)]

    def visits_from(self, die: float) -> int:
        """Return how often somebody comes back in a week in which they do: geometric, with the mean of visits."""
        more = self.visits - 1
        return 1 if more == 0 else 1 + int(math.log(die) / math.log(more / (1 + more)))


def throw(*what: object) -> float:
    """Return a number between 0 and 1, neither included, that hangs on nothing but what it is thrown for."""
    digest = blake2b("/".join(map(str, what)).encode(), digest_size=8).digest()
    return ((int.from_bytes(digest) >> 12) + 0.5) / 2**52


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InputError(f"A temper's {name} is from {least} to {most}, not {value}.")
