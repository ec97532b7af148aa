"""AddressSearch: which addresses hold a text, found without reading them all."""

from __future__ import annotations

from collections import defaultdict

_LETTERS = 4


class AddressSearch:
    """Addresses by every four letters in a row, so that only those with the rarest four of a text are read.

    A sender asks for thousands of addresses, one after the other, among all that were ever invited.
    """

    def __init__(self) -> None:
        self._addresses: list[str] = []
        self._holding: defaultdict[str, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._addresses)

    def add(self, address: str) -> None:
        """Add an address; its number is how many there were before it."""
        for letters in _in_rows(address):
            self._holding[letters].append(len(self._addresses))
        self._addresses.append(address)

    def holding(self, part: str) -> list[int]:
        """Return the numbers of the addresses that hold a text, in the order in which they were added."""
        rows = _in_rows(part)
        if not rows:
            return [number for number, address in enumerate(self._addresses) if part in address]
        fewest = min((self._holding.get(letters, []) for letters in rows), key=len)
        return [number for number in fewest if part in self._addresses[number]]


def _in_rows(text: str) -> set[str]:
    return {text[place : place + _LETTERS] for place in range(len(text) - _LETTERS + 1)}
