"""Bound: the fewest hours and calls that the documented limits allow, whoever sends."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from clerkbulk.contract.endpoint import HOUR, MOST_PER_CALL, Lane, endpoint_for
from clerkbulk.contract.target import Target
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.during.waves import split


@dataclass(frozen=True, slots=True)
class Bound:
    """What nobody can beat: the hours from the start until the last call leaves, and the fewest calls for that."""

    hours: float
    bulk: int
    """Calls in the bulk lane."""
    single: int
    """Calls in the single lane."""

    @property
    def calls(self) -> int:
        """Calls in both lanes."""
        return self.bulk + self.single


def bound(target: Target, people: int, pace: Pace, start: float) -> Bound:
    """Return the least hours from start (seconds since 1970) in which so many people can be invited at a pace.

    Pure. Ideal conditions: every call is full, works and takes no time, and the hour of a lane is over to the second.
    Then the k-th call of a lane that has c calls an hour leaves an hour after the call c before it, or when the pace's
    hours open; with the bulk lane alone and at any hour of the day, that is ``ceil(people / 10)`` calls and
    ``ceil(calls / c) - 1`` whole hours. With both lanes it is the first moment at which ten for every bulk call and one
    for every single call that has become possible are as many as the people.

    The calls are the fewest with which that moment can be kept: all the bulk calls that are possible by then, as far as
    there are people for them, and single calls for the others. The lanes' documented limits apply also where the pace
    lifts them, because Clerk keeps them. Each wave is finished as early as it can be, and the gap after it kept; what a
    gate may stop is not foreseen.
    """
    pace = replace(pace, limited=True)
    size = {lane: endpoint_for(target, lane).most_per_call for lane in pace.lanes}
    spent = {lane: deque[float](maxlen=pace.per_hour(endpoint_for(target, lane))) for lane in pace.lanes}
    calls = dict.fromkeys(Lane, 0)
    last = start
    for wave, left in enumerate(split(people, pace.waves)):
        begins = last + pace.wave_gap if wave else start
        possible = heapq.merge(*(_moments(lane, pace, spent[lane], begins) for lane in pace.lanes))
        counts, reached = dict.fromkeys(Lane, 0), 0
        for at, _, lane in possible:
            # What else is possible at the very moment may spare single calls: it is counted as well.
            if reached >= left and at > last:
                break
            last = at
            counts[lane] += 1
            reached += size[lane]
        for lane, number in _fewest(left, counts).items():
            if number:
                spent[lane].extend(at for at, *_ in islice(_moments(lane, pace, spent[lane], begins), number))
                calls[lane] += number
    return Bound((last - start) / HOUR, calls[Lane.BULK], calls[Lane.SINGLE])


def _moments(lane: Lane, pace: Pace, spent: deque[float], begins: float) -> Iterator[tuple[float, int, Lane]]:
    """Yield the moments at which a lane can call from begins on, one a call, without end; at equal moments bulk first.

    spent are the calls made before, as many as an hour has at most.
    """
    calls = spent.copy()
    while True:
        free = calls[0] + HOUR if len(calls) == calls.maxlen else begins
        calls.append(pace.next_open(max(begins, free)))
        yield calls[-1], lane is Lane.SINGLE, lane


def _fewest(people: int, possible: Mapping[Lane, int]) -> dict[Lane, int]:
    """Return how many calls of each lane people need at least, of those that are possible."""
    bulk = min(possible[Lane.BULK], -(-people // MOST_PER_CALL))
    return {Lane.BULK: bulk, Lane.SINGLE: max(0, people - MOST_PER_CALL * bulk)}
