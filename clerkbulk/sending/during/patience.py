"""Patience: how long a run waits before it leaves the rest to a later one, and in which state it leaves the job."""

from __future__ import annotations

import math
from dataclasses import dataclass

from clerkbulk.sending.state import JobState

TICK = 120.0
"""Seconds a tick waits in all: to settle a lost call takes up to two minutes, a server is away for moments."""


@dataclass(slots=True)
class Patience:
    """What is left of the patience of one run. Without arguments: of one that stays to the end of the job."""

    seconds: float = math.inf
    leaves_in: JobState = JobState.PAUSED
    """What the job is in when somebody stops the run: a person goes on with what is paused, a tick with what waits."""
    unsure: int = 0
    """Calls in a row without a clear answer before this run."""

    def endures(self, seconds: float) -> bool:
        """Whether the run waits so long; if it does, so much less patience is left."""
        if seconds > self.seconds:
            return False
        self.seconds -= max(0.0, seconds)
        return True
