"""Pace: how fast a job may go."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Self

from clerkbulk.contract.endpoint import HOUR, Endpoint, Lane
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.sending.before.schedule import Schedule, schedule

REST = "rest"
LONGEST_GAP = 31 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a job may go: which lanes, what share of their hours, at which hours of the day, in which waves."""

    lanes: tuple[Lane, ...] = (Lane.BULK,)
    share: float = 1.0
    """Part of each hour's calls the job may use; the rest is left to the product's own calls."""
    schedule: Schedule = field(default_factory=Schedule)
    limited: bool = True
    """Whether the documented hourly limits are kept; a 429 is obeyed either way."""
    start: float | None = None
    """No call leaves before, seconds since 1970; None: at once."""
    waves: tuple[int, ...] = ()
    """How many people travel in each wave before the last one, which is everybody else. A wave begins when everything
    in the one before is settled."""
    gate: float | None = None
    """The share of a wave that Clerk may refuse; above it the job stops before the next wave. None: no gate."""
    wave_gap: float = 0.0
    """Seconds between the end of a wave and the first call of the next."""
    own_hour: bool = False
    """Whether an organization's hour is its own, as was found in this very instance (found.py): then the calls of other
    organizations do not count. Off, they do (clerk-contract section 5)."""

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise InputError(f"The share is a part of the hour's calls, above 0 and at most 1, not {self.share}.")
        if self.gate is not None and not 0 <= self.gate < 1:
            raise InputError(f"The gate is a share of a wave, at least 0 and below 1, not {self.gate}.")
        if not 0 <= self.wave_gap <= LONGEST_GAP:
            raise InputError(f"The gap between waves is at most a month of hours, not {self.wave_gap / HOUR:g}.")
        if not self.waves and (self.gate is not None or self.wave_gap):
            raise InputError(
                "A gate or a gap stands between waves, and there are none: say which, such as 10,100,rest."
            )

    def to_json(self) -> str:
        """Return the pace as the ledger keeps it, for a run that goes on."""
        said: dict[str, Any] = {
            "lanes": [lane.value for lane in self.lanes],
            "share": self.share,
            "start": self.start,
            "waves": self.waves,
            "gate": self.gate,
            "wave_gap": self.wave_gap,
            "own_hour": self.own_hour,
        }
        return json.dumps({**said, **self.schedule.to_json()})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what to_json() has written. Whether the hourly limits are kept is each run's own to say."""
        said = json.loads(text)
        return cls(
            lanes=tuple(Lane(word) for word in said["lanes"]),
            share=said["share"],
            schedule=schedule(said["hours"], said["days"], said["tz"]),
            start=said["start"],
            waves=tuple(said["waves"]),
            gate=said["gate"],
            wave_gap=said["wave_gap"],
            own_hour=said.get("own_hour", False),  # not said before 2026-11
        )

    def next_open(self, at: float) -> float:
        """Return at if calls may leave then, or the next moment at which they may."""
        return self.schedule.next_open(at if self.start is None else max(at, self.start))

    def whose_hour(self, target: Target) -> str | None:
        """Return the organization whose calls alone use up the hour; None: those of everybody in the instance."""
        return target.organization_id if self.own_hour and isinstance(target, Organization) else None

    def per_hour(self, endpoint: Endpoint) -> int | None:
        """Return the calls of an hour the job may make at an endpoint, at least one; None: no limit of ours."""
        # Rounded first: 0.58 of 50 is 28.999999999999996 to a computer, and 29 to everybody else.
        return max(1, int(round(endpoint.calls_per_hour * self.share, 6))) if self.limited else None


def wave_sizes(text: str) -> tuple[int, ...]:
    """Read what people type: "10,100,rest" is ten people, then a hundred, then everybody else. Raises InputError."""
    *sizes, last = text.lower().replace(" ", "").split(",")
    if last != REST or not all(re.fullmatch(r"0*[1-9][0-9]{0,8}", size) for size in sizes):
        raise InputError(
            f"{text!r} are no waves: write numbers of people, and {REST} for everybody else: 10,100,{REST}."
        )
    return tuple(int(size) for size in sizes)
