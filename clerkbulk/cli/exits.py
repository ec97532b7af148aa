"""Exit statuses, and errors turned into a sentence on standard error."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import click

from clerkbulk.cli.visible import say


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


@contextmanager
def speaking_errors() -> Iterator[None]:
    """Turn the errors we know into one sentence and an exit status; show the others whole, but for anything secret."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Whatever a cell or a file name holds, and whatever the terminal's encoding, printing it must not fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        say(shown.getvalue().rstrip("\n"), err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(Exit.LEFT)
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more while closing standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.DONE)
    except Exception as error:
        status = _status_of(error)
        if status is Exit.BROKEN:
            say(_defect(error), err=True)
        else:
            say(f"Error: {error}", err=True)
        sys.exit(status)


def _status_of(error: Exception) -> Exit:
    from clerkbulk.errors import ClerkbulkError, ClerkRefused, KeyRefused, NotReachable

    if isinstance(error, NotReachable | KeyRefused):
        return Exit.UNREACHABLE
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
        f"{scrubbed_text(trace)}Error: clerkbulk itself failed ({type(error).__name__}). Please report it with the "
        "lines above; they hold no key, but perhaps a person's address."
    )
