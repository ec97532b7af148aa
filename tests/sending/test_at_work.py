"""Who is at work on a job: said in the ledger, borne out by the machine or by a lease, and never taken on trust."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from stage import NOON, Between, Crash, Place, Stage, checked, people

from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.sending import tables
from clerkbulk.sending.during.at_work import GONE, LONGEST_LEASE, MARGIN, lease_until
from clerkbulk.sending.during.call import LONGEST
from clerkbulk.sending.during.owner import Owner
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState

ELSEWHERE = "elsewhere/pid:[1] 7 1234 cafe"


def lines(stage: Stage) -> list[tuple[object, ...]]:
    """Return the workers as they stand in the ledger: when they began, their lease, when they ended."""
    return stage.place.ask("SELECT began_at, lease_until, ended_at FROM worker ORDER BY began_at, id")


def stands_still(job: Job) -> tuple[bool, bool]:
    """Return whether somebody is at work on a job, and whether it is interrupted."""
    here = job.attendance()
    return here.is_at_work, here.is_interrupted(job.record.state)


class Mortal(Ledger):
    """A ledger whose process can be dead: nothing is written any more, not even that it ends."""

    dead = False

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        if self.dead:
            raise Crash
        with super().begin() as connection:
            yield connection


def dies_waiting(stage: Stage) -> Job:
    """Let a run die in the wait for the next hour; return the job as the ledger has it."""
    with stage.place.open(Mortal, clock=stage.clock) as ledger, stage.client() as client:
        job = ledger.job(checked(people(260)))
        run = job.run(client)
        while next(run).state is not JobState.WAITING:
            pass
        assert isinstance(ledger, Mortal)
        ledger.dead = True
        with pytest.raises(Crash):
            next(run)
    return stage.ledger().find(job.id)


def test_a_run_stands_in_the_ledger_from_its_beginning_to_its_end(place: Place) -> None:
    """One line a run; while it works, its state says running and its lease is as long as a call takes."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(15)))
        assert stands_still(job) == (False, False)
        for progress in job.run(client):
            if progress.state is JobState.RUNNING:
                assert lines(stage) == [(NOON, NOON + LONGEST + MARGIN, None)]
                assert stands_still(job) == (True, False)
                assert job.attendance().present[0].pid == Owner.here().pid
        assert lines(stage) == [(NOON, NOON, NOON)]
        assert stands_still(job) == (False, False)


def test_a_long_wait_is_leased_ten_minutes_at_a_time(tmp_path: Path) -> None:
    """So late, at most, the end of another machine is noticed; and whoever waits is believed all the while."""
    stage = Stage(tmp_path, limits="off")

    class Watched(VirtualClock):
        def sleep(self, seconds: float) -> None:
            ((_, lease, ended_at),) = lines(stage)
            assert isinstance(lease, float)
            assert (self.now() < lease <= self.now() + LONGEST_LEASE + MARGIN, ended_at) == (True, None)
            seen.append(lease)
            super().sleep(seconds)

    seen: list[float] = []
    clock = Watched(NOON)
    stage.clock = clock
    with stage.ledger() as ledger, stage.client() as client:
        stage.steps(ledger.job(checked(people(260))), client)
    assert len(seen) == 61
    assert len(set(seen)) == 10


@pytest.mark.parametrize(
    ("until", "lease"),
    [(None, 1240.0), (1030.0, 1090.0), (1600.0, 1660.0), (1601.0, 1660.0), (90000.0, 1660.0), (5.0, 1060.0)],
)
def test_a_lease_ends_after_what_it_is_for(until: float | None, lease: float) -> None:
    """A call at its longest, the end of a wait, or ten minutes; a minute more for clocks that differ."""
    assert lease_until(1000.0, until) == lease


def test_many_calls_without_a_change_of_state_prolong_the_lease(tmp_path: Path) -> None:
    """An hour of slow calls: the line says all the while that somebody is at work, at no write of its own."""
    stage = Stage(tmp_path, limits="off")
    slow = Between(stage.backend.transport(), lambda request: stage.clock.advance(6))
    with stage.ledger() as ledger, stage.client(slow) as client:
        job = ledger.job(checked(people(600)))
        leases = []
        for progress in job.run(client, limits="off"):
            leases += [lease for _, lease, ended_at in lines(stage) if ended_at is None]
            assert all(lease > progress.at for lease in leases[-1:])
    assert stage.clock.now() - NOON > 360
    assert 3 <= len(set(leases)) <= 12


def test_a_job_whose_process_was_killed_is_interrupted(tmp_path: Path) -> None:
    """Running or waiting by its own word, and nobody there: status, watching and the notebook say so."""
    stage = Stage(tmp_path)
    job = dies_waiting(stage)
    assert job.record.state is JobState.WAITING
    assert stands_still(job) == (False, True)
    (seen,) = job.watch()
    assert (seen.state, seen.reason, seen.sum.sent) == (JobState.WAITING, GONE, 250)
    page = job._repr_html_()
    assert ": interrupted (job_" in page
    assert GONE in page


def test_the_next_run_signs_out_whoever_is_gone(tmp_path: Path) -> None:
    """The job runs again, and is interrupted no more when it is done."""
    stage = Stage(tmp_path)
    job = dies_waiting(stage)
    assert [ended_at for _, _, ended_at in lines(stage)] == [None]
    with stage.client() as client:
        again = stage.clock.now()
        run = job.run(client)
        assert next(run).state is JobState.RUNNING
        assert [ended_at for _, _, ended_at in lines(stage)] == [again, None]
        assert stands_still(job) == (True, False)
        list(run)
    assert stands_still(job) == (False, False)
    assert all(ended_at is not None for _, _, ended_at in lines(stage))


def test_a_process_of_another_machine_is_believed_for_its_lease(place: Place) -> None:
    """It cannot be asked; when its lease is over, it is gone."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(25)))
        run = job.run(client)
        assert next(run).state is JobState.RUNNING
        with ledger.begin() as connection:
            connection.execute(tables.worker.update().values(id=ELSEWHERE))
        stage.clock.advance(LONGEST + MARGIN - 1)
        assert stands_still(job) == (True, False)
        assert [owner.name for owner in job.attendance().present] == ["process 7 on elsewhere"]
        stage.clock.advance(1)
        assert stands_still(job) == (False, True)
        assert job.attendance().missing == (Owner.read(ELSEWHERE),)


def test_who_leaves_does_not_speak_for_those_who_stay(place: Place) -> None:
    """A run that is stopped beside another one leaves the job's state to it; the last one to leave writes it down."""
    stage = Stage(place)
    stop = threading.Event()
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(50)))
        one, two = job.run(client), job.run(client, stop=stop)
        assert (next(one).state, next(two).state) == (JobState.RUNNING, JobState.RUNNING)
        stop.set()
        assert [progress.state for progress in two] == [JobState.PAUSED]
        assert job.record.state is JobState.RUNNING
        assert stands_still(job) == (True, False)
        one.close()
        assert (job.record.state, job.record.reason) == (JobState.PAUSED, "interrupted")
        assert stands_still(job) == (False, False)


def test_a_job_is_done_only_when_nobody_has_a_call_in_flight(tmp_path: Path) -> None:
    """The rows were claimed between the look at calls under way and the claim that found none left."""
    stage = Stage(tmp_path)
    states: list[JobState] = []

    def meanwhile(request: httpx.Request) -> None:
        if request.method == "POST" and not states:
            with stage.ledger() as ledger, stage.client() as client:
                for progress in ledger.job(table).run(client):
                    states.append(progress.state)
                    if progress.state is JobState.WAITING:
                        return

    table = checked(people(5))
    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), meanwhile)) as client:
        steps = stage.steps(ledger.job(table), client)
    assert states == [JobState.RUNNING, JobState.WAITING]
    assert steps[-1].state is JobState.DONE
    assert stage.invited().total() == 5


def test_a_failure_at_the_very_beginning_leaves_a_job_that_was_begun(tmp_path: Path) -> None:
    """Somebody said yes: it waits with the reason, it is found as unfinished, and the next run or tick goes on."""
    stage = Stage(tmp_path)
    refuse = [{"method": "GET", "do": "status", "status": 401, "code": "clerk_key_invalid", "times": 1}]
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        stage.backend.faults(refuse)
        with pytest.raises(Exception, match="does not accept the secret key"):
            list(job.run(client))
        assert job.record.state is JobState.WAITING
        assert str(job.record.reason).startswith("nothing was sent yet. Clerk does not accept the secret key")
        assert stands_still(job) == (False, False)
        assert "waiting since 2027-01-15 12:00:00 UTC, for the next tick or resume" in job._repr_html_()
        assert ledger.find().id == job.id
        assert list(job.tick(client))[-1].state is JobState.DONE
    assert stage.invited().total() == 3


def test_nothing_heavy_is_loaded_between_an_intent_and_its_call(tmp_path: Path) -> None:
    """What checks the bodies takes a second to be loaded: it is there before the first claim."""
    from clerkbulk.contract.json_schema import validator

    stage = Stage(tmp_path)
    validator.cache_clear()
    with stage.ledger() as ledger, stage.client() as client:
        run = ledger.job(checked(people(3))).run(client)
        next(run)
        loaded = validator.cache_info().currsize
        assert loaded == 1
        list(run)
    assert validator.cache_info().currsize == loaded
