"""Reaching an emulator with a client, over a port or without one, and what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
from recorded import KEY, NOON

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.rehearsal import Emulator
from clerkbulk.sending.client import Client

START = NOON / 1000


def without_a_port(backend: Backend) -> Client:
    return Client(KEY, transport=backend.transport(), clock=backend.clock)


def answering(respond: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Return a client whose every request is answered by a function."""
    return Client(KEY, transport=httpx.MockTransport(respond), clock=VirtualClock(START))


@contextmanager
def reached(over: str) -> Iterator[tuple[Emulator | Backend, Client]]:
    """Yield an emulator and a client of it, over a real port or in the same thread."""
    if over == "no port":
        backend = Backend(clock=VirtualClock(START), limits="off")
        yield backend, without_a_port(backend)
    else:
        with Emulator(clock=VirtualClock(START), limits="off") as emulator, emulator.client(KEY) as client:
            yield emulator, client


def asked(emulator: Emulator | Backend) -> list[tuple[str, str, int]]:
    return [(call["method"], call["path"], call["status"]) for call in emulator.calls()]


def queries(emulator: Emulator | Backend, name: str) -> list[list[str]]:
    """Return the values of a query parameter, call by call."""
    return [[value for found, value in call["query"] if found == name] for call in emulator.calls()]
