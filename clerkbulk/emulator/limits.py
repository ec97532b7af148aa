"""Rate limits: the calls of the last hour, the requests of the last ten seconds, and how long to wait.

Times are milliseconds since 1970, whole numbers, so that whoever waits as long as Retry-After says gets in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from clerkbulk.contract.endpoint import HOUR, READS_DEVELOPMENT, READS_PRODUCTION
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.refusal import too_many_requests

TEN_SECONDS = 10


class Window:
    """What is left of a budget of calls within a stretch of time, sliding or beginning anew at fixed times."""

    def __init__(self, budget: int, seconds: int, *, kind: str, times: Sequence[int] = ()) -> None:
        self.budget = budget
        self.seconds = seconds
        self.kind = kind
        self.times = deque(times)

    def wait(self, now: int) -> int:
        """Return the whole seconds until another call is let in; 0 is now."""
        self._forget(now)
        if len(self.times) < self.budget:
            return 0
        # Sliding: as many must leave as are over the budget, and one more. Fixed: all of them leave together.
        last = self.times[len(self.times) - self.budget]
        until = last + self.seconds * 1000 if self.kind == "sliding" else self._begin(now) + self.seconds * 1000
        return max(1, -(-(until - now) // 1000))

    def count(self, now: int) -> None:
        """Count a call."""
        self.times.append(now)

    def _begin(self, now: int) -> int:
        return now - now % (self.seconds * 1000)

    def _forget(self, now: int) -> None:
        # A call leaves a sliding window the moment it is as old as the window is long.
        oldest = now - self.seconds * 1000 + 1 if self.kind == "sliding" else self._begin(now)
        while self.times and self.times[0] < oldest:
            self.times.popleft()


class Windows:
    """All windows of an instance. settings answer what is not documented, and may be replaced at any time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._hourly: dict[str, Window] = {}
        self._general: dict[str, Window] = {}

    def admit_request(self, environment: str, now: int) -> None:
        """Let a request in, or raise Refusal: 1000 in 10 seconds, 100 on a development instance (documented)."""
        limit = READS_PRODUCTION if environment == "production" else READS_DEVELOPMENT
        window = self._general.setdefault(environment, Window(limit.number, TEN_SECONDS, kind="sliding"))
        if wait := window.wait(now):
            raise too_many_requests(wait, self.settings.limit_code, self.settings.resets_in)
        window.count(now)

    def admit_call(self, bucket: str, calls_per_hour: int, now: int) -> None:
        """Let a creating call in, or raise Refusal. Nothing is counted yet: see note."""
        if wait := self._window(bucket, calls_per_hour).wait(now):
            raise too_many_requests(wait, self.settings.limit_code, self.settings.resets_in)

    def note(self, bucket: str, calls_per_hour: int, status: int, now: int) -> None:
        """Count a creating call that has been answered, if one with this status counts."""
        counted = {"yes": True, "only_4xx": status != 429, "no": status < 400}[self.settings.refused_calls_count]
        if counted:
            self._window(bucket, calls_per_hour).count(now)

    def to_document(self) -> dict[str, list[int]]:
        """Return the calls of the last hour by bucket, for the saved state."""
        return {bucket: [window.budget, *window.times] for bucket, window in self._hourly.items()}

    def read(self, document: Mapping[str, Sequence[int]]) -> None:
        """Take over what to_document returned."""
        for bucket, (budget, *times) in document.items():
            self._hourly[bucket] = Window(budget, HOUR, kind=self.settings.window, times=times)

    def _window(self, bucket: str, calls_per_hour: int) -> Window:
        kind = self.settings.window
        window = self._hourly.setdefault(bucket, Window(calls_per_hour, HOUR, kind=kind))
        window.kind = kind
        return window
