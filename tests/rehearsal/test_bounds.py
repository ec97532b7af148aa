"""Bound: the fewest hours and calls that the documented limits allow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane, endpoint_for
from clerkbulk.rehearsal import Bound, bound
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.schedule import schedule

MONDAY = 1_795_420_800
"""2026-11-23 08:00 UTC."""
APPLICATION, ACME = cb.Application(), cb.Organization("org_acme")
BOTH = (Lane.BULK, Lane.SINGLE)


@pytest.mark.parametrize(
    ("target", "people", "hours", "calls"),
    [
        (APPLICATION, 0, 0.0, 0),
        (APPLICATION, 1, 0.0, 1),
        (APPLICATION, 250, 0.0, 25),
        (APPLICATION, 251, 1.0, 26),
        (APPLICATION, 5000, 19.0, 500),
        (APPLICATION, 4850, 19.0, 485),
        (APPLICATION, 4500, 17.0, 450),
        (ACME, 5000, 9.0, 500),
        (ACME, 4500, 8.0, 450),
    ],
)
def test_the_bulk_lane_alone_needs_whole_hours_and_full_calls(
    target: cb.Application | cb.Organization, people: int, hours: float, calls: int
) -> None:
    """25 or 50 calls an hour of ten people each: the last call leaves after so many whole hours."""
    assert bound(target, people, Pace(), MONDAY) == Bound(hours, calls, 0)


@pytest.mark.parametrize(
    ("target", "people", "hours", "bulk", "single"),
    [
        (APPLICATION, 350, 0.0, 25, 100),
        # One more hour has room for 50 bulk calls: no single call is needed to be as early.
        (APPLICATION, 351, 1.0, 36, 0),
        (APPLICATION, 5000, 14.0, 375, 1250),
        (APPLICATION, 4850, 13.0, 350, 1350),
        (ACME, 4850, 6.0, 350, 1350),
        (ACME, 4500, 5.0, 300, 1500),
    ],
)
def test_both_lanes_are_as_early_as_both_hours_allow_and_no_call_more_is_counted_than_that_needs(
    target: cb.Application | cb.Organization, people: int, hours: float, bulk: int, single: int
) -> None:
    """Ten for a bulk call, one for a single call; bulk calls first, because they are the fewer."""
    assert bound(target, people, Pace(BOTH), MONDAY) == Bound(hours, bulk, single)


def test_hours_of_the_day_and_the_share_bound_it_too() -> None:
    """From 8 to 10 there are two bursts a day, at 8 and at 9; a share is a part of each."""
    narrow = Pace(schedule=schedule("8-10"))
    assert bound(APPLICATION, 500, narrow, MONDAY).hours == 1.0
    assert bound(APPLICATION, 501, narrow, MONDAY).hours == 24.0
    assert bound(APPLICATION, 501, narrow, MONDAY - 3600).hours == 25.0
    assert bound(APPLICATION, 200, Pace(share=0.4), MONDAY) == Bound(1.0, 20, 0)
    assert bound(APPLICATION, 10, Pace(start=MONDAY + 7200.0), MONDAY).hours == 2.0


def test_a_pace_without_limits_is_bound_by_those_of_clerk() -> None:
    """Whoever posts as fast as Clerk answers is told to wait by Clerk: the limits are its own."""
    assert bound(APPLICATION, 600, Pace(limited=False), MONDAY) == Bound(2.0, 60, 0)


def test_waves_end_with_a_call_that_is_not_full_and_keep_their_gap() -> None:
    """15 people, then the other 85: two calls, a gap, nine calls; the hours they use up are the same hours."""
    waves = Pace(waves=(15,), wave_gap=1800.0)
    assert bound(APPLICATION, 100, waves, MONDAY) == Bound(0.5, 11, 0)
    # 25 calls for the first wave, so the second begins when the first call is an hour old.
    assert bound(APPLICATION, 260, Pace(waves=(250,)), MONDAY) == Bound(1.0, 26, 0)
    assert bound(APPLICATION, 260, Pace(waves=(250,), wave_gap=7200.0), MONDAY) == Bound(2.0, 26, 0)


def tried_out(target: cb.Application | cb.Organization, people: int, pace: Pace) -> tuple[float, int]:
    """Try every number of calls at every half hour; return the least hours, and the fewest calls for them."""
    hourly = {lane: pace.per_hour(endpoint_for(target, lane)) or 0 for lane in pace.lanes}
    most_bulk, most_single = hourly.get(Lane.BULK, 0), hourly.get(Lane.SINGLE, 0)
    # People so far and the calls half an hour ago, with the fewest calls that lead there.
    ways = {(0, 0, 0): 0}
    for step in range(200):
        is_open = pace.next_open(MONDAY + 1800 * step) == MONDAY + 1800 * step
        after: dict[tuple[int, int, int], int] = {}
        for (reached, bulk_before, single_before), calls in ways.items():
            for bulk in range(most_bulk - bulk_before + 1 if is_open else 1):
                for single in range(most_single - single_before + 1 if is_open else 1):
                    # Any sixty minutes hold this half hour and the one before it.
                    key = (min(people, reached + 10 * bulk + single), bulk, single)
                    after[key] = min(after.get(key, 10**9), calls + bulk + single)
        ways = after
        if done := [calls for (reached, *_), calls in ways.items() if reached >= people]:
            return step / 2, min(done)
    raise AssertionError("never")


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([APPLICATION, ACME]),
    st.integers(1, 45),
    st.sampled_from([0.02, 0.04]),
    st.sampled_from([(Lane.BULK,), BOTH]),
    st.sampled_from([None, "8-9", "8-10"]),
)
def test_trying_everything_out_finds_nothing_better(
    target: cb.Application | cb.Organization, people: int, share: float, lanes: tuple[Lane, ...], hours: str | None
) -> None:
    """However calls are spread over half hours, no way is earlier, and none as early takes fewer calls."""
    pace = Pace(lanes, share, schedule(hours))
    found = bound(target, people, pace, MONDAY)
    assert (found.hours, found.calls) == tried_out(target, people, pace)


@given(st.integers(0, 3000), st.sampled_from([(Lane.BULK,), BOTH]), st.sampled_from([1.0, 0.7, 0.1]))
def test_the_timetable_of_the_plan_is_never_better(people: int, lanes: tuple[Lane, ...], share: float) -> None:
    """What the job plans is at least the bound, and at most the margin of two seconds an hour above it."""
    from clerkbulk.sending.before.plan import timetable

    pace = Pace(lanes, share)
    found = bound(APPLICATION, people, pace, MONDAY)
    planned = timetable(APPLICATION, people, MONDAY, pace)
    hours = (planned[-1].at - MONDAY) / 3600 if planned else 0.0
    assert found.calls <= len(planned)
    assert found.hours <= hours <= found.hours * (1 + 2 / 3600) + 1e-9


def test_more_ways_are_never_worse() -> None:
    """The second lane, the whole hour and the whole day can only help."""
    for people in (1, 99, 260, 700, 1234):
        slow = bound(APPLICATION, people, Pace(share=0.5, schedule=schedule("8-10")), MONDAY).hours
        for faster in (Pace(), Pace(BOTH, 0.5, schedule("8-10")), Pace(share=0.5), replace(Pace(BOTH), limited=False)):
            assert bound(APPLICATION, people, faster, MONDAY).hours <= slow
