"""Lost file: a ledger that was deleted, renamed or replaced while it is open is saved before it is gone for good."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import sqlalchemy as sa


def rescue(engine: sa.Engine, path: Path) -> Path | None:
    """Write what an open ledger still holds to its path, or beside it if something else is there; return where.

    SQLite reads and writes a file that has no name any more until it is closed, and then all of it is gone. Returns
    None when there is no open connection left to read by, or no room.
    """
    pool = engine.pool
    if not isinstance(pool, sa.QueuePool) or pool.checkedin() == 0:
        return None  # a new connection would only make an empty file
    target = path.with_name(f"{path.name}.rescued") if path.exists() else path
    try:
        # Made before SQLite writes to it, so that nobody else can ever read it.
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:
        return None
    try:
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error:
        with suppress(OSError):
            target.unlink()
        return None
    return target
