"""Rehearsal: the sender and the emulator together, in this process. Names are imported when they are first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clerkbulk.emulator.clock import VirtualClock
    from clerkbulk.rehearsal.bounds import Bound, bound
    from clerkbulk.rehearsal.companies import Company, company
    from clerkbulk.rehearsal.life import Life
    from clerkbulk.rehearsal.practice import PRACTICE_KEY, Emulator
    from clerkbulk.rehearsal.rehearsing import Rehearsal, rehearse
    from clerkbulk.rehearsal.temper import Temper
    from clerkbulk.rehearsal.trial import Trial
    from clerkbulk.rehearsal.truth import TrueLink, Truth

_HOMES = {
    "Bound": "rehearsal.bounds",
    "Company": "rehearsal.companies",
    "Emulator": "rehearsal.practice",
    "Life": "rehearsal.life",
    "PRACTICE_KEY": "rehearsal.practice",
    "Rehearsal": "rehearsal.rehearsing",
    "Temper": "rehearsal.temper",
    "Trial": "rehearsal.trial",
    "TrueLink": "rehearsal.truth",
    "Truth": "rehearsal.truth",
    "VirtualClock": "emulator.clock",
    "bound": "rehearsal.bounds",
    "company": "rehearsal.companies",
    "rehearse": "rehearsal.rehearsing",
}

__all__ = [
    "PRACTICE_KEY",
    "Bound",
    "Company",
    "Emulator",
    "Life",
    "Rehearsal",
    "Temper",
    "Trial",
    "TrueLink",
    "Truth",
    "VirtualClock",
    "bound",
    "company",
    "rehearse",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"clerkbulk.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'clerkbulk.rehearsal' has no attribute {name!r}")
