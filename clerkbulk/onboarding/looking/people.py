"""People: whom a look is about, and how they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from clerkbulk.contract.endpoint import ADDRESSES_PER_READ, MOST_PER_CALL

EVERYBODY = "everybody"
_PUNYCODE = "xn--"


@dataclass(frozen=True, slots=True)
class People:
    """Whom a look is about: address keys in order; None is everybody at Clerk."""

    keys: tuple[str, ...] | None
    held: frozenset[str]
    name: str
    """What tells these people from others: two looks at the same people have the same."""

    @classmethod
    def of(cls, whom: Collection[str] | None) -> Self:
        """Return the people with these address keys, or everybody."""
        if whom is None:
            return cls(None, frozenset(), EVERYBODY)
        keys = tuple(sorted(set(whom)))
        digest = hashlib.blake2b(digest_size=16, person=b"clerkbulk look")
        for key in keys:
            digest.update(key.encode("utf-8", "surrogatepass") + b"\n")
        return cls(keys, frozenset(keys), digest.hexdigest())

    def __contains__(self, key: object) -> bool:
        return self.keys is None or key in self.held

    @property
    def are_few(self) -> bool:
        """Whether to read a few lists of one address each beats walking a target's whole list."""
        return self.keys is not None and len(self.keys) <= MOST_PER_CALL

    def calls(self) -> list[list[str]]:
        """Return the addresses to ask for, a hundred a call, in every way they can be written."""
        written = [text for key in self.keys or () for text in written_as(key)]
        most = ADDRESSES_PER_READ.number
        return [written[start : start + most] for start in range(0, len(written), most)]


def written_as(key: str) -> tuple[str, ...]:
    """Return the ways an address can be written: with its domain in ASCII, and in letters where that differs.

    Whether Clerk finds bücher.example under xn--bcher-kva.example is not documented: both are asked for.
    """
    local, at, domain = key.rpartition("@")
    if _PUNYCODE not in domain:
        return (key,)
    try:
        letters = domain.encode("ascii").decode("idna")
    except UnicodeError:
        return (key,)
    return tuple(dict.fromkeys((key, f"{local}{at}{letters}")))
