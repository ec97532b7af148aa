"""--format json answers with one document, also when a command fails; and remedies can be pasted into a shell."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from calling import Program

import clerkbulk as cb
from clerkbulk.cli.exits import speaking_errors
from clerkbulk.cli.invocation import Invocation
from clerkbulk.errors import NotNow


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(12)))
    return path


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["check", "nowhere.csv"], 2, "nowhere.csv does not exist"),
        (["preview", "nowhere.csv"], 2, "nowhere.csv does not exist"),
        (["plan", "PEOPLE", "--share", "x"], 2, "Invalid value for '--share'"),
        (["plan"], 2, "Missing argument 'PEOPLE'."),
        (["plan", "PEOPLE", "--nonsense"], 2, "No such option"),
        (["preflight", "PEOPLE", "--cool-down", "3"], 2, "name the ledger that knows"),
        (["send", "PEOPLE", "--ledger", "a.db"], 2, "Nobody is here to be asked"),
        (["send", "PEOPLE", "--ledger", ""], 2, "is an empty text"),
        (["rehearse", "PEOPLE", "--set", "x"], 2, "write QUESTION=ANSWER"),
        *[
            ([name, "--ledger", "none.db"], 2, "There is no ledger none.db")
            for name in ("resume", "tick", "pause", "withdraw", "remind", "status", "results")
        ],
    ],
)
def test_a_command_that_fails_says_so_in_one_document(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], status: int, message: str,
) -> None:  # fmt: skip
    """On standard output, with the exit status in it; a sentence for people is on standard error all the same."""
    monkeypatch.chdir(tmp_path)
    said = program(*["people.csv" if one == "PEOPLE" else one for one in arguments], "--format=json")
    document = json.loads(said.out)
    assert (said.status, document.keys(), document["exit"]) == (status, {"error", "exit"}, status)
    assert message in document["error"]["message"]
    assert message in said.err
    assert not document["error"]["message"].startswith(("Error", "Usage"))
    without = program(*["people.csv" if one == "PEOPLE" else one for one in arguments])
    assert without.out == "" or "people.csv →" in without.out


def test_a_no_and_an_unreachable_clerk_are_told_too(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3 with what was answered, 4 with what was not."""
    asked = ("send", people, "--ledger", tmp_path / "a.db", "--format", "json")
    said = program(*asked, typed="n\n")
    assert (said.status, said.json()) == (3, {"error": {"message": "Nothing was sent."}, "exit": 3})
    monkeypatch.setenv("CLERK_API_URL", "http://127.0.0.1:9")
    said = program(*asked, "--yes")
    assert (said.status, said.json()["exit"]) == (4, 4)


def test_what_fails_on_the_way_is_told_beside_where_the_job_stands(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """The key is refused by the first call: one document has the sum, the state, the error and the status."""
    clerk.faults([{"method": "POST", "do": "status", "status": 401}])
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--format", "json")
    document = said.json()
    assert (said.status, document["exit"], document["left"], document["rows"]) == (4, 4, 12, 12)
    assert document["error"]["message"] in said.err


def test_a_document_of_a_command_that_did_what_it_was_asked_holds_no_error(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Invalid rows are no failure of the command."""
    people.write_text(people.read_text() + "nobody\n")
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--format", "json")
    assert (said.status, said.json()["invalid"]) == (1, 1)
    assert not said.json().keys() & {"error", "exit"}


def test_wrong_values_are_named_without_how_to_use_the_command(program: Program, people: Path) -> None:
    """The usage is for a command line that cannot be read."""
    assert program("plan", people, "--share", "x").err.startswith("Error: Invalid value for '--share'")
    assert program("send", people, "--ledger", people, "--yes").err.startswith("Error: --ledger ")
    assert program("plan", people, "--nonsense").err.startswith("Usage: clerkbulk plan ")


def test_remedies_name_the_ledger_quoted_for_a_shell(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Whatever its name holds: in a job's rows, in what fails, and in what is printed at the end."""
    ledger = tmp_path / "our ledger.db"
    quoted = shlex.quote(str(ledger))
    clerk.faults([{"method": "POST", "do": "status", "status": 401}])
    said = program("send", people, "--ledger", ledger, "--yes")
    assert f"clerkbulk results --ledger {quoted} job_" in said.out
    assert f"Go on with: clerkbulk resume --ledger {quoted} job_" in said.err
    (row, *_) = program("results", "--ledger", ledger, "--format", "json").json()
    job = program("status", "--ledger", ledger, "--format", "json").json()["job"]
    assert row["remedy"] == f"Let the job go on: clerkbulk resume --ledger {quoted} {job}."
    assert row["remedy"] in " ".join(program("results", "--ledger", ledger).out.split())


@pytest.mark.parametrize(
    ("ledger", "shown"),
    [
        ("a.db", "a.db"),
        ("it's.db", "'it'\"'\"'s.db'"),
        ("postgresql://ada:pw@db/x", "postgresql://ada@db/x"),
        ("postgresql://ada:p@w@db/x?password=pw", "postgresql://ada@db/x"),
        ("postgresql://ada@db/x", "postgresql://ada@db/x"),
    ],
)
def test_a_sentence_is_completed_without_a_password(ledger: str, shown: str) -> None:
    """Commands that have their ledger are left alone, as is every other word."""
    told = Invocation(ledger=ledger)
    assert told.complete("Go on (clerkbulk resume job_1).") == f"Go on (clerkbulk resume --ledger {shown} job_1)."
    assert told.complete("Begin it with clerkbulk send.") == f"Begin it with clerkbulk send PEOPLE --ledger {shown}."
    for same in ("clerkbulk resume --ledger FILE", "clerkbulk check says why", "clerkbulk resumes nothing"):
        assert told.complete(same) == same
    assert Invocation().complete("clerkbulk resume") == "clerkbulk resume"


def test_what_can_be_done_later_leaves_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    """A ledger settled too soon after its last call: stopped with work left, not used wrongly."""
    with pytest.raises(SystemExit) as ended, speaking_errors(Invocation(in_json=True)):
        raise NotNow("Try again at 12:01.")
    assert ended.value.code == 3
    assert json.loads(capsys.readouterr().out) == {"error": {"message": "Try again at 12:01."}, "exit": 3}
