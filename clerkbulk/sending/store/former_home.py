"""Former home: the file a ledger was at home in, told that it is so no more, as far as it can be reached from here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from clerkbulk.errors import LedgerError, NotNow
from clerkbulk.sending import tables
from clerkbulk.sending.during.call import LONGEST, Begin
from clerkbulk.sending.during.owner import Owner
from clerkbulk.sending.during.settling import SETTLE
from clerkbulk.sending.store.home import Place, home_of, is_there, leave_home, write_home

Open = Callable[[Path], AbstractContextManager[Begin]]
"""Opens another ledger's file, and gives what begins transactions in it. Raises LedgerError."""


@dataclass(frozen=True, slots=True)
class Told:
    """A file that was told where its ledger's home is now, and where it was before."""

    place: Place
    before: Place | None


def busy(connection: sa.Connection, now: float) -> str | None:
    """Say who may be at work on a ledger, or that a call was made which Clerk's lists may not show yet.

    Processes of this machine are asked, those of others are believed for their lease.
    """
    worker, attempt = tables.worker, tables.attempt
    runs = connection.execute(sa.select(worker.c.id, worker.c.lease_until).where(worker.c.ended_at.is_(None)))
    calls = connection.execute(sa.select(attempt.c.owner, attempt.c.intent_at).where(attempt.c.ended_at.is_(None)))
    for name, until in [*runs, *((owner, intent_at + LONGEST) for owner, intent_at in calls)]:
        owner = Owner.read(name)
        if not owner.is_of_this_machine and until > now:
            return (
                f"may be at work until {_shown(until)}: {owner.machine} was sending from it. Go on there; or end that, "
                "wait until then, and try again."
            )
        if owner.is_of_this_machine and owner.is_at_work():
            return f"is at work: process {owner.pid} of this machine sends from it. End that first."
    ended_at = connection.execute(sa.select(sa.func.max(attempt.c.ended_at))).scalar()
    if ended_at is not None and now < ended_at + SETTLE:
        return (
            "has made a call only now, and Clerk's lists may not show yet what it did: try again at "
            f"{_shown(ended_at + SETTLE)}."
        )
    return None


def retire(homes: Sequence[Place | None], here: Place, now: float, open_other: Open) -> list[Told]:
    """Tell every file that may be the ledger's home that here is; return those that were told.

    homes are where it may be; a file that has been told before says itself where the home went from it. Raises
    LedgerError when somebody may be at work on one of them, and then takes back what it has told.
    """
    told: list[Told] = []
    left = list(homes)
    while left:
        place = left.pop()
        if place is None or place.is_same_file(here) or not is_there(place) or place in [one.place for one in told]:
            continue
        try:
            with open_other(Path(place.path)) as begin, begin() as connection:
                at_work, before = busy(connection, now), home_of(connection)
                if at_work is None:
                    write_home(connection, here, now)
        except LedgerError:
            continue  # it is damaged, or not ours to read: nothing is sent from it either
        if at_work is not None:
            give_back(told, now, open_other)
            raise NotNow(f"The ledger's home, {place.path}, {at_work}")
        leave_home(Path(place.path), here)
        told.append(Told(place, before))
        left.append(before)
    return told


def give_back(told: Sequence[Told], now: float, open_other: Open) -> None:
    """Tell files their ledger's home of before: what should have moved it did not come about."""
    for one in told:
        if one.before is None:
            continue
        # One that cannot be told says so when it is to send, and is settled itself.
        with suppress(LedgerError), open_other(Path(one.place.path)) as begin, begin() as connection:
            write_home(connection, one.before, now)
        leave_home(Path(one.place.path), None if one.before.is_same_file(one.place) else one.before)


def _shown(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
