"""What nudge lists is what remind does: told from a look at the instance, and found by remind's own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from town import ACME, APP, Town

from clerkbulk.contract.target import Target
from clerkbulk.onboarding.statistics.nudge import nudge, passed_over
from clerkbulk.sending.after.silence import Why


@pytest.mark.parametrize(("target", "days"), [(APP, 8), (APP, 31), (ACME, 31)], ids=str)
def test_remind_takes_the_list_and_agrees_on_the_others(tmp_path: Path, target: Target, days: int) -> None:
    """Accepted, revoked, reminded, joined, silent, expired: the same lines and reasons; and nobody else is sent to."""
    town = Town(tmp_path)
    job_id = town.send([1, 2, 3, 4, 5, 6], target)
    town.accept(1, target)
    town.withdraw(job_id, [2])
    job = town.ledger.find(job_id)
    reminder = job.remind(town.client, 0, only=[3])
    assert reminder is not None
    for _ in reminder.run(town.client):
        pass
    town.backend.seed(
        {"users": [{"email_address": "p4@example.com"}]}
        if target == APP
        else {"memberships": [{"email_address": "p4@example.com", "organization_id": "org_acme"}]}
    )
    town.days(days)
    town.look(target)
    people, now = town.gather().journeys, town.clock.now()
    listed = nudge(people, now)
    found = job.silent(town.client, 7)
    assert {one.line for one in listed} == {one.line for one in found.people} == {5, 6}
    assert {one.job_id for one in listed} == {job_id}
    assert all(abs(one.days_silent - days) < 0.1 for one in listed)
    assert all((one.expires_in_days or 0) < 0 for one in listed) == (days == 31)
    others = {why: {one.line for one in them} for why, them in passed_over(people, now).items()}
    theirs = {why: {one.line for one in them} for why, them in found.others.items()}
    assert others == theirs | ({} if Why.REVOKED in theirs else {Why.REVOKED: {2}})
    again = job.remind(town.client, 7, only=[one.key for one in listed[:1]])
    assert again is not None
    for _ in again.run(town.client):
        pass
    kind = "invitations" if target == APP else "organization_invitations"
    sent = Counter(one["email_address"] for one in town.backend.state()[kind])
    assert {address for address, times in sent.items() if times > 1} == {"p3@example.com", listed[0].key}
