"""Claims: which line has an address first, while lines come and go."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator


class Claims:
    """The good lines of each address key; the first of them is invited and keeps the others out."""

    def __init__(self) -> None:
        self._lines: defaultdict[str, list[int]] = defaultdict(list)
        self._crowded: set[str] = set()

    def add(self, key: str, line: int) -> None:
        """Let a line claim an address; it may be earlier than those that claim it already."""
        lines = self._lines[key]
        insort(lines, line)
        if len(lines) > 1:
            self._crowded.add(key)

    def remove(self, key: str, line: int) -> None:
        """Take a claim back: if it was the first, the next line has the address now."""
        lines = self._lines[key]
        del lines[bisect_left(lines, line)]
        if not lines:
            del self._lines[key]
        if len(lines) < 2:
            self._crowded.discard(key)

    def first(self, key: str) -> int:
        """Return the line that has an address. Raises IndexError for one that nobody claims."""
        return self._lines[key][0]

    def lines_kept_out(self) -> Iterator[int]:
        """Yield the lines that an earlier one keeps out, in no order."""
        for key in self._crowded:
            yield from self._lines[key][1:]
