"""clerkbulk resume: goes on where a job was left, however it was left."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from calling import KEY, Program

import clerkbulk as cb

CLERKBULK = [sys.executable, "-c", "from clerkbulk.cli import main; main()"]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email,again\n" + "".join(f"p{n}@example.com,yes\n" for n in range(25)))
    return path


def until(happens: Callable[[], Any], what: str) -> None:
    """Wait until something happens; a minute at most."""
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


def posts(clerk: cb.Emulator) -> int:
    return sum(call["method"] == "POST" for call in clerk.calls())


def in_ledger(ledger: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(ledger)) as connection:
        found = [value for (value,) in connection.execute(query)]
        connection.commit()
        return found


class Sending:
    """A real ``clerkbulk send`` in a process of its own, with its standard error in a file that can be looked into."""

    def __init__(self, folder: Path, people: Path, *more: str) -> None:
        self.ledger, self._errors = folder / "a.db", folder / "stderr.txt"
        with self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                [*CLERKBULK, "send", str(people), "--map", "ignore_existing=again", "--ledger", str(self.ledger),
                 "--yes", "--format", "json", *more],
                stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip

    def errors(self) -> str:
        return self._errors.read_text()

    def interrupt(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def end(self) -> tuple[int, dict[str, Any]]:
        """Return the exit status and the document."""
        import json

        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, json.loads(out) if out else {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_while_waiting_ends_cleanly_and_resume_finishes(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, number: int
) -> None:
    """Exit 3 within a moment, the ledger paused and without an open call, and the sentence that says how to go on."""
    clerk.faults(
        [
            {"method": "POST", "do": "pass"},
            {"method": "POST", "do": "status", "status": 429, "headers": {"retry-after": "900"}},
        ]
    )
    sending = Sending(tmp_path, people)
    until(lambda: "waiting until" in sending.errors(), "the wait")
    sending.interrupt(number)
    status, document = sending.end()
    assert status == 3
    assert (document["state"], document["sent"], document["left"]) == ("paused", 10, 15)
    job = document["job"]
    assert f"{job} waiting until" in sending.errors()
    assert "Clerk said to wait (429)" in sending.errors()
    assert "Stopping after the call in flight; once more to stop at once." in sending.errors()
    assert f"Not finished: 15 left. Go on with: clerkbulk resume --ledger {sending.ledger} {job}" in sending.errors()
    assert in_ledger(sending.ledger, "SELECT count(*) FROM attempt WHERE ended_at IS NULL") == [0]
    in_ledger(sending.ledger, "UPDATE attempt SET blocked_until = NULL RETURNING 1")  # the quarter of an hour is over
    said = program("resume", "--ledger", sending.ledger)
    assert said.status == 0
    assert f"Going on with {job} (people.csv → the application)." in said.err
    assert len(clerk.state()["invitations"]) == 25


def test_ctrl_c_while_a_call_is_in_flight_lets_it_finish(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Its answer is heard and written down; nothing more is sent."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 1.5}])
    sending = Sending(tmp_path, people)
    until(lambda: posts(clerk), "the call")
    sending.interrupt()
    status, document = sending.end()
    assert (status, document["state"], document["sent"], document["left"]) == (3, "paused", 10, 15)
    assert (posts(clerk), document["calls"]) == (1, 1)
    assert program("resume", "--ledger", sending.ledger).status == 0
    assert (posts(clerk), len(clerk.state()["invitations"])) == (3, 25)


def test_a_second_ctrl_c_stops_at_once_and_the_call_is_looked_up_later(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Its rows are unknown until resume has looked them up; nobody is invited twice."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 30}])
    sending = Sending(tmp_path, people)
    until(lambda: posts(clerk), "the call")
    sending.interrupt()
    until(lambda: "once more to stop at once" in sending.errors(), "the answer to the first Ctrl-C")
    sending.interrupt()
    status, document = sending.end()
    assert (status, document["unknown"], document["left"]) == (3, 10, 15)
    assert in_ledger(sending.ledger, "SELECT count(*) FROM attempt WHERE ended_at IS NULL") == [1]
    said = program("resume", "--ledger", sending.ledger, "--format", "json")
    assert (said.status, said.json()["sent"]) == (0, 25)
    assert (posts(clerk), len(clerk.state()["invitations"])) == (3, 25)


def test_a_job_killed_in_a_call_goes_on_by_itself_when_the_same_people_are_sent_again(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """SIGKILL, then the same command once more: the same job, everyone once."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 30}])
    sending = Sending(tmp_path, people)
    until(lambda: posts(clerk), "the call")
    sending.interrupt(signal.SIGKILL)
    assert sending.end() == (-signal.SIGKILL, {})
    said = program("send", people, "--map", "ignore_existing=again", "--ledger", sending.ledger, "--yes", "--format",
                   "json")  # fmt: skip
    assert (said.status, said.json()["sent"], said.json()["unknown"]) == (0, 25, 0)
    assert len(clerk.state()["invitations"]) == 25


def test_the_unfinished_job_is_taken_and_named(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Not the newest one if that is finished; a given job by the beginning of its id."""
    ledger, other = tmp_path / "a.db", tmp_path / "other.csv"
    other.write_text("email\nx@example.com\n")
    clerk.faults(
        [
            {"method": "POST", "do": "pass"},
            {"method": "POST", "do": "status", "status": 402, "code": "insufficient_seats"},
        ]
    )
    assert program("send", people, "--ledger", ledger, "--yes").status == 3
    assert program("send", other, "--ledger", ledger, "--yes").status == 0
    said = program("resume", "--ledger", ledger)
    assert said.status == 0
    assert "(people.csv → the application)." in said.err
    job = re.findall(r"job_[0-9a-f]{8}", said.err)[0]
    again = program("resume", job[:9], "--ledger", ledger)
    assert (again.status, len(clerk.state()["invitations"])) == (0, 26)


def test_what_somebody_said_no_to_is_not_resumed(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Nobody is invited behind the back of the question."""
    ledger = tmp_path / "a.db"
    assert program("send", people, "--ledger", ledger, typed="n\n").status == 3
    said = program("resume", "--ledger", ledger)
    assert said.status == 2
    assert "(people.csv) was never confirmed: begin it with clerkbulk send PEOPLE --ledger " in said.err
    assert posts(clerk) == 0


def test_a_ledger_that_does_not_exist_is_not_made(program: Program, clerk: cb.Emulator, tmp_path: Path) -> None:
    """A mistyped name is exit 2."""
    for command in ("resume", "status", "results"):
        said = program(command, "--ledger", tmp_path / "missing.db")
        assert said.status == 2
        assert "There is no ledger" in said.err
    assert list(tmp_path.iterdir()) == []


def test_in_a_pipe_progress_is_lines_on_standard_error(clerk: cb.Emulator, people: Path, tmp_path: Path) -> None:
    """No bar, no colour; on standard output the document alone."""
    sending = Sending(tmp_path, people)
    status, document = sending.end()
    assert (status, document["sent"]) == (0, 25)
    lines = [line for line in sending.errors().splitlines() if line.startswith("job_")]
    assert [line.split(" ", 2)[1] for line in lines] == ["running:", "done:"]
    assert "\x1b" not in sending.errors()
    assert "25 sent, 0 left; 3 of 25 calls of the hour used" in lines[-1]


def test_the_key_is_in_no_argument_of_the_process(clerk: cb.Emulator, people: Path, tmp_path: Path) -> None:
    """Anybody on the machine can read arguments; the key comes from the environment."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 1}])
    sending = Sending(tmp_path, people)
    until(lambda: posts(clerk), "the call")
    assert KEY.encode() not in Path(f"/proc/{sending.process.pid}/cmdline").read_bytes()
    assert sending.end()[0] == 0
    assert os.environ["CLERK_SECRET_KEY"] == KEY
