"""Walk: through a list that moves while it is read page by page, so that nothing is lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.endpoint import MOST_PER_CALL, PAGE_LARGEST
from clerkbulk.sending.lists import Page

SIZE = PAGE_LARGEST.number
"""Items of a page."""
OVERLAP = MOST_PER_CALL
"""Items of a page that the next one shows again. As many can leave the list between two pages and nothing is read
twice; and those of one bulk call may share a time, in an order that nobody promises to keep."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk has come: where the next page begins, and the last item of the one before."""

    offset: int = 0
    last_id: str = ""
    last_at: int | None = None
    """Its created_at, milliseconds since 1970."""


def joins(place: Place, page: Page, *, downwards: bool) -> bool:
    """Whether nothing can lie between what was read before and this page of a list ordered by created_at."""
    if place.offset == 0 or any(str(item.get("id")) == place.last_id for item in page.items):
        return True
    first = created_at(page.items[0]) if page.items else None
    if first is None or place.last_at is None:
        return False
    return first > place.last_at if downwards else first < place.last_at


def following(place: Place, page: Page, *, downwards: bool) -> Place | None:
    """Return where the next page begins; None at the end of the list.

    A page that does not join what was read before is not gone on from: what lies in between is read again first.
    """
    if not joins(place, page, downwards=downwards):
        return Place(max(0, place.offset - SIZE), place.last_id, place.last_at)
    end = place.offset + len(page.items)
    has_more = end < page.total if page.total is not None else len(page.items) >= SIZE
    if not page.items or not has_more:
        return None
    last = page.items[-1]
    step = max(1, len(page.items) - OVERLAP)
    return Place(place.offset + step, str(last.get("id")), created_at(last))


def created_at(item: Mapping[str, Any]) -> int | None:
    """Return when an item was made, milliseconds since 1970; None where it does not tell."""
    at = item.get("created_at")
    return at if isinstance(at, int) and not isinstance(at, bool) else None
