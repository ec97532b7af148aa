"""Hiding: how people appear in a frame or report: as addresses, as keyed hashes, or not at all."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum

_LETTERS = 20


class People(StrEnum):
    """How people appear. Whoever gets a keyed hash can tell two people apart, and nobody's address, without the key."""

    SHOW = "show"
    HASH = "hash"
    OMIT = "omit"


def pseudonym(key: str, secret: bytes) -> str:
    """Return what stands for a person: the same for the same address key and secret, and no way back without it."""
    digest = hmac.new(secret, key.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return f"p_{digest[:_LETTERS]}"
