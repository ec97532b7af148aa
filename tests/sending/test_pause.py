"""Pausing: whoever is at work on a job, in whatever process, hears of it and leaves; a person goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from stage import ACME, NOON, Between, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import InputError, LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.clock import SystemClock
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.progress import Progress
from clerkbulk.sending.state import JobState, Sum

ELSEWHERE = "elsewhere/pid:[1] 7 1234 cafe"


def asks(stage: Stage) -> None:
    """Ask for a pause as another process does: through a ledger of its own."""
    with stage.ledger() as ledger:
        ledger.find().pause()


def ended(progress: Progress) -> tuple[JobState, str | None]:
    return progress.state, progress.reason


@pytest.mark.parametrize("call", [1, 2, 26])
def test_no_call_is_made_after_a_pause_was_asked_for(place: Place, call: int) -> None:
    """The call under way is heard out; the next one is not made, whoever asked and whenever."""
    stage = Stage(place)
    posts = 0

    def show(request: httpx.Request) -> None:
        nonlocal posts
        posts += request.method == "POST"
        if posts == call and request.method == "POST":
            asks(stage)

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), show)) as client:
        job = ledger.job(checked(people(300)))
        steps = stage.steps(job, client)
        assert ended(steps[-1]) == (JobState.PAUSED, "paused by request")
        assert steps[-1].sum == Sum(300, sent=10 * call, left=300 - 10 * call)
        assert (job.record.state, job.record.reason) == (JobState.PAUSED, "paused by request")
        assert not job.attendance().is_at_work
    assert posts == call


def test_a_pause_asked_for_by_a_read_just_before_the_call_is_heard(tmp_path: Path) -> None:
    """The claim itself looks: there is no moment between the last look and the call."""
    stage = Stage(tmp_path)
    reads: list[str] = []

    def show(request: httpx.Request) -> None:
        if request.method == "GET":
            reads.append(request.url.path)
            if len(reads) == 2:  # the first ties the job to its instance; this one asks for Clerk's time
                asks(stage)

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), show)) as client:
        job = ledger.job(checked(people(3)))
        steps = []
        for progress in job.run(client):
            steps.append(progress)
            stage.clock.advance(6)  # what Clerk said of the time is too old now: it is asked again
    assert reads == ["/v1/instance", "/v1/instance"]
    assert ended(steps[-1]) == (JobState.PAUSED, "paused by request")
    assert stage.posts() == []


def test_a_pause_is_heard_at_every_nap_of_a_wait(tmp_path: Path) -> None:
    """On a clock that is moved by hand naps are a minute; nobody sits the hour out."""
    stage = Stage(tmp_path, limits="off")

    class Asking(VirtualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.now() == NOON + 300:
                asks(stage)

    stage.clock = Asking(NOON)
    with stage.ledger() as ledger, stage.client() as client:
        steps = stage.steps(ledger.job(checked(people(260))), client)
    assert ended(steps[-1]) == (JobState.PAUSED, "paused by request")
    assert steps[-1].at == NOON + 300


def test_a_real_wait_ends_within_seconds(place: Place) -> None:
    """An hour's wait on the machine's own clock, without anybody who could say stop in its process."""
    stage = Stage(place, limits="off")
    waiting, steps = threading.Event(), []
    stage.clock = SystemClock()  # type: ignore[assignment]

    def send() -> None:
        with stage.ledger() as ledger, stage.client() as client:
            for progress in ledger.job(checked(people(260))).run(client):
                steps.append(ended(progress))
                if progress.state is JobState.WAITING:
                    waiting.set()

    thread = threading.Thread(target=send)
    thread.start()
    assert waiting.wait(60)
    asked = time.monotonic()
    asks(stage)
    thread.join(60)
    assert not thread.is_alive()
    assert time.monotonic() - asked < 30  # the wait was to last an hour
    assert steps[-1] == (JobState.PAUSED, "paused by request")


def test_everybody_at_work_hears_of_it(place: Place) -> None:
    """Three runs of one job; the last to leave writes down that it is paused."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(100)))
        runs = [job.run(client) for _ in range(3)]
        assert [next(run).state for run in runs] == [JobState.RUNNING] * 3
        job.pause()
        assert job.record.state is JobState.RUNNING
        assert job.attendance().pause_asked
        assert "running, asked to pause" in job._repr_html_()
        assert [ended(list(run)[-1]) for run in runs] == [(JobState.PAUSED, "paused by request")] * 3
        assert job.record.state is JobState.PAUSED
    assert stage.posts() == []


def test_where_nobody_is_at_work_the_job_is_paused_at_once(place: Place) -> None:
    """A wait that a tick has left, and a job whose process is gone."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        waiting = ledger.job(checked(people(260)))
        with ledger.begin() as connection:
            connection.execute(tables.job.update().values(state=JobState.WAITING, waiting_until=NOON + 900))
        waiting.pause()
        assert (waiting.record.state, waiting.record.waiting_until) == (JobState.PAUSED, None)
        gone = ledger.job(checked(people(5), ignore_existing=True))
        run = gone.run(client)
        next(run)
        with ledger.begin() as connection:
            connection.execute(tables.worker.update().values(id=ELSEWHERE))
        gone.pause()
        assert gone.record.state is JobState.RUNNING
        stage.clock.advance(3600)
        gone.pause()
        assert (gone.record.state, gone.record.reason) == (JobState.PAUSED, "paused by request")


def test_a_person_goes_on_and_the_pause_is_forgotten(place: Place) -> None:
    """Running the job again takes the request back, also for whoever looks at the ledger."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(25)))
        next(run := job.run(client))
        run.close()
        job.pause()
        assert job.attendance().pause_asked
        steps = stage.steps(job, client)
        assert (steps[-1].state, steps[-1].sum) == (JobState.DONE, Sum(25, sent=25))
        assert not job.attendance().pause_asked


def test_a_pause_asked_for_while_a_run_begins_is_not_forgotten(tmp_path: Path) -> None:
    """Whoever asks after somebody said go on means it, though the run is not at work yet."""
    stage = Stage(tmp_path)
    asked = []

    def show(request: httpx.Request) -> None:
        if not asked:
            asked.append(request.url.path)
            with stage.ledger() as ledger, ledger.begin() as connection:
                connection.execute(tables.job.update().values(state=JobState.WAITING, waiting_until=NOON))
            asks(stage)

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), show)) as client:
        steps = stage.steps(ledger.job(checked(people(3))), client)
    assert asked == ["/v1/instance"]
    assert ended(steps[-1]) == (JobState.PAUSED, "paused by request")
    assert stage.posts() == []


def test_what_is_done_or_stopped_stays_so(place: Place) -> None:
    """A pause takes no reason away, and a job that was never begun has nothing to pause."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(5)))
        with pytest.raises(InputError, match=f"{job.id} was never begun: there is nothing to pause"):
            job.pause()
        assert not job.attendance().pause_asked
        list(job.run(client))
        job.pause()
        assert job.record.state is JobState.DONE
        stage.backend.faults([{"method": "POST", "do": "status", "status": 402, "code": "insufficient_seats"}])
        stopped = ledger.job(checked(people(5, first=6), ACME))
        steps = list(stopped.run(client))
        assert steps[-1].state is JobState.STOPPED
        stopped.pause()
        assert (stopped.record.state, stopped.record.reason) == (JobState.STOPPED, steps[-1].reason)


def test_a_ledger_that_cannot_be_read_for_a_moment_ends_no_wait(tmp_path: Path) -> None:
    """A wait needs no ledger; whatever is written next would say what is wrong with it."""

    class Unreadable(Ledger):
        unreadable = False

        @contextmanager
        def begin(self) -> Iterator[sa.Connection]:
            if self.unreadable:
                raise LedgerError("The disk is away for a moment.")
            with super().begin() as connection:
                yield connection

    class Away(VirtualClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            ledger.unreadable = NOON + 100 < self.now() < NOON + 3000

    stage = Stage(tmp_path, limits="off")
    stage.clock = Away(NOON)
    with stage.place.open(Unreadable, clock=stage.clock) as ledger, stage.client() as client:
        assert stage.steps(ledger.job(checked(people(260))), client)[-1].state is JobState.DONE


def test_another_process_hears_of_it(tmp_path: Path) -> None:
    """A process of its own, waiting for its hour, leaves within seconds and says so by its exit."""
    with cb.Emulator(limits="off") as clerk:
        code = (
            "import sys, clerkbulk as cb\n"
            "people = [{'email_address': f'p{n}@example.com'} for n in range(260)]\n"
            "with cb.Ledger(sys.argv[1]) as ledger, cb.Client('sk_test_fake', api_url=sys.argv[2]) as client:\n"
            "    for progress in ledger.job(cb.check(people)).run(client):\n"
            "        print(progress.state.value, flush=True)\n"
        )
        where = str(tmp_path / "a.db")
        with subprocess.Popen(
            [sys.executable, "-c", code, where, clerk.url], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if line == "waiting\n":
                    break
            with cb.Ledger(where) as ledger:
                job = ledger.find()
                assert job.attendance().present[0].pid == process.pid
                job.pause()
                states = [progress.state for progress in job.watch(poll=0.05)]
            assert process.stdout.read() == "paused\n"
            assert process.wait(60) == 0
        assert (states[0], states[-1]) == (JobState.WAITING, JobState.PAUSED)
