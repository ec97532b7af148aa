"""Cursor: how far a look at one list has come, as it is kept between two pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from clerkbulk.onboarding.looking.walk import Place

Step = tuple[str, str]
"""What to read, and of what: ("walk", "pending")."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What is left to read, and what was learned on the way that decides about it."""

    todo: tuple[Step, ...] = ()
    """The first one is being read; none left: the look is complete."""
    place: Place = field(default_factory=Place)
    phase: str = ""
    totals: Mapping[str, int] = field(default_factory=dict)
    """How long each status's list was when the look began, as far as Clerk tells."""
    whole: tuple[str, ...] = ()
    """Statuses whose lists have been read to the end."""
    pages: int = 0
    seen: int = 0
    of: int | None = None

    def on(self, place: Place | None) -> Cursor:
        """Return the cursor at the next page of what is being read; None: on to the next step."""
        return replace(self, place=place) if place is not None else self.done_with_step()

    def done_with_step(self) -> Cursor:
        """Return the cursor at the beginning of the next step."""
        return replace(self, todo=self.todo[1:], place=Place())

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what to_json() returned."""
        known = {name: document[name] for name in ("phase", "totals", "pages", "seen", "of")}
        todo = tuple((kind, what) for kind, what in document["todo"])
        return cls(todo=todo, place=Place(**document["place"]), whole=tuple(document["whole"]), **known)


def as_text(document: Mapping[str, Any]) -> str:
    """Return JSON for a column."""
    return json.dumps(document, separators=(",", ":"))
