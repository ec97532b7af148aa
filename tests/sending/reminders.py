"""What the tests of reminding share: a job whose people have been silent for a while, and a reminder run to its end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from stage import ACME, Stage, checked, people

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.sending.job import Job
from clerkbulk.sending.state import Sum

DAY = 86_400


def where(target: Target) -> dict[str, str]:
    """Return what names the target in a seed."""
    return {"organization_id": "org_acme"} if target == ACME else {}


def sent_long_ago(stage: Stage, number: int, target: Target | None = None, days: float = 7, **defaults: Any) -> Job:
    """Send so many invitations and let the days go by."""
    job = stage.send(checked(people(number), target, **defaults))
    stage.clock.advance(days * DAY)
    return job


def remind(stage: Stage, job_id: str, silent_for: float = 7, **options: Any) -> str | None:
    """Remind a job's silent people and run the reminder to its end; return its id."""
    with stage.ledger() as ledger, stage.client() as client:
        reminder = ledger.find(job_id).remind(client, silent_for)
        if reminder is None:
            return None
        stage.steps(reminder, client, **options)
        return reminder.id


def invitations(stage: Stage, target: Target | None = None) -> list[dict[str, Any]]:
    """Return every invitation to a target, the oldest first, by the emulator's own record."""
    kind = "organization_invitations" if target == ACME else "invitations"
    found: list[dict[str, Any]] = stage.backend.state()[kind]
    return found


def by_address(stage: Stage, target: Target | None = None) -> dict[str, list[str]]:
    """Return the statuses of each address's invitations, the oldest first."""
    found: dict[str, list[str]] = {}
    for one in invitations(stage, target):
        found.setdefault(one["email_address"].lower(), []).append(one["status"])
    return found


def pending(stage: Stage, target: Target | None = None) -> Counter[str]:
    """Return how many open invitations each address holds."""
    return Counter(one["email_address"].lower() for one in invitations(stage, target) if one["status"] == "pending")


def accept(stage: Stage, address: str, target: Target | None = None) -> None:
    """Let an invitee accept."""
    stage.backend.accept({"email_address": address, **where(target or cb.Application())})


def told(stage: Stage, job_id: str) -> dict[int, tuple[str, str, str]]:
    """Return state, reason and remedy by line."""
    with stage.ledger() as ledger:
        return {one.line: (one.state.value, one.reason, one.remedy) for one in ledger.find(job_id).results()}


def sum_of(stage: Stage, job_id: str) -> Sum:
    with stage.ledger() as ledger:
        return ledger.find(job_id).sum()
