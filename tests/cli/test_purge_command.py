"""clerkbulk purge: asks, forgets the people of a finished job, keeps the counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from calling import Program

import clerkbulk as cb


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("Name,Mail\nAda,ada@example.com\nBob,bob@example.com\n")
    return path


@pytest.fixture
def job(program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path) -> str:
    """Return a finished job in a.db."""
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--format", "json")
    assert said.status == 0
    return str(said.json()["job"])


def known(tmp_path: Path) -> bool:
    """Whether any of the ledger's files still holds one of the addresses."""
    return any(b"ada@example.com" in path.read_bytes() for path in tmp_path.glob("a.db*"))


def test_it_asks_and_says_what_is_lost(program: Program, job: str, tmp_path: Path) -> None:
    """No is exit 3 and nothing removed; yes is exit 0 and the sum."""
    assert known(tmp_path)
    said = program("purge", job, "--ledger", tmp_path / "a.db", typed="n\n")
    assert (said.status, said.out) == (3, "")
    words = " ".join(said.err.split())
    assert f"{job} (people.csv → the application, 2 rows) and its reminders forget their people:" in words
    assert "Later jobs do not recognise them" in words
    assert "only what preflight reads keeps them from being invited twice then." in words
    assert "can no longer be withdrawn, reminded or followed" in words
    assert words.endswith("Nothing was removed.")
    assert known(tmp_path)
    said = program("purge", job, "--ledger", tmp_path / "a.db", typed="y\n")
    assert (said.status, " ".join(said.out.split())) == (0, f"Purged: {job}. 2 rows = 2 sent")
    assert not known(tmp_path)


def test_without_anybody_to_ask_it_needs_a_yes(program: Program, job: str, tmp_path: Path) -> None:
    """Exit 2 in a script, unless --yes is said; the job must be named."""
    said = program("purge", job, "--ledger", tmp_path / "a.db")
    assert (said.status, said.out) == (2, "")
    assert "pass --yes to purge without asking. Nothing was removed." in said.err
    assert program("purge", "--ledger", tmp_path / "a.db", "--yes").status == 2
    assert known(tmp_path)
    said = program("purge", job[:8], "--ledger", tmp_path / "a.db", "--yes")
    assert (said.status, said.err) == (0, "")
    assert program("purge", job, "--ledger", tmp_path / "a.db").status == 0


def test_status_and_results_say_so_afterwards(program: Program, job: str, tmp_path: Path) -> None:
    """With the sum and the states, without the people."""
    program("purge", job, "--ledger", tmp_path / "a.db", "--yes")
    said = program("status", "--ledger", tmp_path / "a.db")
    assert "purged on 20" in said.out
    assert "2 rows = 2 sent" in said.out
    assert program("status", "--ledger", tmp_path / "a.db", "--format", "json").json()["purged_at"].endswith("Z")
    said = program("results", "--ledger", tmp_path / "a.db")
    assert f"{job} was purged on 20" in said.err
    assert "2 sent" in said.out
    assert "example.com" not in said.out
    assert program("results", "--ledger", tmp_path / "a.db", "--out", tmp_path / "back.csv").status == 0


def test_the_same_sheet_is_a_new_job_and_nobody_gets_a_second_mail(
    program: Program, clerk: cb.Emulator, job: str, people: Path, tmp_path: Path
) -> None:
    """Preflight finds both invitations."""
    program("purge", job, "--ledger", tmp_path / "a.db", "--yes")
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--format", "json")
    assert (said.status, said.json()["already_there"]) == (0, 2)
    assert said.json()["job"] != job
    assert len(clerk.state()["invitations"]) == 2


def test_who_was_never_invited_is_counted_before_anybody_is_asked(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """A sheet that was never to be sent can be forgotten too: nobody in it is invited by that job any more."""
    assert program("send", people, "--ledger", tmp_path / "a.db").status == 2
    (job,) = cb.Ledger(tmp_path / "a.db").jobs()
    said = program("purge", job.id, "--ledger", tmp_path / "a.db", typed="n\n")
    assert said.status == 3
    assert "2 people were never invited, and never will be by this job." in said.err
    assert known(tmp_path)
    assert program("purge", job.id, "--ledger", tmp_path / "a.db", "--yes").status == 0
    assert not known(tmp_path)
