"""What the tests of the program share: the program, an emulator it talks to, and a width of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from calling import KEY, Program, program_of

import clerkbulk as cb


@pytest.fixture(scope="session", autouse=True)
def no_width_from_outside() -> Iterator[None]:
    """Take COLUMNS out of the environment, where terminals and test runners put it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        yield


@pytest.fixture
def program(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return the program, called in this process."""
    return program_of(capsys, monkeypatch)


@pytest.fixture(scope="module")
def running() -> Iterator[cb.Emulator]:
    """Return an emulator for a whole file of tests."""
    with cb.Emulator(limits="off") as emulator:
        yield emulator


@pytest.fixture
def clerk(running: cb.Emulator, monkeypatch: pytest.MonkeyPatch) -> cb.Emulator:
    """Return an emulator with nothing in it, to which the environment points."""
    running.start().reset()
    monkeypatch.setenv("CLERK_API_URL", running.url)
    monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
    return running
