"""Moments: the days at which something ended, with how many were at risk; what every curve is summed up from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from clerkbulk.onboarding.statistics.spell import End, Spell


class Moment(NamedTuple):
    """One length of spell: how many were on the way at least so long, and how many ended then."""

    days: float
    at_risk: int
    ended: dict[End | None, int]
    """By end; None: last observed then, and still on the way."""

    def count(self, end: End) -> int:
        """Return how many ended so."""
        return self.ended.get(end, 0)

    @property
    def all_ended(self) -> int:
        """How many ended at all."""
        return sum(self.ended.values()) - self.ended.get(None, 0)


def moments(spells: Sequence[Spell]) -> Iterator[Moment]:
    """Yield every distinct length of the spells, the shortest first. Who ends at one is at risk at it."""
    at_risk, now, ended = len(spells), -1.0, dict[End | None, int]()
    for days, end in sorted(((spell.days, spell.end) for spell in spells), key=_by_days):
        if days != now and ended:
            yield Moment(now, at_risk, ended)
            at_risk -= sum(ended.values())
            ended = {}
        now = days
        ended[end] = ended.get(end, 0) + 1
    if ended:
        yield Moment(now, at_risk, ended)


def _by_days(one: tuple[float, End | None]) -> float:
    return one[0]
