"""The door for records, frames and workbooks: they come out as the same rows as text does."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import cells, lines

from clerkbulk.errors import InputError
from clerkbulk.people.check import check
from clerkbulk.people.read import read

CORPUS = Path(__file__).parents[1] / "corpus" / "files"
GERMAN = "E-Mail;Name\r\nmüller@example.com;Jörg Müller\r\n"


def test_missing_values_of_every_kind_are_none() -> None:
    """NaN, None, NaT and NA are one thing."""
    frame = pd.DataFrame(
        {
            "email": ["ada@example.com", None],
            "name": ["Ada", "Bob"],
            "number": [1.5, float("nan")],
            "day": [pd.Timestamp("2026-01-02"), pd.NaT],
            "flag": pd.array([True, pd.NA], dtype="boolean"),
            "thing": pd.Series([{"a": 1}, pd.NA], dtype=object),
        }
    )
    assert cells(read(frame))[1] == [None, "Bob"] + [None] * 4
    polars = pl.DataFrame({"email": ["ada@example.com", None], "n": [1.5, float("nan")], "x": [1, 2]})
    assert cells(read(polars))[1] == [None, None, 2]
    assert cells(read(pl.DataFrame({"email": ["ada@example.com"], "n": [float("nan")]}))) == [["ada@example.com", None]]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_whole_numbers_with_gaps_are_whole_numbers_again(library: Any) -> None:
    """30 days that a gap turned into 30.0 are 30; a column with fractions, or without gaps, is left alone."""
    table = read(library({"days": [30.0, None], "rate": [1.0, None], "more": [2.5, 3.0], "same": [4.0, 5.0]}))
    assert repr(cells(table)) == "[[30, 1, 2.5, 4.0], [None, None, 3.0, 5.0]]"


def test_objects_in_cells_survive() -> None:
    """Metadata may be a dict in a frame; numpy's and decimal's own numbers become plain ones."""
    frame = pd.DataFrame({"email": ["ada@example.com"], "meta": [{"team": "R"}], "tags": [["a", "b"]]})
    frame["money"] = [Decimal("12.50")]
    frame["count"] = [Decimal(12)]
    frame["blob"] = [b"\xc3\xa9"]
    assert cells(read(frame)) == [["ada@example.com", {"team": "R"}, ["a", "b"], 12.5, 12, "é"]]
    nested = pl.DataFrame({"meta": [{"team": "R"}, None], "tags": [["a"], None], "n": [1, 2]})
    assert cells(read(nested)) == [[{"team": "R"}, ["a"], 1], [None, None, 2]]


def test_odd_names_of_a_pandas_frame_become_columns() -> None:
    """Doubled names, numbers and tuples as names, and a named index, all find a name."""
    doubled = pd.DataFrame([["ada@example.com", 1]], columns=["x", "x"])
    assert read(doubled).columns == ("x", "x (2)")
    assert read(pd.DataFrame([["ada@example.com", 1]])).columns == ("0", "1")
    tuples = pd.DataFrame([["ada@example.com"]], columns=pd.MultiIndex.from_tuples([("Work", "e-mail")]))
    assert read(tuples).columns == ("Work e-mail",)
    indexed = pd.DataFrame({"age": [36]}, index=pd.Index(["ada@example.com"], name="email"))
    assert (read(indexed).columns, cells(read(indexed))) == (("email", "age"), [["ada@example.com", 36]])
    assert cells(read(pd.Series(["ada@example.com"]))) == [["ada@example.com"]]
    assert read(pl.Series("who", ["ada@example.com"])).columns == ("who",)


def test_lines_of_a_frame_are_positions(tmp_path: Path) -> None:
    """A filtered frame keeps its order; the index it was left with says nothing. The same holds for long Parquet."""
    frame = pd.DataFrame({"email": [f"p{n}@example.com" for n in range(120_000)]})
    assert lines(read(frame[frame.index % 50_000 == 7])) == [1, 2, 3]
    frame.to_parquet(tmp_path / "people.parquet")
    assert lines(read(tmp_path / "people.parquet")) == list(range(1, 120_001))
    assert lines(read(frame)) == list(range(1, 120_001))


def test_records_keep_the_order_of_keys_and_odd_items_stay_as_rows() -> None:
    """The sum of rows holds: an item that is no record is an empty row with an error."""
    table = read([{"email": "ada@example.com"}, "bob@example.com", {"team": "R", "email": "carl@example.com"}])
    assert table.columns == ("email", "team")
    assert cells(table) == [["ada@example.com", None], [None, None], ["carl@example.com", "R"]]
    assert [(issue.line, issue.rule, issue.cell) for issue in table.issues] == [
        (2, "unreadable_line", "'bob@example.com'")
    ]


def test_doubled_keys_are_found_however_deep() -> None:
    """JSON lets a key stand twice and keeps the last one silently; we say so."""
    data = b'[{"email": "ada@example.com"}, {"email": "bob@example.com", "meta": [{"a": 1, "a": 2}]}]'
    assert [(issue.line, issue.column, issue.rule) for issue in read(data).issues] == [(2, "a", "doubled_key")]


SPELLINGS = [
    {"emailAddress": "a@example.com", "n": 1},
    {"email_address": "b@example.com"},
    {"emailAddress": None, "email_address": "c@example.com"},
]


@pytest.mark.parametrize(
    "people",
    [
        SPELLINGS,
        json.dumps(SPELLINGS).encode(),
        "\n".join(map(json.dumps, SPELLINGS)).encode(),
    ],
    ids=["records", "json", "jsonl"],
)
def test_records_may_spell_a_parameter_in_either_way(people: Any) -> None:
    """The two spellings of a documented parameter are one column, whichever a record has, and a note says so."""
    table = read(people)
    assert table.columns == ("emailAddress", "n")
    assert cells(table) == [["a@example.com", 1], ["b@example.com", None], ["c@example.com", None]]
    assert table.issues == ()
    assert table.source.notes == (
        "'emailAddress' and 'email_address' are two spellings of one parameter and were read as one column.",
    )


def test_a_record_with_both_spellings_of_a_parameter_is_an_issue() -> None:
    """Which of them is meant is not ours to say, not even when they agree."""
    people = [
        {"email": "a@example.com", "redirect_url": "https://example.com", "redirectUrl": "https://example.com"},
        {"email": "b@example.com", "redirectUrl": "https://example.com/b", "Team": "x", "team": "y"},
    ]
    for form in (people, json.dumps(people).encode(), "\n".join(map(json.dumps, people)).encode()):
        table = read(form)
        assert table.columns == ("email", "redirect_url", "Team", "team")
        assert table.rows[1].cells[1] == "https://example.com/b"
        (issue,) = table.issues
        assert (issue.line, issue.column, issue.rule, issue.severity) == (1, "redirect_url", "doubled_key", "error")
        assert issue.message == (
            "'redirect_url' and 'redirectUrl' are two spellings of one parameter: keep one of them in this record."
        )


SPARSE = {"email": ["ada@example.com", None, "bob@example.com", ""], "team": [None, None, "core", " "]}


@pytest.mark.parametrize(
    "people",
    [
        pd.DataFrame(SPARSE),
        pl.DataFrame(SPARSE),
        pa.table(SPARSE),
        [dict(zip(SPARSE, cells, strict=True)) for cells in zip(*SPARSE.values(), strict=True)],
        [{"email": "ada@example.com"}, {}, {"email": "bob@example.com", "team": "core"}, {"team": " "}],
        b'{"email": "ada@example.com"}\n{}\n{"email": "bob@example.com", "team": "core"}\n{"team": " "}\n',
        [["email", "team"], ["ada@example.com"], [None, ""], ["bob@example.com", "core"], [" "]],
    ],
    ids=["pandas", "polars", "arrow", "records", "short records", "jsonl", "lists"],
)
def test_rows_with_nothing_in_them_are_skipped_whatever_they_come_in(people: Any) -> None:
    """A blank row is nobody; the others keep their numbers, and a note counts what was left out."""
    table = read(people)
    above = table.rows[0].line - 1
    assert [(row.line - above, row.cells[0], row.cells[1] or None) for row in table.rows] == [
        (1, "ada@example.com", None),
        (3, "bob@example.com", "core"),
    ]
    assert (table.issues, table.source.notes) == ((), ("Skipped 2 blank lines.",))


def test_blank_rows_of_parquet_are_skipped_over_all_its_pieces(tmp_path: Path) -> None:
    """Also where a file is read in several pieces, lines are those of the file."""
    pq.write_table(pa.table({"email": [None] * 60_000 + ["ada@example.com"]}), tmp_path / "people.parquet")
    table = read(tmp_path / "people.parquet")
    assert lines(table) == [60_001]
    assert table.source.notes == ("Skipped 60000 blank lines.",)


def test_a_line_that_cannot_be_read_is_no_blank_one() -> None:
    """Nothing of it got into the row, and yet somebody may be meant."""
    table = read(b'{"email": "ada@example.com"}\n{"email": "bo\n{"email": null}\n')
    assert lines(table) == [1, 2]
    assert [issue.line for issue in table.issues] == [2]
    table = read([{"email": "ada@example.com"}, 7, {}])
    assert (lines(table), [issue.line for issue in table.issues]) == ([1, 2], [2])


@pytest.mark.parametrize(
    "people",
    [
        b'{"email": "a@example.com", "x": "\\ud83d\\ude00"}\n{"email": "b@example.com", "x": "\\ud800"}\n',
        b'[{"email": "a@example.com", "x": "\\ud83d\\ude00"}, {"email": "b@example.com", "x": "\\ud800"}]',
        [{"email": "a@example.com", "x": "\U0001f600"}, {"email": "b@example.com", "x": "\ud800"}],
        pd.DataFrame({"email": ["a@example.com", "b@example.com"], "x": ["\U0001f600", "\ud800"]}, dtype=object),
    ],
    ids=["jsonl", "json", "records", "pandas"],
)
def test_half_a_character_is_an_issue_wherever_it_stands(people: Any) -> None:
    """JSON can name it and no sheet can hold it, so the row is told of although its column may not be sent."""
    table = read(people)
    assert cells(table) == [["a@example.com", "\U0001f600"], ["b@example.com", "\ud800"]]
    (issue,) = table.issues
    assert (issue.line, issue.column, issue.rule, issue.severity) == (2, "x", "half_character", "error")
    assert issue.message == "'\\ud800' holds half a character (a lone surrogate), and no sheet can: type it anew."
    checked = check(table)
    assert (checked.lines, checked.invalid) == ((1,), (2,))


def test_half_characters_in_text_and_lists_are_issues_too() -> None:
    """Python's own texts can hold them as well."""
    for people in (
        "email,x\na@example.com,\ud800\n",
        [["email", "x"], ["a@example.com", "\ud800"]],
        ["a\ud800@example.com"],
    ):
        assert [issue.rule for issue in read(people).issues] == ["half_character"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("people.xlsx", b"hello\n", "it is a text in which no address stands"),
        ("people.XLS", b'{"a": 1}', "it is a text in which no address stands"),
        ("people.xlsx", bytes(range(256)) * 20, "its bytes are neither one nor text"),
        ("people.ods", b"\0\x0e\x81" * 2_000, "its bytes are neither one nor text"),
    ],
)
def test_what_is_called_a_workbook_and_is_none_is_told_so(name: str, content: bytes, what: str, tmp_path: Path) -> None:
    """Not its encoding or its columns are what is wrong with it."""
    (tmp_path / name).write_bytes(content)
    cure = "Fetch it again, or open it where it came from and save it as .xlsx or CSV."
    with pytest.raises(InputError) as refusal:
        read(tmp_path / name)
    assert str(refusal.value) == f"{name} is not a workbook: {what}. {cure}"


def test_a_table_that_is_called_a_workbook_is_read_as_what_it_is(tmp_path: Path) -> None:
    """Some programs save CSV under the name of a workbook; a note says so."""
    (tmp_path / "people.xlsx").write_text("email,x\nada@example.com,1\n")
    table = read(tmp_path / "people.xlsx")
    assert cells(table) == [["ada@example.com", "1"]]
    assert table.source.notes == (
        "people.xlsx holds delimited text, whatever its ending .xlsx says, and was read as that.",
    )
