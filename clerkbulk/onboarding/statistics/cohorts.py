"""Cohorts: of those invited in one week, how many had accepted one, two, three weeks after."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from clerkbulk.onboarding.journey import WEEK, Journey, Stage
from clerkbulk.onboarding.statistics.stages import stage_at


@dataclass(frozen=True, slots=True)
class Cell:
    """One cohort, so many weeks on. Who joined without the link was invited and has not accepted."""

    week: date
    """The Monday of the week in which these people were first invited."""
    invited: int
    weeks_since: int
    """0: in the first seven days after each person's own first invitation; 1: in the first fourteen; and so on."""
    accepted: int
    """Of them, who had accepted by then (or by now)."""
    share: float
    """Accepted of invited."""
    complete: bool
    """Whether everybody of the cohort was invited that long ago. If not, the share will only grow."""


def cohorts(journeys: Iterable[Journey], now: float, *, zone: tzinfo) -> tuple[Cell, ...]:
    """Return the cohorts by week of the first sending (Monday to Sunday in the zone), oldest first, as of now.

    Each goes as far as its first person has been observed; its last cells are not complete.
    """
    sent: dict[date, list[float]] = {}
    accepted: dict[date, list[float]] = {}
    for journey in journeys:
        begun = journey.invited_at
        if begun is None or begun > now:
            continue
        day = datetime.fromtimestamp(begun, UTC).astimezone(zone).date()
        monday = day - timedelta(days=day.weekday())
        sent.setdefault(monday, []).append(begun)
        if stage_at(journey, now) is Stage.ACCEPTED and journey.in_at is not None:
            accepted.setdefault(monday, []).append(journey.in_at - begun)
    return tuple(
        cell for week in sorted(sent) for cell in _cells(week, sent[week], sorted(accepted.get(week, [])), now)
    )


def _cells(week: date, sent: list[float], took: list[float], now: float) -> list[Cell]:
    longest, shortest = now - min(sent), now - max(sent)
    cells = []
    for weeks in range(int(longest // WEEK) + 1):
        end = (weeks + 1) * WEEK
        came = bisect_left(took, end)
        cells.append(Cell(week, len(sent), weeks, came, came / len(sent), end <= shortest))
    return cells
