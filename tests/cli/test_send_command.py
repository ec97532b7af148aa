"""clerkbulk send: checks, asks, sends; and says by its exit status how it ended."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import KEY, Program, Said

import clerkbulk as cb
from clerkbulk.sending.clock import SystemClock


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
    return len(clerk.state()["invitations"]) + len(clerk.state()["organization_invitations"])


def job_of(said: Said) -> str:
    found = re.search(r"job_[0-9a-f]{8}", said.out)
    assert found
    return found[0]


def test_everyone_is_invited_and_the_last_lines_say_how_to_get_the_sheet_back(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Exit 0; the sum on standard output, progress and the question's answer on standard error."""
    ledger = tmp_path / "a.db"
    said = program("send", people, "--ledger", ledger, "--yes")
    assert said.status == 0
    assert "12 sent" in said.out
    assert f"the sheet back: clerkbulk results --ledger {ledger} {job_of(said)} --out results.csv" in said.out
    assert "To the application, development instance at http://127.0.0.1:" in said.err
    assert f"{job_of(said)} running: 0 sent, 12 left; 0 of 25 calls of the hour used" in said.err
    assert f"{job_of(said)} done: 12 sent, 0 left; 2 of 25 calls of the hour used" in said.err
    assert invited(clerk) == 12


def test_with_json_there_is_one_document_on_standard_output_and_nothing_else(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """State and sum, as status --format json has it."""
    said = program("send", people, "--org", "org_acme", "--default", "role=org:member", "--ledger", tmp_path / "a.db",
                   "--yes", "--format", "json")  # fmt: skip
    document = said.json()
    assert document.items() >= {
        "source": "people.csv", "target": {"kind": "organization", "organization_id": "org_acme"}, "state": "done",
        "reason": None, "waiting_until": None, "calls": 2, "rows": 12, "sent": 12, "already_there": 0, "refused": 0,
        "withdrawn": 0, "invalid": 0, "unknown": 0, "left": 0,
    }.items()  # fmt: skip
    assert said.status == 0
    assert said.out == json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def test_sent_again_it_is_the_same_job_with_the_same_verdict_and_sends_nothing(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Also when the lines are in another order, and also when the verdict was not a good one."""
    people.write_text(people.read_text() + "not an address\n")
    first = program("send", people, "--ledger", tmp_path / "a.db", "--yes")
    assert first.status == 1
    calls = [call for call in clerk.calls() if call["method"] == "POST"]
    header, *lines = people.read_text().splitlines()
    people.write_text("\n".join([header, *reversed(lines)]) + "\n")
    again = program("send", people, "--ledger", tmp_path / "a.db")
    assert (again.status, job_of(again)) == (1, job_of(first))
    assert [call for call in clerk.calls() if call["method"] == "POST"] == calls


def test_refused_rows_are_exit_1_and_people_already_there_are_not(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Nobody who has an account was lost; an unknown role was."""
    clerk.seed({"users": [{"email_address": "p3@example.com"}]})
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--format", "json")
    assert (said.status, said.json()["sent"], said.json()["already_there"]) == (0, 11, 1)
    said = program("send", people, "--org", "org_acme", "--default", "role=org:pilot", "--ledger", tmp_path / "a.db",
                   "--no-preflight", "--yes", "--format", "json")  # fmt: skip
    assert (said.status, said.json()["refused"]) == (1, 12)


def test_what_would_surely_fail_stops_the_job_before_anything_is_sent(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """A role that does not exist: exit 3, one sentence, no call spent, and the way to send to the others."""
    arguments = (
        "send",
        people,
        "--org",
        "org_acme",
        "--default",
        "role=org:pilot",
        "--ledger",
        tmp_path / "a.db",
        "--yes",
    )
    said = program(*arguments, "--format", "json")
    assert (said.status, said.json()["left"]) == (3, 12)
    assert said.json()["preflight"]["buckets"][0]["bucket"] == "role_unknown"
    assert "12 people: the role does not exist in this instance." in said.err
    assert "Nothing was sent. To send to the others: --decide role_unknown=skip" in said.err
    assert [call for call in clerk.calls() if call["method"] == "POST"] == []
    said = program(*arguments, "--decide", "role_unknown=skip", "--format", "json")
    assert (said.status, said.json()["refused"]) == (1, 12)
    assert [call for call in clerk.calls() if call["method"] == "POST"] == []


@pytest.mark.parametrize(
    ("arguments", "typed", "status", "sentence"),
    [
        ([], None, 2, "Nobody is here to be asked: pass --yes to send without asking. Nothing was sent."),
        ([], "n\n", 3, "Nothing was sent."),
        ([], "", 3, "Stopped."),
        (["--confirm", "11"], None, 2, "--confirm says 11, and there are 12 people to invite. Nothing was sent."),
        (["--confirm", "11", "--yes"], None, 2, "--confirm says 11, and there are 12 people to invite."),
    ],
)
def test_nothing_is_sent_without_a_yes(
    program: Program,
    clerk: cb.Emulator,
    people: Path,
    tmp_path: Path,
    arguments: list[str],
    typed: str | None,
    status: int,
    sentence: str,
) -> None:
    """Nobody to ask, a no, a wrong number: no creating call at all."""
    said = program("send", people, "--ledger", tmp_path / "a.db", *arguments, typed=typed)
    assert (said.status, invited(clerk)) == (status, 0)
    assert sentence in said.err


@pytest.mark.parametrize(("arguments", "typed"), [([], "y\n"), (["--yes"], None), (["--confirm", "12"], None)])
def test_a_yes_in_any_form_sends(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, arguments: list[str], typed: str | None
) -> None:
    """Typed, by option, or by the right number."""
    said = program("send", people, "--ledger", tmp_path / "a.db", *arguments, typed=typed)
    assert (said.status, invited(clerk)) == (0, 12)


@pytest.mark.parametrize(
    ("arguments", "typed", "status", "sentence"),
    [
        (["--yes"], None, 2, "This is a live key: confirm the number of people with --confirm 12. Nothing was sent."),
        ([], None, 2, "This is a live key: confirm the number of people with --confirm 12."),
        (["--confirm", "13"], None, 2, "--confirm says 13, and there are 12 people to invite. Nothing was sent."),
        (["--yes"], "y\n", 2, "'y' is not 12. Nothing was sent."),
        ([], "13\n", 2, "'13' is not 12. Nothing was sent."),
        ([], "12\n", 0, "Type the number of people"),
        (["--confirm", "12"], None, 0, "production instance"),
        (["--confirm", "12", "--yes"], None, 0, "production instance"),
    ],
)
def test_a_live_key_wants_the_number_of_people(
    program: Program,
    clerk: cb.Emulator,
    people: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    typed: str | None,
    status: int,
    sentence: str,
) -> None:
    """Typed or by --confirm; --yes alone is not enough."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_live_fake")
    said = program("send", people, "--ledger", tmp_path / "a.db", *arguments, typed=typed)
    assert (said.status, invited(clerk)) == (status, 12 if status == 0 else 0)
    assert sentence in said.err


def test_the_number_asked_for_leaves_out_whom_another_job_has_invited(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twelve of fourteen are invited already: two people are what is asked about."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_live_fake")
    assert program("send", people, "--ledger", tmp_path / "a.db", "--confirm", "12").status == 0
    people.write_text(people.read_text() + "x@example.com\ny@example.com\n")
    said = program("send", people, "--ledger", tmp_path / "a.db", "--confirm", "14")
    assert (said.status, invited(clerk)) == (2, 12)
    said = program("send", people, "--ledger", tmp_path / "a.db", "--confirm", "2")
    assert (said.status, invited(clerk)) == (0, 14)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "There is no secret key: set CLERK_SECRET_KEY"),
        ("pk_test_fake", "This is a publishable key (pk_...), which cannot invite anyone: take the secret key"),
        ("password", "This is not a Clerk secret key"),
    ],
)
def test_without_a_usable_key_nothing_is_begun(
    program: Program,
    clerk: cb.Emulator,
    people: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    sentence: str,
) -> None:
    """Exit 2 and a sentence; no ledger is made and nobody is asked anything."""
    monkeypatch.setenv("CLERK_SECRET_KEY", key)
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes")
    assert said.status == 2
    assert sentence in said.err
    assert clerk.calls() == []
    assert not (tmp_path / "a.db").exists()


def test_a_key_clerk_does_not_know_is_exit_4(
    program: Program, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found out before anybody is asked."""
    from clerkbulk.emulator.instance import Settings

    with cb.Emulator(settings=Settings(secret_keys=("sk_test_other",))) as clerk:
        monkeypatch.setenv("CLERK_API_URL", clerk.url)
        monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
        said = program("send", people, "--ledger", tmp_path / "a.db", "--yes")
        assert said.status == 4
        assert "Clerk does not accept the secret key (clerk_key_invalid)." in said.err
        assert invited(clerk) == 0


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_key_refused_on_the_way_is_exit_4_with_the_sum_and_how_to_go_on(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, form: str
) -> None:
    """The document is printed all the same, and resuming with a good key finishes."""
    clerk.faults([{"method": "POST", "do": "pass"}, {"method": "POST", "do": "status", "status": 401}])
    ledger = tmp_path / "a.db"
    said = program("send", people, "--ledger", ledger, "--yes", "--format", form)
    assert said.status == 4
    assert f"Not finished: 2 left. Go on with: clerkbulk resume --ledger {ledger} {job_of(said)}" in said.err
    assert "Error: Clerk refuses every call of this job" in said.err
    if form == "json":
        assert (said.json()["state"], said.json()["sent"], said.json()["left"]) == ("stopped", 10, 2)
    assert program("resume", "--ledger", ledger).status == 0
    assert invited(clerk) == 12


def test_a_clerk_out_of_reach_is_exit_4(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some tries, with the address that was tried."""
    monkeypatch.setattr(SystemClock, "sleep", lambda *_: None)
    url = clerk.url
    clerk.stop()
    said = program("send", people, "--ledger", tmp_path / "a.db", "--yes")
    assert said.status == 4
    assert f"{url} cannot be reached" in said.err


def test_no_seats_is_exit_3_with_the_reason(program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path) -> None:
    """Stopped with work left; the sentence says what to do before resuming."""
    clerk.seed({"organizations": [{"id": "org_small", "name": "Small", "max_allowed_memberships": 10}]})
    said = program("send", people, "--org", "org_small", "--default", "role=org:member", "--ledger", tmp_path / "a.db",
                   "--no-preflight", "--yes", "--format", "json")  # fmt: skip
    assert said.status == 3
    assert (said.json()["state"], said.json()["sent"], said.json()["left"]) == ("stopped", 10, 2)
    assert said.json()["reason"].endswith(
        "Raise the organization's membership limit or revoke old invitations, then resume."
    )
    assert "Not finished: 2 left. Go on with: clerkbulk resume --ledger " in said.err


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        ("folder", "is a folder: name a file in it"),
        ("other.csv", "is not a ledger (file is not a database)"),
        ("people.csv", "is the same file as PEOPLE"),
        ("job.toml", "is the same file as --job-file"),
    ],
)
def test_a_ledger_that_is_none_is_exit_2_and_nothing_is_sent(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, ledger: str, words: str
) -> None:
    """A folder, another sheet, or the sheet itself by mistake, which stays as it was."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "job.toml").touch()
    before = people.read_bytes()
    (tmp_path / "other.csv").write_bytes(before)
    said = program("send", people, "--job-file", tmp_path / "job.toml", "--ledger", tmp_path / ledger, "--yes")
    assert said.status == 2
    assert words in said.err
    assert (people.read_bytes(), invited(clerk)) == (before, 0)


def test_nobody_to_invite_is_said_without_asking(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Every line is invalid: exit 1, the job is done, nobody was asked."""
    people.write_text("email\nnobody\nno one\n")
    said = program("send", people, "--ledger", tmp_path / "a.db", "--format", "json")
    assert (said.status, said.json()["state"], said.json()["invalid"]) == (1, "done", 2)


def test_a_planted_key_is_in_nothing_the_program_says_or_writes(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both outputs, the ledger's bytes, results in every form."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_test_pLanTed-9")
    ledger, out = tmp_path / "a.db", tmp_path / "results.jsonl"
    said = [
        program("send", people, "--ledger", ledger, "--yes"),
        program("status", "--ledger", ledger, "--format", "json"),
        program("results", "--ledger", ledger, "--format", "json", "--out", out),
        program("send", people, "--ledger", tmp_path, "--yes"),
    ]
    assert [one.status for one in said] == [0, 0, 0, 2]
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"p11@example.com" in written
    for text in (*(one.out + one.err for one in said), written.decode("latin-1")):
        assert "pLanTed" not in text
        assert "ticket=" not in text.replace("ticket=[removed]", "")


@pytest.mark.parametrize("form", ["text", "json"])
def test_roles_without_an_organization_are_said_before_the_yes(
    program: Program, clerk: cb.Emulator, tmp_path: Path, form: str
) -> None:
    """A warning never blocks a script, and is said to whoever reads along, with either format."""
    path = tmp_path / "roles.csv"
    path.write_text("email,role\nada@example.com,org:member\n")
    said = program("send", path, "--ledger", tmp_path / "a.db", "--yes", "--format", form)
    assert (said.status, len(clerk.state()["invitations"])) == (0, 1)
    assert said.err.index("Did you forget --org ORG_ID?") < said.err.index("To the application")
