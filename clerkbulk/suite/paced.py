"""Paced: calls to a live instance, under the limit of a development instance; a key that is refused ends the run."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

from clerkbulk.contract.cases.case import Ask
from clerkbulk.contract.endpoint import PAGE_LARGEST, READS_DEVELOPMENT
from clerkbulk.errors import ClerkRefused, KeyRefused, NotReachable
from clerkbulk.sending.clock import Clock
from clerkbulk.suite.desk import Answer
from clerkbulk.suite.wire import Wire

STRETCH: Final = 10.0
"""Seconds the general limit speaks of."""
MOST: Final = READS_DEVELOPMENT.number * 8 // 10
"""Requests in such a stretch: what is left is for whoever else uses the instance."""
TRIES: Final = 6
"""How often a read or a revocation is made when it is answered 429; ours to choose."""
_PAUSES: Final = (1.0, 5.0, 25.0)
"""Seconds before a read of our own is made again that got no answer."""


class PacedWire:
    """Makes calls, never more than MOST in ten seconds; reads and revocations wait out a 429 on the clock.

    Raises NotReachable when no answer comes back, KeyRefused when the instance does not accept the key.
    """

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self._wire, self._clock = wire, clock
        self._times: deque[float] = deque()

    def call(self, ask: Ask) -> Answer:
        """Make one call. A creating one is made once, whatever the answer."""
        for _ in range(TRIES):
            self._keep_pace()
            answer = self._wire.call(ask)
            if answer.status == 401 and "authorization" not in {name.lower() for name in ask.headers}:
                raise KeyRefused(
                    "The instance does not accept the secret key: check CLERK_SECRET_KEY and CLERK_API_URL.",
                    status=401,
                )
            if answer.status != 429 or ask.creates:
                return answer
            self._clock.sleep(max(1, retry_after(answer) or 0))
        raise NotReachable(f"{ask.method} {ask.path} was answered 429 {TRIES} times in a row.", sent=True)

    def read(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Any:
        """Return the document at a path; repeated when no answer comes. Raises ClerkRefused for a refusal, too."""
        answer = self._answered(Ask("GET", path, query=tuple(query)))
        if answer.status != 200:
            raise ClerkRefused(f"GET {path} was answered {answer.status}.", status=answer.status)
        try:
            return json.loads(answer.body)
        except ValueError:
            raise NotReachable(f"GET {path} was answered with no JSON.", sent=True) from None

    def pages(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Iterator[dict[str, Any]]:
        """Yield the items of a list, page after page. Raises what read() raises."""
        offset = 0
        while True:
            got = self.read(path, [*query, ("limit", str(PAGE_LARGEST.number)), ("offset", str(offset))])
            items = got.get("data") if isinstance(got, dict) else got
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise NotReachable(f"GET {path} was answered with no list of objects.", sent=True)
            yield from items
            offset += len(items)
            if len(items) < PAGE_LARGEST.number:
                return

    def _answered(self, ask: Ask) -> Answer:
        for pause in _PAUSES:
            try:
                answer = self.call(ask)
            except NotReachable:
                answer = None
            if answer is not None and answer.status < 500:
                return answer
            self._clock.sleep(pause)
        return self.call(ask)

    def _keep_pace(self) -> None:
        now = self._clock.now()
        while self._times and self._times[0] <= now - STRETCH:
            self._times.popleft()
        if len(self._times) >= MOST:
            self._clock.sleep(self._times[0] + STRETCH - now)
            self._times.popleft()
        self._times.append(self._clock.now())


def retry_after(answer: Answer) -> int | None:
    """Return the seconds an answer says to wait; None if it does not say."""
    given = answer.headers.get("retry-after", "")
    return int(given) if given.isascii() and given.isdigit() else None
