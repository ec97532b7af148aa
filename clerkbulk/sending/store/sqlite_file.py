"""SQLite: a ledger in a file on a local disk, at full durability, for the processes of one machine."""

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
from clerkbulk.sending.clock import Clock, SystemClock
from clerkbulk.sending.store.home import HomeFile, way_out
from clerkbulk.sending.store.lost_file import rescue
from clerkbulk.sending.store.mark import read_mark
from clerkbulk.sending.store.network_drive import mount_of
from clerkbulk.sending.tables import migration

_MAKING = threading.Lock()
"""Held while a file is made: nobody of this process connects to it before it is closed again."""
BUSY = 30
"""Seconds a process waits for another that writes to the same file."""


class SqliteFile:
    """A ledger's file, made when missing, readable by its owner only. where is how its owner names it.

    Every transaction starts by taking the write lock, so that what was read in it still holds when it writes.
    Raises LedgerError for what cannot be a ledger, before anything in it is changed.
    """

    def __init__(self, path: Path, where: str) -> None:
        self.where = where
        self.engine = _engine(path)
        self.home = HomeFile(path)
        self._lost: LedgerError | None = None

    def clock(self) -> Clock:
        """Return the clock that everybody who shares the file goes by: the machine's."""
        return SystemClock()

    def lock_tables(self, connection: sa.Connection) -> None:
        """Keep everybody else from making tables: whoever has a transaction here is alone already."""

    def require_in_place(self) -> None:
        """Raise LedgerError when somebody has deleted, renamed or replaced the file; then what it held is saved first.

        What is written into a file without a name is gone when it is closed: no call may depend on it.
        """
        if self._lost is None and self.home.is_in_place():
            return
        self._lost = self._lost or _lost(self.home.path, rescue(self.engine, self.home.path))
        raise self._lost

    def tidy(self) -> None:
        """Move what was committed from the log into the file, so that a copy made without the log knows of it too."""
        with suppress(sqlite3.Error), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")

    def is_defect(self, error: sa.exc.DBAPIError) -> bool:
        """Whether an error comes from a wrong statement of ours."""
        # SQLite's InterfaceError is a value it has no type for.
        return isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError | sa.exc.DataError) or not isinstance(
            error, sa.exc.DatabaseError
        )

    def unusable(self, error: sa.exc.DBAPIError) -> LedgerError:
        """Return the error that says why the ledger cannot be read or written, and what to do."""
        return _unusable(self.home.path, str(error.orig).strip())


def _unusable(path: Path, said: str) -> LedgerError:
    go_on = "then go on: nothing is lost."
    if "not a database" in said or "malformed" in said:
        remedy = (
            "It is damaged or no ledger at all: put the newest copy of it in its place, send nothing without it, and "
            f"go on with {way_out(path)}"
        )
    elif "readonly" in said or "read-only" in said:
        remedy = f"Make the file and its folder writable, {go_on}"
    elif "locked" in said:
        remedy = f"Another program holds it: end that, {go_on}"
    else:
        remedy = f"Make room on its disk and see that the disk is in order, {go_on}"
    return LedgerError(f"The ledger {path} cannot be read or written ({said}). {remedy}")


def _lost(path: Path, rescued: Path | None) -> LedgerError:
    if rescued is None:
        remedy = f"What it held could not be saved. Put its newest copy there, and go on with {way_out(path)}"
    else:
        remedy = f"What it held was saved in {rescued}: go on with {way_out(rescued)}"
    return LedgerError(f"The ledger {path} was deleted, renamed or replaced while it was in use. {remedy}")


def _engine(path: Path) -> sa.Engine:
    if path.is_dir():
        raise LedgerError(f"{path} is a folder: name a file in it, such as {path / 'onboarding.db'}.")
    if not path.parent.is_dir():
        raise LedgerError(f"There is no folder {path.parent} for the ledger {path.name}: make it first.")
    mount = mount_of(path.parent)
    if mount is not None and mount.is_network_drive:
        raise LedgerError(
            f"{path} lies on a network drive ({mount.kind}, mounted at {mount.point}): machines do not see each "
            "other's locks there, and two of them would invite the same people. Put the ledger on a local disk; "
            "several machines share one on PostgreSQL (--ledger postgresql://USER@HOST/DATABASE)."
        )
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
    log = path.with_name(f"{path.name}-wal")
    is_at_rest = not log.exists() or log.stat().st_size == 0  # the log may mend a page that was half written
    try:
        with closing(sqlite3.connect(path, timeout=BUSY)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            (page_size,) = connection.execute("PRAGMA page_size").fetchone()
            if is_at_rest and path.stat().st_size % page_size:
                raise sqlite3.DatabaseError("its last page is cut off")
    except sqlite3.OperationalError as error:
        raise _unusable(path, str(error)) from None
    except sqlite3.Error as error:
        raise LedgerError(
            f"{path} is not a ledger ({error}). Name another file; a new one is made where there is none. If it was "
            "one, it is damaged: put its newest copy in its place."
        ) from None
    if tables and migration.name not in tables:
        raise LedgerError(f"{path} is a database of something else (it has {', '.join(sorted(tables)[:3])}).")
    if not tables and read_mark(path):
        raise LedgerError(f"{path} was emptied, and calls were made from it. Put its newest copy in its place.")


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
