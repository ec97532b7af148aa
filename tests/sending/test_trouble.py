"""Slow, failing and contradicting answers: the run neither spins, nor waits in silence, nor loses or blames anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import httpx
import pytest
from stage import Place

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.transport import transport
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.client import Client

NOON = 1_800_014_400.0


class Tampering(httpx.BaseTransport):
    """Lets somebody answer, or fail, before the emulator does."""

    def __init__(self, clerk: Backend, first: Callable[[httpx.Request], httpx.Response | None]) -> None:
        self._inner, self._first = transport(clerk), first

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._first(request) or self._inner.handle_request(request)


class Stage:
    """An emulator, a clock for both sides, and a ledger."""

    def __init__(self, place: Place, **settings: str) -> None:
        self.clock = VirtualClock(NOON)
        self.clerk = Backend(clock=self.clock, settings=Settings(**settings))  # type: ignore[arg-type]
        self.clerk.seed({"organizations": [{"id": "org_2abc"}]})
        self.ledger = place.open(clock=self.clock)

    def client(self, first: Callable[[httpx.Request], httpx.Response | None] = lambda _: None) -> Client:
        carrier = Tampering(self.clerk, first)
        return Client("sk_live_fake", api_url="http://127.0.0.1:1", transport=carrier, clock=self.clock)

    def job(self, people: int, target: cb.Application | cb.Organization | None = None, **defaults: object) -> cb.Job:
        return self.ledger.job(cb.check([f"p{i}@example.com" for i in range(people)], target, defaults=defaults))

    def posts(self) -> int:
        return len([call for call in self.clerk.calls() if call["method"] == "POST"])


def steps(job: cb.Job, client: Client, pace: Pace | None = None, most: int = 500) -> list[cb.Progress]:
    found = []
    for progress in job.run(client, pace=pace):
        found.append(progress)
        assert len(found) < most, "the run goes round in circles"
    return found


def test_slow_reads_do_not_keep_calls_from_leaving(place: Place) -> None:
    """An intent is dated when it is written: whatever was read before may have taken a minute."""
    stage = Stage(place)

    def slow(request: httpx.Request) -> None:
        if request.method == "GET":
            stage.clock.advance(6.0)

    job = stage.job(270)
    job.preflight(stage.client())
    assert steps(job, stage.client(slow))[-1].sum.sent == 270
    assert stage.posts() == 27


def test_a_second_look_that_fails_stops_nothing(place: Place) -> None:
    """Users cannot be read any more: the calls leave all the same, and nothing goes round in circles."""
    stage = Stage(place)
    job = stage.job(300)
    job.preflight(stage.client())

    def blind(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(429, headers={"Retry-After": "5"}) if request.url.path == "/v1/users" else None

    assert steps(job, stage.client(blind))[-1].sum.sent == 300
    assert stage.posts() == 30


def test_a_network_that_swallows_everything_is_a_visible_wait_and_then_an_error(place: Place) -> None:
    """Connecting times out after ten seconds each time: the job says so, pauses, and raises."""
    stage = Stage(place)
    dark = False

    def swallow(request: httpx.Request) -> None:
        if dark:
            stage.clock.advance(10.01)
            raise httpx.ConnectTimeout("timed out", request=request)

    job = stage.job(30)
    found: list[cb.Progress] = []

    def go() -> None:
        nonlocal dark
        for progress in job.run(stage.client(swallow)):
            found.append(progress)
            dark = True
            assert len(found) < 500

    with pytest.raises(cb.NotReachable):
        go()
    assert "Clerk cannot be reached" in {progress.reason for progress in found}
    assert job.record.state == "paused"
    assert job.sum().left + job.sum().sent + job.sum().unknown == 30


def test_calls_that_never_get_a_clear_answer_pause_the_job(place: Place) -> None:
    """Eight in a row, each looked up and nobody invited: the hour is not spent on the ninth."""
    stage = Stage(place)

    def broken(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(500, json={"errors": []}) if request.method == "POST" else None

    job = stage.job(60)
    last = steps(job, stage.client(broken))[-1]
    assert (last.state, last.reason) == ("paused", "8 calls in a row had no clear answer (500)")
    assert steps(job, stage.client())[-1].sum.sent == 60


def test_a_preflight_takes_back_what_an_earlier_one_left_out(place: Place) -> None:
    """A mistyped domain loses nobody: the next preflight judges everyone anew."""
    stage = Stage(place)
    job = stage.job(12)
    job.preflight(stage.client(), Policy(allowed_domains=frozenset({"exmaple.com"})))
    assert (job.sum().refused, job.set_aside()) == (12, 12)
    found = job.preflight(stage.client(), Policy(allowed_domains=frozenset({"example.com"})))
    assert len(found.in_bucket(Bucket.READY)) == 12
    assert (job.sum().left, job.set_aside()) == (12, 0)


def test_seats_that_were_raised_let_in_whom_preflight_left_out(place: Place) -> None:
    """What the remedy says works: raise the limit, send the same file again."""
    stage = Stage(place)
    stage.clerk.seed({"organizations": [{"id": "org_5", "max_allowed_memberships": 5}]})
    job = stage.job(8, cb.Organization("org_5"), role="org:member")
    job.preflight(stage.client(), Policy({Bucket.NO_SEAT: Decision.SKIP}))
    assert (job.sum().left, job.set_aside()) == (5, 3)
    assert steps(job, stage.client())[-1].sum.sent == 5
    stage.clerk.seed({"organizations": [{"id": "org_5", "max_allowed_memberships": 20}]})
    found = job.preflight(stage.client(), Policy({Bucket.NO_SEAT: Decision.SKIP}))
    assert len(found.again) == 3
    assert steps(job, stage.client())[-1].sum.sent == 8


def test_a_missing_organization_is_named_by_preflight(place: Place) -> None:
    """One sentence, before anything is sent."""
    stage = Stage(place)
    job = stage.job(3, cb.Organization("org_gone"), role="org:member")
    with pytest.raises(cb.ClerkRefused, match="There is no organization org_gone in this instance"):
        job.preflight(stage.client())


def test_a_plan_handed_to_the_run_begins_when_it_says(place: Place) -> None:
    """The start is part of the pace: no mail leaves a day early."""
    stage = Stage(place)
    job = stage.job(20)
    tomorrow = NOON + 86_400
    plan = job.plan(start=datetime.fromtimestamp(tomorrow).astimezone())
    steps(job, stage.client(), plan.pace)
    times = [int(call["time"]) / 1000 for call in stage.clerk.calls() if call["method"] == "POST"]
    assert min(times) >= tomorrow


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)  # seven hundred people: many commits
def test_the_single_lane_looks_again_too(place: Place) -> None:
    """Whoever signs up while the job waits costs neither lane a call."""
    stage = Stage(place)
    job = stage.job(720)
    job.preflight(stage.client())
    run = job.run(stage.client(), pace=Pace((Lane.BULK, Lane.SINGLE)))
    while job.sum().sent < 350:
        next(run)
    stage.clerk.seed({"users": [{"email_address": f"p{i}@example.com"} for i in range(600, 620)]})
    for _ in run:
        pass
    assert (job.sum().sent, job.sum().already_there) == (700, 20)
    # In virtual time all of it happens at once, and a thousand reads in ten seconds are met with a 429.
    assert {call["status"] for call in stage.clerk.calls() if call["method"] == "POST"} <= {200, 429}
