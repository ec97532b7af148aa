"""The stand-in as an ASGI application: one door for every path, for a real port and for tests without one."""

from __future__ import annotations

import asyncio
from typing import Protocol

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.exchange import Request, Response, read_query


class Carrier(Protocol):
    """The server underneath, as far as a fault needs it. stopping is set when the server is about to end."""

    stopping: asyncio.Event

    def cut(self, scope: Scope) -> None:
        """Close the connection that this request came by."""


class Door:
    """Carries a request in and a response out; without a carrier a cut connection is an error, as a broken one is."""

    def __init__(self, backend: Backend, carrier: Carrier | None = None) -> None:
        self._backend = backend
        self._carrier = carrier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = await _read(scope, receive)
        if request is None:
            return
        fault = self._backend.take_fault(request)
        # The waits are real seconds here, whatever the clock: they are there to try a client's patience.
        delay = 0.0 if fault is None else fault.delays
        if delay and fault is not None and fault.when == "before" and not await self._wait(delay):
            await self._cut(scope, receive)
            return
        response = self._backend.answer_under(request, fault)
        if delay and fault is not None and fault.when == "after" and not await self._wait(delay):
            await self._cut(scope, receive)
            return
        if response.cut_after != 0:
            await _send(response, send)
        if response.cut_after is not None:
            await self._cut(scope, receive)

    async def _wait(self, seconds: float) -> bool:
        """Wait, and say whether there is still a server: nobody waits for an answer longer than the emulator runs."""
        if self._carrier is None:
            await asyncio.sleep(seconds)
            return True
        try:
            await asyncio.wait_for(self._carrier.stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False

    async def _cut(self, scope: Scope, receive: Receive) -> None:
        """End the connection and wait until it has ended."""
        if self._carrier is None:
            raise ConnectionResetError("The emulator was asked to cut the connection.")
        self._carrier.cut(scope)
        while (await receive())["type"] != "http.disconnect":
            pass


def app(backend: Backend) -> Starlette:
    """Return an ASGI application that answers every request from backend."""
    served = Starlette()
    # Not a route for every path: those of Starlette do not match a path with a line break in it.
    served.router.default = Door(backend)
    return served


async def _read(scope: Scope, receive: Receive) -> Request | None:
    """Return the request; None where the client was gone before all of it had arrived."""
    # Joined once: a body of a hundred megabytes that grew piece by piece held up every other call for seconds.
    pieces = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    query = read_query(scope["query_string"].decode("latin-1"))
    return Request(scope["method"].upper(), scope["path"], query, headers, b"".join(pieces))


async def _send(response: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    cut = response.cut_after is not None
    await send({"type": "http.response.body", "body": response.body[: response.cut_after], "more_body": cut})
