"""Plan: the timetable before anything is sent, worked out with the very functions the job runs by."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from clerkbulk.contract.endpoint import DEVELOPMENT_EMAILS, HOUR, MEMBERSHIPS_DEFAULT, Lane, endpoint_for
from clerkbulk.contract.fact import Fact
from clerkbulk.contract.invitation import DEFAULT_EXPIRY
from clerkbulk.contract.metadata import LARGEST_METADATA, LARGEST_METADATA_FACT
from clerkbulk.contract.target import Organization, Target
from clerkbulk.people.wording import counted
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.schedule import Schedule
from clerkbulk.sending.budget import budget
from clerkbulk.sending.during.waves import split


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call of the timetable. at is seconds since 1970."""

    at: float
    lane: Lane
    size: int
    wave: int = 1


@dataclass(frozen=True, slots=True)
class Burst:
    """Calls of one wave that leave one after the other, without a wait between them."""

    at: float
    """When the first one leaves, seconds since 1970."""
    wave: int
    calls: Mapping[Lane, int]
    people: int
    so_far: int
    """People invited when the last of its calls has left."""

    @property
    def words(self) -> str:
        """How many calls in which lane: ``25 bulk + 100 single``."""
        return " + ".join(f"{number} {lane.value}" for lane, number in self.calls.items())


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """A timetable: when each call leaves, when the last one has, and every limit that shapes it."""

    target: Target
    people: int
    start: float
    pace: Pace
    calls: tuple[PlannedCall, ...]
    limits: tuple[str, ...] = ()
    faster: tuple[str, ...] = ()
    """What each faster way would save, a sentence each."""

    @property
    def finish(self) -> float:
        """When the last call leaves, seconds since 1970."""
        return self.calls[-1].at if self.calls else self.start

    @property
    def hours(self) -> float:
        """Hours from start to finish."""
        return (self.finish - self.start) / HOUR

    @property
    def sentence(self) -> str:
        """How many calls for how many people, how long they take, and when the last one leaves."""
        if not self.calls:
            return "Nobody to invite."
        finish = f"{datetime.fromtimestamp(self.finish, self.pace.schedule.zone):%a %Y-%m-%d %H:%M %Z}"
        what = f"{counted(self.people, 'person', 'people')} in {counted(len(self.calls), 'call', 'calls')}"
        if self.hours < 0.1:
            return f"{what}, at once: {finish}"
        return f"{what}: {self.hours:.1f} hours, the last one leaves {finish}"

    @property
    def between_waves(self) -> tuple[str, ...]:
        """What stands between the waves, a sentence each; empty without waves."""
        waves = self.calls[-1].wave if self.calls else 0
        if waves < 2:
            return ()
        said = [f"{waves} waves: each begins when everything in the one before is settled."]
        if self.pace.wave_gap:
            said.append(f"{self.pace.wave_gap / HOUR:g} hours between two waves.")
        if self.pace.gate is not None:
            said.append(f"Stops behind a wave of which Clerk refused more than {self.pace.gate:.0%}.")
        return tuple(said)

    def bursts(self) -> tuple[Burst, ...]:
        """Group the calls by the waits between them."""
        groups: list[list[PlannedCall]] = []
        for call in self.calls:
            if groups and call.at - groups[-1][-1].at < HOUR / 60 and call.wave == groups[-1][-1].wave:
                groups[-1].append(call)
            else:
                groups.append([call])
        made, so_far = [], 0
        for group in groups:
            people = sum(call.size for call in group)
            so_far += people
            made.append(Burst(group[0].at, group[0].wave, Counter(call.lane for call in group), people, so_far))
        return tuple(made)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as ``clerkbulk plan --format json`` prints it; times in ISO 8601, UTC."""
        lanes = {lane: [call for call in self.calls if call.lane is lane] for lane in self.pace.lanes}
        return {
            "people": self.people,
            "calls": len(self.calls),
            "hours": round(self.hours, 4),
            "start": _iso(self.start),
            "first_call": _iso(self.calls[0].at) if self.calls else None,
            "finish": _iso(self.finish),
            "lanes": [
                {
                    "lane": lane.value,
                    "calls": len(calls),
                    "people": sum(call.size for call in calls),
                    "calls_per_hour": self.pace.per_hour(endpoint_for(self.target, lane)),
                }
                for lane, calls in lanes.items()
            ],
            "waves": [_wave_json(number, calls) for number, calls in groupby(self.calls, key=lambda call: call.wave)],
            "limits": list(self.limits),
            "faster": list(self.faster),
        }

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import plan_html

        return plan_html(self)

    def __repr__(self) -> str:
        return f"<Plan: {self.sentence}>"


def timetable(
    target: Target, people: int, start: float, pace: Pace, used: Mapping[Lane, Sequence[float]] | None = None
) -> tuple[PlannedCall, ...]:
    """Work out when each call leaves. used are the times of calls made already, by lane."""
    now = start
    made = {lane: _latest(pace.per_hour(endpoint_for(target, lane)), (used or {}).get(lane, ())) for lane in pace.lanes}
    calls: list[PlannedCall] = []
    for wave, left in enumerate(split(people, pace.waves), 1):
        if calls:
            now = calls[-1].at + pace.wave_gap
        while left:
            now = pace.next_open(now)
            waits = []
            for lane in pace.lanes:
                endpoint = endpoint_for(target, lane)
                hour = budget(made[lane], now, pace.per_hour(endpoint))
                while left and hour.may_call(now):
                    size = min(left, endpoint.most_per_call)
                    calls.append(PlannedCall(now, lane, size, wave))
                    left -= size
                    made[lane].append(now)
                    hour = budget(made[lane], now, pace.per_hour(endpoint))
                waits.append(hour.next_call_at)
            now = min(waits)
    return tuple(calls)


def _latest(calls_per_hour: int | None, calls: Iterable[float]) -> deque[float]:
    """Keep the calls that can weigh in an hour's budget: the latest, as many as the hour has; none without a limit."""
    return deque(sorted(calls), maxlen=calls_per_hour or 0)


def fewest_days(items: Iterable[Mapping[str, Any]]) -> int | None:
    """Return the fewest days that any of the invitations (wire form) is valid, Clerk's default included."""
    return min((int(item.get("expires_in_days") or DEFAULT_EXPIRY) for item in items), default=None)


def unread_limits(target: Target, items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say which limits apply to invitations (wire form) that only preflight can hold against what Clerk has."""
    said = []
    if isinstance(target, Organization):
        said.append(
            "Members and pending invitations together may not exceed the organization's membership limit, "
            f"{MEMBERSHIPS_DEFAULT.number} unless raised ({_source(MEMBERSHIPS_DEFAULT.fact)}); preflight reads it."
        )
    if sum(item.get("notify") is not False for item in items) > DEVELOPMENT_EMAILS.number:
        said.append(
            f"With a development key (sk_test_) only: its instance sends {DEVELOPMENT_EMAILS.number} e-mails a "
            f"calendar month ({_source(DEVELOPMENT_EMAILS.fact)})."
        )
    if any(item.get("public_metadata") or item.get("private_metadata") for item in items):
        said.append(
            f"A metadata object may have {LARGEST_METADATA:,} bytes ({_source(LARGEST_METADATA_FACT)}); "
            "the check has measured every one."
        )
    return said


def plan(
    target: Target,
    people: int,
    start: float,
    pace: Pace,
    *,
    used: Mapping[Lane, Sequence[float]] | None = None,
    shortest_expiry: int | None = None,
    notes: Sequence[str] = (),
) -> Plan:
    """Make the plan of sending to so many people from start on.

    shortest_expiry is the fewest days an invitation of the job is valid; notes are further limits that apply, from
    preflight. Raises InputError when nothing can be planned.
    """
    calls = timetable(target, people, start, pace, used)
    made = Plan(target, people, start, pace, calls)
    limits = [*_hourly(target, pace), *made.between_waves, *notes]
    days = shortest_expiry or DEFAULT_EXPIRY
    if calls and made.finish - calls[0].at > days * 24 * HOUR:
        limits.append(
            f"The first invitations expire after {days} day{'' if days == 1 else 's'}, before the last ones are sent "
            "(expires_in_days, OpenAPI document)."
        )
    return Plan(target, people, start, pace, calls, tuple(limits), tuple(_faster(made, used)))


def _hourly(target: Target, pace: Pace) -> list[str]:
    if not pace.limited:
        return ["No hourly limit is kept (--limits off); a 429 is obeyed all the same."]
    said = []
    for lane in pace.lanes:
        endpoint = endpoint_for(target, lane)
        part = f", of which this job takes {pace.per_hour(endpoint)}" if pace.share < 1 else ""
        said.append(
            f"{endpoint.calls_per_hour} calls an hour at POST {endpoint.path}{part} ({_source(endpoint.limit_fact)})."
        )
    return said


def _source(fact: Fact) -> str:
    return f"{fact.source}, {fact.mark.value}"


def _faster(made: Plan, used: Mapping[Lane, Sequence[float]] | None) -> list[str]:
    """Say what each faster way would save."""
    pace, ways = made.pace, []
    if Lane.SINGLE not in pace.lanes:
        ways.append(("both lanes (--lanes both)", replace(pace, lanes=(Lane.BULK, Lane.SINGLE))))
    if pace.share < 1:
        ways.append(("the whole hour (--share 1)", replace(pace, share=1.0)))
    if pace.wave_gap:
        ways.append(("no gap between the waves (without --wave-gap)", replace(pace, wave_gap=0.0)))
    if not pace.schedule.is_always:
        ways.append(("around the clock (without --hours and --days)", replace(pace, schedule=Schedule())))
    said = []
    for name, other in ways:
        calls = timetable(made.target, made.people, made.start, other, used)
        saved = made.finish - (calls[-1].at if calls else made.start)
        if saved >= HOUR / 2:
            said.append(f"{name}: {saved / HOUR:.1f} hours sooner")
    return said


def _wave_json(number: int, calls: Iterable[PlannedCall]) -> dict[str, Any]:
    these = list(calls)
    return {
        "wave": number,
        "people": sum(call.size for call in these),
        "calls": len(these),
        "first_call": _iso(these[0].at),
        "last_call": _iso(these[-1].at),
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
