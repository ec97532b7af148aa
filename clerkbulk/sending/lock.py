"""Locks: what a transaction holds to its end, so that what it has read is still so when it writes.

In a SQLite file every transaction is alone (BEGIN IMMEDIATE), and there is nothing to lock. On PostgreSQL:

- Whoever changes rows, batches or attempts of a job locks the job first.
- Whoever claims a call also locks the instance and the hours (accounts) that the call may use up: the budget, and whom
  other jobs have invited, are read under those locks, until the intent is written.

All locks are taken in one order, the job before the accounts and the accounts by name, and nobody locks a second job:
so nobody ever waits in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from clerkbulk.sending import tables

# Not FOR UPDATE, which would also wait for everybody who only refers to the row, by writing a transition for one.
_JOB = (
    sa.select(tables.job.c.instance_id).where(tables.job.c.id == sa.bindparam("of_job")).with_for_update(key_share=True)
)
_ACCOUNTS = (
    sa.select(tables.account.c.name)
    .where(tables.account.c.name.in_(sa.bindparam("names", expanding=True)))
    .order_by(tables.account.c.name)
    .with_for_update(key_share=True)
)


_ACCOUNT_MADE = sa.text("INSERT INTO account (name) VALUES (:name) ON CONFLICT DO NOTHING")
_NUMBER = sa.text("SELECT pg_advisory_xact_lock(:number)")


def lock_job(connection: sa.Connection, job_id: str) -> None:
    """Keep everybody else from changing a job and its rows until the transaction ends."""
    if _is_shared(connection):
        connection.execute(_JOB, {"of_job": job_id})


def lock_for_claim(connection: sa.Connection, job_id: str, accounts: Iterable[str]) -> None:
    """Lock a job, and keep everybody else from claiming calls in its instance, for whatever job and in whatever lane.

    The instance too, not the accounts alone: two jobs that use different lanes must not invite the same person.
    """
    if not _is_shared(connection):
        return
    instance_id = connection.execute(_JOB, {"of_job": job_id}).scalar()
    names = sorted({*accounts, f"instance {instance_id}"})
    for name in names:
        connection.execute(_ACCOUNT_MADE, {"name": name})
    connection.execute(_ACCOUNTS, {"names": names})


def lock_new_job(connection: sa.Connection, fingerprint: str) -> None:
    """Keep everybody else from beginning a job of the same table until the transaction ends."""
    if _is_shared(connection):
        number = int(fingerprint[:15], 16)  # there is no row yet that could be locked; fits into eight bytes
        connection.execute(_NUMBER, {"number": number})


def _is_shared(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"
