"""TypedCells: a table whose cells were typed anew, each cell as read kept beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from clerkbulk.contract.fault import shown
from clerkbulk.errors import InputError
from clerkbulk.people.column_names import nearest
from clerkbulk.people.guess import listed
from clerkbulk.people.rules import BROKEN_LINES
from clerkbulk.people.scan import is_whole
from clerkbulk.people.steps import CellChange
from clerkbulk.people.table import Cell, Row, Source, Table, as_typed


@dataclass(frozen=True, slots=True)
class Edit:
    """A cell that is not as it was read."""

    line: int
    column: str
    before: Cell
    after: Cell


class TypedCells:
    """The cells of a table as they are now."""

    def __init__(self, table: Table) -> None:
        self.table = table
        """The table as it was read."""
        self.lines = tuple(row.line for row in table.rows)
        self.edited: dict[tuple[int, str], None] = {}
        """Line and column of each cell that is not as it was read."""
        self._at = {line: at for at, line in enumerate(self.lines)}
        self._cells = [row.cells for row in table.rows]
        self._folded: list[str | None] = [None] * len(self.lines)

    def known(self, line: int) -> int:
        """Return a line that the table has. Raises InputError for one that it does not have."""
        if line in self._at:
            return line
        span = f"its rows are lines {self.lines[0]} to {self.lines[-1]}" if self.lines else "it has no rows"
        raise InputError(f"There is no row at line {line} in {self.table.source.name}: {span}.")

    def row(self, line: int) -> Row:
        """Return a row as it is now."""
        return Row(line, self._cells[self._at[line]])

    def as_read(self, line: int) -> Mapping[str, Cell]:
        """Return the columns of a row that were edited, each with the cell as it was read."""
        cells = self.table.rows[self._at[line]].cells
        return {
            column: cell
            for column, cell in zip(self.table.columns, cells, strict=True)
            if (line, column) in self.edited
        }

    def cell(self, line: int, column: str) -> Cell:
        """Return a cell as it is now. Raises InputError for an unknown line or column."""
        return self._cells[self._at[self.known(line)]][self._position(column)]

    def change(self, line: int, column: str, text: str) -> CellChange | None:
        """Return what typing a text into a cell would change, None if nothing.

        The text of the cell as it was read stands for that very cell, whatever its type. Raises InputError for an
        unknown line or column, and for a text that no sheet can hold.
        """
        now = self.cell(line, column)
        if "\0" in text or not is_whole(text):
            raise InputError(f"{brief(text)} holds a NUL or half a character, and no sheet can: type it anew.")
        position = self._position(column)
        original = self.table.rows[self._at[line]].cells[position]
        after = original if (as_typed(original) or "") == text else text
        is_same = after is now or (type(now) is str and now == after)
        return None if is_same else CellChange(line, position, now, after)

    def put(self, changes: Iterable[CellChange]) -> None:
        """Change cells."""
        for line, position, _, after in changes:
            at = self._at[line]
            cells = self._cells[at]
            self._cells[at] = (*cells[:position], after, *cells[position + 1 :])
            self._folded[at] = None
            place = (line, self.table.columns[position])
            if after is self.table.rows[at].cells[position]:
                self.edited.pop(place, None)
            else:
                self.edited[place] = None

    def has_text(self, line: int, folded: str) -> bool:
        """Whether a text (case-folded) stands in a cell of a row."""
        at = self._at[line]
        text = self._folded[at]
        if text is None:
            text = self._folded[at] = "\n\n".join(as_typed(cell) or "" for cell in self._cells[at]).casefold()
        return folded in text

    def edits(self) -> list[Edit]:
        """Return every cell that is not as it was read, in order of lines and columns."""
        columns, rows = self.table.columns, self.table.rows
        places = sorted((self._at[line], columns.index(column)) for line, column in self.edited)
        return [Edit(self.lines[at], columns[i], rows[at].cells[i], self._cells[at][i]) for at, i in places]

    def without(self, excluded: Collection[int]) -> Table:
        """Return the table as it is now, without some lines; a note says what a person changed.

        What reading found in a cell (a NUL character, half a character) goes with the cell; that a line was broken
        stays.
        """
        table = self.with_excluded(excluded)
        rows = [row for row in table.rows if row.line not in excluded]
        return replace(table, rows=rows, issues=tuple(one for one in table.issues if one.line not in excluded))

    def with_excluded(self, excluded: Collection[int]) -> Table:
        """Return the table as it is now, every row of it; of excluded ones only that they were broken is told."""
        issues = [
            issue
            for issue in self.table.issues
            if issue.rule in BROKEN_LINES
            or (issue.line not in excluded and (issue.line, issue.column) not in self.edited)
        ]
        rows = [Row(line, cells) for line, cells in zip(self.lines, self._cells, strict=True)]
        return replace(self.table, rows=rows, issues=tuple(issues), source=self._source(excluded))

    def _position(self, column: str) -> int:
        if column in self.table.columns:
            return self.table.columns.index(column)
        meant = nearest(column, self.table.columns)
        hint = f"did you mean `{meant}`?" if meant else f"there are {listed(self.table.columns)}."
        raise InputError(f"There is no column `{column}` in {self.table.source.name}: {hint}")

    def _source(self, excluded: Collection[int]) -> Source:
        counts = ((len(self.edited), "cell", "edited"), (len(excluded), "row", "excluded"))
        done = [f"{count:,} {what}{'' if count == 1 else 's'} {did}" for count, what, did in counts if count]
        source = self.table.source
        return replace(source, notes=(*source.notes, f"Revised by hand: {', '.join(done)}.")) if done else source


def brief(cell: Cell) -> str:
    """Return a cell as it stands in a sentence, a long one cut visibly."""
    text = as_typed(cell)
    return shown(text) if text else "an empty cell"
