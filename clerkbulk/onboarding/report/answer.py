"""Answer: the first screen of the report in numbers and words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import INVITED, Stage
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clerkbulk.onboarding.onboarding import Onboarding

AHEAD = timedelta(days=14)
"""How far the forecast looks when no day is named."""
CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be reached: this share (0 to 1) of the people to be invited, in by the end of a day."""

    share: float
    until: date


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many will be in by the end of a day, by the link or another way; needed for a goal, if there is one."""

    until: date
    expected: float
    low: float
    high: float
    says: str
    needed: int | None = None

    @property
    def verdict(self) -> str | None:
        """Whether the goal will be reached, in words; None without one."""
        if self.needed is None:
            return None
        if self.low >= self.needed:
            return "Yes, as far as can be told"
        if self.expected >= self.needed:
            return "More likely than not"
        return "Unlikely" if self.high >= self.needed else "No, not at this pace"


@dataclass(frozen=True, slots=True)
class Card:
    """One question of the first screen, and its answer. is_good says whether words are good news; None for numbers."""

    question: str
    number: str
    says: str
    is_good: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How many are in, how many are not, will we make it."""

    invited: int
    counts: Mapping[Stage, int]
    outlook: Outlook
    goal: Goal | None

    @property
    def inside(self) -> int:
        """People who are in, by the link or another way."""
        return self.counts[Stage.ACCEPTED] + self.counts[Stage.JOINED]

    @property
    def outside(self) -> int:
        """People who were invited and are not in."""
        return self.invited - self.inside

    @property
    def inside_says(self) -> str:
        """Of how many, and which way."""
        if not self.invited:
            return "nobody was invited yet"
        joined = self.counts[Stage.JOINED]
        way = f", {joined:,} of them without the link" if joined else ""
        return f"{percent(self.inside / self.invited)} of {counted(self.invited, 'person', 'people')} invited{way}"

    @property
    def outside_says(self) -> str:
        """What can still become of them."""
        ended = self.counts[Stage.REVOKED] + self.counts[Stage.MISSING]
        parts = [(self.counts[Stage.OPEN], "can still accept"), (self.counts[Stage.EXPIRED], "expired")]
        parts += [(ended, "revoked")]
        return ", ".join(f"{number:,} {what}" for number, what in parts if number) or "nobody is left"

    @property
    def uninvited_says(self) -> str | None:
        """Who was planned and not invited; None for nobody."""
        parts = [(self.counts[Stage.WAITING], "to be invited"), (self.counts[Stage.REFUSED], "refused or called off")]
        parts += [(self.counts[Stage.ALREADY_THERE], "already there")]
        said = ", ".join(f"{number:,} {what}" for number, what in parts if number)
        return f"Besides: {said}." if said else None

    def cards(self) -> tuple[Card, Card, Card]:
        """Return the three questions and their answers, as short as a card; the outlook says how it was told."""
        look = self.outlook
        day = f"{look.until:%a %-d %b %Y}"
        between = f"by {day}; between {look.low:,.0f} and {look.high:,.0f} in {percent(CONFIDENCE)} of such cases"
        will = Card("How many will be?", f"{look.expected:,.0f}", between)
        if self.goal is not None and look.needed is not None and look.verdict is not None:
            expected = f"{look.low:,.0f} to {look.high:,.0f} in by {day}, {look.expected:,.0f} expected"
            says = f"{expected}; the goal of {percent(self.goal.share)} takes {look.needed:,}."
            will = Card("Will we make it?", look.verdict, says, look.expected >= look.needed)
        return (
            Card("How many are in?", f"{self.inside:,}", self.inside_says),
            Card("How many are not?", f"{self.outside:,}", self.outside_says),
            will,
        )

    def parts(self) -> tuple[tuple[str, str, int], ...]:
        """Return everybody invited in parts: a name, what they are, and how many."""
        counts = self.counts
        ended = self.outside - counts[Stage.OPEN]
        return (
            ("accepted", "in by the link", counts[Stage.ACCEPTED]),
            ("joined", "in without the link", counts[Stage.JOINED]),
            ("open", "open", counts[Stage.OPEN]),
            ("ended", "expired or revoked", ended),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as ``clerkbulk report --format json`` prints it."""
        outlook = self.outlook
        return {
            "invited": self.invited,
            "in": self.inside,
            "not_in": self.outside,
            "stages": {stage.value: number for stage, number in self.counts.items()},
            "outlook": {
                "until": outlook.until.isoformat(),
                "expected": outlook.expected,
                "low": outlook.low,
                "high": outlook.high,
                "confidence": CONFIDENCE,
                "says": outlook.says,
                "goal": None if self.goal is None else self.goal.share,
                "needed": outlook.needed,
                "verdict": outlook.verdict,
            },
        }


def answer(shown: Onboarding, *, until: date | None = None, goal: float | None = None) -> Answer:
    """Say how many are in, how many are not, and how many will be by a day (default: in two weeks).

    goal is a share (0 to 1) of everybody who is or will be invited. Raises InputError for a share that is none, or a
    day that is over.
    """
    if goal is not None and not 0 < goal <= 1:
        raise InputError(f"A goal is a share above 0 % and up to 100 %, not {percent(goal)}: 0.8 is 80 %.")
    counts = shown.counts()
    invited = sum(counts[stage] for stage in INVITED)
    day = until or shown.at.date() + AHEAD
    made = shown.forecast_for(day, confidence=CONFIDENCE)
    joined = counts[Stage.JOINED]
    needed = None if goal is None else ceil(goal * (invited + len(shown.to_come)) - 1e-9)
    low, high = made.low + joined, made.high + joined
    outlook = Outlook(day, made.expected + joined, low, high, made.says, needed)
    return Answer(invited, counts, outlook, None if goal is None else Goal(goal, day))


def percent(share: float) -> str:
    """Return a share as a percentage that never rounds some to none, or nearly all to all."""
    rounded = f"{share:.0%}"
    if 0 < share < 0.005:
        rounded = "under 1%"
    elif 0.995 <= share < 1:
        rounded = "over 99%"
    return rounded.replace("%", " %")
