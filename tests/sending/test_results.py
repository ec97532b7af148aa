"""Results: what became of each row, in words for the person who has the spreadsheet."""

from __future__ import annotations

import csv
import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stage import NOON, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.people.added import ADDED
from clerkbulk.people.sheet import write_sheet
from clerkbulk.people.table import Row, Table
from clerkbulk.sending import tables
from clerkbulk.sending.after.results import Result, Results
from clerkbulk.sending.before.preflight import Policy
from clerkbulk.sending.job import Job
from clerkbulk.sending.state import RowState, Sum

SHEET = """Name;Mail;Note
Ada;Ada.Lovelace@Example.com;=1+2
Bob;bob@example.com;+49 30 1
Bob again;BOB@example.com;
Cy;cy@example;-
Dee;dee@example.com;@home
Eve;eve@example.com;x
"""


@pytest.fixture
def job(place: Place, tmp_path: Path) -> Job:
    """Return a finished job over a sheet with one row of each kind a run can leave behind."""
    stage = Stage(place, blocklist=("eve@example.com",))
    stage.backend.seed({"users": [{"email_address": "dee@example.com"}]})
    sheet = tmp_path / "people.csv"
    sheet.write_text(SHEET)
    return stage.send(cb.check(sheet))


def test_every_row_says_what_became_of_it_why_and_what_to_do(job: Job) -> None:
    """Read them aloud: somebody in human resources should understand every one."""
    assert job.sum() == Sum(6, sent=2, already_there=1, refused=1, invalid=2)
    told = [(r.line, r.state.value, r.email_address, r.reason, r.remedy) for r in job.results()]
    assert told == [
        (2, "sent", "ada.lovelace@example.com", "The person is invited.", "Nothing to do."),
        (3, "sent", "bob@example.com", "The person is invited.", "Nothing to do."),
        (
            4, "invalid", None, told[2][3],
            "Nothing to do, unless the two lines are two people: then correct the address and send the sheet again.",
        ),
        (5, "invalid", None, told[3][3], told[3][4]),
        (6, "already_there", "dee@example.com", "The person has an account already.", "Nothing to do."),
        (
            7, "refused", "eve@example.com",
            "The instance's allow or block list, or its block on subaddresses, refuses the address. "
            'Clerk says: "eve@example.com is not allowed to access this application."',
            "Change the address, or the restrictions in the Clerk Dashboard.",
        ),
    ]  # fmt: skip
    assert "line 3" in told[2][3]
    assert told[3][4].startswith("Correct the line and send the sheet again")


@pytest.mark.parametrize("state", list(RowState))
def test_every_state_has_a_reason_and_something_to_do(tmp_path: Path, state: RowState) -> None:
    """Also rows of which nothing more is written down than their state."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger:
        job = ledger.job(checked(people(1)))
        with ledger.begin() as connection:
            connection.execute(tables.row.update().values(state=state))
        (result,) = job.results()
    assert result.state is state
    assert result.reason.endswith(".")
    assert result.remedy.endswith(".")


def test_the_sheet_comes_back_with_added_columns_and_no_formula_runs(job: Job, tmp_path: Path) -> None:
    """Own columns as they were, ours beside them, and cells that a spreadsheet would run are guarded, reversibly."""
    out = tmp_path / "results.csv"
    job.results().write(out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["Name", "Mail", "Note", *ADDED]
    assert rows[0] == [
        "Ada", "Ada.Lovelace@Example.com", "'=1+2", "sent", "The person is invited.", "Nothing to do.",
        "ada.lovelace@example.com", job.results()[0].invitation_id, "2027-01-15T12:00:00Z", "2",
    ]  # fmt: skip
    assert [row[3] for row in rows] == ["sent", "sent", "invalid", "invalid", "already there", "refused"]
    assert not any(cell[:1] in {"=", "+", "-", "@"} and cell != "-" for row in rows for cell in row)
    again = cb.read(out)
    assert [row.cells[:3] for row in again.rows] == [row.cells for row in cb.read(tmp_path / "people.csv").rows]


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".jsonl", ".parquet"])
def test_the_sheet_comes_back_in_any_kind(job: Job, tmp_path: Path, ending: str) -> None:
    """And can be read again."""
    out = tmp_path / f"results{ending}"
    job.results().write(out)
    table = cb.read(out)
    assert table.columns == ("Name", "Mail", "Note", *ADDED)
    assert len(table) == 6


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".jsonl"])
def test_a_results_sheet_that_is_checked_again_is_the_people_s_own(job: Job, tmp_path: Path, ending: str) -> None:
    """Our columns are neither sent nor stored, one note says so, and the next results have each of them once."""
    out = tmp_path / f"results{ending}"
    job.results().write(out)
    again = cb.check(out)
    assert (again.table.columns, again.mapping.unused) == (("Name", "Mail", "Note"), ("Name", "Note"))
    assert "clerkbulk_email_address" not in " ".join(again.mapping.notes)
    (note,) = (note for note in again.table.source.notes if "earlier results sheet" in note)
    assert (
        note == f"Columns of an earlier results sheet are not read ({', '.join(ADDED)}); the next results replace them."
    )
    with cb.Ledger(tmp_path / "again.db") as ledger:
        ledger.job(again).results().write(out)
    assert cb.read(out).columns == ("Name", "Mail", "Note", *ADDED)


def test_only_some_states(job: Job) -> None:
    """What is still to do can be taken out and fed back in."""
    results = job.results()
    assert [r.line for r in results.only("refused", RowState.INVALID)] == [4, 5, 7]
    assert len(results.only("left")) == 0
    with pytest.raises(ValueError, match="'lost' is not a valid RowState"):
        results.only("lost")
    assert isinstance(results[1:3], Results)
    assert [r.line for r in results[1:3]] == [3, 4]
    assert repr(results) == "<Results: 6 rows of people.csv>"


SORTS = {
    "bad@example": "invalid",
    "ada@example.com": "sent",
    "ADA@example.com": "duplicate",
    "eve@example.com": "blocked",
    "dee@example.com": "user",
    "sue@example.com": "suppressed",
    "zoe@example.com": "left",
}


@pytest.fixture
def sorted_job(place: Place, tmp_path: Path) -> Job:
    """Return a stopped job over a sheet with a row of each sort: to fix, to do, and neither."""
    stage = Stage(place, blocklist=("eve@example.com",))
    stage.backend.seed({"users": [{"email_address": "dee@example.com"}]})
    sheet = tmp_path / "people.csv"
    sheet.write_text("Name,Mail\n" + "".join(f"{name},{mail}\n" for mail, name in SORTS.items()))
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(cb.check(sheet))
        job.preflight(client, Policy(suppressed=frozenset({"sue@example.com"})))
        with ledger.begin() as connection:
            connection.execute(tables.row.update().where(tables.row.c.line == 8).values(state=RowState.INVALID))
        stage.steps(job, client)
        with ledger.begin() as connection:
            connection.execute(tables.row.update().where(tables.row.c.line == 8).values(state=RowState.LEFT))
        return job


def test_what_is_to_be_corrected_and_what_is_still_to_do(sorted_job: Job) -> None:
    """Neither holds duplicates, nor whom somebody left out on purpose, nor whoever is there already."""
    results = sorted_job.results()
    assert [r.cells[0] for r in results.to_fix()] == ["invalid", "blocked"]
    assert [r.cells[0] for r in results.still_to_do()] == ["left"]
    assert [r.line for r in results.on_lines({3, 8, 99})] == [3, 8]


@pytest.mark.parametrize(
    ("state", "code", "expected"),
    [
        (RowState.LEFT, None, "do"), (RowState.UNKNOWN, None, "do"), (RowState.SENT, None, None),
        (RowState.ALREADY_THERE, "already_user", None), (RowState.WITHDRAWN, None, None),
        (RowState.REFUSED, "cooling_down", "do"), (RowState.REFUSED, "no_seat", "do"),
        (RowState.REFUSED, "over_email_cap", "do"), (RowState.REFUSED, "suppressed", None),
        (RowState.REFUSED, "invited_before", None), (RowState.REFUSED, "outside_domains", "fix"),
        (RowState.REFUSED, "role_unknown", "fix"), (RowState.REFUSED, "form_param_format_invalid", "fix"),
        (RowState.REFUSED, None, "fix"), (RowState.INVALID, "invalid_address", "fix"),
        (RowState.INVALID, "duplicate_address", None),
    ],
)  # fmt: skip
def test_a_row_is_to_be_corrected_or_to_do_or_neither(state: RowState, code: str | None, expected: str | None) -> None:
    """Never both: what only waits needs no correction."""
    one = Result(2, (), state, None, "", "", code, None, None, None)
    assert (one.is_to_fix, one.is_still_to_do) == (expected == "fix", expected == "do")


def rewritten(path: Path, **cells: str) -> None:
    """Change cells of a file as somebody in a spreadsheet would, and save it: {name of the person: new mail}."""
    table = cb.read(path)
    name, mail = table.columns.index("Name"), table.columns.index("Mail")
    rows = [
        Row(line, tuple(cells.get(str(old[name]), cell) if at == mail else cell for at, cell in enumerate(old)))
        for line, old in table.rows
    ]
    write_sheet(path, Table(table.columns, rows, table.source), (), {})


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".jsonl", ".parquet"])
def test_what_was_corrected_and_sent_again_is_invited_and_nobody_else(tmp_path: Path, ending: str) -> None:
    """Write what is to be fixed, correct one cell of two, send the file to the same ledger: one mail more."""
    stage = Stage(tmp_path, blocklist=("eve@example.com",))
    sheet = tmp_path / "people.csv"
    sheet.write_text("Name,Mail\nAda,ada@example.com\nCy,cy@example\nEve,eve@example.com\nBob,bob@example.com\n")
    first = stage.send(cb.check(sheet))
    to_fix = tmp_path / f"to-fix{ending}"
    first.results().to_fix().write(to_fix)
    rewritten(to_fix, Cy="cy@example.com")
    second = stage.send(cb.check(to_fix))
    assert stage.invited() == {"ada@example.com": 1, "bob@example.com": 1, "cy@example.com": 1}
    assert second.sum() == Sum(2, sent=1, refused=1)
    second.results().to_fix().write(to_fix)
    assert [row.cells[:2] for row in cb.read(to_fix).rows] == [("Eve", "eve@example.com")]
    rewritten(to_fix, Eve="eve@example.org")
    assert stage.send(cb.check(to_fix)).sum() == Sum(1, sent=1)
    assert sum(stage.invited().values()) == 4


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".jsonl", ".parquet"])
def test_what_was_still_to_do_and_is_sent_by_itself_is_sent_once(tmp_path: Path, ending: str) -> None:
    """Taken out of a job that stands still and sent; the job itself finds them invited when it goes on."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        first = ledger.job(checked(people(25)))
        stop = threading.Event()
        for progress in first.run(client, stop=stop):
            if progress.sum.sent:
                stop.set()
        to_do = tmp_path / f"to-do{ending}"
        first.results().still_to_do().write(to_do)
        second = ledger.job(cb.check(to_do))
        stage.steps(second, client)
        assert second.sum() == Sum(15, sent=15)
        stage.steps(first, client)
        assert first.sum() == Sum(25, sent=10, already_there=15)
    assert set(stage.invited().values()) == {1}
    assert len(stage.invited()) == 25


def test_results_are_read_while_another_process_sends(place: Place) -> None:
    """Through a connection of its own, at any moment: never half a row, and the rows always add up."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client, place.open() as onlooker:
        job = ledger.job(checked(people(25)))
        sent = []
        for _ in job.run(client):
            results = onlooker.find(job.id).results()
            assert len(results) == 25
            assert all((r.state is RowState.SENT) == bool(r.invitation_id) for r in results)
            sent.append(len(results.only("sent")))
    assert sent[0] == 0
    assert sent[-1] == 25
    assert sent == sorted(sent)


def test_results_as_json(job: Job) -> None:
    """One object a row, times in ISO 8601."""
    first = json.loads(json.dumps(job.results().to_json()))[0]
    assert first == {
        "line": 2,
        "cells": {"Name": "Ada", "Mail": "Ada.Lovelace@Example.com", "Note": "=1+2"},
        "state": "sent",
        "email_address": "ada.lovelace@example.com",
        "reason": "The person is invited.",
        "remedy": "Nothing to do.",
        "code": None,
        "invitation_id": first["invitation_id"],
        "invited_at": "2027-01-15T12:00:00Z",
        "expires_at": "2027-02-14T12:00:00Z",
    }
    assert first["invitation_id"].startswith("inv_")


def columns_of(frame: Any) -> list[str]:
    return list(frame.columns)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("states", [(), ("invalid",), ("left",)])
def test_results_as_a_frame(job: Job, library: Any, states: tuple[str, ...]) -> None:
    """Own columns first, then ours; times are times, also where there are none."""
    results = job.results().only(*states) if states else job.results()
    frame = results.to_frame(library)
    assert columns_of(frame) == [
        "Name", "Mail", "Note", "line", "state", "email_address", "reason", "remedy", "code", "invitation_id",
        "invited_at", "expires_at",
    ]  # fmt: skip
    assert len(frame) == len(results)
    assert "UTC" in str(dict(zip(frame.columns, frame.dtypes, strict=True))["invited_at"])
    if not states:
        assert next(iter(frame["invited_at"])) == datetime.fromtimestamp(NOON, UTC)
        assert list(frame["state"]) == ["sent", "sent", "invalid", "invalid", "already_there", "refused"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_table_with_columns_called_like_ours_keeps_them(tmp_path: Path, library: Any) -> None:
    """line, state and state (2): theirs keep their names and cells, ours are numbered."""
    stage = Stage(tmp_path)
    rows = [{"email": "ada@example.com", "state": "Utah", "line": "7", "state (2)": "B"}]
    frame = stage.send(cb.check(rows)).results().to_frame(library)
    assert columns_of(frame)[:6] == ["email", "state", "line", "state (2)", "line (2)", "state (3)"]
    assert [next(iter(frame[name])) for name in columns_of(frame)[1:6]] == ["Utah", "7", "B", 1, "sent"]


def test_results_are_there_while_the_job_runs(place: Place) -> None:
    """Ten sent, the others not yet, and the words say so."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(12)))
        run = job.run(client)
        next(run), next(run)
        states = [result.state.value for result in job.results()]
        assert states == ["sent"] * 10 + ["left"] * 2
        left = job.results()[10]
        assert (left.reason, left.remedy) == ("Not invited yet.", f"Let the job go on: clerkbulk resume {job.id}.")


def test_cells_that_json_has_no_word_for_are_kept_as_text(place: Place) -> None:
    """Dates from a workbook or a frame come back as people write them."""
    stage = Stage(place)
    job = stage.send(cb.check([{"email": "ada@example.com", "start": datetime(2027, 1, 2, tzinfo=UTC), "n": 3}]))
    with stage.ledger() as ledger:
        assert ledger.find(job.id).results()[0].cells == ("ada@example.com", "2027-01-02 00:00:00+00:00", 3)
        with ledger.begin() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(tables.row)).scalar() == 1
