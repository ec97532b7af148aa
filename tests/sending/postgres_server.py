"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, on a spare port of the loopback."""

from __future__ import annotations

import ctypes
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import psycopg

USER, PASSWORD = "clerkbulk", "fake-pass/word"
HOW_TO_GET_ONE = "PostgreSQL's server is not installed: apt-get install postgresql"
_STOPS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
"""PostgreSQL's manual, shutting down the server."""


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs: on the path, or where Debian keeps the newest version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in folders), key=lambda folder: int(folder.parent.name), default=None)


class Server:
    """A cluster, begun and ended by ``with``; it ends with this process too. Commits wait for the disk, as always."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._numbers = itertools.count(1)
        self._idle: list[str] = []
        # PostgreSQL refuses to run as root; its package brings a user along.
        self._account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="clerkbulk-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _spare_port()

    def __enter__(self) -> Self:
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        words = self._folder / "password"
        words.write_text(PASSWORD)
        words.chmod(0o644)
        made = self._begin(
            "initdb", "--pgdata", self._data, "--username", USER, "--auth=scram-sha-256", f"--pwfile={words}",
            "--encoding=UTF8", "--no-locale", "--no-sync",
        )  # fmt: skip
        assert made.wait(120) == 0, self._said()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_running():
            self.stop("immediate")
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._process = self._begin(
            "postgres", "-D", self._data, "-p", self.port, "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=",
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                assert self._process.poll() is None, self._said()
                assert time.monotonic() < deadline, self._said()
                time.sleep(0.02)
            else:
                return

    def stop(self, mode: str) -> None:
        """Stop the server as pg_ctl does; "immediate" is as sudden as a power cut to whoever is connected."""
        assert self._process is not None
        self._process.send_signal(_STOPS[mode])
        self._process.wait(60)
        self._process = None

    def is_running(self) -> bool:
        """Whether it runs."""
        return self._process is not None

    def database(self, options: str = "") -> str:
        """Make a fresh database and return its URL, with the password. options are those of CREATE DATABASE."""
        name = f"ledger_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the URL of an empty database, and take it back for others: that is quicker than to make another."""
        url = self._idle.pop() if self._idle else self.database()
        yield url
        self._empty(url)
        self._idle.append(url)

    def _empty(self, url: str) -> None:
        name = url.rpartition("/")[2]
        others = f"FROM pg_stat_activity WHERE datname = '{name}'"
        self.execute(f"SELECT pg_terminate_backend(pid) {others}")
        self.execute(f"ALTER DATABASE {name} RESET ALL")
        schemas = "SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'"
        for (schema,) in ask(url, schemas):
            ask(url, f'DROP SCHEMA "{schema}" CASCADE')
        ask(url, "CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://{USER}:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Let a connection of its own execute a statement."""
        return ask(self.url(database), statement)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _begin(self, program: str, *arguments: object) -> subprocess.Popen[bytes]:
        command = [str(self._programs / program), *map(str, arguments)]
        account = self._account
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_die_with_the_tests, **user,
            )  # fmt: skip

    def _said(self) -> str:
        return (self._folder / "log").read_text()[-3000:]


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    """Ask a database from a connection of its own: only what is committed can be seen."""
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        cursor = connection.execute(query)  # type: ignore[call-overload] - the tests' own statements
        return cursor.fetchall() if cursor.description else []


def _die_with_the_tests() -> None:
    """Have the server stopped when the process that runs the tests is gone, however it went. Linux alone can."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


def _spare_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
