"""The funnel: every step is a part of the one before, and who cannot be judged yet is no failure."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from travellers import DAY, T0, invited, journeys_of_any_kind, planned

from clerkbulk.onboarding.journey import Answer, Between, Journey, Stage
from clerkbulk.onboarding.statistics.funnel import STEPS, Account, Step, account, funnel
from clerkbulk.onboarding.statistics.stages import stage_at

YES, NO, UNKNOWN, EARLY = Answer.YES, Answer.NO, Answer.UNKNOWN, Answer.EARLY
NOW = T0 + 40 * DAY


def active(number: int, *weeks: Answer, signed_in: bool = True, joined: bool = False) -> Journey:
    """Return somebody who came in after a day, and what is known of the two weeks after."""
    at = T0 + DAY
    first = Between(at, at, at) if signed_in else None
    way = {"joined": 1.0} if joined else {"accepted": 1.0}
    return invited(number, **way, first_sign_in=first, user_id="user_1", active_in_week=weeks)


def test_the_funnel_of_a_small_department() -> None:
    """Each figure by hand: nine planned, one waits, one was refused, one is open, one joined without the link."""
    people = [
        planned(1), planned(2, Stage.REFUSED), invited(3),
        active(4, YES, YES), active(5, YES, EARLY), active(6, NO, YES), active(7, UNKNOWN, YES),
        active(8, NO, NO, signed_in=False), active(9, YES, NO, joined=True),
    ]  # fmt: skip
    assert funnel(people, NOW) == (
        Step("planned", 9, 0, 0, 9, 1, None),
        Step("invited", 7, 0, 0, 9, 7 / 9, 7 / 9),
        Step("accepted", 5, 1, 0, 7, 5 / 9, 5 / 7),
        Step("first_sign_in", 4, 1, 0, 5, 4 / 9, 4 / 5),
        Step("active_week_1", 2, 1, 1, 3, 2 / 9, 2 / 3),
        Step("active_week_2", 1, 0, 2, 1, 1 / 9, 1),
    )
    assert account(people, NOW) == Account(
        planned=9, invited=7, already_there=0, refused=1, waiting=1,
        open=1, accepted=5, joined=1, expired=0, revoked=0,
    )  # fmt: skip


def test_who_was_never_shown_as_a_user_is_not_known_to_have_signed_in() -> None:
    """No look at users is no evidence; activity of any week is."""
    unseen = invited(1, accepted=1, active_in_week=(UNKNOWN, UNKNOWN))
    seen = invited(2, accepted=1, active_in_week=(NO, NO), user_id="user_2")
    busy = invited(3, accepted=1, active_in_week=(UNKNOWN, YES))
    steps = {step.name: step for step in funnel([unseen, seen, busy], NOW)}
    step = steps["first_sign_in"]
    assert (step.people, step.not_known, step.known, step.of_previous) == (1, 1, 2, 0.5)


def test_a_no_is_a_no_whatever_is_unknown_before_it() -> None:
    """Of the first week nothing is known, of the second that there was nothing: in both weeks it was not."""
    assert [step.not_known for step in funnel([active(1, UNKNOWN, NO)], NOW)] == [0, 0, 0, 0, 1, 0]


def test_an_earlier_moment_knows_nothing_of_later() -> None:
    """Half a day on nobody has accepted; two days on the second week has not begun, whatever is known of it today."""
    people = [active(1, YES, YES)]
    assert [step.people for step in funnel(people, T0 + DAY / 2)] == [1, 1, 0, 0, 0, 0]
    assert [step.people for step in funnel(people, T0 + 2 * DAY)] == [1, 1, 1, 1, 1, 0]
    assert [step.not_known for step in funnel(people, T0 + 2 * DAY)] == [0, 0, 0, 0, 0, 1]


def test_the_funnel_of_nobody_has_no_shares() -> None:
    """Zero people, and no division by them."""
    assert [asdict(step) for step in funnel([], NOW)] == [
        {"name": name, "people": 0, "otherwise": 0, "not_known": 0, "known": 0, "of_first": None, "of_previous": None}
        for name in STEPS
    ]


@settings(max_examples=50)
@given(st.lists(journeys_of_any_kind(), max_size=12), st.integers(0, 24 * 120))
def test_every_step_is_a_part_of_the_one_before(journeys: list[Journey], hours: int) -> None:
    """In people, in people who may still turn out to be in it, and beside; and everybody planned is accounted for."""
    now = T0 + hours * 3600
    steps = funnel(journeys, now)
    for before, step in pairwise(steps):
        assert step.people <= step.known <= before.people
        assert step.people + step.not_known <= before.people + before.not_known
        assert before.name in {"planned", "invited"} or step.otherwise <= before.otherwise
    stands = account(journeys, now)
    stages = [stage_at(journey, now) for journey in journeys]
    assert stands.planned == len(journeys) == steps[0].people
    assert stands.planned == stands.invited + stands.already_there + stands.refused + stands.waiting
    assert stands.invited == stands.open + stands.accepted + stands.joined + stands.expired + stands.revoked
    assert (steps[1].people, steps[2].people) == (stands.invited, stages.count(Stage.ACCEPTED))
    assert steps[2].otherwise == stages.count(Stage.JOINED)
    assert steps[2].not_known == 0
    assert all(step.of_first == pytest.approx(step.people / len(journeys)) for step in steps if journeys)
