"""Feed: one column feeding one parameter, and how several of them make one metadata object."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from clerkbulk.contract.fault import shown
from clerkbulk.people.cells import ABSENT, Absent, CellError, Json, convert, metadata_value
from clerkbulk.people.column_names import Confidence
from clerkbulk.people.table import Cell


@dataclass(frozen=True, slots=True)
class Feed:
    """One column feeding one parameter, or one key of its metadata.

    parameter is the wire name. path leads to the metadata key, spelled as typed: ``("team",)``; two parts nest:
    ``("address", "city")``; empty for the whole value.
    """

    parameter: str
    column: str
    path: tuple[str, ...]
    confidence: Confidence

    @property
    def key(self) -> str | None:
        """The metadata key, nested ones joined by dots; None when the column is the whole value."""
        return ".".join(self.path) if self.path else None

    def convert(self, cell: Cell) -> Json | Absent:
        """Read one of the column's cells; ABSENT when it is empty. Raises CellError."""
        return metadata_value(cell) if self.path else convert(self.parameter, cell)


def merge_metadata(parts: Iterable[tuple[Feed, Json | Absent]], default: Json = None) -> Json | Absent:
    """Make one metadata object of what a row's cells hold for it: whole objects and single keys, laid over the default.

    Empty cells add nothing; ABSENT when nothing at all is given. Objects are merged level by level. Raises CellError
    when two cells give one key different values.
    """
    row: dict[str, Json] = {}
    source: dict[tuple[str, ...], str] = {}
    given = isinstance(default, dict)
    for feed, value in parts:
        if value is ABSENT:
            continue
        given = True
        for key in reversed(feed.path):
            value = {key: value}
        if isinstance(value, dict):
            _lay(row, value, (feed.parameter,), feed.column, source)
    if not given:
        return ABSENT
    return laid_over(default, row) if isinstance(default, dict) else row


def laid_over(default: dict[str, Json], above: dict[str, Json]) -> dict[str, Json]:
    """Return the default object with another laid over it, level by level."""
    laid = dict(default)
    for key, value in above.items():
        below = laid.get(key)
        laid[key] = laid_over(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return laid


def _lay(
    into: dict[str, Json],
    values: dict[str, Json],
    path: tuple[str, ...],
    column: str,
    source: dict[tuple[str, ...], str],
) -> None:
    """Add values; source remembers which column a key came from."""
    for key, value in values.items():
        here = (*path, key)
        there = into.setdefault(key, {} if isinstance(value, dict) else value)
        first = source.setdefault(here, column)
        if isinstance(there, dict) and isinstance(value, dict):
            _lay(there, value, here, column, source)
        elif there is not value and json.dumps(there, sort_keys=True) != json.dumps(value, sort_keys=True):
            raise CellError(
                f"`{'.'.join(here)}` is {shown(there)} in column `{first}` and {shown(value)} in column `{column}`: "
                "empty one of the two cells."
            )
