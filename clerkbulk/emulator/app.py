"""The stand-in as an ASGI application: one door for every path, for a real port and for tests without one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.exchange import Request, Response, read_query

CUT = "clerkbulk.cut"
"""The ASGI extension by which a server lets a fault close the connection."""


def app(backend: Backend) -> Starlette:
    """Return an ASGI application that answers every request from backend."""
    served = Starlette()
    # Not a route for every path: those of Starlette do not match a path with a line break in it.
    served.router.default = _Door(backend)
    return served


class _Door:
    """Carries a request in and a response out."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(scope, receive)
        fault = self._backend.take_fault(request)
        # The waits are real seconds here, whatever the clock: they are there to try a client's patience.
        if fault is not None and fault.when == "before":
            await asyncio.sleep(fault.delays)
        response = self._backend.answer_under(request, fault)
        if fault is not None and fault.when == "after":
            await asyncio.sleep(fault.delays)
        if response.cut_after != 0:
            await _send(response, send)
        if response.cut_after is not None:
            await _cut(scope, receive)


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    query = read_query(scope["query_string"].decode("latin-1"))
    return Request(scope["method"].upper(), scope["path"], query, headers, body)


async def _send(response: Response, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    cut = response.cut_after is not None
    await send({"type": "http.response.body", "body": response.body[: response.cut_after], "more_body": cut})


async def _cut(scope: Scope, receive: Receive) -> None:
    """End the connection and wait until it has ended; without a server underneath, fail as a broken one does."""
    cut: Callable[[], None] | None = scope.get("extensions", {}).get(CUT)
    if cut is None:
        raise ConnectionResetError("The emulator was asked to cut the connection.")
    cut()
    while (await receive())["type"] != "http.disconnect":
        pass
