"""What the tests of sending stand on: an emulated instance on a virtual clock, a ledger, and crashes on demand."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
import sqlalchemy as sa
from postgres_server import ask

import clerkbulk as cb
from clerkbulk.contract.target import Application, Target
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.sending.client import Client
from clerkbulk.sending.job import Job, Progress
from clerkbulk.sending.ledger import Ledger

NOON = 1_800_014_400
"""2027-01-15 12:00:00 UTC: the time every test's clock begins at."""
KEY = "sk_test_fake"
ACME = cb.Organization("org_acme")


def people(number: int, first: int = 1) -> list[str]:
    """Return so many addresses."""
    return [f"p{place}@example.com" for place in range(first, first + number)]


def checked(addresses: Sequence[str], target: Target | None = None, **defaults: Any) -> cb.Checked:
    """Return a checked table of addresses; defaults are parameters of every row."""
    target = target or Application()
    if target != Application():
        defaults = {"role": "org:member", **defaults}
    rows = [{"email_address": address} for address in addresses]
    return cb.check(rows, target, defaults=defaults)


class Place(Protocol):
    """Where a ledger is kept."""

    @property
    def where(self) -> str:
        """What the ledger is opened by."""
        ...

    def open(self, kind: type[Ledger] = Ledger, **options: Any) -> Ledger:
        """Open the ledger; kind is its class, options what that takes."""
        ...

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database from a connection of its own: only what is durable can be seen."""
        ...


@dataclass(frozen=True)
class FilePlace:
    """A file in a folder."""

    folder: Path

    @property
    def where(self) -> str:
        return str(self.folder / "onboarding.db")

    def open(self, kind: type[Ledger] = Ledger, **options: Any) -> Ledger:
        return kind(self.where, **options)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.where)) as connection:
            return connection.execute(query).fetchall()


@dataclass(frozen=True)
class ServerPlace:
    """A database on a PostgreSQL server, by its URL."""

    where: str
    opened: list[Ledger] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the database."""
        return self.where.rpartition("/")[2]

    @property
    def shown(self) -> str:
        """What is shown of the URL: all but the password."""
        return re.sub(r"(//\w+):[^@]*@", r"\1@", self.where)

    def open(self, kind: type[Ledger] = Ledger, **options: Any) -> Ledger:
        self.opened.append(kind(self.where, **options))
        return self.opened[-1]

    def close(self) -> None:
        """Close what was opened: also a ledger that was closed connects again when one of its jobs is asked."""
        for ledger in self.opened:
            ledger.close()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return ask(self.where, query)


class Stage:
    """An emulated instance and a ledger that share a clock. Keywords are the instance's settings."""

    def __init__(self, place: Path | Place, *, limits: str = "documented", **settings: Any) -> None:
        self.clock = VirtualClock(NOON)
        self.backend = Backend(limits=limits, clock=self.clock, settings=Settings(**settings))
        self.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
        self.place: Place = FilePlace(place) if isinstance(place, Path) else place

    def client(self, transport: httpx.BaseTransport | None = None, key: str = KEY) -> Client:
        """Return a client of the instance."""
        return Client(key, transport=transport or self.backend.transport(), clock=self.clock)

    @property
    def path(self) -> Path:
        """The ledger's file, where it is one."""
        return Path(self.place.where)

    def ledger(self) -> Ledger:
        """Return the ledger, opened anew."""
        return self.place.open(clock=self.clock)

    def send(self, table: cb.Checked, **options: Any) -> Job:
        """Send a table to its end and return the job; the sum is asserted at every step."""
        with self.ledger() as ledger, self.client() as client:
            job = ledger.job(table)
            self.steps(job, client, **options)
            return job

    def steps(self, job: Job, client: Client, **options: Any) -> list[Progress]:
        """Run a job to its end; the sum is asserted at every step."""
        steps = []
        for progress in job.run(client, **options):
            assert_sum(progress)
            assert progress.sum == job.sum()
            steps.append(progress)
            assert len(steps) < 3000, "the job does not come to an end"
        return steps

    def invited(self, kind: str = "invitations") -> Counter[str]:
        """Return how often each address was invited, by the emulator's own record."""
        return Counter(entry["email_address"].lower() for entry in self.backend.state()[kind])

    def posts(self) -> list[dict[str, Any]]:
        """Return the creating calls that reached the emulator."""
        return [call for call in self.backend.calls() if call["method"] == "POST"]


def assert_sum(progress: Progress) -> None:
    """Rows = sent + already there + refused + withdrawn + invalid + unknown + left."""
    sum_ = progress.sum
    states = (sum_.sent, sum_.already_there, sum_.refused, sum_.withdrawn, sum_.invalid, sum_.unknown, sum_.left)
    assert sum_.rows == sum(states)
    assert min(states) >= 0


def assert_within_the_hour(posts: Sequence[dict[str, Any]], most: int) -> None:
    """No sixty minutes hold more calls than Clerk documents, wherever they begin."""
    times = sorted(call["time"] for call in posts)
    for place, time in enumerate(times):
        assert sum(time <= other < time + 3_600_000 for other in times[place:]) <= most


class Crash(BaseException):
    """The process is gone. No Exception: nobody may catch it."""


class _Undone(Exception):  # noqa: N818 - no error: it takes a transaction back
    """What a dead process would have written."""


class CrashingLedger(Ledger):
    """A ledger whose process dies at its n-th transaction: just before it is durable, or just after.

    From then on nothing is written any more: a process that is killed runs no ``finally``.
    """

    def __init__(self, *args: Any, dies_at: int, after: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left, self.after = dies_at, after

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        self.left -= 1
        if self.left < 0:
            with suppress(_Undone), super().begin() as connection:
                yield connection
                raise _Undone
            return
        with super().begin() as connection:
            yield connection
            if self.left == 0 and not self.after:
                raise Crash
        if self.left == 0:
            raise Crash


class Between(httpx.BaseTransport):
    """Shows every request to somebody before it goes on to the instance."""

    def __init__(self, inner: httpx.BaseTransport, show: Callable[[httpx.Request], None]) -> None:
        self._inner, self._show = inner, show

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._show(request)
        return self._inner.handle_request(request)
