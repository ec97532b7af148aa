"""Exit statuses, and errors turned into a sentence on standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO, Any

import click

from clerkbulk.cli.invocation import Invocation
from clerkbulk.cli.visible import say

_CLERKBULK_FAILED = "clerkbulk itself failed ({})."


class Exit(IntEnum):
    """What the program says by its exit status."""

    DONE = 0
    """Done, and nothing wrong."""
    ISSUES = 1
    """Done, with issues or refused rows."""
    USAGE = 2
    """Wrong usage, or input that cannot be read."""
    LEFT = 3
    """Stopped with work left: paused, waiting, or refused as a whole."""
    UNREACHABLE = 4
    """Clerk could not be reached, or refused the key."""
    BROKEN = 70
    """clerkbulk itself failed (EX_SOFTWARE of sysexits.h): what Python would leave with, 1, means something here."""


class Refusal(click.ClickException):
    """What was asked for cannot be: a value, or two of them together. How to use the command is not said with it."""

    exit_code = int(Exit.USAGE)


class Declined(click.ClickException):
    """Somebody was asked, and said no."""

    exit_code = int(Exit.LEFT)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the sentence alone: it was no error."""
        click.echo(self.message, file=file, err=file is None)


@contextmanager
def speaking_errors(invocation: Invocation | None = None) -> Iterator[None]:
    """Turn the errors we know into one sentence and an exit status; show the others whole, but for anything secret.

    An invocation that answers in JSON has its one document printed, whatever happened.
    """
    invocation = invocation or Invocation()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Whatever a cell or a file name holds, and whatever the terminal's encoding, printing it must not fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        with _told(invocation):
            yield
            _print_document(invocation)
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more while closing standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.DONE)


@contextmanager
def _told(invocation: Invocation) -> Iterator[None]:
    """Say an error on standard error, and in the document; leave with its status."""
    try:
        yield
    except BrokenPipeError:
        raise
    except click.ClickException as error:
        status, message, shown = error.exit_code, error.format_message(), _shown(error)
    except (click.Abort, KeyboardInterrupt):
        status, message, shown = int(Exit.LEFT), "Stopped.", "Stopped."
    except Exception as error:
        status = _status_of(error)
        message = _CLERKBULK_FAILED.format(type(error).__name__) if status is Exit.BROKEN else str(error)
        shown = _defect(error) if status is Exit.BROKEN else f"Error: {error}"
    else:
        return
    say(invocation.complete(shown), err=True)
    if invocation.in_json:
        invocation.failed(invocation.complete(message), int(status))
        _print_document(invocation)
    sys.exit(status)


def _print_document(invocation: Invocation) -> None:
    if invocation.document is not None:
        from clerkbulk.cli.terminal import print_document

        print_document(invocation.document)


def _shown(error: click.ClickException) -> str:
    """Return what the terminal shows of an error; how a command is used, only where that is what was wrong."""
    if isinstance(error, click.BadParameter) and not isinstance(error, click.MissingParameter):
        return f"Error: {error.format_message()}"
    shown = io.StringIO()
    error.show(shown)
    return shown.getvalue().rstrip("\n")


def _status_of(error: Exception) -> Exit:
    from clerkbulk.errors import ClerkbulkError, ClerkRefused, KeyRefused, NotNow, NotReachable

    if isinstance(error, NotReachable | KeyRefused):
        return Exit.UNREACHABLE
    if isinstance(error, NotNow):
        return Exit.LEFT
    if isinstance(error, ClerkRefused):
        # Clerk has answered and said no, to a missing organization for one: a person must act, nothing was sent.
        return Exit.UNREACHABLE if error.status == 429 or error.status >= 500 else Exit.LEFT
    return Exit.USAGE if isinstance(error, ClerkbulkError) else Exit.BROKEN


def _defect(error: Exception) -> str:
    """Return where an error nobody expected came from, for a report: without the key, however it got in there."""
    from traceback import format_exception

    from clerkbulk.sending.scrub import REMOVED, scrubbed_text

    trace = "".join(format_exception(error))
    if key := os.environ.get("CLERK_SECRET_KEY", "").strip():
        trace = trace.replace(key, REMOVED)
    return (
        f"{scrubbed_text(trace)}Error: {_CLERKBULK_FAILED.format(type(error).__name__)} Please report it with the "
        "lines above; they hold no key, but perhaps a person's address."
    )
