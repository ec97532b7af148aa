"""Revision: cells typed anew, suggestions, excluded rows and the way back, as a person sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.people.issue import Issue, Severity
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.narrowing import Counts, Narrowing, Show
from clerkbulk.people.read import read
from clerkbulk.people.revising import CHANGE_COLUMNS, Revision
from clerkbulk.people.table import Row, Source, Table
from clerkbulk.people.typed import Edit

COLUMNS = ("email", "role", "team", "days")
APPLICATION, ORGANIZATION = Application(), Organization("org_1")


def table_of(*rows: Sequence[Any], issues: Sequence[Issue] = ()) -> Table:
    """Return a table whose lines begin at 2, below a header."""
    lines = [Row(line, tuple(cells)) for line, cells in enumerate(rows, 2)]
    return Table(COLUMNS, lines, Source("people.csv", "csv"), tuple(issues))


def revision_of(table: Table, target: Target = ORGANIZATION) -> Revision:
    """Return the revision of a table with the columns of COLUMNS."""
    columns = {"email_address": "email", "expires_in_days": "days", "public_metadata.team": "team"}
    if isinstance(target, Organization):
        columns["role"] = "role"
    return Revision(table, map_columns(table, target, columns=columns))


def people(*emails: str) -> Revision:
    """Return the revision of members with these addresses, from line 2 on."""
    return revision_of(table_of(*[(email, "org:member", "", "") for email in emails]))


def told(revision: Revision) -> list[tuple[int | None, str | None, str]]:
    """Return line, column and rule of each issue."""
    return [(issue.line, issue.column, issue.rule) for issue in revision.issues]


def test_an_edit_is_judged_at_once_and_keeps_the_cell_as_read() -> None:
    """The row's issues go, its cell is shown as edited beside what stood there, and the invitation has the new one."""
    revision = people("ada@@example.com", "bob@example.com")
    assert told(revision) == [(2, "email", "invalid_address")]
    revision.set_cell(2, "email", "ada@example.com")
    assert told(revision) == []
    (row,) = revision.page(0, 1)
    assert (row.line, row.cells[0], row.edited) == (2, "ada@example.com", {"email": "ada@@example.com"})
    assert (row.issues, row.severity, row.is_excluded) == ({}, None, False)
    assert revision.edits() == [Edit(2, "email", "ada@@example.com", "ada@example.com")]
    assert [item["email_address"] for item in revision.checked().items] == ["ada@example.com", "bob@example.com"]
    assert revision.table.rows[0].cells[0] == "ada@@example.com"
    assert revision.checked().table.source.notes == ("Revised by hand: 1 cell edited.",)


def test_duplicates_move_with_the_address() -> None:
    """The first good line has the address: when it gets another, or is taken out, or goes bad, the next one has it."""
    revision = people("ada@example.com", "Ada@example.com", "ada@example.com")
    assert [issue.line for issue in revision.issues] == [3, 4]
    assert "line 2 already" in revision.issues[1].message
    revision.set_cell(2, "email", "bob@example.com")
    assert [issue.line for issue in revision.issues] == [4]
    assert "line 3 already" in revision.issues[0].message
    revision.exclude([3])
    assert told(revision) == []
    revision.include([3])
    assert [(issue.line, "line 3 already" in issue.message) for issue in revision.issues] == [(4, True)]
    revision.set_cell(3, "role", "")
    assert told(revision) == [(3, "role", "missing_role")]
    assert revision.lines(Narrowing(Show.READY)) == (2, 4)


def test_a_suggestion_for_all_mends_cells_alike_in_one_step() -> None:
    """Cells with the same text in the same column change, others stay, and one undo brings all of them back."""
    roles = ["Org Member", "org:member", "Org Member", "boss", "Org Member"]
    revision = revision_of(table_of(*[(f"p{n}@example.com", role, "", "") for n, role in enumerate(roles)]))
    issue = revision.issues_of(2)[0]
    assert issue.suggestion == "org:member"
    revision.exclude([6])
    assert [found.line for found in revision.alike(issue)] == [2, 4]
    assert revision.take_suggestion_for_all(issue) == 2
    assert [row.cells[1] for row in revision.page(0, 9)] == ["org:member"] * 3 + ["boss", "Org Member"]
    assert revision.what_undo_would_undo == "Column `role`, 2 cells: 'Org Member' became 'org:member'."
    revision.undo()
    assert [row.cells[1] for row in revision.page(0, 9)] == roles
    assert revision.what_undo_would_undo == "Line 6 was taken out."
    assert revision.what_redo_would_redo == "Column `role`, 2 cells: 'Org Member' became 'org:member'."


def test_a_misspelt_domain_is_mended_for_everybody_who_has_it() -> None:
    """Whose address it is does not matter: the suggestion is about the domain."""
    revision = people("ada@gmial.com", "bob@gmial.com", "kim@gmai.com")
    assert revision.take_suggestion_for_all(revision.issues[0]) == 2
    assert [row.cells[0] for row in revision.page(0, 9)] == ["ada@gmail.com", "bob@gmail.com", "kim@gmai.com"]
    assert revision.what_undo_would_undo == "Column `email`, 2 cells: 'gmial.com' became 'gmail.com'."


def test_what_spans_rows_is_told_when_it_settles() -> None:
    """A misspelt domain nobody had before is told after settle(), and needs no settling where it is known already."""
    revision = people("ada@gmial.com", "bob@example.com", "kim@example.com")
    revision.set_cell(3, "email", "bob@gmial.com")
    revision.set_cell(4, "email", "kim@hotmial.com")
    assert [issue.line for issue in revision.issues] == [2, 3]
    assert not revision.is_settled
    revision.settle()
    assert [issue.line for issue in revision.issues] == [2, 3, 4]
    assert revision.is_settled


def test_a_cell_keeps_its_type_when_its_own_text_is_typed() -> None:
    """The 7 of a workbook comes back as the number it was, and an emptied empty cell was never edited."""
    revision = revision_of(table_of(("ada@example.com", "org:member", None, 7)))
    revision.set_cell(2, "days", "30")
    revision.set_cell(2, "days", "7")
    revision.set_cell(2, "team", "")
    assert revision.edits() == []
    assert revision.page(0, 1)[0].cells == ("ada@example.com", "org:member", None, 7)
    revision.undo()
    assert revision.page(0, 1)[0].cells[3] == "30"


def test_typing_what_stands_there_is_no_step() -> None:
    """Nothing changed, so there is nothing to undo, and what was undone can still be done again."""
    revision = people("ada@example.com")
    revision.set_cell(2, "team", "core")
    revision.undo()
    revision.set_cell(2, "email", "".join(["ada@", "example.com"]))
    assert (revision.exclude([]), revision.include([2])) == (0, 0)
    assert (revision.can_undo, revision.can_redo) == (False, True)
    revision.redo()
    revision.set_cell(2, "team", "".join(["co", "re"]))
    revision.undo()
    assert not revision.can_undo


def test_a_broken_line_stays_broken_until_it_is_excluded() -> None:
    """A ragged line lacks cells that nobody typed here knows; a NUL in one cell goes when the cell is typed anew."""
    text = "email,team\nada@example.com\nbob@example.com,a\0b\nkim@example.com,core\n"
    table = read(text.encode())
    revision = Revision(table, map_columns(table, APPLICATION))
    broken = [(2, "ragged_line"), (3, "nul_character")]
    assert [(issue.line, issue.rule) for issue in revision.issues.errors] == broken
    revision.set_cell(2, "team", "core")
    revision.set_cell(3, "team", "ab")
    assert [(issue.line, issue.rule) for issue in revision.issues.errors] == broken[:1]
    revision.exclude([2])
    assert revision.counts() == Counts(3, 2, 0, 0, 0, 1, 2, {})
    assert revision.checked().lines == (3, 4)
    told_of_2 = [issue.rule for issue in revision.checked().issues if issue.line == 2]
    assert told_of_2 == ["left_out_by_hand", "ragged_line"]
    revision.undo()
    revision.undo()
    assert [(issue.line, issue.rule) for issue in revision.issues.errors] == broken


def test_a_broken_line_stays_broken_when_the_cell_it_was_told_of_is_typed_anew() -> None:
    """Lines may have gone into an open quotation mark: the cell can be typed anew, and the people in it cannot."""
    swallowed = Issue(2, "team", "unclosed_quote", Severity.ERROR, "core\nkim@example.com", "It is not closed.")
    revision = revision_of(table_of(("ada@example.com", "org:member", "core\nkim@example.com", ""), issues=[swallowed]))
    revision.set_cell(2, "team", "core")
    assert told(revision) == [(2, "team", "unclosed_quote")]
    assert list(revision.checked().issues) == [swallowed]
    assert revision.checked().lines == ()


def test_rows_are_found_by_kind_rule_set_of_lines_and_text() -> None:
    """Each part of a narrowing holds for every row it leaves; pages and totals follow it."""
    revision = people("ada@example.com", "ADA@example.com", "bob@@example.com", "kim@gmial.com", "Ada.L@example.com")
    assert revision.lines(Narrowing(text=" aDA ")) == (2, 3, 6)
    assert revision.lines(Narrowing(Show.READY, text="ada")) == (2, 6)
    assert revision.lines(Narrowing(lines=frozenset({3, 4, 99}))) == (3, 4)
    assert revision.lines(Narrowing(Show.ERRORS, rule="invalid_address", lines=frozenset({3, 4}))) == (4,)
    assert [row.line for row in revision.page(1, 3, Narrowing(text="ada"))] == [3, 6]
    assert revision.total(Narrowing(rule="misspelt_domain")) == 1
    revision.set_cell(2, "email", "eva@example.com")
    assert revision.lines(Narrowing(text="ada")) == (3, 6)
    counts = revision.counts()
    assert (counts.all, counts.ready, counts.errors, counts.warnings, counts.duplicates) == (5, 4, 1, 1, 0)
    assert counts.by_rule == {"invalid_address": 1, "misspelt_domain": 1}


def test_an_excluded_row_shows_what_its_own_cells_say() -> None:
    """It counts for nothing, and can be edited and taken in again; the whole way is undone step by step."""
    revision = people("ada@@example.com", "ada@example.com")
    revision.exclude([2, 3])
    assert told(revision) == []
    assert [(row.is_excluded, row.severity) for row in revision.page(0, 9)] == [(True, Severity.ERROR), (True, None)]
    revision.set_cell(2, "email", "ada@example.com")
    assert revision.counts() == Counts(2, 0, 0, 0, 0, 2, 1, {})
    revision.include([2, 3])
    assert told(revision) == [(3, "email", "duplicate_address")]
    assert revision.what_undo_would_undo == "Lines 2, 3 were taken in again."
    for _ in range(3):
        revision.undo()
    assert told(revision) == [(2, "email", "invalid_address")]


def test_changes_are_written_as_a_sheet(tmp_path: Path) -> None:
    """Every edited cell with what stood there, and every excluded line."""
    revision = people("ada@@example.com", "bob@example.com")
    revision.exclude([3])
    revision.set_cell(2, "email", "ada@example.com")
    revision.write_changes(tmp_path / "changes.csv")
    sheet = read(tmp_path / "changes.csv")
    assert sheet.columns == CHANGE_COLUMNS
    assert [row.cells for row in sheet.rows] == [
        ("2", "cell edited", "email", "ada@@example.com", "ada@example.com"),
        ("3", "line excluded", "", "", ""),
    ]


def test_what_cannot_be_done_is_said_in_a_sentence() -> None:
    """Unknown lines and columns, half characters, stale and missing suggestions, nothing to undo; nothing changes."""
    revision = people("ada@gmial.com", "bob@example.com")
    issue = revision.issues[0]
    refusals: list[tuple[Callable[[], object], str]] = [
        (lambda: revision.set_cell(9, "email", "x"),
         "There is no row at line 9 in people.csv: its rows are lines 2 to 3."),
        (lambda: revision.set_cell(2, "emial", "x"), "There is no column `emial` in people.csv: did you mean `email`?"),
        (lambda: revision.set_cell(2, "zzz", "x"),
         "There is no column `zzz` in people.csv: there are `email`, `role`, `team` and `days`."),
        (lambda: revision.exclude([2, 1]), "There is no row at line 1 in people.csv: its rows are lines 2 to 3."),
        (lambda: revision.row(7), "There is no row at line 7 in people.csv: its rows are lines 2 to 3."),
        (lambda: revision.set_cell(2, "team", "a\0b"),
         "'a\\x00b' holds a NUL or half a character, and no sheet can: type it anew."),
        (lambda: revision.set_cell(2, "team", "\ud800"),
         "'\\ud800' holds a NUL or half a character, and no sheet can: type it anew."),
        (revision.undo, "There is nothing to undo: nothing was changed, or all of it was taken back."),
        (revision.redo, "There is nothing to do again: nothing was undone since the last change."),
    ]  # fmt: skip
    for call, sentence in refusals:
        with pytest.raises(InputError) as raised:
            call()
        assert str(raised.value) == sentence
    assert not revision.can_undo
    revision.set_cell(2, "email", "ada@example.org")
    for take in (revision.take_suggestion, revision.take_suggestion_for_all):
        with pytest.raises(InputError) as raised:
            take(issue)
        assert str(raised.value) == (
            "Line 2, column `email` holds 'ada@example.org' now, and the suggestion was made for 'ada@gmial.com': "
            "look at the row again."
        )
    revision.set_cell(3, "role", "")
    with pytest.raises(InputError, match=r"The issue missing_role suggests nothing that could be put into a cell"):
        revision.take_suggestion(revision.issues_of(3)[0])
    rows = [Row(3, ("ada@example.com", "", "", "")), Row(3, ("bob@example.com", "", "", ""))]
    with pytest.raises(InputError, match=r"Line 3 comes after line 3: number the rows upwards, each once\."):
        revision_of(Table(COLUMNS, rows, Source("people.csv", "csv")))


def test_a_table_of_nobody_can_be_looked_at() -> None:
    """No rows, no issues, no invitations."""
    revision = revision_of(table_of())
    assert (revision.rows, revision.page(0, 50), revision.checked().lines) == (0, [], ())
    assert revision.counts() == Counts(0, 0, 0, 0, 0, 0, 0, {})
    with pytest.raises(InputError, match=r"There is no row at line 2 in people\.csv: it has no rows\."):
        revision.set_cell(2, "email", "x")
