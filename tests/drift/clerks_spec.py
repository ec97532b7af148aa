"""Clerk's OpenAPI document beside the checkout, and copies of it that a test may change."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.drift.compare import compare
from clerkbulk.drift.difference import Grade
from clerkbulk.drift.openapi import read_spec

SPEC = Path(__file__).resolve().parents[3] / "shared" / "openapi" / "clerk-invitations.openapi.yml"

needs_spec = pytest.mark.skipif(not SPEC.exists(), reason="Clerk's OpenAPI document is not beside this checkout")


@functools.cache
def _read() -> dict[str, Any]:
    return read_spec(SPEC)


def spec_copy() -> dict[str, Any]:
    """Return the document, the caller's own."""
    return copy.deepcopy(_read())


def at(document: Any, place: str) -> Any:
    """Return what stands at a place such as ``paths /invitations/bulk post requestBody``."""
    for step in place.split():
        document = document[int(step) if isinstance(document, list) else step]
    return document


# Places.

BULK = "paths /invitations/bulk post"
BULK_BODY = f"{BULK} requestBody content application/json schema"
BULK_ITEM = f"{BULK_BODY} items"
BULK_FIELD = f"{BULK_ITEM} properties"
SINGLE = "paths /invitations post"
ORGANIZATION_BULK = "paths /organizations/{organization_id}/invitations/bulk post"
ORGANIZATION_ITEM = f"{ORGANIZATION_BULK} requestBody content application/json schema items"
LIST = "paths /invitations get"
ORGANIZATION_LIST = "paths /organizations/{organization_id}/invitations get"
REVOKE = "paths /invitations/{invitation_id}/revoke post"
ORGANIZATION_REVOKE = "paths /organizations/{organization_id}/invitations/{invitation_id}/revoke post"
SCHEMAS = "components schemas"

WRAPPED = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {"type": "array", "items": {"$ref": "#/components/schemas/Invitation"}},
        "total_count": {"type": "integer"},
    },
}

Change = Callable[[dict[str, Any]], object]


def put(place: str, value: Any) -> Change:
    """Return what sets a place to a value."""
    where, _, last = place.rpartition(" ")
    return lambda document: at(document, where).__setitem__(last, value)


def cut(place: str) -> Change:
    """Return what removes a place."""
    where, _, last = place.rpartition(" ")

    def change(document: dict[str, Any]) -> object:
        holder = at(document, where)
        return holder.pop(int(last) if isinstance(holder, list) else last)

    return change


def rename(place: str, name: str) -> Change:
    """Return what gives an entry another name."""
    where, _, last = place.rpartition(" ")
    return lambda document: at(document, where).__setitem__(name, at(document, where).pop(last))


def drop(place: str, value: Any) -> Change:
    """Return what takes a value out of a list."""
    return lambda document: at(document, place).remove(value)


def add(place: str, value: Any) -> Change:
    """Return what puts a value at the end of a list."""
    return lambda document: at(document, place).append(value)


def both(*changes: Change) -> Change:
    """Return what makes several changes."""
    return lambda document: [change(document) for change in changes]


def reword(place: str, old: str, new: str) -> Change:
    """Return what changes words of a text."""
    where, _, last = place.rpartition(" ")

    def change(document: dict[str, Any]) -> None:
        text = at(document, place)
        assert old in text
        at(document, where)[last] = text.replace(old, new)

    return change


class Case:
    """A change of the document, and the differences it makes: grade, where, what."""

    def __init__(self, name: str, change: Change, *differences: tuple[Grade, str, str]) -> None:
        self.name = name
        self.change = change
        self.differences = list(differences)


def told(case: Case) -> list[tuple[Grade, str, str]]:
    """Return what compare() tells of a copy that was changed."""
    document = spec_copy()
    case.change(document)
    return [(each.grade, each.where, each.what) for each in compare(document).differences]
