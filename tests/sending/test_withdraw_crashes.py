"""Withdraw, cut off: every moment of it may be the last, and the next one makes it good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from stage import ACME, Between, Crash, CrashingLedger, Stage, checked, people
from withdrawals import statuses, sum_of, withdraw

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.sending import tables
from clerkbulk.sending.state import Sum


@pytest.mark.parametrize(("target", "after"), [(cb.Application(), False), (ACME, True)], ids=str)
def test_a_crash_at_every_single_transaction_of_a_withdrawal_leaves_nobody_invited(
    tmp_path: Path, target: Target, after: bool
) -> None:
    """The process dies at the first, the second, ... transaction, before or after it is durable; the next goes on."""
    deaths = 0
    for dies_at in range(1, 100):
        folder = tmp_path / str(dies_at)
        folder.mkdir()
        stage = Stage(folder)
        job_id = half_sent(stage, target)
        died = withdraw_and_die(stage, job_id, dies_at, after)
        assert sum_of(stage, job_id).rows == 5
        if not died:
            break
        deaths += 1
        withdraw(stage, job_id)
        assert sum_of(stage, job_id) == Sum(5, withdrawn=4, left=1)
        assert statuses(stage, target) == {"revoked": 4}
    else:
        raise AssertionError("the withdrawal never came to an end")
    assert deaths > 10


def half_sent(stage: Stage, target: Target) -> str:
    """Return a job that ended with three people in a lost call, one invited alone, and one left."""
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(5), target))
        job.bind(client)
        stage.backend.faults([{"method": "POST", "do": "drop", "when": "after"}])
        with ledger.begin() as connection:
            connection.execute(tables.row.update().where(tables.row.c.line > 3).values(at_most=1))
        run = job.run(client)
        while next(run).sum.sent < 4:
            pass
        run.close()  # type: ignore[attr-defined]
        with ledger.begin() as connection:
            # As if the ledger had not heard of the first call's end.
            lost = {"state": "unknown", "invitation_id": None, "invited_at": None, "expires_at": None}
            connection.execute(tables.row.update().where(tables.row.c.line <= 3).values(**lost))
        return job.id


def withdraw_and_die(stage: Stage, job_id: str, dies_at: int, after: bool) -> bool:
    with CrashingLedger(stage.path, clock=stage.clock, dies_at=dies_at, after=after) as ledger:
        try:
            with stage.client() as client:
                list(ledger.find(job_id).withdraw(client))
        except Crash:
            return True
    return False


@pytest.mark.parametrize("target", [cb.Application(), ACME], ids=str)
def test_a_crash_between_the_revocation_and_its_line_is_made_good_by_the_next(tmp_path: Path, target: Target) -> None:
    """Revoking again is harmless: Clerk says it is revoked already."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(3), target))
    seen = []

    def dies(request: Any) -> None:
        if len(seen) == 2:
            raise Crash
        seen.extend([request] if request.url.path.endswith("/revoke") else [])

    with (
        stage.ledger() as ledger,
        stage.client(Between(stage.backend.transport(), dies)) as client,
        pytest.raises(Crash),
    ):
        list(ledger.find(job.id).withdraw(client))
    assert statuses(stage, target) == {"revoked": 2, "pending": 1}
    withdraw(stage, job.id)
    assert sum_of(stage, job.id) == Sum(3, withdrawn=3)
    assert statuses(stage, target) == {"revoked": 3}
