"""The control door: /_emulator/..., for tests in any language. Without a key, because it opens on loopback only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.exchange import JSON_TYPE, Request, Response, to_json
from clerkbulk.errors import InputError

if TYPE_CHECKING:
    from clerkbulk.emulator.backend import Backend

CONTROL_PREFIX = "/_emulator"


def answer_control(backend: Backend, request: Request) -> Response:
    """Answer a request at the control door: 200 with JSON, or 400, 404, 405 with a sentence under error."""
    deeds = {method: deed for (method, path), deed in _DEEDS.items() if f"{CONTROL_PREFIX}/{path}" == request.path}
    if not deeds:
        doors = ", ".join(dict.fromkeys(f"{CONTROL_PREFIX}/{path}" for _, path in _DEEDS))
        return _reply(404, {"error": f"There is no {request.path} here. There are: {doors}."})
    if request.method not in deeds:
        allowed = ", ".join(deeds)
        said = f"{request.path} answers {allowed}, not {request.method}."
        return _reply(405, {"error": said}, {"allow": allowed})
    try:
        return _reply(200, deeds[request.method](backend, _document(request)))
    except InputError as error:
        return _reply(400, {"error": str(error)})


def _document(request: Request) -> Any:
    if not request.body.strip():
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise ControlError("The body is not JSON.") from None


def _reply(status: int, document: Any, headers: Mapping[str, str] | None = None) -> Response:
    # The state of many people is JSON already.
    body = document if isinstance(document, bytes) else to_json(document)
    return Response(status, tuple({"content-type": JSON_TYPE, **(headers or {})}.items()), body)


def _reset(backend: Backend, document: Any) -> Any:
    backend.reset()
    return {"now": backend.now()}


def _clock(backend: Backend, document: Any) -> Any:
    seconds = document.get("advance_seconds") if isinstance(document, dict) else None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ControlError('The clock takes {"advance_seconds": n}, a number of seconds.')
    return {"now": backend.advance(seconds)}


def _set_receiver(backend: Backend, document: Any) -> Any:
    if not isinstance(document, dict) or not set(document) <= {"url", "secret"} or "url" not in document:
        raise ControlError('The receiver of webhooks is {"url": "http://127.0.0.1:...", "secret": "whsec_..."}.')
    backend.change_settings({f"webhook_{name}": value for name, value in document.items()})
    return {"webhooks": backend.webhooks()}


def _each(deed: Callable[[Any], Any], document: Any) -> Any:
    """Do a deed for one document, or for each of a list; what one of a list cannot do keeps none of the others."""
    if not isinstance(document, list):
        return deed(document)
    done = []
    for one in document:
        try:
            done.append(deed(one))
        except InputError as error:
            done.append({"error": str(error)})
    return done


_DEEDS: Mapping[tuple[str, str], Callable[[Backend, Any], Any]] = {
    ("GET", "state"): lambda backend, _: backend.state_json(),
    ("GET", "calls"): lambda backend, _: backend.calls(),
    ("GET", "settings"): lambda backend, _: backend.account(),
    ("POST", "settings"): lambda backend, document: backend.change_settings(document),
    ("GET", "webhooks"): lambda backend, _: {"webhooks": backend.webhooks()},
    ("POST", "webhooks"): _set_receiver,
    ("POST", "seed"): lambda backend, document: backend.seed(document),
    ("POST", "reset"): _reset,
    ("GET", "clock"): lambda backend, _: {"now": backend.now()},
    ("POST", "clock"): _clock,
    ("GET", "faults"): lambda backend, _: backend.faults_now(),
    ("POST", "faults"): lambda backend, document: backend.faults(document),
    ("DELETE", "faults"): lambda backend, _: backend.faults([]),
    ("POST", "accept"): lambda backend, document: _each(backend.accept, document),
    ("POST", "sign_up"): lambda backend, document: _each(backend.sign_up, document),
    ("POST", "activity"): lambda backend, document: _each(backend.activity, document),
    ("POST", "save"): lambda backend, _: {"saved": str(backend.save())},
}
