"""Job: one table being sent to one target. It can be left at any moment and gone on with from the ledger alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from clerkbulk.contract.endpoint import HOUR, Lane
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.after.purging import purge
from clerkbulk.sending.after.reminding import make_reminder, silent_people, under_way
from clerkbulk.sending.after.results import Results, read_results
from clerkbulk.sending.after.silence import Silent
from clerkbulk.sending.after.withdrawing import Withdrawal
from clerkbulk.sending.before.approval import approve
from clerkbulk.sending.before.changes import Changes, Related, read_changes, related
from clerkbulk.sending.before.elsewhere import leave_out
from clerkbulk.sending.before.leaving_out import left_out, let_in, look_ahead, set_aside
from clerkbulk.sending.before.pace import Pace, wave_sizes
from clerkbulk.sending.before.plan import Plan
from clerkbulk.sending.before.planning import plan_rest
from clerkbulk.sending.before.preflight import Bucket, Policy, Preflight
from clerkbulk.sending.before.roles import GivenRole, given_roles, permissions_in
from clerkbulk.sending.before.schedule import schedule
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock
from clerkbulk.sending.during.at_work import Attendance, attendance
from clerkbulk.sending.during.attempts import Attempt, read_attempts
from clerkbulk.sending.during.call import calls_of
from clerkbulk.sending.during.pausing import ask_to_pause
from clerkbulk.sending.during.turn import Turn
from clerkbulk.sending.during.watching import watch
from clerkbulk.sending.instance import instance_of
from clerkbulk.sending.lock import lock_job
from clerkbulk.sending.progress import Limits, Never, Progress, Stop, sum_of
from clerkbulk.sending.state import Sum

if TYPE_CHECKING:
    from clerkbulk.sending.during.worker import Worker
    from clerkbulk.sending.ledger import JobRecord, Ledger


class Job:
    """One job of a ledger. Made by Ledger.job() and Ledger.find()."""

    def __init__(self, ledger: Ledger, job_id: str) -> None:
        self._ledger = ledger
        self.id = job_id
        self._found: Preflight | None = None

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
        return read_results(self._ledger.begin, self.id)

    def changes(self) -> Changes | None:
        """Compare the table with that of an earlier job for the same target; None when there was none like it."""
        return read_changes(self._ledger.begin, self.id)

    def related(self) -> list[Related]:
        """Return the other jobs for the same target that hold some of the same people, the oldest first."""
        with self._ledger.begin() as connection:
            return related(connection, self.id)

    def purge(self) -> list[str]:
        """Forget the people of a job and of its reminders for good; return the ids of those jobs.

        Sums, states, codes, times and calls stay. Later jobs no longer recognise these people: only preflight's reads
        then keep them from being invited again. Whoever waits in a job that is new, paused or stopped is withdrawn.

        Raises InputError while rows are unknown, or left in a job that would go on by itself, LedgerError while
        somebody is at work on it, and when the file could not be written anew.
        """
        return purge(self._ledger.begin, self.id, self._ledger.clock.now())

    def attempts(self, *, addresses: bool = False) -> list[Attempt]:
        """Return every call made so far, also refused and lost ones; with addresses and Clerk's sentences if asked."""
        with self._ledger.begin() as connection:
            return read_attempts(connection, tables.attempt.c.job_id == self.id, addresses=addresses)

    def bind(self, client: Client) -> str:
        """Tie the job to the instance the client's key opens, once and for all, and return the instance's id.

        Rows of people whom another job of the ledger has invited to the same target there become already there, and
        say which job it was. run() does this too; call it before to know how many people are really left.

        Raises KeyRefused, ClerkRefused and NotReachable when Clerk cannot be asked, LedgerError when the job belongs to
        another instance, or the ledger is a copy, damaged, or not at home where it lies.
        """
        instance_id = instance_of(client)
        with self._ledger.begin_to_bind(self.id, instance_id) as connection:
            lock_job(connection, self.id)
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

    def approve(self) -> None:
        """Say yes to the job's list as it is in the ledger, and to what preflight() found last; run() does so too.

        Raises LedgerError when somebody has said yes before and the list has changed in the ledger since then.
        """
        with self._ledger.begin() as connection:
            lock_job(connection, self.id)
            approve(connection, self.id)
            if self._found is not None:
                let_in(connection, self.id, self._found, self._ledger.clock.now())
        self._found = None

    def roles(self, client: Client) -> list[GivenRole]:
        """Return the roles of those who are not invited yet, first the ones that let people manage the organization.

        Empty for the application, which has no roles. Raises what the client's reads raise.
        """
        if not isinstance(self.target, Organization):
            return []
        permissions = permissions_in(client)
        with self._ledger.begin() as connection:
            return given_roles(connection, self.id, permissions, self._again)

    def set_aside(self) -> int:
        """Count the rows that an earlier preflight left out and another policy, role or seat may let in."""
        return set_aside(self._ledger.begin, self.id, self._ledger.clock.now())

    def left_out(self) -> dict[Bucket, int]:
        """Count by bucket whom preflight has left out. They are refused in the sum, though not by Clerk."""
        with self._ledger.begin() as connection:
            return left_out(connection, self.id)

    def preflight(self, client: Client, policy: Policy | None = None) -> Preflight:
        """Read what Clerk has of everybody who waits, before anything is sent, and leave out whom the policy skips.

        Who is a user, a member or invited already becomes already there; the reasons stand in the results. Buckets that
        ask or stop are left to the caller: nothing about them is written, and run() would send them. A run looks again
        at rows whose last look is older than an hour. Raises what bind() and the client's reads raise.

        Of a job that somebody has said yes to before, only who is left out is written down at once: somebody may be at
        work on it. The new policy, and rows that an earlier one had left out (``again`` of what is returned), wait for
        the next yes of this Job: approve() or run(). Lists are not kept: whoever was left out by one stays so until a
        list is given that lets them in, or their bucket is to be sent to.
        """
        self.bind(client)
        now = self._ledger.clock.now()
        self._found = look_ahead(self._ledger.begin, client, self.id, self.target, policy or Policy(), now)
        return self._found

    @property
    def _again(self) -> Collection[int]:
        """Lines that wait for a yes to be let in again."""
        return () if self._found is None else self._found.again

    def plan(
        self,
        *,
        start: datetime | None = None,
        hours: str | None = None,
        days: str | None = None,
        tz: str | None = None,
        share: float = 1.0,
        lanes: str = "bulk",
        waves: str | None = None,
        gate: float | None = None,
        wave_gap: float = 0.0,
    ) -> Plan:
        """Return the timetable of what is left: calls, hours, finish, and every limit that applies.

        start is an aware time (default: now, by the ledger's clock); hours ("8-18"), days ("mon-fri") and tz say when
        calls may leave, share what part of each hour's calls is used, lanes "bulk" or "both". waves ("10,100,rest") are
        numbers of people, gate the share of a wave whose refusal stops the job, wave_gap the hours between two waves.
        Hand ``plan.pace`` to run() to keep to it. Raises InputError.
        """
        chosen = (Lane.BULK, Lane.SINGLE) if lanes == "both" else (Lane.BULK,)
        begin = self._ledger.clock.now() if start is None else start.timestamp()
        pace = Pace(
            chosen,
            share,
            schedule(hours, days, tz),
            start=None if start is None else begin,
            waves=wave_sizes(waves) if waves else (),
            gate=gate,
            wave_gap=wave_gap * HOUR,
        )
        return self.timetable(pace)

    def timetable(self, pace: Pace | None = None) -> Plan:
        """Return the plan of what is left at a pace, at first that of the last run; see plan()."""
        return plan_rest(self._ledger, self.id, pace, self._again)

    def run(
        self,
        client: Client,
        *,
        limits: Limits | str = Limits.DOCUMENTED,
        pace: Pace | None = None,
        clock: Clock | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Progress]:
        """Send what is left, call by call, and yield where the job stands after each step and before each wait.

        pace says which lanes are used, what share of their hours, and when calls may leave; without one the run keeps
        to that of the last run, at first the bulk lane, all of it, at any time. limits "off" lifts the hourly limits of
        any pace for this run.

        stop is looked at before every call and every second of a wait. The run ends when nothing is left, when stop is
        set (the job is paused), or when Clerk refuses what concerns every call (the job is stopped, the reason stands
        in the last Progress). Leaving the loop early, or an exception, loses nothing: run it again.

        Raises what bind() raises; KeyRefused also when Clerk stops accepting the key on the way, and NotReachable when
        it stays out of reach for more than an hour.
        """
        turn = Turn(self, self._ledger, client, Limits(limits), pace, clock or self._ledger.clock, stop or Never())
        return turn.run()

    def tick(
        self,
        client: Client,
        *,
        limits: Limits | str = Limits.DOCUMENTED,
        pace: Pace | None = None,
        clock: Clock | None = None,
        stop: Stop | None = None,
    ) -> Iterator[Progress]:
        """Do what the hour allows now, and leave: for cron, CI and other schedulers. Arguments as run() has them.

        Waits of two minutes in all are sat out; with a longer one the job is left waiting until its end, which the last
        Progress says, and the next tick goes on. Ticks may overlap. A tick does nothing when the job is done, paused or
        stopped (the last two are for a person to undo, by run()), or when somebody is at work on it already.

        Raises what run() raises, and InputError for a job that was never begun.
        """
        turn = Turn(self, self._ledger, client, Limits(limits), pace, clock or self._ledger.clock, stop or Never())
        return turn.tick()

    def start(self, client: Client, *, limits: Limits | str = Limits.DOCUMENTED, pace: Pace | None = None) -> Worker:
        """Start a process of its own that runs the job, and return when it is at work; see watch().

        It outlives this one: a notebook's kernel may be restarted. Somebody who is at work on the job already is
        returned instead. The key travels to it through a pipe and is written down nowhere. limits and pace are run()'s.

        Raises what run() raises before its first call, and InputError for a client or ledger with a transport or clock
        of its own, which another process cannot have.
        """
        from clerkbulk.sending.during.worker import start

        if self._found is not None:
            self.approve()
        return start(self, self._ledger, client, Limits(limits), pace)

    def pause(self) -> None:
        """Ask everybody who is at work on the job, in whatever process, to leave before their next call.

        They hear of it within seconds; where nobody is at work, the job is paused at once. run() goes on again. Raises
        InputError for a job that was never begun.
        """
        ask_to_pause(self._ledger.begin, self.id, self._ledger.clock.now())

    def attendance(self) -> Attendance:
        """Find out who is at work on the job, and whether its state still means anything."""
        with self._ledger.begin() as connection:
            return attendance(connection, self.id, self._ledger.clock.now())

    def watch(self, *, poll: float = 2.0, clock: Clock | None = None) -> Iterator[Progress]:
        """Yield where the job stands, first as it is and then whenever it has changed, until nobody is at work on it.

        The ledger is looked at every poll seconds. To stop watching changes nothing for whoever is at work.
        """
        return watch(self._ledger, self.id, poll, clock or self._ledger.clock)

    def withdraw(
        self,
        client: Client,
        *,
        lines: Collection[int] | None = None,
        clock: Clock | None = None,
        stop: Stop | None = None,
    ) -> Withdrawal:
        """Revoke the job's invitations that are still open: ``for step in job.withdraw(client): ...``.

        One call each, and a step after each; lines narrows it to some rows. See Withdrawal for whom it takes back, and
        for what its steps raise. Raises what bind() raises.
        """
        self.bind(client)
        return Withdrawal(self._ledger, self.id, client, lines, clock, stop)

    def silent(self, client: Client, silent_for: float = 7, *, only: Collection[int | str] | None = None) -> Silent:
        """Read whom remind() would remind, and why not the others. Raises what remind() raises."""
        self.bind(client)
        return silent_people(self._ledger, self.id, client, silent_for, only)

    def remind(self, client: Client, silent_for: float = 7, *, only: Collection[int | str] | None = None) -> Job | None:
        """Return a job, not run yet, that invites again who was silent for so many days; None when nobody was.

        Its run revokes each older invitation just before the new one leaves. Each person is reminded once. A reminder
        that is under way is returned as it is; asked of a reminder, its original is meant. Raises what bind() and the
        client's reads raise, InputError for a job that was never begun.

        only has lines and addresses: nobody else is reminded, and one that is under way is refused with InputError.
        """
        found = under_way(self._ledger, self.id) if only is None else None
        found = found or make_reminder(self._ledger, self.silent(client, silent_for, only=only))
        return None if found is None else Job(self._ledger, found)

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import job_html

        return job_html(self.record, self.sum(), self.attendance())

    def __repr__(self) -> str:
        record = self.record
        return f"<Job {self.id} of {record.source_name} to {record.target}: {record.state.value}>"


__all__ = ["Job", "Limits", "Never", "Progress", "Stop"]
