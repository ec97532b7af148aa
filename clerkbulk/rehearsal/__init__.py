"""Rehearsal: the sender and the emulator together, in this process. Names are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clerkbulk.emulator.clock import VirtualClock
    from clerkbulk.rehearsal.bounds import Bound, bound
    from clerkbulk.rehearsal.practice import PRACTICE_KEY, Emulator
    from clerkbulk.rehearsal.rehearsing import Rehearsal, rehearse
    from clerkbulk.rehearsal.trial import Trial

_HOMES = {
    "Bound": "rehearsal.bounds",
    "Emulator": "rehearsal.practice",
    "PRACTICE_KEY": "rehearsal.practice",
    "Rehearsal": "rehearsal.rehearsing",
    "Trial": "rehearsal.trial",
    "VirtualClock": "emulator.clock",
    "bound": "rehearsal.bounds",
    "rehearse": "rehearsal.rehearsing",
}

__all__ = ["PRACTICE_KEY", "Bound", "Emulator", "Rehearsal", "Trial", "VirtualClock", "bound", "rehearse"]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"clerkbulk.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'clerkbulk.rehearsal' has no attribute {name!r}")
