"""Mark: what is known of a ledger's file beside its content, so that an older state put back into it shows.

A backup that is written over the ledger (``cp backup.db onboarding.db``) makes no new file: number and birth stay, and
the calls made since the backup are forgotten. So the file itself keeps, in extended attributes, how many calls were
made from it, and where the ledger's home went if it went elsewhere. Such a copy leaves them alone, and they cost
microseconds a call. They need not be durable: after a power cut they may be behind, and say nothing.

Where there are no such attributes (macOS, Windows, some disks) there is no mark. It says nothing either when the backup
was made and put back with its attributes (``cp -a`` both ways), or when the whole disk was set back to a snapshot:
after that, settle by hand (``clerkbulk resume --settle-copy``).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_CALLS, _GONE = "user.clerkbulk.calls", "user.clerkbulk.gone"


def read_mark(path: Path) -> int:
    """Return how many calls were made from the file as far as its mark says; 0 without one."""
    text = _read(path, _CALLS)
    return int(text) if text.isdecimal() else 0


def write_mark(path: Path, calls: int) -> None:
    """Write down how many calls were made from the file, the ledger's home."""
    _write(path, _CALLS, str(calls))


def read_gone(path: Path) -> str:
    """Return where the ledger's home went from this file, as write_gone() was told; empty if it did not."""
    return _read(path, _GONE)


def write_gone(path: Path, to: str) -> None:
    """Write down that this file is the ledger's home no more; empty: that it is again."""
    _write(path, _GONE, to)


def _read(path: Path, name: str) -> str:
    if not hasattr(os, "getxattr"):
        return ""
    try:
        return os.getxattr(path, name).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _write(path: Path, name: str, text: str) -> None:
    if hasattr(os, "setxattr"):
        # Where the disk cannot keep it, the mark says nothing.
        with suppress(OSError):
            os.setxattr(path, name, text.encode("utf-8", "surrogateescape"))
