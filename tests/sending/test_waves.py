"""Waves: a few people first, and the others only when those are settled and Clerk did not refuse too many."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stage import NOON, Between, Stage, checked, people

import clerkbulk as cb
from clerkbulk.contract.endpoint import HOUR, Lane
from clerkbulk.errors import InputError
from clerkbulk.sending.before.pace import Pace, wave_sizes
from clerkbulk.sending.before.plan import timetable
from clerkbulk.sending.during.waves import split
from clerkbulk.sending.state import JobState, Sum

BOTH = (Lane.BULK, Lane.SINGLE)
REFUSED = [f"r{place}@blocked.example.net" for place in range(3)]


def made(stage: Stage) -> list[tuple[float, int]]:
    """Return when each call reached the emulator, in seconds after noon, and how many it carried."""
    return [(call["time"] / 1000 - NOON, call["items"]) for call in stage.posts()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10,100,rest", (10, 100)), (" 5 , REST", (5,)), ("rest", ()), ("1,1,1,rest", (1, 1, 1))],
)
def test_waves_are_written_as_numbers_of_people_and_the_rest(text: str, expected: tuple[int, ...]) -> None:
    """The last wave is everybody else, and it is written, so that nobody thinks the list ends before."""
    assert wave_sizes(text) == expected


@pytest.mark.parametrize(
    "text", ["", "10", "10,100", "rest,10", "0,rest", "-1,rest", "ten,rest", "10,,rest", "1e3,rest"]
)
def test_what_is_no_list_of_waves_says_how_one_is_written(text: str) -> None:
    """The sentence shows what was typed and what to type."""
    with pytest.raises(InputError, match=r"write numbers of people, and rest for everybody else: 10,100,rest"):
        wave_sizes(text)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"waves": (10,), "gate": 1.0}, "at least 0 and below 1"),
        ({"waves": (10,), "gate": float("nan")}, "at least 0 and below 1"),
        ({"waves": (10,), "wave_gap": -1.0}, "at most a month"),
        ({"waves": (10,), "wave_gap": float("inf")}, "at most a month"),
        ({"gate": 0.1}, "there are none: say which"),
        ({"wave_gap": 60.0}, "there are none: say which"),
    ],
)
def test_a_gate_that_cannot_be_meant_is_refused(options: dict[str, object], says: str) -> None:
    """A gate and a gap stand between waves, with numbers that make sense."""
    with pytest.raises(InputError, match=says):
        Pace(**options)  # type: ignore[arg-type]


@given(people=st.integers(0, 5000), waves=st.lists(st.integers(1, 300), max_size=4))
def test_the_waves_are_all_the_people(people: int, waves: list[int]) -> None:
    """Nobody is in no wave, no wave is empty, and only the last one has another size than was asked for."""
    sizes = list(split(people, waves))
    assert sum(sizes) == people
    assert all(sizes)
    assert sizes[:-1] == waves[: max(0, len(sizes) - 1)]


@pytest.mark.parametrize(
    "pace",
    [
        Pace(waves=(10, 100)),
        Pace(waves=(3, 25), wave_gap=2 * HOUR),
        Pace(BOTH, waves=(13, 111)),
        Pace(BOTH, 0.5, waves=(7,), wave_gap=90.0),
    ],
    ids=repr,
)
def test_the_job_keeps_to_the_timetable_of_its_waves(tmp_path: Path, pace: Pace) -> None:
    """Every call leaves when the plan said, as large as it said."""
    stage = Stage(tmp_path)
    planned = timetable(cb.Application(), 444, NOON, pace)
    # A live key: a development instance answers a hundred requests in ten seconds, and the single lane is quicker.
    with stage.ledger() as ledger, stage.client(key="sk_live_fake") as client:
        stage.steps(ledger.job(checked(people(444))), client, pace=pace)
    assert made(stage) == [(pytest.approx(call.at - NOON, abs=0.002), call.size) for call in planned]
    assert {number for call in planned for number in [call.wave]} == set(range(1, len(pace.waves) + 2))


def test_the_first_wave_is_the_first_people_of_the_table(tmp_path: Path) -> None:
    """Ten calls of ten are not one wave of a hundred: twelve people are a call of ten and one of two."""
    stage = Stage(tmp_path)
    stage.send(checked(people(40)), pace=Pace(waves=(12,)))
    assert [call["items"] for call in stage.posts()] == [10, 2, 10, 10, 8]
    order = [entry["email_address"] for entry in stage.backend.state()["invitations"]]
    assert set(order[:12]) == set(people(12))


def test_a_gate_stops_the_job_behind_a_bad_wave_and_opens_when_somebody_lets_it_go_on(tmp_path: Path) -> None:
    """Three of ten refused is more than a fifth: nobody of the second wave is invited until a person says so."""
    stage = Stage(tmp_path, blocklist=("*@blocked.example.net",))
    table = checked([*people(7), *REFUSED, *people(30, 8)])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        steps = stage.steps(job, client, pace=Pace(waves=(10,), gate=0.2))
        assert steps[-1].state is JobState.STOPPED
        assert steps[-1].reason == (
            "Clerk refused 3 of the 10 people of wave 1: 30%, the gate is 20%. Look at the results; if the others are "
            "to be invited all the same, let the job go on."
        )
        assert job.sum() == Sum(40, sent=7, refused=3, left=30)
        assert job.record.reason == steps[-1].reason
        stage.steps(job, client)
        assert job.sum() == Sum(40, sent=37, refused=3)
    assert set(stage.invited().values()) == {1}


@pytest.mark.parametrize(("gate", "stops"), [(0.29, True), (0.3, False), (0.0, True), (None, False)])
def test_a_gate_is_a_share_that_may_be_reached_and_not_passed(tmp_path: Path, gate: float | None, stops: bool) -> None:
    """Three of ten are thirty percent: a gate of 0.3 lets them pass."""
    stage = Stage(tmp_path, blocklist=("*@blocked.example.net",))
    job = stage.send(checked([*people(7), *REFUSED, *people(30, 8)]), pace=Pace(waves=(10,), gate=gate))
    with stage.ledger() as ledger:
        assert ledger.find(job.id).sum().left == (30 if stops else 0)


def test_whom_preflight_leaves_out_is_neither_in_a_wave_nor_at_the_gate(tmp_path: Path) -> None:
    """The first wave is ten people who are really asked for; those known already do not count as refused."""
    stage = Stage(tmp_path)
    stage.backend.seed({"users": [{"email_address": address} for address in people(5)]})
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(40)))
        job.preflight(client)
        stage.steps(job, client, pace=Pace(waves=(10,), gate=0.0))
        assert job.sum() == Sum(40, sent=35, already_there=5)
    assert [call["items"] for call in stage.posts()] == [10, 10, 10, 5]


def test_a_wave_that_was_lost_on_the_way_is_settled_before_the_next_begins(tmp_path: Path) -> None:
    """The answer to the first wave never comes: the second leaves only when the first is known to be invited."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"do": "drop", "when": "after", "method": "POST"}])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(30)))
        steps = stage.steps(job, client, pace=Pace(waves=(10,), gate=0.0))
        assert [step.sum.unknown for step in steps if step.calls == 1] != []
        assert all(step.sum.unknown == 0 for step in steps if step.calls > 1)
        assert job.sum() == Sum(30, sent=30)
    assert set(stage.invited().values()) == {1}


def test_a_job_that_goes_on_keeps_its_waves_and_its_gap(tmp_path: Path) -> None:
    """A run without a pace, or with the same again, begins no first wave anew; the gap is that of the first run."""
    stage, pace = Stage(tmp_path), Pace(waves=(10, 10), wave_gap=HOUR)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(40)))
        for step in job.run(client, pace=pace):
            if step.calls == 1:
                break
        for step in job.run(client, pace=pace):
            if step.state is JobState.WAITING:
                assert step.reason == "the next wave has not begun"
            if step.calls == 2:
                break
        stage.steps(job, client)
    assert made(stage) == [(0, 10), (HOUR, 10), (2 * HOUR, 10), (2 * HOUR, 10)]


def test_other_waves_for_those_who_are_left_do_not_touch_the_old_ones(tmp_path: Path) -> None:
    """Whoever travelled in the first wave stays there: the new gate looks at the new waves only."""
    stage = Stage(tmp_path, blocklist=("*@blocked.example.net",))
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked([*people(7), *REFUSED, *people(30, 8)]))
        assert stage.steps(job, client, pace=Pace(waves=(10,), gate=0.2))[-1].state is JobState.STOPPED
        stage.steps(job, client, pace=Pace(waves=(5, 20), gate=0.0))
        assert job.sum() == Sum(40, sent=37, refused=3)
    assert [call["items"] for call in stage.posts()][-4:] == [5, 10, 10, 5]


def test_the_plan_of_a_job_that_was_begun_has_the_waves_that_are_left(tmp_path: Path) -> None:
    """Ten of the second wave have travelled: it has fifteen to go, and the first one is not counted again."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(100)))
        for step in job.run(client, pace=Pace(waves=(10, 25), gate=0.5)):
            if step.calls == 2:
                break
        made_now = job.timetable()
        assert [(wave["people"], wave["calls"]) for wave in made_now.to_json()["waves"]] == [(15, 2), (65, 7)]
        assert made_now.pace == Pace(waves=(10, 25), gate=0.5)
        assert [(wave["people"], wave["calls"]) for wave in job.timetable(Pace()).to_json()["waves"]] == [(80, 8)]


def test_a_gate_stops_every_process_that_is_at_work(tmp_path: Path) -> None:
    """The one that looks stops the job; the other one makes no call any more, and does not write over the reason."""
    stage = Stage(tmp_path)
    named = {"errors": [{"code": "not_allowed_access", "message": "no", "meta": {"identifiers": people(10)}}]}
    refuse = {"do": "status", "status": 422, "code": "not_allowed_access", "method": "POST", "body": named}
    stage.backend.faults([refuse])
    table = checked(people(60))
    with stage.ledger() as one, stage.ledger() as other, stage.client() as client:
        job = one.job(table)
        first, second = job.run(client, pace=Pace(waves=(20,), gate=0.1)), other.job(table).run(client)
        next(first)
        next(second)
        assert list(second)[-1].state is JobState.STOPPED
        list(first)
        assert job.record.state is JobState.STOPPED
        assert (job.record.reason or "").startswith("Clerk refused 10 of the 20 people of wave 1")
        assert job.sum() == Sum(60, sent=10, refused=10, left=40)
        stage.steps(job, client)
        assert job.sum() == Sum(60, sent=50, refused=10)


def test_nobody_slips_past_a_gate_or_a_gap_at_which_somebody_else_stands(tmp_path: Path) -> None:
    """A wave that ends between another process's look at the waves and its next call is looked at by it too."""
    stage = Stage(tmp_path)
    table, pace = checked(people(30)), Pace(waves=(1,), wave_gap=5 * HOUR)
    moments = iter(["first call", "second call"])

    def meanwhile(request: httpx.Request) -> None:
        # The time is asked for just before a claim: the other process sends the whole first wave there.
        if request.url.path == "/v1/instance" and armed and next(moments, None) == "first call":
            for step in other.job(table).run(stage.client()):
                if step.sum.sent:
                    break

    armed = False
    with stage.ledger() as one, stage.ledger() as other:
        client = stage.client(Between(stage.backend.transport(), meanwhile))
        job = one.job(table)
        steps = job.run(client, pace=pace)
        next(steps)
        armed = True
        stage.clock.advance(6)
        list(steps)
    times = [at for at, _ in made(stage)]
    assert [size for _, size in made(stage)] == [1, 10, 10, 9]
    assert times[1] - times[0] >= 5 * HOUR
