"""Reads pace: how many reads a look may make, because the customer's own application lives from the same limit."""

from __future__ import annotations

from collections import deque

from clerkbulk.contract.endpoint import READS_DEVELOPMENT, READS_PRODUCTION
from clerkbulk.errors import InputError
from clerkbulk.sending.clock import Clock

WINDOW = 10.0
"""Seconds of the window the general limit speaks of (documented)."""


class ReadsPace:
    """A share of Clerk's general limit in any ten seconds: 1000 requests in production, 100 else (documented).

    environment is the client's. Raises InputError for a share that is not above 0 and at most 1.
    """

    def __init__(self, environment: str, share: float, clock: Clock) -> None:
        if not 0 < share <= 1:
            raise InputError(
                f"A look takes a share of Clerk's general rate limit, above 0 and at most 1, not {share:g}."
            )
        limit = READS_PRODUCTION if environment == "production" else READS_DEVELOPMENT
        self.most = max(1, int(limit.number * share))
        """Reads in any ten seconds."""
        self._clock = clock
        self._times: deque[float] = deque()

    def wait(self) -> float:
        """Return the seconds until another read may leave; 0 is now."""
        now = self._clock.now()
        # What lies ahead was noted before the clock was set back, and is forgotten after a window like the rest.
        while self._times and not now - WINDOW < self._times[0] <= now + WINDOW:
            self._times.popleft()
        if len(self._times) < self.most:
            return 0.0
        return min(WINDOW, max(0.0, self._times[len(self._times) - self.most] + WINDOW - now))

    def note(self, reads: int) -> None:
        """Count reads that were just made."""
        self._times.extend([self._clock.now()] * reads)
