"""Fault: what happens to a call instead of, or after, its proper answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

from clerkbulk.emulator.alteration import Alteration
from clerkbulk.emulator.exchange import JSON_TYPE, Request, Response, to_json
from clerkbulk.emulator.refusal import Entry, envelope

DEEDS = ("status", "drop", "delay", "html", "garbage", "truncate", "alter", "pass")
_CODES = {
    400: "bad_request",
    401: "clerk_key_invalid",
    403: "authorization_invalid",
    404: "resource_not_found",
    409: "conflict",
    413: "request_body_too_large",
    422: "form_param_value_invalid",
    429: "too_many_requests",
    500: "internal_clerk_error",
    503: "service_unavailable",
    504: "gateway_timeout",
}
_HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_GARBAGE = '{"data":[{"object":"invita'
_ALWAYS_SHOWN = {"do", "when"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the calls that match.

    do: ``status`` answers with an error; ``drop`` cuts the connection without an answer; ``delay`` answers properly but
    ``seconds`` late; ``html`` answers like a proxy; ``garbage`` answers 200 with half a JSON text; ``truncate`` sends
    half of the proper answer (before: of the error) and cuts; ``alter`` answers with fields that ``remove`` and
    ``retype`` name and ``add`` brings, ``of`` each of the items or the answer around them; ``pass`` lets the call
    through, to reach a later one.
    when: ``before`` the instance has seen the call (nothing happens there), or ``after`` it has done its work.
    path: every path that begins with it at a slash; with ``$`` at its end that path alone. None: every call.
    times: so many calls, then the fault is over.
    """

    do: str
    method: str | None = None
    path: str | None = None
    times: int = 1
    when: str = "before"
    status: int | None = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    remove: tuple[str, ...] = ()
    retype: tuple[str, ...] = ()
    add: Mapping[str, Any] = field(default_factory=dict)
    of: str = "items"

    def matches(self, request: Request) -> bool:
        """Whether the fault is meant for this request."""
        if self.method is not None and self.method.upper() != request.method:
            return False
        if self.path is None:
            return True
        if self.path.endswith("$"):
            return request.path == self.path[:-1]
        return request.path == self.path or request.path.startswith(f"{self.path.rstrip('/')}/")

    @property
    def delays(self) -> float:
        """Seconds to wait."""
        return self.seconds if self.do == "delay" else 0.0

    @property
    def replaces(self) -> bool:
        """Whether the proper answer does not go out as it is."""
        return self.do not in {"delay", "pass"}

    def answer(self, proper: Response | None, trace_id: str) -> Response:
        """Return what goes out instead; proper is the true answer, None where the instance never saw the call."""
        if self.do == "drop":
            return Response(0, cut_after=0)
        if self.do == "alter" and proper is not None:
            return replace(proper, body=Alteration(self.remove, self.retype, self.add, self.of).of(proper.body))
        headers = {name.lower(): str(value) for name, value in self.headers.items()}
        if self.do == "truncate":
            whole = self._error(headers, trace_id) if proper is None else proper
            return replace(whole, cut_after=len(whole.body) // 2)
        if self.do == "html":
            body = self.body if isinstance(self.body, str) else _HTML
            return _response(self.status or 502, {"content-type": "text/html", **headers}, body.encode())
        if self.do == "garbage":
            body = self.body if isinstance(self.body, str) else _GARBAGE
            return _response(self.status or 200, {"content-type": JSON_TYPE, **headers}, body.encode())
        return self._error(headers, trace_id)

    def to_document(self) -> dict[str, Any]:
        """Return the fault as it is written at the control door, without what is as usual."""
        document = {}
        for entry in fields(self):
            value = getattr(self, entry.name)
            usual = {} if entry.default is MISSING else entry.default
            if value != usual or entry.name in _ALWAYS_SHOWN:
                document[entry.name] = list(value) if isinstance(value, tuple) else value
        return document

    def _error(self, headers: Mapping[str, str], trace_id: str) -> Response:
        status = self.status or 500
        if isinstance(self.body, str):
            return _response(status, {"content-type": "text/plain", **headers}, self.body.encode())
        usual = {"content-type": JSON_TYPE, "x-clerk-trace-id": trace_id}
        if self.body is not None:
            return _response(status, {**usual, **headers}, to_json(self.body))
        code = self.code or _CODES.get(status, "internal_clerk_error" if status >= 500 else "bad_request")
        entry = Entry(code, "Emulated fault", f"The emulator was asked to answer {status}.")
        return _response(status, {**usual, **headers}, to_json(envelope([entry], trace_id)))


def _response(status: int, headers: Mapping[str, str], body: bytes) -> Response:
    return Response(status, tuple(headers.items()), body)
