"""Remind: who has been silent is invited again, once, and holds one invitation all the while."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from reminders import DAY, accept, by_address, invitations, pending, remind, sent_long_ago, sum_of, told, where
from stage import ACME, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import InputError
from clerkbulk.sending import tables
from clerkbulk.sending.after.reminding import make_reminder
from clerkbulk.sending.after.silence import Why
from clerkbulk.sending.state import JobState, Sum

TARGETS = pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)


def creations(stage: Stage) -> list[dict[str, Any]]:
    return [call for call in stage.posts() if not call["path"].endswith("/revoke")]


@TARGETS
def test_the_silent_are_invited_again_and_hold_one_invitation(place: Place, target: Target) -> None:
    """The old one is revoked, the new one is open; who accepted is left alone; both jobs tell the story."""
    stage = Stage(place)
    job = sent_long_ago(stage, 12, target)
    accept(stage, "p3@example.com", target)
    reminder = remind(stage, job.id)
    assert reminder is not None
    assert by_address(stage, target) == {
        address: ["accepted"] if address == "p3@example.com" else ["revoked", "pending"] for address in people(12)
    }
    assert sum_of(stage, reminder) == Sum(11, sent=11)
    assert sum_of(stage, job.id) == Sum(12, sent=12)
    old, new = (one["id"] for one in invitations(stage, target) if one["email_address"] == "p1@example.com")
    assert told(stage, job.id)[1] == (
        "sent", f"The person is invited. Reminded on 2027-01-22: invited again, {new} ({reminder}).", "Nothing to do.",
    )  # fmt: skip
    assert told(stage, job.id)[3] == ("sent", "The person is invited.", "Nothing to do.")
    assert told(stage, reminder)[1] == (
        "sent", f"The person is invited. The invitation before, {old}, was closed on 2027-01-22.", "Nothing to do.",
    )  # fmt: skip
    with stage.ledger() as ledger:
        record = ledger.record(reminder)
        assert (record.reminds_id, record.state, record.source_name) == (
            job.id, JobState.DONE, f"{ledger.record(job.id).source_name} (reminder)",
        )  # fmt: skip
        results = ledger.find(reminder).results()
        assert [one.line for one in results] == [line for line in range(1, 13) if line != 3]
        assert next(one.cells for one in results) == ("p1@example.com",)


def test_nobody_is_too_recent_to_have_been_silent_for_no_time(tmp_path: Path) -> None:
    """Clerk tells its time by the second: somebody invited in this one may seem to be invited in the future."""
    stage = Stage(tmp_path)
    stage.clock.advance(0.9)
    job = sent_long_ago(stage, 2, cb.Application(), days=0)
    with stage.ledger() as ledger, stage.client() as client:
        assert [one.line for one in ledger.find(job.id).silent(client, 0).people] == [1, 2]


@TARGETS
def test_who_is_silent_and_who_is_not_and_why(tmp_path: Path, target: Target) -> None:
    """Each reason once; nobody of them is chosen, and nothing is written by looking."""
    stage = Stage(tmp_path)
    there = where(target)
    job = sent_long_ago(stage, 6, target, days=10)
    accept(stage, "p1@example.com", target)
    seed: dict[str, Any] = {"users": [{"email_address": "p2@example.com"}]}
    if target == ACME:
        seed["memberships"] = [{"email_address": "p2@example.com", **there}]
    stage.backend.seed(seed)
    ids = {one["email_address"]: one["id"] for one in invitations(stage, target)}
    with stage.client() as dashboard:
        dashboard.revoke(target, ids["p3@example.com"])
        dashboard.revoke(target, ids["p4@example.com"])
    stage.backend.seed({"invitations": [{"email_address": "p4@example.com", **there}]})
    with stage.ledger() as ledger, ledger.begin() as connection:
        gone = sa.and_(tables.row.c.line == 5)
        connection.execute(tables.row.update().where(gone).values(invitation_id="inv_gone"))
    with stage.ledger() as ledger, stage.client() as client:
        found = ledger.find(job.id).silent(client, 7)
        assert [one.line for one in found.people] == [6]
        assert {why: [one.line for one in them] for why, them in found.others.items()} == {
            Why.ACCEPTED: [1], Why.PRESENT: [2], Why.REVOKED: [3, 4], Why.MISSING: [5],
        }  # fmt: skip
        assert [one.line for one in ledger.find(job.id).silent(client, 10).people] == [6]
        assert ledger.find(job.id).silent(client, 10.5).people == ()
        assert len(ledger.jobs()) == 1
    assert len(creations(stage)) == 1


@TARGETS
def test_who_holds_another_open_invitation_is_not_reminded(tmp_path: Path, target: Target) -> None:
    """Ours has expired and somebody else has invited the person again: two would be one too many."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 3, target, days=8, expires_in_days=2)
    stage.backend.seed({"invitations": [{"email_address": "p2@example.com", **where(target)}]})
    reminder = remind(stage, job.id)
    assert reminder is not None
    assert pending(stage, target) == {"p1@example.com": 1, "p2@example.com": 1, "p3@example.com": 1}
    assert sum_of(stage, reminder) == Sum(2, sent=2)


@TARGETS
@pytest.mark.parametrize("expired", ["free", "block"])
def test_an_expired_invitation_is_replaced_too(tmp_path: Path, target: Target, expired: str) -> None:
    """An application's is revoked, so that it stands in nobody's way; an organization's cannot be."""
    stage = Stage(tmp_path, expired_invitations=expired)
    job = sent_long_ago(stage, 2, target, days=8, expires_in_days=2)
    reminder = remind(stage, job.id)
    assert reminder is not None
    if target == ACME:
        again = ["expired", "pending"] if expired == "free" else ["expired"]
        assert by_address(stage, target) == {"p1@example.com": again, "p2@example.com": again}
        assert sum_of(stage, reminder) == (Sum(2, sent=2) if expired == "free" else Sum(2, already_there=2))
    else:
        assert by_address(stage, target) == {key: ["revoked", "pending"] for key in people(2)}


def test_everyone_is_reminded_once_ever(tmp_path: Path) -> None:
    """Neither the original nor the reminder can remind them again; those sent later still can be."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 3)
    reminder = remind(stage, job.id)
    assert reminder is not None
    stage.clock.advance(30 * DAY)
    for asked in (job.id, reminder):
        with stage.ledger() as ledger, stage.client() as client:
            found = ledger.find(asked).silent(client, 7)
            assert (found.job_id, found.people) == (job.id, ())
            assert {why: len(them) for why, them in found.others.items()} == {Why.REMINDED: 3}
            assert ledger.find(asked).remind(client) is None
            assert len(ledger.jobs()) == 2
    assert len(invitations(stage)) == 6


def test_two_who_looked_at_the_same_time_make_one_reminder(place: Place) -> None:
    """The later one goes on with that of the earlier, and makes none of its own when it is over."""
    stage = Stage(place)
    job = sent_long_ago(stage, 3)
    with stage.ledger() as ledger, stage.client() as client:
        looked = ledger.find(job.id).silent(client)
        first = make_reminder(ledger, looked)
        assert first is not None
        assert make_reminder(ledger, looked) == first
        stage.steps(ledger.find(first), client)
        assert make_reminder(ledger, looked) is None
        assert len(ledger.jobs()) == 2


def test_who_is_withdrawn_is_not_reminded_by_somebody_who_looked_before(tmp_path: Path) -> None:
    """Withdrawn before the reminder is made, or by somebody who did not see it yet."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 3)
    with stage.ledger() as ledger, stage.client() as client:
        looked = ledger.find(job.id).silent(client)
        list(ledger.find(job.id).withdraw(client, lines=[1]))
        made = make_reminder(ledger, looked)
        assert made is not None
        with ledger.begin() as connection:
            of_two = sa.and_(tables.row.c.job_id == job.id, tables.row.c.line == 2)
            connection.execute(tables.row.update().where(of_two).values(state="withdrawn"))
        reminder = ledger.find(made)
        stage.steps(reminder, client)
        assert reminder.sum() == Sum(2, sent=1, withdrawn=1)
    assert by_address(stage) == {
        "p1@example.com": ["revoked"], "p2@example.com": ["pending"], "p3@example.com": ["revoked", "pending"],
    }  # fmt: skip


def test_a_second_reminder_takes_those_who_were_too_recent_for_the_first(tmp_path: Path) -> None:
    """One story a person, two reminders of one job."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(15)))
        run = job.run(client)
        while next(run).sum.sent < 10:
            pass
        run.close()  # type: ignore[attr-defined]
        stage.clock.advance(4 * DAY)
        stage.steps(job, client)
    stage.clock.advance(4 * DAY)
    first = remind(stage, job.id)
    stage.clock.advance(4 * DAY)
    second = remind(stage, job.id)
    assert first is not None
    assert second is not None
    assert (sum_of(stage, first), sum_of(stage, second)) == (Sum(10, sent=10), Sum(5, sent=5))
    assert pending(stage) == dict.fromkeys(people(15), 1)
    with stage.ledger() as ledger:
        assert ledger.record(second).source_name.endswith("(reminder 2)")


def test_a_reminder_under_way_is_told_in_the_original(tmp_path: Path) -> None:
    """Chosen, and not sent yet."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 2)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
    assert told(stage, job.id)[1] == (
        "sent", f"The person is invited. A reminder is under way ({reminder.id}).",
        f"Let it go on: clerkbulk resume {reminder.id}.",
    )  # fmt: skip


def test_what_cannot_be_reminded_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A job never begun, and days that are none."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(2)))
        with pytest.raises(InputError, match="was never begun: nobody can be reminded of it"):
            job.remind(client)
        stage.steps(job, client)
        with pytest.raises(InputError, match="silent for some days, not for -1"):
            job.remind(client, -1)
