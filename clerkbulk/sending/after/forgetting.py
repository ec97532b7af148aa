"""Forgetting: what looks at Clerk have shown of people is removed with the job that invited them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

import sqlalchemy as sa

from clerkbulk.sending import seen, tables

_AT_ONCE = 500
"""Values of one statement: SQLite takes no more than some."""


def forget_job(connection: sa.Connection, job_id: str) -> None:
    """Remove what was seen of the people of a job, but for those whom another job of its instance still knows."""
    row, job = tables.row, tables.job
    instance_id = connection.execute(sa.select(job.c.instance_id).where(job.c.id == job_id)).scalar()
    if instance_id is None:
        return
    others = sa.select(row.c.key).join(job, job.c.id == row.c.job_id)
    others = others.where(job.c.instance_id == instance_id, job.c.id != job_id, row.c.key.is_not(None))
    ours = sa.select(row.c.key, row.c.invitation_id).where(
        row.c.job_id == job_id, row.c.key.is_not(None), row.c.key.not_in(others)
    )
    found = connection.execute(ours).all()
    forget(connection, instance_id, {one.key for one in found}, [one.invitation_id for one in found])


def forget_secret(connection: sa.Connection) -> None:
    """Remove what keys the hashes of people, once the ledger knows nobody: no guess can be held to an old report."""
    if connection.execute(sa.select(tables.row.c.key).where(tables.row.c.key.is_not(None)).limit(1)).first() is None:
        connection.execute(seen.pseudonym.delete())


def forget(
    connection: sa.Connection, instance_id: str, keys: Collection[str], invitation_ids: Iterable[str | None] = ()
) -> None:
    """Remove what was seen of people, by their address keys, and of invitations they are known to have had.

    An account stays while another of its addresses is somebody's who is still known. How far interrupted looks came,
    and whom complete ones were about, goes too: the next look at the instance is a full one.
    """
    if not keys:
        return
    ids = {one for one in invitation_ids if one is not None}
    users: set[str] = set()
    for some in _in_parts(keys):
        ids |= _taken(connection, seen.invitation, instance_id, seen.invitation.c.key, some, seen.invitation.c.id)
        users |= _taken(connection, seen.address, instance_id, seen.address.c.key, some, seen.address.c.user_id)
        users |= _taken(
            connection, seen.membership, instance_id, seen.membership.c.key, some, seen.membership.c.user_id
        )
    for some in _in_parts(ids):
        _taken(connection, seen.status, instance_id, seen.status.c.invitation_id, some)
        _taken(connection, seen.event, instance_id, seen.event.c.invitation_id, some)
    for some in _in_parts(users):
        address = seen.address.c
        held = sa.select(address.user_id).where(address.instance_id == instance_id, address.user_id.in_(some))
        gone = sorted(set(some) - set(connection.execute(held).scalars()))
        _taken(connection, seen.user, instance_id, seen.user.c.id, gone)
        for table in (seen.activity, seen.membership, seen.event):
            _taken(connection, table, instance_id, table.c.user_id, gone)
    look = seen.look
    here = look.c.instance_id == instance_id
    connection.execute(look.delete().where(here, look.c.ended_at.is_(None)))
    connection.execute(look.update().where(here).values(cursor="{}"))


def _taken(
    connection: sa.Connection,
    table: sa.Table,
    instance_id: str,
    column: sa.Column[str],
    values: Sequence[str],
    told: sa.Column[str] | None = None,
) -> set[str]:
    """Delete the lines of a table that have one of the values; return what another column of theirs held."""
    these = sa.and_(table.c.instance_id == instance_id, column.in_(values))
    held = set() if told is None else set(connection.execute(sa.select(told).where(these)).scalars())
    connection.execute(table.delete().where(these))
    return held


def _in_parts(values: Collection[str]) -> Iterator[list[str]]:
    left = iter(sorted(values))
    while some := list(islice(left, _AT_ONCE)):
        yield some
