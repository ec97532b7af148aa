"""The emulator as a target: a fresh instance for every case, in this process, on a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from clerkbulk.contract.cases.case import Ask, Case
from clerkbulk.contract.endpoint import API_URL, READS_DEVELOPMENT
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.limits import TEN_SECONDS
from clerkbulk.errors import InputError
from clerkbulk.suite.desk import Answer, addresses
from clerkbulk.suite.wire import Wire

NOON: Final = 1_800_014_400.0
"""2027-01-15 12:00:00 UTC: when every case begins."""
KEY: Final = "sk_test_planted"
"""The one key that opens the emulator here: found in a file, it is a leak."""
NAMES: Final[Mapping[str, str]] = {
    **addresses("{name}@example.com"),
    "org": "org_acme",
    "user_address": "stranger@example.com",
    "member_address": "worker@example.com",
    "admin_id": "user_boss",
    "outsider_id": "user_worker",
}
"""What the names in the cases stand for in the emulator and in the cassettes."""
_AT_ONCE: Final = READS_DEVELOPMENT.number // 2
"""Calls made before ten seconds go by, so that no case meets the limit on everything by chance."""
_WORLD: Final[Mapping[str, Any]] = {
    "organizations": [{"id": "org_acme", "name": "Acme", "slug": "acme"}],
    "users": [
        {"id": "user_boss", "email_address": "boss@example.com", "first_name": "Bo", "last_name": "Ss"},
        {"id": "user_worker", "email_address": "worker@example.com", "first_name": "Wo", "last_name": "Rk"},
        {"id": "user_stranger", "email_address": "stranger@example.com"},
    ],
    "memberships": [
        {"id": "orgmem_boss", "organization_id": "org_acme", "user_id": "user_boss", "role": "org:admin"},
        {"id": "orgmem_worker", "organization_id": "org_acme", "user_id": "user_worker", "role": "org:member"},
    ],
}


class EmulatedTarget:
    """Runs the cases against the emulator; settings are its answers to the open questions, and what else it can be."""

    name = "emulator"

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = Settings() if settings is None else settings

    @contextmanager
    def desk(self, case: Case) -> Iterator[EmulatedDesk]:
        """Open a desk at a fresh instance that holds what the case needs."""
        told = Settings.from_document({"secret_keys": [KEY], **case.stage.settings})
        changes: dict[str, Any] = {name: getattr(told, name) for name in ("secret_keys", *case.stage.settings)}
        clock = VirtualClock(NOON)
        backend = Backend(clock=clock, settings=replace(self._settings, **changes))
        backend.seed(_WORLD)
        if case.stage.seed:
            backend.seed(case.stage.seed)
        with Wire(KEY, API_URL, transport=backend.transport()) as wire:
            desk = EmulatedDesk(backend, clock, wire)
            for path, calls in case.stage.calls_before.items():
                desk.use_up(path, calls)
            if case.stage.faults:
                backend.faults(list(case.stage.faults))
            yield desk


class EmulatedDesk:
    """A desk at one emulated instance."""

    def __init__(self, backend: Backend, clock: VirtualClock, wire: Wire) -> None:
        self._backend, self._clock, self._wire = backend, clock, wire
        self.names = NAMES

    def call(self, ask: Ask) -> Answer:
        """Make one call."""
        return self._wire.call(ask)

    def wait(self, seconds: float) -> None:
        """Put the instance's clock forward."""
        self._clock.advance(seconds)

    def believed(self, question: str) -> str | None:
        """Return what the instance is set to."""
        return str(getattr(self._backend.settings, question))

    def left_over(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def use_up(self, path: str, calls: int) -> None:
        """Make creating calls that the case does not see, to people nobody else invites."""
        filled = path.format_map(self.names)
        for number in range(calls):
            if number and number % _AT_ONCE == 0:
                self._clock.advance(TEN_SECONDS)
            item: dict[str, Any] = {"email_address": f"before{number}@example.net"}
            if "/organizations/" in filled:
                item["role"] = "org:member"
            answer = self._wire.call(Ask("POST", filled, [item] if filled.endswith("/bulk") else item))
            if answer.status != 200:
                raise InputError(f"The hour of {path} cannot be used up: the emulator answered {answer.status}.")
