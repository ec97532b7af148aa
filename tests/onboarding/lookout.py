"""What the tests of looking stand on: an emulated instance on a virtual clock, the tables of what was seen, a count."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx
import sqlalchemy as sa

import clerkbulk as cb
from clerkbulk.contract.target import Application, Target
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.onboarding.looking.look import Looked, look
from clerkbulk.sending import seen
from clerkbulk.sending.client import Client

NOON = 1_800_014_400.0
"""2027-01-15 12:00:00 UTC: the time every test's clock begins at."""
ACME = cb.Organization("org_acme")
APP = Application()
INSTANCE = "ins_test"
DAY = 86_400.0


def memory() -> sa.Engine:
    """Return an empty database in memory with the tables of what was seen."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    seen.metadata.create_all(engine)
    return engine


class Lookout:
    """An emulated instance and what was seen of it. Keywords are the instance's settings."""

    def __init__(self, *, limits: str = "off", engine: sa.Engine | None = None, **settings: Any) -> None:
        self.clock = VirtualClock(NOON)
        self.backend = Backend(limits=limits, clock=self.clock, settings=Settings(**settings))
        self.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
        self.engine = engine or memory()
        self.client = self.client_through(self.backend.transport())

    def client_through(self, transport: httpx.BaseTransport, key: str = "sk_test_fake") -> Client:
        """Return a client of the instance."""
        return Client(key, transport=transport, clock=self.clock)

    def begin(self) -> AbstractContextManager[sa.Connection]:
        """Open a transaction."""
        return self.engine.begin()

    def looking(
        self, targets: Sequence[Target] = (APP,), whom: Collection[str] | None = None, **options: Any
    ) -> Iterator[Looked]:
        """Begin a look, to be gone on with by next()."""
        client = options.pop("client", self.client)
        return look(self.begin, client, INSTANCE, targets, clock=self.clock, whom=whom, **options)

    def look(self, *targets: Target, whom: Collection[str] | None = None, **options: Any) -> Seen:
        """Look to the end, and return what it took."""
        before = len(self.backend.calls())
        steps = list(self.looking(targets or (APP,), whom, **options))
        calls = [call for call in self.backend.calls()[before:] if call["path"] != "/v1/instance"]
        return Seen(steps, calls)

    def invite(self, *addresses: str, target: Target = APP, **fields: Any) -> None:
        """Let there be invitations, made now."""
        there = {} if target == APP else {"organization_id": "org_acme"}
        made = [{"email_address": address, **there, **fields} for address in addresses]
        self.backend.seed({"invitations": made})

    def table(self, table: sa.Table) -> list[dict[str, Any]]:
        """Return every line of a table, in the order of its key."""
        with self.begin() as connection:
            rows = connection.execute(sa.select(table).order_by(*table.primary_key.columns))
            return [dict(row._mapping) for row in rows]

    def statuses(self) -> dict[str, str]:
        """Return the status last seen of each invitation, by id."""
        return {row["id"]: row["status"] for row in self.table(seen.invitation)}

    def by_address(self) -> dict[str, str]:
        """Return the status last seen of each invitation, by address key."""
        return {row["key"]: row["status"] for row in self.table(seen.invitation)}

    def truth(self) -> dict[str, str]:
        """Return the status of each invitation by the instance's own record, by id."""
        state = self.backend.state()
        return {one["id"]: one["status"] for one in state["invitations"] + state["organization_invitations"]}

    def bracket(self, key: str, before: str = "pending", after: str = "accepted") -> tuple[float, float]:
        """Return since when at the earliest and at the latest the one invitation of somebody has another status."""
        (invitation_id,) = [row["id"] for row in self.table(seen.invitation) if row["key"] == key]
        seen_in = {row["status"]: row for row in self.table(seen.status) if row["invitation_id"] == invitation_id}
        return seen_in[before]["last_seen_at"], seen_in[after]["first_seen_at"]


@dataclass(frozen=True)
class Seen:
    """What a look took: its progress, and the calls that reached the instance."""

    steps: list[Looked]
    calls: list[dict[str, Any]] = field(repr=False)

    @property
    def reads(self) -> int:
        """How many lists' pages and other things were read."""
        return len(self.calls)

    def queries(self, path: str) -> list[dict[str, str]]:
        """Return what was asked of a path, one dictionary a call."""
        return [dict(call["query"]) for call in self.calls if call["path"] == path]


class Cut(httpx.BaseTransport):
    """Lets so many requests through, and then breaks off as a dying process does."""

    def __init__(self, inner: httpx.BaseTransport, after: int) -> None:
        self._inner, self._left = inner, after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= 1
        if self._left < 0:
            raise Died
        return self._inner.handle_request(request)


class Died(BaseException):
    """The process is gone. No Exception: nobody may catch it."""


class Meanwhile(httpx.BaseTransport):
    """Lets something happen in the instance before the n-th request to a path arrives."""

    def __init__(self, inner: httpx.BaseTransport, happenings: dict[int, Any], path: str = "invitations") -> None:
        self._inner, self._happenings, self._path, self._number = inner, happenings, path, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._path in request.url.path:
            self._number += 1
            if happens := self._happenings.pop(self._number, None):
                happens()
        return self._inner.handle_request(request)
