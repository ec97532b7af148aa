"""Wording: a number with its noun, as sentences, terminal and forms all say it."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 row, 2,000 rows; many where an s at the end is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
