"""What the tests of withdrawing share: a withdrawal to its end, and what is left of the invitations."""

from __future__ import annotations

from collections import Counter
from typing import Any

from stage import ACME, Stage

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.sending.after.withdrawing import Step
from clerkbulk.sending.state import Sum


def kind_of(target: Target) -> str:
    return "organization_invitations" if target == ACME else "invitations"


def statuses(stage: Stage, target: Target | None = None) -> Counter[str]:
    """Return how many invitations of each status there are, by the emulator's own record."""
    return Counter(one["status"] for one in stage.backend.state()[kind_of(target or cb.Application())])


def withdraw(stage: Stage, job_id: str, **options: Any) -> list[Step]:
    """Withdraw a job and return the steps; the sum is asserted at every one of them."""
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.find(job_id)
        steps = []
        for step in job.withdraw(client, **options):
            job.sum()
            steps.append(step)
            assert len(steps) < 2000, "the withdrawal does not come to an end"
        return steps


def sum_of(stage: Stage, job_id: str) -> Sum:
    with stage.ledger() as ledger:
        return ledger.find(job_id).sum()


def told(stage: Stage, job_id: str) -> dict[int, tuple[str, str | None, str, str]]:
    """Return state, code, reason and remedy by line."""
    with stage.ledger() as ledger:
        results = ledger.find(job_id).results()
    return {one.line: (one.state.value, one.code, one.reason, one.remedy) for one in results}


def revocations(stage: Stage) -> list[dict[str, Any]]:
    return [call for call in stage.backend.calls() if call["path"].endswith("/revoke")]
