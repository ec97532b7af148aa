"""Exit statuses, and errors turned into a sentence on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import click


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


@contextmanager
def speaking_errors() -> Iterator[None]:
    """Turn the errors we know into one sentence and an exit status; let the others show themselves."""
    try:
        yield
    except click.ClickException as error:
        error.show()
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
        if status is None:
            raise
        click.echo(f"Error: {error}", err=True)
        sys.exit(status)


def _status_of(error: Exception) -> Exit | None:
    from clerkbulk.errors import ClerkbulkError, ClerkRefused, NotReachable

    if isinstance(error, ClerkRefused | NotReachable):
        return Exit.UNREACHABLE
    return Exit.USAGE if isinstance(error, ClerkbulkError) else None
