"""Forecasts: what they count, what they say, and that their intervals hold what comes as often as they claim."""

from __future__ import annotations

from statistics import fmean

import pytest
from cohorts_of_known_truth import CASES, tell
from hypothesis import given, settings
from hypothesis import strategies as st
from travellers import DAY, LIFE, T0, invited, journeys_of_any_kind, planned

from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import Journey, Link, Stage
from clerkbulk.onboarding.statistics.forecast import back_test, forecast
from clerkbulk.onboarding.statistics.rates import Hazard, rates_of
from clerkbulk.onboarding.statistics.turns import Turn, Waiting, turns


def half_in_ten_days(people: int = 200, sent: float = T0) -> list[Journey]:
    """Return people of whom one accepts every hour and a bit for ten days, and half never do."""
    come = [invited(n, sent, accepted=20 * n / people) for n in range(1, people // 2 + 1)]
    return [*come, *(invited(n, sent, ended=30, stage=Stage.EXPIRED) for n in range(people // 2 + 1, people + 1))]


def test_what_is_over_is_no_forecast() -> None:
    """When no link works any more the number is known: no interval."""
    found = forecast(half_in_ten_days(), T0 + 31 * DAY, T0 + 60 * DAY)
    assert (found.accepted_now, found.expected, found.low, found.high, found.open) == (100, 100, 100, 100, 0)


def test_links_are_accepted_at_the_rate_of_their_age_until_they_run_out() -> None:
    """A second hundred, a day old, go the way of the first: by hand within the interval, and near the middle."""
    now = T0 + 40 * DAY
    people = [*half_in_ten_days(), *half_in_ten_days(sent=now - DAY)]
    found = forecast(people, now, now + 4 * DAY)
    # Ten of the second had accepted after one day; of the first, fifty after five.
    assert (found.accepted_now, found.open, found.needed_days, found.observed_days) == (110, 190, 5, 30)
    assert found.expected == pytest.approx(150, abs=1.5)
    assert 130 <= found.low <= 141
    assert 159 <= found.high <= 170
    assert forecast(people, now, now + 90 * DAY).needed_days == 30
    assert found.says == (
        f"About {found.expected:.0f} of 400 people will have accepted by then, between {found.low:.0f} and "
        f"{found.high:.0f} in 90 % of such cases. 110 have accepted, 190 links work and 0 people are to be invited. "
        "Reminders to come are not counted."
    )


def test_who_is_still_to_be_invited_counts_from_then_on() -> None:
    """A hundred in five days, as the first: fifty of two hundred had come after five; after the date nobody does."""
    now = T0 + 40 * DAY
    people = [*half_in_ten_days(), *(planned(n) for n in range(100))]
    found = forecast(people, now, now + 10 * DAY, planned=[now + 5 * DAY] * 100)
    assert (found.planned, found.needed_days) == (100, 5)
    assert found.expected == pytest.approx(125, abs=1.5)
    assert found.low < 122 < 128 < found.high
    late = forecast(people, now, now + 10 * DAY, planned=[now + 11 * DAY] * 100)
    assert (late.planned, late.expected, late.high) == (0, 100, 100)


def test_what_no_link_was_old_enough_to_show_is_said() -> None:
    """A cohort of three days, asked about thirteen: nobody more at the low end; and it says why it is so wide."""
    now = T0 + 3 * DAY
    people = [journey.as_of(now) for journey in half_in_ten_days()]
    found = forecast(people, now, now + 10 * DAY)
    assert (found.accepted_now, found.observed_days, found.needed_days) == (30, 3, 13)
    assert (found.low, found.high > 90) == (30, True)
    assert "Links were observed for 3 days so far and can be accepted for 13 days" in found.says
    near = forecast(people, now, now + DAY)
    assert near.high - near.low < (found.high - found.low) / 2


def test_a_short_history_makes_a_wide_interval() -> None:
    """The same five hundred links, judged by twenty people before them or by two thousand: chance alone is 30 wide."""
    now = T0 + 40 * DAY
    fresh = [invited(n, now) for n in range(500)]
    short, long = (forecast([*half_in_ten_days(before), *fresh], now, now + 5 * DAY) for before in (20, 2_000))
    assert long.expected - long.accepted_now == pytest.approx(125, abs=2)
    assert 30 <= long.high - long.low <= 40
    assert 90 <= short.high - short.low <= 200


def test_reminders_have_rates_of_their_own() -> None:
    """Of those reminded nobody has accepted in ten days, where first links would have been: nor will those of today."""
    now = T0 + 30 * DAY

    def reminded(number: int, at: float) -> Journey:
        old = Link("inv_1", T0, T0 + LIFE, "revoked", at, replaced=True)
        return invited(number, links=(old, Link("inv_2", at, at + LIFE, "pending")))

    before = [*half_in_ten_days(), *(reminded(n, T0 + 20 * DAY) for n in range(100))]
    rates = rates_of(turns(before, now).over)
    # Of three hundred first links a hundred were accepted in ten days; so would about forty of the reminders have been.
    assert (rates.reminded_accepted, rates.reminded_expected) == (0, pytest.approx(40, abs=3))
    assert rates.factor == pytest.approx(2 / (rates.reminded_expected + 2))
    of_today = forecast([*before, *(reminded(n, now) for n in range(100))], now, now + 10 * DAY)
    of_first = forecast([*before, *(invited(n, now) for n in range(100))], now, now + 10 * DAY)
    assert of_today.expected == pytest.approx(101.6, abs=1)
    assert of_first.expected == pytest.approx(133, abs=3)


def test_a_moment_before_now_is_no_forecast() -> None:
    """It is refused; so is a confidence that is none."""
    with pytest.raises(InputError, match="a moment to come"):
        forecast([], T0, T0 - 1)
    with pytest.raises(InputError, match="between 0 and 1"):
        forecast([], T0, T0, confidence=90)


def test_nobody_and_nobody_yet() -> None:
    """No people: zero. Just sent, and no acceptance seen: zero expected, and nothing ruled out."""
    assert forecast([], T0, T0 + DAY).expected == 0
    fresh = forecast([invited(n) for n in range(50)], T0, T0 + 10 * DAY)
    assert (fresh.expected, fresh.low, fresh.open) == (0, 0, 50)
    silent = forecast([invited(n) for n in range(50)], T0 + 5 * DAY, T0 + 10 * DAY)
    assert (silent.expected, silent.low) == (0, 0)
    assert 0 < silent.high <= 20


def test_turns_end_with_the_next_the_links_end_or_now() -> None:
    """A reminder after nine days, accepted two days after; a revocation; one that waits."""
    old = Link("inv_1", T0, T0 + LIFE, "revoked", T0 + 9 * DAY, replaced=True)
    new = Link("inv_2", T0 + 9 * DAY, T0 + 9 * DAY + LIFE, "accepted", T0 + 11 * DAY)
    way = invited(1, accepted=11)
    reminded = invited(1, links=(old, new), acceptance=way.acceptance, stage=Stage.ACCEPTED)
    found = turns([reminded, invited(2, ended=4, stage=Stage.REVOKED), invited(3)], T0 + 12 * DAY)
    assert found.over == [
        Turn(9, True, False, False), Turn(2, False, True, False),
        Turn(4, True, False, True), Turn(12, True, False, False),
    ]  # fmt: skip
    assert (found.waiting, found.accepted, found.invited, found.lifetime) == ([Waiting(True, 12, 30)], 1, 3, 30)


@pytest.mark.parametrize(
    ("age", "until", "chance"),
    # Rates .1 and .2 a day for two and three days: 1 - exp(-.2), 1 - exp(-.2 - .6), 1 - exp(-.1 - .2), nothing after 5.
    [(0, 2, 0.181269), (0, 5, 0.550671), (1, 3, 0.259182), (0, 99, 0.550671), (5, 9, 0), (3, 3, 0)],
)
def test_a_chance_is_the_rates_summed_up_between_two_ages(age: float, until: float, chance: float) -> None:
    """Of a link that still waits at the first of them."""
    assert Hazard([0, 2, 5], [0.1, 0.2], 0.0).chance(age, until) == pytest.approx(chance, abs=1e-6)


@settings(max_examples=50)
@given(st.lists(journeys_of_any_kind(), max_size=10), st.integers(0, 24 * 90), st.integers(0, 24 * 40))
def test_a_forecast_knows_what_was_known_then_and_no_more(people: list[Journey], hours: int, ahead: int) -> None:
    """The same from the journeys as they stood; low, expected and high in order, between now's and everybody's."""
    now = T0 + hours * 3600
    by = now + ahead * 3600
    found = forecast(people, now, by, planned=[now, by])
    assert found == forecast([journey.as_of(now) for journey in people], now, by, planned=[now, by])
    assert found.accepted_now <= found.low <= found.expected + 1e-9
    assert found.expected <= found.high + 1e-9 <= found.accepted_now + found.open + found.planned + 1e-6
    stood = [journey.as_of(now).stage for journey in people]
    assert (found.accepted_now, found.open) == (stood.count(Stage.ACCEPTED), stood.count(Stage.OPEN))


def test_a_back_test_holds_earlier_forecasts_to_what_came() -> None:
    """Each made as it would have been then; too early to test is said."""
    people = [one for week in range(6) for one in half_in_ten_days(100, T0 + week * 7 * DAY)]
    now = T0 + 45 * DAY
    tested = back_test(people, now, 7, moments=8)
    assert len(tested.tested) == 8
    for one in tested.tested:
        sent = [T0 + week * 7 * DAY for week in range(6) for _ in range(100)]
        by = one.made_at + 7 * DAY
        then = [journey.as_of(one.made_at) for journey in people]
        assert one.forecast == forecast(then, one.made_at, by, planned=[at for at in sent if one.made_at < at <= by])
        assert one.came == sum(journey.as_of(by).stage is Stage.ACCEPTED for journey in people)
    held = sum(one.held for one in tested.tested)
    assert tested.says == f"Of 8 forecasts over 7 days made from earlier moments, {held} held what came."
    assert (tested.held, held >= 6) == (held / 8, True)
    assert back_test(people, T0 + 5 * DAY, 7).says.startswith("Not tested yet")
    assert back_test([], T0, 7).held is None


TESTED = [
    case
    for case in CASES
    if case.name.startswith(("rising, sent over 20", "three", "some_never, sent over 30", "peaked, a pilot"))
    or case.name in {"constant, forty people", "early, at once, 4 days seen, 14 ahead"}
    or case.name.endswith("2 days seen, 10 ahead")
]


def test_intervals_hold_what_comes_and_are_not_absurdly_wide() -> None:
    """Simulated cohorts of known truth: of 90 % intervals at least 85 % hold, and no case fails badly."""
    told = {case: tell(case, 8, seed=7) for case in TESTED}
    report = "\n".join(
        f"{case.name}: held {sum(one.held)} of {len(one.held)}, {one.times_as_wide:.1f} times as wide as at best"
        for case, one in told.items()
    )
    assert len(told) == 11, report
    assert fmean(held for one in told.values() for held in one.held) >= 0.85, report
    assert all(sum(one.held) >= 6 for one in told.values()), report
    assert all(one.times_as_wide <= case.widest * 1.4 for case, one in told.items()), report
