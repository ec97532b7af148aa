"""Store: what a page of Clerk's has shown, written into the tables of what was seen, on SQLite and PostgreSQL alike.

Replies are read leniently: whatever lacks a field is kept without it, and what has no id cannot be kept. No url and no
ticket is ever written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from clerkbulk.contract.address import address_key
from clerkbulk.onboarding.looking.people import People
from clerkbulk.sending import seen
from clerkbulk.sending.after.standing import standing_in

Rows = Sequence[dict[str, Any]]

_RANK = {"pending": 0, "expired": 1, "accepted": 2, "revoked": 2}
"""What is over does not open again, and what was accepted or revoked stays so: a list that says less is behind."""
_KINDS = {"sign_in": "last_sign_in_at", "active": "last_active_at"}


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was read, by Clerk's clock: not before earliest, not after latest. Seconds since 1970.

    What is seen for the first time was so at the latest then; what is seen again was so still at the earliest then.
    Between the two lies whatever happened.
    """

    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class Store:
    """The tables of one instance, in a transaction. people are those who are written down, and whoever is known."""

    connection: sa.Connection
    instance_id: str
    people: People

    def keep_invitations(self, items: Iterable[Mapping[str, Any]], organization_id: str | None, when: Moment) -> None:
        """Write invitations and the statuses they were seen in; None is the application."""
        by_id = {_text(item.get("id")): item for item in items if item.get("id")}
        known = self._known(seen.invitation, seen.invitation.c.id, seen.invitation.c.status, by_id)
        invitations, statuses = [], []
        for invitation_id, item in sorted(by_id.items()):
            key = address_key(_text(item.get("email_address")))
            status = standing_in(item).value
            before = known.get(invitation_id)
            if (before is None and key not in self.people) or _RANK[status] < _RANK.get(before or "", 0):
                continue
            metadata = item.get("public_metadata")
            invitations.append(
                {
                    "instance_id": self.instance_id,
                    "id": invitation_id,
                    "organization_id": organization_id,
                    "key": key,
                    "email": _text(item.get("email_address")),
                    "role": _text(item["role"]) if item.get("role") else None,
                    "public_metadata": json.dumps(metadata) if isinstance(metadata, dict) else None,
                    "status": status,
                    "created_at": _or(_seconds(item.get("created_at")), when.earliest),
                    "updated_at": _seconds(item.get("updated_at")),
                    "expires_at": _seconds(item.get("expires_at")),
                    **_seen_at(when),
                }
            )
            statuses.append(
                {
                    "instance_id": self.instance_id,
                    "invitation_id": invitation_id,
                    "status": status,
                    "updated_at": _seconds(item.get("updated_at")),
                    **_seen_at(when),
                }
            )
        self._put(seen.invitation, invitations, ("status",), ("role", "public_metadata", "updated_at", "expires_at"))
        self._put(seen.status, statuses)

    def keep_users(self, items: Iterable[Mapping[str, Any]], when: Moment) -> None:
        """Write users, their addresses, and when they were last there."""
        by_id = {_text(item.get("id")): item for item in items if item.get("id")}
        addresses = {user_id: _addresses(item) for user_id, item in by_id.items()}
        known = self._known(seen.user, seen.user.c.id, seen.user.c.id, by_id)
        keys = {key for owned in addresses.values() for key in owned}
        owners = self._known(seen.address, seen.address.c.key, seen.address.c.user_id, keys)
        kept = sorted(
            user_id
            for user_id, owned in addresses.items()
            if user_id in known or self.people.keys is None or any(key in self.people for key in owned)
        )
        users, owned_rows, activities = [], [], []
        for user_id in kept:
            item = by_id[user_id]
            # A user who does not tell was there all along: nobody is counted as having joined on a guess.
            born = _or(_seconds(item.get("created_at")), 0.0)
            users.append({"instance_id": self.instance_id, "id": user_id, "created_at": born, **_seen_at(when)})
            for key, strategy in addresses[user_id].items():
                if key in self.people or key in owners:
                    owner = {"instance_id": self.instance_id, "key": key, "user_id": user_id, "strategy": strategy}
                    owned_rows.append(owner)
            for kind, field in _KINDS.items():
                at = 0.0 if item.get(field, 0) is None else _seconds(item.get(field))
                if at is not None:
                    row = {"instance_id": self.instance_id, "user_id": user_id, "kind": kind, "at": at}
                    activities.append({**row, **_seen_at(when)})
        self._put(seen.user, users)
        self._let_go(kept, addresses)
        self._put(seen.address, sorted(owned_rows, key=lambda row: row["key"]), ("user_id",), ("strategy",))
        self._put(seen.activity, activities)

    def keep_memberships(self, items: Iterable[Mapping[str, Any]], organization_id: str, when: Moment) -> None:
        """Write memberships of the people looked at: by their first address, or by a user who is known to be theirs."""
        by_user: dict[str, Mapping[str, Any]] = {}
        for item in items:
            person = item.get("public_user_data")
            if isinstance(person, dict) and person.get("user_id"):
                by_user[_text(person["user_id"])] = item
        known = self._known(seen.user, seen.user.c.id, seen.user.c.id, by_user)
        rows = []
        for user_id, item in sorted(by_user.items()):
            called = _text(item["public_user_data"].get("identifier"))
            key = address_key(called) if "@" in called else None
            if self.people.keys is not None and user_id not in known and (key is None or key not in self.people):
                continue
            rows.append(
                {
                    "instance_id": self.instance_id,
                    "organization_id": organization_id,
                    "user_id": user_id,
                    "key": key,
                    "role": _text(item["role"]) if item.get("role") else None,
                    "created_at": _or(_seconds(item.get("created_at")), 0.0),
                    **_seen_at(when),
                }
            )
        self._put(seen.membership, rows, (), ("key", "role"))

    def unseen(self, organization_id: str | None, since: float, keys: Sequence[str] | None = None) -> list[str]:
        """Return the ids of a target's invitations that were pending and have not been seen since, the newest first."""
        query = sa.select(seen.invitation.c.id).where(
            _of_target(self.instance_id, organization_id), seen.invitation.c.last_seen_at < since
        )
        if keys is not None:
            query = query.where(seen.invitation.c.key.in_(keys))
        return list(self.connection.execute(query.order_by(seen.invitation.c.created_at.desc())).scalars())

    def saw_no_change(self, organization_id: str | None, since: float, at: float) -> None:
        """Note that whatever was seen pending since a time was so still at another: no list has grown or shrunk."""
        which = seen.invitation.c.last_seen_at
        these = sa.and_(_of_target(self.instance_id, organization_id), which >= since, which < at)
        ids = sa.select(seen.invitation.c.id).where(these).scalar_subquery()
        status = seen.status.c
        told = sa.and_(
            status.instance_id == self.instance_id, status.invitation_id.in_(ids), status.status == "pending"
        )
        self.connection.execute(seen.status.update().where(told, status.last_seen_at < at).values(last_seen_at=at))
        self.connection.execute(seen.invitation.update().where(these).values(last_seen_at=at))

    def saw_nobody_else(self, since: float, at: float) -> None:
        """Note that users who were seen since a time, and not now, have not been there again: their times hold."""
        activity, later = seen.activity, seen.activity.alias()
        newer = sa.exists().where(
            later.c.instance_id == activity.c.instance_id,
            later.c.user_id == activity.c.user_id,
            later.c.kind == activity.c.kind,
            later.c.at > activity.c.at,
        )
        these = sa.and_(activity.c.instance_id == self.instance_id, activity.c.last_seen_at >= since)
        self.connection.execute(
            activity.update().where(these, activity.c.last_seen_at < at, ~newer).values(last_seen_at=at)
        )

    def _let_go(self, user_ids: Sequence[str], addresses: Mapping[str, Mapping[str, Any]]) -> None:
        """Remove the addresses that users have given up."""
        address = seen.address.c
        mine = sa.and_(address.instance_id == self.instance_id, address.user_id.in_(user_ids))
        stored = self.connection.execute(sa.select(address.key, address.user_id).where(mine)).all()
        gone = [row.key for row in stored if row.key not in addresses[row.user_id]]
        if gone:
            self.connection.execute(seen.address.delete().where(mine, address.key.in_(gone)))

    def _known(
        self, table: sa.Table, by: sa.Column[Any], value: sa.Column[Any], wanted: Iterable[str]
    ) -> dict[str, str]:
        query = sa.select(by, value).where(table.c.instance_id == self.instance_id, by.in_(sorted(wanted)))
        return {row[0]: row[1] for row in self.connection.execute(query).all()}

    def _put(self, table: sa.Table, rows: Rows, replaced: Sequence[str] = (), filled: Sequence[str] = ()) -> None:
        """Add rows, or renew those there are: replaced columns always, filled ones unless they are not told now."""
        if not rows:
            return
        dialect = postgresql if self.connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(table)
        new = insert.excluded
        values: dict[str, Any] = {name: new[name] for name in replaced}
        values |= {name: sa.func.coalesce(new[name], table.c[name]) for name in filled}
        if "last_seen_at" in table.c:
            last = table.c.last_seen_at
            values["last_seen_at"] = sa.case((new.last_seen_at > last, new.last_seen_at), else_=last)
        self.connection.execute(
            insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values), rows
        )


def _of_target(instance_id: str, organization_id: str | None) -> sa.ColumnElement[bool]:
    invitation = seen.invitation.c
    of = invitation.organization_id
    there = of.is_(None) if organization_id is None else of == organization_id
    return sa.and_(invitation.instance_id == instance_id, there, invitation.status == "pending")


def _addresses(user: Mapping[str, Any]) -> dict[str, str | None]:
    """Return a user's address keys, and how each was verified."""
    found: dict[str, str | None] = {}
    entries = user.get("email_addresses")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and (key := address_key(_text(entry.get("email_address")))):
            verification = entry.get("verification")
            strategy = verification.get("strategy") if isinstance(verification, dict) else None
            found[key] = _text(strategy) if strategy else None
    return found


def _seen_at(when: Moment) -> dict[str, float]:
    return {"first_seen_at": when.latest, "last_seen_at": when.earliest}


def _seconds(value: object) -> float | None:
    """Return milliseconds as seconds; None for what is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        return None
    return value / 1000


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _text(value: object) -> str:
    """Return a text that every database can hold: half characters written out, and no NUL."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "")
