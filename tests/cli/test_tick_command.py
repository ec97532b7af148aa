"""clerkbulk tick: what the hour allows now, and away; the exit status tells cron whether to come again."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from calling import KEY, Program

import clerkbulk as cb

CLERKBULK = [sys.executable, "-c", "from clerkbulk.cli import main; main()"]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(260)))
    return path


@pytest.fixture
def ledger(program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path) -> Path:
    """Return a ledger with a job that was stopped at its third call, left as a killed process leaves it."""
    clerk.faults([{"method": "POST", "do": "pass", "times": 2}, {"method": "POST", "do": "status", "status": 401}])
    assert program("send", people, "--ledger", tmp_path / "a.db", "--yes").status == 4
    clerk.faults([])
    change(tmp_path / "a.db", "UPDATE job SET state = 'running', reason = NULL")
    return tmp_path / "a.db"


def change(ledger: Path, statement: str) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute(statement)
        connection.commit()


def job_of(ledger: Path) -> str:
    with closing(sqlite3.connect(ledger)) as connection:
        ((job,),) = connection.execute("SELECT id FROM job")
    return str(job)


def posts(clerk: cb.Emulator) -> int:
    return sum(call["method"] == "POST" for call in clerk.calls())


def an_hour_later(ledger: Path) -> None:
    """Let what the ledger remembers be an hour older."""
    change(ledger, "UPDATE attempt SET intent_at = intent_at - 3700, ended_at = ended_at - 3700")


def test_ticks_send_everybody_and_the_exit_status_says_when_it_is_over(
    program: Program, clerk: cb.Emulator, ledger: Path
) -> None:
    """3 while work is left, 0 when it is done, and 0 ever after, without a call."""
    job = job_of(ledger)
    said = program("tick", "--ledger", ledger)
    assert said.status == 3
    assert f"A tick of {job} (people.csv → the application)." in said.err
    assert "Not finished: 20 left. The next tick goes on from " in said.err
    assert f": clerkbulk tick --ledger {ledger} {job}" in said.err
    assert "(next tick): 25 of 25 calls of the hour used" in said.out
    assert "interrupted" not in program("status", "--ledger", ledger).out
    document = program("status", "--ledger", ledger, "--format", "json").json()
    assert (document["state"], document["at_work"], document["interrupted"]) == ("waiting", False, False)
    assert document["waiting_until"] is not None
    an_hour_later(ledger)
    said = program("tick", job[:9], "--ledger", ledger, "--format", "json")
    assert (said.status, said.json()["state"], said.json()["sent"]) == (0, "done", 260)
    calls = len(clerk.calls())
    said = program("tick", "--ledger", ledger)
    assert (said.status, len(clerk.calls())) == (0, calls)
    assert "260 rows = 260 sent" in said.out
    assert Counter(item["email_address"] for item in clerk.state()["invitations"]).total() == 260


def test_a_tick_without_limits_sends_the_rest(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """As fast as the server answers."""
    assert program("tick", "--ledger", ledger, "--limits", "off").status == 0
    assert len(clerk.state()["invitations"]) == 260


def test_a_job_that_is_done_with_refused_rows_is_1(
    program: Program, clerk: cb.Emulator, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also for the ticks that come later, which need no key any more."""
    change(ledger, "UPDATE row SET state = 'refused' WHERE line = 260")
    assert program("tick", "--ledger", ledger, "--limits", "off").status == 1
    monkeypatch.delenv("CLERK_SECRET_KEY")
    assert program("tick", "--ledger", ledger).status == 1


def test_a_paused_or_stopped_job_waits_for_resume(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """The tick says so, sends nothing, and leaves with 3."""
    before = posts(clerk)
    assert program("pause", "--ledger", ledger).status == 3
    said = program("tick", "--ledger", ledger)
    assert (said.status, posts(clerk)) == (3, before)
    assert "paused: paused by request" in said.out
    assert f"Not finished: 240 left. Go on with: clerkbulk resume --ledger {ledger}" in said.err
    change(ledger, "UPDATE job SET state = 'stopped', reason = 'Clerk said no.', pause_asked_at = NULL")
    said = program("tick", "--ledger", ledger)
    assert (said.status, posts(clerk)) == (3, before)
    assert "stopped: Clerk said no." in said.out
    assert program("resume", "--ledger", ledger, "--limits", "off").status == 0


def test_what_nobody_said_yes_to_is_not_ticked(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Nobody is invited behind the back of the question."""
    assert program("send", people, "--ledger", tmp_path / "b.db", typed="n\n").status == 3
    said = program("tick", "--ledger", tmp_path / "b.db")
    assert (said.status, posts(clerk)) == (2, 0)
    assert "(people.csv) was never confirmed: begin it with clerkbulk send PEOPLE --ledger " in said.err


def test_a_refused_key_and_a_server_that_is_away_are_4(
    program: Program, clerk: cb.Emulator, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the job is left for the next tick."""
    clerk.faults([{"method": "GET", "do": "status", "status": 401, "code": "clerk_key_invalid"}])
    said = program("tick", "--ledger", ledger)
    assert said.status == 4
    assert "Clerk does not accept the secret key" in said.err
    monkeypatch.setenv("CLERK_API_URL", "http://127.0.0.1:9")
    assert program("tick", "--ledger", ledger).status == 4
    monkeypatch.setenv("CLERK_API_URL", clerk.url)
    assert program("tick", "--ledger", ledger, "--limits", "off").status == 0


def test_a_job_whose_process_is_gone_is_shown_as_such_until_a_tick_goes_on(
    program: Program, clerk: cb.Emulator, ledger: Path
) -> None:
    """In words, and as a field for programs."""
    said = program("status", "--ledger", ledger)
    assert said.status == 0
    gone = "interrupted: its process is gone, and nothing is lost: let the job go on (clerkbulk resume --ledger "
    assert f"{gone}{ledger} job_" in said.out
    document = program("status", "--ledger", ledger, "--format", "json").json()
    assert (document["state"], document["at_work"], document["interrupted"]) == ("running", False, True)
    assert program("tick", "--ledger", ledger, "--limits", "off").status == 0
    document = program("status", "--ledger", ledger, "--format", "json").json()
    assert (document["state"], document["at_work"], document["interrupted"]) == ("done", False, False)


def test_ticks_that_overlap_invite_nobody_twice(clerk: cb.Emulator, ledger: Path) -> None:
    """Four processes at once, as when cron is quicker than Clerk: whoever finds another at work leaves with 3."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 0.05, "times": 100}])
    command = [*CLERKBULK, "tick", "--ledger", str(ledger), "--limits", "off"]
    ticks = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    said = [tick.communicate(timeout=120)[1].decode() for tick in ticks]
    statuses = [tick.returncode for tick in ticks]
    assert set(statuses) <= {0, 3}, said
    assert 0 in statuses
    assert Counter(Counter(item["email_address"] for item in clerk.state()["invitations"]).values()) == {1: 260}


def test_as_a_line_of_a_crontab(clerk: cb.Emulator, ledger: Path, tmp_path: Path) -> None:
    """A shell as cron starts it, almost without an environment; the key comes out of a file only its owner reads."""
    (tmp_path / "clerk.env").write_text(f"export CLERK_SECRET_KEY={KEY} CLERK_API_URL={clerk.url}\n")
    line = (
        f'cd "{tmp_path}" && . ./clerk.env && '
        f"\"{sys.executable}\" -c 'from clerkbulk.cli import main; main()' tick --ledger a.db >> tick.log 2>&1"
    )
    statuses = []
    for _ in range(3):
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            check=False,
        )
        assert (done.stdout, done.stderr) == (b"", b"")  # cron mails what is left
        statuses.append(done.returncode)
        an_hour_later(ledger)
    assert statuses == [3, 0, 0]
    assert os.path.getsize(tmp_path / "tick.log") > 0
    assert Counter(item["email_address"] for item in clerk.state()["invitations"]).total() == 260
