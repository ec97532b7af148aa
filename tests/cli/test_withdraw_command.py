"""clerkbulk withdraw: says who can be taken back, asks, takes back, and says what it came to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from calling import Program

import clerkbulk as cb


@pytest.fixture
def ledger(program: Program, clerk: cb.Emulator, tmp_path: Path) -> Path:
    """Return a ledger with a job: lines 2 to 6 are invited, line 7 is nobody."""
    people, where = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(1, 6)) + "nobody\n")
    assert program("send", people, "--ledger", where, "--yes").status == 1
    return where


def statuses(clerk: cb.Emulator) -> Counter[str]:
    return Counter(one["status"] for one in clerk.state()["invitations"])


def test_what_can_be_taken_back_and_what_cannot_is_shown_before_the_question(
    program: Program, clerk: cb.Emulator, ledger: Path
) -> None:
    """Counts by reason, with the lines; after a no nothing is done."""
    clerk.accept(email_address="p2@example.com")
    said = program("withdraw", "--ledger", ledger, typed="n\n")
    assert (said.status, statuses(clerk)) == (3, {"pending": 4, "accepted": 1})
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "people invitation what becomes of it lines" in lines
    assert "4 open is taken back 2, 4, 5, 6" in lines
    assert any(line.startswith("1 accepted cannot be taken back: remove the user in the Clerk") for line in lines)
    assert "4 people hold an open invitation of the development instance at http://127.0.0.1:" in said.err
    assert "Take their invitations back?" in said.err
    assert "Nothing was done." in said.err


def test_a_yes_takes_them_back_and_exit_1_says_that_somebody_has_accepted(
    program: Program, clerk: cb.Emulator, ledger: Path
) -> None:
    """The sum, and results that say when."""
    clerk.accept(email_address="p2@example.com")
    said = program("withdraw", "--ledger", ledger, typed="y\n")
    assert (said.status, statuses(clerk)) == (1, {"revoked": 4, "accepted": 1})
    assert "6 rows = 1 sent + 4 withdrawn + 1 invalid" in said.out
    told = {one["line"]: one["reason"] for one in program("results", "--ledger", ledger, "--format", "json").json()}
    assert re.fullmatch(r"The invitation was taken back on \d{4}-\d\d-\d\d at \d\d:\d\d UTC\.", told[2])
    assert told[3] == "The person has accepted: the invitation cannot be taken back."
    again = program("withdraw", "--ledger", ledger)
    assert again.status == 1
    assert "Nobody holds an open invitation of this job: nothing is left to revoke." in again.out


def test_everybody_taken_back_is_exit_0(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """Nothing wrong."""
    assert program("withdraw", "--ledger", ledger, "--yes").status == 0
    assert statuses(clerk) == {"revoked": 5}


def test_json_is_one_document_with_the_lines_by_what_became_of_them(
    program: Program, clerk: cb.Emulator, ledger: Path
) -> None:
    """Nothing else on standard output."""
    clerk.accept(email_address="p2@example.com")
    document = program("withdraw", "--ledger", ledger, "--yes", "--format", "json").json()
    assert document["withdrawal"] == {
        "withdrawn": [2, 4, 5, 6], "accepted": [3], "expired": [], "missing": [], "open": [],
    }  # fmt: skip
    assert (document["sent"], document["withdrawn"], document["state"]) == (1, 4, "done")


def test_only_the_lines_named(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """A line without an invitation is said, one the sheet does not have refused."""
    said = program("withdraw", "--ledger", ledger, "--line", 3, "--line", 7, "--yes")
    assert (said.status, statuses(clerk)) == (0, {"revoked": 1, "pending": 4})
    assert "line 7 is invalid: there is no invitation of this job to take back." in said.out
    said = program("withdraw", "--ledger", ledger, "--line", 99, "--yes")
    assert said.status == 2
    assert "has no line 99: lines are counted as the spreadsheet shows them. Nothing was taken back." in said.err


def test_nobody_to_ask_is_refused_and_nothing_done(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """A script says --yes."""
    said = program("withdraw", "--ledger", ledger)
    assert said.status == 2
    assert "Nobody is here to be asked: pass --yes to take their invitations back without asking." in said.err
    assert statuses(clerk) == {"pending": 5}


def test_a_live_key_wants_the_number_of_people(
    program: Program, clerk: cb.Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed or given; --yes alone is not enough, and a wrong number does nothing."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_live_fake")
    people, where = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\np1@example.com\np2@example.com\n")
    assert program("send", people, "--ledger", where, "--confirm", 2).status == 0
    said = program("withdraw", "--ledger", where, "--yes")
    assert (said.status, statuses(clerk)) == (2, {"pending": 2})
    assert "This is a live key: confirm the number of people with --confirm 2. Nothing was done." in said.err
    said = program("withdraw", "--ledger", where, "--confirm", 3)
    assert (said.status, statuses(clerk)) == (2, {"pending": 2})
    assert "--confirm says 3, and there are 2 people. Nothing was done." in said.err
    said = program("withdraw", "--ledger", where, typed="1\n")
    assert (said.status, statuses(clerk)) == (2, {"pending": 2})
    assert program("withdraw", "--ledger", where, "--line", 2, typed="1\n").status == 0
    assert program("withdraw", "--ledger", where, "--confirm", 1).status == 0
    assert statuses(clerk) == {"revoked": 2}


def test_rows_never_invited_are_named_with_what_resume_would_do(
    program: Program, clerk: cb.Emulator, tmp_path: Path
) -> None:
    """Half a job withdrawn: the other half stays left, and no tick goes on with it."""
    people, where = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(15)))
    stop = {"method": "POST", "do": "status", "status": 402, "code": "insufficient_seats"}
    clerk.faults([{"method": "POST", "do": "pass"}, stop])
    assert program("send", people, "--ledger", where, "--yes").status == 3
    said = program("withdraw", "--ledger", where, "--yes")
    job = re.findall(r"job_[0-9a-f]{8}", said.out)[0]
    assert (said.status, statuses(clerk)) == (0, {"revoked": 10})
    assert f"5 people were never invited: clerkbulk resume --ledger {where} {job} would invite them" in said.out
    program("tick", "--ledger", where)
    assert statuses(clerk) == {"revoked": 10}
    assert program("resume", "--ledger", where).status == 0
    assert statuses(clerk) == {"revoked": 10, "pending": 5}


def test_a_reminder_is_withdrawn_with_its_original(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """Without a JOB the whole story is meant, and it is said; both jobs show it."""
    clerk.advance(8 * 86_400)
    assert program("remind", "--ledger", ledger, "--yes").status == 0
    assert statuses(clerk) == {"revoked": 5, "pending": 5}
    said = program("withdraw", "--ledger", ledger, "--yes")
    assert (said.status, statuses(clerk)) == (0, {"revoked": 10})
    assert "5 people were reminded: it is the newer invitation that counts, and both jobs tell." in said.out
    assert "6 rows = 0 sent + 5 withdrawn + 1 invalid" in said.out
    assert "done: 5 rows = 0 sent + 5 withdrawn" in said.out


def test_a_key_that_clerk_does_not_know_is_exit_4(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """Half way through, too: what was taken back is said, and how to go on."""
    clerk.faults([{"method": "POST", "do": "pass"}, {"method": "POST", "do": "status", "status": 401}])
    said = program("withdraw", "--ledger", ledger, "--yes")
    assert (said.status, statuses(clerk)) == (4, {"revoked": 1, "pending": 4})
    assert "Not finished: 4 still open. Go on with: clerkbulk withdraw --ledger" in said.err
    assert program("withdraw", "--ledger", ledger, "--yes").status == 0


def test_a_job_that_was_never_begun_is_said_to_hold_nothing(
    program: Program, clerk: cb.Emulator, tmp_path: Path
) -> None:
    """Somebody said no to it."""
    people, where = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\np1@example.com\n")
    assert program("send", people, "--ledger", where, typed="n\n").status == 3
    said = program("withdraw", "--ledger", where)
    assert said.status == 2
    assert "was never begun: nobody holds an invitation of it." in said.err


def test_ctrl_c_stops_after_the_call_and_withdraw_goes_on(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """A real process, waiting for the end of a 429: it leaves within a moment with exit 3."""
    clerk.faults(
        [
            {"method": "POST", "do": "pass"},
            {"method": "POST", "do": "status", "status": 429, "headers": {"retry-after": "900"}},
        ]
    )
    errors = ledger.parent / "stderr.txt"
    with errors.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "clerkbulk", "withdraw", "--ledger", str(ledger), "--yes"],
            stdout=subprocess.DEVNULL, stderr=stream, env=os.environ.copy(),
        )  # fmt: skip
    deadline = time.monotonic() + 60
    while "waiting until" not in errors.read_text():
        assert time.monotonic() < deadline, "the wait did not begin"
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 3
    said = errors.read_text()
    assert "Clerk said to wait (429); 1 taken back of 5" in said
    assert "stopped by request; 1 taken back of 5" in said
    assert "Not finished: 4 still open." in said
    assert statuses(clerk) == {"revoked": 1, "pending": 4}
    assert program("withdraw", "--ledger", ledger, "--yes").status == 0
