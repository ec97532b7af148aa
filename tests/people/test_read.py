"""The door: whatever form people come in, they come out as the same rows."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import cells, lines
from hypothesis import example, given
from hypothesis import strategies as st

from clerkbulk.errors import InputError
from clerkbulk.people.read import read, scan

CORPUS = Path(__file__).parents[1] / "corpus" / "files"
GERMAN = "E-Mail;Name\r\nmüller@example.com;Jörg Müller\r\n"


@pytest.mark.parametrize(
    "people",
    [
        "email,age\nada@example.com,36\n",
        b"email,age\nada@example.com,36\n",
        bytearray(b"email,age\nada@example.com,36\n"),
        io.BytesIO(b"email\tage\nada@example.com\t36\n"),
        io.StringIO("email;age\nada@example.com;36\n"),
        [{"email": "ada@example.com", "age": "36"}],
        iter([{"email": "ada@example.com", "age": "36"}]),
        {"people": [{"email": "ada@example.com", "age": "36"}]},
        [["email", "age"], ["ada@example.com", "36"]],
        b'[{"email": "ada@example.com", "age": "36"}]',
        b'{"email": "ada@example.com", "age": "36"}',
        pd.DataFrame({"email": ["ada@example.com"], "age": ["36"]}),
        pl.DataFrame({"email": ["ada@example.com"], "age": ["36"]}),
        pl.LazyFrame({"email": ["ada@example.com"], "age": ["36"]}),
        pa.table({"email": ["ada@example.com"], "age": ["36"]}),
        pa.record_batch({"email": ["ada@example.com"], "age": ["36"]}),
    ],
    ids=lambda people: type(people).__module__ + "." + type(people).__name__,
)
def test_every_form_of_people_gives_the_same_table(people: Any) -> None:
    """Text, bytes, streams, records, JSON and frames are one door."""
    table = read(people)
    assert table.columns == ("email", "age")
    assert cells(table) == [["ada@example.com", "36"]]
    assert table.issues == ()


def test_a_table_is_handed_on_as_it_is() -> None:
    """What was read already need not be read again."""
    table = read(["ada@example.com"])
    assert read(table) is table


def test_parquet_and_workbooks_are_known_by_their_content_from_a_stream(tmp_path: Path) -> None:
    """Standard input has no file name, so the first bytes decide."""
    held = io.BytesIO()
    pq.write_table(pa.table({"email": ["ada@example.com"]}), held)
    assert read(io.BytesIO(held.getvalue())).source.kind == "parquet"
    assert read((CORPUS / "workbook-in.csv").read_bytes()).source.kind == "xlsx"


def test_standard_input_is_called_by_its_name() -> None:
    """A table piped in says so where its source is shown, and its bytes are judged like those of a file."""
    code = "import sys; from clerkbulk.people.read import read; print(read(sys.stdin).source)"
    done = subprocess.run([sys.executable, "-c", code], input=GERMAN.encode("cp1252"), capture_output=True, check=True)
    assert b"name='standard input', kind='csv', encoding='cp1252', delimiter=';'" in done.stdout


def test_a_pipe_given_as_a_path_is_read_once(tmp_path: Path) -> None:
    """``<(command)`` of a shell is a path that can be opened only once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("email,name\nada@example.com,Ada\n",))
    writer.start()
    table = read(pipe)
    writer.join()
    assert cells(table) == [["ada@example.com", "Ada"]]


@pytest.mark.parametrize("how", [str, Path])
def test_a_missing_file_is_named_with_those_that_are_near(tmp_path: Path, how: Any) -> None:
    """A typo in a file name is answered with the right name."""
    (tmp_path / "people.csv").write_text("email\n")
    (tmp_path / "budget.pdf").write_text("")
    with pytest.raises(InputError, match=r"poeple\.csv does not exist\. Did you mean people\.csv\?"):
        read(how(tmp_path / "poeple.csv"))
    with pytest.raises(InputError, match=r"does not exist\. Files of people in .*: people\.csv\."):
        read(how(tmp_path / "zzzzzzzz.xlsx"))
    with pytest.raises(InputError, match="neither does its folder"):
        read(how(tmp_path / "nowhere" / "people.csv"))
    with pytest.raises(InputError, match="is a folder"):
        read(how(tmp_path))


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        ("", "Nothing was handed in"),
        ("  \n ", "Nothing was handed in"),
        (b"", "bytes handed in is empty"),
        ([], "records is an empty list"),
        ([1, 2], "a list of a number"),
        ({"a": 1}, "one object holding 'a'"),
        (b"[1, 2]", "a list of a number"),
        (b'{"a": [1], "b": [2]}', "one object holding 'a', 'b'"),
        (b'{"a" 1}', "is not JSON: Expecting ':' delimiter"),
        (5, "People cannot be read from int"),
        (pa.array(["ada@example.com"]), "is no table"),
        (b"\x00\x01\x02\x03" * 50, "is not text"),
        (b"\x1f\x8b\x08", "a gzip archive, not a table of people: unpack it first"),
        (b"SQLite format 3\x00", "an SQLite database"),
    ],
)
def test_what_holds_nobody_is_refused_with_a_sentence(people: Any, sentence: str) -> None:
    """Nothing ends in a traceback of somebody else's library."""
    with pytest.raises(InputError) as refusal:
        read(people)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("people", "wish"),
    [
        (["ada@example.com"], {"encoding": "utf-8"}),
        ([{"email": "ada@example.com"}], {"header_line": 1}),
        (pd.DataFrame({"email": ["ada@example.com"]}), {"sheet": "Staff"}),
        ("email,name\nada@example.com,Ada", {"sheet": "Staff"}),
        (b'[{"email": "ada@example.com"}]', {"delimiter": ";"}),
        (CORPUS / "workbook-in.csv", {"encoding": "utf-8"}),
        (CORPUS / "with-nulls.parquet", {"header_line": 2}),
    ],
)
def test_an_option_that_means_nothing_is_refused(people: Any, wish: dict[str, Any]) -> None:
    """An option is heard or refused, never passed over."""
    with pytest.raises(InputError, match=r"leave it out|Leave header_line out"):
        read(people, **wish)


# Options


def test_the_encoding_can_be_named() -> None:
    """What was guessed wrong is put right by the caller."""
    data = "email,name\nada@example.com,Šárka\n".encode("cp1250")
    assert cells(read(data, encoding="cp1250")) == [["ada@example.com", "Šárka"]]
    assert read(data).source.notes[0].startswith("Read as Windows-1252")
    with pytest.raises(InputError, match="no text encoding called 'utf-9'"):
        read(data, encoding="utf-9")
    with pytest.raises(InputError, match=r"is not utf-8: byte 0x8A in line 2"):
        read(data, encoding="utf-8")
    assert read(b"\xef\xbb\xbfemail,name\nada@example.com,Ada\n", encoding="UTF-8").columns == ("email", "name")


@pytest.mark.parametrize("delimiter", ["\t", "tab", "\\t"])
def test_the_delimiter_can_be_named(delimiter: str) -> None:
    """A delimiter given is not questioned; a tab can be spelled on a command line."""
    table = read(b"email,x\tname\nada@example.com,1\tAda\n", delimiter=delimiter)
    assert table.columns == ("email,x", "name")
    assert cells(table) == [["ada@example.com,1", "Ada"]]
    with pytest.raises(InputError, match="one character"):
        read(b"a;;b\n", delimiter=";;")


def test_the_header_line_can_be_named_or_denied() -> None:
    """header_line takes the spreadsheet's number; 0 says that there is none."""
    data = b"email,name\nE-Mail,Vorname\nada@example.com,Ada\n"
    named = read(data, header_line=2)
    assert (named.columns, lines(named)) == (("E-Mail", "Vorname"), [3])
    assert named.source.notes == (
        "Skipped above the table: line 1 'email name'. If one of them is the header, name it with header_line= "
        "(--header-line).",
    )
    denied = read(data, header_line=0)
    assert (denied.columns, lines(denied)) == (("column 1", "column 2"), [1, 2, 3])
    with pytest.raises(InputError, match="Line 9 holds no column names"):
        read(data, header_line=9)


def test_a_sheet_can_be_named() -> None:
    """sheet= takes a sheet by its name; an unknown one is answered with those there are."""
    path = CORPUS / "two-sheets-from-c5.xlsx"
    table = read(path, sheet="Summary")
    assert (table.columns, cells(table)) == (("People", "2"), [["Month", "October"]])
    with pytest.raises(InputError, match="no sheet called 'staff'; it has 'Summary', 'Staff'"):
        read(path, sheet="staff")
    assert cells(read(CORPUS / "hidden-sheet-first.xlsx", sheet="Old")) == [["old@example.com"]]


@pytest.mark.parametrize(
    ("missing", "path", "extra"),
    [("python_calamine", "workbook-in.csv", "excel"), ("pyarrow", "with-nulls.parquet", "parquet")],
)
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, missing: str, path: str, extra: str) -> None:
    """Without the library the sentence says what to install."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(InputError, match=rf"pip install 'clerkbulk\[{extra}\]'"):
        read(CORPUS / path)


# Delimited text


def test_the_limit_of_the_csv_module_is_left_as_it_was() -> None:
    """Long cells are read, and other code in the process keeps the limit it knows."""
    before = csv.field_size_limit()
    table = read(b"email,meta\nada@example.com," + b"x" * (before + 1) + b"\n")
    assert len(table.rows[0].cells[1]) == before + 1
    assert csv.field_size_limit() == before


def test_a_cell_over_many_blocks_of_lines_is_one_cell() -> None:
    """Blocks are ours, not the file's: a quoted cell may begin in one and end in the next."""
    long = "\n".join(f"remark {n}" for n in range(5_000))
    rows = [["email", "note"], *[[f"p{n}@example.com", long if n % 1_000 == 999 else "x"] for n in range(3_000)]]
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    table = read(held.getvalue().encode())
    assert cells(table) == rows[1:]
    assert lines(table) == list(range(2, 3_002))
    assert table.issues == ()


def test_an_unclosed_quote_loses_nobody_in_a_long_file() -> None:
    """One stray mark in 30,000 lines costs one line, not all below it."""
    body = [f"p{n}@example.com,P{n}" for n in range(30_000)]
    body[7] = 'p7@example.com,"P7'
    table = read(("email,name\n" + "\n".join(body) + "\n").encode())
    assert len(table) == 30_000
    assert [(issue.line, issue.rule) for issue in table.issues] == [(9, "unclosed_quote")]
    assert table.rows[29_999].cells == ("p29999@example.com", "P29999")


def test_issues_of_ragged_lines_carry_the_line_and_name_what_is_wrong() -> None:
    """A colleague can repair the line from the sentence alone."""
    table = read(b"email,name,team\nada@example.com,Ada\nbob@example.com,Bob,Ops,x\n")
    short, long = table.issues
    assert (short.line, short.column, short.cell) == (2, None, "ada@example.com,Ada")
    assert "2 cells where the table has 3 columns, nothing for 'team'" in short.message
    assert (long.line, long.column, long.cell) == (3, None, "bob@example.com,Bob,Ops,x")
    assert "the cell 'x' beyond the last column, 'team'" in long.message


def test_a_few_bad_bytes_in_utf_8_are_a_question_not_a_guess() -> None:
    """Mojibake is never sent out for a file that is UTF-8 but for one byte."""
    data = ("email,name\n" + "zoe@example.com,Zoë\n" * 1_000).encode() + b"rene@example.com,Ren\xe9\n"
    with pytest.raises(
        InputError, match=r"UTF-8 in 1000 places and something else in 1: the first is byte 0xE9 in line 1002"
    ):
        read(data)


def test_a_byte_far_down_still_decides_the_encoding() -> None:
    """The whole file is looked at, not a sample: the one umlaut in line 200,001 counts."""
    data = b"email,name\n" + b"ada@example.com,Ada\n" * 200_000 + "joerg@example.com,Jörg\n".encode("cp1252")
    scanned = scan(data)
    assert scanned.source.encoding == "cp1252"
    assert "line 200002 has 'Jörg'" in scanned.source.notes[0]
    assert [chunk.records[-1] for chunk in scanned.chunks()][-1] == ["joerg@example.com", "Jörg"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS), max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@example(rows=[("\ufeff", "'"), ('"', "''=")], delimiter=",", end="\r\n", encoding="utf-8")
def test_whatever_a_csv_writer_wrote_is_read_back(
    rows: list[tuple[str, str]], delimiter: str, end: str, encoding: str
) -> None:
    """Any text in any cell, with any usual delimiter: the cells come back but for guards, and no line is lost."""
    held = io.StringIO()
    writer = csv.writer(held, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([["email", "first", "second"], *[["ada@example.com", *row] for row in rows]])
    table = read(held.getvalue().encode(encoding), delimiter=delimiter)
    assert table.columns == ("email", "first", "second")
    assert len(table) == len(rows)
    for row, (first, second) in zip(table.rows, rows, strict=True):
        assert row.cells[1] in (first, first[1:])
        assert row.cells[2] in (second, second[1:])


# Pasted text


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("ada@example.com", {1: "ada@example.com"}),
        ("ada@example.com\nbob@example.com\n", {1: "ada@example.com", 2: "bob@example.com"}),
        ("ada@example.com\r\n\r\nbob@example.com", {1: "ada@example.com", 3: "bob@example.com"}),
        ("ada@example.com, bob@example.com", {1: "ada@example.com", 2: "bob@example.com"}),
        ("ada@example.com;bob@example.com;", {1: "ada@example.com", 2: "bob@example.com"}),
        ("a@example.com\tb@example.com  c@example.com", {1: "a@example.com", 2: "b@example.com", 3: "c@example.com"}),
        ("Ada Lovelace <ada@example.com>", {1: "Ada Lovelace <ada@example.com>"}),
        ('"Byron, Ann" <ann@example.com>; b@example.com', {1: '"Byron, Ann" <ann@example.com>', 2: "b@example.com"}),
        ("Byron, Ann <ann@example.com>", {1: "Byron, Ann <ann@example.com>"}),
        (
            "O'Neil, Jean-Luc <j@example.com>, x@example.com",
            {1: "O'Neil, Jean-Luc <j@example.com>", 2: "x@example.com"},
        ),
        ("Ada <ada@example.com> Bob <bob@example.com>", {1: "Ada <ada@example.com>", 2: "Bob <bob@example.com>"}),
        ("ada.example.com, Bob <bob@example.com>", {1: "ada.example.com", 2: "Bob <bob@example.com>"}),
        ("Ada, bob@example.com", {1: "Ada", 2: "bob@example.com"}),
        ("Ada Lovelace\nada@example.com", {1: "Ada Lovelace", 2: "ada@example.com"}),
        ("Please invite\nada@example.com", {1: "Please invite", 2: "ada@example.com"}),
        ("Ada\nBob\nada@example.com", {1: "Ada", 2: "Bob", 3: "ada@example.com"}),
        ("Ada Lovelace ada@example.com", {1: "Ada Lovelace ada@example.com"}),
        ('"unclosed <ada@example.com>', {1: '"unclosed <ada@example.com>'}),
        ("<ada@example.com>,<bob@example.com>", {1: "<ada@example.com>", 2: "<bob@example.com>"}),
    ],
)
def test_pasted_text_is_taken_apart_as_its_writer_meant_it(pasted: str, expected: dict[int, str]) -> None:
    """One row a person, as typed; several on a line are numbered in their order, since rows are told apart by line."""
    table = read(pasted)
    assert table.columns == ("email_address",)
    assert lines(table) == list(expected)
    assert [row.cells[0] for row in table.rows] == list(expected.values())


@pytest.mark.parametrize(
    ("pasted", "column", "expected"),
    [
        ("email\nada@example.com\nbob@example.com\n", "email", {2: "ada@example.com", 3: "bob@example.com"}),
        ('"E-mail"\r\n"ada@example.com"\r\n\r\nbob', "E-mail", {2: "ada@example.com", 4: "bob"}),
        ("\ufeffCorreo electr\u00f3nico\nada@example.com", "Correo electr\u00f3nico", {2: "ada@example.com"}),
        (
            "Kontakt\nada@example.com\nbob@example.com\ncarl",
            "Kontakt",
            {2: "ada@example.com", 3: "bob@example.com", 4: "carl"},
        ),
        (
            "email\na@example.com b@example.com\nc@example.com",
            "email",
            {1: "a@example.com", 2: "b@example.com", 3: "c@example.com"},
        ),
        ("Emails:\na@example.com; b@example.com", "Emails:", {1: "a@example.com", 2: "b@example.com"}),
    ],
)
def test_a_name_above_addresses_is_their_columns_name(pasted: str, column: str, expected: dict[int, str]) -> None:
    """A column of a CSV file that comes without its file name keeps the name that --map speaks of."""
    for people in (pasted, io.BytesIO(pasted.encode())):
        table = read(people)
        assert table.columns == (column,)
        assert dict(zip(lines(table), (row.cells[0] for row in table.rows), strict=True)) == expected


def test_a_word_above_addresses_that_may_be_a_person_is_told() -> None:
    """The word becomes the column's name, a note says so, and header_line=0 makes it a row."""
    note = (
        "Line 1, 'Ada', was taken for the name of the only column. If it is a person, say so with header_line=0 "
        "(--header-line 0)."
    )
    assert read("Ada\nbob@example.com").source.notes == (note,)
    assert cells(read("Ada\nbob@example.com", header_line=0)) == [["Ada"], ["bob@example.com"]]


def test_pasted_tables_are_tables() -> None:
    """A header with lines below it, or columns with the addresses below one another, is no list."""
    assert read("email\tteam\nada@example.com\tR\n").columns == ("email", "team")
    assert read("ada@example.com;Ada\nbob@example.com;Bob\n").columns == ("column 1", "column 2")


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_no_character_of_pasted_text_is_lost(parts: list[str]) -> None:
    """Whatever is pasted, every visible character but the separators is in some row."""
    pasted = "zoe@example.com\n" + "\n".join(parts)
    try:
        table = read(io.StringIO(pasted), header_line=None)
    except InputError:
        return  # it looks like JSON or a document, and says so
    if table.source.kind != "text":
        return
    ignored = set(" ,;\t\ufeff")

    def visible(text: str) -> str:
        return "".join(sign for sign in text if sign not in ignored and not sign.isspace())

    assert visible("".join(row.cells[0] for row in table.rows)) == visible(pasted)


def test_a_scan_shows_its_columns_and_refuses_chunks_of_nothing() -> None:
    """A scan in a notebook cell says what it is."""
    scanned = scan("email,name\nada@example.com,Ada\n")
    assert repr(scanned) == "<Scan of pasted text: email, name>"
    with pytest.raises(ValueError, match="at least one row, not 0"):
        list(scanned.chunks(size=0))


def test_a_long_cell_among_odd_quotes_is_still_read() -> None:
    """Length and quotation marks are two troubles that may come together."""
    long = "x" * 200_000
    table = read(f'email,meta\nada@example.com,"{long}\nb, c"\nbob@example.com,"{long}\n'.encode())
    assert cells(table) == [["ada@example.com", f"{long}\nb, c"], ["bob@example.com", f'"{long}']]
    assert [issue.rule for issue in table.issues] == ["unclosed_quote"]


def test_a_sheet_with_a_header_and_nobody_below_it_has_no_rows(tmp_path: Path) -> None:
    """Choosing the cover sheet is a common slip: a table without rows, and no failure."""
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "people.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Email"])
    table = read(tmp_path / "people.xlsx")
    assert (table.columns, len(table.rows)) == (("Name", "Email"), 0)
