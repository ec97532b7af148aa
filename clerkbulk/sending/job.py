"""Job: one table being sent to one target. It can be left at any moment and gone on with from the ledger alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from clerkbulk.contract.endpoint import Endpoint, endpoint_for
from clerkbulk.contract.reply import Outcome, Refused, Unsure, Wait, read_reply
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, KeyRefused, LedgerError, NotReachable
from clerkbulk.sending import settling, tables
from clerkbulk.sending.budget import Budget
from clerkbulk.sending.call import (
    Call,
    Ending,
    Unsettled,
    account_of,
    budget_of,
    calls_of,
    claim,
    close,
    settle,
    unsettled,
)
from clerkbulk.sending.client import Answer, Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.results import Results, read_results
from clerkbulk.sending.scrub import scrubbed, scrubbed_text
from clerkbulk.sending.state import JobState, Sum
from clerkbulk.sending.verdict import judge, judge_not_sent

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import JobRecord, Ledger


class Limits(StrEnum):
    """Which hourly limits a run keeps to of its own accord; a 429 is obeyed in either case."""

    DOCUMENTED = "documented"
    OFF = "off"


class Stop(Protocol):
    """Anything that says whether to stop; threading.Event does."""

    def is_set(self) -> bool:
        """Whether to stop before the next call."""
        ...


class Never:
    """Never says stop."""

    def is_set(self) -> bool:
        """Return False."""
        return False


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands. Times are seconds since 1970."""

    job_id: str
    at: float
    state: JobState
    sum: Sum
    budget: Budget
    """The hour of the job's endpoint, for the whole instance."""
    calls: int
    """Calls this job has made so far."""
    waiting_until: float | None = None
    reason: str | None = None


RETRY_NOT_SENT = 30.0
"""Seconds until a call that could not leave (no connection) is tried again."""
MOST_NOT_SENT = 4
"""Calls in a row that could not leave before the run gives up."""

_RUNS: set[str] = set()
"""The runs of this process that may have a call in flight."""


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
        row = tables.row
        with self._ledger.begin() as connection:
            counts = connection.execute(
                sa.select(row.c.state, sa.func.count()).where(row.c.job_id == self.id).group_by(row.c.state)
            ).all()
            rows = connection.execute(sa.select(tables.job.c.rows).where(tables.job.c.id == self.id)).scalar_one()
        return Sum.of(rows, {str(state): int(count) for state, count in counts})

    def calls(self) -> int:
        """Count the calls made so far, refused ones included."""
        with self._ledger.begin() as connection:
            return calls_of(connection, self.id)

    def results(self) -> Results:
        """Return what became of each row, at any time."""
        with self._ledger.begin() as connection:
            return read_results(connection, self.record_in(connection))

    def record_in(self, connection: sa.Connection) -> sa.RowMapping:
        """Return the job's row inside a transaction."""
        return connection.execute(sa.select(tables.job).where(tables.job.c.id == self.id)).mappings().one()

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

        Raises KeyRefused and NotReachable when Clerk cannot be asked which instance the key belongs to, LedgerError
        when the job was begun in another instance.
        """
        run = Run(self, self._ledger, client, Limits(limits), clock or self._ledger.clock, stop or Never())
        return run.steps()

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import job_html

        return job_html(self.record, self.sum())

    def __repr__(self) -> str:
        record = self.record
        return f"<Job {self.id} of {record.source_name} to {record.target}: {record.state.value}>"


class Run:
    """One process at work on a job."""

    def __init__(self, job: Job, ledger: Ledger, client: Client, limits: Limits, clock: Clock, stop: Stop) -> None:
        self._job, self._ledger, self._client = job, ledger, client
        self._clock, self._stop = clock, stop
        self._target = job.target
        self._endpoint: Endpoint = endpoint_for(self._target)
        self._per_hour = self._endpoint.calls_per_hour if limits is Limits.DOCUMENTED else None
        self._token = secrets.token_hex(4)
        self._owner = settling.owner_name(self._token)
        self._account = ""
        self._not_sent = 0
        self._looked: dict[int, float] = {}

    def steps(self) -> Iterator[Progress]:
        """Do the work. See Job.run."""
        self._account = account_of(self._client.api_url, self._instance(), self._endpoint)
        _RUNS.add(self._token)
        try:
            yield from self._work()
        finally:
            _RUNS.discard(self._token)

    def _work(self) -> Iterator[Progress]:
        yield self._change(JobState.RUNNING)
        while True:
            if self._stop.is_set():
                yield self._change(JobState.PAUSED, "stopped by request")
                return
            self._settle()
            now = self._clock.now()
            step = claim(
                self._ledger.begin, self._job.id, self._endpoint, self._account, self._owner, now, self._per_hour
            )
            if isinstance(step, Call):
                stopped = self._make(step)
                if stopped is not None:
                    self._settle()
                    yield self._change(JobState.STOPPED, stopped)
                    return
                yield self._progress(JobState.RUNNING)
                if self._not_sent and not self._stop.is_set():
                    yield from self._wait(self._clock.now() + RETRY_NOT_SENT, "Clerk cannot be reached")
            elif isinstance(step, Budget):
                used = f"{step.used} of {step.calls_per_hour} calls of the hour used"
                yield from self._wait(step.next_call_at, "Clerk said to wait (429)" if step.blocked else used)
            elif (until := self._next_look()) is not None:
                yield from self._wait(until, "finding out what became of a call")
            else:
                yield self._change(JobState.DONE)
                return

    def _make(self, call: Call) -> str | None:
        """Make one call whose intent is written, write its outcome; return why the job must stop, if it must."""
        try:
            answer = self._client.create(self._target, [passenger.item for passenger in call.passengers])
        except NotReachable as error:
            self._no_answer(call, error)
            return None
        self._not_sent = 0
        outcome = read_reply(call.keys, answer.status, answer.headers, answer.body)
        verdict = judge(call.passengers, outcome)
        close(self._ledger.begin, self._job.id, call, verdict, _ending(answer, outcome), self._clock.now())
        return verdict.stop

    def _no_answer(self, call: Call, error: NotReachable) -> None:
        reason = scrubbed_text(str(error))
        if error.sent:
            verdict = judge(call.passengers, Unsure(reason))
            close(self._ledger.begin, self._job.id, call, verdict, Ending("unsure", reason=reason), self._clock.now())
            return
        ending = Ending("not_sent", arrived=False, reason=reason)
        close(self._ledger.begin, self._job.id, call, judge_not_sent(call.passengers), ending, self._clock.now())
        self._not_sent += 1
        if self._not_sent >= MOST_NOT_SENT:
            self._change(JobState.PAUSED, reason)
            raise error

    def _settle(self) -> None:
        """Read what became of the rows of unclear calls: at once, and again when what is absent is surely so."""
        now = self._clock.now()
        for call in unsettled(self._ledger.begin, self._job.id):
            if settling.ready_at(call, _RUNS) > now or self._next_look_at(call) > now:
                continue
            self._looked[call.batch_id] = now
            try:
                verdicts = settling.look(self._client, self._target, call, now)
            except (NotReachable, ClerkRefused):
                # Nothing found out, nothing lost: the rows stay unknown and are read again later.
                continue
            settle(self._ledger.begin, self._job.id, call.batch_id, verdicts, self._clock.now())

    def _next_look(self) -> float | None:
        """Return when the unclear calls can be read again; None when there are none."""
        calls = unsettled(self._ledger.begin, self._job.id)
        return min((max(settling.ready_at(call, _RUNS), self._next_look_at(call)) for call in calls), default=None)

    def _next_look_at(self, call: Unsettled) -> float:
        """Return when a call is worth a look: never looked at, surely over by now, or a while after the last look."""
        looked = self._looked.get(call.batch_id)
        if looked is None:
            return call.intent_at
        sure = settling.sure_at(call)
        return sure if looked < sure else looked + settling.SETTLE

    def _wait(self, until: float, reason: str) -> Iterator[Progress]:
        yield self._change(JobState.WAITING, reason, until)
        while (left := until - self._clock.now()) > 0:
            if self._stop.is_set():
                return
            # Somebody who may say stop wants to be heard within a second; nobody, and the wait is one sleep.
            self._clock.sleep(left if isinstance(self._stop, Never) else min(left, 1.0))
        self._change(JobState.RUNNING)

    def _instance(self) -> str:
        try:
            instance_id = str(self._client.instance().get("id") or "")
        except KeyRefused:
            raise
        except ClerkRefused:
            instance_id = ""
        # Without an id the key stands for its instance: it belongs to exactly one (documented).
        instance_id = instance_id or f"key_{self._client.key_fingerprint}"
        with self._ledger.begin() as connection:
            known = self._job.record_in(connection)["instance_id"]
            if known is not None and known != instance_id:
                raise LedgerError(
                    f"{self._job.id} was begun in instance {known}, and this key belongs to {instance_id}: use the key "
                    "it was begun with, or another ledger for the other instance."
                )
            connection.execute(
                tables.job.update()
                .where(tables.job.c.id == self._job.id)
                .values(instance_id=instance_id, api_url=self._client.api_url)
            )
        return instance_id

    def _change(self, state: JobState, reason: str | None = None, until: float | None = None) -> Progress:
        now = self._clock.now()
        with self._ledger.begin() as connection:
            connection.execute(
                tables.job.update()
                .where(tables.job.c.id == self._job.id)
                .values(state=state, reason=reason, waiting_until=until, changed_at=now)
            )
            connection.execute(
                tables.transition.insert().values(job_id=self._job.id, at=now, state=state, reason=reason)
            )
        return self._progress(state, reason, until)

    def _progress(self, state: JobState, reason: str | None = None, until: float | None = None) -> Progress:
        now = self._clock.now()
        with self._ledger.begin() as connection:
            hour = budget_of(connection, self._account, now, self._per_hour)
            calls = calls_of(connection, self._job.id)
        return Progress(self._job.id, now, state, self._job.sum(), hour, calls, until, reason)


def _ending(answer: Answer, outcome: Outcome) -> Ending:
    first = outcome.problems[0] if isinstance(outcome, Refused) else None
    reason = {Refused: "sentence", Unsure: "reason"}.get(type(outcome))
    return Ending(
        outcome=type(outcome).__name__.lower(),
        status=answer.status,
        reason=scrubbed_text(getattr(outcome, reason)) if reason else None,
        code=first.code if first else None,
        retry_after=outcome.seconds if isinstance(outcome, Wait) else None,
        trace_id=outcome.trace_id,
        reply=scrubbed(answer.body),
    )
