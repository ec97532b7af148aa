"""Spells: days from the first invitation to the end, or so far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from travellers import DAY, T0, invited, journeys_of_any_kind, planned

from clerkbulk.onboarding.journey import Answer, Between, Journey, Link, Stage
from clerkbulk.onboarding.statistics.spell import End, Spell, spells
from clerkbulk.onboarding.statistics.stages import stage_at, stages

MOMENTS = st.integers(-48, 24 * 120).map(lambda hours: T0 + hours * 3600.0)


@pytest.mark.parametrize(
    ("journey", "spell"),
    [
        (invited(1, accepted=2.5), Spell(2.5, End.ACCEPTED)),
        (invited(1, joined=4), Spell(4, End.JOINED)),
        (invited(1, ended=30, stage=Stage.EXPIRED), Spell(30, End.EXPIRED)),
        (invited(1, ended=3, stage=Stage.REVOKED), Spell(3, End.REVOKED)),
        (invited(1, ended=3, stage=Stage.MISSING), Spell(3, End.REVOKED)),
        (invited(1), Spell(40, None)),
        (invited(1, accepted=-0.5), Spell(0, End.ACCEPTED)),
        (invited(1, accepted=41), Spell(40, None)),
    ],
)
def test_a_spell_is_the_days_to_the_end_and_which_end(journey: Journey, spell: Spell) -> None:
    """Forty days after the sending; what came later is not known yet, what came earlier than possible is zero."""
    assert spells([journey], T0 + 40 * DAY) == [spell]


def test_who_was_not_invited_yet_has_no_spell() -> None:
    """Planned, refused, or invited after the moment asked about."""
    people = [planned(1), planned(2, Stage.REFUSED), planned(3, Stage.ALREADY_THERE), invited(4, T0 + DAY)]
    assert spells(people, T0) == []


def test_a_reminder_goes_on_with_the_spell() -> None:
    """It begins with the first invitation; an expired link before the second is no end."""
    first = Link("inv_1", T0, T0 + 30 * DAY, "expired", T0 + 30 * DAY)
    second = Link("inv_2", T0 + 33 * DAY, T0 + 63 * DAY, "pending")
    journey = invited(1, links=(first, second))
    assert spells([journey], T0 + 40 * DAY) == [Spell(40, None)]
    assert spells([journey], T0 + 31 * DAY) == [Spell(30, End.EXPIRED)]


@pytest.mark.parametrize(("first", "second", "end"), [(3, 9, End.EXPIRED), (20, 9, End.REVOKED)])
def test_the_last_end_is_the_end(first: float, second: float, end: End) -> None:
    """Of a link that was revoked and one that ran out, whichever came later."""
    revoked = Link("inv_1", T0, T0 + 30 * DAY, "revoked", T0 + first * DAY)
    expired = Link("inv_2", T0 + 2 * DAY, T0 + second * DAY, "expired", T0 + second * DAY)
    journey = invited(1, links=(revoked, expired), stage=Stage(end.value))
    assert spells([journey], T0 + 40 * DAY) == spells([journey.as_of(T0 + 40 * DAY)], T0 + 40 * DAY)
    assert spells([journey], T0 + 40 * DAY) == [Spell(max(first, second), end)]


@given(journeys_of_any_kind(), MOMENTS)
def test_the_stages_are_those_of_the_journey_as_it_stood(journey: Journey, moment: float) -> None:
    """At every moment, without building the journey of that moment; and so is the spell."""
    stood = journey.as_of(moment)
    assert stage_at(journey, moment) is stood.stage
    assert [stage for since, stage in stages(journey) if since <= moment][-1] is stood.stage
    assert spells([journey], moment) == spells([stood], moment)


def test_an_earlier_moment_knows_no_later_activity() -> None:
    """Signed in on day 9 and active on day 4 and day 12: as of day 6 there was no sign-in yet, and week 1 not over."""
    signed = Between(T0 + 9 * DAY, T0 + 9 * DAY, T0 + 9 * DAY)
    weeks = (Answer.YES, Answer.NO)
    journey = invited(
        1, accepted=1, first_sign_in=signed, last_active_at=T0 + 12 * DAY, active_in_week=weeks, user_id="user_1"
    )
    then = journey.as_of(T0 + 6 * DAY)
    assert (then.first_sign_in, then.last_active_at, then.active_in_week) == (None, None, (Answer.EARLY,) * 2)
    then = journey.as_of(T0 + 10 * DAY)
    assert (then.first_sign_in, then.last_active_at, then.active_in_week) == (signed, None, (Answer.YES, Answer.EARLY))
    assert journey.as_of(T0 + 16 * DAY) == journey
    early = invited(2, accepted=1, last_active_at=T0 + 4 * DAY, active_in_week=(Answer.YES, Answer.NO))
    assert early.as_of(T0 + 6 * DAY).active_in_week == (Answer.YES, Answer.EARLY)
    there = planned(3, Stage.ALREADY_THERE, joined_at=T0 + DAY, last_active_at=T0 + 9 * DAY)
    assert (there.as_of(T0).joined_at, there.as_of(T0 + 2 * DAY).joined_at) == (None, T0 + DAY)
    assert there.as_of(T0 + 2 * DAY).last_active_at is None
