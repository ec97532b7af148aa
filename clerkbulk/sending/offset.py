"""Offset: how far our clock is ahead of Clerk's, as narrowly as ``Date`` headers tell."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime

UNKNOWN_AHEAD = 120.0
"""Seconds our clock is taken to be ahead while no answer has told the time."""


@dataclass(frozen=True, slots=True)
class Offset:
    """Bounds, in seconds, of what our clock shows less what Clerk's shows. None: nothing is known yet."""

    least: float | None = None
    most: float | None = None

    def seen(self, date: str | None, asked_at: float, answered_at: float) -> Offset:
        """Return the offset after an answer with this ``Date``, asked and answered at these times of our clock.

        The header has whole seconds, so one answer tells the offset within a second; each further one narrows it. An
        answer that contradicts the others says that a clock was set: it counts alone.
        """
        try:
            at = parsedate_to_datetime(date or "").timestamp()
        except (TypeError, ValueError, OverflowError):
            return self
        least, most = asked_at - at - 1.0, answered_at - at
        if self.least is None or self.most is None or least > self.most or most < self.least:
            return Offset(least, most)
        return Offset(max(least, self.least), min(most, self.most))

    def earliest(self, at: float) -> float:
        """Return the earliest time Clerk's clock can show when ours shows at."""
        return at - (UNKNOWN_AHEAD if self.most is None else self.most)
