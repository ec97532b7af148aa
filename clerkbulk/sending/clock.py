"""Clock: what the time is and how to let it pass, as an argument, so that a day can be tested in a moment."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Time in seconds since 1970 (UTC)."""

    def now(self) -> float:
        """Return the time."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the machine's time."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))


def is_moved_by_hand(clock: Clock) -> bool:
    """Whether a clock stands still until somebody moves it, so that a sleep of any length is over at once."""
    return hasattr(clock, "advance")
