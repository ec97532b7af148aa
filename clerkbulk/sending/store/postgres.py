"""PostgreSQL: a ledger that several machines share, by the URL of its database. Needs psycopg 3 (extra ``postgres``).

Each statement sees what is committed when it begins (READ COMMITTED); what must not change during a transaction is
locked, see lock.py. A commit is on the server's disk before it returns: otherwise a crash of the server would forget
the last calls, and they would be made again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import psycopg
import sqlalchemy as sa
from psycopg.types.string import StrDumperUnknown

from clerkbulk.errors import LedgerError
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.scrub import REMOVED
from clerkbulk.sending.store.server_clock import Look, ServerClock, steady
from clerkbulk.sending.tables import migration

MIGRATING = 0x636C65726B62756C
"""The advisory lock held while tables are made. It spells clerkbul, so that it is nobody else's."""
_CONNECTION = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "application_name": "clerkbulk",
}
"""Unless the URL says otherwise: a server that is gone is noticed within a minute, not the system's quarter of an hour.
Times are seconds, but for tcp_user_timeout (libpq, database connection control functions)."""
_SESSION = """
SELECT set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false),
    set_config('idle_in_transaction_session_timeout', '30s', false), set_config('lock_timeout', '120s', false)
"""
"""Commits are durable; and who falls asleep in the middle of a transaction loses it, with its locks, before anybody who
waits for them gives up."""
_SERVER = """
SELECT current_setting('fsync'), current_setting('server_encoding'), current_setting('transaction_read_only')
"""
_TIME = sa.text("SELECT extract(epoch FROM clock_timestamp())::float8")
_SECRET_PARTS = ("password", "sslpassword")
"""Parameters in a URL's query that are never shown."""
_GO_ON = "Nothing is lost: then go on with clerkbulk resume."
_REACH = (
    "See that the server runs and can be reached, and that the URL's host, port, user and database and the password "
    f"(in the URL, PGPASSWORD or ~/.pgpass) are right. {_GO_ON}"
)
_PRIMARY = "Name the primary server, or make the database writable."
# By the code of the condition, or the class it belongs to (PostgreSQL's manual, appendix A).
_REMEDIES = {
    "25006": _PRIMARY,
    "3F000": "Make the schema that its search path names.",
    "40": f"Two processes got in each other's way. {_GO_ON}",
    "42501": "Let the owner of the database grant it to the user, or name a database of the user's own.",
    "53": f"Make room on the server, or end other connections to it. {_GO_ON}",
    "55P03": f"Another process has been holding it for two minutes: end that. {_GO_ON}",
    "57014": f"Raise the user's statement_timeout. {_GO_ON}",
    "XX": "The database is damaged: have it restored, and send nothing without it.",
}


class PostgresDatabase:
    """A ledger's database on a server. where is its URL without the password; the first connection asks the server."""

    def __init__(self, url: sa.URL) -> None:
        # Made anew: URL.set() takes None for nothing to set.
        query = url.difference_update_query(_SECRET_PARTS).query
        shown = sa.URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
        self.where = shown.render_as_string(hide_password=False)
        self._secrets = tuple(_secrets(url))
        self.home = None
        self.engine = sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={name: value for name, value in _CONNECTION.items() if name not in url.query},
            client_encoding="utf8",
            isolation_level="READ COMMITTED",
            # A job waits for an hour between two bursts of calls; what lies in between drops a silent connection.
            pool_pre_ping=True,
            use_native_hstore=False,
            hide_parameters=True,  # an error of SQL would otherwise show people's addresses
        )
        sa.event.listen(self.engine, "connect", self._prepare)
        sa.event.listen(self.engine, "checkout", _refuse_the_parents)
        sa.event.listen(self.engine, "handle_error", _hide_values)

    def clock(self) -> Clock:
        """Return the clock that every machine goes by: the server's."""
        return ServerClock(self._look, (sa.exc.DBAPIError, LedgerError))

    def require_in_place(self) -> None:
        """See that what was opened is still there: the server says so by itself."""

    def tidy(self) -> None:
        """Leave it to the server to tidy up."""

    def lock_tables(self, connection: sa.Connection) -> None:
        """Keep everybody else from making tables for the time of a transaction.

        Raises LedgerError where the tables of something else would lie beside ours; those of procrastinate may.
        """
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
        inspector = sa.inspect(connection)
        schema = inspector.default_schema_name
        names = sorted(name for name in inspector.get_table_names(schema) if not name.startswith("procrastinate_"))
        ours = migration.name in names and {
            column["name"] for column in inspector.get_columns(migration.name, schema)
        } == set(migration.c.keys())
        if names and not ours:
            raise LedgerError(
                f"{self.where} is a database of something else (it has {', '.join(names[:3])}). Make one for the "
                "ledger (createdb clerkbulk), or a schema: ?options=-csearch_path%3DSCHEMA at the end of the URL."
            )

    def is_made(self) -> bool:
        """Whether a ledger has been made in the database. Raises what the driver does, as DBAPIError."""
        with self.engine.connect() as connection:
            inspector = sa.inspect(connection)
            return inspector.has_table(migration.name, inspector.default_schema_name)

    def is_defect(self, error: sa.exc.DBAPIError) -> bool:
        """Whether an error comes from a wrong statement of ours."""
        wrong = isinstance(error, sa.exc.IntegrityError | sa.exc.ProgrammingError | sa.exc.DataError)
        return wrong and _remedy(_code(error)) is None

    def unusable(self, error: sa.exc.DBAPIError) -> LedgerError:
        """Return the error that says why the ledger cannot be read or written, and what to do."""
        code, said = _code(error), self._said(error)
        if code is None and error.statement is None and 'database "' in said and "does not exist" in said:
            return LedgerError(f"There is no such database ({self.where}): make it with createdb, or correct the URL.")
        if code is None or code[:2] in {"08", "57"} or error.connection_invalidated:
            return LedgerError(f"The ledger {self.where} cannot be reached ({said}). {_remedy(code) or _REACH}")
        return LedgerError(f"The ledger {self.where} cannot be used ({said}). {_remedy(code) or _GO_ON}")

    def _said(self, error: sa.exc.DBAPIError) -> str:
        """Return the first line of what the driver says, without a password that may be repeated in it."""
        said, *_ = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
        for secret in self._secrets:
            said = said.replace(secret, REMOVED)
        return said

    def _look(self) -> Look:
        with self.engine.connect() as connection:
            # The first statement also begins the transaction: only the second one's way there and back is known.
            for _ in range(2):
                before = steady()
                server = connection.execute(
                    sa.text("SELECT extract(epoch FROM clock_timestamp())::float8")
                ).scalar_one()
                after = steady()
        return Look(before, server, after)

    def _prepare(self, connection: psycopg.Connection[Any], record: Any) -> None:
        """Make a new connection fit for a ledger. Raises LedgerError when its server is not."""
        record.info["process"] = os.getpid()
        connection.adapters.register_dumper(str, _WholeLetters)
        connection.execute(_SESSION)
        fsync, encoding, read_only = connection.execute(_SERVER).fetchone() or ("", "", "")
        connection.commit()
        if fsync != "on":
            raise LedgerError(
                f"The server of {self.where} runs with fsync off: after a crash it would have forgotten calls that "
                "were made, and they would be made again. Let it run with fsync = on."
            )
        if encoding != "UTF8":
            raise LedgerError(
                f"The database {self.where} is in {encoding}, which cannot hold every name: make another one with "
                "createdb -E UTF8 -T template0."
            )
        if read_only != "off":
            raise LedgerError(f"The ledger {self.where} cannot be written. {_PRIMARY}")


class _WholeLetters(StrDumperUnknown):
    """Writes out what no text of PostgreSQL's can hold: NUL, and half characters (lone surrogates)."""

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "\\x00").encode("utf-8", "backslashreplace")


def _secrets(url: sa.URL) -> Iterator[str]:
    for secret in (url.password, *(url.query.get(part) for part in _SECRET_PARTS)):
        for text in [secret] if isinstance(secret, str) else secret or ():
            yield from (spelled for spelled in (text, quote(text, safe=""), quote_plus(text)) if spelled)


def _code(error: sa.exc.DBAPIError) -> str | None:
    return error.orig.sqlstate if isinstance(error.orig, psycopg.Error) else None


def _remedy(code: str | None) -> str | None:
    return _REMEDIES.get(code or "") or _REMEDIES.get((code or "")[:2])


def _refuse_the_parents(connection: object, record: Any, proxy: Any) -> None:
    """Keep a forked process from speaking on its parent's connection: the pool makes it one of its own."""
    if record.info["process"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise sa.exc.DisconnectionError("the connection belongs to the process that this one was forked from")


def _hide_values(context: sa.engine.ExceptionContext) -> None:
    """Leave only the first sentence of an error: the lines after it show the values, which are people's addresses."""
    original, ours = context.original_exception, context.sqlalchemy_exception
    if isinstance(original, psycopg.Error) and original.diag.message_primary:
        original.args = (original.diag.message_primary,)
        if ours is not None:
            ours.args = (f"({type(original).__name__}) {original.diag.message_primary}",)
