"""Replacing: a reminder's older invitations are revoked just before its calls leave, whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from reminders import DAY, accept, by_address, invitations, pending, remind, sent_long_ago, sum_of, told, where
from stage import ACME, Between, Stage, assert_within_the_hour, checked, people

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused
from clerkbulk.sending import tables
from clerkbulk.sending.before.preflight import Policy
from clerkbulk.sending.state import JobState, Sum

TARGETS = pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)


def creations(stage: Stage) -> list[dict[str, Any]]:
    return [call for call in stage.posts() if not call["path"].endswith("/revoke")]


def test_nothing_is_revoked_before_the_hour_allows_the_call(tmp_path: Path) -> None:
    """Twenty-five calls an hour: nobody of the others is without an invitation while the job waits."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 270)
    waits = []
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        for progress in reminder.run(client):
            without = set(people(270)) - set(pending(stage))
            assert len(without) <= 10
            if progress.waiting_until and progress.waiting_until - progress.at > 1000:
                waits.append(progress)
                assert without == set()
    assert waits
    assert sum_of(stage, reminder.id) == Sum(270, sent=270)
    assert pending(stage) == dict.fromkeys(people(270), 1)
    assert_within_the_hour(creations(stage), 25)


def test_nothing_is_revoked_outside_the_hours_of_the_pace(tmp_path: Path) -> None:
    """The reminder keeps to the hours of its original: 8 to 9 in the morning."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(5)))
        stage.steps(job, client, pace=job.plan(hours="8-9").pace)
        stage.clock.advance(9 * DAY + 5 * 3600)
        reminder = job.remind(client)
        assert reminder is not None
        waits = 0
        for progress in reminder.run(client):
            if progress.waiting_until is not None:
                assert progress.reason == "the hours in which calls leave have not begun"
                assert pending(stage) == dict.fromkeys(people(5), 1)
                waits += 1
    hours = {call["time"] // 3_600_000 % 24 for call in stage.posts()}
    assert (hours, waits) == ({8}, 1)


@TARGETS
def test_who_accepts_before_the_call_is_already_there_and_not_invited(tmp_path: Path, target: Target) -> None:
    """Between the choice and the call, or between the look and the revocation; who joined otherwise keeps theirs."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 5, target)

    (fourth,) = (one["id"] for one in invitations(stage, target) if one["email_address"] == "p4@example.com")

    def accepts(request: Any) -> None:
        if request.url.path.endswith(f"{fourth}/revoke"):
            accept(stage, "p4@example.com", target)

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), accepts)) as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        accept(stage, "p1@example.com", target)
        seed: dict[str, Any] = {"users": [{"email_address": "p2@example.com"}]}
        if target == ACME:
            seed["memberships"] = [{"email_address": "p2@example.com", **where(target)}]
        stage.backend.seed(seed)
        stage.steps(reminder, client)
        assert reminder.sum() == Sum(5, sent=2, already_there=3)
    assert by_address(stage, target) == {
        "p1@example.com": ["accepted"], "p2@example.com": ["pending"], "p3@example.com": ["revoked", "pending"],
        "p4@example.com": ["accepted"], "p5@example.com": ["revoked", "pending"],
    }  # fmt: skip
    said = told(stage, reminder.id)
    what = "is a member of the organization" if target == ACME else "has an account"
    assert said[1] == ("already_there", "The person has accepted by now. No reminder was sent.", "Nothing to do.")
    assert said[2] == ("already_there", f"The person {what} already. No reminder was sent.", "Nothing to do.")
    assert said[4] == said[1]
    assert len(creations(stage)) == 2  # nobody found out by a refusal
    assert "The reminder was not needed any more on 2027-01-22" in told(stage, job.id)[4][1]


def test_another_job_still_counts_against_the_reminder(tmp_path: Path) -> None:
    """The original does not; a third one that has invited the person does, before anything is revoked."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 3)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        third = ledger.job(checked(["p2@example.com", "new@example.com"]))
        third.bind(client)
        assert third.sum() == Sum(2, already_there=1, left=1)
        with ledger.begin() as connection:
            mine = sa.and_(tables.row.c.job_id == third.id, tables.row.c.key == "p2@example.com")
            connection.execute(tables.row.update().where(mine).values(state="sent"))
        stage.steps(reminder, client)
        assert reminder.sum() == Sum(3, sent=2, already_there=1)
    assert by_address(stage)["p2@example.com"] == ["pending"]


def test_preflight_of_a_reminder_does_not_throw_out_whom_it_is_for(tmp_path: Path) -> None:
    """Their old invitation is pending, takes a seat, and does not stand in their way; a second look neither."""
    stage = Stage(tmp_path)
    stage.backend.seed({"organizations": [{"id": "org_full", "name": "Full", "max_allowed_memberships": 12}]})
    full = cb.Organization("org_full")
    job = sent_long_ago(stage, 12, full)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        found = reminder.preflight(client)
        assert {bucket.value: len(rows) for bucket, rows in found.buckets.items()} == {"ready": 12}
        stage.clock.advance(2 * 3600)
        stage.steps(reminder, client)
        assert reminder.sum() == Sum(12, sent=12)


@TARGETS
def test_a_lost_reply_of_the_new_invitation_is_settled_and_the_old_one_is_not_taken_for_it(
    tmp_path: Path, target: Target
) -> None:
    """Even on the very day: silent for no time at all, the old invitation as young as the call."""
    for when in ("before", "after"):
        folder = tmp_path / when
        folder.mkdir()
        stage = Stage(folder)
        job = stage.send(checked(people(3), target))
        with stage.ledger() as ledger, stage.client() as client:
            reminder = ledger.find(job.id).remind(client, 0)
            assert reminder is not None
            path = "/v1/organizations/org_acme/invitations/bulk$" if target == ACME else "/v1/invitations/bulk$"
            stage.backend.faults([{"method": "POST", "path": path, "do": "drop", "when": when}])
            stage.steps(reminder, client)
            news = {one.invitation_id for one in reminder.results()}
        olds = {one["id"] for one in invitations(stage, target) if one["status"] == "revoked"}
        assert len(olds) == len(news) == 3
        assert olds.isdisjoint(news)
        assert by_address(stage, target) == {key: ["revoked", "pending"] for key in people(3)}


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "drop", "when": "after"},
        {"do": "status", "status": 503, "when": "before"},
        {"do": "status", "status": 429, "headers": {"retry-after": "500"}},
        {"do": "garbage", "when": "after"},
    ],
    ids=str,
)
def test_a_revocation_without_a_clear_answer_is_looked_up_and_waited_for(tmp_path: Path, fault: dict[str, Any]) -> None:
    """Nobody is invited before it is known; the wait is seen."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 3)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        stage.backend.faults([{"method": "POST", "do": "pass"}, {"method": "POST", **fault}])
        steps = stage.steps(reminder, client)
    told_to_wait = fault.get("status") == 429
    reason = "Clerk said to wait (429)" if told_to_wait else "Clerk gave no clear answer to a revocation"
    waits = [one for one in steps if one.reason == reason]
    assert [round((one.waiting_until or 0) - one.at) for one in waits] == [500 if told_to_wait else 30]
    assert by_address(stage) == {key: ["revoked", "pending"] for key in people(3)}


def test_a_refusal_for_good_stops_the_reminder_and_it_can_be_gone_on_with(tmp_path: Path) -> None:
    """The reason stands in the job; the same command goes on."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 3)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        stage.backend.faults([{"method": "POST", "do": "status", "status": 403, "code": "authorization_invalid"}])
        with pytest.raises(ClerkRefused):
            stage.steps(reminder, client)
        assert reminder.record.state is JobState.STOPPED
        again = ledger.find(job.id).remind(client)
        assert again is not None
        assert again.id == reminder.id
        stage.steps(again, client)
    assert pending(stage) == dict.fromkeys(people(3), 1)


def test_whom_clerk_refuses_to_invite_again_is_said_in_both_jobs(tmp_path: Path) -> None:
    """The block list has grown: the person holds no invitation any more, and the sheet says why."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 2)
    object.__setattr__(stage.backend.settings, "blocklist", ("p2@example.com",))
    reminder = remind(stage, job.id)
    assert reminder is not None
    state, reason, remedy = told(stage, job.id)[2]
    assert state == "sent"
    assert "The reminder was refused on 2027-01-22" in reason
    assert remedy == "Change the address, or the restrictions in the Clerk Dashboard."
    assert "the person holds none until this one is sent" in told(stage, reminder)[2][1]


def test_both_lanes_remind_side_by_side(tmp_path: Path) -> None:
    """The single call takes its own row's old invitation away, and no other."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 265)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        stage.steps(reminder, client, pace=reminder.plan(lanes="both").pace)
    assert pending(stage) == dict.fromkeys(people(265), 1)
    assert len(invitations(stage)) == 530


@TARGETS
def test_whom_somebody_else_has_invited_again_meanwhile_is_already_there(tmp_path: Path, target: Target) -> None:
    """Revoked in the Dashboard and invited anew, after the reminder was made: ours would be the second."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 2, target, **({} if target == ACME else {"ignore_existing": True}))
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        client.revoke(target, invitations(stage, target)[0]["id"])
        stage.backend.seed({"invitations": [{"email_address": "p1@example.com", **where(target)}]})
        stage.steps(reminder, client)
        assert reminder.sum() == Sum(2, sent=1, already_there=1)
    assert pending(stage, target) == {"p1@example.com": 1, "p2@example.com": 1}
    reason = "Somebody else has invited the person again. No reminder was sent."
    assert told(stage, reminder.id)[1] == ("already_there", reason, "Nothing to do.")


def test_the_original_is_no_reason_for_a_reminder_to_cool_down(tmp_path: Path) -> None:
    """A cool-down is about other jobs; a reminder is the second mail of one story."""
    stage = Stage(tmp_path)
    job = sent_long_ago(stage, 2)
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job.id).remind(client)
        assert reminder is not None
        found = reminder.preflight(client, Policy(cool_down=30))
        assert {bucket.value: len(rows) for bucket, rows in found.buckets.items()} == {"ready": 2}
        stage.steps(reminder, client)
        assert reminder.sum() == Sum(2, sent=2)
