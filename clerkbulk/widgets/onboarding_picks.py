"""OnboardingPicks: what somebody wants to see of onboarding, read from the fields as they were typed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from clerkbulk.onboarding.report.page import AT_LEAST

EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2199, 12, 31)
"""Days outside are half typed: a year of two digits."""
SILENT_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Span:
    """Whom it is about and when: those first invited from first to last, as of the end of a day; None: no limit."""

    first: date | None = None
    last: date | None = None
    as_of: date | None = None

    @property
    def says(self) -> str | None:
        """The same in words; None where nothing is left out."""
        said = [f"invited from {self.first:%-d %b %Y}" if self.first else ""]
        said.append(f"{'' if self.first else 'invited '}up to {self.last:%-d %b %Y}" if self.last else "")
        words = " ".join(one for one in said if one)
        return f"Only people {words}." if words else None


@dataclass(frozen=True, slots=True)
class Picks:
    """Everything that was picked. goal is a share, 0 to 1; by is None for everybody together."""

    what: str = "funnel"
    by: str | None = None
    at_least: int = AT_LEAST
    span: Span = Span()
    until: date | None = None
    goal: float | None = None
    silent: float = SILENT_DAYS


class _WrongError(ValueError):
    """What was typed does not say what it should."""


def read_picks(typed: Mapping[str, str], today: date) -> tuple[Picks | None, dict[str, str]]:
    """Return the picks that were typed, or None and what is wrong with which field.

    today is the day up to which anything is known.
    """
    wrong: dict[str, str] = {}

    def read(name: str, reader: Callable[[str], Any], empty: Any = None) -> Any:
        words = typed.get(name, "").strip()
        try:
            return reader(words) if words else empty
        except _WrongError as error:
            wrong[name] = str(error)
            return empty

    first, last, as_of = (read(name, _day) for name in ("first", "last", "as_of"))
    until, goal = read("until", _day), read("goal", _goal)
    at_least, silent = read("at_least", _people, AT_LEAST), read("silent", _days, SILENT_DAYS)
    if first and last and last < first:
        wrong["last"] = "This is before the day it begins with."
    if as_of and as_of > today:
        wrong["as_of"] = f"Nothing is known of a day to come; it is known up to {today:%-d %b %Y}."
    # What is known up to now is more than what is known up to the end of a day that is not over.
    as_of = None if as_of is None or as_of >= today else as_of
    if until and until < (as_of or today):
        wrong["until"] = "This day is over: take one to come."
    if wrong:
        return None, wrong
    span = Span(first, last, as_of)
    return Picks(typed["what"], typed.get("by") or None, at_least, span, until, goal, silent), wrong


def _day(words: str) -> date:
    try:
        day = date.fromisoformat(words)
    except ValueError:
        raise _WrongError("Type a day, such as 2026-12-24.") from None
    if not EARLIEST <= day <= LATEST:
        raise _WrongError(f"A day lies between {EARLIEST.year} and {LATEST.year}.")
    return day


def _goal(words: str) -> float:
    per_cent = _number(words.removesuffix("%"), "a share in per cent, such as 80")
    if not 0 < per_cent <= 100:
        raise _WrongError("A goal is above 0 and up to 100 per cent.")
    return per_cent / 100


def _people(words: str) -> int:
    if not words.isascii() or not words.isdecimal() or not 1 <= int(words[:12]) <= 1_000_000:
        raise _WrongError("Type a whole number of people, 1 or more.")
    return int(words)


def _days(words: str) -> float:
    days = _number(words, "a number of days")
    if not 0 <= days <= 10_000:
        raise _WrongError("Type a number of days, 0 or more.")
    return days


def _number(words: str, what: str) -> float:
    try:
        return float(words)
    except ValueError:
        raise _WrongError(f"Type {what}.") from None
