"""clerkbulk preflight: the reads, and the buckets with counts and rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from calling import KEY, Program

import clerkbulk as cb


@pytest.fixture(scope="module")
def running() -> Iterator[cb.Emulator]:
    with cb.Emulator() as emulator:
        yield emulator


@pytest.fixture
def clerk(running: cb.Emulator, monkeypatch: pytest.MonkeyPatch) -> cb.Emulator:
    """Return an emulator the environment points to: a user, a pending and a revoked invitation, a full organization."""
    running.start().reset()
    running.seed(
        {
            "organizations": [{"id": "org_acme", "name": "Acme", "max_allowed_memberships": 2}],
            "users": [{"email_address": "user@example.com"}],
            "invitations": [
                {"email_address": "pending@example.com"},
                {"email_address": "revoked@example.com", "status": "revoked"},
            ],
        }
    )
    monkeypatch.setenv("CLERK_API_URL", running.url)
    monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
    return running


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    names = ["user", "pending", "revoked", "ada", "bob"]
    path.write_text("email\n" + "".join(f"{name}@example.com\n" for name in names))
    return path


def test_the_buckets_are_shown_with_counts_decisions_and_lines(
    program: Program, clerk: cb.Emulator, people: Path
) -> None:
    """Exit 1, because somebody is left out; nothing is sent, nothing is written."""
    said = program("preflight", people)
    assert (said.status, said.err) == (1, "")
    words = " ".join(said.out.split())
    assert "Preflight 11 reads" in words
    assert "1 users already skip line 2" in words
    assert "1 invited already, and the invitation is still open skip line 3" in words
    assert "1 invited before, and the invitation was revoked or has expired ask line 4" in words
    assert "2 ready send" in words
    assert "Decide whether to invite the person again. Or say --decide invited_before=skip or =send." in words
    assert [call["method"] for call in clerk.calls() if call["method"] != "GET"] == []
    assert [path.name for path in people.parent.iterdir()] == ["people.csv"]


def test_with_json_there_is_one_document(program: Program, clerk: cb.Emulator, people: Path) -> None:
    """Rows, invalid ones, reads, and each bucket that holds anybody."""
    people.write_text(people.read_text() + "nobody\n")
    said = program("preflight", people, "--format", "json")
    assert (said.status, said.err) == (1, "")
    assert said.out == json.dumps(said.json(), ensure_ascii=False, indent=2) + "\n"
    document = said.json()
    assert {name: document[name] for name in ("rows", "invalid", "reads")} == {"rows": 6, "invalid": 1, "reads": 11}
    assert [
        (one["bucket"], one["count"], one["decision"], one["lines"], bool(one["says"])) for one in document["buckets"]
    ] == [
        ("already_user", 1, "skip", [2], True),
        ("already_invited", 1, "skip", [3], True),
        ("invited_before", 1, "ask", [4], True),
        ("ready", 2, "send", [5, 6], True),
    ]


def test_when_everybody_would_be_invited_the_status_is_0(program: Program, clerk: cb.Emulator, people: Path) -> None:
    """Ready, or decided to be sent: nothing is left to look at."""
    people.write_text("email\nada@example.com\nrevoked@example.com\n")
    assert program("preflight", people).status == 1
    said = program("preflight", people, "--decide", "invited_before=send")
    assert (said.status, said.err) == (0, "")


def test_an_organization_without_seats_stops(program: Program, clerk: cb.Emulator, people: Path) -> None:
    """Two seats for five people; the remedy is said."""
    said = program("preflight", people, "--org", "org_acme", "--default", "role=org:member")
    words = " ".join(said.out.split())
    assert said.status == 1
    assert "3 no seat left in the organization stop lines 4, 5, 6" in words
    assert "2 ready send" in words
    assert "Raise the organization's membership limit, or revoke old invitations." in words


def test_the_owner_says_whom_to_leave_out(program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path) -> None:
    """--suppress, --allow-domain and --decide, each as often as needed."""
    people.write_text(people.read_text() + "eve@example.org\nkim@sub.example.net\n")
    (tmp_path / "suppressed.txt").write_text("\ufeff# never\nAda@Example.com # asked us not to\n", encoding="utf-8")
    said = program(
        "preflight", people, "--format", "json", "--suppress", tmp_path / "suppressed.txt",
        "--allow-domain", "@Example.COM", "--allow-domain", "example.net",
        "--decide", "already_user=stop", "--decide", " Invited_Before = SKIP ",
    )  # fmt: skip
    found = {one["bucket"]: (one["decision"], one["lines"]) for one in said.json()["buckets"]}
    assert found == {
        "outside_domains": ("skip", [7]),
        "suppressed": ("skip", [5]),
        "already_user": ("stop", [2]),
        "already_invited": ("skip", [3]),
        "invited_before": ("skip", [4]),
        "ready": ("send", [6, 8]),
    }


def test_whoever_a_job_of_the_ledger_has_invited_lately_is_found(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """With --cool-down and the ledger that knows; to whatever target that was. The ledger stays as it is."""
    people.write_text("email\nada@example.com\nbob@example.com\n")
    (tmp_path / "one.csv").write_text("email\nADA@example.com\n")
    send = ("send", tmp_path / "one.csv", "--org", "org_acme", "--default", "role=org:member")
    assert program(*send, "--ledger", tmp_path / "a.db", "--yes").status == 0
    said = program("preflight", people, "--cool-down", "30", "--ledger", tmp_path / "a.db", "--format", "json")
    found = {one["bucket"]: (one["decision"], one["lines"]) for one in said.json()["buckets"]}
    assert found == {"cooling_down": ("skip", [2]), "ready": ("send", [3])}
    words = " ".join(program("preflight", people, "--cool-down", "30", "--ledger", tmp_path / "a.db").out.split())
    assert "1 invited by another job of ours lately skip line 2" in words
    assert program("preflight", people, "--ledger", tmp_path / "a.db").status == 0
    assert len(cb.Ledger(tmp_path / "a.db").jobs()) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--decide", "already_user"],
            "Error: --decide already_user: write BUCKET=DECISION. Buckets are outside_domains,",
        ),
        (["--decide", "users=skip"], "Error: --decide users=skip: write BUCKET=DECISION."),
        (["--decide", "ready=maybe"], "decisions are skip, stop, ask, send."),
        (["--decide", "ready=skip"], "Error: Those who are ready are sent to: leave people out by the other buckets"),
        (
            ["--decide", "no_seat=skip", "--decide", "no_seat=send"],
            "Error: --decide no_seat=send: no_seat=skip was said too. Say one of them.",
        ),
        (["--cool-down", "0", "--ledger", "a.db"], "Error: A cool-down takes some days, not 0: leave it out for none."),
        (["--cool-down", "soon"], "Error: Invalid value for '--cool-down'"),
        (
            ["--cool-down", "30"],
            "Error: --cool-down asks who was invited lately: name the ledger that knows, with --ledger.",
        ),
        (["--cool-down", "30", "--ledger", "nowhere.db"], "Error: There is no ledger nowhere.db"),
        (["--suppress", "nowhere.txt"], "Error: The suppression list nowhere.txt cannot be read: No such file"),
        (["--suppress", "latin.txt"], "Error: The suppression list latin.txt is no text in UTF-8: save it as that."),
        (
            ["--suppress", "words.txt"],
            "Error: The suppression list, line 2: 'nobody' is neither an address nor a domain",
        ),
        (["--allow-domain", "example"], "Error: --allow-domain example: write a domain such as example.com ("),
        (
            ["--allow-domain", "a@example.com"],
            "Error: --allow-domain a@example.com: write a domain such as example.com",
        ),
        (["--default", "colour=red"], "Error:"),
        (["--format", "yaml"], "Error: Invalid value for '--format'"),
    ],
)
def test_what_was_said_wrongly_is_named(
    program: Program, clerk: cb.Emulator, people: Path, monkeypatch: pytest.MonkeyPatch,
    options: list[str], sentence: str,
) -> None:  # fmt: skip
    """Exit 2, one sentence, nothing read from Clerk."""
    monkeypatch.chdir(people.parent)
    Path("latin.txt").write_bytes("bücher.example".encode("latin-1"))
    Path("words.txt").write_text("example.com\nnobody\n")
    said = program("preflight", people, *options)
    assert (said.status, said.out) == (2, "")
    assert sentence in said.err
    assert clerk.calls() == []


def test_without_a_key_it_says_what_is_missing(
    program: Program, clerk: cb.Emulator, people: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, and the name of the variable."""
    monkeypatch.delenv("CLERK_SECRET_KEY")
    said = program("preflight", people)
    assert (said.status, said.out) == (2, "")
    assert "CLERK_SECRET_KEY" in said.err


def test_a_refused_key_is_exit_4_and_a_missing_organization_exit_3(
    program: Program, clerk: cb.Emulator, people: Path
) -> None:
    """Clerk was reached in both cases, and only one of them is about the key."""
    said = program("preflight", people, "--org", "org_nowhere", "--default", "role=org:member")
    assert (said.status, said.out) == (3, "")
    assert "There is no organization org_nowhere in this instance" in said.err
    clerk.faults([{"do": "status", "status": 401, "times": 9}])
    said = program("preflight", people)
    assert (said.status, said.out) == (4, "")
    assert "Clerk does not accept the secret key" in said.err
    assert KEY not in said.err
