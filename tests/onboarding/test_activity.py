"""Whether people came back: answers follow from a made-up truth, and say nothing that it does not bear out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.onboarding.activity import ACTIVE, SIGN_IN, SITTING, Shown, active_weeks, first_sign_in, last_active
from clerkbulk.onboarding.journey import WEEK, Answer, Between

HOUR, DAY = 3600.0, 86_400.0
MIDNIGHT = 1_799_971_200.0
"""2027-01-15 00:00:00 UTC."""


@dataclass(frozen=True)
class Truth:
    """When a person came in, was made an account, signed in, and was active; all in seconds."""

    came_in: float
    known: Between
    account_at: float
    sign_ins: tuple[float, ...]
    active: tuple[float, ...]
    looks: tuple[float, ...]
    by_days: bool
    """Whether last_active_at is told with the precision of a day, as documented."""

    def shown(self) -> list[Shown]:
        """What looks have shown, each value with the first and the last look that showed it."""
        found: dict[tuple[str, float], list[float]] = {}
        for look in self.looks:
            signed_in = max((one for one in self.sign_ins if one <= look), default=0.0)
            active = max((one for one in self.active if one <= look), default=0.0)
            told = active // DAY * DAY if self.by_days else active
            for kind, at in ((SIGN_IN, signed_in), (ACTIVE, told)):
                found.setdefault((kind, at), []).append(look)
        return [Shown(kind, at, looks[0], looks[-1]) for (kind, at), looks in found.items()]

    def was_active(self, week: int) -> bool:
        """Whether there was any activity in the week: the first begins a day after they came in."""
        begins = self.came_in + DAY + week * WEEK
        return any(begins <= one < begins + WEEK for one in self.active)


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    # Whole minutes in three weeks, so that things meet; few of them, so that there is silence.
    minute = st.integers(0, 24 * 24 * 60).map(lambda minutes: MIDNIGHT + 60.0 * minutes)
    came_in = MIDNIGHT + 60.0 * draw(st.integers(0, 2 * 24 * 60))
    before, after = draw(st.sampled_from([(0.0, 0.0), (HOUR, 0.0), (DAY, DAY)]))
    known = Between(came_in, came_in - before, came_in + after)
    is_new = draw(st.booleans())
    account_at = came_in if is_new else MIDNIGHT - 100 * DAY
    moments = st.lists(
        minute | st.sampled_from([came_in, came_in + DAY, came_in + DAY + WEEK, came_in + DAY + 2 * WEEK]), max_size=4
    )
    sign_ins = sorted(one for one in draw(moments) if one >= account_at)
    active = sorted({*sign_ins, *(one for one in draw(moments) if one >= account_at)})
    looks = sorted(draw(st.lists(minute, max_size=8, unique=True)))
    looks = [one for one in looks if one >= account_at]
    return Truth(came_in, known, account_at, tuple(sign_ins), tuple(active), tuple(looks), draw(st.booleans()))


def _now(truth: Truth, later: float) -> float:
    return max([truth.came_in, *truth.looks]) + later


@given(truths(), st.sampled_from([0.0, DAY, 30 * DAY]))
def test_an_answer_is_never_wrong(truth: Truth, later: float) -> None:
    """No where there was activity, or yes where there was none, is never said; and nothing final before it is over."""
    now = _now(truth, later)
    answers = active_weeks(truth.known, truth.account_at, truth.shown(), now)
    assert len(answers) == 2
    for week, answer in enumerate(answers):
        if answer in {Answer.YES, Answer.NO}:
            assert (answer is Answer.YES) == truth.was_active(week)
        ends = truth.known.latest + DAY + (week + 1) * WEEK
        if now < ends or (truth.looks and truth.looks[-1] < ends):
            assert answer in {Answer.EARLY, Answer.YES}
        else:
            assert answer is not Answer.EARLY


@given(truths(), st.sampled_from(["ticket", "email_code", None]))
def test_the_first_sign_in_lies_within_its_bounds(truth: Truth, strategy: str | None) -> None:
    """The first sign-in since they came in is within the bounds; nobody is said to have signed in who has not."""
    found = first_sign_in(truth.known, truth.account_at, strategy, truth.shown())
    begins = max(truth.came_in - SITTING, truth.account_at)
    since = [one for one in truth.sign_ins if one >= begins]
    if found is not None:
        assert since
        assert found.earliest <= since[0] <= found.latest
        assert found.earliest <= found.at <= found.latest


CAME = Between(MIDNIGHT + 9 * HOUR, MIDNIGHT + 9 * HOUR, MIDNIGHT + 9 * HOUR)


def _seen(kind: str, at: float | None, first: float, last: float) -> Shown:
    """Everything in days after midnight; at None: never."""
    return Shown(kind, 0.0 if at is None else MIDNIGHT + at * DAY, MIDNIGHT + first * DAY, MIDNIGHT + last * DAY)


@pytest.mark.parametrize(
    ("shown", "now", "answers"),
    [
        ([], 3, ("early", "early")),
        ([], 9, ("unknown", "early")),
        ([], 30, ("unknown", "unknown")),
        ([_seen(ACTIVE, 3, 4, 4)], 4, ("yes", "early")),
        ([_seen(ACTIVE, 3, 20, 20)], 20, ("yes", "no")),
        ([_seen(ACTIVE, 18, 20, 20)], 20, ("unknown", "unknown")),
        ([_seen(ACTIVE, None, 0.5, 20)], 20, ("no", "no")),
        # On the day they came in, or in the 24 hours after it: coming in itself.
        ([_seen(ACTIVE, 0, 0.5, 20)], 20, ("no", "no")),
        # On the next day, perhaps after those 24 hours: a day's precision does not tell.
        ([_seen(ACTIVE, 1, 1.5, 20)], 20, ("unknown", "no")),
        ([_seen(ACTIVE, -30, 0.3, 20)], 20, ("no", "no")),
        # The eighth day ends the first week: who was active on it may have been in either.
        ([_seen(ACTIVE, 8, 17, 17)], 17, ("unknown", "unknown")),
        ([_seen(SIGN_IN, 8.1, 17, 17)], 17, ("yes", "unknown")),
        # Silence since a sign-in is none: people stay signed in.
        ([_seen(SIGN_IN, 2.375, 17, 17)], 17, ("yes", "unknown")),
        ([_seen(ACTIVE, 3, 4, 5), _seen(ACTIVE, 17, 18, 18)], 18, ("yes", "unknown")),
        ([_seen(ACTIVE, 3, 4, 9), _seen(ACTIVE, 17, 18, 18)], 18, ("yes", "unknown")),
        ([_seen(ACTIVE, 3, 4, 16), _seen(ACTIVE, 17, 18, 18)], 18, ("yes", "no")),
    ],
)
def test_what_looks_tell_of_two_weeks(shown: list[Shown], now: float, answers: tuple[str, str]) -> None:
    """Came in at nine on day 0, with an account a year old; days after midnight."""
    assert active_weeks(CAME, MIDNIGHT - 365 * DAY, shown, MIDNIGHT + now * DAY) == answers


def test_an_account_by_the_link_is_the_first_sign_in_unless_a_look_says_never() -> None:
    """Made with the link: signed in then. With a code, or not signed in when looked at: as early as is known."""
    came, born = CAME, CAME.at
    later = _seen(SIGN_IN, 5, 6, 6)
    never = Shown(SIGN_IN, 0.0, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY)
    signed = MIDNIGHT + 5 * DAY
    assert first_sign_in(came, born, "ticket", [later]) == Between(born, born, signed)
    assert first_sign_in(came, born, "email_code", [later]) == Between(signed, born, signed)
    assert first_sign_in(came, born, "ticket", [never, later]) == Between(signed, MIDNIGHT + 2 * DAY, signed)
    assert first_sign_in(came, born, "ticket", [never]) is None
    assert first_sign_in(came, MIDNIGHT - DAY, None, [_seen(SIGN_IN, 0.1, 1, 1)]) is None
    assert last_active([later, never, _seen(ACTIVE, 4, 6, 6)]) == signed
    assert last_active([never]) is None
