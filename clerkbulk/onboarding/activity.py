"""Activity: whether people came back, from the few last times that Clerk keeps. Nothing is read here.

Clerk has only a user's last sign-in and last activity, so what a look shows is: active then, and not since until the
look. The answers are never guessed: what no look can tell is unknown. Times are seconds since 1970 (UTC).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clerkbulk.onboarding.acceptance import TICKET
from clerkbulk.onboarding.journey import DAY, WEEK, WEEKS, Answer, Between

SIGN_IN, ACTIVE = "sign_in", "active"
"""The kinds of last times: last_sign_in_at and last_active_at."""
PRECISION = DAY
"""Of last_active_at (documented, GET /users), seconds: the activity was in the 24 hours from it on."""
SITTING = 60.0
"""Seconds before the dated coming in that belong to it: one click signs in, makes an account and a membership, and
Clerk dates each for itself."""


class Shown(NamedTuple):
    """A user's last time of a kind, and the looks that showed it, from the first to the last. at 0: never."""

    kind: str
    at: float
    first_seen_at: float
    last_seen_at: float


def first_sign_in(
    came_in: Between, account_at: float | None, strategy: str | None, shown: Sequence[Shown]
) -> Between | None:
    """Return when somebody signed in for the first time since they came in; None where no sign-in is known.

    An account that was made with an invitation's link (strategy "ticket") came of a sitting that was signed in: its
    making is taken for the first sign-in, unless a look shows that there was none yet. Otherwise it is the earliest
    sign-in that is known. The bounds hold in any case.
    """
    begins = max(came_in.earliest - SITTING, account_at or 0.0)
    surely = max(came_in.latest - SITTING, account_at or 0.0)
    sign_ins = [one for one in shown if one.kind == SIGN_IN]
    known = [one.at for one in sign_ins if one.at >= surely]
    if not known:
        return None
    latest = min(known)
    silent_until = [one.last_seen_at for one in sign_ins if one.at < begins and one.last_seen_at < latest]
    earliest = min(max([begins, *silent_until]), latest)
    if strategy == TICKET and account_at is not None and earliest <= account_at:
        return Between(earliest, earliest, latest)
    return Between(latest, earliest, latest)


def last_active(shown: Iterable[Shown]) -> float | None:
    """Return the last time known of any kind; None for never, or never looked at."""
    return max((one.at for one in shown if one.at), default=None)


def active_weeks(came_in: Between, account_at: float | None, shown: Sequence[Shown], now: float) -> tuple[Answer, ...]:
    """Say of each of the first weeks after somebody came in whether they were active in it.

    Week 1 begins a day after the coming in, week 2 seven days later. Coming in is an activity, too, which would make a
    yes of everybody's week 1; and with the precision of a day nothing tells it from another activity of that day.
    """
    looked = max((one.last_seen_at for one in shown), default=None)
    return tuple(_answer(came_in, account_at, shown, week, now, looked) for week in range(WEEKS))


def _answer(
    came_in: Between, account_at: float | None, shown: Sequence[Shown], week: int, now: float, looked: float | None
) -> Answer:
    begins = DAY + week * WEEK
    ends = begins + WEEK
    for one in shown:
        first, last = _activity(one, account_at)
        if one.at and first >= came_in.latest + begins and last < came_in.earliest + ends:
            return Answer.YES
    if min(now, now if looked is None else looked) < came_in.latest + ends:
        return Answer.EARLY
    return Answer.NO if _is_silent(shown, came_in.earliest + begins, came_in.latest + ends) else Answer.UNKNOWN


def _activity(one: Shown, account_at: float | None) -> tuple[float, float]:
    """Return between which times the activity was that a look showed."""
    if one.kind == SIGN_IN:
        return one.at, one.at
    first = max(one.at, account_at or 0.0)
    return first, max(first, min(one.at + PRECISION, one.first_seen_at))


def _is_silent(shown: Sequence[Shown], begins: float, ends: float) -> bool:
    """Whether looks show that there was no activity from one time to another."""
    silences = sorted(
        (one.at if one.at == 0 else one.at + PRECISION, one.last_seen_at) for one in shown if one.kind == ACTIVE
    )
    covered = begins
    for first, last in silences:
        if first <= covered:
            covered = max(covered, last)
    return covered >= ends
