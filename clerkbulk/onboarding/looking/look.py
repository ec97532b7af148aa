"""Look: reads Clerk into the tables of what was seen, in full the first time, later for what can have changed.

Every page is written in one transaction with how far the look has come, so that it goes on there after it was cut off.
A look that is complete has seen every invitation that Clerk lists as pending; what was seen pending before it, and not
at it, is listed no more.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import ClerkRefused
from clerkbulk.onboarding.looking.invitations import Invitations, InvitationsByAddress
from clerkbulk.onboarding.looking.memberships import Memberships
from clerkbulk.onboarding.looking.part import Part, part_of
from clerkbulk.onboarding.looking.people import People
from clerkbulk.onboarding.looking.reads_pace import WINDOW, ReadsPace
from clerkbulk.onboarding.looking.record import Record, advanced, complete_looks, opened
from clerkbulk.onboarding.looking.store import Moment, Store
from clerkbulk.onboarding.looking.users import Users
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.progress import Never, Stop

__all__ = ["Looked", "complete_looks", "look", "part_of"]

MOST_REFUSED = 10
"""How often in a row a read is put off because Clerk says too many requests; each time was several tries."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How far a look has come."""

    part: str
    """Which list is being read: ``invitations``, ``invitations org_x``, ``users``, ``memberships org_x``."""
    pages: int
    """Pages of it read by this call."""
    seen: int
    """Of what is read of it, so many were seen,"""
    of: int | None
    """of so many, where Clerk tells."""
    finished: bool
    """Whether this part is complete."""
    waiting_until: float | None = None
    """When reading goes on, seconds since 1970 by the clock given: Clerk's general limit, or our share of it, is used
    up."""


def look(
    begin: Begin,
    client: Client,
    instance_id: str,
    targets: Sequence[Target],
    *,
    clock: Clock,
    whom: Collection[str] | None,
    stop: Stop | None = None,
    share: float = 0.5,
) -> Iterator[Looked]:
    """Look at the invitations of targets, at users and memberships; yield how far it has come after each page.

    whom are the address keys of those who are looked at and written down; None is everybody in the instance. share is
    how much of Clerk's general rate limit may be used. Once stop is set, no further page is read.

    Raises InputError for a share that is none, LedgerError, and what the client's reads raise. Called again, it goes on
    where it was cut off less than an hour ago, and then reads what has changed since that began.
    """
    people = People.of(whom)
    reader = _Reader(client, clock, stop or Never(), ReadsPace(client.environment, share, clock))
    for part in _parts(targets, people):
        if reader.stop.is_set():
            return
        if (yield from _look_at(part, begin, reader, instance_id, people)):
            # What has changed since the one that was cut off began is for one that begins now.
            yield from _look_at(part, begin, reader, instance_id, people)


def _parts(targets: Sequence[Target], people: People) -> Iterator[Part]:
    for target in targets:
        yield InvitationsByAddress(target, people) if people.are_few else Invitations(target)
    yield Users(people)
    # After the users: members are told from others by whom they are.
    for target in targets:
        if isinstance(target, Organization):
            yield Memberships(target, people)


@dataclass(slots=True)
class _Reader:
    """What a look reads with. counted are the client's reads that the pace knows of."""

    client: Client
    clock: Clock
    stop: Stop
    pace: ReadsPace
    counted: int = 0

    def note(self) -> int:
        """Count the reads that were made since the last time, and return their number."""
        made = self.client.reads - self.counted
        self.counted += made
        self.pace.note(made)
        return made

    def sleep(self, seconds: float) -> None:
        """Wait, no longer than until somebody says stop."""
        until = self.clock.now() + seconds
        while not self.stop.is_set() and (left := until - self.clock.now()) > 0:
            self.clock.sleep(min(left, 1.0))


def _look_at(
    part: Part, begin: Begin, reader: _Reader, instance_id: str, people: People
) -> Generator[Looked, None, bool]:
    """Look at one part; return whether it was one that had been cut off."""
    client = reader.client
    reader.counted = client.reads
    now = client.time_there()
    with begin() as connection:
        record = opened(connection, instance_id, part.name, people, now, part.begin)
        if not record.cursor.todo:
            record = advanced(connection, record, people, record.cursor, now, reader.note())
    pages, refused = 0, 0
    while record.cursor.todo:
        wait = reader.pace.wait()
        while wait > 0 and not reader.stop.is_set():
            yield _looked(part, record, pages, reader.clock.now() + wait)
            reader.sleep(wait)
            wait = reader.pace.wait()
        if reader.stop.is_set():
            return False
        error = None
        try:
            with client.heeding(reader.stop):
                page = part.read(client, record)
        except ClerkRefused as refusal:
            error = refusal
        reads = reader.note()
        if error is not None and error.status == 429 and refused < MOST_REFUSED:
            refused += 1
            pause = max(float(error.retry_after or 0), WINDOW)
            yield _looked(part, record, pages, reader.clock.now() + pause)
            reader.sleep(pause)
            continue
        refused = 0
        earliest, latest = client.answered()
        # What is read after a look began was seen after it began, whatever the second's fraction and the clocks say.
        when = Moment(max(earliest, record.began_at), max(latest, record.began_at))
        with begin() as connection:
            store = Store(connection, instance_id, people)
            cursor = part.take(store, record, page, when) if error is None else part.without(store, record, error)
            if cursor is None:
                raise error or AssertionError("a page that was read always leads on")
            record = advanced(connection, record, people, cursor, when.earliest, reads)
        pages += 1
        if record.cursor.todo:
            yield _looked(part, record, pages)
    yield replace(_looked(part, record, pages), finished=not record.goes_on)
    return record.goes_on


def _looked(part: Part, record: Record, pages: int, waiting_until: float | None = None) -> Looked:
    cursor = record.cursor
    seen = cursor.seen if cursor.of is None else min(cursor.seen, cursor.of)
    return Looked(part.shown, pages, seen, cursor.of, finished=False, waiting_until=waiting_until)
