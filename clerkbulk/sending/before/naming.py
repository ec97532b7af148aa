"""Naming: the ids of invitations whose answer had none, read by address. The schema has one; nobody relies on it."""

from __future__ import annotations

import json

import sqlalchemy as sa

from clerkbulk.contract.target import Target
from clerkbulk.sending import tables
from clerkbulk.sending.before.spelling import invitations_to
from clerkbulk.sending.client import Client
from clerkbulk.sending.during.call import Begin, taken_ids
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.state import RowState
from clerkbulk.sending.verdict import Found, Passenger, judge_found


def name_invitations(begin: Begin, client: Client, target: Target, job_id: str) -> None:
    """Find and write down the ids of a job's invitations that have none. Raises what the client's reads raise.

    What Clerk does not list stays without an id.
    """
    row, attempt = tables.row, tables.attempt
    unnamed = sa.and_(row.c.job_id == job_id, row.c.state == RowState.SENT, row.c.invitation_id.is_(None))
    with begin() as connection:
        found = connection.execute(
            sa.select(row.c.line, row.c.key, row.c.item, row.c.replaces, attempt.c.clerk_at)
            .join(attempt, attempt.c.batch_id == row.c.batch_id)
            .where(unnamed)
        ).all()
        taken = taken_ids(connection, unnamed)
    for record in found:
        passenger = Passenger(record.line, record.key, json.loads(record.item), record.replaces)
        its = tuple(invitations_to(client, target, str(passenger.item["email_address"])))
        verdict = judge_found(passenger, Found(its, taken=taken), record.clerk_at, surely=False)
        if verdict is not None and verdict.invitation_id:
            with begin() as connection:
                lock_job(connection, job_id)
                connection.execute(
                    row.update()
                    .where(unnamed, row.c.line == passenger.line)
                    .values(invitation_id=verdict.invitation_id, invited_at=verdict.invited_at)
                )
