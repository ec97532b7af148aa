"""Withdraw: what is still open is taken back, what is not is said, and every moment of it may be the last."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stage import ACME, KEY, Place, Stage, checked, people
from withdrawals import kind_of, revocations, statuses, sum_of, told, withdraw

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, InputError, KeyRefused, LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.after.standing import Standing
from clerkbulk.sending.after.withdrawing import Step
from clerkbulk.sending.state import JobState, Sum

DAY = 86_400
TARGETS = pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)


@TARGETS
def test_every_open_invitation_is_revoked_with_one_call_and_the_row_says_when(place: Place, target: Target) -> None:
    """Twelve people, twelve calls; withdrawn, with the time, in the results and as a dated transition."""
    stage = Stage(place)
    job = stage.send(checked(people(12), target))
    stage.clock.advance(60)
    steps = withdraw(stage, job.id)
    assert statuses(stage, target) == {"revoked": 12}
    assert [call["status"] for call in revocations(stage)] == [200] * 12
    assert sum_of(stage, job.id) == Sum(12, withdrawn=12)
    assert (steps[-1].people, steps[-1].done, steps[-1].withdrawn) == (12, 12, 12)
    assert told(stage, job.id)[3] == (
        "withdrawn", None, "The invitation was taken back on 2027-01-15 at 12:01 UTC.", "Nothing to do.",
    )  # fmt: skip
    with stage.ledger() as ledger, ledger.begin() as connection:
        line = tables.transition
        dated = connection.execute(
            sa.select(line.c.line, line.c.at).where(line.c.state == "withdrawn").order_by(line.c.id)
        ).all()
    assert [(one.line, one.at) for one in dated] == [(number, stage.clock.now()) for number in range(1, 13)]


@TARGETS
def test_what_is_not_open_any_more_is_told_apart_and_said(tmp_path: Path, target: Target) -> None:
    """Accepted and expired stay sent with the reason; revoked by somebody else is withdrawn, and said so."""
    stage = Stage(tmp_path)
    short = {"email_address": "p4@example.com", "expires_in_days": 1}
    rows = [{"email_address": address} for address in people(3)] + [short]
    defaults = {"role": "org:member"} if target == ACME else {}
    job = stage.send(cb.check(rows, target, defaults=defaults))
    where = {"organization_id": "org_acme"} if target == ACME else {}
    stage.backend.accept({"email_address": "p1@example.com", **where})
    ids = {one["email_address"]: one["id"] for one in stage.backend.state()[kind_of(target)]}
    with stage.client() as dashboard:
        dashboard.revoke(target, ids["p2@example.com"])
    stage.clock.advance(2 * DAY)
    with stage.ledger() as ledger, stage.client() as client:
        found = ledger.find(job.id).withdraw(client).look()
        by_standing = {standing: [one.line for one in found.standing(standing)] for standing in Standing}
    assert by_standing == {
        Standing.PENDING: [3], Standing.ACCEPTED: [1], Standing.EXPIRED: [4], Standing.REVOKED: [2],
        Standing.MISSING: [],
    }  # fmt: skip
    withdraw(stage, job.id)
    what = "member from the organization" if target == ACME else "user"
    assert told(stage, job.id) == {
        1: (
            "sent", "accepted", "The person has accepted: the invitation cannot be taken back.",
            f"Remove the {what} in the Clerk Dashboard if the person is not to be there.",
        ),
        2: (
            "withdrawn", "already_revoked",
            "The invitation had been revoked already when it was to be taken back.", "Nothing to do.",
        ),
        3: ("withdrawn", None, "The invitation was taken back on 2027-01-17 at 12:00 UTC.", "Nothing to do."),
        4: (
            "sent", "expired", "The invitation has expired: nobody can use it, and it cannot be revoked.",
            "Nothing to do.",
        ),
    }  # fmt: skip
    assert len(revocations(stage)) == 2  # somebody's in the Dashboard, and ours


@TARGETS
def test_who_accepts_between_the_look_and_the_call_stays_sent(tmp_path: Path, target: Target) -> None:
    """Clerk's refusal says so, or the read after it."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(3), target))
    where = {"organization_id": "org_acme"} if target == ACME else {}
    with stage.ledger() as ledger, stage.client() as client:
        withdrawal = ledger.find(job.id).withdraw(client)
        assert list(withdrawal.settle()) == []
        found = withdrawal.look()
        stage.backend.accept({"email_address": "p2@example.com", **where})
        last = list(withdrawal.take_back(found))[-1]
    assert (last.people, last.done, last.withdrawn) == (3, 3, 2)
    assert sum_of(stage, job.id) == Sum(3, sent=1, withdrawn=2)
    assert told(stage, job.id)[2][1] == "accepted"
    assert statuses(stage, target) == {"revoked": 2, "accepted": 1}


def test_an_invitation_that_clerk_does_not_have_any_more_is_said_to_be_gone(tmp_path: Path) -> None:
    """A new instance in the place of the old one, say: nothing is guessed."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(2)))
    stage.backend.reset()
    withdraw(stage, job.id)
    assert {code for _, code, _, _ in told(stage, job.id).values()} == {"missing"}
    assert sum_of(stage, job.id) == Sum(2, sent=2)


def test_only_the_lines_asked_for_are_withdrawn(tmp_path: Path) -> None:
    """The others keep their invitations; a line the job does not have is refused before anything happens."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(5)))
    with pytest.raises(InputError, match="has no line 9, 77: lines are counted as the spreadsheet shows them"):
        withdraw(stage, job.id, lines=[2, 9, 77])
    assert revocations(stage) == []
    withdraw(stage, job.id, lines=[2, 4])
    assert {line for line, said in told(stage, job.id).items() if said[0] == "withdrawn"} == {2, 4}
    assert statuses(stage) == {"pending": 3, "revoked": 2}


def test_rows_never_invited_stay_left_and_the_job_stays_paused(tmp_path: Path) -> None:
    """No run goes on with it by itself; run() would invite the rest."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(25)))
        run = job.run(client)
        while next(run).sum.sent < 10:
            pass
        run.close()  # type: ignore[attr-defined]
        list(job.withdraw(client))
        assert job.sum() == Sum(25, withdrawn=10, left=15)
        record = job.record
        assert (record.state, record.reason) == (
            JobState.PAUSED, "its invitations were taken back; 15 people were never invited",
        )  # fmt: skip
        with ledger.begin() as connection:
            assert connection.execute(sa.select(tables.job.c.pause_asked_at)).scalar() == stage.clock.now()
        stage.steps(job, client)
        assert job.sum() == Sum(25, sent=15, withdrawn=10)
    assert statuses(stage) == {"revoked": 10, "pending": 15}


def test_a_call_of_unknown_outcome_is_settled_first_and_whoever_it_invited_is_withdrawn(tmp_path: Path) -> None:
    """The process died after Clerk had done its work: ten people hold an invitation the ledger does not know of."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"method": "POST", "do": "drop", "when": "after"}])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(12)))
        run = job.run(client)
        while next(run).sum.unknown < 10:
            pass
        run.close()  # type: ignore[attr-defined]
        steps = list(job.withdraw(client))
        assert job.sum() == Sum(12, withdrawn=10, left=2)
    assert steps[-1].withdrawn == 10
    assert statuses(stage) == {"revoked": 10}


def test_a_lost_call_that_invited_nobody_is_waited_for_visibly_until_that_is_sure(tmp_path: Path) -> None:
    """A minute after the call, by Clerk's lists; the wait has a time and a reason."""
    stage = Stage(tmp_path)
    stage.backend.faults([{"method": "POST", "do": "drop", "when": "before"}])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        run = job.run(client)
        while next(run).sum.unknown < 3:
            pass
        run.close()  # type: ignore[attr-defined]
        began = stage.clock.now()
        (step,) = job.withdraw(client)
        assert (step.waiting_until, step.reason) == (began + 120, "finding out what became of a call")
        assert job.sum() == Sum(3, left=3)


@TARGETS
@pytest.mark.parametrize(
    "fault",
    [
        {"do": "drop", "when": "after"},
        {"do": "drop", "when": "before"},
        {"do": "status", "status": 500, "when": "after"},
        {"do": "status", "status": 503, "when": "before"},
        {"do": "html", "status": 200, "when": "after"},
        {"do": "garbage", "when": "before"},
        {"do": "truncate"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_an_answer_that_says_nothing_is_read_back_before_the_call_is_made_again(
    tmp_path: Path, target: Target, fault: dict[str, Any]
) -> None:
    """Never guessed: the invitation is revoked once, whether the lost call had done its work or not."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(3), target))
    stage.backend.faults([{"method": "POST", "do": "pass"}, {"method": "POST", **fault}])
    steps = withdraw(stage, job.id)
    waits = [step for step in steps if step.waiting_until is not None]
    assert [(step.reason, step.waiting_until - step.at) for step in waits if step.waiting_until] == [
        ("Clerk gave no clear answer", 30)
    ]
    assert sum_of(stage, job.id) == Sum(3, withdrawn=3)
    assert statuses(stage, target) == {"revoked": 3}
    done_by_the_lost_call = fault.get("when", "after") == "after"
    assert len(revocations(stage)) == (3 if done_by_the_lost_call else 4)


def test_a_429_is_obeyed_as_long_as_it_says_and_seen(tmp_path: Path) -> None:
    """Retry-After, with its end as a time; then the same call again, after a look."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(2)))
    fault = {"method": "POST", "do": "status", "status": 429, "headers": {"retry-after": "900"}}
    stage.backend.faults([fault])
    began = stage.clock.now()
    steps = withdraw(stage, job.id)
    assert (steps[0].reason, steps[0].waiting_until) == ("Clerk said to wait (429)", began + 900)
    assert stage.clock.now() >= began + 900
    assert statuses(stage) == {"revoked": 2}


def test_more_people_than_an_instance_answers_at_once_are_all_withdrawn(tmp_path: Path) -> None:
    """A development instance takes a hundred requests in ten seconds: the waits are part of it."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(240)))
    steps = withdraw(stage, job.id)
    assert any(step.waiting_until for step in steps)
    assert sum_of(stage, job.id) == Sum(240, withdrawn=240)
    assert statuses(stage) == {"revoked": 240}


def test_a_clerk_that_stays_away_ends_the_withdrawal_with_an_error_and_it_can_be_begun_again(tmp_path: Path) -> None:
    """What was revoked until then is written down."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(3)))
    stage.backend.faults(
        [{"method": "POST", "do": "pass"}, {"method": "POST", "do": "status", "status": 503, "times": 99}]
    )
    with pytest.raises(ClerkRefused, match="503"):
        withdraw(stage, job.id)
    assert sum_of(stage, job.id) == Sum(3, sent=2, withdrawn=1)
    stage.backend.faults([])
    withdraw(stage, job.id)
    assert sum_of(stage, job.id) == Sum(3, withdrawn=3)


def test_a_key_that_clerk_no_longer_accepts_ends_it_at_once(tmp_path: Path) -> None:
    """No wait helps there."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(3)))
    stage.backend.faults([{"method": "POST", "do": "status", "status": 401}])
    with pytest.raises(KeyRefused):
        withdraw(stage, job.id)
    assert sum_of(stage, job.id) == Sum(3, sent=3)


class After:
    """Says stop after it was asked so many times."""

    def __init__(self, times: int) -> None:
        self._left = times

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


def test_stop_is_heard_between_two_people_and_in_a_wait(tmp_path: Path) -> None:
    """The rest keeps its invitations, and withdrawing again takes them back."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(5)))
    steps = withdraw(stage, job.id, stop=After(3))
    assert (steps[-1].reason, steps[-1].done, steps[-1].people) == ("stopped by request", 2, 5)
    assert statuses(stage) == {"pending": 3, "revoked": 2}
    stage.backend.faults(
        [{"method": "POST", "do": "status", "status": 429, "headers": {"retry-after": "3600"}, "times": 5}]
    )
    began = stage.clock.now()
    assert withdraw(stage, job.id, stop=After(4))[-1].reason == "stopped by request"
    assert stage.clock.now() < began + 60
    withdraw(stage, job.id)
    assert sum_of(stage, job.id) == Sum(5, withdrawn=5)


def test_a_job_that_somebody_is_at_work_on_is_refused_with_the_way_out(tmp_path: Path) -> None:
    """Pause first: a run that goes on would invite while we revoke."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(25)))
        with ledger.begin() as connection:
            connection.execute(tables.job.update().values(state=JobState.RUNNING))
            connection.execute(
                tables.worker.insert().values(
                    id="elsewhere/4026531836 17 99 aabbccdd", job_id=job.id, began_at=0.0,
                    lease_until=stage.clock.now() + 100,
                )
            )  # fmt: skip
        with pytest.raises(LedgerError, match=f"Somebody is at work on {job.id}: .*clerkbulk pause {job.id}"):
            list(job.withdraw(client))
        stage.clock.advance(101)
        assert list(job.withdraw(client)) == []
        assert job.record.state is JobState.PAUSED


def test_a_job_never_begun_holds_nothing(tmp_path: Path) -> None:
    """Said, not done in silence."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(2)))
        with pytest.raises(InputError, match="was never begun: nobody holds an invitation of it"):
            list(job.withdraw(client))


def test_a_key_of_another_instance_takes_nothing_back(tmp_path: Path) -> None:
    """The job belongs to the instance it was begun in."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(2)))
    with stage.ledger() as ledger, ledger.begin() as connection:
        connection.execute(tables.job.update().values(instance_id="ins_other"))
    with stage.ledger() as ledger, stage.client() as client, pytest.raises(LedgerError, match="belongs to"):
        list(ledger.find(job.id).withdraw(client))
    assert statuses(stage) == {"pending": 2}


def test_a_job_that_went_on_after_the_look_must_be_looked_at_again(tmp_path: Path) -> None:
    """Whoever was invited meanwhile was not in the question."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(25)))
        run = job.run(client)
        while next(run).sum.sent < 10:
            pass
        run.close()  # type: ignore[attr-defined]
        withdrawal = job.withdraw(client)
        found = withdrawal.look()
        stage.steps(job, client)
        with pytest.raises(LedgerError, match="has changed since it was looked at"):
            list(withdrawal.take_back(found))
    assert revocations(stage) == []


def test_an_invitation_whose_answer_had_no_id_is_found_by_its_address(tmp_path: Path) -> None:
    """Clerk's schema has an id; a reply without one is no failure, and no reason to leave somebody invited."""
    stage = Stage(tmp_path)
    stage.backend.seed({"invitations": [{"email_address": "p2@example.com", "created_at": 1, "status": "expired"}]})
    job = stage.send(checked(people(3)))
    with stage.ledger() as ledger, ledger.begin() as connection:
        connection.execute(tables.row.update().values(invitation_id=None))
    withdraw(stage, job.id)
    assert sum_of(stage, job.id) == Sum(3, withdrawn=3)
    assert statuses(stage) == {"expired": 1, "revoked": 3}


def test_withdrawing_again_changes_nothing(tmp_path: Path) -> None:
    """No call, no new line in the story, the same words."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(4)))
    stage.backend.accept({"email_address": "p1@example.com"})
    withdraw(stage, job.id)
    before, calls = told(stage, job.id), len(revocations(stage))

    def story() -> int:
        with stage.ledger() as ledger, ledger.begin() as connection:
            line = tables.transition.c.line
            return connection.execute(sa.select(sa.func.count()).where(line.is_not(None))).scalar_one()

    lines = story()
    stage.clock.advance(100)
    assert withdraw(stage, job.id) == []
    assert (told(stage, job.id), len(revocations(stage)), story()) == (before, calls, lines)


def test_the_key_and_links_are_in_no_step_and_no_reason(tmp_path: Path) -> None:
    """Nothing secret comes back from a revocation's answer."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(2)))
    steps: Sequence[Step] = withdraw(stage, job.id)
    assert KEY not in repr(steps)
    assert b"ticket=" not in stage.path.read_bytes()
