"""The options that write every attempt into a file, one JSON object a line, and the file."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger

Command = TypeVar("Command", bound=Callable[..., Any])


def takes_log(command: Command) -> Command:
    """Give a command that sends the options ``log`` and ``log_addresses``."""
    for decorate in (
        click.option("--log-addresses", is_flag=True, help="Let the log have addresses, and Clerk's sentences."),
        click.option(
            "--log", metavar="FILE",
            help="Add a line of JSON to FILE for every call, with Clerk's trace id; no addresses unless asked for.",
        ),
    ):  # fmt: skip
        command = decorate(command)
    return command


@contextmanager
def attempts_logged(file: str | None, addresses: bool, ledger: Ledger) -> Iterator[None]:
    """Add every attempt that ends meanwhile to a file, which only its owner can read if it is made here.

    Raises InputError when the file cannot be opened.
    """
    from clerkbulk.errors import InputError
    from clerkbulk.sending.during.attempts import LOG

    if file is None:
        yield
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise InputError(f"The log {file} cannot be written: {error.strerror}. Nothing was sent.") from None
    handler, level = _Lines(file, descriptor, ledger if addresses else None), LOG.level
    LOG.addHandler(handler)
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOG.setLevel(level)
        LOG.removeHandler(handler)
        os.close(descriptor)


class _Lines(logging.Handler):
    """Writes each attempt as one line in one go: several processes may share the file."""

    def __init__(self, file: str, descriptor: int, known: Ledger | None) -> None:
        super().__init__(logging.INFO)
        self._file, self._descriptor, self._known = file, descriptor, known
        self._failed = False

    def emit(self, record: logging.LogRecord) -> None:
        try:
            os.write(self._descriptor, f"{self._line(record)}\n".encode())
        except OSError as error:
            # The job is worth more than its log: the ledger has every attempt in any case.
            if not self._failed:
                say(f"The log {self._file} cannot be written any more ({error.strerror}); sending goes on.", err=True)
            self._failed = True

    def _line(self, record: logging.LogRecord) -> str:
        from clerkbulk.sending.during.attempts import read_attempt

        attempt_id = getattr(record, "attempt_id", None)
        if self._known is None or attempt_id is None:
            return record.getMessage()
        with self._known.begin() as connection:
            attempt = read_attempt(connection, attempt_id, addresses=True)
        return json.dumps(attempt.to_json(), ensure_ascii=False)
