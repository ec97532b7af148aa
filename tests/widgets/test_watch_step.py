"""Watch: where a job stands and what can be done about it, read from the ledger, whoever sends."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from seeing import every, has, named, press, sees, words

import clerkbulk as cb
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import LedgerError
from clerkbulk.sending.job import Job
from clerkbulk.sending.progress import Limits
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.outcomes import sheet
from clerkbulk.widgets.watch_step import AT_REST, AT_WORK, WatchPart, WatchStep

MONDAY_7 = 1_800_255_600.0
"""2027-01-18 07:00 UTC."""
KEY = "sk_test_fakeplanted"


def people(number: int) -> str:
    return "email_address\n" + "".join(f"p{place}@example.com\n" for place in range(1, number + 1))


@pytest.fixture
def slow() -> Iterator[cb.Emulator]:
    """An emulator that takes its time over each call, so that something can be done meanwhile."""
    with cb.Emulator(limits="off") as emulator:
        emulator.faults([{"method": "POST", "do": "delay", "seconds": 0.1, "times": 1000}])
        yield emulator


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[cb.Ledger]:
    with cb.Ledger(tmp_path / "onboarding.db") as opened:
        yield opened
        for record in opened.jobs():
            for owner in opened.find(record.id).attendance().present:
                if owner.pid != os.getpid():
                    os.kill(owner.pid, signal.SIGKILL)


def until(happens: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


def pulses(part: WatchPart) -> list[float]:
    return [node["seconds"] for node in every(part.view()) if node["t"] == "pulse"]


def pulsed(part: WatchPart, text: str) -> None:
    """Look again, as the page asks for it, until a text can be read."""

    def look() -> bool:
        part.hear("pulse", True)
        return sees(part, text)

    until(look, f"{text!r} in {words(part)}")


def notice_of(part: WatchPart) -> tuple[str, str]:
    """Return the first notice: its tone and words."""
    found = next(node for node in every(part.view()) if node["t"] == "notice")
    return found["tone"], found["text"]


def invited(clerk: cb.Emulator) -> Counter[str]:
    return Counter(one["email_address"] for one in clerk.state()["invitations"])


def test_pause_and_go_on(slow: cb.Emulator, ledger: cb.Ledger) -> None:
    """A worker is seen at work, paused, seen to rest, and let go on to the end; everybody once."""
    with slow.client() as client:
        job = ledger.job(cb.check(people(200)))
        job.start(client, limits="off")
        part = WatchPart(ledger, access=Access(client), limits=Limits.OFF)
        pulsed(part, "At work on it: process ")
        assert pulses(part) == [AT_WORK]
        assert not has(part, "go_on")
        press(part, "Pause")
        pulsed(part, "Paused: nothing leaves until you let it go on.")
        assert pulses(part) == [AT_REST]
        between = len(invited(slow))
        assert 0 <= between < 200
        press(part, "Go on")
        part.errands.wait()
        pulsed(part, "Done: everybody is settled.")
        assert notice_of(part) == ("ok", "Done: everybody is settled.")
    assert sees(part, "200 rows = 200 sent")
    assert sees(part, "200 of 200 people settled")
    assert invited(slow) == Counter({f"p{place}@example.com": 1 for place in range(1, 201)})
    assert not any(has(part, name) for name in ("pause", "go_on", "stop"))


def test_a_job_whose_worker_was_killed_says_so_and_goes_on(slow: cb.Emulator, ledger: cb.Ledger) -> None:
    """SIGKILL in the middle: interrupted, nothing lost, one button, and everybody once at the end."""
    with slow.client() as client:
        job = ledger.job(cb.check(people(120)))
        worker = job.start(client, limits="off")
        part = WatchPart(ledger, access=Access(client), limits=Limits.OFF)
        until(lambda: len(invited(slow)) >= 20, "the second call")
        os.kill(worker.pid, signal.SIGKILL)
        pulsed(part, "Interrupted: its process is gone, and nothing is lost: let the job go on.")
        assert notice_of(part)[0] == "warning"
        press(part, "Go on")
        part.errands.wait()
        pulsed(part, "Done: everybody is settled.")
    assert invited(slow) == Counter({f"p{place}@example.com": 1 for place in range(1, 121)})


def test_stop_says_what_it_means_before_it_is_done(slow: cb.Emulator, ledger: cb.Ledger) -> None:
    """The first press explains, "do not stop" goes back, the second press stops; nobody is taken back."""
    with slow.client() as client:
        job = ledger.job(cb.check(people(200)))
        job.start(client, limits="off")
        part = WatchPart(ledger, access=Access(client))
        pulsed(part, "At work on it")
        press(part, "Stop …")
        assert sees(part, "To stop means: the call in flight is heard out, and nothing more leaves.")
        press(part, "Do not stop")
        assert not sees(part, "To stop means")
        assert not job.attendance().pause_asked
        press(part, "Stop …")
        press(part, "Stop")
        pulsed(part, "Paused: nothing leaves until you let it go on.")
    assert set(invited(slow).values()) <= {1}
    assert job.sum().sent == len(invited(slow)) < 200


def test_a_second_go_on_starts_nothing(slow: cb.Emulator, ledger: cb.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two presses, one process."""
    with slow.client() as client:
        job = ledger.job(cb.check(people(100)))
        next(job.run(client, limits="off"))  # begun, and left at once
        part = WatchPart(ledger, access=Access(client), limits=Limits.OFF)
        started = []
        start = Job.start

        def counted(*given: Any, **options: Any) -> Any:
            started.append(start(*given, **options))
            return started[-1]

        monkeypatch.setattr(Job, "start", counted)
        part.hear("go_on", True)
        part.hear("go_on", True)
        part.errands.wait()
        part.hear("go_on", True)
        part.errands.wait()
        pulsed(part, "Done: everybody is settled.")
    assert len(started) == 1
    assert set(invited(slow).values()) == {1}


def test_to_go_on_takes_a_key(slow: cb.Emulator, ledger: cb.Ledger) -> None:
    """A kernel that was started anew has no key: it is asked for, never shown, and a wrong one is a sentence."""
    with slow.client() as client:
        next(ledger.job(cb.check(people(30))).run(client, limits="off"))
    part = WatchPart(ledger, access=Access(environ={"CLERK_API_URL": slow.url}), limits=Limits.OFF)
    assert named(part, "go_on")["disabled"] is True
    part.hear("secret_key", "pk_live_wrong")
    assert "publishable key" in named(part, "secret_key")["error"]
    part.hear("secret_key", KEY)
    assert KEY not in json.dumps(part.view())
    press(part, "Go on")
    part.errands.wait()
    pulsed(part, "Done: everybody is settled.")
    part.access.forget()
    assert len(invited(slow)) == 30
    screen = WatchStep(ledger, None, part.access)
    assert "fakeplanted" not in json.dumps(screen.get_state(), default=repr) + json.dumps(screen.part.view())


def test_a_new_kernel_finds_the_same_job(slow: cb.Emulator, ledger: cb.Ledger, tmp_path: Path) -> None:
    """Only the path is known: the unfinished job is found, followed while its worker sends, and done in the end."""
    with slow.client() as client:
        ledger.job(cb.check(people(20))).start(client, limits="off").wait(60)
        job = ledger.job(cb.check(people(130)))
        job.start(client, limits="off")
    part = WatchPart(str(tmp_path / "onboarding.db"), access=Access(environ={}))
    assert part.job_id == job.id
    pulsed(part, "Done: everybody is settled.")
    assert sees(part, "130 rows = 110 sent + 20 already there")
    part.follow(ledger.find(ledger.jobs()[0].id))
    assert sees(part, "20 rows = 20 sent")
    part.ledger.close()


def test_the_hour_is_told(tmp_path: Path) -> None:
    """25 of 25 calls used: the next one at a time, and the reason stands in the notice."""
    clock = VirtualClock(MONDAY_7)
    with (
        cb.Emulator(clock=clock) as clerk,
        clerk.client() as client,
        cb.Ledger(tmp_path / "a.db", clock=clock) as ledger,
    ):
        job = ledger.job(cb.check(people(300)))
        for progress in job.run(client):
            if progress.state == "waiting":
                break
        part = WatchPart(ledger, access=Access(client))
        assert sees(part, "25 of 25 calls of the hour used, next call ")
        assert sees(part, "25 calls made by this job.")
        assert sees(part, "300 rows = 250 sent + 50 left")
        assert sees(part, "250 of 300 people settled")
        list(job.run(client))
        part.hear("pulse", True)
        assert sees(part, "300 rows = 300 sent")
        assert notice_of(part) == ("ok", "Done: everybody is settled.")


def test_the_sheets_hold_the_right_rows(tmp_path: Path) -> None:
    """All rows, errors only, and what is still to do; as CSV that spreadsheets open; no command of a terminal in it."""
    clock = VirtualClock(MONDAY_7)
    sheet = "email_address,team\nok@example.com,core\nnobody,core\nthere@example.com,ops\nOK@example.com,ops\n"
    got: dict[str, list[dict[str, str]]] = {}
    with (
        cb.Emulator(clock=clock) as clerk,
        clerk.client() as client,
        cb.Ledger(tmp_path / "a.db", clock=clock) as ledger,
    ):
        clerk.seed({"users": [{"email_addresses": ["there@example.com"]}]})
        job = ledger.job(cb.check(sheet))
        job.preflight(client)
        part = WatchPart(ledger, job.id, Access(client))

        def take(name: str, content: bytes, kind: str) -> None:
            got[name] = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))

        part.attach(lambda: None, lambda _: None, take)

        def press_all() -> None:
            got.clear()
            for which in ("all", "errors", "todo"):
                part.hear("download", which)
                part.errands.wait()

        press_all()
        assert {name: [row["email_address"] for row in rows] for name, rows in got.items()} == {
            "pasted-text-results.csv": ["ok@example.com", "nobody", "there@example.com", "OK@example.com"],
            "pasted-text-errors.csv": ["nobody", "OK@example.com"],
            "pasted-text-still-to-do.csv": ["ok@example.com"],
        }
        assert "clerkbulk resume" not in str(got)
        list(job.run(client))
        part.hear("pulse", True)
        labels = [node["label"] for node in every(part.view()) if node.get("name") == "download"]
        assert labels == ["All rows (4)", "Errors only (2)", "Still to do (0)"]
        press_all()
        assert [row["team"] for row in got["pasted-text-results.csv"]] == ["core", "core", "ops", "ops"]
        assert got["pasted-text-still-to-do.csv"] == []
        part.hear("download", "../../etc/passwd")
        assert not part.errands.is_under_way()


def test_refusals_are_grouped_by_cause(tmp_path: Path) -> None:
    """The most first; each with its lines and what to do."""
    clock = VirtualClock(MONDAY_7)
    sheet = "email_address\nok@example.com\nnobody\nnothing\nok@example.com\n"
    with (
        cb.Emulator(clock=clock) as clerk,
        clerk.client() as client,
        cb.Ledger(tmp_path / "a.db", clock=clock) as ledger,
    ):
        job = ledger.job(cb.check(sheet))
        list(job.run(client))
        part = WatchPart(ledger, access=Access(client))
        (table,) = [node for node in every(part.view()) if node["t"] == "table"]
    assert table["head"] == ["cause", "rows", "lines", "what to do"]
    assert [row[1:3] for row in table["rows"]] == [["2", "3, 4"], ["1", "5"]]
    assert all(row[0] and row[3] for row in table["rows"])


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """To look makes no file; once there is one with a job, it is shown."""
    where = tmp_path / "onboarding.db"
    part = WatchPart(where, access=Access(environ={}))
    assert sees(part, "Nothing was sent yet: plan and send first.")
    assert pulses(part) == [AT_REST]
    assert not where.exists()
    with cb.Ledger(where) as ledger:
        ledger.job(cb.check(people(2)))
        part.hear("pulse", True)
        assert sees(part, "Never begun: look at it in Plan and send.")
        assert not has(part, "go_on")
    part.ledger.close()


def test_a_ledger_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """A sentence, and the form goes on asking."""
    where = tmp_path / "onboarding.db"
    where.write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    with pytest.raises(LedgerError):
        cb.Ledger(where)
    part = WatchPart(where, access=Access(environ={}))
    assert sees(part, "is not a ledger")
    assert pulses(part) == [AT_REST]


def test_whom_a_person_left_out_is_no_error_to_fix(tmp_path: Path) -> None:
    """They are told by cause and stand in the sheet of all rows; the number of errors does not count them."""
    clock = VirtualClock(MONDAY_7)
    draft = Draft()
    draft.take("email_address\nok@example.com\nnobody\nout@example.com\n")
    draft.revision.exclude([4])
    with (
        cb.Emulator(clock=clock) as clerk,
        clerk.client() as client,
        cb.Ledger(tmp_path / "a.db", clock=clock) as ledger,
    ):
        job = ledger.job(draft.checked())
        list(job.run(client))
        part = WatchPart(ledger, access=Access(client))
        assert sees(part, "3 rows = 1 sent + 2 invalid")
        (table,) = [node for node in every(part.view()) if node["t"] == "table"]
        assert ["A person left this line out before the list was sent.", "1", "4"] in [row[:3] for row in table["rows"]]
        labels = [node["label"] for node in every(part.view()) if node.get("name") == "download"]
        assert labels == ["All rows (3)", "Errors only (1)", "Still to do (0)"]
        _, errors = sheet(job.results(), "errors")
    assert b"nobody" in errors
    assert b"out@example.com" not in errors
