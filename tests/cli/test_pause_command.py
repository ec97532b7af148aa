"""clerkbulk pause: whichever processes are at work on a job leave, and what is left stays as it is."""

from __future__ import annotations

import json
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
from calling import Program

import clerkbulk as cb

CLERKBULK = [sys.executable, "-c", "from clerkbulk.cli import main; main()"]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(300)))
    return path


def until(happens: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + 90
    while not happens():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


def posts(clerk: cb.Emulator) -> int:
    return sum(call["method"] == "POST" for call in clerk.calls())


class Other:
    """The program in a process of its own; its standard error goes to a file, so that nothing is lost or blocks."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        self._errors = folder / f"{arguments[0]}.txt"
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*CLERKBULK, *map(str, arguments)], stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def errors(self) -> str:
        return self._errors.read_text()

    def end(self) -> tuple[int, dict[str, Any]]:
        """Return the exit status and the document."""
        out, _ = self.process.communicate(timeout=90)
        return self.process.returncode, json.loads(out)


def sending(folder: Path, people: Path) -> Other:
    return Other(folder, "send", people, "--ledger", folder / "a.db", "--yes", "--format", "json")


def test_a_send_that_waits_for_its_hour_is_paused_from_another_terminal(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Both say so with 3; the call of the next hour is not waited for; resume goes on."""
    other = sending(tmp_path, people)
    until(lambda: "waiting until" in other.errors(), "the wait")
    said = program("pause", "--ledger", tmp_path / "a.db", "--format", "json")
    assert (said.status, said.json()["state"], said.json()["left"]) == (3, "paused", 50)
    assert (said.json()["at_work"], said.json()["reason"]) == (False, "paused by request")
    job = said.json()["job"]
    assert f"Pausing {job} (people.csv → the application)." in said.err
    assert f"Waiting for process {other.process.pid} on " in said.err
    assert f"Go on with: clerkbulk resume --ledger {tmp_path / 'a.db'} {job}" in said.err
    status, document = other.end()
    assert (status, document["state"], document["left"]) == (3, "paused", 50)
    assert (posts(clerk), len(clerk.state()["invitations"])) == (25, 250)
    again = program("resume", "--ledger", tmp_path / "a.db", "--limits", "off")
    assert (again.status, len(clerk.state()["invitations"])) == (0, 300)


def test_the_call_in_flight_is_heard_out(program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path) -> None:
    """Nobody is left unknown, and no other call leaves."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 3, "times": 100}])
    other = sending(tmp_path, people)
    until(lambda: posts(clerk), "the call")
    said = program("pause", "--ledger", tmp_path / "a.db", "--format", "json")
    assert (said.status, said.json()["sent"], said.json()["unknown"], said.json()["left"]) == (3, 10, 0, 290)
    assert other.end()[0] == 3
    assert posts(clerk) == 1


def test_status_says_that_a_pause_was_asked_for_and_ctrl_c_leaves_the_request(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Whoever does not want to wait for the call in flight goes; the request stands."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 12, "times": 100}])
    other = sending(tmp_path, people)
    until(lambda: posts(clerk), "the call")
    pause = Other(tmp_path, "pause", "--ledger", tmp_path / "a.db", "--format", "json")
    until(lambda: "Waiting for process" in pause.errors(), "the wait")
    assert "running, asked to pause" in program("status", "--ledger", tmp_path / "a.db").out
    pause.process.send_signal(signal.SIGINT)
    status, document = pause.end()
    assert (status, document["at_work"]) == (3, True)
    assert "The request stands: whoever is at work leaves before the next call." in pause.errors()
    assert other.end()[1]["state"] == "paused"
    assert posts(clerk) == 1


def test_a_process_of_another_machine_is_waited_for_as_long_as_a_call_takes(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If it does not leave by then, its name is said, and the request stands."""
    from clerkbulk.sending.during import call

    assert program("send", people, "--ledger", tmp_path / "a.db", "--yes", "--limits", "off").status == 0
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("UPDATE worker SET id = 'other/pid:[1] 7 12 cafe', ended_at = NULL, lease_until = 9e9")
        connection.execute("UPDATE row SET state = 'left' WHERE line = 5")
        connection.execute("UPDATE job SET state = 'running'")
        connection.commit()
    monkeypatch.setattr(call, "LONGEST", 1.0)
    said = program("pause", "--ledger", tmp_path / "a.db")
    assert said.status == 3
    assert "Nobody has left in 1 seconds. The request stands." in said.err
    assert "Not finished: 1 left. At work on it: process 7 on other." in said.err
    assert "running, asked to pause" in said.out


def test_where_nobody_is_at_work_it_is_done_at_once(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """A job whose process was killed is paused, and no tick takes it up."""
    clerk.faults([{"method": "POST", "do": "delay", "seconds": 30}])
    other = sending(tmp_path, people)
    until(lambda: posts(clerk), "the call")
    other.process.kill()
    other.process.communicate()
    said = program("pause", "--ledger", tmp_path / "a.db")
    assert said.status == 3
    assert "paused: paused by request" in said.out
    assert "Waiting for" not in said.err
    assert program("tick", "--ledger", tmp_path / "a.db").status == 3
    assert posts(clerk) == 1


def test_a_job_that_is_done_or_was_never_begun(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Done: its sum, and 0 or 1 as ever. Never begun: there is nothing to pause."""
    ledger = tmp_path / "a.db"
    assert program("send", people, "--ledger", ledger, typed="n\n").status == 3
    said = program("pause", "--ledger", ledger)
    assert said.status == 2
    assert "was never begun: there is nothing to pause." in said.err
    assert program("send", people, "--ledger", ledger, "--yes", "--limits", "off").status == 0
    said = program("pause", "--ledger", ledger)
    assert said.status == 0
    assert "done" in said.out
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("UPDATE row SET state = 'refused' WHERE line = 5")
        connection.commit()
    assert program("pause", "--ledger", ledger).status == 1
