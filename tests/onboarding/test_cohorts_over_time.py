"""Cohorts by week of sending, and where people stood at the end of every day."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from travellers import DAY, T0, invited, journeys_of_any_kind, planned

from clerkbulk.onboarding.journey import WEEK, Journey, Stage
from clerkbulk.onboarding.statistics.cohorts import Cell, cohorts
from clerkbulk.onboarding.statistics.over_time import over_time

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 9, 21)
NEXT = date(2026, 9, 28)


def test_a_cell_is_complete_when_everybody_of_it_was_observed_so_long() -> None:
    """Two invited on a Monday and one on the Saturday after: after eight days the week is over for two of them."""
    people = [
        invited(1, accepted=2), invited(2, accepted=7), invited(3, T0 + 5 * DAY, accepted=1),
        invited(4, T0 + 7 * DAY, joined=0.5), planned(5),
    ]  # fmt: skip
    assert cohorts(people, T0 + 8 * DAY, zone=UTC) == (
        Cell(MONDAY, 3, 0, 2, 2 / 3, False),
        Cell(MONDAY, 3, 1, 3, 1, False),
        Cell(NEXT, 1, 0, 0, 0, False),
    )
    assert [cell.complete for cell in cohorts(people, T0 + 14 * DAY, zone=UTC)] == [True, False, False, True, False]


def test_the_week_is_that_of_the_zone_and_of_the_first_sending() -> None:
    """Sunday 23:30 in UTC is Monday in Berlin; a reminder in a later week moves nobody."""
    sunday = datetime(2026, 9, 27, 23, 30, tzinfo=UTC).timestamp()
    again = invited(1, sunday)
    reminded = invited(1, links=(again.links[0], invited(1, sunday + 9 * DAY).links[0]))
    for zone, week in ((UTC, MONDAY), (BERLIN, NEXT)):
        assert {cell.week for cell in cohorts([reminded], sunday + 20 * DAY, zone=zone)} == {week}


@settings(max_examples=50)
@given(st.lists(journeys_of_any_kind(), max_size=12), st.integers(0, 24 * 100))
def test_cohorts_hold_everybody_invited_and_only_grow(journeys: list[Journey], hours: int) -> None:
    """Each person in one cohort; by its last cell everybody who has accepted in time is in it."""
    now = T0 + hours * 3600
    cells = cohorts(journeys, now, zone=BERLIN)
    last = {cell.week: cell for cell in cells}
    stood = [journey.as_of(now) for journey in journeys]
    assert sum(cell.invited for cell in last.values()) == sum(one.is_invited for one in stood)
    assert sum(cell.accepted for cell in last.values()) == sum(one.stage is Stage.ACCEPTED for one in stood)
    for cell, after in pairwise(cells):
        if after.week == cell.week:
            assert (after.weeks_since, after.complete <= cell.complete) == (cell.weeks_since + 1, True)
            assert after.accepted >= cell.accepted
        assert cell.complete == all(
            now - one.invited_at >= (cell.weeks_since + 1) * WEEK
            for one in stood
            if one.invited_at is not None and _monday(one.invited_at) == cell.week
        )


def _monday(at: float) -> date:
    day = datetime.fromtimestamp(at, BERLIN).date()
    return date.fromordinal(day.toordinal() - day.weekday())


def test_days_end_at_midnight_of_the_zone() -> None:
    """Accepted at midnight belongs to the day that begins; the last day is today so far."""
    at = datetime(2026, 9, 22, 22, 0, tzinfo=UTC).timestamp()  # midnight in Berlin
    people = [invited(1, accepted=(at - T0) / DAY), planned(2)]
    days = over_time(people, T0 + 3 * DAY, zone=BERLIN)
    assert [str(day.date) for day in days] == ["2026-09-21", "2026-09-22", "2026-09-23", "2026-09-24"]
    assert [day.people[Stage.ACCEPTED] for day in days] == [0, 0, 1, 1]
    assert [day.people[Stage.WAITING] for day in days] == [1, 1, 1, 1]
    assert days[-1].moment == T0 + 3 * DAY


@pytest.mark.parametrize(
    ("saturday", "hours"), [(date(2026, 10, 24), 25), (date(2027, 3, 27), 23)], ids=["autumn", "spring"]
)
def test_the_day_on_which_clocks_change_is_longer_or_shorter(saturday: date, hours: int) -> None:
    """It ends at its own midnight: who accepts a minute before is of that day, and a minute after of the next."""
    sent = datetime.combine(saturday, time(12), BERLIN).timestamp()
    saturday_ends = sent + 12 * 3600
    sunday_ends = saturday_ends + hours * 3600
    people = [invited(n, sent, accepted=(sunday_ends + n - sent) / DAY) for n in (-60, 60)]
    days = over_time(people, sunday_ends + 3600, zone=BERLIN)
    assert [round(day.moment) for day in days] == [saturday_ends, sunday_ends, sunday_ends + 3600]
    assert [day.people[Stage.ACCEPTED] for day in days] == [0, 1, 2]


def test_weeks_end_on_sundays_and_the_last_one_now() -> None:
    """From a Monday over ten days: one Sunday, and today."""
    days = over_time([invited(1)], T0 + 10 * DAY, zone=UTC, every="week")
    assert [str(day.date) for day in days] == ["2026-09-27", "2026-10-01"]


def test_when_nobody_was_invited_there_is_only_today() -> None:
    """And everybody stands where they stand."""
    (day,) = over_time([planned(1), planned(2, Stage.REFUSED)], T0, zone=UTC)
    assert (day.people[Stage.WAITING], day.people[Stage.REFUSED], day.people[Stage.OPEN]) == (1, 1, 0)


@settings(max_examples=50)
@given(st.lists(journeys_of_any_kind(), max_size=8), st.integers(0, 24 * 100), st.sampled_from(["day", "week"]))
def test_one_pass_tells_what_the_journeys_tell_day_by_day(journeys: list[Journey], hours: int, every: str) -> None:
    """At each day's end the same counts as Journey.as_of() gives one by one, and everybody in one of them."""
    now = T0 + hours * 3600
    for day in over_time(journeys, now, zone=BERLIN, every="day" if every == "day" else "week"):
        assert sum(day.people.values()) == len(journeys)
        slow = Counter(journey.as_of(day.moment).stage for journey in journeys)
        assert {stage: people for stage, people in day.people.items() if people} == slow
