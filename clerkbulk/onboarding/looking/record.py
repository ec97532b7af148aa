"""Record: the looks that were begun, interrupted and completed, as the tables keep them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from clerkbulk.errors import LedgerError
from clerkbulk.onboarding.looking.cursor import Cursor, as_text
from clerkbulk.onboarding.looking.people import EVERYBODY, People
from clerkbulk.sending import seen

GOES_ON = 3600.0
"""Seconds after its last page in which an interrupted look is gone on with: later, too much has moved."""
BY_ADDRESS = " by address"
"""Behind the name of a part, where only the lists of a few people's addresses were read."""
_LOOK = seen.look


@dataclass(frozen=True, slots=True)
class Base:
    """What earlier looks have left, from which only what has changed since is read. Times: seconds since 1970."""

    since: float | None = None
    """When the last complete look at these people began; None: there is none, and everything is read."""
    totals: Mapping[str, int] = field(default_factory=dict)
    """How long the lists were at the last complete look at whomever,"""
    totals_since: float | None = None
    """and when that began."""


@dataclass(frozen=True, slots=True)
class Record:
    """One look at one part."""

    id: int
    part: str
    began_at: float
    base: Base
    cursor: Cursor
    goes_on: bool = False
    """Whether it had been interrupted."""


def opened(
    connection: sa.Connection,
    instance_id: str,
    part: str,
    people: People,
    now: float,
    begin: Callable[[Base], Cursor],
) -> Record:
    """Return the look to go on with: one that was interrupted less than an hour ago, or a new one."""
    base = _base(connection, instance_id, part, people)
    open_ones = sa.select(_LOOK.c.id, _LOOK.c.began_at, _LOOK.c.cursor).where(
        _LOOK.c.instance_id == instance_id, _LOOK.c.part == part, _LOOK.c.ended_at.is_(None)
    )
    for row in connection.execute(open_ones.order_by(_LOOK.c.id.desc())).all():
        kept = json.loads(row.cursor or "{}")
        if abs(now - kept.get("at", -GOES_ON)) > GOES_ON:
            connection.execute(_LOOK.delete().where(_LOOK.c.id == row.id))
        elif kept.get("whom") == people.name:
            return Record(row.id, part, row.began_at, base, Cursor.from_json(kept["cursor"]), True)
    cursor = begin(base)
    made = connection.execute(
        _LOOK.insert()
        .returning(_LOOK.c.id)
        .values(instance_id=instance_id, part=part, began_at=now, cursor=_kept(people, now, cursor), reads=0)
    )
    return Record(int(made.scalar_one()), part, now, base, cursor)


def advanced(
    connection: sa.Connection, record: Record, people: People, cursor: Cursor, at: float, reads: int
) -> Record:
    """Note how far a look has come; at is the time of the page. Raises LedgerError when the look is gone.

    That is what purging leaves of it: whoever was forgotten meanwhile must not be written down again. A look that
    another process went on with and completed meanwhile stays as that left it, and nothing is left to read of it.
    """
    values: dict[str, Any] = {"cursor": _kept(people, at, cursor), "reads": _LOOK.c.reads + reads}
    if not cursor.todo:
        # Of what was read only the lengths are needed any more; the rest may name somebody.
        values |= {"cursor": as_text({"whom": people.name, "totals": dict(cursor.totals)}), "ended_at": at}
    still_open = sa.and_(_LOOK.c.id == record.id, _LOOK.c.ended_at.is_(None))
    if connection.execute(_LOOK.update().where(still_open).values(values)).rowcount == 0:
        if connection.execute(sa.select(_LOOK.c.id).where(_LOOK.c.id == record.id)).scalar() is None:
            raise LedgerError("People were purged from the ledger while Clerk was looked at: look again.")
        return replace(record, cursor=replace(cursor, todo=()))
    return replace(record, cursor=cursor)


def complete_looks(
    connection: sa.Connection, instance_id: str, part: str, whom: Collection[str] | None = None
) -> list[tuple[float, float]]:
    """Return when the complete looks at a part began and ended, the oldest first, seconds since 1970 by Clerk's clock.

    An invitation that was seen pending, and not again at such a look that began later, is not listed any more. With
    whom, only looks at exactly those people or at everybody are there, which may have been at a few addresses alone:
    what a look was not about it never wrote down, and says nothing of.
    """
    parts = [part] if whom is None else [part, part + BY_ADDRESS]
    query = sa.select(_LOOK).where(
        _LOOK.c.instance_id == instance_id, _LOOK.c.part.in_(parts), _LOOK.c.ended_at.is_not(None)
    )
    name = People.of(whom).name
    return [
        (row.began_at, row.ended_at)
        for row in connection.execute(query.order_by(_LOOK.c.began_at, _LOOK.c.id)).all()
        if whom is None or row.cursor is None or json.loads(row.cursor).get("whom") in {name, EVERYBODY}
    ]


def _base(connection: sa.Connection, instance_id: str, part: str, people: People) -> Base:
    complete = sa.select(_LOOK.c.began_at, _LOOK.c.cursor).where(
        _LOOK.c.instance_id == instance_id, _LOOK.c.part == part, _LOOK.c.ended_at.is_not(None)
    )
    rows = [(row.began_at, json.loads(row.cursor or "{}")) for row in connection.execute(complete).all()]
    since = max((began for began, kept in rows if kept.get("whom") in {people.name, EVERYBODY}), default=None)
    if since is None:
        return Base()
    totals_since, kept = max(rows, key=lambda row: row[0])
    return Base(since, kept.get("totals") or {}, totals_since)


def _kept(people: People, at: float, cursor: Cursor) -> str:
    return as_text({"whom": people.name, "at": at, "cursor": cursor.to_json()})
