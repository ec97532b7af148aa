"""Revising: a table with its mapping, edited in place by a person and checked again at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import IO

from clerkbulk.errors import InputError
from clerkbulk.people.check import check_table
from clerkbulk.people.checked import Checked
from clerkbulk.people.issue import Issue, Issues, Severity
from clerkbulk.people.mapping import Mapping as ColumnMapping
from clerkbulk.people.narrowing import EVERYTHING, Counts, Narrowing, Show
from clerkbulk.people.rules import find, left_out_by_hand
from clerkbulk.people.sheet import write_sheet
from clerkbulk.people.steps import Step, Steps
from clerkbulk.people.table import Cell, Row, Source, Table, as_typed
from clerkbulk.people.typed import Edit, TypedCells, brief
from clerkbulk.people.verdicts import Verdicts

CHANGE_COLUMNS = ("line", "change", "column", "before", "after")
"""The columns of the sheet of changes."""
_GRAVEST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class RevisedRow:
    """One row as it stands now."""

    line: int
    cells: tuple[Cell, ...]
    """As typed or edited, in the order of the table's columns."""
    edited: Mapping[str, Cell]
    """The columns whose cell was edited, each with the cell as it was read."""
    issues: Mapping[str | None, tuple[Issue, ...]]
    """By column; None: about the line, or about something that no column gives."""
    is_excluded: bool
    """Whether a person took the row out; its issues are then those of its own cells, and count for nothing."""
    severity: Severity | None
    """The gravest of its issues."""


class Revision:
    """A table with its mapping that a person edits: cells, suggestions, rows taken out; all of it can be undone.

    An edit is judged at once: the row, and those that share its address. settle() tells anew what is said of all rows
    together. From then on, until the next edit, issues are exactly those of a check of the edited table without the
    excluded rows. Line numbers stay those of the source, and no cell as read is lost.

    A line that was broken when it was read (ragged, an open quotation mark, unreadable) has other cells than stood
    there: it stays an error whatever is typed into it, until it is excluded or corrected in the source. A NUL or half a
    character in one cell is mended by typing that cell anew.
    """

    def __init__(self, table: Table, mapping: ColumnMapping) -> None:
        """Check the whole table. Raises InputError where its line numbers do not rise."""
        for before, after in pairwise(row.line for row in table.rows):
            if before >= after:
                raise InputError(f"Line {after} comes after line {before}: number the rows upwards, each once.")
        self.table = table
        """The table as it was read."""
        self.mapping = mapping
        self._typed = TypedCells(table)
        self._excluded: set[int] = set()
        self._verdicts = Verdicts(table, mapping, self._typed.edited)
        self._steps = Steps()
        self._is_settled = True
        self._chosen: dict[Narrowing, tuple[int, ...]] = {}

    # What is done.

    def set_cell(self, line: int, column: str, text: str) -> None:
        """Type a text into a cell; the text of the cell as read brings that cell back, whatever its type.

        Raises InputError for a line or column that the table does not have, and for a text that no sheet can hold.
        """
        change = self._typed.change(line, column, text)
        if change is not None:
            said = f"Line {line}, column `{column}`: {brief(change.before)} became {brief(change.after)}."
            self._do(Step(said, (change,)))

    def take_suggestion(self, issue: Issue) -> None:
        """Put an issue's suggestion into its cell. Raises InputError if it has none, or the cell was changed since."""
        self._place_of(issue)
        self.set_cell(issue.line or 0, issue.column or "", issue.suggestion or "")

    def alike(self, issue: Issue) -> list[Issue]:
        """Return the issues for which the same suggestion is right.

        Those are issues of the same rule in the same column with the same text in the cell and the same suggestion; for
        a misspelt domain, every address with the same domain. Excluded rows are left alone. Raises InputError as
        take_suggestion() does.
        """
        self._place_of(issue)
        wanted = self._likeness(issue)
        return [
            found
            for line in sorted(self._verdicts.with_rule(issue.rule))
            for found in self.issues_of(line)
            if found.rule == issue.rule and self._likeness(found) == wanted
        ]

    def take_suggestion_for_all(self, issue: Issue) -> int:
        """Put the suggestions of all issues alike into their cells, in one step; return how many cells changed.

        Raises InputError as take_suggestion() does.
        """
        places = {(found.line, found.column): found for found in self.alike(issue)}
        changes = [
            self._typed.change(found.line or 0, found.column or "", found.suggestion or "") for found in places.values()
        ]
        cells = tuple(change for change in changes if change is not None)
        if cells:
            *_, before, after = self._likeness(issue)
            counted = "1 cell" if len(cells) == 1 else f"{len(cells):,} cells"
            self._do(Step(f"Column `{issue.column}`, {counted}: {brief(before)} became {brief(after)}.", cells))
        return len(cells)

    def exclude(self, lines: Iterable[int]) -> int:
        """Take rows out; return how many were not out already. Raises InputError for an unknown line."""
        out = tuple(sorted({line for line in lines if self._typed.known(line) not in self._excluded}))
        if out:
            self._do(Step(f"{_listed(out)} taken out.", excluded=out))
        return len(out)

    def include(self, lines: Iterable[int]) -> int:
        """Take excluded rows in again; return how many were out. Raises InputError for an unknown line."""
        back = tuple(sorted({line for line in lines if self._typed.known(line) in self._excluded}))
        if back:
            self._do(Step(f"{_listed(back)} taken in again.", included=back))
        return len(back)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self._steps.last_done is not None

    @property
    def can_redo(self) -> bool:
        """Whether a step was taken back, and none done since."""
        return self._steps.last_undone is not None

    @property
    def what_undo_would_undo(self) -> str | None:
        """A sentence about the last step, None when there is none."""
        return None if self._steps.last_done is None else self._steps.last_done.sentence

    @property
    def what_redo_would_redo(self) -> str | None:
        """A sentence about the step taken back last, None when there is none."""
        return None if self._steps.last_undone is None else self._steps.last_undone.sentence

    def undo(self) -> None:
        """Take the last step back. Raises InputError when there is none."""
        step = self._steps.back()
        if step is None:
            raise InputError("There is nothing to undo: nothing was changed, or all of it was taken back.")
        self._apply(step)

    def redo(self) -> None:
        """Do again what was undone last. Raises InputError when there is nothing."""
        step = self._steps.again()
        if step is None:
            raise InputError("There is nothing to do again: nothing was undone since the last change.")
        self._apply(step)

    def settle(self) -> None:
        """Tell anew what is said of all rows together; does nothing when no row has changed since."""
        if not self._is_settled:
            self._verdicts.settle()
            self._is_settled = True
            self._chosen.clear()

    # What is read.

    @property
    def rows(self) -> int:
        """How many rows the table has, excluded ones too."""
        return len(self._typed.lines)

    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns."""
        return self.table.columns

    @property
    def is_settled(self) -> bool:
        """Whether settle() would change nothing."""
        return self._is_settled

    @property
    def excluded(self) -> tuple[int, ...]:
        """The lines taken out."""
        return tuple(sorted(self._excluded))

    @property
    def issues(self) -> Issues:
        """Every issue as it stands now, excluded rows left out."""
        return self._verdicts.issues()

    @property
    def about_table(self) -> tuple[Issue, ...]:
        """The issues that are about no row."""
        return self._verdicts.about_table()

    def issues_of(self, line: int) -> list[Issue]:
        """Return what is found about a row now. Raises InputError for an unknown line."""
        return self._verdicts.of_line(self._typed.known(line))

    def row(self, line: int) -> RevisedRow:
        """Return a row as it stands now. Raises InputError for an unknown line."""
        issues = self.issues_of(line)
        by_column: dict[str | None, tuple[Issue, ...]] = {}
        for issue in issues:
            by_column[issue.column] = (*by_column.get(issue.column, ()), issue)
        found = {issue.severity for issue in issues}
        return RevisedRow(
            line=line,
            cells=self._typed.row(line).cells,
            edited=self._typed.as_read(line),
            issues=by_column,
            is_excluded=line in self._excluded,
            severity=next((severity for severity in _GRAVEST_FIRST if severity in found), None),
        )

    def page(self, start: int, stop: int, narrowing: Narrowing = EVERYTHING) -> list[RevisedRow]:
        """Return the rows start to stop (left out) of those a narrowing leaves, counted from 0, in order of lines."""
        return [self.row(line) for line in self.lines(narrowing)[max(start, 0) : max(stop, 0)]]

    def total(self, narrowing: Narrowing = EVERYTHING) -> int:
        """Return how many rows a narrowing leaves."""
        return len(self.lines(narrowing))

    def lines(self, narrowing: Narrowing = EVERYTHING) -> tuple[int, ...]:
        """Return the lines that a narrowing leaves, in order; found once and remembered until something changes."""
        if narrowing not in self._chosen:
            self._chosen[narrowing] = tuple(self._narrowed(narrowing))
        return self._chosen[narrowing]

    def counts(self) -> Counts:
        """Return how many rows there are of each kind."""
        errors = len(self._verdicts.with_errors())
        return Counts(
            all=self.rows,
            ready=self.rows - errors - len(self._excluded),
            errors=errors,
            warnings=self.total(Narrowing(Show.WARNINGS)),
            duplicates=self.total(Narrowing(Show.DUPLICATES)),
            excluded=len(self._excluded),
            edited=self.total(Narrowing(Show.EDITED)),
            by_rule=self._verdicts.by_rule(),
        )

    def edits(self) -> list[Edit]:
        """Return every cell that is not as it was read, in order of lines and columns; excluded rows too."""
        return self._typed.edits()

    def write_changes(self, target: str | os.PathLike[str] | IO[bytes] | IO[str], *, ending: str | None = None) -> None:
        """Write every edited cell and every excluded line as a sheet; target and ending as write_sheet() takes them."""
        changes: list[tuple[Cell, ...]] = [
            (edit.line, "cell edited", edit.column, as_typed(edit.before), as_typed(edit.after))
            for edit in self.edits()
        ]
        changes += [(line, "line excluded", None, None, None) for line in self.excluded]
        rows = [Row(at, cells) for at, cells in enumerate(sorted(changes, key=lambda cells: cells[0]), 2)]
        source = Source(self.table.source.name, "changes")
        write_sheet(target, Table(CHANGE_COLUMNS, rows, source), (), {}, ending=ending)

    def edited_table(self) -> Table:
        """Return the table as it is now, without the excluded rows; a note says what a person changed."""
        return self._typed.without(self._excluded)

    def checked(self) -> Checked:
        """Return the edited table, checked from scratch: what goes on to the ledger.

        Excluded rows are in it, as invalid ones of the rule left_out_by_hand, so that every row of the source is
        accounted for. They are judged no further, and nobody else is judged by them.
        """
        checked = check_table(self.edited_table(), self.mapping)
        if not self._excluded:
            return checked
        table = self._typed.with_excluded(self._excluded)
        broken = [issue for issue in table.issues if issue.line in self._excluded]
        # Before the others of its line: it is the reason that counts.
        issues = [*self._left_out(), *broken, *checked.issues]
        return Checked(table, self.mapping, checked.lines, checked.items, issues)

    def __repr__(self) -> str:
        counts = self.counts()
        return (
            f"<Revision of {self.table.source.name}: {counts.all} rows, {counts.ready} ready, {counts.errors} with "
            f"errors, {counts.excluded} excluded, {len(self._typed.edited)} cells edited>"
        )

    # Behind it.

    def _left_out(self) -> Iterator[Issue]:
        for line in self.excluded:
            for rule, severity, message, _ in find(left_out_by_hand, Severity.ERROR, line, self._excluded):
                yield Issue(line, None, rule, severity, None, message)

    def _place_of(self, issue: Issue) -> int:
        """Return the line of an issue whose suggestion can be taken. Raises InputError."""
        if issue.line is None or issue.column is None or issue.suggestion is None:
            raise InputError(
                f"The issue {issue.rule} suggests nothing that could be put into a cell: type it yourself."
            )
        now = as_typed(self._typed.cell(issue.line, issue.column))
        if now != issue.cell:
            raise InputError(
                f"Line {issue.line}, column `{issue.column}` holds {brief(now)} now, and the suggestion was made for "
                f"{brief(issue.cell)}: look at the row again."
            )
        return issue.line

    def _likeness(self, issue: Issue) -> tuple[str, str | None, str | None, str | None]:
        """Return what issues have in common that one suggestion mends: rule, column, what stands there, what is meant.

        A misspelt domain is mended for everybody who has it, so of those addresses only the domains count.
        """
        before, after = issue.cell, issue.suggestion
        if issue.rule == "misspelt_domain" and issue.line is not None and after is not None:
            before, after = self._verdicts.domain_of(issue.line), after.rpartition("@")[2]
        return issue.rule, issue.column, before, after

    def _do(self, step: Step) -> None:
        self._steps.add(step)
        self._apply(step)

    def _apply(self, step: Step) -> None:
        self._typed.put(step.cells)
        touched = dict.fromkeys(change.line for change in step.cells)
        self._verdicts.judge([self._typed.row(line) for line in touched])
        self._excluded |= set(step.excluded)
        self._verdicts.leave_out(step.excluded)
        self._excluded -= set(step.included)
        self._verdicts.take_in(step.included)
        self._is_settled = False
        self._chosen.clear()

    def _narrowed(self, narrowing: Narrowing) -> list[int]:
        lines: Iterable[int] = self._shown(narrowing.show)
        for few in (self._verdicts.with_rule(narrowing.rule) if narrowing.rule else None, narrowing.lines):
            if few is not None:
                lines = [line for line in lines if line in few]
        text = narrowing.text.strip().casefold()
        return [line for line in lines if self._typed.has_text(line, text)] if text else list(lines)

    def _shown(self, show: Show) -> list[int]:
        kinds: dict[Show, Callable[[], Iterable[int]]] = {
            Show.ALL: lambda: self._typed.lines,
            Show.READY: lambda: set(self._typed.lines) - self._verdicts.with_errors() - self._excluded,
            Show.ERRORS: self._verdicts.with_errors,
            Show.WARNINGS: self._verdicts.with_warnings,
            Show.DUPLICATES: lambda: self._verdicts.with_rule("duplicate_address"),
            Show.EXCLUDED: lambda: self._excluded,
            Show.EDITED: lambda: {line for line, _ in self._typed.edited},
        }
        return sorted(kinds[show]())


def _listed(lines: tuple[int, ...], most: int = 5) -> str:
    if len(lines) == 1:
        return f"Line {lines[0]} was"
    more = f" and {len(lines) - most:,} more" if len(lines) > most else ""
    return f"Lines {', '.join(map(str, lines[:most]))}{more} were"
