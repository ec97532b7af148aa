"""Emulated instances that stand in for a live one: over real loopback http, on a clock that moves by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.server import Emulator
from clerkbulk.suite.live import LiveTarget

NOON = 1_800_014_400.0
"""2027-01-15 12:00:00 UTC."""
KEY = "sk_test_fake"
PEOPLE: Mapping[str, Any] = {
    "organizations": [
        {"id": "org_acme", "name": "Acme", "slug": "acme"},
        {"id": "org_other", "name": "Other", "slug": "other"},
    ],
    "users": [
        {"id": "user_boss", "email_address": "boss@example.com", "first_name": "Bo", "last_name": "Ss"},
        {"id": "user_worker", "email_address": "worker+clerk_test@example.com", "first_name": "Wo"},
        {"id": "user_stranger", "email_address": "stranger+clerk_test@example.com"},
    ],
    "memberships": [
        {"organization_id": "org_acme", "user_id": "user_boss", "role": "org:admin"},
        {"organization_id": "org_acme", "user_id": "user_worker", "role": "org:member"},
    ],
}
"""What an owner has made in the Dashboard before the cases can all be run."""


@contextmanager
def instance(people: Mapping[str, Any] = PEOPLE, **settings: Any) -> Iterator[Emulator]:
    """Run an instance with these settings and people."""
    given = Settings.from_document({"secret_keys": [KEY], **settings})
    with Emulator(clock=VirtualClock(NOON), settings=given) as clerk:
        clerk.seed(people)
        yield clerk


def live(clerk: Emulator, **changed: Any) -> LiveTarget:
    """Return a target that takes an emulated instance for a live one."""
    given = {"run": "r1", "clock": clerk.clock, "organization_id": "org_acme", **changed}
    return LiveTarget(given.pop("key", KEY), clerk.url, **given)


def every_invitation(clerk: Emulator) -> list[dict[str, Any]]:
    """Return all invitations there are, whatever their status."""
    state = clerk.state()
    return [*state["invitations"], *state["organization_invitations"]]


def pending(clerk: Emulator) -> list[str]:
    """Return the addresses of pending invitations."""
    return [one["email_address"] for one in every_invitation(clerk) if one["status"] == "pending"]


def creating_calls(clerk: Emulator, *, bulk: bool) -> int:
    """Return how many creating calls have come in."""
    end = "/invitations/bulk" if bulk else "/invitations"
    return sum(call["method"] == "POST" and call["path"].endswith(end) for call in clerk.calls())
