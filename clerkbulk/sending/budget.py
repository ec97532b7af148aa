"""When the next call may leave: the hour's budget, as pure functions of the times of the calls made.

The window slides, whatever Clerk's does (not documented, clerk-contract section 5): a sender that never makes more than
the hourly number of calls in any sixty minutes keeps to a fixed window too. Refused calls count (same place).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkbulk.contract.endpoint import HOUR

MARGIN = 2.0
"""Seconds added to the hour: the server's clock starts it when the call arrives, ours when the answer does."""
FLOOR = 10.0
"""Seconds to wait after a 429 whose Retry-After is 0 or missing; both have been seen (clerk-contract section 5)."""
MOST_UNREACHED = 12
"""How often in a row Clerk may be out of reach before a run gives up: about an hour and a half with the waits below."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The hour of one endpoint in one instance, at a moment. Times are seconds since 1970."""

    used: int
    calls_per_hour: int | None
    next_call_at: float
    """The moment the next call may leave; not after now when it may leave at once."""
    blocked: bool = False
    """Whether Clerk itself (429) is what the next call waits for."""

    def may_call(self, now: float) -> bool:
        """Whether a call may leave at now."""
        return self.next_call_at <= now

    @property
    def sentence(self) -> str:
        """What is used of the hour, in words."""
        if self.calls_per_hour is None:
            return f"{self.used} call{'' if self.used == 1 else 's'} in the last hour"
        return f"{self.used} of {self.calls_per_hour} calls of the hour used"


def budget(
    calls: Sequence[float], now: float, calls_per_hour: int | None, blocked_until: float | None = None
) -> Budget:
    """Return the budget at now, given when the calls of the last hour ended, in any order.

    calls_per_hour None: no limit of ours; a block that Clerk announced is obeyed all the same.
    """
    recent = sorted(at for at in calls if at > now - HOUR - MARGIN)
    free_at = now
    if calls_per_hour is not None and len(recent) >= calls_per_hour:
        free_at = recent[len(recent) - calls_per_hour] + HOUR + MARGIN
    blocked = blocked_until is not None and blocked_until > max(now, free_at)
    return Budget(len(recent), calls_per_hour, max(now, free_at, blocked_until or now), blocked)


def wait_after_429(retry_after: int | None, consecutive: int) -> float:
    """Return the seconds to wait after the consecutive-th 429 in a row (1 for the first).

    Retry-After is obeyed, however long; our own floor doubles with every 429, up to an hour.
    """
    return max(float(retry_after or 0), _doubling(FLOOR, consecutive, HOUR))


def wait_unreached(consecutive: int) -> float:
    """Return the seconds to wait when Clerk could not be reached for the consecutive-th time in a row."""
    return _doubling(30.0, consecutive, 600)


def _doubling(first: float, consecutive: int, most: float) -> float:
    # Beyond a thousand in a row a float overflows; the most is reached long before.
    return min(first * 2.0 ** min(consecutive - 1, 30), float(most))
