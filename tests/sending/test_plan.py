"""The timetable before anything is sent."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import ACME, NOON

from clerkbulk.contract.endpoint import HOUR, Lane, endpoint_for
from clerkbulk.contract.target import Application, Target
from clerkbulk.errors import InputError
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.plan import Plan, PlannedCall, fewest_days, plan, timetable, unread_limits
from clerkbulk.sending.before.schedule import Schedule, schedule

APPLICATION = Application()
BULK, BOTH = (Lane.BULK,), (Lane.BULK, Lane.SINGLE)
SOURCE = "docs guides/how-clerk-works/system-limits.mdx, documented"


def most_in_an_hour(calls: Sequence[float]) -> int:
    """Return the most calls that any sixty minutes hold, wherever they begin."""
    times = sorted(calls)
    return max((bisect_left(times, at + HOUR) - place for place, at in enumerate(times)), default=0)


def times_of(calls: Sequence[PlannedCall], lane: Lane) -> list[float]:
    """Return when the calls of a lane leave."""
    return [call.at for call in calls if call.lane is lane]


paces = st.builds(
    lambda lanes, share, when, limited: Pace(lanes, share, when, limited),
    st.sampled_from([BULK, BOTH, (Lane.SINGLE,)]),
    st.floats(0.01, 1),
    st.sampled_from([Schedule(), schedule("8-18", "mon-fri", "Europe/Berlin"), schedule("23:50-24", tz="Asia/Tokyo")]),
    st.booleans(),
)
targets = st.sampled_from([APPLICATION, ACME])


@given(targets, st.integers(0, 800), paces, st.lists(st.floats(NOON - 5000, NOON), max_size=300))
def test_a_timetable_plans_everybody_once_within_the_hour_s_share_and_the_schedule(
    target: Target, people: int, pace: Pace, before: list[float]
) -> None:
    """Calls are full but for the last of a lane; no sliding hour holds more than its share, past calls included."""
    used = {Lane.BULK: before[:20], Lane.SINGLE: before[20:]}
    calls = timetable(target, people, NOON, pace, used)
    assert sum(call.size for call in calls) == people
    assert [call.at for call in calls] == sorted(call.at for call in calls)
    assert all(call.at >= NOON and pace.schedule.is_open(call.at) for call in calls)
    for lane in pace.lanes:
        endpoint = endpoint_for(target, lane)
        sizes = [call.size for call in calls if call.lane is lane]
        assert all(1 <= size <= endpoint.most_per_call for size in sizes)
        assert all(size == endpoint.most_per_call for size in sizes[:-1])
        if pace.limited:
            most = max(1, int(endpoint.calls_per_hour * pace.share + 1e-6))
            both = [*used[lane], *times_of(calls, lane)]
            assert most_in_an_hour(both) <= max(most, most_in_an_hour(used[lane]))
    assert {call.lane for call in calls} <= set(pace.lanes)


@pytest.mark.parametrize(
    ("target", "lane", "share", "expected"),
    [
        (APPLICATION, Lane.BULK, 1.0, 25), (APPLICATION, Lane.SINGLE, 1.0, 100), (ACME, Lane.BULK, 1.0, 50),
        (ACME, Lane.SINGLE, 1.0, 250), (APPLICATION, Lane.BULK, 0.8, 20), (APPLICATION, Lane.BULK, 0.5, 12),
        (ACME, Lane.BULK, 0.58, 29), (ACME, Lane.BULK, 0.29, 14), (APPLICATION, Lane.BULK, 0.01, 1),
    ],
)  # fmt: skip
def test_a_share_is_a_part_of_the_hour_s_calls_and_at_least_one(
    target: Target, lane: Lane, share: float, expected: int
) -> None:
    """Rounded down as people count, not as binary fractions do."""
    assert Pace(share=share).per_hour(endpoint_for(target, lane)) == expected


@pytest.mark.parametrize("share", [0, -0.1, 1.01, 80, float("nan"), float("inf")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """Nothing, more than all, and no number at all."""
    with pytest.raises(InputError, match="above 0 and at most 1"):
        Pace(share=share)


# The bound: the first burst leaves at once, so n bursts take n - 1 hours.
@pytest.mark.parametrize(
    ("target", "lanes", "people", "calls", "bound"),
    [
        (APPLICATION, BULK, 5000, 500, 19), (APPLICATION, BULK, 4850, 485, 19), (APPLICATION, BULK, 4500, 450, 17),
        (APPLICATION, BOTH, 5000, 1760, 14), (APPLICATION, BOTH, 4850, 1700, 13), (APPLICATION, BOTH, 4500, 1575, 12),
        (ACME, BULK, 5000, 500, 9), (ACME, BULK, 4850, 485, 9), (ACME, BULK, 4500, 450, 8),
        (ACME, BOTH, 5000, 1850, 6), (ACME, BOTH, 4850, 1835, 6), (ACME, BOTH, 4500, 1800, 5),
    ],
)  # fmt: skip
def test_five_thousand_take_no_longer_than_the_documented_limits_demand(
    target: Target, lanes: tuple[Lane, ...], people: int, calls: int, bound: int
) -> None:
    """Within 1 % of the bound with 0, 3 and 10 % already there; 13 and 6 hours with both lanes and 3 %."""
    per_hour = sum(
        endpoint_for(target, lane).calls_per_hour * endpoint_for(target, lane).most_per_call for lane in lanes
    )
    assert bound == -(-people // per_hour) - 1
    made = plan(target, people, NOON, Pace(lanes))
    assert bound <= made.hours <= bound * 1.01
    assert len(made.calls) == calls


def test_the_timetable_is_written_out_for_three_hundred_and_sixty_people() -> None:
    """Bulk always full, the single lane takes what is left over, and the next hour begins when the first calls age."""
    made = timetable(APPLICATION, 363, NOON, Pace(BOTH))
    assert made == (
        *(PlannedCall(NOON, Lane.BULK, 10) for _ in range(25)),
        *(PlannedCall(NOON, Lane.SINGLE, 1) for _ in range(100)),
        PlannedCall(NOON + 3602, Lane.BULK, 10),
        PlannedCall(NOON + 3602, Lane.BULK, 3),
    )


def test_the_last_ones_do_not_wait_for_a_bulk_call_that_the_single_lane_can_spare() -> None:
    """Five people beyond the bulk hour leave at once, one by one."""
    made = plan(APPLICATION, 255, NOON, Pace(BOTH))
    assert (made.hours, [call.size for call in made.calls[25:]]) == (0, [1] * 5)


def test_calls_made_already_weigh_in_the_hour() -> None:
    """What another job has used of the hour is waited for, lane by lane."""
    used = {Lane.BULK: [NOON - 1800.0] * 24, Lane.SINGLE: [NOON - 60.0] * 100}
    made = timetable(APPLICATION, 30, NOON, Pace(BOTH), used)
    assert made == (
        PlannedCall(NOON, Lane.BULK, 10),
        PlannedCall(NOON - 1800 + 3602, Lane.BULK, 10),
        PlannedCall(NOON - 1800 + 3602, Lane.BULK, 10),
    )


def test_without_limits_everything_leaves_at_once() -> None:
    """--limits off: a call after the other, all of them in the bulk lane."""
    made = plan(ACME, 1001, NOON, Pace(BOTH, limited=False))
    assert (made.hours, len(made.calls), {call.lane for call in made.calls}) == (0, 101, {Lane.BULK})
    assert made.limits == ("No hourly limit is kept (--limits off); a 429 is obeyed all the same.",)


def local(made: Plan, zone: str) -> list[str]:
    """Return the hours in which calls leave, as the clocks of a zone show them."""
    return sorted({f"{datetime.fromtimestamp(call.at, ZoneInfo(zone)):%m-%d %H:%M %Z}" for call in made.calls})


@pytest.mark.parametrize(
    ("begin", "hours", "expected"),
    [
        (
            "2027-03-27T16:30+01:00", "8-18",
            ["03-27 16:30 CET", "03-27 17:30 CET", "03-28 08:00 CEST", "03-28 09:00 CEST"],
        ),
        (
            "2026-10-24T16:30+02:00", "8-18",
            ["10-24 16:30 CEST", "10-24 17:30 CEST", "10-25 08:00 CET", "10-25 09:00 CET"],
        ),
        # An hour that the clocks skip, and one that they repeat: the sliding hour is an hour in both.
        (
            "2027-03-28T00:00+01:00", "0-5",
            ["03-28 00:00 CET", "03-28 01:00 CET", "03-28 03:00 CEST", "03-28 04:00 CEST"],
        ),
        (
            "2026-10-25T00:00+02:00", "0-3",
            ["10-25 00:00 CEST", "10-25 01:00 CEST", "10-25 02:00 CEST", "10-25 02:00 CET"],
        ),
    ],
)  # fmt: skip
def test_the_hours_are_kept_on_days_that_daylight_saving_makes_shorter_or_longer(
    begin: str, hours: str, expected: list[str]
) -> None:
    """A thousand people, 250 an hour, over the nights of 2027-03-28 and 2026-10-25 in Berlin."""
    start = datetime.fromisoformat(begin).timestamp()
    made = plan(APPLICATION, 1000, start, Pace(schedule=schedule(hours, None, "Europe/Berlin")))
    assert local(made, "Europe/Berlin") == expected
    assert most_in_an_hour(times_of(made.calls, Lane.BULK)) == 25


def test_a_job_that_starts_later_begins_later() -> None:
    """No call before the pace's own start, and the hours of the day hold as well."""
    later = datetime(2027, 1, 16, 19, tzinfo=UTC).timestamp()
    pace = Pace(schedule=schedule("8-18"), start=later)
    assert plan(APPLICATION, 1, NOON, pace).calls[0].at == datetime(2027, 1, 17, 8, tzinfo=UTC).timestamp()


@given(paces, st.none() | st.floats(0, 2e9))
def test_a_pace_written_down_is_read_again(pace: Pace, start: float | None) -> None:
    """What the ledger keeps of it; whether the limits are kept is each run's own to say."""
    pace = replace(pace, start=start)
    assert Pace.from_json(pace.to_json()) == replace(pace, limited=True)


def test_a_plan_names_each_limit_with_its_source() -> None:
    """Hourly limits of each lane with what the job takes of them, then the notes as given."""
    made = plan(ACME, 5000, NOON, Pace(BOTH, 0.8), notes=["12 seats are left."])
    bulk, single = (
        "/v1/organizations/{organization_id}/invitations/bulk",
        "/v1/organizations/{organization_id}/invitations",
    )
    assert made.limits == (
        f"50 calls an hour at POST {bulk}, of which this job takes 40 ({SOURCE}).",
        f"250 calls an hour at POST {single}, of which this job takes 200 ({SOURCE}).",
        "12 seats are left.",
    )


@pytest.mark.parametrize(
    ("people", "days", "warned"),
    [(6000, 1, False), (6001, 1, True), (6001, 2, False), (12001, 2, True), (6001, None, False)],
)
def test_a_plan_longer_than_the_invitations_are_valid_says_so(people: int, days: int | None, warned: bool) -> None:
    """The 25th burst leaves after a day and some margin; from the first call on, not from when the plan was made."""
    waits = Pace(start=NOON + 50 * HOUR)
    made = plan(APPLICATION, people, NOON, waits, shortest_expiry=days)
    after = "1 day" if days == 1 else f"{days} days"
    early = f"The first invitations expire after {after}, before the last ones are sent"
    assert (f"{early} (expires_in_days, OpenAPI document)." in made.limits) is warned


@pytest.mark.parametrize(
    ("items", "days"),
    [
        ([], None),
        ([{}], 30),
        ([{"expires_in_days": 7}], 7),
        ([{}, {"expires_in_days": 90}], 30),
        ([{"expires_in_days": None}], 30),
    ],
)
def test_the_fewest_days_count_those_that_nobody_gave(items: list[dict[str, int | None]], days: int | None) -> None:
    """An invitation without a number is valid for Clerk's thirty days."""
    assert fewest_days(items) == days


def test_what_would_be_faster_is_said_with_what_it_saves() -> None:
    """Both lanes, the whole hour, around the clock: each alone, and only if it saves half an hour."""
    slow = Pace(BULK, 0.8, schedule("8-18"))
    assert plan(APPLICATION, 5000, NOON, slow).faster == (
        "both lanes (--lanes both): 7.0 hours sooner",
        "the whole hour (--share 1): 5.0 hours sooner",
        "around the clock (without --hours and --days): 28.0 hours sooner",
    )
    assert plan(APPLICATION, 5000, NOON, Pace(BOTH)).faster == ()
    assert plan(APPLICATION, 250, NOON, Pace(BULK)).faster == ()


def test_the_limits_that_cannot_be_planned_for_are_said_all_the_same() -> None:
    """Seats of an organization, e-mails of a development instance, metadata: each with its source."""
    many = [{"email_address": f"p{place}@example.com"} for place in range(101)]
    seats = (
        "Members and pending invitations together may not exceed the organization's membership limit, 5 unless raised "
        "(docs configure.mdx, documented); preflight reads it."
    )
    emails = (
        "With a development key (sk_test_) only: its instance sends 100 e-mails a calendar month "
        "(docs test-emails-and-phones.mdx, documented)."
    )
    assert unread_limits(ACME, many) == [seats, emails]
    assert unread_limits(APPLICATION, many[:100]) == []
    assert unread_limits(APPLICATION, [{**item, "notify": False} for item in many]) == []
    assert unread_limits(APPLICATION, [{"public_metadata": {"team": "A"}}])[0].startswith(
        "A metadata object may have 8,192 bytes ("
    )


def test_nobody_needs_no_call() -> None:
    """A plan for nobody finishes when it starts."""
    made = plan(APPLICATION, 0, NOON, Pace(), shortest_expiry=None)
    assert (made.calls, made.hours, made.finish) == ((), 0, NOON)
    assert made.to_json()["first_call"] is None


def test_a_plan_is_plain_json() -> None:
    """Counts, ISO times in UTC, a line a lane; what programs hold on to."""
    made = plan(APPLICATION, 363, NOON, Pace(BOTH))
    assert json.loads(json.dumps(made.to_json())) == {
        "people": 363,
        "calls": 127,
        "hours": 1.0006,
        "start": "2027-01-15T12:00:00Z",
        "first_call": "2027-01-15T12:00:00Z",
        "finish": "2027-01-15T13:00:02Z",
        "lanes": [
            {"lane": "bulk", "calls": 27, "people": 263, "calls_per_hour": 25},
            {"lane": "single", "calls": 100, "people": 100, "calls_per_hour": 100},
        ],
        "waves": [
            {
                "wave": 1,
                "people": 363,
                "calls": 127,
                "first_call": "2027-01-15T12:00:00Z",
                "last_call": "2027-01-15T13:00:02Z",
            }
        ],
        "limits": [
            f"25 calls an hour at POST /v1/invitations/bulk ({SOURCE}).",
            f"100 calls an hour at POST /v1/invitations ({SOURCE}).",
        ],
        "faster": [],
    }


def test_a_plan_in_waves_says_when_each_begins_and_what_stands_between() -> None:
    """Ten people, an hour and a half of looking, a hundred, and so on; the gap and the gate are limits like others."""
    made = plan(APPLICATION, 363, NOON, Pace(BULK, waves=(10, 100), gate=0.05, wave_gap=1.5 * HOUR))
    assert made.to_json()["waves"] == [
        {
            "wave": 1,
            "people": 10,
            "calls": 1,
            "first_call": "2027-01-15T12:00:00Z",
            "last_call": "2027-01-15T12:00:00Z",
        },
        {
            "wave": 2,
            "people": 100,
            "calls": 10,
            "first_call": "2027-01-15T13:30:00Z",
            "last_call": "2027-01-15T13:30:00Z",
        },
        {
            "wave": 3,
            "people": 253,
            "calls": 26,
            "first_call": "2027-01-15T15:00:00Z",
            "last_call": "2027-01-15T16:00:02Z",
        },
    ]
    assert made.limits[1:4] == (
        "3 waves: each begins when everything in the one before is settled.",
        "1.5 hours between two waves.",
        "Stops behind a wave of which Clerk refused more than 5%.",
    )
    assert made.faster[-1] == "no gap between the waves (without --wave-gap): 3.0 hours sooner"


def test_a_plan_shows_itself_in_a_sentence_and_bursts() -> None:
    """Calls without a wait between them are one line; its repr is not a page of calls."""
    made = plan(APPLICATION, 363, NOON, Pace(BOTH))
    assert repr(made) == "<Plan: 363 people in 127 calls: 1.0 hours, the last one leaves Fri 2027-01-15 13:00 UTC>"
    assert [(burst.at - NOON, burst.words, burst.people, burst.so_far) for burst in made.bursts()] == [
        (0, "25 bulk + 100 single", 350, 350),
        (3602, "2 bulk", 13, 363),
    ]
    html = made._repr_html_()
    assert "25 bulk + 100 single" in html
    assert "Fri 2027-01-15 13:00 UTC" in html
    assert plan(APPLICATION, 0, NOON, Pace()).sentence == "Nobody to invite."
