"""A stand-in for Clerk's Backend API in other people's test suites: the fixture ``clerk``.

pytest finds this module by itself where clerkbulk is installed; ``pytest_plugins = ["clerkbulk.pytest_plugin"]`` in a
conftest.py does the same.

    def test_the_team_is_invited(clerk):
        invite_the_team(api_url=clerk.url, secret_key=clerk.secret_key)       # your code
        assert [one["email_address"] for one in clerk.state()["invitations"]] == ["ada@example.com"]
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clerkbulk.rehearsal.practice import Emulator

NOON = 1_800_014_400.0
"""2027-01-15 12:00:00 UTC: where a virtual clock begins."""
_MARK = (
    "clerk(seed=None, settings=None, faults=None, limits='documented', clock='real', ids=0): how the emulator is set up"
)
_SHOWN = 20
"""Calls shown of a test that has failed."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARK)


@pytest.fixture
def clerk(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Clerk's Backend API on a loopback port, fresh for this test.

    ``clerk.url`` and ``clerk.secret_key`` are what the code under test needs; ``clerk.state()``, ``clerk.calls()``,
    ``clerk.faults([...])``, ``clerk.advance(seconds)``, ``clerk.accept(...)``, ``clerk.seed({...})`` are for the test.
    The marker ``clerk`` sets it up: ``@pytest.mark.clerk(seed={...}, settings={"atomicity": "partial"}, faults=[...],
    limits="off", clock="virtual")``. A marker on a class or module holds for all its tests; a nearer one wins, key by
    key.
    """
    setup: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("clerk"))):
        if marker.args:
            pytest.fail("The marker clerk takes names only: @pytest.mark.clerk(seed={...}).", pytrace=False)
        setup.update(marker.kwargs)
    with _emulator(setup) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def clerk_setup() -> Mapping[str, Any]:
    """How clerk_for_session is set up: override it in a conftest.py; keys as in the marker ``clerk``."""
    return {}


@pytest.fixture(scope="session")
def clerk_for_session(clerk_setup: Mapping[str, Any]) -> Iterator[Emulator]:
    """Clerk's Backend API on a loopback port, one for the whole run; whoever needs it empty calls ``reset()``."""
    with _emulator(clerk_setup) as emulator:
        yield emulator


@pytest.fixture
def clerk_environment(clerk: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """Return clerk, with CLERK_SECRET_KEY and CLERK_API_URL set for the time of the test."""
    monkeypatch.setenv("CLERK_SECRET_KEY", clerk.secret_key)
    monkeypatch.setenv("CLERK_API_URL", clerk.url)
    return clerk


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the last calls to the emulator beside a test that has failed."""
    report = yield
    if report.when == "call" and report.failed and (emulator := _emulator_of(item)) is not None:
        calls = emulator.calls()
        lines = [f"{one['method']} {one['path']} → {one['status'] or 'cut off'}" for one in calls[-_SHOWN:]]
        before = len(calls) - len(lines)
        head = [f"({before} calls before these)"] if before else []
        report.sections.append(("Calls to the clerkbulk emulator", "\n".join([*head, *lines]) or "none"))
    return report


def _emulator_of(item: pytest.Item) -> Emulator | None:
    given = getattr(item, "funcargs", {})
    named = [given[name] for name in ("clerk", "clerk_for_session") if name in given]
    if not named:
        return None
    from clerkbulk.rehearsal.practice import Emulator

    # A suite may have a fixture of its own by that name, and it wins: whatever it is, it is none of ours.
    return next((each for each in named if isinstance(each, Emulator)), None)


def _emulator(setup: Mapping[str, Any]) -> Emulator:
    from clerkbulk.emulator.clock import RealClock, VirtualClock
    from clerkbulk.emulator.instance import Settings
    from clerkbulk.errors import ClerkbulkError
    from clerkbulk.rehearsal.practice import Emulator

    given: dict[str, Any] = {
        "seed": None,
        "settings": None,
        "faults": None,
        "limits": "documented",
        "clock": "real",
        "ids": 0,
    }
    if unknown := sorted(set(setup) - set(given)):
        pytest.fail(f"The marker clerk has no {', '.join(unknown)}; there are: {', '.join(given)}.", pytrace=False)
    given.update(setup)
    if given["clock"] not in {"real", "virtual"}:
        pytest.fail(f"The marker clerk: clock is {given['clock']!r}, and can be real or virtual.", pytrace=False)
    try:
        emulator = Emulator(
            limits=given["limits"],
            clock=VirtualClock(NOON) if given["clock"] == "virtual" else RealClock(),
            settings=Settings.from_document(given["settings"] or {}),
            seed=given["ids"],
        )
        if given["seed"]:
            emulator.seed(given["seed"])
        if given["faults"]:
            emulator.faults(given["faults"])
    except ClerkbulkError as error:
        raise pytest.fail.Exception(f"The marker clerk: {error}", pytrace=False) from None
    return emulator
