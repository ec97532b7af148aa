"""ReviewStep: every row with what is wrong with it, edited in place and checked again at once."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from clerkbulk.errors import InputError
from clerkbulk.people.issue import ISSUE_COLUMNS, Issue, Severity
from clerkbulk.people.narrowing import Narrowing, Show
from clerkbulk.people.revising import RevisedRow, Revision
from clerkbulk.people.sheet import write_sheet
from clerkbulk.people.table import Row, Source, Table, as_typed
from clerkbulk.widgets import nodes
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.labels import label_of
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen

_FILTERS: Final = (
    (Show.ALL, "All", None), (Show.READY, "Ready", "ok"), (Show.ERRORS, "Errors", "error"),
    (Show.WARNINGS, "Warnings", "warning"), (Show.DUPLICATES, "Duplicates", "error"), (Show.EXCLUDED, "Left out", None),
    (Show.EDITED, "Edited", None),
)  # fmt: skip
_LEFT_OUT: Final = "It is not sent. It stays in the results, which say that a person left it out."
_MOST_ROWS: Final = 500
"""Rows of one message, whatever is asked for."""
_LONGEST: Final = 300
"""Characters of a cell that are drawn; the whole cell is what is edited."""


class ReviewPart(Part):
    """Shows a draft's rows, and takes edits."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self.narrowing = Narrowing()
        self.bucket = ""
        """A bucket of the preflight that the rows are narrowed to."""
        self.current: tuple[int, str | None] | None = None
        """Line and column of the cell somebody is at."""
        self.trouble: str | None = None
        self.said: str | None = None
        self._changes = 0
        self._known: Revision | None = None

    def view(self) -> Node:
        """Return the filters, the rows, and what is to be said of the current one."""
        try:
            revision = self._revision()
        except InputError as error:
            return nodes.notice(str(error), tone="info")
        total = revision.total(self._narrowed())
        counts = revision.counts()
        return nodes.box(
            [
                nodes.text("Is everything right?", as_="h2"),
                nodes.text(_sentence(counts.all, counts.ready, counts.errors, counts.excluded), as_="p"),
                *(nodes.notice(issue.message, tone="warning") for issue in revision.about_table),
                self._filters(revision),
                self._tools(revision),
                nodes.notice(self.trouble, tone="error") if self.trouble else None,
                nodes.notice(self.said, tone="ok") if self.said else None,
                nodes.grid(
                    "rows", f"{total:,} rows", self._columns(revision), total, self._changes,
                    height=min(420, 34 * (total + 2)),
                ) if total else nodes.text("No row is like that.", tone="dim"),
                self._current(revision),
            ],
            as_="section",
            label="Review",
        )  # fmt: skip

    def hear(self, name: str, value: Any) -> None:
        """Take a filter, an edit, a suggestion, a row left out, a step back."""
        self.trouble = self.said = None
        try:
            self._revision()
            if not self._narrow(name, value):
                self._revise(name, value)
        except InputError as error:
            self.trouble = str(error)
        self.show()
        # What spans rows takes longer: it is told after the answer has left.
        if self._known is not None and not self._known.is_settled:
            self._known.settle()
            self._changes += 1
            self.show()

    def rows(self, grid: str, start: int, stop: int) -> list[dict[str, Any]]:
        """Return rows of the grid, as the page draws them."""
        revision = self._revision()
        page = revision.page(start, min(stop, start + _MOST_ROWS), self._narrowed())
        return [_drawn(row, revision.columns) for row in page]

    def _revision(self) -> Revision:
        revision = self.draft.revision
        if revision is not self._known:
            self._known, self.current, self.narrowing = revision, None, Narrowing()
            self._changes += 1
        return revision

    def _narrowed(self) -> Narrowing:
        lines = self.draft.buckets.get(self.bucket)
        given = self.narrowing
        return given if lines is None else Narrowing(given.show, given.rule, lines, given.text)

    def _narrow(self, name: str, value: Any) -> bool:
        given = self.narrowing
        if name == "show":
            self.narrowing = Narrowing(Show(value), None, None, given.text)
        elif name == "rule":
            self.narrowing = Narrowing(given.show, str(value) or None, None, given.text)
        elif name == "search":
            self.narrowing = Narrowing(given.show, given.rule, None, str(value))
        elif name == "bucket":
            self.bucket = str(value)
        elif name == "rows.at":
            self.current = (int(value["line"]), value.get("column"))
            return True
        else:
            return False
        self._changes += 1
        return True

    def _revise(self, name: str, value: Any) -> None:
        revision = self._revision()
        self._changes += 1
        if name == "rows.edit":
            revision.set_cell(int(value["line"]), str(value["column"]), str(value["text"]))
            self.current = (int(value["line"]), str(value["column"]))
        elif name in {"rows.mark", "toggle"}:
            line = int(value)
            if line in revision.excluded:
                revision.include([line])
            else:
                revision.exclude([line])
        elif name == "exclude_all":
            self.said = f"{revision.exclude(revision.lines(self._narrowed())):,} rows left out. Undo takes them back."
        elif name == "take":
            revision.take_suggestion(self._issue(value))
        elif name == "take_all":
            self.said = f"{revision.take_suggestion_for_all(self._issue(value)):,} cells changed."
        elif name == "undo":
            self.said = f"Undone: {revision.what_undo_would_undo}"
            revision.undo()
        elif name == "redo":
            revision.redo()
        elif name == "issues":
            self.download("issues.csv", _issues_sheet(revision))
        elif name == "changes":
            stream = io.BytesIO()
            revision.write_changes(stream, ending=".csv")
            self.download("changes.csv", stream.getvalue())

    def _issue(self, place: Any) -> Issue:
        line, at = int(place["line"]), int(place["at"])
        found = self._revision().issues_of(line)
        if not 0 <= at < len(found):
            raise InputError(f"Line {line} has changed since: look at it again.")
        return found[at]

    def _filters(self, revision: Revision) -> Node:
        counts = revision.counts()
        options: list[tuple[str, str, int | str | None, str | None]] = [
            (show.value, words, f"{getattr(counts, show.value):,}", tone if getattr(counts, show.value) else None)
            for show, words, tone in _FILTERS
        ]
        return nodes.choices("show", "Which rows", self.narrowing.show.value, options)

    def _tools(self, revision: Revision) -> Node:
        rules = _options(revision.counts().by_rule)
        fields = [
            nodes.field("search", "Find in the cells", self.narrowing.text),
            nodes.field("rule", "What was found", self.narrowing.rule or "", kind="select", options=rules),
        ]
        if self.draft.buckets:
            buckets = _options({name: len(lines) for name, lines in self.draft.buckets.items()})
            fields.append(nodes.field("bucket", "Preflight", self.bucket, kind="select", options=buckets))
        narrowed = self._narrowed() != Narrowing()
        total = revision.total(self._narrowed())
        buttons = [
            nodes.button("undo", "Undo", disabled=not revision.can_undo, title=revision.what_undo_would_undo),
            nodes.button("redo", "Redo", disabled=not revision.can_redo, title=revision.what_redo_would_redo),
            nodes.button("exclude_all", f"Leave out these {total:,} rows") if narrowed and total else None,
            nodes.button("issues", "Download the issues", disabled=not len(revision.issues)),
            nodes.button("changes", "Download the changes", disabled=not revision.can_undo),
        ]
        return nodes.box([nodes.box(fields, as_="fields", label="Find"), nodes.box(buttons, as_="row")])

    def _columns(self, revision: Revision) -> list[dict[str, Any]]:
        fed = {feed.column: ".".join((label_of(feed.parameter), *feed.path)) for feed in revision.mapping.feeds}
        columns: list[dict[str, Any]] = [{"name": "", "label": "line", "width": "5em"}]
        for name in dict.fromkeys(revision.columns):
            label = f"{name} → {fed[name]}" if name in fed else name
            columns.append({"name": name, "label": label, "edit": True})
        return columns

    def _current(self, revision: Revision) -> Node | None:
        if self.current is None:
            about = "Arrow keys move, Enter edits, Space leaves a row out or takes it back."
            return nodes.text(about, tone="dim")
        line, _ = self.current
        try:
            row = revision.row(line)
        except InputError:
            return None
        words = "Take this row back" if row.is_excluded else "Leave this row out"
        head = nodes.text(f"Line {line}{', left out' if row.is_excluded else ''}", as_="h3")
        out = nodes.box([nodes.button("toggle", words, value=line)], as_="row")
        # What is wrong with a row that nobody sends is of no matter until it is taken back.
        told = [nodes.text(_LEFT_OUT, tone="dim")] if row.is_excluded else self._told(revision, line)
        return nodes.box([head, *told, out], as_="card", label=f"Line {line}")

    def _told(self, revision: Revision, line: int) -> Iterator[Node]:
        issues = revision.issues_of(line)
        if not issues:
            yield nodes.text("Nothing is wrong with this row.", tone="ok")
        for at, issue in enumerate(issues):
            tone = {Severity.ERROR: "error", Severity.WARNING: "warning"}.get(issue.severity, "dim")
            column = f"{issue.column}: " if issue.column else ""
            yield nodes.text(f"{column}{issue.message}", tone=tone)
            if issue.suggestion is None:
                continue
            place, alike = {"line": line, "at": at}, len(revision.alike(issue))
            buttons = [nodes.button("take", f"Use {issue.suggestion}", tone="primary", value=place)]
            if alike > 1:
                buttons.append(nodes.button("take_all", f"Use it for all {alike:,} alike", value=place))
            yield nodes.box(buttons, as_="row", key=f"suggestion-{at}")


class ReviewStep(Screen):
    """The third step by itself, for a draft that has people and columns."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        super().__init__(ReviewPart(draft))


def _drawn(row: RevisedRow, columns: tuple[str, ...]) -> dict[str, Any]:
    about_line = row.issues.get(None, ())
    cells = [_cell(str(row.line), about_line, edited=False)]
    drawn: set[str] = set()
    for name, cell in zip(columns, row.cells, strict=True):
        if name not in drawn:
            drawn.add(name)
            cells.append(_cell(as_typed(cell) or "", row.issues.get(name, ()), edited=name in row.edited))
    return {"line": row.line, "state": "excluded" if row.is_excluded else None, "cells": cells}


def _options(counted: Mapping[str, int]) -> list[tuple[str, str]]:
    return [("", "any"), *((name, f"{name.replace('_', ' ')} ({number:,})") for name, number in counted.items())]


def _sentence(rows: int, ready: int, errors: int, excluded: int) -> str:
    parts = [f"{ready:,} ready", f"{errors:,} that cannot be sent", f"{excluded:,} left out"]
    return f"{rows:,} rows = {' + '.join(parts)}."


def _issues_sheet(revision: Revision) -> bytes:
    rows = [
        Row(at, tuple("" if value is None else value for value in issue.to_json().values()))
        for at, issue in enumerate(revision.issues, 2)
    ]
    stream = io.BytesIO()
    write_sheet(stream, Table(ISSUE_COLUMNS, rows, Source(revision.table.source.name, "issues")), (), {})
    return stream.getvalue()


def _cell(text: str, issues: tuple[Issue, ...], *, edited: bool) -> dict[str, Any]:
    severities = {issue.severity for issue in issues}
    mark = next((one.value for one in (Severity.ERROR, Severity.WARNING) if one in severities), None)
    said = " ".join(issue.message for issue in issues) or None
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    whole = None if shown == text else text
    drawn = {"text": shown, "whole": whole, "mark": mark, "said": said, "edited": edited or None}
    return {name: value for name, value in drawn.items() if value is not None}
