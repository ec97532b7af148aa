"""Both lanes, hours of the day and preflight, driven through the job on the emulator in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from stage import Place

import clerkbulk as cb
from clerkbulk.contract.endpoint import APPLICATION_BULK, APPLICATION_SINGLE, Lane
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.transport import transport
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.before.schedule import schedule
from clerkbulk.sending.client import Client

BOTH = Pace((Lane.BULK, Lane.SINGLE))
ON_A_FILE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
"""A hundred calls and more: many commits, and nothing that another database could make different."""


class Stage:
    """An emulator without a port, a ledger, and one clock for both."""

    def __init__(self, place: Place) -> None:
        self.clock = VirtualClock()
        self.clerk = Backend(clock=self.clock)
        self.ledger = place.open(clock=self.clock)
        # A production key: a development instance's limit on reads is another matter.
        carrier = transport(self.clerk)
        self.client = Client("sk_live_fake", api_url="http://127.0.0.1:1", transport=carrier, clock=self.clock)

    def job(self, people: int, **options: object) -> cb.Job:
        return self.ledger.job(cb.check([f"p{i}@example.com" for i in range(people)], **options))  # type: ignore[arg-type]

    def posts(self, path: str) -> list[dict[str, object]]:
        return [call for call in self.clerk.calls() if call["method"] == "POST" and call["path"] == path]


@pytest.fixture
def stage(place: Place) -> Stage:
    return Stage(place)


@ON_A_FILE
def test_with_both_lanes_the_bulk_lane_is_always_full_and_the_single_lane_takes_the_rest(stage: Stage) -> None:
    """In the first hour 25 calls carry ten and 100 carry one; the last call of the job may carry fewer."""
    job = stage.job(355)
    for _ in job.run(stage.client, pace=BOTH):
        pass
    bulk, single = stage.posts(APPLICATION_BULK.path), stage.posts(APPLICATION_SINGLE.path)
    assert [call["items"] for call in bulk] == [10] * 25 + [5]
    assert [call["items"] for call in single] == [1] * 100
    assert len(stage.clerk.state()["invitations"]) == 355
    assert {call["status"] for call in bulk + single} == {200}
    assert job.sum().sent == 355


@ON_A_FILE
@pytest.mark.parametrize("pace", [Pace(), BOTH, Pace(share=0.5), Pace((Lane.BULK, Lane.SINGLE), 0.4)], ids=repr)
def test_the_job_keeps_to_the_timetable(stage: Stage, pace: Pace) -> None:
    """Every call leaves at the time, in the lane and of the size that the plan said beforehand."""
    from clerkbulk.sending.before.plan import timetable

    start = stage.clock.now()
    planned = timetable(cb.Application(), 640, start, pace)
    for _ in stage.job(640).run(stage.client, pace=pace):
        pass
    made = [
        (
            int(str(call["time"])) / 1000,
            Lane.BULK if str(call["path"]).endswith("/bulk") else Lane.SINGLE,
            call["items"],
        )
        for call in stage.clerk.calls()
        if call["method"] == "POST"
    ]
    assert made == [(pytest.approx(call.at, abs=0.002), call.lane, call.size) for call in planned]


@ON_A_FILE
def test_calls_leave_within_the_hours_and_a_run_that_goes_on_keeps_to_them(stage: Stage) -> None:
    """A run without a pace of its own goes on with that of the one before: nobody gets mail at night."""
    pace = Pace(schedule=schedule("8-10", "mon-fri", "Europe/Berlin"))
    job = stage.job(800)
    steps = job.run(stage.client, pace=pace)
    while job.sum().sent < 300:
        next(steps)
    steps.close()
    for _ in stage.ledger.find(job.id).run(stage.client):
        pass
    berlin = [
        datetime.fromtimestamp(int(str(call["time"])) / 1000, UTC).astimezone(schedule(tz="Europe/Berlin").zone)
        for call in stage.posts(APPLICATION_BULK.path)
    ]
    assert len(berlin) == 80
    assert {moment.hour for moment in berlin} == {8, 9}
    assert {moment.weekday() for moment in berlin} <= set(range(5))


def test_preflight_leaves_out_whom_clerk_has_already_and_saves_their_calls(stage: Stage) -> None:
    """Users and pending people are already there without a call; everyone else is invited in full calls."""
    stage.clerk.seed(
        {
            "users": [{"email_address": f"p{i}@example.com"} for i in range(7)],
            "invitations": [{"email_address": f"p{i}@example.com"} for i in range(7, 10)],
        }
    )
    job = stage.job(60)
    found = job.preflight(stage.client)
    assert {bucket: len(rows) for bucket, rows in found.buckets.items()} == {
        Bucket.ALREADY_USER: 7, Bucket.ALREADY_INVITED: 3, Bucket.READY: 50,
    }  # fmt: skip
    for _ in job.run(stage.client):
        pass
    sum_ = job.sum()
    assert (sum_.sent, sum_.already_there, sum_.left) == (50, 10, 0)
    assert [call["items"] for call in stage.posts(APPLICATION_BULK.path)] == [10] * 5
    assert {call["status"] for call in stage.clerk.calls()} == {200}


def test_preflight_writes_nothing_about_buckets_that_ask_or_stop(stage: Stage) -> None:
    """Who may lack a role is the caller's to decide: the rows wait, and can still be sent or skipped."""
    stage.clerk.seed({"organizations": [{"id": "org_2abc", "name": "Acme"}]})
    job = stage.job(4, target=cb.Organization("org_2abc"), defaults={"role": "org:pilot"})
    found = job.preflight(stage.client)
    assert found.stops == (Bucket.ROLE_UNKNOWN,)
    assert job.sum().left == 4
    job.preflight(stage.client, Policy({Bucket.ROLE_UNKNOWN: Decision.SKIP}))
    assert (job.sum().left, job.sum().refused) == (0, 4)
    assert [result.code for result in job.results()] == ["role_unknown"] * 4


def test_a_look_that_is_old_is_repeated_before_the_row_travels(stage: Stage) -> None:
    """Somebody who signs up while the job waits for its second hour is not invited, and costs no call."""
    job = stage.job(270)
    job.preflight(stage.client)
    steps = job.run(stage.client)
    while job.sum().sent < 250:
        next(steps)
    stage.clerk.seed({"users": [{"email_address": "p260@example.com"}]})
    for _ in steps:
        pass
    assert (job.sum().sent, job.sum().already_there) == (269, 1)
    assert {call["status"] for call in stage.posts(APPLICATION_BULK.path)} == {200}


def test_the_plan_counts_the_calls_that_the_hour_has_used(stage: Stage) -> None:
    """After 25 calls the next one leaves in an hour, whichever job made them; the run does as planned."""
    job = stage.job(300)
    steps = job.run(stage.client)
    while job.sum().sent < 250:
        next(steps)
    steps.close()
    now = stage.clock.now()
    plan = job.plan()
    assert (plan.people, plan.calls[0].at - now) == (50, 3602.0)
    for _ in job.run(stage.client):
        pass
    assert stage.clock.now() == plan.finish


def test_the_plan_of_a_job_counts_what_is_left(stage: Stage) -> None:
    """job.plan() is the timetable of the rows that wait, with the limits that apply and what would be faster."""
    stage.clerk.seed({"users": [{"email_address": "p0@example.com"}]})
    job = stage.job(501)
    job.preflight(stage.client)
    plan = job.plan(start=datetime(2027, 1, 4, 8, tzinfo=UTC), hours="8-18", lanes="bulk")
    assert (plan.people, len(plan.calls)) == (500, 50)
    assert plan.to_json()["finish"] == "2027-01-04T09:00:02Z"
    assert plan.limits[0].startswith("25 calls an hour at POST /v1/invitations/bulk")
    both = job.plan(start=datetime(2027, 1, 4, 8, tzinfo=UTC), lanes="both")
    assert {call.lane for call in both.calls} == {Lane.BULK, Lane.SINGLE}
