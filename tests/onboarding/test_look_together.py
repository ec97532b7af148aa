"""Looks of two processes on one ledger at the same time, and a ledger from before there were looks."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from lookout import ACME, APP, Lookout
from town import Town

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.onboarding.hiding import kept_secret
from clerkbulk.sending import seen
from clerkbulk.sending.ledger import Ledger


@pytest.mark.parametrize("target", [APP, ACME], ids=["application", "organization"])
@pytest.mark.parametrize("ahead", [1, 2, 3])
def test_two_looks_at_once_see_everything_and_leave_complete_looks(target: Target, ahead: int) -> None:
    """The second goes on with what the first has begun; whoever ends first ends it, and the other spoils nothing."""
    out = Lookout()
    out.invite(*(f"p{number}@example.com" for number in range(1_200)), target=target)
    first, second = out.looking((target,)), out.looking((target,), client=out.client_through(out.backend.transport()))
    for _ in range(ahead):
        next(first)
    next(second)
    assert list(first)[-1].finished
    next(second)  # and is killed, perhaps: what was complete stays so
    assert all(set(json.loads(row["cursor"])) == {"whom", "totals"} for row in out.table(seen.look) if row["ended_at"])
    assert list(second)[-1].finished
    assert out.statuses() == out.truth()
    assert all(row["ended_at"] for row in out.table(seen.look))
    assert all(call["path"] == "/v1/instance" or call["status"] == 200 for call in out.backend.calls())


def test_a_ledger_from_before_there_were_looks_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its jobs are told of, and a look at them is kept."""
    town = Town(tmp_path)
    town.send([1, 2])
    town.ledger.close()
    with closing(sqlite3.connect(tmp_path / "onboarding.db")) as file, file:
        for name in seen.metadata.tables:
            file.execute(f'DROP TABLE "{name}"')
        file.execute("DELETE FROM migration WHERE number = 2")
    town.accept(1)
    with Ledger(tmp_path / "onboarding.db", clock=town.clock) as ledger:
        told = cb.onboarding(ledger, town.client, library="none")
        assert [one.stage.value for one in told.journeys] == ["accepted", "open"]
        assert [one.stage.value for one in cb.onboarding(ledger).journeys] == ["accepted", "open"]


def test_the_secret_of_the_hashes_goes_with_the_last_people(tmp_path: Path) -> None:
    """While a job is left, the same people have the same hashes; then nobody can try a guess on an old report."""
    town = Town(tmp_path)
    jobs = [town.send([1]), town.send([2])]
    secret = kept_secret(town.ledger.begin)
    town.ledger.find(jobs[0]).purge()
    assert kept_secret(town.ledger.begin) == secret
    town.ledger.find(jobs[1]).purge()
    with town.ledger.begin() as connection:
        assert connection.execute(sa.select(seen.pseudonym)).all() == []
