"""Look: what was read of a list before anybody says yes to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkbulk.people.checked import Checked
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy, Preflight
from clerkbulk.sending.before.roles import GivenRole
from clerkbulk.sending.client import Client
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger, fingerprint_of
from clerkbulk.sending.state import JobState


@dataclass(frozen=True, slots=True)
class Look:
    """What was read; it belongs to one list, one key and one set of decisions."""

    job: Job
    instance: str
    fingerprint: str
    found: Preflight
    roles: Sequence[GivenRole]
    people: int
    """Who would be invited now."""
    state: JobState
    is_at_work: bool
    """Whether somebody sends this very list at this moment."""

    @property
    def undecided(self) -> tuple[Bucket, ...]:
        """The buckets that keep the job from beginning, and those somebody has to decide about."""
        return self.found.to_do(Decision.ASK) + self.found.stops


def look_up(ledger: Ledger, client: Client, checked: Checked, policy: Policy) -> Look:
    """Read what Clerk has of a list's people. Sends nothing. Raises what Job.preflight() raises."""
    job = ledger.job(checked)
    instance = job.bind(client)
    found = job.preflight(client, policy)
    people = job.sum().open + len(found.again)
    return Look(
        job, instance, fingerprint_of(checked), found, job.roles(client), people, job.record.state,
        job.attendance().is_at_work,
    )  # fmt: skip
