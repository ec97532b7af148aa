"""The cool-down: whoever one of our own jobs has invited lately gets no second mail so soon."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from stage import ACME, NOON, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.contract.target import Application, Target
from clerkbulk.sending import tables
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.job import Job
from clerkbulk.sending.state import RowState, Sum

DAY = 86_400
MONTH = Policy(cool_down=30)
BETA = cb.Organization("org_beta")


def stage_of(place: Path | Place) -> Stage:
    """Return a stage with two organizations."""
    stage = Stage(place, limits="off")
    stage.backend.seed({"organizations": [{"id": "org_beta", "name": "Beta"}]})
    return stage


def send(stage: Stage, table: cb.Checked, policy: Policy | None = None) -> Job:
    """Look ahead and send a table to its end."""
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        job.preflight(client, policy)
        stage.steps(job, client, limits="off")
        return job


@pytest.mark.parametrize("second", [Application(), BETA], ids=["application", "another organization"])
def test_whoever_a_job_of_ours_has_invited_lately_waits(place: Place, second: Target) -> None:
    """Whatever the target: five were invited to Acme yesterday, so only the new one is invited elsewhere today."""
    stage = stage_of(place)
    first = send(stage, checked(people(5), ACME))
    stage.clock.advance(DAY)
    job = send(stage, checked(people(6), second), MONTH)
    assert job.sum() == Sum(6, sent=1, refused=5)
    told = job.results()[4]
    assert (told.state, told.code) == (RowState.REFUSED, "cooling_down")
    assert told.reason == (
        f"Left out by preflight: the person was invited on 2027-01-15 by {first.id} (records, line 5), and the "
        "cool-down is 30 days. Nothing was sent."
    )
    assert told.remedy == "Send the sheet again when the cool-down is over, after 2027-02-14 12:00 UTC."


def test_without_one_there_is_none(tmp_path: Path) -> None:
    """An invitation to one organization is no reason against another unless somebody says so."""
    stage = stage_of(tmp_path)
    send(stage, checked(people(5), ACME))
    assert send(stage, checked(people(5), BETA)).sum() == Sum(5, sent=5)


@pytest.mark.parametrize(("later", "sent"), [(30 * DAY - 1, 0), (30 * DAY, 5)])
def test_it_is_over_to_the_second(tmp_path: Path, later: int, sent: int) -> None:
    """Thirty days after the invitation, by the time that Clerk gave it."""
    stage = stage_of(tmp_path)
    send(stage, checked(people(5), ACME))
    stage.clock.advance(later)
    assert send(stage, checked(people(5), BETA), MONTH).sum().sent == sent


def test_sent_again_when_it_is_over_everybody_is_invited(place: Place) -> None:
    """As the results say: the same sheet, the same job, and nobody was lost."""
    stage = stage_of(place)
    send(stage, checked(people(5), ACME))
    waiting = send(stage, checked(people(7), BETA), MONTH)
    assert waiting.sum() == Sum(7, sent=2, refused=5)
    assert waiting.set_aside() == 5
    stage.clock.advance(31 * DAY)
    again = send(stage, checked(people(7), BETA), MONTH)
    assert (again.id, again.sum()) == (waiting.id, Sum(7, sent=7))
    assert stage.invited("organization_invitations") == Counter(people(5)) + Counter(people(7))


def test_who_was_taken_back_waits_too(tmp_path: Path) -> None:
    """Withdrawn or not, the mail had gone out; to the same target as to any other."""
    stage = stage_of(tmp_path)
    first = send(stage, checked(people(3), ACME))
    with stage.ledger() as ledger, ledger.begin() as connection:
        connection.execute(tables.row.update().values(state=RowState.WITHDRAWN))
    stage.backend.reset()
    stage.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
    job = send(stage, checked(people(4), ACME), MONTH)
    assert job.id != first.id
    assert job.sum() == Sum(4, sent=1, refused=3)


def test_a_call_of_unknown_outcome_counts_from_when_it_left(tmp_path: Path) -> None:
    """Perhaps invited is reason enough to wait; it is said that way, and looked at again when the sheet comes again."""
    stage = stage_of(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        lost = ledger.job(checked(people(5), ACME))
        lost.bind(client)
        with ledger.begin() as connection:
            connection.execute(tables.row.update().values(state=RowState.UNKNOWN, changed_at=NOON))
    job = send(stage, checked(people(5), BETA), MONTH)
    assert job.sum() == Sum(5, refused=5)
    assert f"the person was perhaps invited on 2027-01-15 by {lost.id} (records, line 1)" in job.results()[0].reason


@pytest.mark.parametrize(("decision", "sent"), [(Decision.SEND, 5), (Decision.ASK, 5), (Decision.SKIP, 0)])
def test_the_decision_about_them_is_somebodys_own(tmp_path: Path, decision: Decision, sent: int) -> None:
    """As with every bucket; what a person was asked about and said yes to is sent."""
    stage = stage_of(tmp_path)
    send(stage, checked(people(5), ACME))
    policy = Policy({Bucket.COOLING_DOWN: decision}, cool_down=30)
    assert send(stage, checked(people(5), BETA), policy).sum().sent == sent


def test_people_of_another_instance_do_not_count(tmp_path: Path) -> None:
    """A trial on the development instance is no mail to anybody of the production instance."""
    trial, real = stage_of(tmp_path), stage_of(tmp_path)
    real.backend._world.ids.instance = lambda: "ins_production"  # type: ignore[method-assign]
    send(trial, checked(people(5), ACME))
    assert send(real, checked(people(5), BETA), MONTH).sum() == Sum(5, sent=5)


def test_two_jobs_side_by_side_write_to_nobody_twice(place: Place) -> None:
    """Both looked ahead before either sent: the cool-down is looked at once more when a call is claimed."""
    stage = stage_of(place)
    with stage.ledger() as ledger, stage.client() as client:
        acme, beta = ledger.job(checked(people(40), ACME)), ledger.job(checked(people(40)[::-1], BETA))
        acme.preflight(client, MONTH)
        beta.preflight(client, MONTH)
        runs = [acme.run(client, limits="off"), beta.run(client, limits="off")]
        while runs:
            runs = [run for run in runs if next(run, None) is not None]
        assert acme.sum().sent + beta.sum().sent == 40
        assert min(acme.sum().sent, beta.sum().sent) == 20
    assert stage.invited("organization_invitations") == Counter(people(40))


def test_a_job_that_goes_on_later_remembers_it(tmp_path: Path) -> None:
    """An hour later somebody else's job has invited one of those who still wait."""
    stage = stage_of(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(30), BETA))
        job.preflight(client, MONTH)
        run = job.run(client, limits="off")
        next(run), next(run)
        send(stage, checked(["p17@example.com"], ACME))
        stage.clock.advance(4000)
        for _ in run:
            pass
        assert job.sum() == Sum(30, sent=29, refused=1)
        assert job.results()[16].code == "cooling_down"
        with ledger.begin() as connection:
            dated = connection.execute(
                sa.select(tables.transition.c.state, tables.transition.c.reason).where(
                    tables.transition.c.job_id == job.id, tables.transition.c.line == 17
                )
            ).all()
    assert [tuple(one) for one in dated] == [("refused", "cooling_down")]
