"""Worker process: told through a pipe what to send, it says through another that it has begun, and stays to the end.

Whoever started it may be gone by then. What happens stands in the ledger, and line by line, as JSON, in its log.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from traceback import format_exception
from types import FrameType
from typing import Any, Self

from clerkbulk import errors
from clerkbulk.sending.client import Client
from clerkbulk.sending.during.attempts import LOG
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.progress import Limits, Progress
from clerkbulk.sending.scrub import REMOVED, scrubbed_text

_IN, _OUT, _LOG = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker process is told. It holds the key: it goes through a pipe, and nowhere else."""

    secret_key: str = field(repr=False)
    api_url: str
    ledger: str = field(repr=False)
    """The file, or the URL of the server with its password."""
    job_id: str
    limits: Limits

    def to_json(self) -> bytes:
        """Return the order as it goes through the pipe."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def read(cls, text: bytes) -> Self:
        """Read what to_json() has written."""
        said = json.loads(text)
        return cls(**{**said, "limits": Limits(said["limits"])})


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker process says once: under which name it is at work, or why it is not."""

    owner: str | None = None
    error: str | None = None
    """The name of an error of clerkbulk's."""
    sentence: str = ""
    status: int = 0

    def to_json(self) -> bytes:
        """Return the report as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of_error(cls, error: Exception) -> Self:
        """Return the report of a process that ends before it has begun."""
        return cls(None, type(error).__name__, scrubbed_text(str(error)), getattr(error, "status", 0))

    @classmethod
    def read(cls, line: bytes) -> Self:
        """Read what to_json() has written; a process that died without a word has said nothing."""
        return cls(**json.loads(line)) if line else cls()

    def to_error(self, log: Path) -> errors.ClerkbulkError:
        """Return the error as it was raised in the process; what is no error of ours stands in its log."""
        if self.error == "NotReachable":
            return errors.NotReachable(self.sentence, sent=False)
        if self.error in {"ClerkRefused", "KeyRefused"}:
            refused: type[errors.ClerkRefused] = getattr(errors, self.error)
            return refused(self.sentence, status=self.status)
        if self.error in {"InputError", "LedgerError", "SecretKeyError"}:
            plain: type[errors.ClerkbulkError] = getattr(errors, self.error)
            return plain(self.sentence)
        said = f"{self.error}: {self.sentence}" if self.error else "without a word"
        return errors.ClerkbulkError(f"The worker process ended before it began ({said}). Its log: {log}")


class _Asked:
    """Whether somebody asked the process to end."""

    def __init__(self) -> None:
        self._asked = False

    def is_set(self) -> bool:
        return self._asked

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        self._asked = True


class _Attempts(logging.Handler):
    """Writes what is told of each call."""

    def emit(self, record: logging.LogRecord) -> None:
        _write(record.getMessage())


class _Steps:
    """Writes a line whenever the job comes into another state."""

    def __init__(self) -> None:
        self._last: tuple[object, ...] = ()

    def __call__(self, progress: Progress) -> None:
        state = (progress.state, progress.reason, progress.waiting_until)
        if state != self._last:
            until = None if progress.waiting_until is None else _moment(progress.waiting_until)
            _say(
                at=_moment(progress.at), job=progress.job_id, state=progress.state, reason=progress.reason,
                waiting_until=until, calls=progress.calls, **progress.sum.to_json(),
            )  # fmt: skip
        self._last = state


def main() -> None:
    """Take the order from standard input, report on standard output, send, and log on standard error."""
    order = Order.read(sys.stdin.buffer.read())
    stop, steps, is_reported = _Asked(), _Steps(), False
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    LOG.addHandler(_Attempts(logging.INFO))
    LOG.setLevel(logging.INFO)
    try:
        with Client(order.secret_key, api_url=order.api_url) as client, Ledger(order.ledger) as ledger:
            job = ledger.find(order.job_id)
            for progress in job.run(client, limits=order.limits, stop=stop):
                steps(progress)
                if not is_reported:
                    is_reported = True
                    _report(Report(owner=_own_name(job)))
    except Exception as error:
        known = isinstance(error, errors.ClerkbulkError)
        trace = None if known else "".join(format_exception(error)).replace(order.secret_key, REMOVED)
        _say(at=_moment(None), job=order.job_id, error=type(error).__name__, sentence=str(error), trace=trace)
        if not is_reported:
            _report(Report.of_error(error))
        sys.exit(1)


def _own_name(job: Job) -> str:
    return next(str(owner) for owner in job.attendance().present if owner.pid == os.getpid())


def _report(report: Report) -> None:
    """Say it, and let go of the pipes: whoever started this process may end now."""
    with suppress(BrokenPipeError):
        os.write(_OUT, report.to_json())
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, _IN)
    os.dup2(nothing, _OUT)
    os.close(nothing)


def _say(**line: Any) -> None:
    _write(scrubbed_text(json.dumps({name: value for name, value in line.items() if value is not None})))


def _write(line: str) -> None:
    # The job is worth more than its log: the ledger has everything in any case.
    with suppress(OSError):
        os.write(_LOG, f"{line}\n".encode())


def _moment(seconds: float | None) -> str:
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
