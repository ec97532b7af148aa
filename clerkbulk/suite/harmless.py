"""Harmless: what may leave for a live instance. Pure.

Nobody gets mail from a case, and nothing is changed but invitations of the suite's own: a call that might do either
does not leave, whatever a case says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from clerkbulk.contract.cases.case import NOTHING, Ask

MARKER: Final = "+clerk_test"
"""Marks an address to which Clerk sends no codes (docs test-emails-and-phones.mdx, documented)."""
_MARKED: Final = re.compile(rf"[^@]*{re.escape(MARKER)}@[^@\s]+\s*", re.IGNORECASE)


def is_marked(address: str) -> bool:
    """Whether an address has Clerk's marker for tests."""
    return _MARKED.fullmatch(address) is not None


def harm(ask: Ask) -> str | None:
    """Say what a call might do that a case must not; None for nothing."""
    if ask.method in {"GET", "HEAD", "OPTIONS"}:
        return None
    if ask.creates:
        return _harm_of_body(ask.body)
    if ask.method == "POST" and ask.path.endswith("/revoke"):
        return None
    return f"{ask.method} {ask.path} might change something that is no invitation"


def addresses_in(body: Any) -> list[str]:
    """Return the addresses a creating call may invite, as they stand in its body."""
    document = _document(body)
    return [text for item in _items(document) for text in _texts(item["emailaddress"]) if "@" in text]


def _harm_of_body(body: Any) -> str | None:
    if isinstance(body, bytes) and _document(body) is None and b"@" in body:
        return "its body cannot be read, and has an address in it"
    for item in _items(_document(body)):
        reached = [text for text in _texts(item["emailaddress"]) if "@" in text]
        if unmarked := [text for text in reached if not is_marked(text)]:
            return f"{unmarked[0]} is without {MARKER}: it may be somebody's address"
        if reached and item.get("notify") is not False:
            return f"an item without notify false would mail {reached[0]}"
    return None


def _document(body: Any) -> Any:
    if body is NOTHING:
        return None
    if not isinstance(body, bytes):
        return body
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _items(document: Any) -> Iterator[dict[str, Any]]:
    """Yield whatever could be read as an item, wherever it stands; keys as a careless server might read them."""
    if isinstance(document, dict):
        item = {str(key).replace("_", "").casefold(): value for key, value in document.items()}
        if "emailaddress" in item:
            yield item
        else:
            yield from _items(list(document.values()))
    elif isinstance(document, list):
        for one in document:
            yield from _items({"email_address": one} if isinstance(one, str) else one)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
