"""Tables by hand, and what of tables and checks is compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clerkbulk.contract.target import Application, Organization
from clerkbulk.people.checked import Checked
from clerkbulk.people.table import Row, Source, Table

APPLICATION, ORGANIZATION = Application(), Organization("org_123")
COLUMNS = ("email", "role", "team", "public_metadata", "redirect_url", "expires_in_days", "notify", "note")


def table_of(columns: Sequence[str], *rows: Sequence[Any]) -> Table:
    """Return a table whose lines begin at 2, below a header."""
    return Table(tuple(columns), [Row(i, tuple(cells)) for i, cells in enumerate(rows, 2)], Source("people.csv", "csv"))


def told(checked: Checked) -> list[tuple[int | None, str | None, str]]:
    """Return line, column and rule of each issue."""
    return [(issue.line, issue.column, issue.rule) for issue in checked.issues]


def cells(table: Table) -> list[list[Any]]:
    return [list(row.cells) for row in table.rows]


def lines(table: Table) -> list[int]:
    return [row.line for row in table.rows]
