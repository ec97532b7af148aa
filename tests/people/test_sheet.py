"""The same sheet back: nothing lost, nothing run, nothing half written."""

from __future__ import annotations

import csv
import errno
import io
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clerkbulk.errors import InputError
from clerkbulk.people.guard import TRIGGERS, guard, unguard
from clerkbulk.people.read import read
from clerkbulk.people.sheet import ENDINGS, write_sheet
from clerkbulk.people.table import Row, Source, Table

CORPUS = Path(__file__).parents[1] / "corpus" / "files"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
CELLS = st.one_of(TEXTS, st.text("'=+-@\t\r\n\"', ;|aä", max_size=6))


def table_of(columns: list[str], rows: list[list[Any]]) -> Table:
    return Table(
        tuple(columns), [Row(line, tuple(cells)) for line, cells in enumerate(rows, start=2)], Source("t", "csv")
    )


@given(CELLS)
@example("=1+1")
@example("'=1+1")
@example("''")
@example("'")
@example("＝1")
def test_a_guard_can_be_taken_back_exactly(text: str) -> None:
    """Any text comes back, and no guarded text begins with what a spreadsheet would run."""
    assert unguard(guard(text)) == text
    assert not guard(text).startswith(tuple(TRIGGERS))


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 151", "'+49 151"),
        ("-5", "'-5"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("'=1", "''=1"),
        ("''+1", "'''+1"),
        ("O'Neil", "O'Neil"),
        ("'quoted'", "'quoted'"),
        ("ada@example.com", "ada@example.com"),
        ("", ""),
    ],
)
def test_only_cells_that_would_be_run_are_guarded(cell: str, guarded: str) -> None:
    """One apostrophe where it is needed, and nowhere else."""
    assert guard(cell) == guarded


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl"])
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=6), status=CELLS)
@settings(max_examples=60)
def test_any_text_comes_back_from_the_sheet(ending: str, rows: list[tuple[str, str]], status: str) -> None:
    """Reading a written sheet gives the very same cells and the added ones."""
    table = table_of(["email", "name", "note"], [["ada@example.com", *row] for row in rows])
    held = io.BytesIO()
    write_sheet(held, table, ["status"], {row.line: [status] for row in table.rows}, ending=ending)
    if not rows and ending == ".jsonl":
        assert held.getvalue() == b""
        return
    back = read(held.getvalue(), delimiter="\t" if ending == ".tsv" else None)
    assert back.columns == ("email", "name", "note", "status")
    assert [row.cells for row in back.rows] == [(*row.cells, status) for row in table.rows]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "name", ["german-excel.csv", "apostrophes.csv", "emoji-and-right-to-left.csv", "no-header.csv"]
)
def test_every_kind_of_sheet_gives_the_original_cells_back(tmp_path: Path, ending: str, name: str) -> None:
    """Whatever is written can be sent again: the same cells, in the same order, with what was added."""
    table = read(CORPUS / name)
    path = tmp_path / f"results{ending}"
    values = {row.line: ["sent", row.line] for row in table.rows[1:]}
    assert write_sheet(path, table, ["status", "seen in"], values) == ("status", "seen in")
    back = read(path)
    assert back.columns == (*table.columns, "status", "seen in")
    assert [row.cells[:-2] for row in back.rows] == [row.cells for row in table.rows]
    assert [str(row.cells[-1] or "") for row in back.rows] == ["", *[str(row.line) for row in table.rows[1:]]]
    assert list(tmp_path.iterdir()) == [path]


def test_types_survive_in_a_workbook(tmp_path: Path) -> None:
    """Texts stay texts, numbers numbers, days days; what Excel cannot hold is text."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 678000)  # noqa: DTZ001 - a workbook knows no time zones
    cells = [
        "00042",
        42,
        2.5,
        True,
        date(2026, 1, 2),
        moment,
        "=1+1",
        {"team": "ü"},
        2**60,
        datetime(2026, 1, 2, tzinfo=UTC),
    ]
    columns = [f"c{n}" for n in range(len(cells))]
    write_sheet(tmp_path / "out.xlsx", table_of(columns, [cells]), ["status"], {2: ["'sent"]})
    (row,) = read(tmp_path / "out.xlsx").rows
    assert row.cells == (*cells[:7], '{"team": "ü"}', str(2**60), "2026-01-02T00:00:00+00:00", "'sent")


def test_parquet_keeps_types_where_a_column_has_one(tmp_path: Path) -> None:
    """A column of several types is written as text rather than not at all."""
    table = table_of(["n", "mixed", "meta", "none"], [[1, "a", {"a": 1}, None], [2, 3, None, None]])
    write_sheet(tmp_path / "out.parquet", table, ["status"], {2: ["sent"]})
    back = read(tmp_path / "out.parquet")
    assert [row.cells for row in back.rows] == [(1, "a", '{"a": 1}', None, "sent"), (2, "3", None, None, None)]


def test_a_csv_sheet_opens_right_in_a_spreadsheet() -> None:
    """Texts guarded, numbers bare, line breaks inside quotation marks; a BOM for Excel as soon as a letter needs it."""
    held = io.BytesIO()
    write_sheet(held, table_of(["email", "n"], [["=1+1", -5], ["a\nb", None]]), ["ok"], {2: [True]})
    assert held.getvalue() == b'email,n,ok\r\n\'=1+1,-5,true\r\n"a\nb",,\r\n'
    held = io.BytesIO()
    write_sheet(held, table_of(["name"], [["Zo\u00eb"]]), [], {})
    assert held.getvalue() == b"\xef\xbb\xbfname\r\nZo\xc3\xab\r\n"


def test_a_text_stream_gets_text_without_a_bom() -> None:
    """On standard output the stream's owner decides about bytes."""
    held = io.StringIO(newline="")
    write_sheet(held, table_of(["email"], [["ada@example.com"]]), ["status"], {2: ["sent"]})
    assert list(csv.reader(io.StringIO(held.getvalue(), newline=""))) == [
        ["email", "status"],
        ["ada@example.com", "sent"],
    ]
    with pytest.raises(InputError, match="not text"):
        write_sheet(held, table_of(["email"], []), [], {}, ending=".xlsx")


def test_added_columns_never_hide_one_that_is_there() -> None:
    """A sheet that was sent before has a status already; the new one is numbered."""
    held = io.StringIO(newline="")
    names = write_sheet(held, table_of(["email", "status"], [["ada@example.com", "old"]]), ["status"], {2: ["new"]})
    assert names == ("status (2)",)
    assert held.getvalue() == "email,status,status (2)\r\nada@example.com,old,new\r\n"


def test_half_a_character_does_not_keep_the_results_from_being_written(tmp_path: Path) -> None:
    """JSON can bring in a lone surrogate, which no file can hold: its escape is written."""
    table = read(b'[{"email": "ada@example.com", "name": "A\\ud83d"}]')
    for ending in ENDINGS:
        write_sheet(tmp_path / f"out{ending}", table, ["status"], {1: ["sent"]})
        (row,) = read(tmp_path / f"out{ending}").rows
        assert row.cells in (("ada@example.com", "A\\ud83d", "sent"), ("ada@example.com", "A\ud83d", "sent"))


def test_a_full_disk_leaves_the_old_sheet_and_no_half_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is moved into place only once all of it is on the disk."""
    path = tmp_path / "results.csv"
    path.write_text("old")

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"results\.csv cannot be written: No space left on device"):
        write_sheet(path, table_of(["email"], [["ada@example.com"]]), [], {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.csv"]
    assert path.read_text() == "old"


def test_a_sheet_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    """Wrong ending, wrong number of values, a cell too long for Excel: refused before anything is there."""
    table = table_of(["email"], [["ada@example.com"]])
    with pytest.raises(InputError, match=r"results\.pdf cannot be written: its ending must be one of \.csv"):
        write_sheet(tmp_path / "results.pdf", table, [], {})
    with pytest.raises(InputError, match="Line 2 has 2 values for 1 added columns"):
        write_sheet(tmp_path / "results.csv", table, ["status"], {2: ["sent", "x"]})
    with pytest.raises(InputError, match=r"line 2, column 'email', has 32,768 characters"):
        write_sheet(tmp_path / "results.xlsx", table_of(["email"], [["x" * 32_768]]), [], {})
    with pytest.raises(InputError, match="cannot be written"):
        write_sheet(tmp_path / "nowhere" / "results.csv", table, [], {})
    assert list(tmp_path.iterdir()) == []
