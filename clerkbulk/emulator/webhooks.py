"""Webhooks: events posted to a receiver on this machine, signed as Svix signs them for Clerk.

They leave in a thread of their own, one after the other, after the call that caused them is done: no answer waits for
them. A receiver that does not answer 2xx is tried again. Delivery may repeat, as Clerk's may: go by svix-id.
"""

from __future__ import annotations

import http.client
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from clerkbulk.emulator.event import Event
from clerkbulk.emulator.exchange import JSON_TYPE, to_json
from clerkbulk.emulator.ids import Ids
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.receiver import check_url, signature

CLIENT_IP = "127.0.0.1"
"""Who made the request behind an event: somebody on this machine."""
_PATIENCE = 15.0
"""Seconds a receiver has for its answer (Svix's own)."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
"""Seconds between attempts, doubled each time. Svix waits 5 seconds, then minutes, then hours."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message and what became of it. attempts are ``{"time": ms, "status": n or None, "error": text or None}``."""

    id: str
    event: dict[str, Any]
    url: str
    state: str = "waiting"
    """waiting, delivered or failed."""
    attempts: tuple[dict[str, Any], ...] = field(default=())

    def to_document(self) -> dict[str, Any]:
        """Return the delivery as JSON, for the control door and the saved state."""
        attempts = [dict(attempt) for attempt in self.attempts]
        return {"id": self.id, "state": self.state, "url": self.url, "attempts": attempts, "event": self.event}


class Webhooks:
    """The messages of one instance. wall is the machine's time in seconds, which receivers compare with theirs."""

    def __init__(self, seed: int, *, wall: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._seed, self._wall, self._sleep = seed, wall, sleep
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._held = False
        self.reset()

    def reset(self) -> None:
        """Forget every message, also those that have not left."""
        with self._lock:
            # Ids of their own: with the instance's seed a message would share its id with what it tells of.
            self._ids = Ids(-1 - self._seed)
            self._deliveries: dict[str, Delivery] = {}
            self._queue: deque[tuple[str, Settings]] = deque()

    def send(self, events: Iterable[Event], settings: Settings, user_agent: str) -> None:
        """Let events leave, soon. settings say where to, and how often."""
        with self._lock:
            for event in events:
                message_id = self._ids.new("msg", event.timestamp / 1000)
                wire = event.to_wire(Ids(self._seed).instance(), CLIENT_IP, user_agent)
                self._deliveries[message_id] = Delivery(message_id, wire, settings.webhook_url)
                self._queue.append((message_id, settings))
            self._begin()

    def to_document(self) -> list[dict[str, Any]]:
        """Return every message, oldest first."""
        with self._lock:
            return [delivery.to_document() for delivery in self._deliveries.values()]

    def read(self, document: Iterable[dict[str, Any]], settings: Settings) -> None:
        """Take over what to_document returned; what had not left leaves now, if there still is a receiver."""
        self.reset()
        with self._lock:
            for one in document:
                delivery = Delivery(**{**one, "attempts": tuple(one["attempts"])})
                self._deliveries[delivery.id] = delivery
                if delivery.state == "waiting" and settings.webhook_url:
                    self._queue.append((delivery.id, settings))
            self._ids.issued = len(self._deliveries)
            self._begin()

    def hold(self, patience: float) -> None:
        """Let nothing leave any more; what is on its way has so many seconds to arrive first. What has not, waits."""
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(patience)
        with self._lock:
            self._held = True

    def release(self) -> None:
        """Let leave what waits, and what is to come."""
        with self._lock:
            self._held = False
            self._begin()

    def _begin(self) -> None:
        # A thread that lives only while there is something to do: nobody has to stop it.
        if self._queue and self._thread is None and not self._held:
            self._thread = threading.Thread(target=self._run, name="clerkbulk-emulator-webhooks", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._queue or self._held:
                    self._thread = None
                    return
                message_id, settings = self._queue.popleft()
            self._deliver(message_id, settings)

    def _deliver(self, message_id: str, settings: Settings) -> None:
        pause = _FIRST_PAUSE
        for attempt in range(settings.webhook_attempts):
            if attempt:
                self._sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                with self._lock:
                    if self._held:
                        self._queue.appendleft((message_id, settings))
                        return
            if self._post(message_id, settings, last=attempt + 1 == settings.webhook_attempts):
                for _ in range(settings.webhook_repeats):
                    self._post(message_id, settings, last=False)
                return

    def _post(self, message_id: str, settings: Settings, *, last: bool) -> bool:
        """Post a message once, write down what came of it, and return whether it has arrived."""
        with self._lock:
            delivery = self._deliveries.get(message_id)
        if delivery is None:
            return True
        now = self._wall()
        status, error = _posted(delivery, settings.webhook_secret, int(now))
        arrived = status is not None and 200 <= status < 300
        attempt = {"time": int(now * 1000), "status": status, "error": error}
        state = "delivered" if arrived or delivery.state == "delivered" else "failed" if last else "waiting"
        with self._lock:
            if message_id in self._deliveries:
                self._deliveries[message_id] = replace(delivery, state=state, attempts=(*delivery.attempts, attempt))
        return arrived


def _posted(delivery: Delivery, secret: str, timestamp: int) -> tuple[int | None, str | None]:
    """Return the receiver's status, or None and why there is none."""
    parts = check_url(delivery.url)
    body = to_json(delivery.event)
    headers = {
        "content-type": JSON_TYPE,
        "user-agent": "clerkbulk-emulator",
        "svix-id": delivery.id,
        "svix-timestamp": str(timestamp),
        "svix-signature": signature(secret, delivery.id, timestamp, body),
    }
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_PATIENCE)) as receiver:
            receiver.request("POST", target, body, headers)
            # Redirects are not followed: they count as refusals, as with Svix.
            return receiver.getresponse().status, None
    except (OSError, http.client.HTTPException) as error:
        return None, f"{type(error).__name__}: {error}"
