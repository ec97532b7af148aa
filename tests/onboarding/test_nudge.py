"""Who can be reminded: the rules of remind, told from journeys."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from travellers import DAY, LIFE, T0, invited, journeys_of_any_kind, planned

from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import INVITED, Journey, Link, Stage
from clerkbulk.onboarding.statistics.nudge import Nudged, nudge, passed_over, why_not
from clerkbulk.sending.after.silence import Why

NOW = T0 + 31 * DAY


def again(at: float, first_ended: float | None) -> tuple[Link, Link]:
    return (
        Link("inv_1", T0, T0 + LIFE, "pending" if first_ended is None else "expired", first_ended),
        Link("inv_2", at, at + LIFE, "pending"),
    )


@pytest.mark.parametrize(
    ("journey", "why"),
    [
        (invited(1, NOW - 7 * DAY), None),
        (invited(1, NOW - 6.9 * DAY), Why.RECENT),
        (invited(1, ended=30, stage=Stage.EXPIRED), None),
        (invited(1, accepted=3), Why.ACCEPTED),
        (invited(1, joined=3), Why.PRESENT),
        (invited(1, ended=3, stage=Stage.REVOKED), Why.REVOKED),
        (invited(1, ended=3, stage=Stage.MISSING), Why.MISSING),
        (invited(1, links=again(T0 + 9 * DAY, None)), Why.INVITED_AGAIN),
        (invited(1, links=again(T0 + 9 * DAY, T0 + 8 * DAY)), Why.REMINDED),
        (invited(1, accepted=40), None),
    ],
)
def test_each_reason_not_to_remind_is_that_of_remind(journey: Journey, why: Why | None) -> None:
    """What comes after now is not known yet."""
    assert why_not(journey, NOW) is why
    assert len(nudge([journey], NOW)) == (why is None)
    assert list(passed_over([journey], NOW)) == ([] if why is None else [why])


def test_the_longest_silent_come_first_then_whose_link_runs_out_next() -> None:
    """Line, job and days are theirs; who was never invited is on neither list."""
    people = [
        invited(1, NOW - 9 * DAY, job_id="job_a"),
        invited(2, NOW - 20.5 * DAY, life=21 * DAY),
        invited(3, NOW - 20.4 * DAY, life=20.6 * DAY),
        invited(4, NOW - 20 * DAY, life=10 * DAY, ended=10, stage=Stage.EXPIRED),
        planned(5),
    ]
    found = nudge(people, NOW)
    assert [one.line for one in found] == [3, 2, 4, 1]
    assert found[-1] == Nudged("p1@example.com", 1, "job_a", 9.0, 21.0, 0)
    assert found[2].expires_in_days == -10
    assert passed_over(people, NOW) == {}
    assert [one.line for one in nudge(people, NOW, silent_days=10)] == [3, 2, 4]


def test_days_below_zero_are_refused() -> None:
    """As remind refuses them."""
    with pytest.raises(InputError, match="not for -1"):
        nudge([], NOW, silent_days=-1)


@settings(max_examples=50)
@given(st.lists(journeys_of_any_kind(), max_size=12), st.integers(0, 24 * 100), st.integers(0, 30))
def test_everybody_invited_is_nudged_or_passed_over(journeys: list[Journey], hours: int, days: int) -> None:
    """Once each; and nudged are only those whose link is open or has run out."""
    now = T0 + hours * 3600
    found = nudge(journeys, now, silent_days=days)
    others = passed_over(journeys, now, silent_days=days)
    stood = [journey.as_of(now) for journey in journeys]
    assert len(found) + sum(map(len, others.values())) == sum(one.stage in INVITED for one in stood)
    can = {one.key for one in stood if one.stage in {Stage.OPEN, Stage.EXPIRED}}
    assert all(one.key in can and one.days_silent >= days for one in found)
