"""What a cassette may hold: no key, no ticket, nobody's address. Calls are scrubbed on the way in, both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

AUTHORIZATION: Final = "Bearer REMOVED"
TICKET: Final = "ticket=REMOVED"
REMOVED: Final = "REMOVED"

_PERSONAL: Final = frozenset(
    {
        "first_name", "last_name", "username", "image_url", "profile_image_url", "logo_url", "last_sign_in_at",
        "last_active_at",
    }
)  # fmt: skip
"""Keys of an answer that tell about people; their texts are removed."""
_TICKETS: Final = re.compile(r"ticket=[^\"&\s\\]*")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_RESERVED: Final = r"(?:[\w-]+\.)*example(?:\.(?:com|org|net))?\b(?!\.\w)"
"""Domains that are nobody's (RFC 2606)."""
_EXAMPLE: Final = re.compile(rf"@{_RESERVED}\Z", re.IGNORECASE)

SECRETS: Final[Mapping[str, str]] = {
    "a secret key": r"\bsk_live_|\bsk_test_[^\s\"]{11,}",
    "an authorization": rf"Bearer (?!{REMOVED}\b|<YOUR_API_KEY>)\S",
    "a ticket": rf"ticket=(?!{REMOVED}\b)",
    "a signed token": r"eyJ[\w-]{8,}",
    "an address that could be somebody's": rf"@(?!{_RESERVED})[\w-]+(?:\.[\w-]+)+",
    "an address that could be somebody's, in a URL": rf"%40(?!{_RESERVED})\w",
    "this machine": r"127\.0\.0\.1|localhost",
}
"""What may never stand in a cassette: a name for it, and a pattern that finds it."""


def leaks(text: str) -> list[str]:
    """Return the names of the secrets that a text holds. Pure."""
    return [name for name, pattern in SECRETS.items() if re.search(pattern, text, re.IGNORECASE)]


class Scrubber:
    """Puts the names every cassette uses in the place of what was really there.

    real and kept say what each name of the cases stands for, at the target and in the cassette. Addresses that no name
    stands for become person1@example.net and so on, the same one each time.
    """

    def __init__(self, real: Mapping[str, str], kept: Mapping[str, str], *, hide_people: bool) -> None:
        pairs = {text: kept[name] for name, text in real.items() if name in kept and text != kept[name]}
        encoded = {quote(text, safe=""): quote(put, safe="") for text, put in pairs.items()}
        # The longest first: no name may be cut out of another.
        both = {**pairs, **encoded}
        self._put = dict(sorted(both.items(), key=lambda pair: -len(pair[0])))
        self._hide_people = hide_people
        self._strangers: dict[str, str] = {}

    def text(self, text: str) -> str:
        """Return a text fit to be kept."""
        for real, put in self._put.items():
            text = text.replace(real, put)
        text = _TICKETS.sub(TICKET, text)
        return _ADDRESS.sub(self._known, text)

    def body(self, body: bytes) -> bytes:
        """Return a body fit to be kept: JSON with the same layout where nobody has to be hidden."""
        if not self._hide_people:
            return self.text(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        try:
            document = json.loads(body)
        except ValueError:
            return self.text(body.decode("utf-8", "replace")).encode()
        hidden = json.dumps(_without_people(document), ensure_ascii=False, separators=(",", ":"))
        return self.text(hidden).encode()

    def _known(self, found: re.Match[str]) -> str:
        address = found[0]
        if _EXAMPLE.search(address):
            return address
        return self._strangers.setdefault(address.lower(), f"person{len(self._strangers) + 1}@example.net")


def authorization(given: str) -> str:
    """Return what a cassette keeps of an Authorization header: its first word."""
    word = given.partition(" ")[0]
    return f"{word} {REMOVED}" if given.strip() else given


def _without_people(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: REMOVED if key in _PERSONAL and isinstance(inner, str) else _without_people(inner)
            for key, inner in value.items()
        }
    return [_without_people(inner) for inner in value] if isinstance(value, list) else value
