"""Alteration: a proper answer with fields removed, added or of another type."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clerkbulk.emulator.exchange import to_json

PLACES = ("items", "answer")


@dataclass(frozen=True, slots=True)
class Alteration:
    """What is changed in an answer, in this order: fields removed, retyped, added.

    place says where: ``items`` are each invitation (or whatever else is listed) of the answer, a single one too, and
    not an error; ``answer`` is the outermost object alone: the one around ``data``, or around ``errors``.
    """

    remove: tuple[str, ...] = ()
    retype: tuple[str, ...] = ()
    add: Mapping[str, Any] = field(default_factory=dict)
    place: str = "items"

    def of(self, body: bytes) -> bytes:
        """Return the body of an answer, altered; one that is no JSON as it is."""
        try:
            document = json.loads(body)
        except ValueError:
            return body
        for thing in _items(document) if self.place == "items" else _outermost(document):
            self._alter(thing)
        return to_json(document)

    def _alter(self, thing: dict[str, Any]) -> None:
        for name in self.remove:
            thing.pop(name, None)
        for name in self.retype:
            if name in thing:
                thing[name] = of_another_type(thing[name])
        thing.update(self.add)


def of_another_type(value: Any) -> Any:
    """Return a JSON value as another type.

    Text goes into a list, null becomes 0, and everything else the text it is written as: a time that comes as a text.
    """
    if isinstance(value, str):
        return [value]
    return 0 if value is None else json.dumps(value)


def _outermost(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document


def _items(document: Any) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        inside = document.get("data")
        if not isinstance(inside, list):
            if "errors" not in document:
                yield document
            return
        document = inside
    for entry in document if isinstance(document, list) else ():
        yield from _outermost(entry)
