"""Clocks that were wrong and are set right: nobody waits for a moment that only the wrong clock would have shown."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from stage import KEY, NOON, Stage, assert_within_the_hour, checked, people

import clerkbulk as cb
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, Sum

HOUR, DAY = 3600.0, 86_400.0


class Wrong:
    """A clock that is wrong by so many seconds until it is set right, by setting wrong to 0."""

    def __init__(self, real: VirtualClock, wrong: float) -> None:
        self.real, self.wrong = real, wrong

    def now(self) -> float:
        return self.real.now() + self.wrong

    def sleep(self, seconds: float) -> None:
        self.real.sleep(seconds)

    def advance(self, seconds: float) -> None:
        self.real.advance(seconds)


def on(stage: Stage, clock: Wrong) -> tuple[Ledger, cb.Client]:
    """Return the ledger and a client of a machine with that clock."""
    client = cb.Client(KEY, transport=stage.backend.transport(), clock=clock)
    return Ledger(stage.path, clock=clock), client


@pytest.mark.parametrize("ahead", [DAY, 365 * DAY])
def test_an_hour_that_was_used_up_ahead_of_time_is_over_after_an_hour(tmp_path: Path, ahead: float) -> None:
    """25 calls by a clock that was a day ahead: the next one leaves an hour after them, not a day and an hour."""
    stage = Stage(tmp_path)
    clock = Wrong(stage.clock, ahead)
    ledger, client = on(stage, clock)
    with ledger, client:
        job = ledger.job(checked(people(260)))
        run = job.run(client)
        while next(run).sum.sent < 250:
            pass
        clock.wrong = 0.0
        last = list(run)[-1]
    assert (last.state, last.sum) == (JobState.DONE, Sum(260, sent=260))
    assert HOUR <= stage.clock.now() - NOON < HOUR + 20
    assert [call["status"] for call in stage.posts()] == [200] * 26


@pytest.mark.parametrize("ahead", [DAY, 365 * DAY])
def test_a_wait_is_looked_at_again_when_the_clock_is_set_back(tmp_path: Path, ahead: float) -> None:
    """In the middle of an hour's wait the clock is set right: what is left of the hour is waited, and no more."""
    stage = Stage(tmp_path)
    clock = Wrong(stage.clock, ahead)

    class SetRight(Wrong):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.real.now() > NOON + 600:
                self.wrong = 0.0

    clock = SetRight(stage.clock, ahead)
    ledger, client = on(stage, clock)
    with ledger, client:
        job = ledger.job(checked(people(260)))
        assert stage.steps(job, client, clock=clock)[-1].state is JobState.DONE
    assert HOUR <= stage.clock.now() - NOON < HOUR + 70
    assert stage.invited() == Counter(people(260))


def test_a_block_that_clerk_announced_ahead_of_time_is_over_when_clerk_said(tmp_path: Path) -> None:
    """Retry-After 1800, a day ahead: half an hour."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"method": "POST", "do": "status", "status": 429, "headers": {"retry-after": "1800"}}])
    clock = Wrong(stage.clock, DAY)
    ledger, client = on(stage, clock)
    with ledger, client:
        job = ledger.job(checked(people(3)))
        run = job.run(client)
        while next(run).calls < 1:
            pass
        run.close()  # type: ignore[attr-defined]
        clock.wrong = 0.0
        assert stage.steps(job, client)[-1].sum == Sum(3, sent=3)
    assert 1800 <= stage.clock.now() - NOON < 1820


@pytest.mark.parametrize("fault", [{"do": "drop"}, {"do": "drop", "when": "after"}, {"do": "status", "status": 503}])
def test_a_call_that_was_lost_ahead_of_time_is_settled_in_two_minutes(tmp_path: Path, fault: dict[str, Any]) -> None:
    """What became of it is looked up now, not when the clock would have shown it."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"method": "POST", **fault}])
    clock = Wrong(stage.clock, DAY)
    ledger, client = on(stage, clock)
    with ledger, client:
        job = ledger.job(checked(people(3), ignore_existing=True))
        run = job.run(client)
        while next(run).sum.unknown < 3:
            pass
        run.close()  # type: ignore[attr-defined]
        clock.wrong = 0.0
        assert stage.steps(job, client)[-1].sum == Sum(3, sent=3)
    assert stage.clock.now() - NOON < 140
    assert stage.invited() == Counter(people(3))


def test_a_clock_that_was_behind_meets_429_and_nothing_worse(tmp_path: Path) -> None:
    """Set forward by a day, it takes the calls of the hour for yesterday's; Clerk says no, and is obeyed."""
    stage = Stage(tmp_path)
    clock = Wrong(stage.clock, -DAY)
    ledger, client = on(stage, clock)
    with ledger, client:
        job = ledger.job(checked(people(300), ignore_existing=True))
        run = job.run(client)
        while next(run).sum.sent < 250:
            pass
        clock.wrong = 0.0
        last = list(run)[-1]
    assert (last.state, last.sum) == (JobState.DONE, Sum(300, sent=300))
    assert stage.invited() == Counter(people(300))
    assert_within_the_hour([call for call in stage.posts() if call["status"] == 200], 25)
    assert [call["status"] for call in stage.posts()].count(429) <= 2
