"""Opening a ledger's database: a SQLite file with full durability, or a server by URL."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clerkbulk.errors import LedgerError
from clerkbulk.sending.tables import MIGRATIONS, migrate

BUSY = 30
"""Seconds a process waits for another that writes to the same file."""


def open_database(where: str | os.PathLike[str], now: float) -> sa.Engine:
    """Open or make the database and bring its tables up to date. Raises LedgerError.

    A file is made readable by its owner only. Every transaction on it starts by taking the write lock, so that what was
    read in it still holds when it writes.
    """
    url = str(where)
    engine = _server(url) if "://" in url else _file(Path(url))
    try:
        with engine.begin() as connection:
            newest = migrate(connection, now)
    except sa.exc.DatabaseError as error:
        engine.dispose()
        raise LedgerError(
            f"{_shown(url)} cannot be used as a ledger ({str(error.orig).strip()}). Name another one."
        ) from None
    if newest > MIGRATIONS[-1][0]:
        engine.dispose()
        raise LedgerError(f"{_shown(url)} was written by a newer clerkbulk: upgrade clerkbulk to go on.")
    return engine


def _server(url: str) -> sa.Engine:
    try:
        return sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError) as error:
        raise LedgerError(f"{_shown(url)} cannot be opened as a ledger: {error}") from None


def _file(path: Path) -> sa.Engine:
    if path.is_dir():
        raise LedgerError(f"{path} is a folder: name a file in it, such as {path / 'onboarding.db'}.")
    if not path.parent.is_dir():
        raise LedgerError(f"There is no folder {path.parent} for the ledger {path.name}: make it first.")
    try:
        # Made before SQLite does, so that nobody else can ever read it; its -wal and -shm files inherit the mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise LedgerError(f"The ledger {path} cannot be written ({error.strerror}). Nothing was sent.") from None
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event below starts the transactions
    try:
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except sqlite3.OperationalError as error:
        raise LedgerError(f"The ledger cannot be opened ({error}). Nothing was sent.") from None
    if mode != "wal":
        raise LedgerError(
            f"The ledger's disk does not support SQLite's write-ahead log (it answered {mode}): network drives do not. "
            "Put the ledger on a local disk."
        )


def _begin(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _shown(url: str) -> str:
    """Return the URL without a password."""
    if "://" not in url:
        return url
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except sa.exc.ArgumentError:
        return "The URL given"
