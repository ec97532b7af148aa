"""Private file: what holds people's addresses is readable by its owner only."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import BinaryIO


def open_private(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for writing, in the place of what it held; nobody but its owner can read it. Raises OSError."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        # One that was there may have been for everybody. Some disks know no owners.
        with suppress(PermissionError):
            os.chmod(path, 0o600)
    return file
