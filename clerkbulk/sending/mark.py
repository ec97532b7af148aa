"""Mark: how many calls were made from a ledger's file, kept beside its content, so that older content shows.

A backup that is written over the ledger (``cp backup.db onboarding.db``) makes no new file: number and birth stay, and
the calls made since the backup are forgotten. The mark is an extended attribute of the file. Such a copy leaves it
alone, and it costs microseconds a call. It need not be durable: after a power cut it may be behind, and says nothing.

Where there are no such attributes (macOS, Windows, some disks) there is no mark. It says nothing either when the backup
was made and put back with its attributes (``cp -a`` both ways), or when the whole disk was set back to a snapshot:
after that, settle by hand (``clerkbulk resume --settle-copy``).
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_NAME = "user.clerkbulk.calls"


def read_mark(path: Path) -> int:
    """Return how many calls were made from the file as far as its mark says; 0 without one."""
    if not hasattr(os, "getxattr"):
        return 0
    try:
        return int(os.getxattr(path, _NAME))
    except (OSError, ValueError):
        return 0


def write_mark(path: Path, calls: int) -> None:
    """Write down how many calls were made from the file, where its disk can keep that."""
    if hasattr(os, "setxattr"):
        with suppress(OSError):
            os.setxattr(path, _NAME, str(calls).encode())
