"""clerkbulk remind --only: a list narrows whom is reminded, and whoever of it cannot be is told with the reason."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from calling import Program

import clerkbulk as cb

DAY = 86_400


@pytest.fixture
def ledger(program: Program, clerk: cb.Emulator, tmp_path: Path) -> Path:
    """Return a ledger with a job whose fifteen people (lines 2 to 16) were invited eight days ago; p2 has accepted."""
    people, where = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(1, 16)))
    assert program("send", people, "--ledger", where, "--yes").status == 0
    clerk.accept(email_address="p2@example.com")
    clerk.advance(8 * DAY)
    return where


def invited_twice(clerk: cb.Emulator) -> list[str]:
    """Return whom a second invitation was sent, by the emulator's own record."""
    sent = [one["email_address"] for one in clerk.state()["invitations"]]
    return sorted({address for address in sent if sent.count(address) > 1})


def written(tmp_path: Path, text: str) -> Path:
    where = tmp_path / "nudge.csv"
    where.write_text(text)
    return where


@pytest.mark.parametrize(
    "text",
    [
        "email_address\np1@example.com\nP4@Example.com\n",
        "line\n2\n5\n",
        "person;line;job;days_silent\np1@example.com;2;;8\n\n9f86d081;5;;8\n",
        "\ufeffdays_silent\tEmail\tLine\n8\t p1@example.com\t77\n8\tp4@example.com\n",
    ],
)
def test_nobody_outside_the_list_is_reminded(
    program: Program, clerk: cb.Emulator, ledger: Path, tmp_path: Path, text: str
) -> None:
    """By address however it is spelled, or by line; where both are, the address says who."""
    said = program("remind", "--ledger", ledger, "--only", written(tmp_path, text), "--yes")
    assert (said.status, invited_twice(clerk)) == (0, ["p1@example.com", "p4@example.com"])
    assert re.search(r"2 +silent for 7 days or longer", said.out)
    assert "not invited by this job" not in said.out


def test_who_of_the_list_cannot_be_reminded_is_told_with_the_reason(
    program: Program, clerk: cb.Emulator, ledger: Path, tmp_path: Path
) -> None:
    """Accepted, reminded before, not of this job: each by its line or address; the others of the job are not told."""
    program("remind", "--ledger", ledger, "--only", written(tmp_path, "line\n4\n"), "--yes")
    text = "line,email_address\n3,\n4,\n5,\n99,\n,ada@example.com\n"
    said = program("remind", "--ledger", ledger, "--only", written(tmp_path, text), "--dry-run")
    assert re.search(r"1 +silent for 7 days or longer", said.out)
    assert re.search(r"1 +accepted: line 3", said.out)
    assert re.search(r"1 +reminded before: nobody is reminded twice: line 4", said.out)
    assert re.search(r"2 +not invited by this job: line 99, ada@example.com", said.out)
    assert "1 person would be invited again. Nothing was done." in said.out
    told = program("remind", "--ledger", ledger, "--only", written(tmp_path, text), "--dry-run", "--format", "json")
    document = told.json()
    assert (document["lines"], document["not_invited"]) == ([5], [99, "ada@example.com"])
    assert {one["why"]: one["lines"] for one in document["others"]} == {"accepted": [3], "reminded": [4]}
    assert invited_twice(clerk) == ["p3@example.com"]


def test_people_of_another_job_are_left_to_it(
    program: Program, clerk: cb.Emulator, ledger: Path, tmp_path: Path
) -> None:
    """Line 2 of another job is somebody else; the list of this job's people goes on."""
    job = program("status", "--ledger", ledger, "--format", "json").json()["job"]
    text = f"line,job\n2,job_00000000\n5,{job}\n"
    said = program("remind", "--ledger", ledger, "--only", written(tmp_path, text), "--yes")
    assert (said.status, invited_twice(clerk)) == (0, ["p4@example.com"])
    assert "1 person of the list not looked at here: of job_00000000." in said.err


def test_a_list_on_standard_input(
    program: Program, clerk: cb.Emulator, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``-``, with --yes: nobody is there to be asked."""

    class Piped(io.StringIO):
        buffer = io.BytesIO(b"line\n6\n")

    monkeypatch.setattr(io, "StringIO", Piped)
    said = program("remind", "--ledger", ledger, "--only", "-", "--yes")
    assert (said.status, invited_twice(clerk)) == (0, ["p5@example.com"])
    assert sys.stdin.buffer.read() == b""


def test_an_empty_list_reminds_nobody(program: Program, clerk: cb.Emulator, ledger: Path, tmp_path: Path) -> None:
    """A heading and no people is a list of nobody, not of everybody."""
    said = program("remind", "--ledger", ledger, "--only", written(tmp_path, "line,job\n"), "--yes")
    assert (said.status, invited_twice(clerk)) == (0, [])
    assert "Nobody is to be reminded." in said.out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty: it needs a column email_address or line"),
        ("p1@example.com\np2@example.com\n", "and has no column email_address, person or line"),
        ("line\n2\nthree\n", "line 3: there is neither an address nor the number of a line"),
        ("person\n9f86d081\n", "line 2: there is neither an address nor the number of a line"),
    ],
)
def test_what_is_no_list_is_refused_before_anything_is_done(
    program: Program, clerk: cb.Emulator, ledger: Path, tmp_path: Path, text: str, why: str
) -> None:
    """It says where, and reminds nobody."""
    said = program("remind", "--ledger", ledger, "--only", written(tmp_path, text), "--yes")
    assert (said.status, invited_twice(clerk)) == (2, [])
    assert why in " ".join(said.err.split())
    assert "Nothing was done." in said.err


def test_a_file_that_is_not_there_is_told(program: Program, clerk: cb.Emulator, ledger: Path, tmp_path: Path) -> None:
    """By its name; and bytes that are no text are no list."""
    said = program("remind", "--ledger", ledger, "--only", tmp_path / "no.csv", "--yes")
    assert (said.status, "no.csv cannot be read (No such file or directory)" in said.err) == (2, True)
    (tmp_path / "people.xlsx").write_bytes(b"PK\x03\x04\xff\xfe")
    said = program("remind", "--ledger", ledger, "--only", tmp_path / "people.xlsx", "--yes")
    assert (said.status, "is no CSV file in UTF-8" in said.err) == (2, True)
    assert invited_twice(clerk) == []


def test_a_reminder_under_way_is_finished_first(
    program: Program, clerk: cb.Emulator, ledger: Path, tmp_path: Path
) -> None:
    """It was made of everybody; to go on with it under a list would remind others."""
    with cb.Ledger(ledger) as opened, cb.Client.from_env() as client:
        made = opened.find().remind(client)
        assert made is not None
        with pytest.raises(cb.InputError, match="is not finished"):
            opened.find(made.record.reminds_id).remind(client, only=[2])
    said = program("remind", "--ledger", ledger, "--only", written(tmp_path, "line\n2\n"), "--yes")
    assert (said.status, invited_twice(clerk)) == (2, [])
    assert re.search(rf"clerkbulk remind --ledger \S+ {made.id}, without the list", " ".join(said.err.split()))
