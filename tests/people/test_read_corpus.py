"""Every ugly file of tests/corpus is read as a careful person reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from clerkbulk.errors import InputError
from clerkbulk.people.read import read, scan

CORPUS = Path(__file__).parents[1] / "corpus"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((CORPUS / "expected.yaml").read_text(encoding="utf-8"))
READABLE = sorted(name for name, expected in EXPECTED.items() if "refused" not in expected)
REFUSED = sorted(name for name, expected in EXPECTED.items() if "refused" in expected)


def spelled_out(cells: list[Any]) -> list[Any]:
    """Write out the one cell that is too long to stand in expected.yaml."""
    return ["x" * 300_000 if cell == "300000 times x" else cell for cell in cells]


def test_every_file_of_the_corpus_has_its_expected_reading() -> None:
    """No file without an expectation, no expectation without a file."""
    assert set(EXPECTED) == {path.name for path in (CORPUS / "files").iterdir()}
    assert len(EXPECTED) >= 30


@pytest.mark.parametrize("name", READABLE)
def test_ugly_files_are_read_as_a_careful_person_reads_them(name: str) -> None:
    """Columns, line numbers, cells with their types, issues and notes are those of expected.yaml, and no others."""
    expected = EXPECTED[name]
    table = read(CORPUS / "files" / name)
    assert list(table.columns) == expected["columns"]
    rows = {row.line: list(row.cells) for row in table.rows}
    assert rows == {line: spelled_out(cells) for line, cells in expected["rows"].items()}
    types = {line: [type(cell) for cell in cells] for line, cells in rows.items()}
    assert types == {line: [type(cell) for cell in cells] for line, cells in expected["rows"].items()}
    assert len(table) == len(rows)
    issues = [[issue.line, issue.rule, issue.severity.value] for issue in table.issues]
    assert issues == expected.get("issues", [])
    for fragment, note in zip(expected.get("notes", []), table.source.notes, strict=True):
        assert fragment in note
    for aspect, value in expected.get("source", {}).items():
        assert getattr(table.source, aspect) == value
    assert table.source.name == name


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_reason_and_a_cure(name: str) -> None:
    """The sentence names the file and says what it is and what to do."""
    with pytest.raises(InputError) as refusal:
        read(CORPUS / "files" / name)
    for fragment in [name, *EXPECTED[name]["refused"]]:
        assert fragment in str(refusal.value)


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("size", [1, 3])
def test_chunks_of_any_size_add_up_to_the_table(name: str, size: int) -> None:
    """A scan in small pieces gives the rows and issues of read(), also when it is walked a second time."""
    table = read(CORPUS / "files" / name)
    scanned = scan(CORPUS / "files" / name)
    for _ in range(2):
        chunks = list(scanned.chunks(size=size))
        assert all(len(chunk.lines) == len(chunk.records) <= size for chunk in chunks)
        lines = [line for chunk in chunks for line in chunk.lines]
        records = [record for chunk in chunks for record in chunk.records]
        assert lines == [row.line for row in table.rows]
        assert records == [list(row.cells) for row in table.rows]
        assert all(len(record) == len(scanned.columns) for record in records)
        assert sorted(scanned.issues, key=lambda issue: issue.line or 0) == list(table.issues)
        assert scanned.source == table.source
