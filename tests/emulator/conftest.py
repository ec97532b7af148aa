"""A backend on a virtual clock, and the shortest way to ask it something."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request, Response
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.server import Emulator

NOON = 1_800_014_400_000
"""2027-01-15 12:00:00 UTC in milliseconds: the time every test's clock begins at."""
KEY = "sk_test_fake"


class Clerk:
    """A backend on a virtual clock, and the shortest way to ask it something."""

    def __init__(self, backend: Backend, clock: VirtualClock) -> None:
        self.backend = backend
        self.clock = clock

    def ask(
        self,
        method: str,
        target: str,
        document: Any = None,
        *,
        key: str | None = KEY,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        given = {} if key is None else {"Authorization": f"Bearer {key}"}
        if document is not None:
            body = json.dumps(document).encode()
        if body is not None:
            given["Content-Type"] = "application/json"
        return self.backend.answer(Request.to(method, target, {**given, **(headers or {})}, body or b""))

    def get(self, target: str, **kwargs: Any) -> Any:
        response = self.ask("GET", target, **kwargs)
        assert response.status == 200, response.body
        return response.document()

    def post(self, target: str, document: Any = None, **kwargs: Any) -> Any:
        response = self.ask("POST", target, document, **kwargs)
        assert response.status == 200, response.body
        return response.document()

    def refusal(
        self, method: str, target: str, document: Any = None, **kwargs: Any
    ) -> tuple[int, list[dict[str, Any]]]:
        """Return status and errors of an answer that must be Clerk's envelope."""
        response = self.ask(method, target, document, **kwargs)
        envelope = response.document()
        assert set(envelope) == {"errors", "clerk_trace_id"}
        assert response.header("x-clerk-trace-id") == envelope["clerk_trace_id"]
        assert response.header("content-type") == "application/json"
        return response.status, envelope["errors"]

    def addresses(self, kind: str = "invitations") -> list[str]:
        return [entry["email_address"] for entry in self.backend.state()[kind]]


@pytest.fixture
def make() -> Callable[..., Clerk]:
    """Return a maker of backends at noon; limits are off unless asked for, keywords are settings."""

    def made(limits: str = "off", seed: int = 0, **settings: Any) -> Clerk:
        clock = VirtualClock(NOON / 1000)
        return Clerk(Backend(limits=limits, clock=clock, settings=Settings(**settings), seed=seed), clock)

    return made


@pytest.fixture
def clerk(make: Callable[..., Clerk]) -> Clerk:
    return make()


@pytest.fixture
def acme(clerk: Clerk) -> Clerk:
    """Return a backend with the organization org_acme, its administrator user_boss and its member user_worker."""
    clerk.backend.seed(
        {
            "organizations": [{"id": "org_acme", "name": "Acme"}],
            "users": [
                {"id": "user_boss", "email_address": "boss@example.com", "first_name": "Bo", "last_name": "Ss"},
                {"id": "user_worker", "email_address": "worker@example.com"},
                {"id": "user_stranger", "email_address": "stranger@example.com"},
            ],
            "memberships": [
                {"organization_id": "org_acme", "user_id": "user_boss", "role": "org:admin"},
                {"organization_id": "org_acme", "user_id": "user_worker"},
            ],
        }
    )
    return clerk


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(limits="off") as running:
        yield running
