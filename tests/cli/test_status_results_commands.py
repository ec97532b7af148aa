"""clerkbulk status and results: where a job stands, and the sheet back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import KEY, Program

import clerkbulk as cb
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.revising import Revision


@pytest.fixture(scope="module")
def running() -> Iterator[cb.Emulator]:
    with cb.Emulator(limits="off") as emulator:
        yield emulator


@pytest.fixture
def clerk(running: cb.Emulator, monkeypatch: pytest.MonkeyPatch) -> cb.Emulator:
    """Return an emulator the environment points to."""
    running.start().reset()
    running.seed({"users": [{"email_address": "dee@example.com"}]})
    monkeypatch.setenv("CLERK_API_URL", running.url)
    monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
    return running


@pytest.fixture
def ledger(program: Program, clerk: cb.Emulator, tmp_path: Path) -> Path:
    """Return a ledger with one finished job: two sent, one there already, one invalid."""
    people = tmp_path / "people.csv"
    people.write_text("Name,Mail\n=Ada,ada@example.com\nBob,bob@example.com\nCy,cy@@example.com\nDee,dee@example.com\n")
    assert program("send", people, "--ledger", tmp_path / "a.db", "--yes").status == 1
    return tmp_path / "a.db"


def test_status_needs_neither_key_nor_network(program: Program, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 0, the sum, and what it is a job of."""
    monkeypatch.delenv("CLERK_SECRET_KEY")
    said = program("status", "--ledger", ledger)
    assert said.status == 0
    for words in ("people.csv", "the application", "done", "2 sent", "1 already there", "1 invalid"):
        assert words in said.out


def test_status_as_json_has_the_sum_and_the_times(program: Program, ledger: Path) -> None:
    """The states add up to the rows; times are ISO 8601, UTC."""
    document = program("status", "--ledger", ledger, "--format", "json").json()
    states = {"sent", "already_there", "refused", "withdrawn", "invalid", "unknown", "left"}
    assert set(document) >= states | {
        "job", "source", "target", "instance", "state", "reason", "waiting_until", "created_at", "changed_at",
        "purged_at", "compared_with", "calls", "rows",
    }  # fmt: skip
    assert document["rows"] == 4 == sum(document[state] for state in states)
    assert document["target"] == {"kind": "application"}
    assert document["created_at"].endswith("Z")
    assert (document["purged_at"], document["compared_with"]) == (None, None)


def test_status_names_the_other_jobs(program: Program, ledger: Path, tmp_path: Path) -> None:
    """A ledger may hold several."""
    other = tmp_path / "other.csv"
    other.write_text("email\nx@example.com\n")
    first = program("status", "--ledger", ledger, "--format", "json").json()["job"]
    assert program("send", other, "--ledger", ledger, "--yes").status == 0
    said = program("status", "--ledger", ledger)
    assert f"other jobs in this ledger: {first} (people.csv)\n" in said.out
    assert "other.csv" in said.out
    assert program("status", first, "--ledger", ledger, "--format", "json").json()["source"] == "people.csv"
    assert program("status", "job_x", "--ledger", ledger).status == 2


def test_status_tells_of_the_table_before_and_of_the_same_people(
    program: Program, ledger: Path, tmp_path: Path
) -> None:
    """Counts against the earlier sheet, in JSON too; and which of the other jobs holds how many of them."""
    first = program("status", "--ledger", ledger, "--format", "json").json()["job"]
    people = tmp_path / "people.csv"
    people.write_text(people.read_text().replace("cy@@", "cy@") + "Flo,flo@example.com\n")
    assert program("send", people, "--ledger", ledger, "--yes").status == 0
    said = program("status", "--ledger", ledger)
    assert f"Compared with {first} (people.csv, just now): 2 new, 0 gone, 0 changed, 3 as before." in " ".join(
        said.out.split()
    )
    assert f"other jobs in this ledger: {first} (people.csv, 3 of the same people)" in " ".join(said.out.split())
    compared = program("status", "--ledger", ledger, "--format", "json").json()["compared_with"]
    assert compared.pop("created_at").endswith("Z")
    assert compared == {"job": first, "source": "people.csv", "new": 2, "gone": 0, "changed": 0, "same": 3}


def test_the_sheet_comes_back_in_a_file(program: Program, ledger: Path, tmp_path: Path) -> None:
    """Own columns, ours beside them, formulas guarded; the line that says so is on standard error."""
    said = program("results", "--ledger", ledger, "--out", tmp_path / "back.csv")
    assert (said.status, said.out) == (0, "")
    assert said.err == f"4 rows written to {tmp_path / 'back.csv'}.\n"
    with (tmp_path / "back.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["clerkbulk_state"] for row in rows] == ["sent", "sent", "invalid", "already there"]
    assert rows[0]["Name"] == "'=Ada"
    assert rows[3]["clerkbulk_reason"] == "The person has an account already. Nothing was sent."


def test_only_some_states_and_both_a_file_and_json(program: Program, ledger: Path, tmp_path: Path) -> None:
    """What is to be done can be taken out, corrected and sent."""
    said = program("results", "--ledger", ledger, "--only", "invalid", "--only", "refused", "--out",
                   tmp_path / "todo.jsonl", "--format", "json")  # fmt: skip
    assert [row["line"] for row in said.json()] == [4]
    assert [json.loads(line)["Mail"] for line in (tmp_path / "todo.jsonl").read_text().splitlines()] == [
        "cy@@example.com"
    ]
    assert program("results", "--ledger", ledger, "--only", "lost").status == 2
    assert program("results", "--ledger", ledger, "--out", tmp_path / "back.doc").status == 2


def test_results_lie_neither_on_the_ledger_nor_on_the_people(
    program: Program, ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are left as they are, by whatever path, with exit 2; a file of the same name elsewhere is fine at first."""
    people, remembered = (tmp_path / "people.csv").read_bytes(), ledger.read_bytes()
    monkeypatch.chdir(tmp_path)
    for out, words in (
        (f"../{tmp_path.name}/a.db", "is the same file as --ledger"),
        ("people.csv", "such as people-results.csv"),
        ("", "--out is an empty text"),
    ):
        said = program("results", "--ledger", ledger, "--out", out)
        assert (said.status, said.out) == (2, "")
        assert words in said.err
    assert ((tmp_path / "people.csv").read_bytes(), ledger.read_bytes()) == (people, remembered)
    (tmp_path / "back").mkdir()
    assert program("results", "--ledger", ledger, "--out", "back/people.csv").status == 0


def test_the_sheet_that_came_back_can_be_sent_again(program: Program, ledger: Path, tmp_path: Path) -> None:
    """It is the same job; our columns are told of in one note, and the next sheet has each of them once."""
    assert program("results", "--ledger", ledger, "--out", tmp_path / "back.csv").status == 0
    said = program("send", tmp_path / "back.csv", "--ledger", ledger, "--yes")
    assert "Columns of an earlier results sheet are not read (clerkbulk_state, " in said.out
    assert "holds addresses too" not in said.out
    assert program("status", "--ledger", ledger, "--format", "json").json()["source"] == "people.csv"
    assert program("results", "--ledger", ledger, "--out", tmp_path / "again.csv").status == 0
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "back.csv").read_bytes()


def test_a_ledger_or_job_that_is_an_empty_text_is_wrong(program: Program, ledger: Path) -> None:
    """What an unset variable leaves is neither a ledger in memory nor the first job there is."""
    for arguments in (("--ledger", ""), ("", "--ledger", ledger)):
        said = program("status", *arguments)
        assert (said.status, said.out) == (2, "")
        assert "is an empty text" in said.err


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (["--to-fix"], [4]), (["--to-do"], []), (["--to-fix", "--to-do"], [4]), (["--only", "sent"], [2, 3]),
        (["--only", "sent", "--to-fix"], [2, 3, 4]), ([], [2, 3, 4, 5]),
    ],
)  # fmt: skip
def test_each_option_adds_its_rows(program: Program, ledger: Path, options: list[str], lines: list[int]) -> None:
    """--only, --to-fix and --to-do together; without any of them, everything."""
    said = program("results", "--ledger", ledger, "--format", "json", *options)
    assert [row["line"] for row in said.json()] == lines
    if not lines:
        assert "is still to do" in program("results", "--ledger", ledger, *options).out


def test_a_file_of_what_is_to_be_corrected_is_corrected_and_sent(
    program: Program, ledger: Path, clerk: cb.Emulator, tmp_path: Path
) -> None:
    """With the same ledger: the one who was corrected is invited, and nobody else."""
    said = program("results", "--ledger", ledger, "--to-fix", "--out", tmp_path / "fix.csv")
    assert said.err == f"1 row written to {tmp_path / 'fix.csv'}.\n"
    (tmp_path / "fix.csv").write_text((tmp_path / "fix.csv").read_text().replace("cy@@", "cy@"))
    assert program("send", tmp_path / "fix.csv", "--ledger", ledger, "--yes").status == 0
    invited = [item["email_address"] for item in clerk.state()["invitations"]]
    assert sorted(invited) == ["ada@example.com", "bob@example.com", "cy@example.com"]


def test_what_became_of_many_in_the_same_way_is_said_once(program: Program, clerk: cb.Emulator, tmp_path: Path) -> None:
    """Two hundred lines without a role: one sentence, a few examples, how many more; and no address twice."""
    people = tmp_path / "people.csv"
    people.write_text("email,role\n" + "".join(f"p{n}@example.com,\n" for n in range(200)) + "@,org:member\n")
    program("send", people, "--org", "org_acme", "--ledger", tmp_path / "b.db", "--yes")
    said = program("results", "--ledger", tmp_path / "b.db")
    words = " ".join(said.out.split())
    assert words.startswith("201 invalid 200 lines: An organization invitation needs a role")
    assert words.count("needs a role") == 1
    assert "line 6 p4@example.com and 195 more" in words
    assert "1 line: This is not an e-mail address" in words
    assert "line 202 @ · org:member" in words
    assert "--out FILE writes all of them" in words
    assert len(said.out.splitlines()) < 20


def test_results_in_the_terminal_are_a_table(program: Program, ledger: Path) -> None:
    """Line, address, state, reason, what to do."""
    said = program("results", "--ledger", ledger)
    assert said.status == 0
    for words in ("ada@example.com", "already there", "Nothing to do.", "Correct the line"):
        assert words in said.out


def test_whom_preflight_left_out_is_not_said_to_be_refused_by_clerk(
    program: Program, clerk: cb.Emulator, tmp_path: Path
) -> None:
    """The state is the same, and the words are not; in status, results and the sheet."""
    people, no, ledger = tmp_path / "p.csv", tmp_path / "no.txt", tmp_path / "b.db"
    people.write_text("email\nada@example.com\nbob@example.com\nmore@example.org\n")
    no.write_text("ada@example.com\nbob@example.com\n")
    said = program("send", people, "--ledger", ledger, "--yes", "--suppress", no)
    for shown in (said, program("status", "--ledger", ledger)):
        assert "of the refused, 2 left out by preflight (2 on the suppression list)" in " ".join(shown.out.split())
    assert program("status", "--ledger", ledger, "--format", "json").json()["left_out"] == {"suppressed": 2}
    results = program("results", "--ledger", ledger)
    assert "2 left out by preflight\n  Left out by preflight: the address or its domain is on" in results.out
    assert "2 refused" not in results.out
    document = program("results", "--ledger", ledger, "--format", "json").json()
    assert (document[0]["state"], document[0]["code"]) == ("refused", "suppressed")
    assert document[0]["reason"].startswith("Left out by preflight: ")


def test_a_state_is_a_heading_once(program: Program, clerk: cb.Emulator, tmp_path: Path) -> None:
    """Three lines that are invalid for three reasons are three invalid lines."""
    people, ledger = tmp_path / "p.csv", tmp_path / "b.db"
    people.write_text("email,team\nada@example.com,a\nADA@example.com,a\nbob,a\nx,y,z\n")
    assert program("send", people, "--ledger", ledger, "--yes").status == 1
    shown = program("results", "--ledger", ledger).out
    assert shown.count(" invalid\n") == 1
    assert "line 5  x,y,z\n" in shown


def test_whom_a_person_left_out_is_shown_among_the_invalid(program: Program, tmp_path: Path) -> None:
    """With the reason, and that nothing is to be done."""
    table = cb.read("email\nada@example.com\nbob@example.com\n")
    revision = Revision(table, map_columns(table, cb.Application()))
    revision.exclude([3])
    with cb.Ledger(tmp_path / "b.db") as ledger:
        ledger.job(revision.checked())
    said = program("results", "--ledger", tmp_path / "b.db", "--only", "invalid")
    for words in ("1 invalid", "bob@example.com", "A person left this line out before the list was sent.", "Nothing"):
        assert words in said.out
    assert "ada@example.com" not in said.out
