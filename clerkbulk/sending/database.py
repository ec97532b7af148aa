"""Opening a ledger's database: a SQLite file with full durability."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clerkbulk.errors import LedgerError
from clerkbulk.sending.tables import MIGRATIONS, migrate, migration

_MAKING = threading.Lock()
"""Held while a file is made: nobody of this process connects to it before it is closed again."""
BUSY = 30
"""Seconds a process waits for another that writes to the same file."""


def open_database(where: str | os.PathLike[str], now: float) -> sa.Engine:
    """Open or make the database and bring its tables up to date. Raises LedgerError.

    A file is made readable by its owner only. Every transaction on it starts by taking the write lock, so that what was
    read in it still holds when it writes.
    """
    url = str(where)
    engine = _file(_path_of(url))
    try:
        with engine.begin() as connection:
            newest = migrate(connection, now)
            if newest > MIGRATIONS[-1][0]:
                raise LedgerError(f"{shown(url)} was written by a newer clerkbulk: upgrade clerkbulk to go on.")
    except sa.exc.DatabaseError as error:
        engine.dispose()
        raise unusable(url, error) from None
    except LedgerError:
        engine.dispose()
        raise
    return engine


def unusable(where: str, error: sa.exc.DatabaseError) -> LedgerError:
    """Return the error that says why a ledger cannot be read or written, and what to do."""
    said = str(error.orig).strip()
    if "not a database" in said or "malformed" in said:
        remedy = "It is damaged or no ledger at all: take the newest copy of it, and send nothing without it."
    elif "readonly" in said or "read-only" in said:
        remedy = "Make the file and its folder writable, then go on: nothing is lost."
    else:
        remedy = "Free the disk, or end whatever holds the file, then go on: nothing is lost."
    return LedgerError(f"The ledger {shown(where)} cannot be read or written ({said}). {remedy}")


def shown(url: str) -> str:
    """Return a path as it is, and a URL without its password."""
    if "://" not in url:
        return url
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "The URL given"


def _path_of(where: str) -> Path:
    """Return the file a ledger is, also by its ``sqlite:///`` URL.

    Raises LedgerError for a server: its locks are not built yet, and without them two processes would invite the same
    people.
    """
    if "://" not in where:
        return Path(where)
    try:
        url = sa.make_url(where)
    except sa.exc.ArgumentError:
        raise LedgerError("The ledger is neither a file nor a URL that can be read.") from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise LedgerError(f"{shown(where)} cannot be a ledger yet: name a file on a local disk.")
    return Path(url.database)


def _file(path: Path) -> sa.Engine:
    if path.is_dir():
        raise LedgerError(f"{path} is a folder: name a file in it, such as {path / 'onboarding.db'}.")
    if not path.parent.is_dir():
        raise LedgerError(f"There is no folder {path.parent} for the ledger {path.name}: make it first.")
    try:
        _make(path)
        if not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        path.chmod(0o600)
    except OSError as error:
        raise LedgerError(f"The ledger {path} cannot be written ({error.strerror}). Nothing was sent.") from None
    _refuse_other_databases(path)
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY},
        hide_parameters=True,  # an error of SQL would otherwise show people's addresses
    )
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _make(path: Path) -> None:
    """Make the file before SQLite does, so that nobody else can ever read it; -wal and -shm files inherit the mode.

    A file that is there is never opened here: to close it again would take SQLite's locks on it from every other
    connection of this process, as POSIX has it, and two runs would claim the same rows.
    """
    with _MAKING, suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _refuse_other_databases(path: Path) -> None:
    """Raise LedgerError for a SQLite file that belongs to something else, before anything in it is changed."""
    try:
        with closing(sqlite3.connect(path, timeout=BUSY)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise LedgerError(
            f"{path} is not a ledger ({error}). Name another file; a new one is made where there is none."
        ) from None
    if tables and migration.name not in tables:
        raise LedgerError(f"{path} is a database of something else (it has {', '.join(sorted(tables)[:3])}).")


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below starts the transactions
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    if mode != "wal":
        raise LedgerError(
            f"The ledger's disk does not support SQLite's write-ahead log (it answered {mode}): network drives do not. "
            "Put the ledger on a local disk."
        )


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
