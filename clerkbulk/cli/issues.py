"""How issues look in the terminal: one by one, or counted by rule with an example of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked
    from clerkbulk.people.issue import Issue, Issues

MOST = 40
"""Issues shown one by one; the line after them says how many more there are, and where."""
STYLES = {"error": "red", "warning": "yellow", "note": ""}
_LONGEST_CELL = 120


def show_issues(issues: Issues, hint: str) -> None:
    """Show the weightiest issues, two lines each: the cell and what was probably meant, then what about it."""
    if not issues:
        return
    ranked = [*issues.errors, *issues.warnings, *issues.notes]
    out = terminal.console()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for issue in ranked[:MOST]:
        severity = issue.severity.value
        line = f"  line {issue.line}" if issue.line else ""
        grid.add_row(line, Text(severity, style=STYLES[severity]), Group(_cell(issue), Text(issue.message)))
    out.print()
    out.print(grid)
    if len(ranked) > MOST:
        out.print(Text(f"  and {len(ranked) - MOST:,} more: {hint}", style="bold"))


def show_kinds(checked: Checked, hint: str) -> None:
    """Show how often each rule was broken, with an example of each, and where to find all issues."""
    if not checked.issues:
        return
    out = terminal.console()
    out.print()
    for kind in kinds(checked):
        out.print(terminal.indented(kind))
    out.print(Text(f"  {hint}", style="dim"))


def kinds(checked: Checked) -> list[RenderableType]:
    """Return up to three lists, for errors, warnings and notes: the rules, how often, an example."""
    issues = checked.issues
    widest = max(map(len, issues.by_rule()), default=0)
    not_invited = counted(checked.rows - len(checked.items), "row")
    lists = (
        (f"{not_invited} cannot be invited", "error", issues.errors),
        ("Invited, and worth a look", "warning", issues.warnings),
        ("Tidied on the way in", "note", issues.notes),
    )
    return [Group(Text(head, style=STYLES[style]), _by_rule(found, widest)) for head, style, found in lists if found]


def mended(issue: Issue) -> Text:
    """Return a cell as typed and as it probably should be."""
    return Text.assemble(brief(issue.cell or ""), (" → ", "dim"), (issue.suggestion or "", "green"))


def brief(cell: str) -> str:
    """Return a cell in one line, a very long one with an ellipsis: the sheet of issues has all of it."""
    shown = cell.replace("\n", "⏎")
    return shown if len(shown) <= _LONGEST_CELL else f"{shown[: _LONGEST_CELL - 1]}…"


def _cell(issue: Issue) -> Text:
    if issue.line is None and issue.cell is None:
        return Text(issue.column or "all rows", style="dim")  # about the column as a whole, or all of the table
    shown = mended(issue) if issue.suggestion else Text(brief(issue.cell or ""))
    if not (issue.cell or "").strip():
        shown = Text("(empty)", style="dim")
    return Text.assemble((f"{issue.column}: ", "dim"), shown) if issue.column else shown


def _by_rule(issues: Issues, widest: int) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", min_width=3, no_wrap=True)
    grid.add_column(no_wrap=True, min_width=widest)
    grid.add_column(overflow="fold")
    for rule, number in issues.by_rule().items():
        grid.add_row(f"{number:,}", rule.replace("_", " "), _example([one for one in issues if one.rule == rule]))
    return grid


def _example(issues: Sequence[Issue]) -> Text:
    """Show one of the issues: the shortest cell that can be mended, or else the first clause of what was said."""
    if mendable := [issue for issue in issues if issue.suggestion]:
        return mended(min(mendable, key=lambda issue: len(issue.cell or "")))
    return Text(re.split(r"[;,] |(?<=[^.])\. ", issues[0].message)[0])
