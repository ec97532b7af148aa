"""No blind post: the intent is on disk before a call leaves, the outcome after it; nothing is posted again blind."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from stage import ACME, NOON, Between, Place, Stage, checked, people

from clerkbulk.contract.target import Application, Target
from clerkbulk.sending.state import JobState, Sum


@pytest.mark.parametrize("target", [Application(), ACME], ids=["application", "organization"])
def test_the_intent_is_durable_before_the_call_leaves_and_the_outcome_after_it(place: Place, target: Target) -> None:
    """While the call is under way, the file says which rows are in it and that nothing is known of it."""
    stage = Stage(place)
    seen: list[tuple[Any, ...]] = []

    def show(request: httpx.Request) -> None:
        if request.method == "POST":
            addresses = [item["email_address"] for item in json.loads(request.content)]
            rows = stage.place.ask("SELECT key FROM row WHERE state = 'unknown' ORDER BY line")
            open_calls = stage.place.ask("SELECT intent_at FROM attempt WHERE ended_at IS NULL")
            batch = stage.place.ask("SELECT state, size FROM batch ORDER BY id DESC LIMIT 1")
            seen.append((addresses == [key for (key,) in rows], open_calls, batch))

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), show)) as client:
        stage.steps(ledger.job(checked(people(25), target)), client)
    assert [(right, len(open_calls), batch) for right, open_calls, batch in seen] == [
        (True, 1, [("calling", 10)]),
        (True, 1, [("calling", 10)]),
        (True, 1, [("calling", 5)]),
    ]
    assert stage.place.ask("SELECT outcome, status, ended_at IS NULL FROM attempt") == [("sent", 200, 0)] * 3


def test_every_change_of_state_leaves_a_dated_line(place: Place) -> None:
    """Job, batch and rows: what happened and when can be read afterwards."""
    stage = Stage(place)
    stage.backend.faults([{"do": "drop", "method": "POST"}])
    stage.send(checked(["ada@example.com"]))
    lines = stage.place.ask("SELECT at, state, batch_id, line FROM transition ORDER BY id")
    assert lines == [
        (NOON, "new", None, None),
        (NOON, "running", None, None),
        (NOON, "calling", 1, None),
        (NOON, "unsure", 1, None),
        (NOON, "waiting", None, None),
        (NOON + 120, "running", None, None),
        (NOON + 120, "left", 1, 1),
        (NOON + 120, "calling", 2, None),
        (NOON + 120, "sent", 2, None),
        (NOON + 120, "sent", 2, 1),
        (NOON + 120, "done", None, None),
    ]


def test_what_no_list_shows_is_absent_only_after_a_while(place: Place) -> None:
    """Clerk's lists may lag behind: an invitation that appears half a minute later is found, not made again."""
    stage = Stage(place)
    stage.backend.faults([{"do": "drop", "method": "POST"}])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(["ada@example.com"], ignore_existing=True))
        for progress in job.run(client):
            if progress.state is JobState.WAITING:
                assert progress.sum == Sum(1, unknown=1)
                assert progress.reason == "finding out what became of a call"
                assert progress.waiting_until == NOON + 120
                stage.backend.seed({"invitations": [{"email_address": "ada@example.com"}]})
        assert job.sum() == Sum(1, sent=1)
    assert len(stage.posts()) == 1


def test_a_clerk_in_trouble_does_not_eat_up_the_hour(place: Place) -> None:
    """After an unclear answer nothing more is posted until it is cleared up."""
    stage = Stage(place)
    stage.backend.faults([{"do": "status", "status": 503, "method": "POST", "times": 5}])
    stage.send(checked(people(100)))
    times = [call["time"] / 1000 - NOON for call in stage.posts()]
    assert times == [0, 60, 120, 180, 240, *[300] * 10]


def test_a_call_that_could_not_leave_in_time_does_not_leave(place: Place) -> None:
    """A machine that slept between intent and call has lost it: by now somebody else may have settled its rows."""
    stage = Stage(place)

    class WakesUpLate:
        """Shows the run another time once the first intent is written."""

        slept = False

        def now(self) -> float:
            if not self.slept and stage.place.ask("SELECT count(*) FROM attempt") == [(1,)]:
                self.slept = True
                stage.clock.advance(30)
            return stage.clock.now()

        def sleep(self, seconds: float) -> None:
            stage.clock.sleep(seconds)

    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        assert stage.steps(job, client, clock=WakesUpLate())[-1].sum == Sum(3, sent=3)
    outcomes = stage.place.ask("SELECT outcome, counts, reason FROM attempt ORDER BY id")
    assert outcomes == [("not_sent", 0, "30 seconds passed before the call could leave"), ("sent", 1, None)]
    assert [call["time"] for call in stage.posts()] == [(NOON + 30) * 1000]


def test_every_write_is_on_the_disk_when_it_is_over(place: Place) -> None:
    """A power cut loses no intent: SQLite syncs at every commit (2 is FULL), PostgreSQL before it answers."""
    stage = Stage(place)
    with stage.ledger() as ledger, ledger.begin() as connection:
        if connection.dialect.name == "sqlite":
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
            }
            assert settings == {"synchronous": 2, "journal_mode": "wal"}
        else:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
