"""Scrubbing: what a reply holds that must never be kept. Done before anything is written down."""

from __future__ import annotations

import json
import re
from typing import Any

REMOVED = "[removed]"
LONGEST_REPLY = 64 * 1024
"""Characters of a reply that are kept; a longer one is kept up to there and says so."""

# Keys of old instances have no sk_ (clerk-contract section 7); test_anna@example.com is an address, so those are taken
# for keys only where nothing but a long run of letters and digits follows.
_KEY = re.compile(r"sk_(?:test|live)_[^\s\"'<>\\,;)]+|\b(?:test|live)_[A-Za-z0-9]{20,}|Bearer\s+[^\s\"'<>\\,;)]+")
_TICKET = re.compile(r"(ticket(?:=|%3D|\\u003[dD]))[^&\s\"'\\]+", re.IGNORECASE)
# A JSON Web Token: the ticket of an invitation's link, wherever it stands (recorded form, clerk-contract 2.1).
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")


def scrubbed(body: bytes) -> str:
    """Return a reply fit to be kept: without invitation links, which are credentials, and without anything key-like."""
    try:
        text = json.dumps(_without_urls(json.loads(body)), ensure_ascii=False, separators=(",", ":"))
        text = text.encode("utf-8", "backslashreplace").decode()
    except (ValueError, RecursionError):
        text = body.decode("utf-8", "replace")
    text = scrubbed_text(text)
    return text if len(text) <= LONGEST_REPLY else f"{text[:LONGEST_REPLY]}… [{len(text):,} characters in all]"


def scrubbed_text(text: str) -> str:
    """Return text without keys and tickets."""
    return _TOKEN.sub(REMOVED, _TICKET.sub(rf"\1{REMOVED}", _KEY.sub(REMOVED, text)))


def _without_urls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: REMOVED if key == "url" and inner else _without_urls(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_urls(inner) for inner in value]
    return value
