"""Ticks: what the hour allows now, and away; for cron and CI, in the hands of nobody."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stage import NOON, Between, Crash, Place, Stage, assert_sum, assert_within_the_hour, checked, people

from clerkbulk.errors import InputError, NotReachable
from clerkbulk.sending.client import Client
from clerkbulk.sending.during.patience import TICK, Patience
from clerkbulk.sending.during.run import MOST_UNSURE
from clerkbulk.sending.job import Job, Progress
from clerkbulk.sending.state import JobState, Sum
from clerkbulk.sending.transition import change_job


def begun(stage: Stage, number: int, **options: Any) -> Job:
    """Return a job that somebody has begun and left before its first call."""
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(number), ignore_existing=True))
        run = job.run(client, **options)
        next(run)
        run.close()
        with ledger.begin() as connection:
            change_job(connection, job.id, JobState.WAITING, None, NOON, NOON)
    return stage.ledger().find(job.id)


def tick(job: Job, client: Client, **options: Any) -> list[Progress]:
    steps = []
    for progress in job.tick(client, **options):
        assert_sum(progress)
        steps.append(progress)
    return steps


def test_a_tick_makes_the_calls_of_the_hour_and_leaves(place: Place) -> None:
    """25 calls, then the job waits for a time that is written down, and nobody is at work."""
    stage = Stage(place)
    job = begun(stage, 300)
    with stage.client() as client:
        last = tick(job, client)[-1]
        assert (last.state, last.waiting_until, last.at) == (JobState.WAITING, NOON + 3602, NOON)
        assert last.reason == "25 of 25 calls of the hour used"
        assert last.sum == Sum(300, sent=250, left=50)
        record, here = job.record, job.attendance()
        assert (record.state, record.waiting_until, record.reason) == (
            JobState.WAITING, NOON + 3602, "25 of 25 calls of the hour used",
        )  # fmt: skip
        assert (here.is_at_work, here.is_interrupted(record.state)) == (False, False)
        page = job._repr_html_()
        assert "waiting until 2027-01-15 13:00:02 UTC (next tick)" in page
        stage.clock.advance(3603)
        assert "waiting since 2027-01-15 13:00:02 UTC, for the next tick or resume" in job._repr_html_()
        last = tick(job, client)[-1]
        assert (last.state, last.sum) == (JobState.DONE, Sum(300, sent=300))
    assert len(stage.posts()) == 30


def test_ticks_every_five_minutes_are_nearly_as_quick_as_a_run(tmp_path: Path) -> None:
    """1,000 people: everybody once, the hour kept, and each hour's calls within five minutes of when they may leave."""
    stage = Stage(tmp_path)
    job = begun(stage, 1000)
    with stage.client() as client:
        while tick(job, client)[-1].state is not JobState.DONE:
            stage.clock.advance(300 - stage.clock.now() % 300)
    assert stage.invited() == Counter(people(1000))
    assert_within_the_hour(stage.posts(), 25)
    assert NOON + 3 * 3602 <= stage.clock.now() <= NOON + 3 * 3900


def test_a_lost_call_is_settled_within_the_tick(tmp_path: Path) -> None:
    """A minute is waited for; the call after it is made by the same tick."""
    stage = Stage(tmp_path)
    job = begun(stage, 20)
    stage.backend.faults([{"method": "POST", "do": "drop", "when": "after"}, {"method": "POST", "do": "drop"}])
    with stage.client() as client:
        last = tick(job, client)[-1]
    assert (last.state, last.sum) == (JobState.DONE, Sum(20, sent=20))
    assert last.at - NOON <= TICK
    assert stage.invited() == Counter(people(20))


def test_a_tick_waits_two_minutes_in_all(tmp_path: Path) -> None:
    """Each short wait takes of the same patience; what is beyond it is left to the next tick with its time."""
    stage = Stage(tmp_path)
    job = begun(stage, 20)
    wait = {"method": "POST", "do": "status", "status": 429, "headers": {"retry-after": "50"}}
    stage.backend.faults([wait] * 3)
    with stage.client() as client:
        last = tick(job, client)[-1]
        assert (last.state, last.waiting_until, last.at) == (JobState.WAITING, NOON + 150, NOON + 100)
        assert last.reason == "Clerk said to wait (429)"
        stage.clock.advance(50)
        assert tick(job, client)[-1].state is JobState.DONE


def test_patience_runs_out() -> None:
    """A wait that is too long takes nothing of it; a run without end has all of it, always."""
    patience = Patience(100)
    assert [patience.endures(seconds) for seconds in (60, 41, -5, 40, 0.1, 0)] == [True, False, True, True, False, True]
    assert Patience().endures(10**9)
    assert Patience().endures(10**9)


def test_a_server_that_is_away_is_waited_for_and_then_left(tmp_path: Path) -> None:
    """Half a minute, a minute, and the rest is the next tick's."""
    stage = Stage(tmp_path)
    job = begun(stage, 20)
    away = False

    def show(request: httpx.Request) -> None:
        if request.method == "POST" and away:
            raise httpx.ConnectError("refused")

    away = True
    with stage.client(Between(stage.backend.transport(), show)) as client:
        last = tick(job, client)[-1]
        assert (last.state, last.reason, last.at) == (JobState.WAITING, "Clerk cannot be reached", NOON + 90)
        assert last.waiting_until == NOON + 210
        away = False
        assert tick(job, client)[-1].sum == Sum(20, sent=20)


def test_a_tick_that_cannot_reach_clerk_at_all_says_so(tmp_path: Path) -> None:
    """The job is left as it was, for the next one."""
    stage = Stage(tmp_path)
    job = begun(stage, 20)

    def show(request: httpx.Request) -> None:
        raise httpx.ConnectError("refused")

    with stage.client(Between(stage.backend.transport(), show)) as client, pytest.raises(NotReachable):
        tick(job, client)
    assert job.record.state is JobState.WAITING
    with stage.client() as client:
        assert tick(job, client)[-1].state is JobState.DONE


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.STOPPED])
def test_a_tick_does_nothing_to_what_a_person_or_clerk_holds(place: Place, state: JobState) -> None:
    """It says where the job stands; only a person goes on."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(30)))
        if state is JobState.STOPPED:
            stage.backend.faults([{"method": "POST", "do": "status", "status": 402, "code": "insufficient_seats"}])
            list(job.run(client))
        else:
            next(run := job.run(client))
            job.pause()
            list(run)
        reads, posts = client.reads, len(stage.posts())
        (found,) = tick(job, client)
        assert (found.state, found.reason) == (state, job.record.reason)
        assert (client.reads, len(stage.posts())) == (reads, posts)
        list(job.run(client))
        assert job.record.state is JobState.DONE


def test_a_pause_during_a_tick_is_heard_and_holds_the_next_one(tmp_path: Path) -> None:
    """The tick ends as paused, not as waiting for another tick."""
    stage = Stage(tmp_path)
    job = begun(stage, 30)

    def show(request: httpx.Request) -> None:
        if request.method == "POST":
            job.pause()

    with stage.client(Between(stage.backend.transport(), show)) as client:
        last = tick(job, client)[-1]
        assert (last.state, last.reason, last.sum.sent) == (JobState.PAUSED, "paused by request", 10)
        assert [progress.state for progress in tick(job, client)] == [JobState.PAUSED]
    assert len(stage.posts()) == 1


def test_a_tick_goes_on_with_an_interrupted_job_and_with_one_it_was_told_to_leave(tmp_path: Path) -> None:
    """A killed process, a tick that was told to stop, a caller that has seen enough: none of it is a person's pause."""
    stage = Stage(tmp_path)
    job = begun(stage, 60)
    stop = threading.Event()

    class Dies(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = stage.backend.transport().handle_request(request)
            if request.method == "POST":
                raise Crash
            return response

    with stage.client(Dies()) as client, pytest.raises(Crash):
        tick(job, client)
    assert (job.record.state, job.record.reason) == (JobState.WAITING, "interrupted")
    with stage.client() as client:
        for progress in job.tick(client, stop=stop):
            if progress.sum.sent >= 20:
                stop.set()
        assert (job.record.state, job.record.reason) == (JobState.WAITING, "stopped by request")
        assert not job.attendance().is_interrupted(job.record.state)
        for progress in job.tick(client):
            if progress.sum.sent >= 40:
                break
        assert job.record.state is JobState.WAITING
        assert tick(job, client)[-1].state is JobState.DONE
    assert stage.invited() == Counter(people(60))


def test_a_tick_leaves_a_job_to_whoever_is_at_work_on_it(place: Place) -> None:
    """No second process piles up behind a long tick or a resume."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(30)))
        run = job.run(client)
        next(run)
        (found,) = tick(job, client)
        assert (found.state, found.sum) == (JobState.RUNNING, Sum(30, left=30))
        list(run)


def test_ticks_that_overlap_send_everybody_once(tmp_path: Path) -> None:
    """Four threads tick all the time: one hour for all, nobody twice."""
    stage = Stage(tmp_path)
    job_id = begun(stage, 400).id
    barrier = threading.Barrier(4, timeout=120)

    def ticks() -> None:
        with stage.ledger() as ledger, stage.client() as client:
            job, state = ledger.find(job_id), JobState.WAITING
            while state is not JobState.DONE:
                barrier.wait()
                for progress in job.tick(client):
                    state = progress.state
                barrier.wait()
                state = job.record.state
                if barrier.wait() == 0:
                    stage.clock.advance(900)

    threads = [threading.Thread(target=ticks) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert stage.invited() == Counter(people(400))
    assert_within_the_hour(stage.posts(), 25)


def test_calls_without_a_clear_answer_are_counted_from_tick_to_tick(tmp_path: Path) -> None:
    """A Clerk in trouble does not eat up every hour of a cron job: after eight the job is paused, for a person."""
    stage = Stage(tmp_path)
    job = begun(stage, 100)
    stage.backend.faults([{"method": "POST", "do": "status", "status": 500, "times": 100}])
    with stage.client() as client:
        for _ in range(30):
            last = tick(job, client)[-1]
            if last.state is JobState.PAUSED:
                break
            stage.clock.advance(60)
        assert last.state is JobState.PAUSED
        assert last.reason == "8 calls in a row had no clear answer (500)"
        assert len(stage.posts()) == MOST_UNSURE
        assert [progress.state for progress in tick(job, client)] == [JobState.PAUSED]
        stage.backend.faults([])
        list(job.run(client))
    assert stage.invited() == Counter(people(100))


def test_a_job_that_is_done_or_was_never_begun(place: Place) -> None:
    """Done: said again, without asking Clerk anything. Never begun: that is for a person to say."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(5)))
        with pytest.raises(InputError, match="never confirmed: begin it with clerkbulk send"):
            tick(job, client)
        list(job.run(client))
        reads = client.reads
        (found,) = tick(job, client)
        assert (found.state, found.sum, client.reads) == (JobState.DONE, Sum(5, sent=5), reads)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.integers(1, 330),
    gaps=st.lists(st.integers(1, 4000), min_size=1, max_size=6),
    faults=st.lists(
        st.sampled_from(
            [
                {"do": "pass"},
                {"do": "drop"},
                {"do": "drop", "when": "after"},
                {"do": "status", "status": 503, "when": "after"},
                {"do": "status", "status": 429, "headers": {"retry-after": "700"}},
            ]
        ),
        max_size=7,
    ),
)
def test_ticks_at_any_times_send_everybody_once(
    tmp_path_factory: pytest.TempPathFactory, number: int, gaps: list[int], faults: list[dict[str, Any]]
) -> None:
    """Whatever the table, the faults and the times of the ticks: the sum holds, nobody twice, nobody lost."""
    stage = Stage(tmp_path_factory.mktemp("ticks"))
    job = begun(stage, number)
    stage.backend.faults([{"method": "POST", **deed} for deed in faults])
    with stage.client() as client:
        for place in range(4000):
            last = tick(job, client)[-1]
            if last.state is JobState.DONE:
                break
            assert last.state is JobState.WAITING
            assert last.waiting_until is not None
            stage.clock.advance(gaps[place % len(gaps)])
    assert last.state is JobState.DONE
    assert stage.invited() == Counter(people(number))
    assert_within_the_hour(stage.posts(), 25)
