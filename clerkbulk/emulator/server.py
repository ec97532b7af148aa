"""Emulator: the stand-in on a loopback port, in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import Clock
from clerkbulk.emulator.instance import Settings
from clerkbulk.errors import ClerkbulkError, InputError

if TYPE_CHECKING:
    from starlette.types import Scope

HOST = "127.0.0.1"
"""The one address it listens on: there is no lock on the control door."""
_PATIENCE = 10
"""Seconds to wait for the server to start or to stop."""
_TICK = 0.05
"""Seconds between two looks at whether the server is to stop."""
_GRACE = 1
"""Seconds that a client has to read what it was answered when the emulator stops."""
_BETWEEN_SAVES = 1.0
"""Seconds after a change until the state is saved."""
_SHARE_OF_SAVING = 0.05
"""Part of the time that saving may take: of a large state, which answers have to wait for, it is done less often."""


class Emulator:
    """Clerk's Backend API on a loopback port, as far as invitations need it.

    ``with Emulator() as clerk: clerk.url`` starts and stops it; start() and stop() do so without a block, as often as
    you like. port 0 is any free one. limits is ``documented`` or ``off``. clock is the machine's unless given; hand in
    a VirtualClock to make hours pass at once. state names a file to begin with and to save to, a second or so after a
    change and when it stops. The same seed gives the same ids. Raises InputError for settings, a state or a port that
    cannot be used.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        limits: str = "documented",
        clock: Clock | None = None,
        settings: Settings | None = None,
        state: str | Path | None = None,
        seed: int = 0,
    ) -> None:
        self.backend = Backend(limits=limits, clock=clock, settings=settings, state=state, seed=seed)
        self._wanted_port = port
        self._serving: _Serving | None = None
        self._thread: threading.Thread | None = None
        self._saver = _Saver(self.backend)
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:4010``; ``/v1`` is the caller's to add."""
        if self._thread is None:
            raise ClerkbulkError("The emulator is not running: start() it, or use it in a with block.")
        return f"http://{HOST}:{self._port}"

    @property
    def clock(self) -> Clock:
        """The clock it runs on."""
        return self.backend.clock

    def start(self) -> Self:
        """Begin to listen and return self. Does nothing when it runs already."""
        if self._thread is not None:
            return self
        serving = _Serving(self.backend)
        listening = _listen(self._wanted_port)
        thread = threading.Thread(target=serving.run, args=(listening,), name="clerkbulk-emulator", daemon=True)
        thread.start()
        deadline = time.monotonic() + _PATIENCE
        while not serving.server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                listening.close()
                raise ClerkbulkError("The emulator's server did not start; the log says why.")
            time.sleep(0.001)
        self._port = listening.getsockname()[1]
        self._serving, self._thread = serving, thread
        self._saver.start()
        self.backend.release_webhooks()
        return self

    def stop(self) -> None:
        """Stop listening, and save the state if a file was named. Does nothing when it does not run."""
        if self._serving is None or self._thread is None:
            return
        self._serving.server.should_exit = True
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            logging.getLogger(__name__).warning("The emulator on port %s has not stopped in time.", self._port)
        self._serving = self._thread = None
        # Events of a test that is over are nothing to the receiver of the next one.
        self.backend.hold_webhooks(_GRACE)
        self._saver.stop()
        if self.backend.state_file is not None:
            self.backend.save()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def state(self) -> dict[str, Any]:
        """Return the time and all there is, whatever its status, in wire shape."""
        return self.backend.state()

    def calls(self) -> list[dict[str, Any]]:
        """Return the API calls so far: method, path, query, status, time (ms), items of creating calls."""
        return self.backend.calls()

    def seed(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Put organizations, users, roles, memberships and invitations there; returns them in wire shape."""
        return self.backend.seed(document)

    def faults(self, script: Any) -> dict[str, Any]:
        """Set what happens to the calls to come, by script or by rate, see Backend.faults(); [] ends all faults."""
        return self.backend.faults(script)

    def faults_now(self) -> dict[str, Any]:
        """Return what is left of the script, and how often each rate has struck so far."""
        return self.backend.faults_now()

    def accept(
        self,
        *,
        invitation_id: str | None = None,
        email_address: str | None = None,
        organization_id: str | None = None,
    ) -> dict[str, Any]:
        """Let an invitee accept, named by the invitation's id or by address; returns what came of it."""
        named = {
            "invitation_id": invitation_id,
            "email_address": email_address,
            "organization_id": organization_id,
        }
        return self.backend.accept({name: value for name, value in named.items() if value is not None})

    def sign_up(
        self, email_address: str, *, first_name: str | None = None, last_name: str | None = None
    ) -> dict[str, Any]:
        """Let somebody sign up without a link; returns the user."""
        named = {"email_address": email_address, "first_name": first_name, "last_name": last_name}
        return self.backend.sign_up(named)

    def activity(
        self, kind: str = "active", *, email_address: str | None = None, user_id: str | None = None
    ) -> dict[str, Any]:
        """Let a user be active or, with kind sign_in, sign in, named by address or id; returns the user."""
        named = {"kind": kind, "email_address": email_address, "user_id": user_id}
        return self.backend.activity({name: value for name, value in named.items() if value is not None})

    def change_settings(self, **settings: Any) -> dict[str, Any]:
        """Put settings in the place of those there are, such as atomicity="partial"; returns the account."""
        return self.backend.change_settings(settings)

    def webhooks(self) -> list[dict[str, Any]]:
        """Return what was posted to the setting webhook_url, or is about to be: id, state, attempts and event."""
        return self.backend.webhooks()

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self.backend.advance(seconds)

    def reset(self) -> None:
        """Forget everything but the settings and the time."""
        self.backend.reset()


class _Saver:
    """Saves the state while the emulator runs, so that one that is killed has lost no more than its last second."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, if there is a file to save to."""
        if self._backend.state_file is None:
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="clerkbulk-emulator-saving", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a save that is under way comes to its end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        pause = _BETWEEN_SAVES
        while not self._stop.wait(pause):
            if self._backend.is_saved:
                continue
            began = time.perf_counter()
            try:
                self._backend.save()
            except InputError as error:
                logging.getLogger(__name__).warning("%s", error)
            pause = max(_BETWEEN_SAVES, (time.perf_counter() - began) / _SHARE_OF_SAVING)


def _listen(port: int) -> socket.socket:
    # Without the third argument asyncio leaves Nagle's algorithm on, and every request takes 43 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        said = f"Port {port} on {HOST} cannot be used: {getattr(error, 'strerror', None) or error}."
        raise InputError(f"{said} Choose another, or 0 for any free one.") from None
    return listening


class _Serving:
    """uvicorn over one listening socket, in the thread that calls run(); raises ClerkbulkError when it is missing."""

    def __init__(self, backend: Backend) -> None:
        try:
            import uvicorn

            from clerkbulk.emulator.app import Door
        except ImportError as error:
            said = f"The emulator needs {error.name}, which is not installed: pip install 'clerkbulk[emulator]'."
            raise ClerkbulkError(said) from None
        self.stopping = asyncio.Event()
        # No Starlette around the door, which costs a tenth. Own Date header from the instance's clock; keep-alive
        # longer than a client's pauses; no logging set up for others.
        config = uvicorn.Config(
            Door(backend, self),
            log_config=None,
            access_log=False,
            lifespan="off",
            date_header=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE * 2,
            ws="none",
        )
        self.server = uvicorn.Server(config)

    def run(self, listening: socket.socket) -> None:
        """Serve until the server is told to exit."""
        asyncio.run(self._run(listening))

    def cut(self, scope: Scope) -> None:
        """Close the connection that a request came by."""
        for connection in list(self.server.server_state.connections):
            if getattr(connection, "client", None) == scope["client"]:
                connection.transport.close()

    async def _run(self, listening: socket.socket) -> None:
        ending = asyncio.create_task(self._end_with_the_server())
        try:
            await self.server.serve(sockets=[listening])
        finally:
            ending.cancel()

    async def _end_with_the_server(self) -> None:
        """End every wait that a fault has asked for, then the connections of clients that do not read their answers.

        uvicorn lets calls that are under way come to their end, and cancels, loudly, what has not ended after a while.
        """
        while not self.server.should_exit:
            await asyncio.sleep(_TICK)
        self.stopping.set()
        await asyncio.sleep(_GRACE)
        for connection in list(self.server.server_state.connections):
            connection.transport.abort()
