"""Ledger: what remembers every job, row, call and outcome, on disk before anything depends on it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shlex
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import InputError, LedgerError
from clerkbulk.people.batch import compact_json
from clerkbulk.people.checked import Checked
from clerkbulk.sending import tables
from clerkbulk.sending.before.preflight import Bucket
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.entries import as_json, entries, kept, tell_anew, whole_letters
from clerkbulk.sending.instance import instance_of
from clerkbulk.sending.job import Job
from clerkbulk.sending.lock import lock_job, lock_new_job
from clerkbulk.sending.state import JobState, RowState
from clerkbulk.sending.store.database import open_database
from clerkbulk.sending.store.home import last_call, require_settled
from clerkbulk.sending.store.takeover import Settled, settle_copy

if TYPE_CHECKING:
    from clerkbulk.sending.client import Client

CLOCKS_DIFFER = 60.0
"""Seconds between the ledger's clock and its database's that only a hand can have put there."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job as the ledger has it. Times are seconds since 1970."""

    id: str
    fingerprint: str
    target: Target
    source_name: str
    columns: tuple[str, ...]
    rows: int
    instance_id: str | None
    state: JobState
    reason: str | None
    waiting_until: float | None
    purged_at: float | None
    """Since when the ledger knows nobody of it; None: it does."""
    reminds_id: str | None
    """The job whose silent people this one invites again."""
    created_at: float
    changed_at: float


class Ledger:
    """The memory of jobs: a SQLite file on a local disk, readable by its owner only, made when missing.

    Or the URL of a PostgreSQL database (``postgresql://USER@HOST/DATABASE``), which several machines can share; it
    needs ``pip install 'clerkbulk[postgres]'``, and goes by the server's clock unless another is given. Several
    processes may use a ledger at once. Raises LedgerError when it cannot be opened.
    """

    def __init__(self, where: str | os.PathLike[str], *, clock: Clock | None = None) -> None:
        self._database, self.clock = open_database(where, clock)

    def job(self, checked: Checked) -> Job:
        """Return the job that sends a checked table to its target: the same one for the same rows, in any order.

        A finished job of which nothing stands, because Clerk refused everybody or all was withdrawn, is not found
        again: its table is a new job. People whom another job of this ledger has invited to the same target are left
        out once the job knows its instance, see Job.bind().
        """
        fingerprint = fingerprint_of(checked)
        with self.begin() as connection:
            lock_new_job(connection, fingerprint)
            found = connection.execute(
                sa.select(tables.job.c.id).where(tables.job.c.fingerprint == fingerprint)
            ).scalar()
            if found is not None:
                lock_job(connection, found)
                tell_anew(connection, found, checked, self.clock.now())
            if found is not None and _nothing_stands(connection, found):
                retired = tables.job.update().where(tables.job.c.id == found)
                connection.execute(retired.values(fingerprint=f"retired {found}"))
                found = None
            job_id = found or _insert_job(connection, checked, fingerprint, self.clock.now())
        if found is None:
            self._database.tidy()
        return Job(self, job_id)

    def jobs(self) -> list[JobRecord]:
        """Return every job, the newest last."""
        with self.begin() as connection:
            rows = connection.execute(sa.select(tables.job).order_by(tables.job.c.created_at, tables.job.c.id))
            return [_record(dict(row._mapping)) for row in rows]

    def find(self, job_id: str | None = None, *, rather: Container[JobState] = ()) -> Job:
        """Return a job by its id, or by the beginning of it; without one, the newest unfinished or else the newest.

        A job that was never begun does not count as unfinished: somebody may have said no to it. Of the unfinished
        ones, those in a state of rather come before the others.

        Raises LedgerError when there is none, or when the beginning fits several.
        """
        records = self.jobs()
        if not records:
            make = f"clerkbulk send PEOPLE --ledger {shlex.quote(self.where)}"
            raise LedgerError(f"There is no job in {self.where} yet: {make} makes one.")
        if job_id is None:
            begun = [record for record in records if record.state is not JobState.NEW]
            unfinished = [record for record in begun if record.state is not JobState.DONE]
            rather_those = [record for record in unfinished if record.state in rather]
            return Job(self, (rather_those or unfinished or begun or records)[-1].id)
        fitting = [record for record in records if record.id.startswith(job_id)]
        if len(fitting) != 1:
            known = ", ".join(record.id for record in records[-10:])
            what = f"fits {len(fitting)} jobs" if fitting else "is none of its jobs"
            raise LedgerError(f"{job_id} {what} in {self.where}; it has {known}.")
        return Job(self, fitting[0].id)

    def record(self, job_id: str) -> JobRecord:
        """Return one job's record. Raises LedgerError."""
        with self.begin() as connection:
            row = connection.execute(sa.select(tables.job).where(tables.job.c.id == job_id)).one_or_none()
        if row is None:
            raise LedgerError(f"There is no job {job_id} in {self.where}.")
        return _record(dict(row._mapping))

    @property
    def where(self) -> str:
        """The path of its file, or its URL without the password."""
        return self._database.where

    def handed_over(self) -> str:
        """Return what opens the ledger in another process of this machine, a password included: for a pipe alone.

        Raises InputError for a ledger that lives by a clock of its own.
        """
        if abs(self.clock.now() - self._database.clock().now()) > CLOCKS_DIFFER:
            raise InputError(
                f"{self.where} lives by a clock that was set by hand, and a process that is started would not: call "
                "run() here."
            )
        home = self._database.home
        return str(home.path) if home else self._database.engine.url.render_as_string(hide_password=False)

    def file_beside(self, ending: str) -> Path:
        """Return a file called as the ledger is, and ending: beside it, or for a server in the current folder."""
        home = self._database.home
        beside = home.path if home else Path.cwd() / "clerkbulk"
        return beside.with_name(f"{beside.name}.{ending}")

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open a transaction: durable when the block ends, undone when it raises. Raises LedgerError."""
        self._database.require_in_place()
        try:
            with self._database.engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            if self._database.is_defect(error):
                raise
            raise self._database.unusable(error) from None

    @contextmanager
    def begin_to_send(self) -> Iterator[sa.Connection]:
        """Open a transaction in which calls are claimed: only where the ledger is at home. Raises LedgerError."""
        home = self._database.home
        with self.begin() as connection:
            if home is not None:
                home.require(connection, self.clock.now())
            yield connection
            calls = last_call(connection)
        if home is not None:
            home.mark(calls)

    def require_home(self) -> None:
        """Raise LedgerError where nothing can be sent: the ledger is a copy, was moved, or put back to an older state.

        Whatever sends sees to it by itself; this says so before anything else is done.
        """
        with self.begin_to_send():
            return

    @contextmanager
    def begin_to_bind(self, job_id: str, instance_id: str) -> Iterator[sa.Connection]:
        """Open a transaction at the beginning of what may send for a job in an instance.

        Raises LedgerError also when the file is damaged, or the job came in a copy and is not settled yet.
        """
        home = self._database.home
        with self.begin_to_send() as connection:
            if home is not None:
                home.require_sound(connection)
                require_settled(connection, job_id, instance_id, home.path)
            yield connection

    def settle_copy(self, client: Client) -> Settled:
        """Let a ledger that was copied, moved or restored from a backup go on here, and nowhere else any more.

        Reads from Clerk what another copy has sent meanwhile. Jobs of other instances are settled with their own key.
        Raises LedgerError while somebody may be at work on either copy, and what the client's reads raise.
        """
        home = self._database.home
        if home is None:
            raise LedgerError(f"{self.where} is no file that could have been copied: there is nothing to settle.")
        return settle_copy(self.begin, home, client, instance_of(client), self.clock, self._open_other)

    @contextmanager
    def _open_other(self, path: Path) -> Iterator[Begin]:
        with Ledger(path, clock=self.clock) as other:
            yield other.begin

    def close(self) -> None:
        """Close the database."""
        self._database.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Ledger {self.where}>"


def fingerprint_of(checked: Checked) -> str:
    """Return what identifies a table and its target: the canonical rows, whatever their order."""
    invalid = set(checked.invalid)
    rows = [compact_json(_sorted(item)) for item in checked.items]
    rows += [compact_json(as_json(row.cells)) for row in checked.table.rows if row.line in invalid]
    digest = hashlib.blake2b(digest_size=16, person=b"clerkbulk job")
    for text in (str(checked.target), *sorted(rows)):
        digest.update(text.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _nothing_stands(connection: sa.Connection, job_id: str) -> bool:
    """Whether a job is done, and everybody in it was refused by Clerk itself, or withdrawn."""
    state = connection.execute(sa.select(tables.job.c.state).where(tables.job.c.id == job_id)).scalar_one()
    if state != JobState.DONE:
        return False
    row = tables.row
    ours = sa.func.coalesce(row.c.code, "").in_([bucket.value for bucket in Bucket])
    fell = sa.and_(row.c.state == RowState.REFUSED, row.c.batch_id.is_not(None), ~ours)
    over = sa.case((sa.or_(fell, row.c.state == RowState.WITHDRAWN), 1), else_=0)
    people = sa.and_(row.c.job_id == job_id, row.c.item.is_not(None))
    counted = connection.execute(sa.select(sa.func.count(), sa.func.sum(over)).where(people)).one()
    return bool(counted[0]) and int(counted[0]) == int(counted[1])


def _insert_job(connection: sa.Connection, checked: Checked, fingerprint: str, now: float) -> str:
    job_id = f"job_{secrets.token_hex(4)}"
    target = checked.target
    connection.execute(
        tables.job.insert().values(
            id=job_id,
            fingerprint=fingerprint,
            target_kind=target.kind,
            organization_id=target.organization_id if isinstance(target, Organization) else None,
            source_name=whole_letters(checked.table.source.name),
            columns=kept(list(checked.table.columns)),
            rows=len(checked.table),
            state=JobState.NEW,
            created_at=now,
            changed_at=now,
        )
    )
    connection.execute(tables.transition.insert().values(job_id=job_id, at=now, state=JobState.NEW))
    rows = list(entries(checked, job_id, now))
    if rows:
        connection.execute(tables.row.insert(), rows)
    return job_id


def _record(row: Mapping[str, Any]) -> JobRecord:
    target: Target = Organization(row["organization_id"]) if row["target_kind"] == "organization" else Application()
    return JobRecord(
        id=row["id"],
        fingerprint=row["fingerprint"],
        target=target,
        source_name=row["source_name"],
        columns=tuple(json.loads(row["columns"])),
        rows=row["rows"],
        instance_id=row["instance_id"],
        state=JobState(row["state"]),
        reason=row["reason"],
        waiting_until=row["waiting_until"],
        purged_at=row["purged_at"],
        reminds_id=row["reminds_id"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value
