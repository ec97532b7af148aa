"""The table of people as it was read: nothing judged yet, nothing lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clerkbulk.people.issue import Issue

Cell = Any
"""A cell as typed. Text sources give str; workbooks, JSON and frames also int, float, bool, None, dict, list, dates."""


def as_typed(cell: Cell) -> str | None:
    """Return a cell as text for an issue, None for no cell. Never raises, whatever object somebody put into a row."""
    if cell is None or type(cell) is str:
        return cell
    try:
        return str.__str__(cell) if isinstance(cell, str) else str(cell)
    except Exception:  # str() of a number with thousands of digits, of a list in a list in a list ..., of anything
        return f"<{type(cell).__name__} that cannot be shown>"


class Row(NamedTuple):
    """One line of the table, as typed.

    line is the number a spreadsheet shows beside it (the header of a plain CSV file is line 1); cells are in the order
    of the table's columns, one each.
    """

    line: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table came from and what had to be found out to read it, so that it can be shown and corrected."""

    name: str
    """The file's name, or what was handed in: ``people.csv``, ``pasted text``, ``pandas frame``."""
    kind: str
    """csv, xlsx, parquet, jsonl, json, frame, records or text."""
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_line: int | None = None
    """The line the column names were found on; None where the source has no header line."""
    notes: tuple[str, ...] = ()
    """Sentences for the reader: what was guessed, skipped or repaired, and how to say otherwise."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of people in memory: columns, rows, and what was odd about the lines themselves."""

    columns: tuple[str, ...]
    rows: Sequence[Row] = field(repr=False)
    source: Source
    issues: tuple[Issue, ...] = ()
    """What is wrong with lines as lines (ragged, unreadable); what is wrong with cells is found by check()."""

    def __len__(self) -> int:
        return len(self.rows)
