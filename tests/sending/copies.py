"""Copying a ledger's file as people do, and an emulated instance with a ledger and copies of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from stage import Stage, checked, people

from clerkbulk.contract.target import Target
from clerkbulk.errors import LedgerError
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import Sum
from clerkbulk.sending.store.takeover import Settled


def copy(source: Path, to: Path, *options: str) -> Path:
    """Copy a ledger's file, and its log if it has one; what lies at the other path is written over.

    With cp, from outside, so that this process's locks on the file stay.
    """
    for ending in ("-wal", "-shm"):
        to.with_name(to.name + ending).unlink(missing_ok=True)
    subprocess.run(["cp", *options, str(source), str(to)], check=True)
    log = source.with_name(source.name + "-wal")
    if log.exists():
        subprocess.run(["cp", *options, str(log), str(to.with_name(to.name + "-wal"))], check=True)
    return to


class Copies(Stage):
    """An instance, a ledger in ``onboarding.db``, and copies of it."""

    def __init__(self, folder: Path, number: int = 60, target: Target | None = None) -> None:
        super().__init__(folder)
        # Without ignore_existing Clerk itself would refuse whoever is invited for the second time.
        more = {} if target else {"ignore_existing": True}
        self.table = checked(people(number), target, **more)
        self.folder = folder
        self.file = self.path

    def copy(self, name: str = "copy.db") -> Path:
        return copy(self.file, self.folder / name)

    def some(self, calls: int, path: Path | None = None, wait: float = 61) -> None:
        """Make so many calls from a ledger and leave; a minute later the lists show what they did."""
        with self.opened(path) as ledger, self.client() as client:
            run = ledger.job(self.table).run(client)
            until = len(self.posts()) + calls
            while len(self.posts()) < until:
                next(run)
            run.close()  # type: ignore[attr-defined]
        self.clock.advance(wait)

    def rest(self, path: Path | None = None) -> Sum:
        with self.opened(path) as ledger, self.client() as client:
            job = ledger.job(self.table)
            self.steps(job, client)
            return job.sum()

    def settle(self, path: Path | None = None) -> Settled:
        with self.opened(path) as ledger, self.client() as client:
            return ledger.settle_copy(client)

    @contextmanager
    def opened(self, path: Path | None = None) -> Iterator[Ledger]:
        with Ledger(path or self.file, clock=self.clock) as ledger:
            yield ledger


def refused(stage: Copies, path: Path | None = None) -> str:
    """Return why a ledger sends nothing; nothing is sent."""
    before = len(stage.posts())
    with pytest.raises(LedgerError) as caught:
        stage.rest(path)
    assert len(stage.posts()) == before
    return str(caught.value)
