"""Narrowing: which rows of a revised table are looked at, and how many there are of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Show(StrEnum):
    """The kinds of rows. Every row is ready, or has errors, or is excluded; the other kinds lie across."""

    ALL = "all"
    READY = "ready"
    """Becomes an invitation, with or without a warning."""
    ERRORS = "errors"
    """Becomes no invitation, and has an issue that says why not; duplicates are among them."""
    WARNINGS = "warnings"
    """Has an issue that somebody should look at first, with or without errors beside it."""
    DUPLICATES = "duplicates"
    """Is kept out by an earlier row with the same address."""
    EXCLUDED = "excluded"
    """Was taken out by a person."""
    EDITED = "edited"
    """Has a cell that a person changed."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which rows to look at: those for which every part holds."""

    show: Show = Show.ALL
    rule: str | None = None
    """Rows with an issue of this rule."""
    lines: frozenset[int] | None = None
    """Rows of this set, such as a bucket of the preflight; lines that the table does not have are no harm."""
    text: str = ""
    """Rows with this text in a cell, as typed or edited, in any case; blanks around it do not count."""


EVERYTHING = Narrowing()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows there are of each kind; all = ready + errors + excluded."""

    all: int
    ready: int
    errors: int
    warnings: int
    duplicates: int
    excluded: int
    edited: int
    by_rule: Mapping[str, int]
    """Rows with an issue of each rule, the most frequent first; excluded rows are left out."""
