"""Withdraw after a reminder: it is the open invitation of a person that is taken back, whichever job has sent it."""

from __future__ import annotations

from pathlib import Path

import pytest
from reminders import accept, by_address, pending, remind, sent_long_ago, told
from stage import ACME, Stage, people
from withdrawals import revocations, sum_of, withdraw

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.job import Job
from clerkbulk.sending.state import JobState, Sum

TARGETS = pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)


def half_reminded(stage: Stage, number: int = 15) -> tuple[Job, str]:
    """Return a job and the id of its reminder, which has sent ten and was left there."""
    job = sent_long_ago(stage, number)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        run = reminder.run(client)
        while next(run).sum.sent < 10:
            pass
        run.close()  # type: ignore[attr-defined]
        return job, reminder.id


@TARGETS
def test_the_newer_invitation_is_revoked_and_both_rows_say_so(tmp_path: Path, target: Target) -> None:
    """Four people, four calls, besides the four of the reminder; who accepted the reminder stays, in both jobs."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 5, target)
    reminder = remind(stage, job.id)
    assert reminder is not None
    accept(stage, "p3@example.com", target)
    before = len(revocations(stage))
    withdraw(stage, job.id)
    assert len(revocations(stage)) - before == 4
    assert pending(stage, target) == {}
    assert (sum_of(stage, job.id), sum_of(stage, reminder)) == (Sum(5, sent=1, withdrawn=4),) * 2
    for one in (job.id, reminder):
        said = told(stage, one)
        assert said[1][1] == "The invitation was taken back on 2027-01-22 at 12:00 UTC."
        assert said[3][1].startswith("The person has accepted: the invitation cannot be taken back.")


def test_an_unfinished_reminder_is_called_off(tmp_path: Path) -> None:
    """Ten hold the reminder's invitation, five the older one: fifteen calls, and the reminder is done."""
    stage = Stage(tmp_path)
    job, reminder = half_reminded(stage)
    steps = withdraw(stage, job.id)
    assert steps[-1].withdrawn == 15
    assert pending(stage) == {}
    assert (sum_of(stage, job.id), sum_of(stage, reminder)) == (Sum(15, withdrawn=15),) * 2
    assert told(stage, reminder)[15] == (
        "withdrawn", "The reminder was called off before it was sent.", "Nothing to do.",
    )  # fmt: skip
    with stage.ledger() as ledger:
        assert [record.state for record in ledger.jobs()] == [JobState.DONE] * 2


def test_only_the_lines_asked_for_are_called_off(tmp_path: Path) -> None:
    """The reminder stays paused for the others, and goes on with them."""
    stage = Stage(tmp_path)
    job, reminder = half_reminded(stage)
    withdraw(stage, job.id, lines=[1, 15])
    assert sum_of(stage, reminder) == Sum(15, sent=9, withdrawn=2, left=4)
    with stage.ledger() as ledger, stage.client() as client:
        assert ledger.record(reminder).state is JobState.PAUSED
        stage.steps(ledger.find(reminder), client)
    assert pending(stage) == dict.fromkeys(list(people(15)[1:-1]), 1)


def test_to_withdraw_a_reminder_alone_leaves_everybody_else_their_invitation(tmp_path: Path) -> None:
    """The people of the reminder only; its rows that were never sent stay left, with their older invitation open."""
    stage = Stage(tmp_path)
    job, reminder = half_reminded(stage)
    withdraw(stage, reminder)
    assert pending(stage) == dict.fromkeys(people(15)[10:], 1)
    assert sum_of(stage, reminder) == Sum(15, withdrawn=10, left=5)
    assert sum_of(stage, job.id) == Sum(15, sent=5, withdrawn=10)
    with stage.ledger() as ledger, stage.client() as client:
        stage.steps(ledger.find(reminder), client)
    assert by_address(stage)["p15@example.com"] == ["revoked", "pending"]
    assert by_address(stage)["p1@example.com"] == ["revoked", "revoked"]


def test_a_reminder_that_somebody_is_at_work_on_must_be_paused_first(tmp_path: Path) -> None:
    """It would invite while we revoke."""
    stage = Stage(tmp_path)
    job, reminder = half_reminded(stage)
    with stage.ledger() as ledger, stage.client() as client:
        with ledger.begin() as connection:
            connection.execute(
                tables.worker.insert().values(
                    id="elsewhere/4026531836 17 99 aabbccdd", job_id=reminder, began_at=0.0,
                    lease_until=stage.clock.now() + 100,
                )
            )  # fmt: skip
        before = len(revocations(stage))
        with pytest.raises(LedgerError, match=f"Somebody is at work on {reminder}: .*clerkbulk pause {reminder}"):
            list(ledger.find(job.id).withdraw(client))
    assert len(revocations(stage)) == before


@TARGETS
def test_a_reminder_begun_in_the_middle_of_a_withdrawal_is_taken_back_too(tmp_path: Path, target: Target) -> None:
    """One of five was revoked when somebody reminded the other four: at the end nobody holds anything."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 5, target)
    with stage.ledger() as ledger, stage.client() as client:
        steps = iter(ledger.find(job.id).withdraw(client))
        while next(steps).withdrawn < 1:
            pass
        reminder = remind(stage, job.id)
        assert reminder is not None
        assert sum_of(stage, reminder) == Sum(4, sent=4)
        for _ in steps:
            pass
    assert pending(stage, target) == {}
    assert sum_of(stage, job.id) == Sum(5, withdrawn=5)
    assert sum_of(stage, reminder) == Sum(4, withdrawn=4)


def test_a_reminder_made_and_not_sent_meanwhile_is_called_off(tmp_path: Path) -> None:
    """It would have invited people whose invitation was just taken back."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 5)
    with stage.ledger() as ledger, stage.client() as client:
        steps = iter(ledger.find(job.id).withdraw(client))
        while next(steps).withdrawn < 1:
            pass
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        for _ in steps:
            pass
        assert reminder.sum() == Sum(4, withdrawn=4)
    assert pending(stage) == {}
