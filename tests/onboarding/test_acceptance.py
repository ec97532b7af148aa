"""When somebody accepted: the best that is known, and bounds that hold. Truths are made up, evidence follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clerkbulk.onboarding.acceptance import Evidence, Seen, acceptance, change_of, first_of
from clerkbulk.onboarding.journey import Acceptance, Between, Source

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
SENT = 1_800_014_400.0
NOW = SENT + 90 * DAY


def replace(evidence: Evidence, **changes: Any) -> Evidence:
    """Return evidence with some of it changed."""
    return evidence._replace(**changes)


@dataclass(frozen=True)
class Truth:
    """When it was accepted, changed later, and looked at."""

    accepted_at: float
    changed_at: tuple[float, ...]
    looks: tuple[tuple[float, float, float], ...]
    """Not before one time, not after another, and when really; the list may have lagged behind."""

    def seen(self) -> list[Seen]:
        pending = [look for look in self.looks if look[2] < self.accepted_at]
        accepted = [look for look in self.looks if look[2] >= self.accepted_at]
        spells = []
        if pending:
            spells.append(Seen("pending", pending[0][1], pending[-1][0], SENT))
        if accepted:
            spells.append(Seen("accepted", accepted[0][1], accepted[-1][0], self.updated_at(accepted[0][2])))
        return spells

    @property
    def last_read(self) -> float:
        return max(really for _, _, really in self.looks)

    def updated_at(self, moment: float) -> float:
        return max(one for one in (self.accepted_at, *self.changed_at) if one <= moment)


seconds = st.integers(0, int(30 * DAY) - 1)


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    # A quarter of a second past, so that a time cut off to whole seconds is not the truth.
    accepted_at = SENT + draw(seconds) + 0.25
    changes = [accepted_at + later for later in draw(st.lists(st.integers(1, int(20 * DAY)), max_size=3))]
    at = st.integers(0, int(60 * DAY)).map(float) | st.integers(-200, 200).map(lambda by: accepted_at - SENT + by)
    looks = draw(st.lists(at.filter(lambda when: when >= 0), max_size=6, unique=True))
    lates = st.sampled_from([0.0, 1.0, 5.0, -59.0])
    read = [(SENT + at, SENT + at + 5.0, SENT + at + draw(lates)) for at in sorted(looks)]
    return Truth(accepted_at, tuple(changes), tuple(sorted(read, key=lambda look: look[2])))


@st.composite
def evidences(draw: st.DrawFn, honest: bool = True) -> tuple[Truth, Evidence]:
    """Evidence that follows a truth. Not honest: also accounts and memberships that came another way."""
    truth = draw(truths())
    seen = truth.seen()
    last = next((one for one in seen if one.status == "accepted"), None)
    other = [SENT - 400 * DAY, SENT - 1.0]
    for one in () if honest else seen:
        # By hand before a look that saw it open; anew, after one that saw it accepted.
        other += [one.last_seen_at - 66.0] if one.status == "pending" else [one.first_seen_at + 6.0]
    really = st.sampled_from([None, truth.accepted_at])
    membership = draw(really if honest else really | st.sampled_from(other))
    strategy = draw(st.sampled_from(["ticket", None]))
    account = draw(really if honest else really | st.sampled_from(other))
    if not honest and draw(st.booleans()):
        account, strategy = draw(seconds) + SENT, "email_code"
    evidence = Evidence(
        sent_at=SENT,
        now=NOW,
        seen=seen,
        updated_at=None if last is None else draw(st.none() | st.just(truth.updated_at(truth.last_read))),
        expires_at=draw(st.sampled_from([None, SENT + 30 * DAY])),
        webhook_at=draw(st.sampled_from([None, None, truth.accepted_at, float(int(truth.accepted_at))])),
        membership_at=membership,
        account_at=account,
        strategy=strategy,
    )
    return truth, evidence


@given(evidences(honest=False))
def test_the_bounds_contain_the_truth(made: tuple[Truth, Evidence]) -> None:
    """However it was looked at, changed later, and whatever else made an account or a membership: the bounds hold."""
    truth, evidence = made
    time = acceptance(evidence).time
    assert time.earliest <= truth.accepted_at <= time.latest
    assert time.earliest <= time.at <= time.latest


@given(evidences(), st.data())
def test_knowing_more_never_widens_the_bounds(made: tuple[Truth, Evidence], data: st.DataObject) -> None:
    """Taking away any of the evidence leaves bounds that hold those of all of it."""
    _, evidence = made
    names = ("updated_at", "expires_at", "webhook_at", "membership_at", "account_at")
    less = replace(evidence, **dict.fromkeys(data.draw(st.sets(st.sampled_from(names)))))
    less = replace(less, seen=data.draw(st.sampled_from([evidence.seen, evidence.seen[1:], []])))
    all_of_it, some = acceptance(evidence).time, acceptance(less).time
    assert some.earliest <= all_of_it.earliest <= all_of_it.latest <= some.latest


OPEN = Seen("pending", SENT + DAY, SENT + 3 * DAY, SENT)
TAKEN = Seen("accepted", SENT + 4 * DAY, SENT + 9 * DAY, SENT + 3 * DAY + HOUR)
BARE = Evidence(SENT, NOW)
CASES = [
    ("nothing but that it was accepted", BARE, Source.SNAPSHOT, (45, 0, 90)),
    ("its last change", replace(BARE, updated_at=SENT + 5 * DAY), Source.UPDATED_AT, (5, 0, 5)),
    (
        "a change after its link had expired",
        replace(BARE, updated_at=SENT + 50 * DAY, expires_at=SENT + 30 * DAY),
        Source.UPDATED_AT,
        (15.5, 0, 31),
    ),
    (
        "a change after a look had seen it accepted",
        replace(BARE, seen=[OPEN, TAKEN._replace(updated_at=None)], updated_at=SENT + 8 * DAY),
        Source.SNAPSHOT,
        (3.5 - MINUTE / 2 / DAY, 3 - MINUTE / DAY, 4),
    ),
    (
        "a change between the looks, and another later",
        replace(BARE, seen=[OPEN, TAKEN], updated_at=SENT + 8 * DAY),
        Source.SNAPSHOT,
        (3 + 1 / 24, 3 - MINUTE / DAY, 3 + 1 / 24),
    ),
    (
        "an account made with the link",
        replace(BARE, updated_at=SENT + 5 * DAY, account_at=SENT + 2 * DAY, strategy="ticket"),
        Source.USER,
        (2, 2, 2),
    ),
    (
        "an account made with a code",
        replace(BARE, updated_at=SENT + 5 * DAY, account_at=SENT + 2 * DAY, strategy="email_code"),
        Source.UPDATED_AT,
        (5, 0, 5),
    ),
    (
        "an account older than the invitation",
        replace(BARE, updated_at=SENT + 5 * DAY, account_at=SENT - 1, strategy="ticket"),
        Source.UPDATED_AT,
        (5, 0, 5),
    ),
    (
        "a membership, which beats an account",
        replace(BARE, membership_at=SENT + 2 * DAY, account_at=SENT + DAY),
        Source.MEMBERSHIP,
        (2, 2, 2),
    ),
    (
        "a membership made by hand while it was still open",
        replace(BARE, seen=[OPEN, TAKEN], membership_at=SENT + 2 * DAY),
        Source.SNAPSHOT,
        (3 + 1 / 24, 3 - MINUTE / DAY, 3 + 1 / 24),
    ),
    (
        "a membership made anew after it was accepted",
        replace(BARE, seen=[OPEN, TAKEN], membership_at=SENT + 6 * DAY),
        Source.SNAPSHOT,
        (3 + 1 / 24, 3 - MINUTE / DAY, 3 + 1 / 24),
    ),
    (
        "the event, which beats everything",
        replace(BARE, seen=[OPEN, TAKEN], webhook_at=SENT + 3.5 * DAY + 0.5, membership_at=SENT + 3.25 * DAY),
        Source.WEBHOOK,
        (3.5 + 0.5 / DAY, 3.5 + 0.5 / DAY, 3.5 + 0.5 / DAY),
    ),
    (
        "the event in whole seconds",
        replace(BARE, webhook_at=SENT + 3 * DAY),
        Source.WEBHOOK,
        (3, 3, 3 + 1 / DAY),
    ),
]


@pytest.mark.parametrize(("evidence", "source", "days"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_best_source_tells(evidence: Evidence, source: Source, days: tuple[float, float, float]) -> None:
    """What tells, and its time, earliest and latest in days after the sending."""
    found = acceptance(evidence)
    assert found.source is source
    time = found.time
    assert [time.at - SENT, time.earliest - SENT, time.latest - SENT] == pytest.approx([day * DAY for day in days])


times = st.tuples(*[st.integers(0, 50)] * 3).map(sorted)


@given(st.lists(times, min_size=1, max_size=4))
@example([[0, 5, 9], [4, 4, 4]])
def test_of_several_accepted_invitations_the_first_counts(made: list[list[int]]) -> None:
    """Of invitations accepted at any times within their bounds, the earliest lies within the bounds of the person."""
    every = [
        Acceptance(Between(float(at), float(earliest), float(latest)), Source.USER) for earliest, at, latest in made
    ]
    found = first_of(every)
    assert found is not None
    time = found.time
    for truth in ([one.time.earliest for one in every], [one.time.latest for one in every]):
        assert time.earliest <= min(truth) <= time.latest
    assert time.earliest <= time.at <= time.latest
    assert first_of([]) is None


def test_the_time_of_a_revocation_is_bounded_alike() -> None:
    """A revocation lies between the last look that saw it open and its own change."""
    revoked = Seen("revoked", SENT + 5 * DAY, SENT + 5 * DAY, SENT + 4 * DAY)
    found = change_of(replace(BARE, seen=[OPEN, revoked], updated_at=SENT + 7 * DAY), "revoked")
    assert (found.at, found.earliest, found.latest) == (SENT + 4 * DAY, SENT + 3 * DAY - MINUTE, SENT + 4 * DAY)
