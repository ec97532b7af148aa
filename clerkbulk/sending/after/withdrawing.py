"""Withdrawing: the open invitations of a job's people are revoked; what cannot be taken back is said.

Revoking mails nobody and can be done again without harm, so a withdrawal may end anywhere and be begun once more.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, LedgerError, NotReachable
from clerkbulk.sending.after import holding
from clerkbulk.sending.after.holding import Ending, Holding, as_found, taken_back
from clerkbulk.sending.after.standing import Standing, pause_after, revoke, standing_of, standings
from clerkbulk.sending.before.naming import name_invitations
from clerkbulk.sending.budget import MOST_UNREACHED
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during import settling
from clerkbulk.sending.during.call import unsettled
from clerkbulk.sending.progress import Never, Stop

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger

GLANCE = 5.0
"""Seconds until it is looked again whether another process has finished its last call."""
LONGEST_NAP = 60.0
"""Seconds slept at a time: a machine that was suspended, or whose clock was set, is noticed after that."""


@dataclass(frozen=True, slots=True)
class Found:
    """The people of a job who hold an invitation of it, by how that stands at Clerk."""

    target: Target
    holdings: tuple[tuple[Holding, Standing], ...]

    def standing(self, standing: Standing) -> tuple[Holding, ...]:
        """Return those whose invitation stands so."""
        return tuple(one for one, its in self.holdings if its is standing)

    @property
    def open(self) -> tuple[Holding, ...]:
        """Those whose invitation can be taken back."""
        return self.standing(Standing.PENDING)


@dataclass(frozen=True, slots=True)
class Step:
    """Where a withdrawal stands. Times are seconds since 1970."""

    job_id: str
    at: float
    people: int = 0
    """Whose invitations were open when it began to revoke; 0 before."""
    done: int = 0
    """For how many of them it is known how their invitation stands now."""
    withdrawn: int = 0
    waiting_until: float | None = None
    reason: str | None = None


class Withdrawal:
    """One process that takes back a job's open invitations, one call each. Made by Job.withdraw().

    Iterate over it to have it done. A face that asks in between takes the steps itself: settle(), look(), take_back().

    Whoever was reminded loses the reminder's invitation; who was about to be is not reminded any more. Who has accepted
    stays sent, and the results say so. Rows that were never sent stay left, and the job stays paused: Job.run() would
    invite them. Left at any moment, a withdrawal can be begun again.
    """

    def __init__(
        self,
        ledger: Ledger,
        job_id: str,
        client: Client,
        lines: Collection[int] | None = None,
        clock: Clock | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._ledger, self._job_id, self._client = ledger, job_id, client
        self._target = ledger.record(job_id).target
        self._lines = None if lines is None else frozenset(lines)
        self._clock, self._stop = clock or ledger.clock, stop or Never()

    def __iter__(self) -> Iterator[Step]:
        """Settle, look and take back. Raises what those raise."""
        yield from self.settle()
        yield from self.take_back(self.look())

    def settle(self) -> Iterator[Step]:
        """Bring the job to a stand and find out by reading what became of lost calls: they may have invited people.

        Raises LedgerError while somebody is at work on the job, InputError for one that was never begun or has no such
        lines; else what the client's reads raise.
        """
        with self._ledger.begin() as connection:
            holding.check(connection, self._job_id, self._lines)
        jobs = self._stand_still()
        failures, due = 0, dict[int, float]()
        while not self._stop.is_set():
            now = self._clock.now()
            elsewhere = [job for job in jobs if settling.end_lost_calls(self._ledger.begin, job, now)]
            calls = [(job, call) for job in jobs for call in unsettled(self._ledger.begin, job, now)]
            if not calls and not elsewhere:
                return
            why = "another process is at work on the last call" if elsewhere else "finding out what became of a call"
            until = [now + GLANCE] if elsewhere else []
            for job, call in calls:
                try:
                    if due.get(call.batch_id, call.ended_at) <= now:
                        verdicts = settling.look(self._client, self._target, call, now)
                        settling.settle(self._ledger.begin, job, call.batch_id, verdicts, now)
                        due[call.batch_id] = settling.sure_at(call)
                        failures = 0
                    until.append(due[call.batch_id])
                except (NotReachable, ClerkRefused) as error:
                    failures += 1
                    until.append(now + _pause(error, failures))
            if min(until) > now:
                yield from self._wait(Step(self._job_id, now, reason=why), min(until))

    def look(self) -> Found:
        """Read how the invitations stand that the job's people hold.

        Raises InputError as settle() does, and what the client's reads raise.
        """
        with self._ledger.begin() as connection:
            holding.check(connection, self._job_id, self._lines)
            jobs = holding.family(connection, self._job_id)
        for job in jobs:
            name_invitations(self._ledger.begin, self._client, self._target, job)
        held = self._held()
        emails = {one.invitation_id: one.email for one in held if one.invitation_id}
        read = standings(self._client, self._target, emails) if emails else {}
        return Found(
            self._target,
            tuple((one, read[one.invitation_id] if one.invitation_id else Standing.MISSING) for one in held),
        )

    def take_back(self, found: Found) -> Iterator[Step]:
        """Revoke what look() has found open, and write down how everything else stands.

        A reminder that was begun meanwhile is taken back in its turn. Raises LedgerError when the job has changed since
        the look, or somebody is at work on such a reminder, and what the client's calls raise: whatever was revoked
        until then is written down.
        """
        jobs, now = self._stand_still(), self._clock.now()
        if self._held() != [one for one, _ in found.holdings]:
            raise LedgerError(f"{self._job_id} has changed since it was looked at: withdraw once more.")
        for reminder in jobs[1:]:
            with self._ledger.begin() as connection:
                holding.call_off(connection, reminder, self._lines, now)
        for one, its in found.holdings:
            if its is not Standing.PENDING:
                self._close(one, as_found(its, self._target))
        step = Step(self._job_id, now, len(found.open))
        for done, one in enumerate(found.open, 1):
            standing = yield from self._revoked(one, step)
            if standing is None:
                return
            now, is_revoked = self._clock.now(), standing is Standing.REVOKED
            self._close(one, taken_back(now) if is_revoked else as_found(standing, self._target))
            step = Step(self._job_id, now, step.people, done, step.withdrawn + is_revoked)
            yield step
        with self._ledger.begin() as connection:
            # Every row is closed by now: no reminder made from here on can hold any of these people.
            came_since = holding.reminded_since(connection, self._job_id, [one for one, _ in found.holdings])
        if came_since:
            yield from self.settle()
            yield from self.take_back(self.look())
            return
        for job in jobs:
            with self._ledger.begin() as connection:
                holding.go_to_rest(connection, job, self._clock.now())

    def _revoked(self, one: Holding, step: Step) -> Generator[Step, None, Standing | None]:
        """Revoke one invitation and return how it stands after that; None when it was to stop before.

        After an answer that leaves it open, the invitation is read before it is revoked again.
        """
        standing: Standing = Standing.PENDING
        invitation_id = str(one.invitation_id)
        for failures in count(1):
            if self._stop.is_set():
                yield replace(step, at=self._clock.now(), reason="stopped by request")
                return None
            try:
                if failures > 1:
                    standing = standing_of(self._client, self._target, invitation_id, one.email)
                if standing is Standing.PENDING:
                    standing = revoke(self._client, self._target, invitation_id, one.email)
                break
            except (NotReachable, ClerkRefused) as error:
                until = self._clock.now() + _pause(error, failures)
                why = "Clerk said to wait (429)" if getattr(error, "status", 0) == 429 else "Clerk gave no clear answer"
            yield from self._wait(replace(step, reason=why), until)
        return standing

    def _wait(self, step: Step, until: float) -> Iterator[Step]:
        yield replace(step, at=self._clock.now(), waiting_until=until)
        # Somebody who may say stop wants to be heard within a second.
        nap = LONGEST_NAP if isinstance(self._stop, Never) else 1.0
        while (left := until - self._clock.now()) > 0 and not self._stop.is_set():
            self._clock.sleep(min(left, nap))

    def _stand_still(self) -> list[str]:
        """Bring the job and its reminders to a stand; return them."""
        with self._ledger.begin() as connection:
            jobs = holding.family(connection, self._job_id)
        for job in jobs:
            with self._ledger.begin() as connection:
                holding.stand_still(connection, job, self._clock.now())
        return jobs

    def _close(self, one: Holding, ending: Ending) -> None:
        """Write down what became of an invitation, a job a transaction: nobody ever locks two."""
        for job in one.jobs:
            with self._ledger.begin() as connection:
                holding.close(connection, job, one.line, ending, self._clock.now())

    def _held(self) -> list[Holding]:
        with self._ledger.begin() as connection:
            return holding.held(connection, self._job_id, self._lines)


def _pause(error: NotReachable | ClerkRefused, failures: int) -> float:
    """Return the seconds to wait after the failures-th failure in a row; raise the error where that is no help."""
    seconds = pause_after(error, failures)
    if seconds is None or failures >= MOST_UNREACHED:
        raise error
    return seconds
