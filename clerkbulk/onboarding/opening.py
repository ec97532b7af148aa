"""Opening: look at Clerk, gather everybody's journey, and return how onboarding goes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa

from clerkbulk.contract.target import Application, Target
from clerkbulk.errors import InputError, LedgerError
from clerkbulk.onboarding.course import course, to_come
from clerkbulk.onboarding.frames import Library
from clerkbulk.onboarding.hiding import kept_secret
from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.journeys import journeys
from clerkbulk.onboarding.looking.look import Looked, complete_looks, look, part_of
from clerkbulk.onboarding.onboarding import Onboarding
from clerkbulk.people.wording import counted
from clerkbulk.sending import seen, tables
from clerkbulk.sending.before.schedule import zone_named
from clerkbulk.sending.client import CLOCKS_THERE, Client
from clerkbulk.sending.clock import Clock, SystemClock
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.instance import instance_of
from clerkbulk.sending.ledger import JobRecord, Ledger
from clerkbulk.sending.progress import Stop


def onboarding(
    ledger: Ledger | None = None,
    client: Client | None = None,
    *,
    job: str | None = None,
    target: Target | None = None,
    now: datetime | float | None = None,
    library: Library = "pandas",
    zone: str | tzinfo = "UTC",
    progress: Callable[[Looked], None] | None = None,
    stop: Stop | None = None,
    share: float = 0.5,
) -> Onboarding:
    """Return how onboarding goes: of a ledger's people (of one job, or all of an instance), or of everything at Clerk.

    With a client, Clerk is looked at first: in full the first time, later for what can have changed. What was seen is
    kept in the ledger, because Clerk keeps no history: look once a day, and the times become exact to a day. Without a
    client, what was seen before is told again. Without a ledger all of target (default: the application) is read, and
    kept nowhere. share is how much of Clerk's general rate limit the look may use: your application needs the rest.

    job is an id (reminders belong to the job they remind of); target narrows to one. now (aware, or seconds since 1970)
    is the moment it is as of, by default that of the look; an earlier one goes back, as far as it is known.

    Raises LedgerError, InputError, and what the client's reads raise; a look that is cut off goes on where it was.
    """
    if ledger is not None and not isinstance(ledger, Ledger):
        raise InputError(f"Onboarding is told from a Ledger, not from {ledger!r}: give cb.Ledger({str(ledger)!r}).")
    if ledger is not None:
        scope = _of_ledger(ledger, client, job, target)
    elif client is not None:
        scope = _of_clerk(client, target or Application())
    else:
        raise InputError("Onboarding is told from a ledger, from Clerk, or both: give a ledger or a client.")
    if client is not None:
        whom = scope.whom()
        steps = look(
            scope.begin, client, scope.instance_id, scope.targets, clock=scope.clock, whom=whom, stop=stop, share=share
        )
        for step in steps:
            if progress is not None:
                progress(step)
    made = _told(scope, library, zone_named(zone) if isinstance(zone, str) else zone)
    return made if now is None else made.as_of(now if isinstance(now, datetime) else datetime.fromtimestamp(now, UTC))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Whose onboarding it is, and where what was seen is kept."""

    begin: Begin
    clock: Clock
    instance_id: str
    targets: tuple[Target, ...]
    records: tuple[JobRecord, ...] = ()
    job_id: str | None = None
    """The one job that was named; None: all of the ledger's in this instance."""
    has_ledger: bool = True
    secret: bytes = b""

    def whom(self) -> frozenset[str] | None:
        """Return the address keys of the people it is about; None for everybody at Clerk."""
        if not self.has_ledger:
            return None
        row = tables.row
        keys = sa.select(row.c.key).where(row.c.job_id.in_([one.id for one in self.records]), row.c.key.is_not(None))
        with self.begin() as connection:
            return frozenset(connection.execute(keys.distinct()).scalars())


def _of_clerk(client: Client, target: Target) -> _Scope:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    seen.metadata.create_all(engine)
    tables.metadata.create_all(engine)
    secret = secrets.token_bytes(32)
    clock = _ClockThere(client)
    return _Scope(engine.begin, clock, instance_of(client), (target,), has_ledger=False, secret=secret)


class _ClockThere:
    """Clerk's clock for what is kept nowhere: the machine's, set to it."""

    def __init__(self, client: Client) -> None:
        self._machine = SystemClock()
        self._ahead = client.time_there() + CLOCKS_THERE - self._machine.now()

    def now(self) -> float:
        return self._machine.now() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._machine.sleep(seconds)


def _of_ledger(ledger: Ledger, client: Client | None, job: str | None, target: Target | None) -> _Scope:
    """Choose the jobs that are meant. Raises LedgerError for none, InputError where it is not plain which."""
    named = None if job is None else ledger.find(job).record
    job_id = None if named is None else named.reminds_id or named.id
    records = [one for one in ledger.jobs() if job_id is None or job_id in {one.id, one.reminds_id}]
    records = [one for one in records if target is None or one.target == target]
    begun = [one for one in records if one.instance_id is not None]
    if not begun:
        raise LedgerError(f"No job {'of that target ' if target else ''}in {ledger.where} has invited anybody yet.")
    instances = list(dict.fromkeys(one.instance_id for one in begun))
    instance_id = instances[-1] if client is None else instance_of(client)
    if client is None and len(instances) > 1:
        raise InputError(f"{ledger.where} has jobs of {len(instances)} instances: name a job, or give a client.")
    ours = tuple(one for one in begun if one.instance_id == instance_id)
    if not ours:
        whose = f"{job} belongs" if job else "All its jobs belong"
        raise InputError(f"{whose} to another instance than the key opens ({instance_id}): use that instance's key.")
    targets = tuple(dict.fromkeys(one.target for one in ours))
    secret = kept_secret(ledger.begin)
    return _Scope(ledger.begin, ledger.clock, str(instance_id), targets, ours, job_id, secret=secret)


def _told(scope: _Scope, library: Library, zone: tzinfo) -> Onboarding:
    only = scope.targets[0] if len(scope.targets) == 1 else None
    looked_at = _looked_at(scope)
    # What was seen is dated by Clerk's clock, which may be ahead of ours; and a look by the whole second before it, so
    # that whoever came while it went on would come after it, be in, and still be waited for.
    now = max(scope.clock.now(), looked_at or 0.0, _latest_seen(scope))
    gathered = journeys(
        scope.begin, scope.instance_id, job_id=scope.job_id, target=only, now=now, ledger_rows=scope.has_ledger
    )
    jobs = [one.id for one in scope.records if one.reminds_id is None]
    return Onboarding(
        gathered.journeys,
        now,
        library,
        zone,
        looked_at or _seen_at(gathered.journeys),
        gathered.left_out,
        course(scope.begin, jobs, now),
        tuple(to_come(scope.begin, jobs, now)),
        scope.secret,
        _title(scope),
    )


def _latest_seen(scope: _Scope) -> float:
    """Return the latest moment at which something of what was seen came into being or changed; 0.0 for nothing."""
    columns = (
        seen.invitation.c.created_at, seen.invitation.c.updated_at,
        seen.user.c.created_at, seen.membership.c.created_at,
    )  # fmt: skip
    with scope.begin() as connection:
        latest = [
            connection.execute(
                sa.select(sa.func.max(one)).where(one.table.c.instance_id == scope.instance_id)
            ).scalar_one()
            for one in columns
        ]
    return max((at for at in latest if at is not None), default=0.0)


def _looked_at(scope: _Scope) -> float | None:
    """Return since when nothing is older than that: when the list looked at least lately was read to its end."""
    last = []
    whom = scope.whom()
    with scope.begin() as connection:
        for target in scope.targets:
            looks = complete_looks(connection, scope.instance_id, part_of(target), whom)
            last.append(looks[-1][1] if looks else None)
    known = [at for at in last if at is not None]
    return min(known) if len(known) == len(last) else None


def _seen_at(people: Sequence[Journey]) -> float | None:
    """Return the same where looks were at other people too: who is open is seen at every look, the others once."""
    seen = [one.seen_at for one in people if one.is_invited]
    known = [at for at in seen if at is not None]
    if not known or len(known) < len(seen):
        return None
    return min((one.seen_at or 0.0 for one in people if one.stage is Stage.OPEN), default=max(known))


def _title(scope: _Scope) -> str:
    names = list(dict.fromkeys(one.source_name for one in scope.records if one.reminds_id is None))
    to = " and ".join(str(target) for target in scope.targets)
    if not names:
        return f"Everybody invited to {to}"
    more = f" and {counted(len(names) - 1, 'more table')}" if len(names) > 1 else ""
    return f"{names[0]}{more} → {to}"
