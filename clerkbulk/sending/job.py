"""Job: one table being sent to one target. It can be left at any moment and gone on with from the ledger alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.call import calls_of
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.elsewhere import leave_out
from clerkbulk.sending.progress import Limits, Never, Progress, Stop, sum_of
from clerkbulk.sending.results import Results, read_results
from clerkbulk.sending.run import Run
from clerkbulk.sending.state import Sum

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import JobRecord, Ledger


class Job:
    """One job of a ledger. Made by Ledger.job() and Ledger.find()."""

    def __init__(self, ledger: Ledger, job_id: str) -> None:
        self._ledger = ledger
        self.id = job_id

    @property
    def record(self) -> JobRecord:
        """What the ledger has of the job now."""
        return self._ledger.record(self.id)

    @property
    def target(self) -> Target:
        """Where its invitations go."""
        return self.record.target

    def sum(self) -> Sum:
        """Count the rows by state; the sum holds at every moment."""
        with self._ledger.begin() as connection:
            return sum_of(connection, self.id)

    def calls(self) -> int:
        """Count the calls made so far, refused ones included."""
        with self._ledger.begin() as connection:
            return calls_of(connection, self.id)

    def results(self) -> Results:
        """Return what became of each row, at any time."""
        with self._ledger.begin() as connection:
            return read_results(connection, self.id)

    def bind(self, client: Client) -> str:
        """Tie the job to the instance the client's key opens, once and for all, and return the instance's id.

        Rows of people whom another job of the ledger has invited to the same target there become already there, and
        say which job it was. run() does this too; call it before to know how many people are really left.

        Raises KeyRefused, ClerkRefused and NotReachable when Clerk cannot be asked, LedgerError when the job belongs to
        another instance.
        """
        instance_id = _instance_of(client)
        with self._ledger.begin() as connection:
            known = connection.execute(sa.select(tables.job.c.instance_id).where(tables.job.c.id == self.id)).scalar()
            if known not in {None, instance_id}:
                raise LedgerError(
                    f"{self.id} was begun in instance {known}, and this key belongs to {instance_id}: use the key it "
                    "was begun with, or another ledger for the other instance."
                )
            connection.execute(
                tables.job.update()
                .where(tables.job.c.id == self.id)
                .values(instance_id=instance_id, api_url=client.api_url)
            )
            leave_out(connection, self.id, self._ledger.clock.now())
        return instance_id

    def run(
        self,
        client: Client,
        *,
        limits: Limits | str = Limits.DOCUMENTED,
        clock: Clock | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Progress]:
        """Send what is left, call by call, and yield where the job stands after each step and before each wait.

        stop is looked at before every call and every second of a wait. The run ends when nothing is left, when stop is
        set (the job is paused), or when Clerk refuses what concerns every call (the job is stopped, the reason stands
        in the last Progress). Leaving the loop early, or an exception, loses nothing: run it again.

        Raises what bind() raises; KeyRefused also when Clerk stops accepting the key on the way, and NotReachable when
        it stays out of reach for more than an hour.
        """
        limits = Limits(limits)
        return self._steps(client, limits, clock or self._ledger.clock, stop or Never())

    def _steps(self, client: Client, limits: Limits, clock: Clock, stop: Stop) -> Iterator[Progress]:
        instance_id = self.bind(client)
        yield from Run(self._ledger, self.id, self.target, client, instance_id, limits, clock, stop).steps()

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import job_html

        return job_html(self.record, self.sum())

    def __repr__(self) -> str:
        record = self.record
        return f"<Job {self.id} of {record.source_name} to {record.target}: {record.state.value}>"


def _instance_of(client: Client) -> str:
    """Return the id of the instance a key opens. A key stands for it where Clerk does not tell: it opens only one."""
    try:
        instance_id = str(client.instance().get("id") or "")
    except ClerkRefused as error:
        # What Clerk has no answer to now (5xx, 429), it has one to later: two names for one instance must not be.
        if error.status not in {403, 404, 405}:
            raise
        instance_id = ""
    return instance_id or f"key_{client.key_fingerprint}"


__all__ = ["Job", "Limits", "Never", "Progress", "Stop"]
