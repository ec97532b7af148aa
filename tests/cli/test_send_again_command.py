"""clerkbulk send of a sheet that was changed, with a cool-down, with a log: what is said, and who is invited."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import KEY, Program, Said

import clerkbulk as cb


@pytest.fixture(scope="module")
def running() -> Iterator[cb.Emulator]:
    with cb.Emulator(limits="off") as emulator:
        yield emulator


@pytest.fixture
def clerk(running: cb.Emulator, monkeypatch: pytest.MonkeyPatch) -> cb.Emulator:
    """Return an emulator the environment points to."""
    running.start().reset()
    running.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
    monkeypatch.setenv("CLERK_API_URL", running.url)
    monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
    return running


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(12)))
    return path


def invited(clerk: cb.Emulator) -> int:
    return len(clerk.state()["invitations"])


def job_of(said: Said) -> str:
    found = re.search(r"job_[0-9a-f]{8}", said.out)
    assert found
    return found[0]


def test_a_changed_sheet_is_compared_before_anybody_is_asked(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Who is new, gone and changed, and what that means; only who is new is invited, and the number asked is theirs."""
    people.write_text("email,team\n" + "".join(f"p{n}@example.com,red\n" for n in range(12)))
    first = job_of(program("send", people, "--metadata", "team", "--ledger", tmp_path / "a.db", "--yes"))
    people.write_text(people.read_text().replace("p3@example.com,red", "p3@example.com,blue") + "new@example.com,red\n")
    people.write_text(people.read_text().replace("p4@example.com,red\n", ""))
    said = program("send", people, "--metadata", "team", "--ledger", tmp_path / "a.db", "--confirm", "1")
    words = " ".join(said.out.split())
    assert said.status == 0
    assert (
        f"Compared with {first} (people.csv, just now): 1 new, 1 gone, 1 changed, 10 as before. Only new people are "
        "invited." in words
    )
    assert "Of the changed, 1 was invited already (line 5 there): what their invitations say of" in words
    assert "Of the gone, 1 was invited (line 6 there): that is not taken back." in words
    assert "development instance" in said.err
    assert invited(clerk) == 13
    again = program("send", people, "--metadata", "team", "--ledger", tmp_path / "a.db")
    assert again.status == 0
    assert "Compared with" not in again.out
    assert "Nobody is left to invite: this very table was sent before (job_" in again.out


def test_a_sheet_that_changes_nothing_for_anybody_says_so(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Fewer of the same people: nobody is left, and nobody is asked."""
    assert program("send", people, "--ledger", tmp_path / "a.db", "--yes").status == 0
    people.write_text("".join(people.read_text().splitlines(keepends=True)[:7]))
    said = program("send", people, "--ledger", tmp_path / "a.db")
    assert (said.status, invited(clerk)) == (0, 12)
    assert "Nobody is new: nobody is invited." in " ".join(said.out.split())
    assert "Nobody is left to invite: everybody in it is there already, or cannot be invited." in said.out


def test_the_cool_down_is_kept_and_over_when_it_is_left_out(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Twelve were invited to Acme a moment ago: with --cool-down nobody is invited to the application, then all are."""
    ledger = tmp_path / "a.db"
    to_acme = ("--org", "org_acme", "--default", "role=org:member")
    assert program("send", people, *to_acme, "--ledger", ledger, "--yes").status == 0
    said = program("send", people, "--ledger", ledger, "--cool-down", "30", "--yes", "--format", "json")
    assert (said.status, said.json()["refused"]) == (1, 12)
    said = program("send", people, "--ledger", ledger, "--yes", "--format", "json")
    assert (said.status, said.json()["sent"]) == (0, 12)


@pytest.mark.parametrize(
    "options",
    [["--suppress", "s.txt"], ["--decide", "no_seat=skip"], ["--allow-domain", "example.com"], ["--cool-down", "3"]],
)
def test_what_only_preflight_looks_at_is_refused_without_it(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, options: list[str]
) -> None:
    """A suppression list that nobody looks at would be worse than none: exit 2, no ledger made, nothing sent."""
    said = program("send", people, "--ledger", tmp_path / "a.db", "--no-preflight", "--yes", *options)
    assert (said.status, said.out, invited(clerk)) == (2, "", 0)
    assert "are looked at in the preflight: leave out --no-preflight. Nothing was sent." in said.err
    assert not (tmp_path / "a.db").exists()


def test_every_call_is_a_line_in_the_log(program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path) -> None:
    """JSON Lines, added to what is there, for its owner only; addresses if they are asked for, never a key."""
    log = tmp_path / "log.jsonl"
    assert program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--log", log).status == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["items"], line["status"], line["outcome"]) for line in lines] == [(10, 200, "sent"), (2, 200, "sent")]
    assert all(line["trace_id"] for line in lines)
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "example.com" not in log.read_text()
    people.write_text(people.read_text() + "new@example.com\n")
    asked = ("--log", log, "--log-addresses")
    assert program("send", people, "--ledger", tmp_path / "a.db", "--yes", *asked).status == 0
    *before, last = [json.loads(line) for line in log.read_text().splitlines()]
    assert before == lines
    assert last["addresses"] == ["new@example.com"]
    assert KEY not in log.read_text()


def test_a_log_that_cannot_be_written_stops_the_job_before_it_begins(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Exit 2; and it never lies on the ledger or the people."""
    ledger = tmp_path / "a.db"
    said = program("send", people, "--ledger", ledger, "--yes", "--log", tmp_path / "nowhere" / "log")
    assert (said.status, invited(clerk)) == (2, 0)
    assert "cannot be written: No such file or directory. Nothing was sent." in said.err
    for name in (people, ledger):
        said = program("send", people, "--ledger", ledger, "--yes", "--log", name)
        assert (said.status, invited(clerk)) == (2, 0)
        assert "is the same file as" in said.err


def test_a_log_that_is_full_does_not_stop_the_job(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Said once; everybody is invited, and the ledger has every attempt."""
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--log", "/dev/full")
    assert (said.status, invited(clerk)) == (0, 12)
    assert (
        said.err.count("The log /dev/full cannot be written any more (No space left on device); sending goes on.") == 1
    )
    assert len(cb.Ledger(tmp_path / "a.db").find().attempts()) == 2


def test_whoever_was_withdrawn_stays_out_of_the_next_sheet_unless_you_decide(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """--yes is no yes to them: they have a line of their own in the preflight, and --decide invites them."""
    ledger = tmp_path / "a.db"
    assert program("send", people, "--ledger", ledger, "--yes").status == 0
    assert program("withdraw", "--ledger", ledger, "--line", 3, "--line", 4, "--yes").status == 0
    people.write_text(people.read_text() + "new@example.com\n")
    shown = program("preflight", people, "--ledger", ledger)
    assert "2 withdrawn by you from an earlier job skip lines 3, 4" in " ".join(shown.out.split())
    said = program("send", people, "--ledger", ledger, "--yes")
    assert (said.status, invited(clerk)) == (1, 13)
    assert "2 withdrawn by you from an earlier job skip lines 3, 4" in " ".join(said.out.split())
    assert "2 were withdrawn from that job (lines 3, 4 there)" in " ".join(said.out.split())
    said = program("send", people, "--ledger", ledger, "--yes", "--decide", "withdrawn_by_you=send")
    assert (said.status, invited(clerk)) == (0, 15)
