"""Difference, Known, Drift: where Clerk's document says something else than we do, how much it matters, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any


class Grade(StrEnum):
    """How much a difference matters to somebody who sends invitations with us, gravest first."""

    BREAKING = "breaking"
    """What we send may be refused or mean something else, or what we read may not be there."""
    NEW = "new"
    """Clerk's document has changed and nothing we do fails: there is something to use, or to follow."""
    WORDING = "wording"
    """Only what the document tells people has changed: read it again."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. kind names what differs in a few fixed words; theirs is what Clerk's document says."""

    grade: Grade
    kind: str
    operations: tuple[str, ...]
    """operationIds of the calls it concerns; empty: the document as a whole."""
    field: str
    """``body[].notify``, ``query.limit``, ``reply.data[].url``, ``errors.errors[].code``, ``call``, ``statuses``."""
    pointer: str
    """Where in Clerk's document, as a JSON pointer."""
    theirs: str
    what: str
    """What ours says, what Clerk's document says, what to do."""

    @property
    def where(self) -> str:
        """The calls and the field, for people."""
        if not self.operations:
            return self.field
        more = f" and {len(self.operations) - 1} more" if len(self.operations) > 1 else ""
        return f"{self.operations[0]}{more}, {self.field}"

    def to_json(self) -> dict[str, Any]:
        """Return everything under the same names, and ``where``."""
        return {
            "grade": self.grade.value,
            "kind": self.kind,
            "where": self.where,
            "operations": list(self.operations),
            "field": self.field,
            "pointer": self.pointer,
            "what": self.what,
        }


@dataclass(frozen=True, slots=True)
class Known:
    """A difference we know and have decided about: no drift. row is where clerk-contract or our schemas say so."""

    difference: Difference
    row: str
    because: str

    def to_json(self) -> dict[str, Any]:
        """Return the difference without a grade, with its row and why it is as it is."""
        shown = {name: value for name, value in self.difference.to_json().items() if name != "grade"}
        return {**shown, "row": self.row, "because": self.because}


@dataclass(frozen=True, slots=True)
class Drift:
    """What compare() found: the differences, gravest first, and those that are known."""

    differences: tuple[Difference, ...]
    known: tuple[Known, ...]
    version: str
    """``info.version`` of Clerk's document."""

    def counts(self) -> dict[str, int]:
        """Return how many differences there are of each grade."""
        return {grade.value: sum(each.grade is grade for each in self.differences) for grade in Grade}

    @property
    def sentence(self) -> str:
        """The outcome in a sentence."""
        known = f"{len(self.known)} known" if self.known else "none known"
        if not self.differences:
            return f"No drift: Clerk's document {self.version} says what we believe ({known} differences)."
        counts = ", ".join(f"{count} {name}" for name, count in self.counts().items() if count)
        return f"Drift: Clerk's document {self.version} differs from what we believe: {counts} ({known})."

    def to_json(self) -> dict[str, Any]:
        """Return ``version``, ``counts``, ``differences`` and ``known``."""
        return {
            "version": self.version,
            "counts": self.counts(),
            "differences": [each.to_json() for each in self.differences],
            "known": [each.to_json() for each in self.known],
        }

    def __repr__(self) -> str:
        return f"<{self.sentence}>"

    def _repr_html_(self) -> str:
        rows = [(each.grade.value, each.where, each.what) for each in self.differences]
        rows += [("known", each.difference.where, f"{each.because} ({each.row})") for each in self.known]
        head = "".join(f"<th>{name}</th>" for name in ("grade", "where", "what"))
        cells = ("".join(f"<td style='text-align:left'>{escape(text)}</td>" for text in row) for row in rows)
        body = "".join(f"<tr>{row}</tr>" for row in cells)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else ""
        return f"<p>{escape(self.sentence)}</p>{table}"


def gathered(found: Iterable[Difference]) -> Iterator[Difference]:
    """Yield each difference once, gravest first; what calls share because they share a schema names them all."""
    by_place: dict[tuple[Grade, str, str, str], list[Difference]] = {}
    for each in found:
        by_place.setdefault((each.grade, each.kind, each.pointer, each.theirs), []).append(each)
    order = list(Grade)
    for same in sorted(by_place.values(), key=lambda same: order.index(same[0].grade)):
        first = same[0]
        operations = tuple(dict.fromkeys(name for each in same for name in each.operations))
        yield Difference(first.grade, first.kind, operations, first.field, first.pointer, first.theirs, first.what)
