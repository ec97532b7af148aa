"""Faults: a script of what happens to the next calls instead of, or after, their proper answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.exchange import JSON_TYPE, Request, Response, to_json
from clerkbulk.emulator.refusal import Entry, envelope

DEEDS = ("status", "drop", "delay", "html", "garbage", "truncate", "pass")
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


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to the next calls that match.

    do: ``status`` answers with an error; ``drop`` cuts the connection without an answer; ``delay`` answers properly but
    ``seconds`` late; ``html`` answers like a proxy; ``garbage`` answers 200 with half a JSON text; ``truncate`` sends
    half of the proper answer and cuts; ``pass`` lets the call through, to reach a later one.
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
        if self.do == "truncate" and proper is not None:
            return replace(proper, cut_after=len(proper.body) // 2)
        headers = {name.lower(): str(value) for name, value in self.headers.items()}
        if self.do == "html":
            body = self.body if isinstance(self.body, str) else _HTML
            return _response(self.status or 502, {"content-type": "text/html", **headers}, body.encode())
        if self.do == "garbage":
            body = self.body if isinstance(self.body, str) else _GARBAGE
            return _response(self.status or 200, {"content-type": JSON_TYPE, **headers}, body.encode())
        return self._error(headers, trace_id)

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


class Faults:
    """The script: faults in order; each call takes the first that matches it."""

    def __init__(self) -> None:
        self._script: list[Fault] = []

    def play(self, script: Sequence[Fault]) -> None:
        """Put a new script in the place of the old one; an empty one is the end of all faults."""
        self._script = list(script)

    def take(self, request: Request) -> Fault | None:
        """Return the fault for this request, used up by one."""
        for place, fault in enumerate(self._script):
            if fault.matches(request):
                if fault.times > 1:
                    self._script[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._script[place]
                return fault
        return None

    def to_document(self) -> list[dict[str, Any]]:
        """Return what is left of the script."""
        return [{entry.name: getattr(fault, entry.name) for entry in fields(fault)} for fault in self._script]


def read_faults(document: Any) -> list[Fault]:
    """Return the script in a list of faults, or in an object with the key faults. Raises ControlError."""
    if isinstance(document, Mapping):
        document = document.get("faults")
    if not isinstance(document, (list, tuple)):
        raise ControlError('A script of faults is a list, or {"faults": [...]}.')
    return [read_fault(entry, place) for place, entry in enumerate(document, 1)]


def read_fault(document: Any, place: int) -> Fault:
    """Return the fault in an object; place is its number in the script. Raises ControlError."""
    if isinstance(document, Fault):
        return document
    if not isinstance(document, Mapping) or not isinstance(document.get("do"), str):
        raise ControlError(f'Fault {place} is an object with the key "do": one of {", ".join(DEEDS)}.')
    known = [entry.name for entry in fields(Fault)]
    for name in document:
        if name not in known:
            raise ControlError(f"Fault {place} has the key {name!r}; there are: {', '.join(known)}.")
    given = dict(document)
    given.setdefault("when", "after" if given["do"] in {"truncate", "delay"} else "before")
    for name, (fits, words) in _FITTING.items():
        if given.get(name) is not None and not fits(given[name]):
            raise ControlError(f"Fault {place}: {name} is {given[name]!r}, and can be {words}.")
    if given["do"] == "truncate" and given["when"] == "before":
        raise ControlError(f"Fault {place}: an answer can only be truncated after there is one.")
    return Fault(**{name: value for name, value in given.items() if value is not None})


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_FITTING: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "do": (lambda value: value in DEEDS, f"one of {', '.join(DEEDS)}"),
    "when": (lambda value: value in {"before", "after"}, "before or after"),
    "times": (lambda value: type(value) is int and value >= 1, "a whole number from 1"),
    "status": (lambda value: type(value) is int and 200 <= value <= 599, "a status from 200 to 599"),
    "seconds": (lambda value: _is_number(value) and 0 <= value <= 86_400, "a number from 0 to 86400"),
    "headers": (lambda value: isinstance(value, Mapping), "an object"),
    "method": (lambda value: isinstance(value, str), "a text"),
    "path": (lambda value: isinstance(value, str) and value.startswith("/"), "a path such as /v1/invitations"),
    "code": (lambda value: isinstance(value, str), "a text"),
}


def _response(status: int, headers: Mapping[str, str], body: bytes) -> Response:
    return Response(status, tuple(headers.items()), body)
