"""What the tests of journeys stand on: an emulated instance and a ledger on one virtual clock, and all that happens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import clerkbulk as cb
from clerkbulk.contract.target import Application, Target
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.journeys import Gathered, journeys
from clerkbulk.onboarding.looking.look import look
from clerkbulk.sending.client import Client
from clerkbulk.sending.ledger import Ledger

NOON = 1_800_014_400.0
"""2027-01-15 12:00:00 UTC: the time every test's clock begins at."""
DAY = 86_400.0
ACME = cb.Organization("org_acme")
APP = Application()


def address(number: int) -> str:
    return f"p{number}@example.com"


class Town:
    """An instance, a ledger, and what happens to their people. Keywords are the instance's settings."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = VirtualClock(NOON)
        self.backend = Backend(limits="off", clock=self.clock, settings=Settings(**settings))
        self.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
        self.ledger = Ledger(folder / "onboarding.db", clock=self.clock)
        self.client = Client("sk_test_fake", transport=self.backend.transport(), clock=self.clock)

    def send(self, people: Sequence[int | str], target: Target = APP, *, run: bool = True, **defaults: Any) -> str:
        """Send invitations to numbered people (a text is a cell as it is typed); return the job's id."""
        if target != APP:
            defaults = {"role": "org:member", **defaults}
        rows = [{"email_address": address(one) if isinstance(one, int) else one} for one in people]
        job = self.ledger.job(cb.check(rows, target, defaults=defaults))
        if run:
            for _ in job.run(self.client):
                pass
        return job.id

    def remind(self, job_id: str, *, run: bool = True) -> str:
        """Remind the silent people of a job; return the reminder's id."""
        reminder = self.ledger.find(job_id).remind(self.client, 0)
        assert reminder is not None
        if run:
            for _ in reminder.run(self.client):
                pass
        return reminder.id

    def withdraw(self, job_id: str, lines: Sequence[int]) -> None:
        """Take the invitations of some lines back."""
        for _ in self.ledger.find(job_id).withdraw(self.client, lines=lines):
            pass

    def accept(self, number: int, target: Target = APP) -> dict[str, Any]:
        """Let somebody accept; return what the instance made of it."""
        there = {} if target == APP else {"organization_id": "org_acme"}
        return dict(self.backend.accept({"email_address": address(number), **there}))

    def days(self, number: float) -> None:
        """Let days go by."""
        self.clock.advance(number * DAY)

    @property
    def instance_id(self) -> str:
        """The instance, as a client reads it."""
        return str(self.client.instance()["id"])

    def look(self, *targets: Target) -> None:
        """Look at everybody of some targets."""
        for _ in look(
            self.ledger.begin, self.client, self.instance_id, targets or (APP,), clock=self.clock, whom=None, share=1.0
        ):
            pass

    def gather(self, **options: Any) -> Gathered:
        """Gather the journeys as of now."""
        return journeys(self.ledger.begin, self.instance_id, now=self.clock.now(), **options)

    def all(self, **options: Any) -> dict[str, Journey]:
        """Return the journeys by the part of the address before the @."""
        return {one.key.partition("@")[0]: one for one in self.gather(**options).journeys}

    def stages(self, **options: Any) -> dict[str, Stage]:
        """Return the stages alike."""
        return {name: one.stage for name, one in self.all(**options).items()}
