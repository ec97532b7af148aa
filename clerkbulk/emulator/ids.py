"""Ids, trace ids and tickets: Clerk's form, the same ones again for the same seed and time, plainly not Clerk's."""

from __future__ import annotations

import hashlib

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = 1_400_000_000
"""Seconds since 1970 at which KSUIDs begin to count."""
_LENGTH = 27


class Ids:
    """Gives out ids: a prefix and 27 letters or digits (recorded for inv_, spec patterns for org_, user_, ins_).

    They are laid out like KSUIDs, so that ids of later seconds sort after earlier ones. issued is how many ids have
    been given out; it belongs to the saved state, or the same ids would come again.
    """

    def __init__(self, seed: int, issued: int = 0) -> None:
        self.seed = seed
        self.issued = issued

    def new(self, prefix: str, now: float) -> str:
        """Return a new id, such as ``inv_2abc...``."""
        number = max(0, int(now) - _EPOCH) << 128 | int.from_bytes(self._digest("id", 16))
        letters = []
        for _ in range(_LENGTH):
            number, rest = divmod(number, 62)
            letters.append(_ALPHABET[rest])
        return f"{prefix}_{''.join(reversed(letters))}"

    def instance(self) -> str:
        """Return the id of the instance, which hangs on the seed alone."""
        return Ids(self.seed).new("ins", _EPOCH)

    def trace(self) -> str:
        """Return a trace id: 32 lower-case hex digits (recorded)."""
        return self._digest("trace", 16).hex()

    def ticket(self) -> str:
        """Return what stands where Clerk has a signed token; nobody can take it for one."""
        return f"emulated_{self._digest('ticket', 12).hex()}"

    def _digest(self, purpose: str, size: int) -> bytes:
        self.issued += 1
        return hashlib.blake2b(f"{self.seed}/{purpose}/{self.issued}".encode(), digest_size=size).digest()
