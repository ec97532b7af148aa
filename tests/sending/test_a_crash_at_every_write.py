"""A crash at every write: small jobs, whose process dies at the first, the second, ... transaction, each in turn.

How many transactions a job takes is counted first, so that none is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stage import ACME, NOON, Crash, CrashingLedger, Stage, checked, people

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.sending import tables
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, Sum

YESTERDAY = (NOON - 86_400) * 1000
POST, PASS = {"method": "POST"}, {"method": "POST", "do": "pass"}
AGAIN = {"ignore_existing": True}
"""With it a second post would really invite twice: no refusal of Clerk's would save us."""


@dataclass(frozen=True, slots=True)
class Job:
    """One small job: to whom, under which faults, and what becomes of it."""

    title: str
    target: cb.Application | cb.Organization
    number: int
    ends: Mapping[str, int]
    """The sum in the end, besides those who are sent."""
    faults: Sequence[Mapping[str, Any]] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: Mapping[str, Any] = field(default_factory=dict)
    pace: Pace | None = None
    preflight: bool = False

    @property
    def kind(self) -> str:
        """The emulator's word for its invitations."""
        return "invitations" if self.target == cb.Application() else "organization_invitations"


JOBS = (
    Job("a lost answer, a 503 and a 429 in both lanes", cb.Application(), 11, {},
        [{**POST, "do": "drop", "when": "after"}, {**POST, "do": "status", "status": 503},
         {**POST, "do": "status", "status": 429}], AGAIN, pace=Pace((Lane.BULK, Lane.SINGLE))),
    Job("one is refused by name, one was invited before", cb.Application(), 3, {"refused": 1, "already_there": 1},
        settings={"blocklist": ("p2@example.com",)},
        seed={"invitations": [{"email_address": "p1@example.com", "created_at": YESTERDAY}]}),
    Job("one is refused and nobody says who", ACME, 3, {"refused": 1},
        settings={"exclusive_membership": True},
        seed={"organizations": [{"id": "org_other"}], "users": [{"id": "user_3", "email_address": "p3@example.com"}],
              "memberships": [{"organization_id": "org_other", "user_id": "user_3"}]}),
    Job("waves after a look ahead, and a refused call that has made some", ACME, 5, {"already_there": 1, "refused": 1},
        pace=Pace(waves=(1,)), preflight=True, settings={"atomicity": "partial", "blocklist": ("p3@example.com",)},
        seed={"users": [{"id": "user_4", "email_address": "p4@example.com"}],
              "memberships": [{"organization_id": "org_acme", "user_id": "user_4"}]}),
)  # fmt: skip


class CountingLedger(Ledger):
    """Counts its transactions, and notes before which of them Clerk was asked to create something."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.path, clock=stage.clock)
        self._stage = stage
        self.posts: list[int] = []

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        self.posts.append(len(self._stage.posts()))
        with super().begin() as connection:
            yield connection

    def deaths(self) -> Iterator[tuple[int, bool]]:
        """Yield every point of the job at which a process can die and leave things as no other point does.

        Just before the n-th transaction is durable, for all n; and just after it where a call is made before the next:
        where none is, nothing that lasts happens between the two.
        """
        for number, posts in enumerate(self.posts, 1):
            yield number, False
            if posts < (self.posts[number] if number < len(self.posts) else posts + 1):
                yield number, True


def staged(job: Job, folder: Path) -> Stage:
    """Return the instance as it is before the job."""
    folder.mkdir()
    stage = Stage(folder, **job.settings)
    stage.backend.seed(job.seed)
    stage.backend.faults(list(job.faults))
    return stage


def live(stage: Stage, job: Job, ledger: Ledger) -> Sum:
    """Send until the job is done, as a person would who begins it, or goes on with it."""
    with ledger, stage.client() as client:
        found = ledger.job(checked(people(job.number), job.target, **job.defaults))
        if job.preflight and found.record.state is JobState.NEW:
            found.preflight(client)
        return stage.steps(found, client, pace=job.pace)[-1].sum


def ours(stage: Stage, job: Job) -> Counter[str]:
    """Return how often each was invited since noon, by the instance's own record."""
    made = stage.backend.state()[job.kind]
    return Counter(item["email_address"] for item in made if item["created_at"] >= NOON * 1000)


def assert_nobody_invited_is_left(stage: Stage, job: Job) -> None:
    """Whoever Clerk has invited is sent, or known to be unknown, at every moment."""
    with stage.ledger() as ledger, ledger.begin() as connection:
        rows = connection.execute(sa.select(tables.row.c.key, tables.row.c.state)).all()
    accounted = {key for key, state in rows if state in {"sent", "unknown"}}
    assert set(ours(stage, job)) <= accounted


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.title)
def test_a_crash_at_every_write_loses_nobody_and_invites_nobody_twice(tmp_path: Path, job: Job) -> None:
    """Wherever the process dies, the next one goes on to the same end."""
    whole = staged(job, tmp_path / "whole")
    counting = CountingLedger(whole)
    end = Sum(job.number, sent=job.number - sum(job.ends.values()), **job.ends)
    assert live(whole, job, counting) == end
    assert set(ours(whole, job).values()) == {1}
    deaths = list(counting.deaths())
    assert len(deaths) == len(counting.posts) + len(whole.posts()) + 1
    for dies_at, after in deaths:
        stage = staged(job, tmp_path / f"{dies_at}-{after}")
        with pytest.raises(Crash):
            live(stage, job, CrashingLedger(stage.path, clock=stage.clock, dies_at=dies_at, after=after))
        assert_nobody_invited_is_left(stage, job)
        assert live(stage, job, stage.ledger()) == end, (dies_at, after)
        assert ours(stage, job) == ours(whole, job), (dies_at, after)
