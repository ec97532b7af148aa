"""A look at a job that is under way lets nobody in before somebody says yes: the answer may be no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from stage import ACME, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.client import Client
from clerkbulk.sending.job import Job
from clerkbulk.sending.progress import Progress
from clerkbulk.sending.state import Sum

NOT_299 = Policy(suppressed=frozenset({"p299@example.com"}))
TABLE = checked(people(300), notify=False)


def to_its_wait(job: Job, client: Client, policy: Policy) -> Iterator[Progress]:
    """Look, and run a job until the hour is used up; return the run, which is at work still."""
    job.preflight(client, policy)
    run = job.run(client)
    assert any(progress.state == "waiting" for progress in run)
    return run


def look(stage: Stage, table: cb.Checked, policy: Policy, *, yes: bool) -> Job:
    """Do what send does in another process: look, and end with a no, or a yes."""
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        job.preflight(client, policy)
        if yes:
            job.approve()
        return job


def test_a_no_invites_nobody_whom_the_list_left_out(place: Place) -> None:
    """The list was forgotten the second time, and the answer is no: whoever is at work goes on as it was told."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        run = to_its_wait(ledger.job(TABLE), client, NOT_299)
        look(stage, TABLE, Policy(), yes=False)
        *_, last = run
        assert last.sum == Sum(300, sent=299, refused=1)
    assert "p299@example.com" not in stage.invited()


def test_nor_does_a_yes_without_the_list(tmp_path: Path) -> None:
    """Lists are not kept: whom one has left out is let in by another list, or by a decision, not by having none."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(TABLE)
        run = to_its_wait(job, client, NOT_299)
        look(stage, TABLE, Policy(), yes=True)
        assert [row.code for row in job.results().only("refused")] == ["suppressed"]
        assert [*run][-1].sum == Sum(300, sent=299, refused=1)


@pytest.mark.parametrize(
    "policy",
    [Policy(suppressed=frozenset({"p300@example.com"})), Policy({Bucket.SUPPRESSED: Decision.SEND})],
    ids=["another list", "a decision"],
)
def test_a_list_without_them_or_a_decision_lets_them_in_after_the_yes(tmp_path: Path, policy: Policy) -> None:
    """Not before it: until then the row is as it was."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        job.preflight(client, Policy(suppressed=frozenset({"p2@example.com"})))
        stage.steps(job, client)
        found = job.preflight(client, policy)
        assert ([*found.again], job.sum()) == ([2], Sum(3, sent=2, refused=1))
        stage.steps(job, client)
        assert job.sum() == Sum(3, sent=3)


def test_the_domains_are_remembered_too(tmp_path: Path) -> None:
    """Whoever was outside the allowed domains stays outside until other domains are allowed."""
    stage = Stage(tmp_path)
    table = checked(["a@example.com", "b@example.org"])
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        for allowed, sent in (({"example.com"}, 1), (set(), 1), ({"example.org"}, 2)):
            job.preflight(client, Policy(allowed_domains=frozenset(allowed)))
            stage.steps(job, client)
            assert job.sum().sent == sent


def test_what_was_left_out_by_a_decision_waits_for_the_yes(place: Place) -> None:
    """invited_before=skip at first; then nobody says so, and the answer is no, and then yes."""
    stage = Stage(place)
    with stage.client() as client:
        stage.send(checked(["p299@example.com"], notify=False))
        (old,) = client.invitations(cb.Application())
        client.revoke(cb.Application(), old["id"])
    table = checked(people(300), ignore_existing=False, notify=False)
    skip = Policy({Bucket.INVITED_BEFORE: Decision.SKIP})
    with stage.ledger() as ledger, stage.client() as client:
        with ledger.begin() as connection:
            connection.exec_driver_sql("UPDATE row SET state = 'refused'")
        job = ledger.job(table)
        run = to_its_wait(job, client, skip)
        look(stage, table, Policy(), yes=False)
        assert job.sum().refused == 1
        look(stage, table, Policy(), yes=True)
        assert job.sum().refused == 0
        assert [*run][-1].sum == Sum(300, sent=300)


def test_who_was_left_out_since_the_look_stays_out(tmp_path: Path) -> None:
    """Another look, with a list, came between a look and its yes."""
    stage = Stage(tmp_path)
    mine = Policy(suppressed=frozenset({"p300@example.com"}))
    outside = Policy(allowed_domains=frozenset({"example.org"}))
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3)))
        job.preflight(client, Policy(suppressed=frozenset({"p2@example.com"})))
        job.approve()
        job.preflight(client, mine)
        stage.clock.advance(1)
        look(stage, checked(people(3)), outside, yes=False)
        job.approve()
        assert job.sum() == Sum(3, refused=3)


def test_a_no_does_not_end_the_cool_down_of_a_run_at_work(tmp_path: Path) -> None:
    """Somebody looks without --cool-down: until a yes, whom another job invites meanwhile is left out all the same."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        run = to_its_wait(ledger.job(TABLE), client, Policy(cool_down=30))
        look(stage, TABLE, Policy(), yes=False)
        stage.steps(ledger.job(checked(["p300@example.com"], ACME)), client)
        assert [*run][-1].sum == Sum(300, sent=299, refused=1)
    assert stage.invited("organization_invitations") == Counter(["p300@example.com"])


def test_what_is_planned_and_shown_before_a_yes_counts_those_it_lets_in(tmp_path: Path) -> None:
    """The timetable and the roles are of everybody who would be invited by a yes."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(3), ACME))
        job.preflight(client, Policy(suppressed=frozenset({"p2@example.com", "p3@example.com"})))
        stage.steps(job, client)
        job.preflight(client, Policy(suppressed=frozenset({"p2@example.com"})))
        assert job.timetable().people == 1
        assert [role.lines for role in job.roles(client)] == [(3,)]
