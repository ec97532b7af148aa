"""Funnel: of those planned, how many were invited, have accepted, have signed in, and are active two weeks on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clerkbulk.onboarding.journey import DAY, INVITED, WEEK, Answer, Journey, Stage
from clerkbulk.onboarding.statistics.stages import stage_at

STEPS = ("planned", "invited", "accepted", "first_sign_in", "active_week_1", "active_week_2")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel. Everybody in it is in the step before, too: active in week 2 means in both weeks.

    Who joined without the link (Stage.JOINED) is never among the people: from the step "accepted" on they walk beside,
    by the same rules, and are counted in ``otherwise``.
    """

    name: str
    people: int
    otherwise: int
    """People who joined without the link and did the same."""
    not_known: int
    """Of those who may have got here by the link: of whom it is not known, or not known yet, whether they did.

    Clerk keeps only the last time somebody was active, and a week that is not over may still bring a yes. An open
    invitation is no unknown: its person has not accepted as of now, and account() tells how many are open.
    """
    known: int
    """People of the step before of whom it is known whether they did this."""
    of_first: float | None
    """People as a share of those planned; None where nobody was."""
    of_previous: float | None
    """People as a share of ``known``, so that who cannot be judged yet does not count as a no; None where nobody is."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where everybody planned stands, each in one place: the first line and the second add up."""

    planned: int
    """invited + already_there + refused + waiting"""
    invited: int
    """open + accepted + joined + expired + revoked"""
    already_there: int
    refused: int
    waiting: int
    open: int
    accepted: int
    joined: int
    expired: int
    revoked: int
    """Those missing at Clerk among them."""


def account(journeys: Iterable[Journey], now: float) -> Account:
    """Return where everybody stands as of now (seconds since 1970)."""
    count = Counter(stage_at(journey, now) for journey in journeys)
    return Account(
        planned=sum(count.values()),
        invited=sum(count[stage] for stage in INVITED),
        already_there=count[Stage.ALREADY_THERE],
        refused=count[Stage.REFUSED],
        waiting=count[Stage.WAITING],
        open=count[Stage.OPEN],
        accepted=count[Stage.ACCEPTED],
        joined=count[Stage.JOINED],
        expired=count[Stage.EXPIRED],
        revoked=count[Stage.REVOKED] + count[Stage.MISSING],
    )


def funnel(journeys: Iterable[Journey], now: float) -> tuple[Step, ...]:
    """Return the six steps as of now (seconds since 1970)."""
    by_link: list[Counter[Answer]] = [Counter() for _ in STEPS]
    otherwise, known = [0] * len(STEPS), [0] * len(STEPS)
    # Many people, few ways: each way is judged once.
    ways = Counter((stage_at(journey, now), *_answers(journey, now)) for journey in journeys)
    for (stage, *each), people in ways.items():
        answers = _together([*_arrived(stage), *(each if stage in _IN else [Answer.NO] * len(each))])
        if stage is Stage.JOINED:
            for i in range(_ACCEPTED, len(STEPS)):
                otherwise[i] += people if answers[i] is Answer.YES else 0
                answers[i] = Answer.NO
        before = Answer.YES
        for i, answer in enumerate(answers):
            by_link[i][answer] += people
            known[i] += people if before is Answer.YES and answer in {Answer.YES, Answer.NO} else 0
            before = answer
    planned = by_link[0][Answer.YES]
    return tuple(
        Step(
            name=name,
            people=count[Answer.YES],
            otherwise=otherwise[i],
            not_known=count[Answer.UNKNOWN] + count[Answer.EARLY],
            known=known[i],
            of_first=_share(count[Answer.YES], planned),
            of_previous=_share(count[Answer.YES], known[i]) if i else None,
        )
        for i, (name, count) in enumerate(zip(STEPS, by_link, strict=True))
    )


_IN = frozenset({Stage.ACCEPTED, Stage.JOINED})
_ACCEPTED = STEPS.index("accepted")


def _arrived(stage: Stage) -> list[Answer]:
    """Return whether somebody who stands there was planned, invited, and is in. Who joined is asked as if accepted."""
    steps = (True, stage in INVITED, stage in _IN)
    return [Answer.YES if came else Answer.NO for came in steps]


def _answers(journey: Journey, now: float) -> tuple[Answer, Answer, Answer]:
    """Return whether somebody who is in came to each of the steps after that, each by itself."""
    return _signed_in(journey, now), _active(journey, 0, now), _active(journey, 1, now)


def _signed_in(journey: Journey, now: float) -> Answer:
    """Say whether somebody who is in has signed in. Clerk's word on a user it shows is final as of the last look."""
    if journey.first_sign_in is not None and journey.first_sign_in.at <= now:
        return Answer.YES
    if _active(journey, 0, now) is Answer.YES or _active(journey, 1, now) is Answer.YES:
        return Answer.YES
    return Answer.UNKNOWN if journey.user_id is None else Answer.NO


def _active(journey: Journey, week: int, now: float) -> Answer:
    begins = (journey.in_at or now) + DAY + week * WEEK
    return journey.active_in_week[week] if begins <= now else Answer.EARLY


def _together(answers: Sequence[Answer]) -> list[Answer]:
    """Return whether somebody came to each step and to all before it: one no is a no, else one unknown is unknown."""
    found: list[Answer] = []
    so_far = Answer.YES
    for answer in answers:
        if answer is Answer.NO or so_far is Answer.YES:
            so_far = answer
        found.append(so_far)
    return found


def _share(people: int, of: int) -> float | None:
    return people / of if of else None
