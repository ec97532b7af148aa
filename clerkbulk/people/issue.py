"""Issue: why a row is not an invitation, or should be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much an issue weighs."""

    ERROR = "error"
    """The row does not become an invitation."""
    WARNING = "warning"
    """The row becomes an invitation, and somebody should look at it first."""
    NOTE = "note"
    """Something was done on the way in that the reader should know of."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing found about one row.

    line is the spreadsheet's number (None: about the whole table), column the header as typed (None: about the whole
    line), rule the name of the function that found it, cell the cell as typed, message a sentence a colleague can act
    on, suggestion the cell as it probably should be.
    """

    line: int | None
    column: str | None
    rule: str
    severity: Severity
    cell: str | None
    message: str
    suggestion: str | None = None
