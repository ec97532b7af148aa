"""What the referees judge: an emulator on a port, on a clock that stands at noon; and how they come to this machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import npm_packages
import pytest
from javascript import JavaScript

import clerkbulk as cb
from clerkbulk.emulator.clock import VirtualClock

NOON = 1_800_014_400_000
"""2027-01-15 12:00:00 UTC in milliseconds: the time every test's clock begins at."""


@pytest.fixture(scope="session")
def running() -> Iterator[cb.Emulator]:
    """Return one emulator without limits, for all tests that take turns on it."""
    with cb.Emulator(limits="off", clock=VirtualClock(NOON / 1000)) as emulator:
        yield emulator


@pytest.fixture
def emulator(running: cb.Emulator) -> cb.Emulator:
    """Return an emulator that knows nothing but org_acme, its administrator user_boss and its member user_worker."""
    running.reset()
    running.seed(
        {
            "organizations": [{"id": "org_acme", "name": "Acme", "slug": "acme"}],
            "users": [
                {"id": "user_boss", "email_address": "boss@example.com", "first_name": "Bo", "last_name": "Ss"},
                {"id": "user_worker", "email_address": "worker@example.com"},
            ],
            "memberships": [
                {"organization_id": "org_acme", "user_id": "user_boss", "role": "org:admin"},
                {"organization_id": "org_acme", "user_id": "user_worker"},
            ],
        }
    )
    return running


@pytest.fixture
def limited() -> Iterator[cb.Emulator]:
    """Return an emulator that keeps to the documented limits."""
    with cb.Emulator(clock=VirtualClock(NOON / 1000)) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def from_npm() -> Path:
    """Return the folder with the referees from npm. Machines without Node or a registry skip, CI fails."""
    give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    if not npm_packages.has_node():
        give_up(npm_packages.HOW_TO_GET_NODE)
    try:
        return npm_packages.installed()
    except subprocess.SubprocessError as error:
        give_up(f"npm could not install {npm_packages.JS / 'package-lock.json'}: {error}")


@pytest.fixture(scope="session")
def javascript(from_npm: Path) -> Iterator[JavaScript]:
    """Return Clerk's JavaScript SDK, to be called."""
    with JavaScript(from_npm) as sdk:
        yield sdk
