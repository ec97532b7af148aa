"""Replacing: the older invitations of a reminder's rows are revoked, just before the rows travel.

A crash after the revocation and before its line in the ledger costs nothing: the invitation is then found revoked, and
the row goes on. Until the job is done a person may hold no invitation; nobody ever holds two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.sending import tables
from clerkbulk.sending.after.kin import Predecessors, original_of
from clerkbulk.sending.after.standing import Standing, revoke, standing_in, standing_of
from clerkbulk.sending.before.looking import who_is_in
from clerkbulk.sending.before.preflight import MEANINGS, Bucket
from clerkbulk.sending.before.spelling import invitations_to
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import RowState
from clerkbulk.sending.transition import change_rows, log
from clerkbulk.sending.verdict import Passenger, RowVerdict


def replace_predecessors(
    begin: Begin, client: Client, target: Target, job_id: str, due: Predecessors, clock: Clock
) -> None:
    """Revoke the older invitations of rows that are about to travel; who needs no reminder is already there.

    Each row is written down by itself, so that after an error the others are done. Raises what the client's calls
    raise: what was not done is looked at anew the next time.
    """
    rows = _rows(begin, job_id, due.lines)
    with begin() as connection:
        withdrawn = _withdrawn(connection, job_id, due.lines)
    present = who_is_in(client, target, [str(row.item["email_address"]) for row in rows]) if rows else frozenset()
    for row in rows:
        is_off = row.line in withdrawn
        verdict = _called_off(row.line) if is_off else _replace(client, target, row, row.key in present)
        with begin() as connection:
            lock_job(connection, job_id)
            if verdict is not None:
                change_rows(connection, job_id, None, [verdict], clock.now())
            else:
                _write(connection, job_id, row, clock.now())


def answered(standing: Standing, is_present: bool, holds_another: bool, target: Target, line: int) -> RowVerdict | None:
    """Say of a person who needs no reminder why not; None for one who does. Pure."""
    if standing is Standing.ACCEPTED:
        return _there(line, "accepted", "The person has accepted by now. No reminder was sent.")
    if is_present:
        bucket = Bucket.ALREADY_MEMBER if isinstance(target, Organization) else Bucket.ALREADY_USER
        return _there(line, bucket.value, f"{MEANINGS[bucket].reason} No reminder was sent.")
    if holds_another:
        bucket = Bucket.ALREADY_INVITED
        return _there(line, bucket.value, "Somebody else has invited the person again. No reminder was sent.")
    return None


def _replace(client: Client, target: Target, row: Passenger, is_present: bool) -> RowVerdict | None:
    """Revoke the older invitation of one row if it is open; return what the row is if it need not travel."""
    email, older = str(row.item["email_address"]), str(row.replaces)
    listed = invitations_to(client, target, email)
    standing = _standing(listed, older) or standing_of(client, target, older, email)
    another = any(standing_in(one) is Standing.PENDING for one in listed if one.get("id") != older)
    if (verdict := answered(standing, is_present, another, target, row.line)) is not None:
        return verdict
    # An expired invitation to the application can be revoked (documented), and then surely stands in nobody's way:
    # whether it does otherwise is not (clerk-contract section 11).
    if standing is Standing.PENDING or (standing is Standing.EXPIRED and isinstance(target, Application)):
        standing = revoke(client, target, older, email)
    return answered(standing, False, False, target, row.line)


def _standing(listed: Sequence[Mapping[str, Any]], invitation_id: str) -> Standing | None:
    return next((standing_in(one) for one in listed if one.get("id") == invitation_id), None)


def _there(line: int, code: str, reason: str) -> RowVerdict:
    return RowVerdict(line, RowState.ALREADY_THERE, code, reason, "Nothing to do.")


def _called_off(line: int) -> RowVerdict:
    reason = "The person was withdrawn before the reminder was sent."
    return RowVerdict(line, RowState.WITHDRAWN, None, reason, "Nothing to do.")


def _withdrawn(connection: sa.Connection, job_id: str, lines: Sequence[int]) -> set[int]:
    """Return those of the lines that were withdrawn in the original: by somebody who did not see the reminder yet."""
    row = tables.row
    original = sa.and_(row.c.job_id == original_of(connection, job_id), row.c.line.in_(lines))
    query = sa.select(row.c.line).where(original, row.c.state == RowState.WITHDRAWN)
    return set(connection.execute(query).scalars())


def _rows(begin: Begin, job_id: str, lines: Sequence[int]) -> list[Passenger]:
    row = tables.row
    mine = sa.and_(row.c.job_id == job_id, row.c.line.in_(lines), row.c.state == RowState.LEFT)
    with begin() as connection:
        found = connection.execute(
            sa.select(row.c.line, row.c.key, row.c.item, row.c.replaces)
            .where(mine, row.c.replaced_at.is_(None))
            .order_by(row.c.line)
        ).all()
    return [Passenger(one.line, one.key, json.loads(one.item), one.replaces) for one in found]


def _write(connection: sa.Connection, job_id: str, passenger: Passenger, now: float) -> None:
    row = tables.row
    mine = sa.and_(row.c.job_id == job_id, row.c.line == passenger.line, row.c.state == RowState.LEFT)
    done = connection.execute(row.update().where(mine, row.c.replaced_at.is_(None)).values(replaced_at=now))
    if done.rowcount:
        log(connection, job_id, now, RowState.LEFT, f"{passenger.replaces} is open no more", line=passenger.line)
