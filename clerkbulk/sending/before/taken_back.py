"""Taken back: whoever was invited by a job of ours, and withdrawn, is not invited by the next one unasked."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from clerkbulk.contract.target import Organization, Target
from clerkbulk.sending import tables
from clerkbulk.sending.after.kin import original_of, root_of
from clerkbulk.sending.state import RowState

_KEYS_A_QUERY = 500
"""Well under what a statement may hold as parameters in any SQLite (999 before 3.32)."""


def taken_back(
    connection: sa.Connection, instance_id: str, target: Target, keys: Sequence[str], *, but: str | None = None
) -> frozenset[str]:
    """Return those of the keys whose last invitation to the target, by any job of the ledger, we have withdrawn.

    but is the job that asks: it does not count, nor does the job it reminds of.
    """
    row, job = tables.row, tables.job
    organization = target.organization_id if isinstance(target, Organization) else None
    query = (
        sa.select(row.c.key, row.c.state)
        .join(job, job.c.id == row.c.job_id)
        .where(
            job.c.instance_id == instance_id,
            job.c.target_kind == target.kind,
            job.c.organization_id.is_not_distinct_from(organization),
            row.c.state.in_((RowState.SENT, RowState.WITHDRAWN, RowState.UNKNOWN)),
        )
        .order_by(sa.func.coalesce(row.c.invited_at, row.c.changed_at), job.c.created_at)
    )
    if but is not None:
        query = query.where(root_of(job) != original_of(connection, but))
    last: dict[str, str] = {}
    for start in range(0, len(keys), _KEYS_A_QUERY):
        some = query.where(row.c.key.in_(keys[start : start + _KEYS_A_QUERY]))
        last.update((key, state) for key, state in connection.execute(some))
    return frozenset(key for key, state in last.items() if state == RowState.WITHDRAWN)
