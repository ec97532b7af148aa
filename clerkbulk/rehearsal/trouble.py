"""Trouble: what goes wrong in a rehearsal, drawn beforehand; the same seed and number of calls draw the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any

CRASHES = 3
"""How often the process dies."""
_TRANSACTIONS = 6
"""Of this many transactions behind a call each may be the last; those of one turn of the run's loop."""
_COMMITTED = ("drop", 503, "drop")
"""What comes of calls that have done their work: the connection is cut, or a proxy says 503."""
_STORM: Sequence[dict[str, str]] = ({"retry-after": "0"}, {}, {"retry-after": "40"}, {}, {"retry-after": "90"})
"""The headers of a storm of 429; Retry-After 0, and none at all, have both been seen (clerk-contract section 5)."""
_BURST = 3
"""How many calls in a row are answered 503 before they do anything."""


class Where(StrEnum):
    """Where a process dies."""

    BEFORE_CALL = "before_call"
    """The intent is durable; nothing has left."""
    AFTER_CALL = "after_call"
    """The call has done its work; nobody reads the answer."""
    BEFORE_DURABLE = "before_durable"
    """At the end of a transaction, which is undone."""
    AFTER_DURABLE = "after_durable"


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a process: in the first call, or at the n-th transaction, after so many calls have left."""

    calls: int
    where: Where
    transactions: int = 0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Everything that goes wrong. script is for the emulator, which plays it call by call."""

    deaths: tuple[Death, ...] = ()
    script: tuple[dict[str, Any], ...] = ()


def draw(seed: int, calls: int) -> Trouble:
    """Draw the trouble of a job of so many calls: crashes, lost replies, a storm of 429, 503 before and after the work.

    However few the calls are, each of them meets something; what does its work is drawn once a call at most.
    """
    if not calls:
        return Trouble()
    chance = Random(seed)  # noqa: S311 - the same trouble each time, and no secret
    deaths = sorted((_death(chance, calls) for _ in range(CRASHES)), key=lambda death: death.calls)
    at: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    at[chance.randrange(calls)] += [_status(429, headers=headers) for headers in _STORM]
    at[chance.randrange(calls)] += [_status(503) for _ in range(_BURST)]
    # Last of what happens at a call: its people are invited by it.
    for call, deed in zip(chance.sample(range(calls), min(len(_COMMITTED), calls)), _COMMITTED, strict=False):
        at[call].append(_status(503, when="after") if deed == 503 else {**_POST, "do": "drop", "when": "after"})
    return Trouble(tuple(deaths), tuple(_script(at)))


_POST = {"method": "POST"}


def _script(at: dict[int, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Lay what happens at each call out in order, with the calls that go well in between."""
    script: list[dict[str, Any]] = []
    well = 0
    for call in sorted(at):
        if call > well:
            script.append({**_POST, "do": "pass", "times": call - well})
        script += at[call]
        worked = at[call][-1].get("when") == "after"
        well = call + 1 if worked else call
    return script


def _status(status: int, **more: Any) -> dict[str, Any]:
    return {**_POST, "do": "status", "status": status, **more}


def _death(chance: Random, calls: int) -> Death:
    where = chance.choice(tuple(Where))
    in_a_call = where in {Where.BEFORE_CALL, Where.AFTER_CALL}
    return Death(chance.randrange(calls), where, 0 if in_a_call else chance.randint(1, _TRANSACTIONS))
