"""Worker: a process of its own that sends a job, started from a notebook, and still there when that is not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import clerkbulk
from clerkbulk.errors import InputError
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.kept_pace import keep_pace
from clerkbulk.sending.during.owner import Owner
from clerkbulk.sending.during.worker_process import Order, Report

if TYPE_CHECKING:
    from clerkbulk.sending.before.pace import Pace
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import Ledger
    from clerkbulk.sending.progress import Limits

LOOK_AGAIN = 0.5
"""Seconds between two looks at whether a worker has left."""
_BEGIN = "import sys; sys.path.append(sys.argv.pop()); from clerkbulk.sending.during.worker_process import main; main()"


class Worker:
    """A process at work on a job. Made by Job.start()."""

    def __init__(self, job: Job, owner: Owner, log: Path, clock: Clock) -> None:
        self.job = job
        self.log = log
        """The file in which it says, line by line as JSON, what it does."""
        self._owner, self._clock = owner, clock

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._owner.pid

    def is_at_work(self) -> bool:
        """Whether it is still there and has not left."""
        return self._owner in self.job.attendance().present

    def pause(self) -> None:
        """Ask it, and everybody else at work on the job, to leave before the next call. See Job.pause()."""
        self.job.pause()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has left; return whether it has, within timeout seconds if those are given."""
        began = self._clock.now()
        while self.is_at_work():
            if timeout is not None and self._clock.now() - began >= timeout:
                return False
            self._clock.sleep(LOOK_AGAIN)
        return True

    def __repr__(self) -> str:
        return f"<Worker: {self._owner.name}, {'at work on' if self.is_at_work() else 'has left'} {self.job.id}>"


def start(job: Job, ledger: Ledger, client: Client, limits: Limits, pace: Pace | None) -> Worker:
    """Start a process that sends a job, and return when it is at work. See Job.start()."""
    order = Order(**client.handed_over(), ledger=ledger.handed_over(), job_id=job.id, limits=limits)
    log = ledger.file_beside(f"{job.id}.log")
    if present := job.attendance().present:
        return Worker(job, present[0], log, ledger.clock)
    if pace is not None:
        keep_pace(ledger.begin, job.id, pace)
    report = _begun(order, log)
    if report.owner is None:
        raise report.to_error(log)
    return Worker(job, Owner.read(report.owner), log, ledger.clock)


def _begun(order: Order, log: Path) -> Report:
    """Start the process and wait for its report. The key goes through the pipe: not in arguments or environment."""
    written = _opened(log)
    try:
        process = subprocess.Popen(  # noqa: S603 - this very Python, and arguments of ours
            # Without -P it would import whatever is called like a module of ours in the folder it is started in.
            [sys.executable, "-P", "-c", _BEGIN, f"worker of {order.job_id}", str(Path(clerkbulk.__file__).parents[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
            env={name: value for name, value in os.environ.items() if name != "CLERK_SECRET_KEY"},
            # A terminal that is closed, and a kernel that is interrupted or shut down, signal their own session.
            start_new_session=True,
        )
    finally:
        os.close(written)
    try:
        with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as pipe:
            pipe.write(order.to_json())
        with cast("IO[bytes]", process.stdout) as pipe:
            report = Report.read(pipe.readline())
    except BaseException:
        process.terminate()
        raise
    finally:
        # It is waited for, so that it does not stay in the process table, and nobody has to hold on to it.
        threading.Thread(target=process.wait, name=f"waits for process {process.pid}", daemon=True).start()
    return report


def _opened(log: Path) -> int:
    try:
        written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
        os.fchmod(written, 0o600)
    except OSError as error:
        raise InputError(f"The log {log} cannot be written: {error.strerror}. Nothing was started.") from None
    return written
