"""A PostgreSQL server of the tests' own: a cluster in a temporary folder, on a spare port of the loopback."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import psycopg

USER, PASSWORD = "clerkbulk", "fake-pass/word"
HOW_TO_GET_ONE = "PostgreSQL's server is not installed: apt-get install postgresql"


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs: on the path, or where Debian keeps the newest version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in folders), key=lambda folder: int(folder.parent.name), default=None)


class Server:
    """A cluster, begun and ended by ``with``. Every disk write is real: fsync stays on."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._numbers = itertools.count(1)
        # PostgreSQL refuses to run as root; its package brings a user along.
        self._account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="clerkbulk-postgres-"))
        self.port = _spare_port()

    def __enter__(self) -> Self:
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        words = self._folder / "password"
        words.write_text(PASSWORD)
        words.chmod(0o644)
        self._run(
            "initdb", "--pgdata", self._data, "--username", USER, "--auth=scram-sha-256", f"--pwfile={words}",
            "--encoding=UTF8", "--no-locale", "--no-sync",
        )  # fmt: skip
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_running():
            self.stop("immediate")
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self._run("pg_ctl", "start", "--wait", "--silent", "-D", self._data, "-l", self._folder / "log", "-o", options)

    def stop(self, mode: str) -> None:
        """Stop the server; "immediate" is as sudden as a power cut."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "-D", self._data, "-m", mode)

    def is_running(self) -> bool:
        """Whether it runs."""
        return (self._data / "postmaster.pid").exists()

    def database(self, options: str = "") -> str:
        """Make a fresh database and return its URL, with the password. options are those of CREATE DATABASE."""
        name = f"ledger_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql+psycopg://{USER}:{PASSWORD.replace('/', '%2F')}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Let a connection of its own execute a statement."""
        return ask(self.url(database), statement)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        account = self._account
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        # pg_ctl's server keeps what it inherits: a pipe would be waited for as long as the server runs.
        with (self._folder / "output").open("w+b") as output:
            done = subprocess.run(
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=120,
                check=False, **user,
            )  # fmt: skip
            output.seek(0)
            log = self._folder / "log"
            said = output.read().decode() + (log.read_text()[-2000:] if log.exists() else "")
        assert done.returncode == 0, f"{program} failed: {said}"


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    """Ask a database from a connection of its own: only what is committed can be seen."""
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        cursor = connection.execute(query)  # type: ignore[call-overload] - the tests' own statements
        return cursor.fetchall() if cursor.description else []


def _spare_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
