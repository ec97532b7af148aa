"""The stand-in as an httpx transport: no port, no thread, and faults that look to the client like real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.exchange import Request, Response, lower_names, read_query

if TYPE_CHECKING:
    import httpx


def transport(backend: Backend) -> httpx.MockTransport:
    """Return a transport for httpx.Client(transport=...): every request is answered by backend in the same thread.

    Delays pass on backend's clock; one that is longer than the client's read time-out ends in httpx.ReadTimeout, with
    the work done all the same. A cut connection is httpx.RemoteProtocolError, as over a real one.
    """
    import httpx

    def handle(request: httpx.Request) -> httpx.Response:
        asked = _read(request)
        fault = backend.take_fault(asked)
        patience = request.extensions.get("timeout", {}).get("read")
        response = backend.answer_under(asked, fault)
        delay = 0.0 if fault is None else fault.delays
        if patience is not None and delay > patience:
            backend.clock.sleep(patience)
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        backend.clock.sleep(delay)
        if response.cut_after is not None:
            raise httpx.RemoteProtocolError(_how_it_ended(response), request=request)
        return httpx.Response(response.status, headers=list(response.headers), content=response.body, request=request)

    return httpx.MockTransport(handle)


def _read(request: httpx.Request) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    headers = lower_names((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
    return Request(request.method.upper(), unquote(path), read_query(query), headers, request.read())


def _how_it_ended(response: Response) -> str:
    if response.cut_after == 0:
        return "Server disconnected without sending a response."
    return f"peer closed connection without sending complete message body (expected {len(response.body)} bytes)"
