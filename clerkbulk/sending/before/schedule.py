"""Schedule: the hours and days in which calls may leave, in the zone of the people who get the mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clerkbulk.errors import InputError

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FARTHEST = 15
"""Days ahead within which a schedule opens: one day a week, whose hour the clocks skip next time."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When calls may leave: from opens to closes (local time) on days (0 is Monday) in zone. The default is always.

    What the clocks of the zone show decides: an hour they skip in spring does not come, one they repeat in autumn comes
    twice.
    """

    opens: time = time(0, 0)
    closes: time | None = None
    """None: midnight at the end of the day."""
    days: frozenset[int] = frozenset(range(7))
    zone: tzinfo = UTC

    @property
    def is_always(self) -> bool:
        """Whether calls may leave at any time."""
        return self.opens == time(0, 0) and self.closes is None and len(self.days) == 7

    def is_open(self, at: float) -> bool:
        """Whether calls may leave at that moment, seconds since 1970."""
        moment = datetime.fromtimestamp(at, self.zone)
        is_before_closing = self.closes is None or moment.time() < self.closes
        return moment.weekday() in self.days and self.opens <= moment.time() and is_before_closing

    def next_open(self, at: float) -> float:
        """Return at (seconds since 1970) if calls may leave then, or the next moment at which they may.

        Where the clocks skip the opening itself, that is an hour after it. Raises InputError when the hours never come.
        """
        if self.is_always or self.is_open(at):
            return at
        today = datetime.fromtimestamp(at, self.zone).date()
        for ahead in range(_FARTHEST + 1):
            opening = datetime.combine(today + timedelta(days=ahead), self.opens, self.zone)
            for moment in (opening.timestamp(), opening.replace(fold=1).timestamp()):
                if moment > at and self.is_open(moment):
                    return moment
        raise InputError(f"Calls never leave: {self} has no moment.")

    def to_json(self) -> dict[str, str | None]:
        """Return the hours, days and zone as schedule() takes them."""
        closes = "24:00" if self.closes is None else f"{self.closes:%H:%M}"
        return {
            "hours": f"{self.opens:%H:%M}-{closes}",
            "days": ",".join(DAYS[day][:3] for day in sorted(self.days)),
            "tz": None if self.zone is UTC else str(self.zone),
        }

    def __str__(self) -> str:
        if self.is_always:
            return "at any hour"
        closes = "24:00" if self.closes is None else f"{self.closes:%H:%M}"
        days = "" if len(self.days) == 7 else " on " + ", ".join(DAYS[day][:3] for day in sorted(self.days))
        return f"{self.opens:%H:%M} to {closes} {self.zone}{days}"


def schedule(hours: str | None = None, days: str | None = None, tz: str | None = None) -> Schedule:
    """Make a schedule of what people type: hours "8-18" or "8:30-17", days "mon-fri" or "mon,wed", tz "Europe/Berlin".

    Without tz the hours are UTC. Raises InputError.
    """
    opens, closes = _hours(hours) if hours else (time(0, 0), None)
    return Schedule(opens, closes, _days(days) if days else frozenset(range(7)), zone_named(tz))


def zone_named(name: str | None) -> tzinfo:
    """Return the zone of that IANA name, UTC for None. Raises InputError."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"There is no time zone {name!r}: write one like Europe/Berlin or America/New_York.") from None


def _hours(text: str) -> tuple[time, time | None]:
    match = re.fullmatch(r"\s*(\d{1,2})(?::(\d{2}))?\s*-\s*(\d{1,2})(?::(\d{2}))?\s*", text)
    wrong = InputError(f"{text!r} are no hours: write 8-18 or 8:30-17:00, the earlier one first.")
    if match is None:
        raise wrong
    start, end = (int(match[1]), int(match[2] or 0)), (int(match[3]), int(match[4] or 0))
    if not start < end or end > (24, 0) or start[0] > 23 or max(start[1], end[1]) > 59:
        raise wrong
    return time(*start), None if end == (24, 0) else time(*end)


def _days(text: str) -> frozenset[int]:
    chosen: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        start = _day(first, text)
        end = _day(last, text) if dash else start
        chosen |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return frozenset(chosen)


def _day(word: str, text: str) -> int:
    for day, name in enumerate(DAYS):
        if len(word) >= 3 and name.startswith(word):
            return day
    raise InputError(f"{text!r} are no days: write mon-fri, or mon,wed,fri.")
