"""Dates: which days or hours to name on an axis, and how. Axes of dates count days since 1970."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from clerkbulk.onboarding.plots.wording import MONTHS, day_said

_EPOCH = date(1970, 1, 1)
_DAY = 24 * 60
_MINUTES = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 1200)


def day_number(day: date) -> float:
    """Return days since 1970 of a calendar day."""
    return float((day - _EPOCH).days)


def moment_number(moment: datetime) -> float:
    """Return days since 1970, UTC, of an aware moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(days=1)


def date_ticks(first: float, last: float, room: int) -> list[tuple[float, str]]:
    """Return which days to name, at most room of them: days, Mondays, or firsts of months. The first bears the year."""
    start, end = (_EPOCH + timedelta(days=int(number // 1)) for number in (first, last))
    named = [start]
    for days in _every(start, end):
        inside = [day for day in days if first - 0.01 <= day_number(day) <= last + 0.01]
        if len(inside) > 1:
            named = inside if len(inside) <= room else [inside[0], inside[-1]]
        if 1 < len(inside) <= room:
            break
    return [(day_number(day), _said(named, at)) for at, day in enumerate(named)]


def moment_ticks(first: float, last: float, room: int) -> list[tuple[float, str]]:
    """Return which moments to name: as date_ticks, or times of day where there are less than three days."""
    if last - first >= 3:
        return date_ticks(first, last, room)
    named = [int((first + last) / 2 * _DAY)]
    for minutes in _MINUTES:
        steps = range(-int(-first * _DAY // minutes), int(last * _DAY // minutes) + 1)
        if len(steps) > 1:
            named = [step * minutes for step in (steps if len(steps) <= room else (steps[0], steps[-1]))]
        if len(steps) <= room:
            break
    return [(minute / _DAY, _time_said(minute, at == 0)) for at, minute in enumerate(named)]


def _every(start: date, end: date) -> Iterator[list[date]]:
    length = (end - start).days + 1
    if length <= 400:
        for step in (1, 2):
            yield [start + timedelta(days=at) for at in range(0, length, step)]
        monday = start + timedelta(days=-start.weekday() % 7)
        for step in (7, 14, 28):
            yield [monday + timedelta(days=at) for at in range(0, (end - monday).days + 1, step)]
    for months in _MONTHS:
        numbers = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
        yield [date(number // 12, number % 12 + 1, 1) for number in numbers if number % months == 0]


def _said(days: list[date], at: int) -> str:
    day = days[at]
    new_year = at == 0 or day.year != days[at - 1].year
    if all(one.day == 1 for one in days) and len(days) > 1:
        return f"{MONTHS[day.month - 1]}\n{day.year}" if new_year else MONTHS[day.month - 1]
    return f"{day_said(day, year=False)}\n{day.year}" if new_year else day_said(day, year=False)


def _time_said(minute: float, first: bool) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    midnight = (at.hour, at.minute) == (0, 0)
    return f"{at:%H:%M}\n{day_said(at.date(), year=False)}" if first or midnight else f"{at:%H:%M}"
