"""What the tests of the forms share: an emulator without limits, and desks that end what they started."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# People on their way are made up in one place for all tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "onboarding"))

from desk import Desk

import clerkbulk as cb
from clerkbulk.contract.target import Target


@pytest.fixture
def clerk() -> Iterator[cb.Emulator]:
    with cb.Emulator(limits="off") as emulator:
        yield emulator


@pytest.fixture
def desk(clerk: cb.Emulator, tmp_path: Path) -> Iterator[Any]:
    made: list[Desk] = []

    def make(people: str, target: Target | None = None, **given: Any) -> Desk:
        made.append(Desk(clerk, tmp_path, people, target, **given))
        return made[-1]

    yield make
    for one in made:
        for job in one.started:
            for owner in job.attendance().present:
                os.kill(owner.pid, signal.SIGKILL)
        one.part.access.forget()
        if one.where.exists():
            one.part.ledger.close()
