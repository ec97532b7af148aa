"""An hour of its own for each organization: only where that was found, and never more than Clerk lets in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from stage import ACME, Stage, checked, people

import clerkbulk as cb
from clerkbulk.contract.endpoint import HOUR
from clerkbulk.sending.before.pace import Pace

OTHER = cb.Organization("org_other")
OWN = Pace(own_hour=True)


def _stage(folder: Path, scope: str) -> Stage:
    stage = Stage(folder, hourly_scope=scope)
    stage.backend.seed({"organizations": [{"id": "org_other", "name": "Other"}]})
    return stage


def _posts(stage: Stage, organization_id: str) -> list[int]:
    return [call["time"] for call in stage.posts() if f"/{organization_id}/" in call["path"] and call["status"] == 200]


def _hours(stage: Stage, pace: Pace) -> float:
    """Send 400 people to each of two organizations, one after the other; return the hours the second has taken."""
    stage.send(checked(people(400), ACME), pace=pace)
    began = stage.clock.now()
    stage.send(checked(people(400), OTHER), pace=pace)
    return (stage.clock.now() - began) / HOUR


def test_two_organizations_do_not_wait_for_each_other_where_each_has_its_hour(tmp_path: Path) -> None:
    """Found that each organization has its own hour, the second is sent at once: 40 calls each, and no 429."""
    stage = _stage(tmp_path, "organization")
    assert _hours(stage, OWN) < 0.1
    assert [len(_posts(stage, one)) for one in ("org_acme", "org_other")] == [40, 40]
    assert {call["status"] for call in stage.posts()} == {200}


def test_two_organizations_share_the_hour_unless_it_was_found_otherwise(tmp_path: Path) -> None:
    """Without a finding the second waits for the hour of the first, as Clerk's documents have it."""
    stage = _stage(tmp_path, "organization")
    assert _hours(stage, Pace()) > 0.9


def test_an_organizations_own_calls_count_as_ever(tmp_path: Path) -> None:
    """With an hour of its own an organization still gets no more than 50 calls in any hour, over two jobs."""
    stage = _stage(tmp_path, "organization")
    stage.send(checked(people(400), ACME), pace=OWN)
    stage.send(checked([f"q{number}@example.com" for number in range(400)], ACME), pace=OWN)
    times = _posts(stage, "org_acme")
    assert len(times) == 80
    for place, time in enumerate(times):
        assert sum(time <= other < time + 3_600_000 for other in times[place:]) <= 50
    assert {call["status"] for call in stage.posts()} == {200}


def test_what_was_believed_wrongly_costs_time_and_nothing_else(tmp_path: Path) -> None:
    """Where they share an hour after all, a 429 is obeyed: everybody is invited, and exactly once."""
    stage = _stage(tmp_path, "instance")
    _hours(stage, OWN)
    assert max(stage.invited("organization_invitations").values()) == 2
    assert sum(stage.invited("organization_invitations").values()) == 800


def test_calls_made_under_a_finding_count_without_it(tmp_path: Path) -> None:
    """A later job that knows of no finding counts every call that was made under one."""
    stage = _stage(tmp_path, "instance")
    stage.send(checked(people(400), ACME), pace=OWN)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(400), OTHER))
        job.bind(client)
        # Of the hour's 50 calls 40 are used up: ten leave at once, the eleventh waits.
        assert job.timetable(Pace()).calls[10].at - stage.clock.now() > 0.9 * HOUR
        assert job.timetable(OWN).calls[10].at == stage.clock.now()


def test_the_application_has_no_hour_of_its_own(tmp_path: Path) -> None:
    """The word concerns organizations: the application's budget is kept as ever."""
    assert OWN.whose_hour(cb.Application()) is None
    assert OWN.whose_hour(ACME) == "org_acme"
    assert Pace().whose_hour(ACME) is None


def test_the_ledger_keeps_it_with_the_pace() -> None:
    """A run that goes on keeps to what its job was begun with; a pace of an older ledger knows nothing of it."""
    assert Pace.from_json(OWN.to_json()) == OWN
    older = replace(OWN, own_hour=False).to_json().replace(', "own_hour": false', "")
    assert Pace.from_json(older) == Pace()
