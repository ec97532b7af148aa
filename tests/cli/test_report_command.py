"""clerkbulk report: who has onboarded, in the terminal, as a page, as JSON and as files."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from calling import Program

import clerkbulk as cb

PEOPLE = "email,team\n" + "".join(f"p{n}@example.com,{'sales' if n % 2 else 'ops'}\n" for n in range(1, 21))


@pytest.fixture
def ledger(program: Program, clerk: cb.Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Twenty people invited, of whom the first five have accepted; the ledger is in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text(PEOPLE)
    sent = program("send", "people.csv", "--metadata", "team", "--ledger", "onboarding.db", "--yes")
    assert sent.status == 0, sent.err
    for number in range(1, 6):
        clerk.accept(email_address=f"p{number}@example.com")
    return "onboarding.db"


def test_it_says_in_the_terminal_who_is_in(program: Program, ledger: str) -> None:
    """The answer first: how many are in, how many are not, what is expected; and what was looked at."""
    ran = program("report", "--ledger", ledger)
    assert ran.status == 0
    assert "people.csv → the application, as of " in ran.out
    assert "5  in: 25 % of 20 people invited" in ran.out
    assert "15  not in: 15 can still accept" in ran.out
    assert "Expected: " in ran.out
    assert "Looked at invitations: 20 read." in ran.err


def test_the_page_holds_nobody_unless_people_are_asked_for(program: Program, ledger: str) -> None:
    """--out writes one page without addresses; --people adds everybody."""
    assert program("report", "--ledger", ledger, "--out", "report.html", "--group", "team").status == 0
    page = Path("report.html").read_text(encoding="utf-8")
    assert "How many are in?" in page
    assert "By team" in page
    assert "@example.com" not in page
    assert program("report", "--ledger", ledger, "--out", "report.html", "--people", "--no-look").status == 0
    assert Path("report.html").read_text(encoding="utf-8").count("@example.com") == 20


def test_json_is_one_document_and_nothing_else(program: Program, ledger: str) -> None:
    """--format json prints the answer and every frame; --hash adds people by keyed hashes."""
    ran = program("report", "--ledger", ledger, "--format", "json", "--group", "team", "--goal", "50")
    told = json.loads(ran.out)
    assert (ran.status, ran.err) == (0, "")
    assert (told["invited"], told["in"], told["not_in"]) == (20, 5, 15)
    assert told["outlook"]["needed"] == 10
    assert [step["people"] for step in told["funnel"]][:3] == [20, 20, 5]
    assert {row["group"] for row in told["groups"]["team"]["funnel"]} == {"sales", "ops"}
    assert "@example.com" not in ran.out
    hashed = program("report", "--ledger", ledger, "--format", "json", "--hash", "--no-look")
    people = {row["person"] for row in json.loads(hashed.out)["table"]}
    assert len(people) == 20
    assert all(one.startswith("p_") for one in people)
    assert "@example.com" not in hashed.out


def test_frames_and_the_list_to_remind_go_into_files(program: Program, ledger: str) -> None:
    """--parquet writes the tidy frames, --nudge whom to remind, as clerkbulk remind --only takes it."""
    ran = program("report", "--ledger", ledger, "--parquet", "frames", "--nudge", "nudge.csv")
    assert ran.status == 0
    assert "15 people to remind written to nudge.csv." in ran.err
    assert parquet.read_table("frames/funnel.parquet")["people"].to_pylist()[:3] == [20, 20, 5]
    with Path("nudge.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["person"] for row in rows} == {f"p{number}@example.com" for number in range(6, 21)}
    only = program("remind", "--ledger", ledger, "--only", "nudge.csv", "--silent-for", "0", "--dry-run")
    assert only.status == 0
    assert "15  silent" in only.out


def test_what_was_seen_is_told_without_a_key(program: Program, ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """--no-look needs neither key nor network; without it a missing key is said, with what to do."""
    assert program("report", "--ledger", ledger).status == 0
    monkeypatch.delenv("CLERK_SECRET_KEY")
    ran = program("report", "--ledger", ledger, "--no-look")
    assert ran.status == 0
    assert "5  in: 25 % of 20 people invited" in ran.out
    refused = program("report", "--ledger", ledger)
    assert refused.status == 2
    assert "CLERK_SECRET_KEY" in refused.err


def test_before_the_first_look_it_says_that_nobody_looked(program: Program, ledger: str) -> None:
    """What was sent is no report of what came of it, and is not shown as one."""
    ran = program("report", "--ledger", ledger, "--no-look")
    assert "Clerk was never looked at: this is what was sent, not what came of it." in ran.out


def test_exported_webhooks_date_acceptances(program: Program, clerk: cb.Emulator, ledger: str) -> None:
    """--webhooks reads events, says what was new, and names each line that is none."""
    Path("events.jsonl").write_text('{"type": "user.created", "data": {}}\nnot json\n', encoding="utf-8")
    ran = program("report", "--ledger", ledger, "--webhooks", "events.jsonl")
    assert ran.status == 0
    assert "events.jsonl: 0 events of invitations, 0 new, 1 line of other kinds." in ran.err
    assert "events.jsonl: Line 2 is not an event" in ran.err


def test_webhooks_are_those_of_the_key_s_instance(program: Program, ledger: str) -> None:
    """Whatever instance the newest job of the ledger belongs to: else they would be passed over without a word."""
    Path("more.csv").write_text("email\nq1@example.com\n")
    assert program("send", "more.csv", "--ledger", ledger, "--yes").status == 0
    with closing(sqlite3.connect(ledger)) as file, file:
        ours, newest = file.execute("SELECT instance_id, id FROM job ORDER BY created_at DESC").fetchone()
        file.execute("UPDATE job SET instance_id = 'ins_other' WHERE id = ?", (newest,))
    event = {
        "type": "organizationInvitation.accepted", "timestamp": 1_800_000_000_000, "instance_id": ours,
        "data": {"id": "orginv_1", "organization_id": "org_1"},
    }  # fmt: skip
    Path("events.jsonl").write_text(json.dumps(event))
    ran = program("report", "--ledger", ledger, "--webhooks", "events.jsonl")
    assert "events.jsonl: 1 event of invitations, 1 new." in ran.err


def test_what_holds_addresses_is_for_its_owner_alone(program: Program, ledger: str) -> None:
    """The list to remind, and page and table with --people; also in the place of a file that everybody could read."""
    Path("nudge.csv").write_text("")
    Path("nudge.csv").chmod(0o644)
    files = ("--out", "report.html", "--parquet", "frames")
    assert program("report", "--ledger", ledger, *files, "--nudge", "nudge.csv", "--people").status == 0
    private = {"nudge.csv", "report.html", "frames/table.parquet"}
    assert {name: oct(Path(name).stat().st_mode & 0o777) for name in private} == dict.fromkeys(private, "0o600")
    assert Path("frames/funnel.parquet").stat().st_mode & 0o044
    assert program("report", "--ledger", ledger, "--no-look", "--out", "plain.html").status == 0
    assert Path("plain.html").stat().st_mode & 0o044


def test_an_address_that_a_spreadsheet_would_run_is_guarded_and_found_again(
    program: Program, clerk: cb.Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address may begin with a plus or a minus; remind takes the list all the same."""
    monkeypatch.chdir(tmp_path)
    Path("people.csv").write_text("email\n+1@example.com\n-2@example.com\n")
    assert program("send", "people.csv", "--ledger", "onboarding.db", "--yes").status == 0
    assert program("report", "--ledger", "onboarding.db", "--nudge", "nudge.csv").status == 0
    with Path("nudge.csv").open(newline="", encoding="utf-8") as file:
        assert {row["person"] for row in csv.DictReader(file)} == {"'+1@example.com", "'-2@example.com"}
    only = program("remind", "--ledger", "onboarding.db", "--only", "nudge.csv", "--silent-for", "0", "--dry-run")
    assert "2  silent" in only.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--people", "--hash"], "--people shows addresses and --hash hides them"),
        (["--people"], "--people adds them to a file: give --out, --parquet or --format json as well."),
        (["--hash", "--out", "report.html"], "--hash is of frames: give --parquet or --format json as well."),
        (["--out", "onboarding.db"], "--out onboarding.db is the same file as --ledger"),
        (["--group", "shoe size", "--out", "report.html"], "Nobody has 'shoe size'"),
        (["--goal", "120"], "120"),
        (["--until", "2020-01-01"], "a forecast is for a day to come"),
        (["--tz", "Mars"], "There is no time zone 'Mars'"),
        (["--out", "missing/report.html"], "missing/report.html cannot be written"),
        (["--nudge", "missing/nudge.csv"], "missing/nudge.csv cannot be written"),
    ],
)
def test_wrong_usage_says_what_to_do(program: Program, ledger: str, options: list[str], said: str) -> None:
    """Each mistake ends with status 2 and a sentence, and writes nothing."""
    ran = program("report", "--ledger", ledger, "--no-look", *options)
    assert ran.status == 2
    assert said in ran.err
    assert not Path("report.html").exists()


def test_a_ledger_that_is_not_there_is_not_made(program: Program, tmp_path: Path) -> None:
    """A mistyped name is an error, and makes no file."""
    ran = program("report", "--ledger", str(tmp_path / "typo.db"))
    assert ran.status == 2
    assert not (tmp_path / "typo.db").exists()


def test_groups_are_told_in_the_terminal(program: Program, ledger: str) -> None:
    """--group without a file says how the groups differ, small ones counted together."""
    ran = program("report", "--ledger", ledger, "--group", "team")
    assert ran.status == 0
    lines = [line.split()[:5] for line in ran.out.splitlines()]
    assert ["ops", "10", "2", "20", "%"] in lines
    assert ["sales", "10", "3", "30", "%"] in lines
    assert program("report", "--ledger", ledger, "--no-look", "--group", "shoe size").status == 2


def test_what_was_forgotten_is_said_not_to_be_counted(program: Program, ledger: str) -> None:
    """After a purge nobody is known; that there were rows is, and nothing is expected of nobody."""
    with cb.Ledger(ledger) as opened:
        job = opened.jobs()[-1].id
    assert program("purge", "--ledger", ledger, job, "--yes").status == 0
    ran = program("report", "--ledger", ledger)
    assert ran.status == 0
    assert "Not counted: 20 rows that cannot be invited, or of a purged job." in ran.out
    assert "Expected" not in ran.out


def test_a_look_that_is_stopped_says_how_to_go_on(clerk: cb.Emulator, ledger: str) -> None:
    """Ctrl-C leaves with 3; the same command goes on."""
    clerk.faults([{"method": "GET", "path": "/v1/users", "do": "delay", "seconds": 60}])
    command = [sys.executable, "-m", "clerkbulk", "report", "--ledger", ledger]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while clerk.faults_now()["faults"] and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 3
    assert "The look is kept as far as it came: the same command goes on; --no-look tells without." in errors
