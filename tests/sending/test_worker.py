"""Workers: processes of their own, started from a notebook, that outlive it; real ones, and a real emulator beside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from stage import FilePlace, Place, ServerPlace, Stage, checked, people

import clerkbulk as cb
from clerkbulk.errors import ClerkbulkError, InputError, KeyRefused, LedgerError, NotReachable
from clerkbulk.sending import tables
from clerkbulk.sending.client import certificates
from clerkbulk.sending.during.worker_process import Order, Report
from clerkbulk.sending.progress import Limits
from clerkbulk.sending.state import JobState

SECRET = "sk_test_plantedkey7"
KERNEL = (
    "import sys, time, clerkbulk as cb\n"
    "people = [{'email_address': f'p{n}@example.com', 'ignore_existing': True} for n in range(1, 201)]\n"
    "ledger = cb.Ledger(sys.argv[1])\n"
    "worker = ledger.job(cb.check(people)).start(cb.Client(sys.argv[2], api_url=sys.argv[3]), limits='off')\n"
    "print(worker.pid, flush=True)\n"
    "time.sleep(600)\n"
)
"""What a notebook does, and then sits there."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run ``clerkbulk emulate --limits off`` and give its address."""
    command = [sys.executable, "-c", "from clerkbulk.cli import main; main()", "emulate", "--limits", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@pytest.fixture
def clerk(address: str) -> str:
    """Return the address of an emulator that knows nobody."""
    control(address, "reset", {})
    return address


def control(url: str, door: str, document: Any = None) -> Any:
    method = "GET" if document is None else "POST"
    # Without certificates of its own, which take longer to read than the call.
    with httpx.Client(trust_env=False, timeout=60, verify=certificates(trust_env=False)) as client:
        return client.request(method, f"{url}/_emulator/{door}", json=document).json()


def slowly(url: str) -> None:
    """Let each call take so long that there is time to do something meanwhile."""
    control(url, "faults", [{"method": "POST", "do": "delay", "seconds": 0.1, "times": 1000}])


def invited(url: str) -> Counter[str]:
    return Counter(item["email_address"] for item in control(url, "state")["invitations"])


def until(happens: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + 90
    while not happens():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


@contextmanager
def ended(worker: cb.Worker) -> Iterator[cb.Worker]:
    """End a worker whatever the test came to."""
    try:
        yield worker
    finally:
        if worker.is_at_work() and worker.pid != os.getpid():
            os.kill(worker.pid, signal.SIGKILL)


def test_a_worker_outlives_the_kernel_that_started_it(clerk: str, tmp_path: Path) -> None:
    """The kernel is killed by SIGKILL while calls are being made; Clerk's own record says everybody once."""
    slowly(clerk)
    where = str(tmp_path / "a.db")
    command = [sys.executable, "-c", KERNEL, where, SECRET, clerk]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdout is not None
        pid = int(kernel.stdout.readline())
        until(lambda: len(invited(clerk)) >= 20, "the second call")
        kernel.kill()
    with cb.Ledger(where) as ledger:
        job = ledger.find()  # what a new kernel does
        (owner,) = job.attendance().present
        assert owner.pid == pid
        seen = [progress.sum.sent for progress in job.watch(poll=0.05)]
        assert seen == sorted(seen)
        assert (seen[-1], job.record.state) == (200, JobState.DONE)
    assert invited(clerk) == Counter(people(200))
    until(lambda: not Path(f"/proc/{pid}").exists(), "the end of the worker")


def test_the_key_is_nowhere_but_in_the_workers_memory(
    clerk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in arguments, environment, ledger or log; not even when it stands in the environment of whoever starts it."""
    slowly(clerk)
    monkeypatch.setenv("CLERK_SECRET_KEY", SECRET)
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        with ended(ledger.job(checked(people(100))).start(client, limits="off")) as worker:
            arguments = Path(f"/proc/{worker.pid}/cmdline").read_bytes()
            environment = Path(f"/proc/{worker.pid}/environ").read_bytes()
            assert worker.is_at_work()
            assert worker.wait(60)
        assert worker.job.sum().sent == 100
        log = worker.log.read_text()
    assert b"worker of job_" in arguments
    for place in (arguments, environment, log.encode(), *(path.read_bytes() for path in tmp_path.iterdir())):
        assert SECRET.removeprefix("sk_test_").encode() not in place
    assert worker.log == tmp_path / f"a.db.{worker.job.id}.log"
    assert worker.log.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["state"] for line in lines if "state" in line] == ["running", "done"]
    assert [line["outcome"] for line in lines if "attempt" in line] == ["sent"] * 10
    assert "@example.com" not in log
    assert SECRET not in repr(Order(SECRET, clerk, "postgresql://u:secret@h/d", "job_1", Limits.OFF))


def test_who_is_at_work_already_is_returned(clerk: str, tmp_path: Path) -> None:
    """Starting twice starts one, and another handle can pause and wait for it too."""
    slowly(clerk)
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(300)))
        with ended(job.start(client, limits="off")) as first:
            second = ledger.find().start(client)
            assert (second.pid, second.log) == (first.pid, first.log)
            assert repr(second).endswith(f"at work on {job.id}>")
            assert second.wait(0.01) is False
            second.pause()
            assert second.wait(60) is True
            assert (job.record.state, job.record.reason) == (JobState.PAUSED, "paused by request")
            assert not first.is_at_work()
            assert repr(first).endswith(f"has left {job.id}>")
        sent = job.sum().sent
        assert 0 < sent < 300
        control(clerk, "faults", [])
        with ended(job.start(client, limits="off")) as third:
            assert third.pid != first.pid
            assert third.wait(60)
        assert job.sum().sent == 300
    assert Counter(invited(clerk).values()) == Counter({1: 300})


def test_a_worker_that_is_asked_to_end_ends_cleanly(clerk: str, tmp_path: Path) -> None:
    """SIGTERM: what a machine that is shut down says. No call is left open, and the next start goes on."""
    slowly(clerk)
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(500)))
        with ended(job.start(client, limits="off")) as worker:
            os.kill(worker.pid, signal.SIGTERM)
            assert worker.wait(60)
        assert (job.record.state, job.record.reason) == (JobState.PAUSED, "stopped by request")
        assert job.sum().unknown == 0


def test_a_worker_that_is_killed_is_missed(clerk: str, tmp_path: Path) -> None:
    """Also in the process that started it, which has to notice its end: the job is interrupted, and watching ends."""
    slowly(clerk)
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(500)))
        worker = job.start(client, limits="off")
        os.kill(worker.pid, signal.SIGKILL)
        assert worker.wait(60)
        assert job.attendance().is_interrupted(job.record.state)
        assert [progress.reason for progress in job.watch()] == [
            "its process is gone, and nothing is lost: let the job go on"
        ]
        until(lambda: not Path(f"/proc/{worker.pid}").exists(), "the end of the zombie")


def test_a_refused_key_is_raised_where_the_worker_was_started(clerk: str, tmp_path: Path) -> None:
    """The sentence is the one run() would raise; the job was begun and waits."""
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(5)))
        control(clerk, "faults", [{"method": "GET", "do": "status", "status": 401, "code": "clerk_key_invalid"}])
        with pytest.raises(KeyRefused, match=r"Clerk does not accept the secret key \(clerk_key_invalid\)") as raised:
            job.start(client)
        assert raised.value.status == 401
        assert not job.attendance().is_at_work
        assert job.record.state is JobState.WAITING
        (line,) = (tmp_path / f"a.db.{job.id}.log").read_text().splitlines()
        assert json.loads(line)["error"] == "KeyRefused"


def test_a_server_that_cannot_be_reached_is_raised_where_the_worker_was_started(tmp_path: Path) -> None:
    """Nobody is at work afterwards."""
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url="http://127.0.0.1:9") as client:
        job = ledger.job(checked(people(5)))
        with pytest.raises(NotReachable, match=r"http://127\.0\.0\.1:9 cannot be reached"):
            job.start(client)
        assert not job.attendance().is_at_work


def test_a_job_of_another_instance_is_raised_where_the_worker_was_started(clerk: str, tmp_path: Path) -> None:
    """What the ledger refuses reaches the notebook with its own words."""
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(5)))
        job.bind(client)
        with ledger.begin() as connection:
            connection.execute(tables.job.update().values(instance_id="ins_other"))
        with pytest.raises(LedgerError, match="was begun in instance ins_other"):
            job.start(client)


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        (b"", ClerkbulkError, r"ended before it began \(without a word\)\. Its log: .*a\.log"),
        (Report.of_error(ValueError("odd")).to_json(), ClerkbulkError, r"\(ValueError: odd\)"),
        (Report.of_error(InputError("no address")).to_json(), InputError, "^no address$"),
        (
            Report.of_error(ValueError("sk_test_abc is odd")).to_json(),
            ClerkbulkError,
            r"ValueError: \[removed\] is odd",
        ),
    ],
)
def test_what_a_process_says_before_it_ends_is_raised(
    tmp_path: Path, line: bytes, kind: type[Exception], words: str
) -> None:
    """Its own errors as themselves, any other with the place of the log; never a key."""
    with pytest.raises(kind, match=words):
        raise Report.read(line).to_error(tmp_path / "a.log")


def test_what_lives_in_this_process_alone_cannot_be_handed_over(tmp_path: Path) -> None:
    """A transport, a clock: another process would talk to somebody else, at another time."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client, cb.Client(SECRET) as real:
        job = ledger.job(checked(people(5)))
        with pytest.raises(InputError, match="This client lives in this process alone"):
            job.start(client)
        with pytest.raises(InputError, match="lives by a clock that was set by hand"):
            job.start(real)
        assert not job.attendance().is_at_work


def test_nothing_that_lies_about_is_imported_by_a_worker(
    clerk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file called like one of our modules, in the folder of the notebook, is not run with the key at hand."""
    (tmp_path / "httpx.py").write_text("open('trap', 'w').close()\n")
    (tmp_path / "json.py").write_text("open('trap', 'w').close()\n")
    monkeypatch.chdir(tmp_path)
    with cb.Ledger("a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(5)))
        assert job.start(client).wait(60)
        assert job.sum().sent == 5
    assert not (tmp_path / "trap").exists()


def test_a_ledger_that_was_named_from_another_folder_is_found(
    clerk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook may change its folder after it has opened the ledger."""
    monkeypatch.chdir(tmp_path)
    with cb.Ledger("a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(5)))
        monkeypatch.chdir("/")
        assert job.start(client).wait(60)
        assert job.sum().sent == 5
    assert (tmp_path / f"a.db.{job.id}.log").exists()


def test_a_pace_is_kept_by_the_worker(clerk: str, tmp_path: Path) -> None:
    """What plan() was shown is what the process does: here it waits for the hours to begin."""
    with cb.Ledger(tmp_path / "a.db") as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(5)))
        later = datetime.now(UTC) + timedelta(hours=5)
        with ended(job.start(client, pace=job.plan(start=later).pace)) as worker:
            until(lambda: job.record.state is JobState.WAITING, "the wait")
            assert job.record.waiting_until == pytest.approx(later.timestamp())
            worker.pause()
            assert worker.wait(60)
    assert invited(clerk) == Counter()


def test_a_worker_sends_from_a_ledger_on_a_server(
    clerk: str, on_server: ServerPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its URL goes through the pipe, password and all; the log lies in the current folder."""
    monkeypatch.chdir(tmp_path)
    with on_server.open() as ledger, cb.Client(SECRET, api_url=clerk) as client:
        job = ledger.job(checked(people(50)))
        with ended(job.start(client, limits="off")) as worker:
            assert worker.wait(60)
        assert job.sum().sent == 50
    assert worker.log == tmp_path / f"clerkbulk.{job.id}.log"
    assert invited(clerk) == Counter(people(50))


def test_watching_shows_what_others_do(place: Place) -> None:
    """First how it stands, then each change, and the end when nobody is at work; the budget of the hour beside it."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(25)))
        run = job.run(client)
        next(run)
        watched = job.watch(poll=1)
        seen = []
        for progress in watched:
            seen.append((progress.state, progress.sum.sent, progress.calls, progress.budget.sentence))
            next(run, None)
        assert seen == [
            (JobState.RUNNING, 0, 0, "0 of 25 calls of the hour used"),
            (JobState.RUNNING, 10, 1, "1 of 25 calls of the hour used"),
            (JobState.RUNNING, 20, 2, "2 of 25 calls of the hour used"),
            (JobState.RUNNING, 25, 3, "3 of 25 calls of the hour used"),
            (JobState.DONE, 25, 3, "3 of 25 calls of the hour used"),
        ]


def test_watching_a_job_that_keeps_to_no_limit(tmp_path: Path) -> None:
    """More calls than an hour has are told without a limit that nobody keeps to."""
    stage = Stage(FilePlace(tmp_path), limits="off")
    job = stage.send(checked(people(300)), limits="off")
    (seen,) = job.watch()
    assert seen.budget.sentence == "30 calls in the last hour"


def test_from_a_notebook_whose_kernel_is_restarted(clerk: str, tmp_path: Path) -> None:
    """Start in one kernel, shut that down, watch in the next."""
    slowly(clerk)
    started = (
        "import clerkbulk as cb\n"
        f"ledger = cb.Ledger({str(tmp_path / 'a.db')!r})\n"
        "people = [{'email_address': f'p{n}@example.com'} for n in range(1, 301)]\n"
        f"worker = ledger.job(cb.check(people)).start(cb.Client({SECRET!r}, api_url={clerk!r}), limits='off')\n"
        "worker"
    )
    watched = (
        "import clerkbulk as cb\n"
        f"job = cb.Ledger({str(tmp_path / 'a.db')!r}).find()\n"
        "for progress in job.watch(poll=0.1):\n"
        "    pass\n"
        "progress.sum.sent"
    )
    assert "at work on job_" in in_a_kernel(started, tmp_path)
    assert in_a_kernel(watched, tmp_path) == "300"
    assert invited(clerk) == Counter(people(300))


def in_a_kernel(code: str, folder: Path) -> str:
    """Run a cell in a kernel of its own and shut that down; return what the cell shows."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    kernel = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=str(folder / "k"))
    NotebookClient(notebook, km=kernel, timeout=120, startup_timeout=60).execute(cleanup_kc=True)
    (output,) = notebook.cells[0].outputs
    return str(output["data"]["text/plain"])
