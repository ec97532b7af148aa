"""When the next call may leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.sending.budget import Budget, budget, wait_after_429, wait_unreached

NOON = 1_800_014_400.0


@pytest.mark.parametrize(
    ("calls", "per_hour", "blocked_until", "expected"),
    [
        ([], 2, None, Budget(0, 2, NOON)),
        ([NOON], 2, None, Budget(1, 2, NOON)),
        ([NOON - 60, NOON], 2, None, Budget(2, 2, NOON - 60 + 3602)),
        ([NOON, NOON - 60], 2, None, Budget(2, 2, NOON - 60 + 3602)),
        ([NOON - 60, NOON - 30, NOON], 2, None, Budget(3, 2, NOON - 30 + 3602)),
        ([NOON - 3602], 1, None, Budget(0, 1, NOON)),
        ([NOON - 3601], 1, None, Budget(1, 1, NOON + 1)),
        ([NOON - 60, NOON], 2, NOON + 9, Budget(2, 2, NOON - 60 + 3602)),
        ([NOON], 2, NOON + 9, Budget(1, 2, NOON + 9, blocked=True)),
        ([NOON], 2, NOON + 90_000, Budget(1, 2, NOON + 90_000, blocked=True)),
        ([NOON], 2, NOON - 9, Budget(1, 2, NOON)),
        ([NOON] * 99, None, None, Budget(99, None, NOON)),
        ([NOON] * 99, None, NOON + 9, Budget(99, None, NOON + 9, blocked=True)),
    ],
)
def test_the_next_call_leaves_when_the_hour_and_clerk_allow_it(
    calls: list[float], per_hour: int | None, blocked_until: float | None, expected: Budget
) -> None:
    """The window slides, a block beats it where it is longer, and no limit of ours does not lift a block."""
    assert budget(calls, NOON, per_hour, blocked_until) == expected


@given(
    st.integers(1, 5),
    st.lists(st.tuples(st.floats(0, 4000), st.floats(0, 180), st.floats(0, 1)), min_size=1, max_size=40),
)
def test_no_sliding_hour_ever_holds_more_than_the_documented_calls(
    per_hour: int, calls: list[tuple[float, float, float]]
) -> None:
    """Wherever between intent and end a call arrives, no sixty minutes hold more arrivals than the hour allows."""
    now, ended, arrived = NOON, list[float](), list[float]()
    for pause, lasts, share in calls:
        now += pause
        hour = budget(ended, now, per_hour)
        now = max(now, hour.next_call_at)
        assert budget(ended, now, per_hour).may_call(now)
        arrived.append(now + lasts * share)
        now += lasts
        ended.append(now)
    for first in arrived:
        assert sum(first <= at < first + 3600 for at in arrived) <= per_hour


@pytest.mark.parametrize(
    ("retry_after", "in_a_row", "seconds"),
    [
        (None, 1, 10), (0, 1, 10), (0, 2, 20), (0, 3, 40), (None, 9, 2560), (None, 10, 3600), (None, 5000, 3600),
        (3, 1, 10), (11, 1, 11), (144, 1, 144), (144, 6, 320), (3600, 20, 3600), (86_400, 1, 86_400),
    ],
)  # fmt: skip
def test_a_429_is_obeyed_with_a_floor_that_grows(retry_after: int | None, in_a_row: int, seconds: float) -> None:
    """Retry-After is obeyed, however long; where it is 0 or missing our own wait doubles, up to an hour."""
    assert wait_after_429(retry_after, in_a_row) == seconds


@pytest.mark.parametrize(
    ("in_a_row", "seconds"), [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 600), (5000, 600)]
)
def test_a_clerk_out_of_reach_is_tried_again_ever_more_seldom(in_a_row: int, seconds: float) -> None:
    """Half a minute at first, ten minutes at most."""
    assert wait_unreached(in_a_row) == seconds


@pytest.mark.parametrize(
    ("hour", "sentence"),
    [
        (Budget(25, 25, NOON), "25 of 25 calls of the hour used"),
        (Budget(1, None, NOON), "1 call in the last hour"),
        (Budget(40, None, NOON), "40 calls in the last hour"),
    ],
)
def test_the_hour_is_said_in_words(hour: Budget, sentence: str) -> None:
    """A person reads how much of the hour is used."""
    assert hour.sentence == sentence
