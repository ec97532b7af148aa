"""Backend: the stand-in itself, one function from request to response, whatever carries the two."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from clerkbulk.contract.endpoint import API_PREFIX, KNOWN_API_VERSIONS
from clerkbulk.emulator.accepting import accept
from clerkbulk.emulator.activity import note_activity
from clerkbulk.emulator.call import Call
from clerkbulk.emulator.clock import Clock, MovableClock, RealClock
from clerkbulk.emulator.control import CONTROL_PREFIX, answer_control
from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.exchange import JSON_TYPE, Pairs, Request, Response, to_json
from clerkbulk.emulator.fault import Fault
from clerkbulk.emulator.fault_script import read_script
from clerkbulk.emulator.faults import Faults
from clerkbulk.emulator.ids import Ids
from clerkbulk.emulator.imitation import describe
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.limits import Windows
from clerkbulk.emulator.refusal import (
    Refusal,
    api_version_invalid,
    authorization_header_format_invalid,
    clerk_key_invalid,
    envelope,
    method_not_allowed,
    resource_not_found,
)
from clerkbulk.emulator.routes import Route, find_route
from clerkbulk.emulator.saved_state import read_state, snapshot, write_state
from clerkbulk.emulator.seeding import seed
from clerkbulk.emulator.signing_up import sign_up
from clerkbulk.emulator.webhooks import Webhooks
from clerkbulk.emulator.world import World
from clerkbulk.errors import InputError

if TYPE_CHECKING:
    import httpx
    from starlette.applications import Starlette

T = TypeVar("T")
LIMITS = ("documented", "off")
LATEST = 253_370_764_800
"""The beginning of the year 9999, seconds since 1970: after that year no Date header can be written."""
_BEARER = re.compile(r"Bearer ([\x21-\x7e]+)\Z")
_SECRET_KEY = re.compile(r"(?:sk_)?(?:test|live)_[\x21-\x7e]+\Z")


class Backend:
    """One emulated instance: ask it with answer(), look at it and change it with the other methods.

    limits is ``documented`` or ``off``. clock is the machine's unless given. state names a file the world is read
    from if it exists, and written to by save(). The same seed, clock and calls give the same ids. Safe to use from
    several threads. Raises InputError for settings or a state that cannot be used.
    """

    def __init__(
        self,
        *,
        limits: str = "documented",
        clock: Clock | None = None,
        settings: Settings | None = None,
        state: str | Path | None = None,
        seed: int = 0,
    ) -> None:
        if limits not in LIMITS:
            raise InputError(f"limits is {limits!r}, and can be {' or '.join(LIMITS)}.")
        self.limits = limits
        self.clock = RealClock() if clock is None else clock
        self.settings = Settings() if settings is None else settings
        self.state_file = None if state is None else Path(state)
        self._seed = seed
        self._lock = threading.RLock()
        self._saving = threading.Lock()
        self._webhooks = Webhooks(seed, wall=time.time, sleep=time.sleep)
        self.reset()
        self._is_saved = True
        if self.state_file is not None and self.state_file.exists():
            self._world, written, messages = read_state(self.state_file, self.settings, self._windows())
            self._webhooks.read(messages, self.settings)
            # Time does not run backwards across a restart, or what was sent would lie in the future.
            if (behind := written - self.now()) > 0:
                self.advance(behind / 1000)

    def now(self) -> int:
        """Return the instance's time, milliseconds since 1970."""
        return int(self.clock.now() * 1000)

    def answer(self, request: Request) -> Response:
        """Answer a request, waiting on the clock where a fault says so."""
        fault = self.take_fault(request)
        if fault is not None and fault.when == "before":
            self.clock.sleep(fault.delays)
        response = self.answer_under(request, fault)
        if fault is not None and fault.when == "after":
            self.clock.sleep(fault.delays)
        return response

    def take_fault(self, request: Request) -> Fault | None:
        """Return what the script has for this request. For carriers that wait in their own way; see answer()."""
        if not _is_api(request.path):
            return None
        with self._lock:
            return self._faults.take(request)

    def answer_under(self, request: Request, fault: Fault | None) -> Response:
        """Answer a request under a fault, without waiting. Raises nothing a client could cause."""
        with self._lock:
            now = self.now()
            self._is_saved = self._is_saved and request.method == "GET"
            if not _is_api(request.path):
                return self._answer_outside(request)
            if fault is None or not fault.replaces:
                response = self._answer(request, now)
            elif fault.when == "after":
                response = fault.answer(self._answer(request, now), self._world.ids.trace())
            else:
                response = fault.answer(None, self._world.ids.trace())
            self._calls.append(_record(request, response, now))
            self._post_events("".join(request.header("user-agent")[:1]))
            return _dated(response, now)

    def state(self) -> dict[str, Any]:
        """Return the time and all there is, whatever its status, in wire shape."""
        document: dict[str, Any] = json.loads(self.state_json())
        return document

    def state_json(self) -> bytes:
        """Return the same as JSON."""
        with self._lock:
            now = self.now()
            self._world.expire(now)
            return to_json(self._world.to_document(now))

    def calls(self) -> list[dict[str, Any]]:
        """Return the API calls so far: method, path, query, status, time (ms), items of creating calls.

        status 0 is a connection that was cut without an answer. Headers and bodies are not kept.
        """
        with self._lock:
            return [call.to_document() for call in self._calls]

    def seed(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Put organizations, users, roles, memberships and invitations into the world; returns them in wire shape."""
        with self._lock:
            self._is_saved = False
            return seed(self._world, self.now(), document)

    def faults(self, script: Any) -> dict[str, Any]:
        """Set what happens to the calls to come and return it; an empty list ends all faults. Raises ControlError.

        script is a list of faults, each for the next call that it is meant for, or ``{"faults": [...], "rate": [...],
        "seed": 7}`` with faults that strike a share of all other calls; see clerkbulk.emulator.fault.
        """
        with self._lock:
            self._faults = Faults(read_script(script))
            return self._faults.to_document()

    def faults_now(self) -> dict[str, Any]:
        """Return what is left of the script, and how often each rate has struck so far."""
        with self._lock:
            return self._faults.to_document()

    def faults_left(self) -> list[dict[str, Any]]:
        """Return what is left of the faults in order, without the rates."""
        with self._lock:
            return self._faults.left()

    def accept(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Let an invitee accept; see clerkbulk.emulator.accepting."""
        return self.act(lambda world, now: accept(world, now, document))

    def sign_up(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Let somebody sign up without a link; see clerkbulk.emulator.signing_up."""
        return self.act(lambda world, now: sign_up(world, now, document))

    def activity(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Let a user sign in or be active; see clerkbulk.emulator.activity."""
        return self.act(lambda world, now: note_activity(world, now, document))

    def act(self, deed: Callable[[World, int], T]) -> T:
        """Do something in the world now (milliseconds since 1970) while nobody else does; return what deed returns."""
        with self._lock:
            self._is_saved = False
            now = self.now()
            self._world.expire(now)
            done = deed(self._world, now)
            self._post_events("clerkbulk-emulator")
            return done

    def advance(self, seconds: float) -> int:
        """Put the clock forward and return the new time.

        Raises ControlError for a step back, a step beyond the year 9999, or a clock that cannot be moved.
        """
        if not isinstance(self.clock, MovableClock):
            raise ControlError("This emulator runs on a clock that cannot be put forward.")
        if seconds > LATEST - self.clock.now():
            raise ControlError("The clock goes forward to the beginning of the year 9999 at most.")
        try:
            self.clock.advance(seconds)
        except ValueError as error:
            raise ControlError(str(error)) from None
        return self.now()

    def reset(self) -> None:
        """Forget everything but the settings and the time: an instance as it was on the first day."""
        with self._lock:
            self._world = World(self.settings, Ids(self._seed), self.now(), self._windows())
            self._webhooks.reset()
            self._faults = Faults()
            self._calls: list[_Called] = []
            self._is_saved = False

    def save(self) -> Path:
        """Write the state file and return its path. Raises ControlError when none was named."""
        if self.state_file is None:
            raise ControlError("No state file was named when the emulator was started.")
        with self._saving:
            # Calls go on while the snapshot is written; what they change is for the next one.
            with self._lock:
                state = snapshot(self._world, self.now(), self._webhooks.to_document())
                self._is_saved = True
            try:
                write_state(self.state_file, state)
            except InputError:
                self._is_saved = False
                raise
        return self.state_file

    @property
    def is_saved(self) -> bool:
        """Whether nothing has been asked for since the last save that could have changed the state."""
        return self._is_saved

    def app(self) -> Starlette:
        """Return this stand-in as an ASGI application."""
        from clerkbulk.emulator.app import app

        return app(self)

    def transport(self) -> httpx.MockTransport:
        """Return this stand-in as a transport for ``httpx.Client(transport=...)``: no port, no thread."""
        from clerkbulk.emulator.transport import transport

        return transport(self)

    def account(self) -> dict[str, Any]:
        """Return what is imitated, assumed and not imitated, and every setting."""
        return describe(self.settings, self.limits)

    def change_settings(self, document: Any) -> dict[str, Any]:
        """Put settings in the place of those there are and return the account; the world stays as it is.

        Raises InputError, and changes nothing, for a setting there is not or a value it cannot have.
        """
        if not isinstance(document, Mapping):
            raise ControlError('Settings are an object, such as {"atomicity": "partial"}.')
        with self._lock:
            self.settings = self._world.settings = self.settings.changed(document)
            if self._world.windows is not None:
                self._world.windows.settings = self.settings
            return self.account()

    def webhooks(self) -> list[dict[str, Any]]:
        """Return what was posted to the receiver, or is about to be: id, state, url, attempts and event."""
        return self._webhooks.to_document()

    def hold_webhooks(self, patience: float) -> None:
        """Let no event leave any more; those on their way have so many seconds to arrive first."""
        self._webhooks.hold(patience)

    def release_webhooks(self) -> None:
        """Let events leave again, first those that wait."""
        self._webhooks.release()

    def _post_events(self, user_agent: str) -> None:
        if self._world.events:
            self._webhooks.send(self._world.events, self.settings, user_agent)
            self._world.events.clear()

    def _windows(self) -> Windows | None:
        if self.limits == "off":
            return None
        return Windows(self.settings)

    def _answer_outside(self, request: Request) -> Response:
        if request.path == CONTROL_PREFIX or request.path.startswith(f"{CONTROL_PREFIX}/"):
            return answer_control(self, request)
        said = "The clerkbulk emulator answers below /v1 (Clerk's Backend API) and /_emulator (its control door).\n"
        return Response(404, (("content-type", "text/plain; charset=utf-8"),), said.encode())

    def _answer(self, request: Request, now: int) -> Response:
        trace_id = self._world.ids.trace()
        try:
            return self._operate(request, now, trace_id)
        except Refusal as refusal:
            headers = {"content-type": JSON_TYPE, **refusal.headers, "x-clerk-trace-id": trace_id}
            return Response(refusal.status, tuple(headers.items()), to_json(envelope(refusal.entries, trace_id)))

    def _operate(self, request: Request, now: int, trace_id: str) -> Response:
        environment = self._environment(request)
        _check_version(request)
        if self._world.windows is not None:
            self._world.windows.admit_request(environment, now)
        route, parts, methods = find_route(request.method, request.path.removeprefix(API_PREFIX))
        traced = ("x-clerk-trace-id", trace_id)
        if methods:
            raise method_not_allowed(request.method, methods)
        if route is None:
            raise resource_not_found("Resource not found")
        self._world.expire(now)
        document = route.operation(self._world, Call(request, now, environment, parts))
        return Response(200, (("content-type", JSON_TYPE), traced), to_json(document))

    def _environment(self, request: Request) -> str:
        """Return what the key opens. Raises Refusal for a header or a key that is not accepted (recorded)."""
        given = request.header("authorization")
        found = _BEARER.match(given[0]) if len(given) == 1 else None
        if found is None:
            raise authorization_header_format_invalid()
        known = self.settings.secret_keys
        if found[1] not in known if known else not _SECRET_KEY.match(found[1]):
            raise clerk_key_invalid()
        return "production" if found[1].removeprefix("sk_").startswith("live_") else "development"


def _is_api(path: str) -> bool:
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")


def _check_version(request: Request) -> None:
    """Refuse a version that is unknown or given more than once (documented)."""
    given = request.header("clerk-api-version")
    given += [value for name, value in request.query if name == "__clerk_api_version"]
    if len(given) > 1:
        raise api_version_invalid("The API version was given more than once. Use the header or the query parameter.")
    if given and given[0] not in KNOWN_API_VERSIONS:
        raise api_version_invalid(f"There is no API version {given[0]}. Known are: {', '.join(KNOWN_API_VERSIONS)}.")


class _Called(NamedTuple):
    """A call that was answered: little, because an emulator that runs for a day has had millions."""

    method: str
    path: str
    query: Pairs
    status: int
    time: int
    items: int

    def to_document(self) -> dict[str, Any]:
        return {**self._asdict(), "query": [list(pair) for pair in self.query]}


def _record(request: Request, response: Response, now: int) -> _Called:
    return _Called(request.method, request.path, request.query, response.status, now, _count_items(request))


def _count_items(request: Request) -> int:
    if request.method != "POST":
        return 0
    route: Route | None = find_route(request.method, request.path.removeprefix(API_PREFIX))[0]
    if route is None or route.endpoint is None:
        return 0
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        return 0
    return len(document) if isinstance(document, list) else int(isinstance(document, dict))


def _dated(response: Response, now: int) -> Response:
    headers = (*response.headers, ("date", _http_date(now // 1000)))
    return Response(response.status, headers, response.body, response.cut_after)


@lru_cache(maxsize=64)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
