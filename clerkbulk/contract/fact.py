"""How sure a statement about Clerk is, and where it comes from. Nothing about Clerk stands in the code without both."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How sure a fact is."""

    DOCUMENTED = "documented"
    """In Clerk's OpenAPI document, docs, published error list or SDK reference."""
    RECORDED = "recorded"
    """Seen in a real response, by the people who made the call."""
    MOCKED = "mocked"
    """Seen in a hand-written test mock in Clerk's own repositories: a hint."""
    THIRD_PARTY = "third party"
    """Told by other people's code or reports."""
    INFERRED = "inferred"
    """Concluded; the source says from what."""
    UNKNOWN = "unknown"
    """Nobody outside Clerk has said; whatever we do is a setting."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A mark and a source, to stand beside the statement it vouches for."""

    mark: Mark
    source: str

    def __str__(self) -> str:
        return f"{self.mark.value}: {self.source}"
