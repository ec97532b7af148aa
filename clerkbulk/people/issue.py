"""Issue: why a row is not an invitation, or should be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Literal, overload


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

    def to_json(self) -> dict[str, Any]:
        """Return the issue as ``clerkbulk check --format json`` writes it."""
        return {**asdict(self), "severity": self.severity.value}


ISSUE_COLUMNS = tuple(field.name for field in fields(Issue))


class Issues(Sequence[Issue]):
    """Every issue of a table, ordered by line; those about the whole table come first."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self._issues = tuple(sorted(issues, key=lambda issue: issue.line or 0))

    @overload
    def __getitem__(self, index: int) -> Issue: ...
    @overload
    def __getitem__(self, index: slice) -> Issues: ...
    def __getitem__(self, index: int | slice) -> Issue | Issues:
        return Issues(self._issues[index]) if isinstance(index, slice) else self._issues[index]

    def __len__(self) -> int:
        return len(self._issues)

    def __iter__(self) -> Iterator[Issue]:
        return iter(self._issues)

    @property
    def errors(self) -> Issues:
        """Those that keep a row from being an invitation."""
        return Issues(issue for issue in self._issues if issue.severity is Severity.ERROR)

    @property
    def warnings(self) -> Issues:
        """Those that somebody should look at first."""
        return Issues(issue for issue in self._issues if issue.severity is Severity.WARNING)

    @property
    def notes(self) -> Issues:
        """Those that tell what was done on the way in."""
        return Issues(issue for issue in self._issues if issue.severity is Severity.NOTE)

    def by_rule(self) -> dict[str, int]:
        """Return how often each rule was broken, the most frequent first."""
        return dict(Counter(issue.rule for issue in self._issues).most_common())

    def to_frame(self, library: Literal["pandas", "polars"] = "pandas") -> Any:
        """Return a frame with a row an issue and the columns of Issue. Raises ImportError without the library.

        Half characters (lone surrogates), which no frame can hold, are spelt as \\ud800.
        """
        columns = {name: [_whole(getattr(issue, name)) for issue in self._issues] for name in ISSUE_COLUMNS}
        if library == "polars":
            import polars

            text = dict.fromkeys(ISSUE_COLUMNS, polars.String)
            return polars.DataFrame(columns, schema={**text, "line": polars.Int64})
        import pandas as pd

        frame = pd.DataFrame(columns, columns=list(ISSUE_COLUMNS))
        return frame.astype({"line": "Int64"})

    def __repr__(self) -> str:
        return f"<Issues: {len(self.errors)} errors, {len(self.warnings)} warnings, {len(self.notes)} notes>"


def _whole(value: Any) -> Any:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
