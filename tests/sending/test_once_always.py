"""Once, drawn: random people, instances, faults, crashes and clocks, with the emulator's own record as the witness.

CLERKBULK_EXAMPLES says how many are drawn (make torture draws many more).
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import Server
from stage import (
    ACME,
    NOON,
    Crash,
    CrashingLedger,
    FilePlace,
    Place,
    ServerPlace,
    Stage,
    assert_sum,
    assert_within_the_hour,
    people,
)

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.target import Target
from clerkbulk.contract.unknown import UNKNOWNS
from clerkbulk.errors import ClerkRefused, NotReachable
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.schedule import schedule
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, Sum

EXAMPLES = int(os.environ.get("CLERKBULK_EXAMPLES", "60"))
BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = 1_806_148_800, 1_824_897_600
"""2027-03-27 and 2027-10-30, noon (UTC): in Berlin the clocks skip an hour the next night, or repeat one."""

MOST_STEPS = 2000
AFTER_OR_BEFORE = st.sampled_from(["before", "after"])
POST_FAULTS = st.one_of(
    st.fixed_dictionaries(
        {"do": st.just("status"), "status": st.sampled_from([500, 502, 503, 504, 408, 409]), "when": AFTER_OR_BEFORE}
    ),
    # A refusal that names nobody, although the work was done: every row must be looked up.
    st.fixed_dictionaries(
        {"do": st.just("status"), "status": st.sampled_from([400, 403, 413, 418, 422]), "when": st.just("after")}
    ),
    st.fixed_dictionaries({"do": st.just("status"), "status": st.just(401)}),
    st.fixed_dictionaries(
        {
            "do": st.just("status"),
            "status": st.just(403),
            "code": st.sampled_from(["organization_membership_quota_exceeded", "user_quota_exceeded"]),
            "when": AFTER_OR_BEFORE,
        }
    ),
    st.fixed_dictionaries(
        {
            "do": st.just("status"),
            "status": st.just(429),
            "headers": st.sampled_from([{}, {"retry-after": "0"}, {"retry-after": "77"}, {"retry-after": "4000"}]),
        }
    ),
    st.fixed_dictionaries({"do": st.sampled_from(["html", "garbage", "drop"]), "when": AFTER_OR_BEFORE}),
    st.fixed_dictionaries({"do": st.just("html"), "status": st.just(200), "when": AFTER_OR_BEFORE}),
    st.fixed_dictionaries({"do": st.just("truncate")}),
    st.fixed_dictionaries({"do": st.just("delay"), "seconds": st.sampled_from([5, 59, 61, 300])}),
    st.fixed_dictionaries({"do": st.just("pass"), "times": st.integers(1, 3)}),
).map(lambda fault: {"method": "POST", **fault})
GET_FAULTS = st.fixed_dictionaries(
    {
        "method": st.just("GET"),
        "do": st.sampled_from(["status", "drop", "html", "garbage", "truncate", "pass"]),
        "status": st.sampled_from([500, 503]),
        "times": st.integers(1, 6),
    }
).map(lambda fault: fault if fault["do"] == "status" else {k: v for k, v in fault.items() if k != "status"})
SETTINGS = st.fixed_dictionaries(
    {
        question.name: st.sampled_from(question.answers)
        for question in UNKNOWNS
        if question.name not in {"empty_call", "eleven_items", "repeated_address"}
    }
)
ENDS = st.one_of(
    st.fixed_dictionaries({"dies_at": st.integers(1, 60), "after": st.booleans()}),
    st.fixed_dictionaries({"left_at": st.integers(1, 12)}),
)
PACES = st.builds(
    Pace,
    st.sampled_from([(Lane.BULK,), (Lane.BULK, Lane.SINGLE), (Lane.SINGLE,)]),
    st.sampled_from([1.0, 0.1]),
    st.sampled_from([schedule(), schedule("1-3", tz="Europe/Berlin"), schedule("8:30-17", "mon-fri", "Europe/Berlin")]),
    waves=st.sampled_from([(), (), (1,), (3, 10)]),
    wave_gap=st.just(0.0),
)
JUMPS = st.one_of(
    st.tuples(st.just("asleep"), st.sampled_from([11.0, 70.0, 400.0, 4000.0])),
    st.tuples(st.just("set"), st.sampled_from([-90_000.0, -4000.0, -90.0, -0.5, 4.0, 90.0, 4000.0, 90_000.0])),
)


class OurClock:
    """The clock of our machine, and what happens to it: so many looks later it was asleep, or somebody set it."""

    def __init__(self, real: Any, jumps: Sequence[tuple[int, tuple[str, float]]]) -> None:
        self._real, self._wrong = real, 0.0
        self._jumps, self._looks = list(jumps), 0

    def now(self) -> float:
        self._looks += 1
        if self._jumps and self._looks >= self._jumps[0][0]:
            (_, (what, seconds)), self._looks = self._jumps.pop(0), 0
            if what == "asleep":
                self._real.advance(seconds)
            else:
                self._wrong += seconds
        return float(self._real.now() + self._wrong)

    def sleep(self, seconds: float) -> None:
        self._real.sleep(seconds)

    def advance(self, seconds: float) -> None:
        self._real.advance(seconds)


@st.composite
def tables(draw: st.DrawFn) -> tuple[cb.Checked, dict[str, str]]:
    """Return a checked table and what is odd about some of its people."""
    target: Target = draw(st.sampled_from([cb.Application(), ACME]))
    addresses = people(draw(st.integers(1, 32)))
    odd = draw(st.dictionaries(st.sampled_from(addresses), st.sampled_from(["user", "pending", "blocked"]), max_size=4))
    rows = [{"email_address": address} for address in addresses]
    rows += draw(st.lists(st.sampled_from([{"email_address": "nobody"}, {"email_address": ""}]), max_size=2))
    if target == ACME:
        return cb.check(rows, target, defaults={"role": "org:member"}), odd
    return cb.check(rows, target, defaults={"ignore_existing": draw(st.booleans())}), odd


def seed(stage: Stage, target: Target, odd: Mapping[str, str]) -> None:
    """Let people be users, members or invited before anything is sent."""
    organization = {"organization_id": "org_acme"} if target == ACME else {}
    users = [address for address, what in odd.items() if what == "user"]
    yesterday = int(stage.clock.now() - 86_400) * 1000
    stage.backend.seed(
        {
            "users": [{"email_address": address} for address in users],
            "memberships": [{"email_address": address, **organization} for address in users] if organization else [],
            "invitations": [
                {"email_address": address, "created_at": yesterday, **organization}
                for address, what in odd.items()
                if what == "pending"
            ],
        }
    )


class Person:
    """Whoever begins the job, goes on with it, and is interrupted."""

    def __init__(self, stage: Stage, table: cb.Checked, pace: Pace, clock: OurClock, looks_ahead: bool) -> None:
        self._stage, self._table, self._pace, self._clock = stage, table, pace, clock
        self._looks_ahead = looks_ahead

    def run(self, end: Mapping[str, Any]) -> Sum | None:
        """Run until it is over, or ends as told: the process dies at a transaction, or the loop is left at a step."""
        kind = CrashingLedger if "dies_at" in end else Ledger
        dies = end if kind is CrashingLedger else {}
        ledger = self._stage.place.open(kind, clock=self._clock, **dies)
        client = cb.Client("sk_test_fake", transport=self._stage.backend.transport(), clock=self._clock)
        try:
            with ledger, client:
                job = ledger.job(self._table)
                if self._looks_ahead:
                    job.preflight(client)
                run = job.run(client, pace=self._pace)
                for step, progress in enumerate(run, 1):
                    assert_sum(progress)
                    assert step < MOST_STEPS, "the run does not come to an end"
                    if step == end.get("left_at"):
                        run.close()  # type: ignore[attr-defined]
                        return None
                return job.sum() if job.record.state is JobState.DONE else None
        except (Crash, ClerkRefused, NotReachable):
            return None


@dataclass(frozen=True)
class Story:
    """What is drawn of one job's life."""

    drawn: tuple[cb.Checked, dict[str, str]]
    answers: dict[str, Any]
    faults: list[dict[str, Any]]
    ends: list[tuple[dict[str, Any], float]]
    begins: float
    pace: Pace
    jumps: list[tuple[int, tuple[str, float]]]
    looks_ahead: bool

    def happens(self, place: Place) -> None:
        """Let it happen, and see that everybody is invited once."""
        table, odd = self.drawn
        blocked = tuple(address for address, what in odd.items() if what == "blocked")
        stage = Stage(place, blocklist=blocked, **self.answers)
        stage.clock.advance(self.begins - NOON)
        seed(stage, table.target, odd)
        stage.backend.faults(self.faults)
        person = Person(stage, table, self.pace, OurClock(stage.clock, self.jumps), self.looks_ahead)
        for end, pause in self.ends:
            person.run(end)
            stage.clock.advance(pause)
        for _ in range(20):
            if (sum_ := person.run({})) is not None:
                break
        assert sum_ is not None, "the job does not come to an end"
        assert sum_.open == 0
        kind = "organization_invitations" if table.target == ACME else "invitations"
        made = stage.backend.state()[kind]
        ours = Counter(item["email_address"].lower() for item in made if item["created_at"] >= self.begins * 1000)
        with stage.ledger() as ledger:
            results = ledger.find().results()
        for result in results:
            if result.state == "invalid":
                continue
            assert result.email_address is not None
            assert ours[result.email_address] == (1 if result.state == "sent" else 0), result
            if result.email_address not in odd:
                assert result.state == "sent", result
            if odd.get(result.email_address) == "blocked":
                assert result.state == "refused", result
        assert_pace_is_kept(stage, table.target, self.pace, self.jumps)


STORIES = st.builds(
    Story,
    drawn=tables(),
    answers=SETTINGS,
    faults=st.lists(st.one_of(POST_FAULTS, POST_FAULTS, GET_FAULTS), max_size=12),
    ends=st.lists(st.tuples(ENDS, st.sampled_from([0.0, 1.0, 59.0, 61.0, 4000.0])), max_size=6),
    begins=st.sampled_from([NOON, NOON, SPRING, AUTUMN]),
    pace=PACES,
    jumps=st.one_of(st.just([]), st.lists(st.tuples(st.integers(1, 60), JUMPS), max_size=4)),
    looks_ahead=st.booleans(),
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_nobody_twice_nobody_lost(story: Story) -> None:
    """Whatever is drawn: sent means exactly one invitation of ours, anything else none, and the hour is kept."""
    with tempfile.TemporaryDirectory() as folder:
        story.happens(FilePlace(Path(folder)))


@settings(max_examples=EXAMPLES // 10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_nobody_twice_nobody_lost_on_a_server(server: Server, story: Story) -> None:
    """On PostgreSQL too."""
    with server.lent() as url, closing(ServerPlace(url)) as place:
        story.happens(place)


def assert_pace_is_kept(
    stage: Stage, target: Target, pace: Pace, jumps: Sequence[tuple[int, tuple[str, float]]]
) -> None:
    """The hours of the limits hold unless our clock was set; those of the day, to the second, if it ran undisturbed."""
    bulk, single = (50, 250) if target == ACME else (25, 100)
    if all(what != "set" for _, (what, _) in jumps):
        posts = stage.posts()
        assert_within_the_hour([call for call in posts if call["path"].endswith("/bulk")], round(bulk * pace.share))
        assert_within_the_hour(
            [call for call in posts if not call["path"].endswith("/bulk")], round(single * pace.share)
        )
    if not jumps:
        for call in stage.posts():
            assert pace.schedule.is_open(call["time"] / 1000), datetime.fromtimestamp(call["time"] / 1000, BERLIN)
