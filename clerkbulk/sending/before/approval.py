"""Approval: the list somebody said yes to, by its fingerprint; a list that has changed since then is not sent."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables


def approve(connection: sa.Connection, job_id: str) -> None:
    """Write down that somebody said yes to a job's list as it is; the first time. After that, see that it still is.

    Raises LedgerError when any cell, item or address of a row, a row itself or the target has changed since the yes. A
    purged job has no list any more and nothing to send: it is let through.
    """
    job = tables.job
    kept = connection.execute(sa.select(job.c.approved, job.c.purged_at).where(job.c.id == job_id)).one()
    if kept.purged_at is not None:
        return
    found = list_fingerprint(connection, job_id)
    if kept.approved is None:
        connection.execute(job.update().where(job.c.id == job_id).values(approved=found))
    elif kept.approved != found:
        raise LedgerError(
            f"The list of {job_id} in the ledger is not the one that somebody said yes to: a cell, an address or the "
            "target was changed in the ledger itself. Nothing is sent from it. Put the newest good copy of the ledger "
            "back; to send other people, correct the sheet and send that: whoever is invited already is left out."
        )


def list_fingerprint(connection: sa.Connection, job_id: str) -> str:
    """Return what identifies a job's list: its target, and every row's line, address, item and cells.

    What becomes of the rows while they are sent is no part of it.
    """
    job, row = tables.job, tables.row
    target = connection.execute(sa.select(job.c.target_kind, job.c.organization_id).where(job.c.id == job_id)).one()
    rows = connection.execute(
        sa.select(row.c.line, row.c.key, row.c.item, row.c.cells).where(row.c.job_id == job_id).order_by(row.c.line)
    )
    digest = hashlib.blake2b(repr(tuple(target)).encode(), digest_size=16, person=b"clerkbulk list")
    for found in rows:
        digest.update(repr(tuple(found)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
