"""Opening a ledger's database by its name: the path of a SQLite file, or the URL of a PostgreSQL database."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from clerkbulk.errors import LedgerError
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.store.home import HomeFile
from clerkbulk.sending.store.sqlite_file import SqliteFile
from clerkbulk.sending.tables import MIGRATIONS, migrate

if TYPE_CHECKING:
    from clerkbulk.sending.store.postgres import PostgresDatabase


class Database(Protocol):
    """What a ledger stands on: how it is named, connected to, and what its errors mean."""

    where: str
    """How people name it; never with a password."""
    engine: sa.Engine

    @property
    def home(self) -> HomeFile | None:
        """The file it is; None for a server, which has no copies."""
        ...

    def clock(self) -> Clock:
        """Return the clock that everybody who shares it goes by."""
        ...

    def lock_tables(self, connection: sa.Connection) -> None:
        """Keep everybody else from making tables for the time of a transaction.

        Raises LedgerError where the tables of something else are.
        """
        ...

    def require_in_place(self) -> None:
        """Raise LedgerError when what was opened is not there any more."""
        ...

    def tidy(self) -> None:
        """Put in order what was committed, where that is ours to do."""
        ...

    def is_defect(self, error: sa.exc.DBAPIError) -> bool:
        """Whether an error comes from a wrong statement of ours, and not from the database, the disk or the network."""
        ...

    def unusable(self, error: sa.exc.DBAPIError) -> LedgerError:
        """Return the error that says why the ledger cannot be read or written, and what to do."""
        ...


def open_database(where: str | os.PathLike[str], clock: Clock | None = None) -> tuple[Database, Clock]:
    """Open or make a ledger's database and bring its tables up to date; return it and its clock, the one given first.

    Raises LedgerError.
    """
    database = _named(str(where))
    try:
        clock = clock or database.clock()
        with database.engine.begin() as connection:
            database.lock_tables(connection)
            newest = migrate(connection, clock.now())
            if database.home is not None:
                database.home.settle_in(connection, clock.now())
        if newest > MIGRATIONS[-1][0]:
            raise LedgerError(f"{database.where} was written by a newer clerkbulk: upgrade clerkbulk to go on.")
    except sa.exc.DBAPIError as error:
        database.engine.dispose()
        raise database.unusable(error) from None
    except LedgerError:
        database.engine.dispose()
        raise
    database.tidy()
    return database, clock


def require_there(where: str) -> None:
    """Raise LedgerError when there is no ledger of a name, which may be mistyped: to look for one makes none."""
    found = _read(where)
    if isinstance(found, Path):
        is_there, name = found.exists(), where
    else:
        server = _server(found)
        try:
            is_there, name = server.is_made(), server.where
        except sa.exc.DBAPIError as error:
            raise server.unusable(error) from None
        finally:
            server.engine.dispose()
    if not is_there:
        raise LedgerError(f"There is no ledger {name}: clerkbulk send PEOPLE --ledger {shlex.quote(name)} makes one.")


def _named(where: str) -> Database:
    """Return the database that a path or a URL names."""
    found = _read(where)
    return SqliteFile(found, where) if isinstance(found, Path) else _server(found)


def _read(where: str) -> Path | sa.URL:
    """Return the path of a file, or the URL of a PostgreSQL database."""
    if "://" not in where:
        return Path(where)
    try:
        if where.count("@") > 1:
            # A password cut off at the first of them: the rest would be taken for the host, and shown.
            raise ValueError
        url = sa.make_url(where)
    except (sa.exc.ArgumentError, ValueError):
        # What cannot be read may hold a password, so it is not repeated.
        raise LedgerError(
            "The ledger is neither a file nor a URL that can be read. In a URL, write /, @, : and % of a password as "
            "%2F, %40, %3A and %25, or better keep it in PGPASSWORD or ~/.pgpass."
        ) from None
    backend, _, driver = url.drivername.partition("+")
    if backend in {"postgresql", "postgres"} and driver in {"", "psycopg"}:
        return url
    if backend == "sqlite" and url.database not in {None, "", ":memory:"}:
        return Path(str(url.database))
    raise LedgerError(
        "A ledger is a file on a local disk, or a PostgreSQL database by its URL (postgresql://USER@HOST/DATABASE), "
        f"through psycopg 3; {url.drivername}:// is neither."
    )


def _server(url: sa.URL) -> PostgresDatabase:
    try:
        from clerkbulk.sending.store.postgres import PostgresDatabase
    except ImportError:
        raise LedgerError(
            "A ledger on PostgreSQL needs psycopg, which is not installed: pip install 'clerkbulk[postgres]'."
        ) from None
    return PostgresDatabase(url)
