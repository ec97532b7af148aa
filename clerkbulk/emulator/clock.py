"""Clocks: the time of day and waiting, as an object that is handed in.

The sender's clocks have the same shape, so one VirtualClock can drive both ends of a rehearsal.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol, runtime_checkable


class Clock(Protocol):
    """The time, and waiting for a later one."""

    def now(self) -> float:
        """Return seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Come back when so many seconds have gone by."""


@runtime_checkable
class MovableClock(Protocol):
    """A clock that can be put forward."""

    def advance(self, seconds: float) -> None:
        """Put the clock forward. Never back: raises ValueError."""


class Alarm(Protocol):
    """Somebody who has things to do at moments of their own, whoever moves the clock."""

    def due(self) -> float | None:
        """Return when the next thing is to be done, seconds since 1970; None while there is none."""

    def ring(self) -> None:
        """Do what is due at the clock's time; due() is later after it."""


class RealClock:
    """The machine's clock, with whatever advance() has added to it."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Wait really."""
        time.sleep(max(0.0, seconds))

    def advance(self, seconds: float) -> None:
        """Put this clock ahead of the machine's. Raises ValueError for a step back."""
        with self._lock:
            self._ahead += _forward(seconds)


class VirtualClock:
    """A clock that stands still until somebody sleeps or advances it; safe to share between threads."""

    def __init__(self, start: float = 1_798_761_600.0) -> None:
        self._now = float(start)
        self._lock = threading.Lock()
        self._alarms: list[Alarm] = []

    def now(self) -> float:
        """Return seconds since 1970; at first the start, 2027-01-01 00:00 UTC unless given."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Put the clock forward and come back at once."""
        self.advance(max(0.0, seconds))

    def set_alarm(self, alarm: Alarm) -> None:
        """Let an alarm ring from now on whenever the clock comes to its moment; what was due before rings at once."""
        self._alarms.append(alarm)

    def advance(self, seconds: float) -> None:
        """Put the clock forward, and stop on the way wherever an alarm rings. Raises ValueError for a step back."""
        with self._lock:
            end = self._now + _forward(seconds)
            if not self._alarms:
                self._now = end
                return
        # Not under the lock: who is woken may have to wait for somebody who asks for the time.
        while (alarm := self._go_to_alarm(end)) is not None:
            alarm.ring()
        with self._lock:
            self._now = max(self._now, end)

    def _go_to_alarm(self, end: float) -> Alarm | None:
        """Go to the moment at which the next alarm until end rings, and return it."""
        moments = [(due, place) for place, alarm in enumerate(self._alarms) if (due := alarm.due()) is not None]
        due, place = min(moments, default=(end, -1))
        if place < 0 or due > end:
            return None
        with self._lock:
            self._now = max(self._now, due)
        return self._alarms[place]


def _forward(seconds: float) -> float:
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"A clock goes forward by a finite number of seconds, not by {seconds!r}.")
    return seconds
