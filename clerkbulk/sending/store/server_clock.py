"""Server clock: the time of the database server, for machines that share a ledger and whose own clocks differ.

Hours, leases and lost calls are times that one machine writes and another one reads.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

AGAIN = 300.0
"""Seconds between two looks at the server's clock: the worst clocks drift by hundredths of a second in that time."""
RETRY = 10.0
"""Seconds until the next look after one that failed."""
SET = 0.5
"""Seconds by which the machine's clock may drift against its count of time before it was surely set, or asleep."""
SLOWED = 0.5
"""The pace of a clock that turned out to be ahead of the server, until it is no more."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the server's clock: its time, and the machine's count of time just before and just after."""

    before: float
    server: float
    after: float

    @property
    def offset(self) -> float:
        """Seconds from the machine's count to the server's time, wrong by half of the way there and back at most."""
        return self.server - (self.before + self.after) / 2


def steady() -> float:
    """Return the machine's count of seconds, which nobody sets. Where the system has it, time asleep counts too."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class ServerClock:
    """The time of a server, in seconds since 1970 (UTC). It never goes backwards, whatever is done to either clock.

    look reads the server's clock. The first look is taken here, and its errors go up; a later one may fail with one of
    failures, and is taken again. steady and wall are the machine's count of time and its clock.
    """

    def __init__(
        self,
        look: Callable[[], Look],
        failures: tuple[type[Exception], ...],
        *,
        steady: Callable[[], float] = steady,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._look, self._failures, self._steady, self._wall = look, failures, steady, wall
        self._lock = threading.Lock()
        self._offset, self._ahead, self._shown = look().offset, 0.0, 0.0
        self._since = steady()
        self._apart = wall() - self._since
        self._next, self._not_before = self._since + AGAIN, 0.0

    def now(self) -> float:
        """Return the server's time."""
        with self._lock:
            count = self._steady()
            apart = self._wall() - count
            # The clock was set, or the machine was asleep in a way that its count does not show.
            jumped = abs(apart - self._apart) > SET
            if (jumped or count >= self._next) and count >= self._not_before:
                self._look_again()
                count = self._steady()
            self._shown = max(self._shown, self._at(count))
            return self._shown

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))

    def _at(self, count: float) -> float:
        """Return the time to show: the server's, or what is left of a lead over it."""
        return self._offset + count + max(0.0, self._ahead - (count - self._since) * SLOWED)

    def _look_again(self) -> None:
        try:
            look = self._look()
        except self._failures:
            # Whatever is written next says what is wrong with the server; the time until then is good enough.
            self._not_before = self._steady() + RETRY
            return
        count = self._steady()
        shown = max(self._shown, self._at(count))
        self._offset, self._since = look.offset, count
        self._ahead = max(0.0, shown - look.offset - count)
        self._apart = self._wall() - count
        self._next = count + AGAIN
