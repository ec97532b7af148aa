"""Waiting is a state with a time, shown, and it ends when somebody says stop."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from stage import NOON, Stage, checked, people

from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.sending.clock import SystemClock
from clerkbulk.sending.state import JobState, Sum


class Asked:
    """Says stop from the n-th look on."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def is_set(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def test_a_used_up_hour_is_a_state_with_a_time_and_a_reason(tmp_path: Path) -> None:
    """The ledger and the last step both say until when, and why."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(260)))
        steps = job.run(client)
        progress = next(step for step in steps if step.state is JobState.WAITING)
        assert progress.waiting_until == NOON + 3602
        assert progress.reason == "25 of 25 calls of the hour used"
        assert progress.sum == Sum(260, sent=250, left=10)
        assert (progress.calls, progress.budget.used, progress.budget.calls_per_hour) == (25, 25, 25)
        record = job.record
        assert (record.state, record.waiting_until, record.reason) == (
            JobState.WAITING, NOON + 3602, "25 of 25 calls of the hour used",
        )  # fmt: skip


def test_a_429_is_a_wait_with_clerks_own_time(tmp_path: Path) -> None:
    """The reason says who told us to wait."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"method": "POST", "do": "status", "status": 429, "headers": {"retry-after": "1234"}}])
    with stage.ledger() as ledger, stage.client() as client:
        steps = stage.steps(ledger.job(checked(people(3))), client)
    waits = [(step.waiting_until, step.reason) for step in steps if step.state is JobState.WAITING]
    assert waits == [(NOON + 1234, "Clerk said to wait (429)")]
    assert steps[-1].at == NOON + 1234


@pytest.mark.parametrize("looks", [0, 1, 2, 3, 26, 27, 28, 40, 3000])
def test_stop_is_heard_before_every_call_and_every_second_of_a_wait(tmp_path: Path, looks: int) -> None:
    """Wherever it comes, the job is paused with its sum whole, and running it again invites the rest."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(260)))
        last = stage.steps(job, client, stop=Asked(looks))[-1]
        assert (last.state, last.reason) == (JobState.PAUSED, "stopped by request")
        assert last.sum == Sum(260, sent=10 * min(looks, 25), left=260 - 10 * min(looks, 25))
        assert (job.record.state, job.record.waiting_until) == (JobState.PAUSED, None)
        assert last.at == NOON + max(0, looks - 26)
        assert stage.steps(job, client)[-1].sum == Sum(260, sent=260)


def test_an_event_set_by_another_thread_ends_a_real_wait_within_a_second_or_so(tmp_path: Path) -> None:
    """An hour's wait on the machine's own clock, and nobody has to sit it out."""
    stage = Stage(tmp_path, limits="off")
    stop, waiting, steps = threading.Event(), threading.Event(), []
    stage.clock = SystemClock()  # type: ignore[assignment]

    def send() -> None:
        with stage.ledger() as ledger, stage.client() as client:
            for progress in ledger.job(checked(people(260))).run(client, stop=stop):
                steps.append(progress.state)
                if progress.state is JobState.WAITING:
                    waiting.set()

    thread = threading.Thread(target=send)
    thread.start()
    assert waiting.wait(60)
    asked = time.monotonic()
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert time.monotonic() - asked < 30  # the wait was to last an hour
    assert steps[-1] is JobState.PAUSED


def test_a_clock_that_jumps_is_noticed_within_a_minute(tmp_path: Path) -> None:
    """A suspended machine, or a clock set right: the wait is slept in naps, and looks at the time after each."""

    class Jumping(VirtualClock):
        naps: list[float]

        def sleep(self, seconds: float) -> None:
            self.naps.append(seconds)
            super().sleep(seconds if len(self.naps) > 3 else 1000)

    stage = Stage(tmp_path, limits="off")
    clock = Jumping(NOON)
    clock.naps = []
    stage.clock = clock
    with stage.ledger() as ledger, stage.client() as client:
        stage.steps(ledger.job(checked(people(260))), client)
    assert clock.naps[:3] == [60, 60, 60]
    assert sum(clock.naps[3:]) == 602


def test_leaving_the_loop_loses_nothing_and_the_next_run_goes_on(tmp_path: Path) -> None:
    """A notebook cell that was interrupted: run it again."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(100)))
        for progress in job.run(client):
            if progress.sum.sent == 30:
                break
        assert job.sum() == Sum(100, sent=30, left=70)
        assert stage.steps(job, client)[-1].sum == Sum(100, sent=100)
    assert len(stage.posts()) == 10


def test_a_finished_job_that_is_run_again_sends_nothing(tmp_path: Path) -> None:
    """It says done, with the same sum."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(15)))
    calls = len(stage.posts())
    with stage.ledger() as ledger, stage.client() as client:
        steps = stage.steps(ledger.find(job.id), client)
    assert [step.state for step in steps] == [JobState.RUNNING, JobState.DONE]
    assert len(stage.posts()) == calls


def test_limits_are_documented_or_off(tmp_path: Path) -> None:
    """Anything else is refused before anything is asked or sent."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        with pytest.raises(ValueError, match="'none' is not a valid Limits"):
            ledger.job(checked(people(1))).run(client, limits="none")
        assert stage.backend.calls() == []
