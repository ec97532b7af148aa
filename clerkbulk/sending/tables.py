"""The ledger's tables and their numbered migrations, for SQLite and PostgreSQL alike.

Times are seconds since 1970 (UTC). What people gave (cells, items) and Clerk answered (replies, scrubbed) is JSON text.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from clerkbulk.sending import seen

metadata = sa.MetaData()

migration = sa.Table(
    "migration",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("applied_at", sa.Float, nullable=False),
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False, unique=True),  # of the canonical rows, whatever their order
    sa.Column("target_kind", sa.Text, nullable=False),
    sa.Column("organization_id", sa.Text),
    sa.Column("source_name", sa.Text, nullable=False),
    sa.Column("columns", sa.Text, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("api_url", sa.Text),  # known once the job has run
    sa.Column("instance_id", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("waiting_until", sa.Float),
    sa.Column("pace", sa.Text),  # lanes, share, hours and waves of the last run, as JSON
    sa.Column("decisions", sa.Text),  # what preflight does about each bucket, as JSON; null: no preflight
    sa.Column("reminds_id", sa.Text, sa.ForeignKey("job.id")),  # the job whose silent people this one invites again
    sa.Column("approved", sa.Text),  # fingerprint of the rows as they were when somebody said yes
    sa.Column("pause_asked_at", sa.Float),  # a person wants it to stand still; null again when one says go on
    sa.Column("wave_passed", sa.Integer, nullable=False, server_default="0"),  # the last wave behind which it may go on
    sa.Column("wave_opens_at", sa.Float),  # no call of the next wave leaves before
    sa.Column("purged_at", sa.Float),  # since when it holds no personal data
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
)

row = sa.Table(
    "row",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("key", sa.Text),  # address key; null for rows without an address
    sa.Column("cells", sa.Text, nullable=False),  # as typed; of a broken line one more, the line as it was read
    sa.Column("item", sa.Text),  # wire form; null for invalid rows
    sa.Column("wave", sa.Integer, nullable=False, server_default="1"),
    sa.Column("at_most", sa.Integer, nullable=False, server_default="10"),  # items of the next call it may travel in
    sa.Column("looked_at", sa.Float),  # when preflight last read what Clerk has of it
    sa.Column("batch_id", sa.Integer),  # the last call it travelled in
    sa.Column("code", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("remedy", sa.Text),
    sa.Column("invitation_id", sa.Text),
    sa.Column("invited_at", sa.Float),
    sa.Column("expires_at", sa.Float),
    sa.Column("replaces", sa.Text),  # the invitation that is revoked before this row travels: it is a reminder
    sa.Column("replaced_at", sa.Float),  # when that was revoked, or found to be open no more
    sa.Column("changed_at", sa.Float, nullable=False),
    sa.Index("row_by_state", "job_id", "state", "wave", "at_most", "line"),
    sa.Index("row_by_key", "key"),
    sa.Index("row_by_batch", "batch_id"),
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), nullable=False),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("lines", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
    sa.Index("batch_by_job", "job_id", "id"),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("batch_id", sa.Integer, sa.ForeignKey("batch.id"), nullable=False),
    sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), nullable=False),
    sa.Column("account", sa.Text, nullable=False),  # whose hour it counts against: instance and operation
    sa.Column("owner", sa.Text, nullable=False),  # which process makes the call
    sa.Column("intent_at", sa.Float, nullable=False),
    sa.Column("clerk_at", sa.Float, nullable=False),  # the earliest the call can arrive, by Clerk's clock
    sa.Column("ended_at", sa.Float),  # null: no outcome yet
    sa.Column("counts", sa.Boolean, nullable=False, server_default=sa.true()),  # whether the call may have arrived
    sa.Column("status", sa.Integer),
    sa.Column("outcome", sa.Text),
    sa.Column("code", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("to_blame", sa.Boolean),  # whether a row may be what was refused, and nobody knows which
    sa.Column("blocked_until", sa.Float),
    sa.Column("trace_id", sa.Text),
    sa.Column("reply", sa.Text),
    sa.Index("attempt_by_account", "account", "intent_at"),
    sa.Index("attempt_by_batch", "batch_id"),
    sa.Index("attempt_by_job", "job_id", "ended_at"),
)

transition = sa.Table(
    "transition",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), nullable=False),
    sa.Column("batch_id", sa.Integer),
    sa.Column("line", sa.Integer),  # null: the job or the batch as a whole
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Index("transition_by_job", "job_id", "id"),
)

worker = sa.Table(
    "worker",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the run's owner: machine, process and run
    sa.Column("job_id", sa.Text, sa.ForeignKey("job.id"), nullable=False),
    sa.Column("began_at", sa.Float, nullable=False),
    sa.Column("lease_until", sa.Float, nullable=False),  # at work until then at the latest
    sa.Column("ended_at", sa.Float),
    sa.Index("worker_by_job", "job_id", "ended_at"),
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # as in attempt: locked while a call is claimed
)

home = sa.Table(
    "home",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # always 1
    sa.Column("machine", sa.Text, nullable=False),
    sa.Column("file", sa.Text, nullable=False),  # device and inode: a copy has others
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("since", sa.Float, nullable=False),
)


def _first(connection: sa.Connection) -> None:
    # Unasked whether they are there: on a server, a table that something else has elsewhere would be taken for ours.
    others = [table for table in metadata.sorted_tables if table is not migration]
    metadata.create_all(connection, others, checkfirst=False)


def _second(connection: sa.Connection) -> None:
    seen.metadata.create_all(connection, checkfirst=False)


MIGRATIONS: tuple[tuple[int, str, Callable[[sa.Connection], None]], ...] = (
    (1, "jobs, rows, batches, attempts", _first),
    (2, "what looks at Clerk have shown", _second),
)
"""Applied once each, in order, in one transaction each. Never change one that has been released: add the next."""


def migrate(connection: sa.Connection, now: float) -> int:
    """Bring the tables up to date; return the number of the newest migration known to the file."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(migration.name, schema=inspector.default_schema_name):
        connection.execute(sa.schema.CreateTable(migration))
    applied = set(connection.execute(sa.select(migration.c.number)).scalars())
    for number, name, apply in MIGRATIONS:
        if number not in applied:
            apply(connection)
            connection.execute(migration.insert().values(number=number, name=name, applied_at=now))
    return max(applied, default=MIGRATIONS[-1][0])
