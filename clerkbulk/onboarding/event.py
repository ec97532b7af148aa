"""Event: what Clerk's webhooks tell of organization invitations; there are none of application invitations.

Every event is kept once, by the id of its delivery: Svix delivers at least once (clerk-contract 6.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from clerkbulk.errors import InputError
from clerkbulk.sending import seen
from clerkbulk.sending.during.call import Begin

CREATED, ACCEPTED, REVOKED = (f"organizationInvitation.{what}" for what in ("created", "accepted", "revoked"))
KINDS = frozenset({CREATED, ACCEPTED, REVOKED})
"""The events about invitations; there is none when one expires."""
_AT_ONCE = 500
_Key = tuple[str, str]
_KNOWN = sa.select(seen.event.c.instance_id, seen.event.c.delivery_id).where(
    seen.event.c.delivery_id.in_(sa.bindparam("ids", expanding=True))
)
_MILLISECONDS = 1e11
"""Times from here on are in milliseconds: Clerk's envelopes are, except for one example in seconds."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. delivery_id is the svix-id, or what tells events apart without; at is seconds since 1970."""

    delivery_id: str
    type: str
    at: float
    invitation_id: str
    organization_id: str | None = None
    user_id: str | None = None
    """Who has accepted, where the event says so."""
    instance_id: str | None = None


class NotAnEvent(ValueError):  # noqa: N818 - says what it is
    """What was told is no event about an organization invitation that can be read; the message is a sentence."""


def is_of_invitations(envelope: object) -> bool:
    """Whether an envelope tells of an organization invitation."""
    return isinstance(envelope, Mapping) and str(envelope.get("type")) in KINDS


def read_event(envelope: Mapping[str, Any], delivery_id: str | None = None) -> Event:
    """Read an envelope that is_of_invitations(). What is not needed may be missing. Raises NotAnEvent."""
    data = envelope.get("data")
    if not isinstance(data, Mapping):
        raise NotAnEvent("it has no data")
    invitation_id = _text(data.get("id"))
    if invitation_id is None:
        raise NotAnEvent("its data has no id of an invitation")
    kind = str(envelope["type"])
    at = _seconds(envelope.get("timestamp")) or _seconds(data.get("created_at" if kind == CREATED else "updated_at"))
    if at is None:
        raise NotAnEvent("it has no timestamp")
    return Event(
        delivery_id=delivery_id or f"{kind} {invitation_id} {at:.3f}",
        type=kind,
        at=at,
        invitation_id=invitation_id,
        organization_id=_text(data.get("organization_id")),
        user_id=_text(data.get("user_id")),
        instance_id=_text(envelope.get("instance_id")),
    )


def keep(begin: Begin, events: Iterable[Event], instance_id: str | None, now: float) -> int:
    """Write down events that are not yet; return how many were new. now is when they came, seconds since 1970.

    Raises InputError for an event that does not say of which instance it is where instance_id does not either.
    """
    rows = {
        (row["instance_id"], row["delivery_id"]): row for row in (_row(event, instance_id, now) for event in events)
    }
    new = 0
    with begin() as connection:
        insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(seen.event)
        for some in _batches(list(rows)):
            known = connection.execute(_KNOWN, {"ids": [delivery_id for _, delivery_id in some]})
            fresh = set(some) - {(of, delivery_id) for of, delivery_id in known}
            if fresh:
                # Somebody else may be writing the same one at this moment.
                connection.execute(insert.on_conflict_do_nothing(), [rows[key] for key in some if key in fresh])
            new += len(fresh)
    return new


def _row(event: Event, instance_id: str | None, now: float) -> dict[str, Any]:
    of = event.instance_id or instance_id
    if of is None:
        raise InputError(f"{event.delivery_id} does not say of which instance it is: pass instance_id (ins_...).")
    names = ("delivery_id", "type", "at", "invitation_id", "organization_id", "user_id")
    return {"instance_id": of, "received_at": now, **{name: getattr(event, name) for name in names}}


def _batches(keys: list[_Key]) -> Iterator[list[_Key]]:
    for first in range(0, len(keys), _AT_ONCE):
        yield keys[first : first + _AT_ONCE]


def _text(value: object) -> str | None:
    """Return an id; half characters are in none, and no database takes them."""
    if not isinstance(value, str) or not value or not value.isprintable():
        return None
    return value


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _MILLISECONDS * 1000:
        return None
    return value / 1000 if value >= _MILLISECONDS else float(value)
