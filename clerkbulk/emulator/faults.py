"""Faults: which calls something happens to, one after the other by a script, or so large a share of them by chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

from clerkbulk.emulator.exchange import Request
from clerkbulk.emulator.fault import Fault


@dataclass(frozen=True, slots=True)
class Rate:
    """A fault that strikes a share (0 to 1) of the calls it is meant for; times is how often at most, None no limit."""

    share: float
    fault: Fault
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """What is asked for: faults in order, each used up by the calls it strikes, then rates for all other calls.

    The same seed and the same calls draw the same; each rate draws for itself, once for each call it is meant for.
    """

    faults: tuple[Fault, ...] = ()
    rates: tuple[Rate, ...] = ()
    seed: int = 0


NO_FAULTS = Script()


class Faults:
    """A script as it is being played."""

    def __init__(self, script: Script = NO_FAULTS) -> None:
        self._faults = list(script.faults)
        self._rates = [_Draws(rate, f"{script.seed}/{place}") for place, rate in enumerate(script.rates)]
        self._seed = script.seed

    def take(self, request: Request) -> Fault | None:
        """Return the fault for this request: the first of the script, which is used up by one, or one by chance.

        A call that the script has something for, if only to let it through, is not left to chance.
        """
        for place, fault in enumerate(self._faults):
            if fault.matches(request):
                if fault.times > 1:
                    self._faults[place] = replace(fault, times=fault.times - 1)
                else:
                    del self._faults[place]
                return fault
        drawn = [draws for draws in self._rates if draws.strike(request)]
        return drawn[0].count() if drawn else None

    def left(self) -> list[dict[str, Any]]:
        """Return what is left of the faults in order."""
        return [{**fault.to_document(), "times": fault.times} for fault in self._faults]

    def to_document(self) -> dict[str, Any]:
        """Return what is left of the script, and for each rate how many calls it was meant for and has struck."""
        return {"faults": self.left(), "rate": [draws.to_document() for draws in self._rates], "seed": self._seed}


class _Draws:
    """A rate and its own chance."""

    def __init__(self, rate: Rate, seed: str) -> None:
        self._rate = rate
        self._chance = Random(seed)  # noqa: S311 - the same faults each time, and no secret
        self._meant = 0
        self._struck = 0

    def strike(self, request: Request) -> bool:
        """Whether chance has it that this call is struck; drawn whether or not another rate strikes first."""
        if not self._rate.fault.matches(request):
            return False
        self._meant += 1
        is_over = self._rate.times is not None and self._struck >= self._rate.times
        return self._chance.random() < self._rate.share and not is_over

    def count(self) -> Fault:
        """Return the fault, which has struck once more."""
        self._struck += 1
        return self._rate.fault

    def to_document(self) -> dict[str, Any]:
        return {
            "share": self._rate.share,
            **self._rate.fault.to_document(),
            "times": self._rate.times,
            "meant": self._meant,
            "struck": self._struck,
        }
