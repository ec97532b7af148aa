"""Changes: what a changed table says that the one before it did not: who is new, gone, changed, and as before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.state import JobState, RowState

MOST_LINES = 8
"""Lines named in a sentence; the others are counted."""
_AGES = ((86_400, "day"), (3600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class Person:
    """One person of either table."""

    email_address: str
    line: int | None
    """In this job's table; None: gone from it."""
    earlier_line: int | None
    """In the earlier job's table; None: new."""
    state: RowState | None
    """In the earlier job; None: new."""
    parameters: tuple[str, ...] = ()
    """Those that differ: ``role``, ``public_metadata.team``."""

    @property
    def is_invited(self) -> bool:
        """Whether the earlier job has invited the person, or may have: then this one does not."""
        return self.state in {RowState.SENT, RowState.UNKNOWN}

    @property
    def is_open(self) -> bool:
        """Whether the earlier job never invited the person, though they were not there already."""
        return self.state in {RowState.LEFT, RowState.REFUSED}

    def to_json(self) -> dict[str, Any]:
        """Return the person as plain JSON."""
        return {
            "email_address": self.email_address,
            "line": self.line,
            "earlier_line": self.earlier_line,
            "earlier_state": None if self.state is None else self.state.value,
            "parameters": list(self.parameters),
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """This job's table beside that of an earlier job. People meet by their address, whatever line they stand on.

    Lines that are no invitations are in none of the groups: those of this table are in the job's sum as invalid.
    """

    job_id: str
    """The earlier job."""
    source_name: str
    created_at: float
    """Seconds since 1970."""
    new: tuple[Person, ...]
    gone: tuple[Person, ...]
    changed: tuple[Person, ...]
    same: tuple[Person, ...]

    def summary(self, now: float) -> str:
        """Return the counts in one sentence. now is in seconds since 1970."""
        counts = (
            f"{len(self.new):,} new, {len(self.gone):,} gone, {len(self.changed):,} changed, "
            f"{len(self.same):,} as before"
        )
        return f"Compared with {self.job_id} ({self.source_name}, {_ago(now - self.created_at)}): {counts}."

    def sentences(self, now: float) -> list[str]:
        """Say what changed and what sending the table will do about it; what needs no word has none."""
        return [
            f"{self.summary(now)} {self._who_is_invited()}",
            *self._who_was_withdrawn(),
            *self._what_changed(),
            *self._who_is_gone(),
        ]

    def counts(self) -> dict[str, Any]:
        """Return the earlier job, and how many are new, gone, changed and as before."""
        return {
            "job": self.job_id,
            "source": self.source_name,
            "created_at": f"{datetime.fromtimestamp(self.created_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "new": len(self.new),
            "gone": len(self.gone),
            "changed": len(self.changed),
            "same": len(self.same),
        }

    def to_json(self) -> dict[str, Any]:
        """Return everybody who is new, gone or changed, and how many are as before."""
        return {
            **self.counts(),
            "new": [person.to_json() for person in self.new],
            "gone": [person.to_json() for person in self.gone],
            "changed": [person.to_json() for person in self.changed],
        }

    def _who_is_invited(self) -> str:
        if others := sum(person.is_open for person in (*self.same, *self.changed)):
            new = "the new people and " if self.new else ""
            return f"Invited are {new}{others:,} whom that job did not reach."
        return "Only new people are invited." if self.new else "Nobody is new: nobody is invited."

    def _what_changed(self) -> list[str]:
        said = []
        if keep := [person for person in self.changed if person.is_invited]:
            names = ", ".join(sorted({name for person in keep for name in person.parameters}))
            said.append(
                f"Of the changed, {_were(keep)} invited already ({_lines_there(keep)}): what their invitations say of "
                f"{names} stays. To change it, withdraw those lines from {self.job_id} and send again with --decide "
                "withdrawn_by_you=send."
            )
        if waiting := [person for person in self.changed if person.state is RowState.LEFT]:
            said.append(
                f"Of the changed, {_were(waiting)} not invited yet ({_lines_there(waiting)}): going on with "
                f"{self.job_id} would invite them as they were."
            )
        return said

    def _who_was_withdrawn(self) -> list[str]:
        them = [person for person in (*self.same, *self.changed) if person.state is RowState.WITHDRAWN]
        if not them:
            return []
        whom = "the person" if len(them) == 1 else "them"
        return [
            f"{_were(them)[:1].upper()}{_were(them)[1:]} withdrawn from that job ({_lines_there(them)}): preflight "
            f"leaves {whom} out, unless --decide withdrawn_by_you=send says to invite {whom} again."
        ]

    def _who_is_gone(self) -> list[str]:
        said = []
        if invited := [person for person in self.gone if person.state is RowState.SENT]:
            said.append(f"Of the gone, {_were(invited)} invited ({_lines_there(invited)}): that is not taken back.")
        if waiting := [person for person in self.gone if person.state is RowState.LEFT]:
            said.append(
                f"Of the gone, {_were(waiting)} not invited yet ({_lines_there(waiting)}): going on with {self.job_id} "
                "would invite them."
            )
        return said

    def __repr__(self) -> str:
        return (
            f"<Changes since {self.job_id}: {len(self.new)} new, {len(self.gone)} gone, {len(self.changed)} changed, "
            f"{len(self.same)} as before>"
        )

    def _repr_html_(self) -> str:
        from clerkbulk.sending.showing import changes_html

        return changes_html(self)


def read_changes(begin: Begin, job_id: str) -> Changes | None:
    """Compare a job's table with that of the earlier job with which it shares most people; None: with nobody's.

    Only jobs count that were begun, for the same target in the same instance. One of the same source name goes before
    another that shares up to twice as many. Tables that share less than half of the smaller one are two lists of
    people, not one that was changed. A job that reminds people is compared with none.
    """
    with begin() as connection:
        earlier = [one for one in related(connection, job_id) if one.is_earlier]
        if not earlier:
            return None
        most = max(one.people for one in earlier)
        best = max(earlier, key=lambda one: (one.is_namesake and 2 * one.people >= most, one.people, one.created_at))
        before, now = _people_of(connection, best.job_id), _people_of(connection, job_id)
    if 2 * best.people < min(len(before), len(now)):
        return None
    return _compared(best, before, now)


@dataclass(frozen=True, slots=True)
class Related:
    """Another job that was begun, for the same target, that holds some of the same people."""

    job_id: str
    source_name: str
    created_at: float
    people: int
    """How many of them."""
    is_earlier: bool
    is_namesake: bool
    """Whether its table came from a source of the same name."""


def related(connection: sa.Connection, job_id: str) -> list[Related]:
    """Return the jobs that share people with one, the oldest first."""
    mine, other = tables.job.alias("mine"), tables.job.alias("other")
    row, theirs = tables.row, tables.row.alias("theirs")
    query = (
        sa.select(
            other.c.id,
            other.c.source_name,
            other.c.created_at,
            sa.func.count(),
            mine.c.created_at.label("mine_created_at"),
            mine.c.source_name.label("mine_name"),
        )
        .select_from(row)
        .join(mine, mine.c.id == row.c.job_id)
        .join(theirs, sa.and_(theirs.c.key == row.c.key, theirs.c.job_id != row.c.job_id))
        .join(other, other.c.id == theirs.c.job_id)
        .where(
            row.c.job_id == job_id,
            mine.c.reminds_id.is_(None),
            other.c.reminds_id.is_(None),
            other.c.state != JobState.NEW,
            other.c.target_kind == mine.c.target_kind,
            other.c.organization_id.is_not_distinct_from(mine.c.organization_id),
            sa.or_(mine.c.instance_id.is_(None), other.c.instance_id == mine.c.instance_id),
        )
        .group_by(other.c.id, other.c.source_name, other.c.created_at, mine.c.created_at, mine.c.source_name)
        .order_by(other.c.created_at, other.c.id)
    )
    return [
        Related(found, name, created_at, people, created_at <= mine_at, name == mine_name)
        for found, name, created_at, people, mine_at, mine_name in connection.execute(query)
    ]


_People = Mapping[str, tuple[int, str, RowState]]
"""Line, item as JSON and state by address key."""


def _people_of(connection: sa.Connection, job_id: str) -> _People:
    row = tables.row
    query = (
        sa.select(row.c.key, row.c.line, row.c.item, row.c.state)
        .where(row.c.job_id == job_id, row.c.item.is_not(None))
        .order_by(row.c.line)
    )
    return {key: (line, item, RowState(state)) for key, line, item, state in connection.execute(query)}


def _compared(earlier: Related, before: _People, now: _People) -> Changes:
    new: list[Person] = []
    changed: list[Person] = []
    same: list[Person] = []
    for key, (line, text, _) in now.items():
        item = json.loads(text)
        if key not in before:
            new.append(Person(item["email_address"], line, None, None))
            continue
        earlier_line, earlier_text, state = before[key]
        differ = () if text == earlier_text else _differ(json.loads(earlier_text), item)
        (changed if differ else same).append(Person(item["email_address"], line, earlier_line, state, differ))
    gone = tuple(
        Person(json.loads(text)["email_address"], None, line, state)
        for key, (line, text, state) in before.items()
        if key not in now
    )
    return Changes(
        earlier.job_id, earlier.source_name, earlier.created_at, tuple(new), gone, tuple(changed), tuple(same)
    )


def _differ(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the parameters that differ, of metadata each key; another spelling of the same address is no change."""
    old, new = _flat(before), _flat(now)
    return tuple(name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name))


def _flat(item: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters but for the address, each as JSON, so that 1, 1.0 and true are three things."""
    flat: dict[str, str] = {}
    for name, value in item.items():
        inner = {f"{name}.{key}": one for key, one in value.items()} if isinstance(value, dict) else {name: value}
        flat |= {key: json.dumps(one, sort_keys=True) for key, one in inner.items()}
    flat.pop("email_address", None)
    return flat


def _lines_there(people: Sequence[Person]) -> str:
    """Name the lines of people in the earlier table: by those, they can be withdrawn from its job."""
    lines = sorted(person.earlier_line for person in people if person.earlier_line is not None)
    more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
    return f"line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:MOST_LINES]))}{more} there"


def _were(people: Sequence[Person]) -> str:
    return f"{len(people):,} {'was' if len(people) == 1 else 'were'}"


def _ago(seconds: float) -> str:
    for length, unit in _AGES:
        if seconds >= length:
            number = int(seconds // length)
            return f"{number:,} {unit}{'s' if number > 1 else ''} ago"
    return "just now"
