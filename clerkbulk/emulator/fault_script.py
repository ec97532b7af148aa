"""Reading a script of faults from a document: a mistake has its sentence, and nothing of a wrong script is played."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from clerkbulk.emulator.alteration import PLACES
from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.exchange import to_json
from clerkbulk.emulator.fault import DEEDS, Fault
from clerkbulk.emulator.faults import Rate, Script

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_VALUE = re.compile(r"[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?\Z|\Z")
_KEYS = ("faults", "rate", "seed")
_AFTER = {"truncate", "delay", "alter"}
_ALTERING = ("remove", "retype", "add")
_CANNOT_ALTER = "an answer can only be altered after there is one: leave when out, or say after"


def read_script(document: Any) -> Script:
    """Return the script in a list of faults, or in an object with faults, rate or both. Raises ControlError."""
    if isinstance(document, (list, tuple)):
        document = {"faults": document}
    if not isinstance(document, Mapping) or not {"faults", "rate"}.intersection(document):
        raise ControlError('A script of faults is a list, or {"faults": [...], "rate": [...], "seed": 7}.')
    for name in document:
        if name not in _KEYS:
            raise ControlError(f"A script of faults has no {name!r}; it has {', '.join(_KEYS)}.")
    faults, rates, seed = document.get("faults", []), document.get("rate", []), document.get("seed", 0)
    for name, entries in (("faults", faults), ("rate", rates)):
        if not isinstance(entries, (list, tuple)):
            raise ControlError(f"{name} is a list.")
    if type(seed) is not int:
        raise ControlError(f"seed is {seed!r}, and can be a whole number.")
    return Script(
        tuple(_fault(entry, f"Fault {place}") for place, entry in enumerate(faults, 1)),
        tuple(_rate(entry, f"Rate {place}") for place, entry in enumerate(rates, 1)),
        seed,
    )


def _rate(document: Any, called: str) -> Rate:
    if not isinstance(document, Mapping) or "share" not in document:
        raise ControlError(f'{called} is an object with the keys "share" and "do".')
    share, times = document["share"], document.get("times")
    if not _is_number(share) or not 0 <= share <= 1:
        raise ControlError(f"{called}: share is {share!r}, and can be a number from 0 to 1.")
    fault = _fault({name: value for name, value in document.items() if name != "share"}, called)
    return Rate(share, fault, times)


def _fault(document: Any, called: str) -> Fault:
    if isinstance(document, Fault):
        return document
    if not isinstance(document, Mapping) or not isinstance(document.get("do"), str):
        raise ControlError(f'{called} is an object with the key "do": one of {", ".join(DEEDS)}.')
    known = [entry.name for entry in fields(Fault)]
    for name in document:
        if name not in known:
            raise ControlError(f"{called} has the key {name!r}; there are: {', '.join(known)}.")
    given = dict(document)
    given.setdefault("when", "after" if given["do"] in _AFTER else "before")
    for name, (fits, words) in _FITTING.items():
        if given.get(name) is not None and not fits(given[name]):
            raise ControlError(f"{called}: {name} is {given[name]!r}, and can be {words}.")
    for name in ("body", "add"):
        _check_json(given.get(name), f"{called}: {name}")
    _check_alteration(given, called)
    made: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    made |= {name: tuple(made[name]) for name in ("remove", "retype") if name in made}
    return Fault(**made)


def _check_json(value: Any, called: str) -> None:
    try:
        to_json(value)
    except (TypeError, ValueError, RecursionError):
        raise ControlError(f"{called} is not something that JSON can hold.") from None


def _check_alteration(given: Mapping[str, Any], called: str) -> None:
    altering = [name for name in _ALTERING if given.get(name)]
    if given["do"] != "alter":
        if altering:
            raise ControlError(f"{called}: {altering[0]} goes with alter, not with {given['do']}.")
        return
    if not altering:
        raise ControlError(f"{called}: what is altered is named by {', '.join(_ALTERING)}.")
    if given["when"] == "before":
        raise ControlError(f"{called}: {_CANNOT_ALTER}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _are_headers(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and _NAME.match(name) and _VALUE.match(str(text)) for name, text in value.items()
    )


def _are_names(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(entry, str) for entry in value)


_FITTING: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "do": (lambda value: value in DEEDS, f"one of {', '.join(DEEDS)}"),
    "when": (lambda value: value in ("before", "after"), "before or after"),
    "times": (lambda value: type(value) is int and value >= 1, "a whole number from 1"),
    "status": (lambda value: type(value) is int and 200 <= value <= 599, "a status from 200 to 599"),
    "seconds": (lambda value: _is_number(value) and 0 <= value <= 86_400, "a number from 0 to 86400"),
    "headers": (_are_headers, "an object of names and values that HTTP can carry"),
    "method": (lambda value: isinstance(value, str), "a text"),
    "path": (lambda value: isinstance(value, str) and value.startswith("/"), "a path such as /v1/invitations"),
    "code": (lambda value: isinstance(value, str), "a text"),
    "remove": (_are_names, "a list of names of fields"),
    "retype": (_are_names, "a list of names of fields"),
    "add": (lambda value: isinstance(value, Mapping), "an object of fields and their values"),
    "of": (lambda value: value in PLACES, f"one of {', '.join(PLACES)}"),
}
