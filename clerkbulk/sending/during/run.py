"""Run: one process at work on a job, step by step: settle, claim, call, close, wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clerkbulk.contract.endpoint import HOUR, endpoint_for
from clerkbulk.contract.json_schema import body_faults
from clerkbulk.contract.reply import Unsure, read_reply
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, InputError, KeyRefused, LedgerError, NotReachable
from clerkbulk.sending.after.kin import Predecessors
from clerkbulk.sending.after.standing import pause_after
from clerkbulk.sending.before.leaving_out import look_again
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.budget import MOST_UNREACHED, Budget, wait_unreached
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock, is_moved_by_hand
from clerkbulk.sending.during import settling
from clerkbulk.sending.during.at_work import HEARING, Shift
from clerkbulk.sending.during.call import (
    PROMPT,
    Call,
    Ending,
    Sender,
    Unsettled,
    account_of,
    budget_of,
    calls_of,
    claim,
    close,
    next_rows,
    unsettled,
)
from clerkbulk.sending.during.ending import ending_of
from clerkbulk.sending.during.owner import Owner
from clerkbulk.sending.during.patience import Patience
from clerkbulk.sending.during.pausing import PAUSED_BY_REQUEST, PauseAsked, unless_asked_to_pause
from clerkbulk.sending.during.replacing import replace_predecessors
from clerkbulk.sending.during.waves import before_next
from clerkbulk.sending.progress import Never, Progress, Stop, sum_of
from clerkbulk.sending.scrub import scrubbed_text
from clerkbulk.sending.state import JobState
from clerkbulk.sending.verdict import Passenger, judge, judge_not_sent

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger

GLANCE = 5.0
"""Seconds until a run without rows of its own looks again whether another process has finished its last call."""
LOOK_LATER = 600.0
"""Seconds without second looks after one that failed."""
MOST_UNSURE = 8
"""Calls in a row without a clear answer before the run pauses: the hour is not to be wasted on it."""
LONGEST_NAP = 60.0
"""Seconds slept at a time where that takes no time: what happens meanwhile is noticed after that."""


class Run:
    """One process at work on a job. Made by Job.run()."""

    def __init__(
        self,
        ledger: Ledger,
        job_id: str,
        target: Target,
        client: Client,
        instance_id: str,
        pace: Pace,
        clock: Clock,
        stop: Stop,
        patience: Patience,
    ) -> None:
        self._ledger, self._job_id, self._target = ledger, job_id, target
        self._client, self._clock, self._stop = client, clock, stop
        self._owner = Owner.here()
        self._shift = Shift(job_id, self._owner)
        self._pace, self._patience = pace, patience
        self._lanes = tuple(
            Sender(
                job_id,
                endpoint,
                account_of(client.api_url, instance_id, endpoint),
                str(self._owner),
                pace.per_hour(endpoint),
                pace.whose_hour(target),
            )
            for endpoint in (endpoint_for(target, lane) for lane in pace.lanes)
        )
        self._unreached = 0
        self._unsure = patience.unsure
        self._no_look_before = 0.0
        self._look_at: dict[int, float] = {}

    def steps(self) -> Iterator[Progress]:
        """Do the work. See Job.run."""
        for lane in self._lanes:
            # What checks the bodies takes a second to be loaded: not between an intent and its call.
            body_faults(self._target, [], lane.endpoint.lane)
        self._owner.begin()
        try:
            yield self._change(JobState.RUNNING)
            while not self._shift.is_over:
                is_stopped = self._stop.is_set()
                if self._shift.is_asked_to_pause:
                    yield self._leave(JobState.PAUSED, PAUSED_BY_REQUEST)
                elif is_stopped:
                    yield self._leave(self._patience.leaves_in, "stopped by request")
                else:
                    yield from self._step()
        finally:
            try:
                if not self._shift.is_over:
                    # Left half way, by a caller that has seen enough or by a second Ctrl-C: nobody is at work any more.
                    self._leave(self._patience.leaves_in, "interrupted")
            finally:
                # Also when that cannot be written (a full disk): the next run of this process would wait for this one.
                self._owner.end()

    def _step(self) -> Iterator[Progress]:
        """Do the next thing there is to do, or wait for it; sign out when there is none."""
        settling.end_lost_calls(self._ledger.begin, self._job_id, self._clock.now())
        if (look_at := self._settle()) is not None:
            # What is unclear is settled before more is risked: a Clerk in trouble would only eat up the hour.
            yield from self._wait(look_at, "finding out what became of a call")
            return
        now = self._clock.now()
        if self._pace.waves:
            before = before_next(self._ledger.begin, self._job_id, self._pace, now)
            if before.stop is not None:
                yield self._leave(JobState.STOPPED, before.stop)
                return
            if before.opens_at is not None and before.opens_at > now:
                yield from self._wait(before.opens_at, "the next wave has not begun")
                return
        rows = self._next_rows()
        if self._shift.is_asked_to_pause:
            return
        if (opens := self._pace.next_open(now)) > now and rows:
            yield from self._wait(opens, "the hours in which calls leave have not begun")
            return
        if self._look_again(rows):
            return
        clerk_at = self._client.time_there()
        # The time only now: what was read before may have taken long, and an intent that is old does not leave.
        try:
            step = claim(self._begin_to_send, self._lanes, self._clock.now(), clerk_at)
        except PauseAsked:
            self._shift.is_asked_to_pause = True
            return
        if isinstance(step, Call):
            yield from self._call(step)
        elif isinstance(step, Budget):
            why = "Clerk said to wait (429)" if step.blocked else step.sentence
            yield from self._wait(step.next_call_at, why)
        elif isinstance(step, Predecessors):
            yield from self._replace(step)
        elif self._is_open():
            yield from self._wait(self._clock.now() + GLANCE, "another process is at work on the last rows")
        else:
            yield self._leave(JobState.DONE)

    def _begin_to_send(self) -> AbstractContextManager[sa.Connection]:
        return unless_asked_to_pause(self._ledger.begin_to_send, self._job_id)

    def _replace(self, due: Predecessors) -> Iterator[Progress]:
        """Revoke the older invitations of rows that travel next: reminders."""
        try:
            replace_predecessors(self._ledger.begin, self._client, self._target, self._job_id, due, self._clock)
            self._unreached = 0
        except (NotReachable, ClerkRefused) as error:
            if (pause := pause_after(error, self._unreached + 1)) is None:
                yield self._leave(JobState.STOPPED, scrubbed_text(str(error)))
                raise
            until = max(self._next_try(error), self._clock.now() + pause)
            told = isinstance(error, ClerkRefused) and error.status == 429
            why = "Clerk said to wait (429)" if told else "Clerk gave no clear answer to a revocation"
            yield from self._wait(until, why)

    def _call(self, call: Call) -> Iterator[Progress]:
        """Make one call whose intent is written, and write its outcome. Raises KeyRefused and NotReachable."""
        if (late := self._clock.now() - call.intent_at) > PROMPT:
            self._not_sent(call, f"{late:.0f} seconds passed before the call could leave")
            return
        try:
            answer = self._client.create(self._target, [row.item for row in call.passengers], call.lane)
        except NotReachable as error:
            yield from self._no_answer(call, error)
            return
        except InputError as error:
            self._not_sent(call, str(error))
            raise
        self._unreached = 0
        outcome = read_reply(call.keys, answer.status, answer.headers, answer.body)
        verdict = judge(call.passengers, outcome)
        close(self._ledger.begin, call, verdict, ending_of(answer, outcome), self._clock.now())
        self._unsure = self._unsure + 1 if isinstance(outcome, Unsure) else 0
        if verdict.stop is None and self._unsure < MOST_UNSURE:
            yield self._progress()
            return
        if verdict.stop is None:
            self._settle_at_the_end()
            yield self._leave(JobState.PAUSED, f"{MOST_UNSURE} calls in a row had no clear answer ({answer.status})")
            return
        if answer.status != 401:
            self._settle_at_the_end()
        yield self._leave(JobState.STOPPED, verdict.stop)
        if answer.status == 401:
            raise KeyRefused(verdict.stop, status=401, trace_id=outcome.trace_id)

    def _no_answer(self, call: Call, error: NotReachable) -> Iterator[Progress]:
        reason = scrubbed_text(str(error))
        if error.sent:
            verdict = judge(call.passengers, Unsure(reason))
            close(self._ledger.begin, call, verdict, Ending("unsure", reason=reason), self._clock.now())
            yield self._progress()
            return
        self._not_sent(call, reason)
        yield from self._wait(self._next_try(error), "Clerk cannot be reached")

    def _not_sent(self, call: Call, reason: str) -> None:
        ending = Ending("not_sent", arrived=False, reason=reason)
        close(self._ledger.begin, call, judge_not_sent(call.passengers), ending, self._clock.now())

    def _settle(self) -> float | None:
        """Read what became of the rows of unclear calls; return when to read again, None when all is clear.

        Each call is looked at when it is over, and once more when what is absent by then is surely so.
        """
        again = []
        for call in unsettled(self._ledger.begin, self._job_id, self._clock.now()):
            now = self._clock.now()
            due = self._look_at.get(call.batch_id, call.ended_at)
            # No look is put off for an hour: one that seems to be was, by a clock that has been put back since.
            later = due if now < due < now + HOUR else self._look(call, now)
            if later is not None:
                again.append(later)
        return min(again, default=None)

    def _settle_at_the_end(self) -> None:
        try:
            self._settle()
        except (NotReachable, ClerkRefused):
            # The rows stay unknown and are read when the job goes on; why it stopped is what must be said now.
            return

    def _look(self, call: Unsettled, now: float) -> float | None:
        """Look at one call; return when to look again, None when it is settled."""
        try:
            verdicts = settling.look(self._client, self._target, call, now)
        except (NotReachable, ClerkRefused) as error:
            # Nothing found out, nothing lost: the rows stay unknown and are read again.
            if isinstance(error, ClerkRefused) and error.status != 429 and error.status < 500:
                self._leave(JobState.STOPPED, scrubbed_text(str(error)))
                raise
            self._look_at[call.batch_id] = self._next_try(error)
            return self._look_at[call.batch_id]
        self._unreached = 0
        settling.settle(self._ledger.begin, self._job_id, call.batch_id, verdicts, self._clock.now())
        if len(verdicts) == len(call.passengers):
            return None
        self._look_at[call.batch_id] = settling.sure_at(call)
        return self._look_at[call.batch_id]

    def _next_try(self, error: NotReachable | ClerkRefused) -> float:
        """Return when to try again to reach Clerk; pause the job and raise the error when it has been too often."""
        self._unreached += 1
        if self._unreached >= MOST_UNREACHED:
            self._leave(JobState.PAUSED, scrubbed_text(str(error)))
            raise error
        return self._clock.now() + wait_unreached(self._unreached)

    def _wait(self, until: float, reason: str) -> Iterator[Progress]:
        """Wait, or leave it to the next tick where that takes longer than this one's patience."""
        if not self._patience.endures(until - self._clock.now()):
            yield self._leave(JobState.WAITING, reason, until)
            return
        yield self._change(JobState.WAITING, reason, until)
        before = self._clock.now()
        # Where the clock has been put back, until when to wait is found out anew.
        while before <= (now := self._clock.now()) < until:
            if self._stop.is_set() or self._hears_of_a_pause():
                return
            before = now
            self._clock.sleep(min(until - now, self._nap))
        self._change(JobState.RUNNING)

    @property
    def _nap(self) -> float:
        """Seconds to sleep at a time: somebody who may say stop wants to be heard within a second."""
        if isinstance(self._stop, Never):
            return LONGEST_NAP if is_moved_by_hand(self._clock) else HEARING
        return 1.0

    def _hears_of_a_pause(self) -> bool:
        now = self._clock.now()
        if self._shift.is_to_look(now):
            try:
                with self._ledger.begin() as connection:
                    self._shift.look(connection, now)
            except LedgerError:
                # Nothing is risked by waiting on; whatever is written next says what is wrong with the ledger.
                return False
        return self._shift.is_asked_to_pause

    def _is_open(self) -> bool:
        """Whether a row is not settled yet. Asked only now: the others have gone on since this step began."""
        with self._ledger.begin() as connection:
            return sum_of(connection, self._job_id).open > 0

    def _next_rows(self) -> list[tuple[Passenger, ...]]:
        """Return the rows that each lane would take next; empty when nobody is left. Hears of a pause on the way."""
        now = self._clock.now()
        with self._ledger.begin() as connection:
            self._shift.look(connection, now)
            lanes = [next_rows(connection, self._job_id, lane.endpoint, now) for lane in self._lanes]
        return [rows for rows in lanes if rows]

    def _look_again(self, lanes: Sequence[Sequence[Passenger]]) -> bool:
        """Look again at the next rows if the last look is old; return whether that leaves anybody out."""
        now = self._clock.now()
        if now < self._no_look_before:
            return False
        try:
            return any(
                look_again(self._ledger.begin, self._client, self._job_id, self._target, rows, now) for rows in lanes
            )
        except (NotReachable, ClerkRefused):
            # A second look that fails is no reason to stop: Clerk itself refuses whom it knows.
            self._no_look_before = now + LOOK_LATER
            return False

    def _change(self, state: JobState, reason: str | None = None, until: float | None = None) -> Progress:
        with self._ledger.begin() as connection:
            self._shift.change(connection, state, reason, until, self._clock.now())
            return self._seen(connection, state, reason, until)

    def _leave(self, state: JobState, reason: str | None = None, until: float | None = None) -> Progress:
        """Sign out; a wait without an end of its own is one for whoever goes on."""
        now = self._clock.now()
        until = now if until is None and state is JobState.WAITING else until
        with self._ledger.begin() as connection:
            self._shift.leave(connection, state, reason, until, now)
            return self._seen(connection, state, reason, until)

    def _progress(self) -> Progress:
        with self._ledger.begin() as connection:
            self._shift.look(connection, self._clock.now())
            return self._seen(connection, JobState.RUNNING, None, None)

    def _seen(self, connection: sa.Connection, state: JobState, reason: str | None, until: float | None) -> Progress:
        now, first = self._clock.now(), self._lanes[0]
        hour = budget_of(connection, first.account, now, first.calls_per_hour, first.organization_id)
        calls, sum_ = calls_of(connection, self._job_id), sum_of(connection, self._job_id)
        return Progress(self._job_id, now, state, sum_, hour, calls, until, reason)
