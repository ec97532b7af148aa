"""Sight: what looks at Clerk and its webhooks have shown of an instance, read out of the ledger in a few selects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Any, NamedTuple

import sqlalchemy as sa

from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.onboarding.acceptance import LIST_LAGS, Seen
from clerkbulk.onboarding.activity import Shown
from clerkbulk.onboarding.looking.part import part_of
from clerkbulk.onboarding.looking.record import complete_looks
from clerkbulk.onboarding.planned import rows_of
from clerkbulk.sending import seen, tables

_Some = tuple[tuple[Any, ...], ...]


class Shot(NamedTuple):
    """An invitation as it was seen last. Times are seconds since 1970."""

    id: str
    status: str
    created_at: float
    updated_at: float | None
    expires_at: float | None
    last_seen_at: float


class Told(NamedTuple):
    """What an event says of an invitation."""

    type: str
    at: float
    user_id: str | None


@dataclass(slots=True)
class Sight:
    """What is known of an instance's invitations, users and memberships. Keys are address keys.

    What there is a hundred thousand of is kept in plain tuples, which cost the least, and told by the methods.
    """

    invitations: dict[str, Shot] = field(default_factory=dict)
    by_person: dict[tuple[str | None, str], tuple[str, ...]] = field(default_factory=dict)
    """Ids of invitations by organization (None: the application) and key, the oldest first."""
    events: dict[str, list[Told]] = field(default_factory=dict)
    users: dict[str, float] = field(default_factory=dict)
    """created_at by id."""
    addresses: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    """The user an address belongs to, and how it was verified."""
    memberships: dict[tuple[str, str], float] = field(default_factory=dict)
    """created_at by organization and user id."""
    members: dict[tuple[str, str], str] = field(default_factory=dict)
    """The user id by organization and key."""
    looks: dict[str | None, Sequence[float]] = field(default_factory=dict)
    """When the complete looks at a list of invitations began, in order, by organization."""
    _statuses: dict[str, _Some] = field(default_factory=dict)
    _activity: dict[str, _Some] = field(default_factory=dict)

    def statuses(self, invitation_id: str) -> list[Seen]:
        """Return the statuses an invitation was seen in."""
        return [Seen(*values) for values in self._statuses.get(invitation_id, ())]

    def activity(self, user_id: str | None) -> list[Shown]:
        """Return what looks have shown of a user's activity."""
        return [Shown(*values) for values in self._activity.get(user_id or "", ())]

    def gone_since(self, organization_id: str | None, moment: float) -> float | None:
        """Return when a look first did not list what was there at a moment, and was not seen again since.

        A list may lag behind what was made a moment ago.
        """
        looks = self.looks.get(organization_id, ())
        place = bisect_right(looks, moment + LIST_LAGS)
        return looks[place] if place < len(looks) else None


def read_sight(
    connection: sa.Connection, instance_id: str, targets: Sequence[Target] | None, job_ids: Sequence[str] | None
) -> Sight:
    """Read what was seen of some targets (None: of all), for the people of some jobs (None: for everybody)."""
    row = tables.row
    keys = None
    if job_ids is not None:
        keys = sa.select(row.c.key).where(row.c.job_id.in_(job_ids), row.c.key.is_not(None))
    sight = Sight()
    _invitations(connection, instance_id, keys, sight)
    _statuses(connection, instance_id, sight)
    _people(connection, instance_id, keys, sight)
    # What looks at others have not shown says nothing of these people.
    whom = None if keys is None else frozenset(connection.execute(keys.distinct()).scalars())
    for target in _targets(sight) if targets is None else targets:
        organization_id = target.organization_id if isinstance(target, Organization) else None
        looks = complete_looks(connection, instance_id, part_of(target), whom)
        sight.looks[organization_id] = sorted(began for began, _ in looks)
    return sight


def _targets(sight: Sight) -> list[Target]:
    return [Organization(of) if of else Application() for of in {of for of, _ in sight.by_person}]


def read_newest(connection: sa.Connection, instance_id: str) -> dict[str, tuple[str, str | None, str | None]]:
    """Return address, role and public metadata (JSON) of every invitation seen, by id."""
    one = seen.invitation.c
    query = sa.select(one.id, one.email, one.role, one.public_metadata).where(one.instance_id == instance_id)
    return {invitation_id: (email, role, told) for invitation_id, email, role, told in rows_of(connection, query)}


def _invitations(connection: sa.Connection, instance_id: str, keys: Any, sight: Sight) -> None:
    one = seen.invitation.c
    columns = (one[name] for name in Shot._fields)
    query = sa.select(one.organization_id, one.key, *columns).where(one.instance_id == instance_id)
    if keys is not None:
        query = query.where(one.key.in_(keys))
    for of, key, invitation_id, status, *at in rows_of(connection, query.order_by(one.created_at, one.id)):
        shot = sight.invitations[invitation_id] = Shot(invitation_id, intern(status), *at)
        sight.by_person[of, key] = (*sight.by_person.get((of, key), ()), shot.id)


def _statuses(connection: sa.Connection, instance_id: str, sight: Sight) -> None:
    one, event = seen.status.c, seen.event.c
    found, known = sight._statuses, sight.invitations
    columns = (one.invitation_id, one.status, one.first_seen_at, one.last_seen_at, one.updated_at)
    for invitation_id, status, *at in rows_of(connection, sa.select(*columns).where(one.instance_id == instance_id)):
        shot = known.get(invitation_id)
        # Of a pending one the invitation itself tells as much.
        if shot is not None and shot.status != "pending":
            found[shot.id] = (*found.get(shot.id, ()), (intern(status), *at))
    told = sa.select(event.invitation_id, event.type, event.at, event.user_id).where(event.instance_id == instance_id)
    for invitation_id, *values in rows_of(connection, told.order_by(event.at)):
        sight.events.setdefault(invitation_id, []).append(Told._make(values))


def _people(connection: sa.Connection, instance_id: str, keys: Any, sight: Sight) -> None:
    address, user, membership, activity = seen.address.c, seen.user.c, seen.membership.c, seen.activity.c
    belongs = sa.select(address.key, address.user_id, address.strategy).where(address.instance_id == instance_id)
    if keys is not None:
        belongs = belongs.where(address.key.in_(keys))
    for key, user_id, strategy in rows_of(connection, belongs):
        sight.addresses[key] = (user_id, strategy and intern(strategy))
    for user_id, created_at in rows_of(
        connection, sa.select(user.id, user.created_at).where(user.instance_id == instance_id)
    ):
        sight.users[user_id] = created_at
    columns = (membership.organization_id, membership.user_id, membership.key, membership.created_at)
    for of, user_id, key, created_at in rows_of(
        connection, sa.select(*columns).where(membership.instance_id == instance_id)
    ):
        sight.memberships[of, user_id] = created_at
        if key is not None:
            sight.members[of, key] = user_id
    found = sight._activity
    shown = (activity.user_id, activity.kind, activity.at, activity.first_seen_at, activity.last_seen_at)
    for user_id, kind, *at in rows_of(connection, sa.select(*shown).where(activity.instance_id == instance_id)):
        found[user_id] = (*found.get(user_id, ()), (intern(kind), *at))
