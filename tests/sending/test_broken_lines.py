"""Lines that are broken as lines: what comes back of them loses nothing, and invites nobody by half a line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from stage import Stage

import clerkbulk as cb
from clerkbulk.people.added import AS_READ
from clerkbulk.people.stream import stream
from clerkbulk.sending.state import Sum

SHEET = (
    "email,team\n"
    "ada@example.com,core\n"
    "bob@example.com,core,blue,ops@example.com\n"
    "cy@example.com\n"
    '{"dee@example.com},"x\n'
)
TWICE = '[{"email": "ada@example.com"}, {"email": "bob@example.com", "email": "bea@example.com"}]'


def written(folder: Path, job: cb.Job, ending: str) -> Path:
    out = folder / f"fix{ending}"
    job.results().to_fix().write(out)
    return out


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".jsonl", ".parquet"])
def test_a_broken_line_is_still_invalid_when_the_sheet_to_fix_comes_back(tmp_path: Path, ending: str) -> None:
    """Three lines of more, fewer and unclosed cells: fed back as they are they invite nobody, whatever the file."""
    stage, people = Stage(tmp_path), tmp_path / "people.csv"
    people.write_text(SHEET)
    job = stage.send(cb.check(people))
    assert job.sum() == Sum(4, sent=1, invalid=3)
    fix = written(tmp_path, job, ending)
    again = cb.check(fix)
    assert (again.rows, len(again.items)) == (3, 0)
    assert [issue.rule for issue in again.issues.errors if issue.rule == "uncorrected_line"] == ["uncorrected_line"] * 3
    # Once more round: what stood there is not lost on the way.
    once_more = written(tmp_path / "b", stage_of(tmp_path / "b").send(again), ending)
    assert len(cb.check(once_more).items) == 0
    assert "bob@example.com,core,blue,ops@example.com" in [issue.cell for issue in cb.check(once_more).issues]


def stage_of(folder: Path) -> Stage:
    folder.mkdir()
    return Stage(folder)


def test_nothing_of_a_broken_line_is_lost_and_emptying_one_cell_says_that_it_is_corrected(tmp_path: Path) -> None:
    """The surplus stands in a column of its own; without its text the line counts as it stands."""
    stage, people = Stage(tmp_path), tmp_path / "people.csv"
    people.write_text(SHEET)
    job = stage.send(cb.check(people))
    fix = written(tmp_path, job, ".csv")
    with fix.open(newline="") as file:
        header, *lines = csv.reader(file)
    at = header.index(AS_READ)
    assert lines[0][at] == "bob@example.com,core,blue,ops@example.com"
    assert AS_READ in lines[0][header.index("clerkbulk_what_to_do")]
    assert [result.as_read for result in job.results()][:2] == [None, lines[0][at]]
    assert job.results().to_json()[1]["as_read"] == lines[0][at]
    lines[0][at] = ""
    with fix.open("w", newline="") as file:
        csv.writer(file).writerows([header, *lines])
    assert [item["email_address"] for item in cb.check(fix).items] == ["bob@example.com"]
    assert [one.invitations for one in [stream(fix)] if list(one)] == [1]


def test_a_record_with_a_key_twice_stays_out_too(tmp_path: Path) -> None:
    """Only the last of two addresses is in its cells: the sheet must not make a person of it."""
    stage, people = Stage(tmp_path), tmp_path / "people.json"
    people.write_text(TWICE)
    job = stage.send(cb.check(people))
    assert job.sum() == Sum(2, sent=1, invalid=1)
    assert cb.check(written(tmp_path, job, ".jsonl")).items == ()


def test_sheets_without_a_broken_line_have_no_column_for_it(tmp_path: Path) -> None:
    """Nor has the JSON a key."""
    stage, people = Stage(tmp_path), tmp_path / "people.csv"
    people.write_text("email,team\nada@example.com,core\nada,core\n")
    job = stage.send(cb.check(people))
    out = tmp_path / "out.jsonl"
    job.results().write(out)
    assert AS_READ not in json.loads(out.read_text().splitlines()[1])
    assert "as_read" not in job.results().to_json()[1]
