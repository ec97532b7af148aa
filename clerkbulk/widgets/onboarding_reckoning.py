"""OnboardingReckoning: what is to be seen of one look at onboarding, reckoned once for each pick."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from clerkbulk.onboarding.report.answer import AHEAD, Answer, answer
from clerkbulk.onboarding.statistics.groups import keys_of
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.onboarding_picks import Picks, Span
from clerkbulk.widgets.onboarding_pictures import Asked, seen

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What there is to see for some picks."""

    picks: Picks
    answer: Answer
    until: date
    picture: list[list[Node]]
    """The picture, and the numbers behind it."""
    silent: int
    """People who can be reminded now."""


class Reckoning:
    """Onboarding as it was told, and what was reckoned from it so far. It belongs to one worker at a time."""

    def __init__(self, told: Onboarding) -> None:
        self.told = replace(told, library="none")
        self.today = told.at.date()
        self.keys = keys_of(told.journeys)
        """What people can be grouped by."""
        self._narrowed = lru_cache(maxsize=4)(self._narrow)
        self._answer = lru_cache(maxsize=16)(self._ask)
        self._picture = lru_cache(maxsize=64)(self._draw)
        self._silent = lru_cache(maxsize=16)(self._count)

    def reckon(self, picks: Picks) -> Reckoned:
        """Return what there is to see. Raises InputError for groups that nobody is in."""
        until = self.until(picks)
        return Reckoned(
            picks,
            self._answer(picks.span, until, picks.goal),
            until,
            self._picture(picks.what, picks.by, picks.at_least, picks.span, until),
            self._silent(picks.span, picks.silent),
        )

    def until(self, picks: Picks) -> date:
        """Return the day of the forecast: the one picked, or two weeks after what is shown."""
        return picks.until or (picks.span.as_of or self.today) + AHEAD

    def narrowed(self, span: Span) -> Onboarding:
        """Return onboarding of those it is about, as of when."""
        return self._narrowed(span)

    def to_remind(self, span: Span) -> Onboarding:
        """Return onboarding of those it is about, as it is now: nobody is reminded in the past."""
        return self._narrowed(replace(span, as_of=None))

    def _narrow(self, span: Span) -> Onboarding:
        shown = self.told if span.as_of is None else self.told.as_of(span.as_of)
        return shown if span.first is None and span.last is None else shown.invited_between(span.first, span.last)

    def _ask(self, span: Span, until: date, goal: float | None) -> Answer:
        return answer(self.narrowed(span), until=until, goal=goal)

    def _draw(self, what: str, by: str | None, at_least: int, span: Span, until: date) -> list[list[Node]]:
        return seen(what, Asked(self.narrowed(span), by, at_least, until))

    def _count(self, span: Span, days: float) -> int:
        return len(self.to_remind(span).open(days, people="omit")["days_silent"])
