"""The hours in which calls may leave, in the zone of the people who get the mail."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.errors import InputError
from clerkbulk.sending.before.schedule import Schedule, schedule, zone_named

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = frozenset(range(5))


def seconds(text: str) -> float:
    """Return seconds since 1970 of a time with its offset."""
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ((None, None, None), Schedule()),
        (("", "", None), Schedule()),
        (("0-24", "mon-sun", None), Schedule()),
        (("8-18", None, None), Schedule(time(8), time(18))),
        ((" 8:30 - 17 ", None, "Europe/Berlin"), Schedule(time(8, 30), time(17), zone=BERLIN)),
        (("08:00-24:00", None, None), Schedule(time(8), None)),
        (("8-18", "mon-fri", None), Schedule(time(8), time(18), WEEKDAYS)),
        ((None, "Mon, Wed,friday", None), Schedule(days=frozenset({0, 2, 4}))),
        ((None, "sat-mon", None), Schedule(days=frozenset({5, 6, 0}))),
        ((None, "sunday", None), Schedule(days=frozenset({6}))),
        ((None, "tues,thurs", None), Schedule(days=frozenset({1, 3}))),
    ],
)
def test_hours_days_and_zone_are_read_as_people_type_them(
    typed: tuple[str | None, str | None, str | None], expected: Schedule
) -> None:
    """Minutes where they matter, any case, ranges over the weekend."""
    assert schedule(*typed) == expected


@pytest.mark.parametrize(
    "hours",
    ["8", "8-", "18-8", "8-8", "22-6", "8-25", "8-24:01", "24-24", "8:60-9", "8:3-9", "8 bis 18", "-8-18", "8-18h"],
)
def test_what_are_no_hours_is_refused(hours: str) -> None:
    """The sentence shows what was typed and what to write."""
    with pytest.raises(InputError) as refused:
        schedule(hours)
    assert str(refused.value) == f"{hours!r} are no hours: write 8-18 or 8:30-17:00, the earlier one first."


@pytest.mark.parametrize("days", ["mo", "mon-", "-fri", "mon,,tue", "mon,", "monkey", "mon-funday", "1-5", "werktags"])
def test_what_are_no_days_is_refused(days: str) -> None:
    """The sentence shows what was typed and what to write."""
    with pytest.raises(InputError) as refused:
        schedule(None, days)
    assert str(refused.value) == f"{days!r} are no days: write mon-fri, or mon,wed,fri."


@pytest.mark.parametrize("name", ["CEST", "Berlin", "Europe", "", "../etc/passwd", "/etc/localtime", "Europe/\0"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    """A file name is no zone either."""
    with pytest.raises(InputError) as refused:
        zone_named(name)
    assert str(refused.value) == f"There is no time zone {name!r}: write one like Europe/Berlin or America/New_York."


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (Schedule(), "at any hour"),
        (Schedule(zone=BERLIN), "at any hour"),
        (Schedule(time(8), time(18)), "08:00 to 18:00 UTC"),
        (Schedule(time(8, 30), None, WEEKDAYS, BERLIN), "08:30 to 24:00 Europe/Berlin on mon, tue, wed, thu, fri"),
    ],
)
def test_a_schedule_is_said_in_words(when: Schedule, words: str) -> None:
    """Hours, zone, and the days unless it is all of them."""
    assert str(when) == words


# 2027-03-25 is a Thursday. On Sunday 2027-03-28 Berlin's clocks go from 2:00 to 3:00, on Sunday 2026-10-25 from 3:00
# back to 2:00.
@pytest.mark.parametrize(
    ("typed", "at", "expected"),
    [
        # An ordinary day.
        (("8-18", None), "2027-03-25T07:59:59+01:00", "2027-03-25T08:00:00+01:00"),
        (("8-18", None), "2027-03-25T08:00:00+01:00", "2027-03-25T08:00:00+01:00"),
        (("8-18", None), "2027-03-25T17:59:59+01:00", "2027-03-25T17:59:59+01:00"),
        (("8-18", None), "2027-03-25T18:00:00+01:00", "2027-03-26T08:00:00+01:00"),
        (("8-24", None), "2027-03-25T23:59:59+01:00", "2027-03-25T23:59:59+01:00"),
        # The moment given in another zone.
        (("8-18", None), "2027-03-25T06:00:00+00:00", "2027-03-25T08:00:00+01:00"),
        (("8-18", None), "2027-03-25T12:00:00-05:00", "2027-03-26T08:00:00+01:00"),
        # Days of the week.
        (("8-18", "mon-fri"), "2027-03-26T18:00:00+01:00", "2027-03-29T08:00:00+02:00"),
        ((None, "mon-fri"), "2027-03-27T00:00:00+01:00", "2027-03-29T00:00:00+02:00"),
        (("8-18", "thu"), "2027-03-25T18:00:00+01:00", "2027-04-01T08:00:00+02:00"),
        # The day is an hour shorter: 8 is 8 on both sides of it.
        (("8-18", None), "2027-03-27T18:00:00+01:00", "2027-03-28T08:00:00+02:00"),
        (("8-18", None), "2027-03-28T17:59:00+02:00", "2027-03-28T17:59:00+02:00"),
        (("8-18", None), "2027-03-28T18:00:00+02:00", "2027-03-29T08:00:00+02:00"),
        # The hours the clocks skip do not come, so that nothing leaves at 3 that was to leave before.
        (("2-3", None), "2027-03-28T00:30:00+01:00", "2027-03-29T02:00:00+02:00"),
        (("2:15-2:45", None), "2027-03-28T01:59:59+01:00", "2027-03-29T02:15:00+02:00"),
        (("1-2:30", None), "2027-03-28T03:00:00+02:00", "2027-03-29T01:00:00+02:00"),
        (("2-3", "sun"), "2027-03-21T03:00:00+01:00", "2027-04-04T02:00:00+02:00"),
        (("2:30-8", None), "2027-03-28T03:00:00+02:00", "2027-03-28T03:00:00+02:00"),
        (("2:30-8", None), "2027-03-28T01:30:00+01:00", "2027-03-28T03:30:00+02:00"),
        # The day is an hour longer.
        (("8-18", None), "2026-10-24T18:00:00+02:00", "2026-10-25T08:00:00+01:00"),
        (("8-18", None), "2026-10-25T18:00:00+01:00", "2026-10-26T08:00:00+01:00"),
        (("2-3", None), "2026-10-25T00:00:00+02:00", "2026-10-25T02:00:00+02:00"),
        (("2-3", None), "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+01:00"),
        (("2-3", None), "2026-10-25T03:00:00+01:00", "2026-10-26T02:00:00+01:00"),
        (("2:15-2:45", None), "2026-10-25T02:45:00+02:00", "2026-10-25T02:15:00+01:00"),
        (("2:15-2:45", None), "2026-10-25T02:45:00+01:00", "2026-10-26T02:15:00+01:00"),
    ],
)
def test_calls_wait_for_the_hours_as_the_clocks_in_berlin_show_them(
    typed: tuple[str | None, str | None], at: str, expected: str
) -> None:
    """The next moment at which the clocks show one of the hours, on one of the days; at once when they do."""
    assert schedule(*typed, "Europe/Berlin").next_open(seconds(at)) == seconds(expected)


def test_without_hours_and_days_every_moment_will_do() -> None:
    """A schedule that is always open never waits, whatever its zone."""
    at = seconds("2027-03-28T01:59:59.999+01:00")
    assert (Schedule().next_open(at), Schedule(zone=BERLIN).next_open(at)) == (at, at)


def test_hours_that_never_come_are_refused() -> None:
    """A schedule without a moment would wait for ever; it is said instead."""
    with pytest.raises(InputError, match="Calls never leave: 09:00 to 09:00 UTC has no moment"):
        Schedule(time(9), time(9)).next_open(0)


moments = st.integers(int(seconds("2026-01-01T00:00+00:00")), int(seconds("2028-01-01T00:00+00:00")))
schedules = st.builds(
    lambda minutes, days, zone: Schedule(
        time(*divmod(min(minutes), 60)),
        None if max(minutes) == 1440 else time(*divmod(max(minutes), 60)),
        frozenset(days),
        zone,
    ),
    st.tuples(st.integers(0, 1440), st.integers(0, 1440)).filter(lambda both: both[0] != both[1]),
    st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from(
        [UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata")]
    ),
)


@given(schedules, moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(when: Schedule, at: int) -> None:
    """Never outside of the hours; and no earlier than need be, but for an opening that the clocks skip."""
    opens = when.next_open(at)
    assert opens >= at
    local = datetime.fromtimestamp(opens, when.zone)
    assert local.weekday() in when.days
    assert when.opens <= local.time()
    assert when.closes is None or local.time() < when.closes
    moment = datetime.fromtimestamp(at, UTC)
    while moment.timestamp() < min(opens - 3600, at + 86_400):
        assert not when.is_open(moment.timestamp())
        moment += timedelta(minutes=7)


@given(schedules)
def test_a_schedule_written_down_is_read_again(when: Schedule) -> None:
    """What the ledger keeps of it is what people could have typed."""
    said = when.to_json()
    assert schedule(said["hours"], said["days"], said["tz"]) == when
