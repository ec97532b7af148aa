"""Events: what happened to an organization invitation, as Clerk's webhooks tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One event. type is Clerk's name; data is the invitation on the wire; timestamp is milliseconds since 1970."""

    type: str
    data: Mapping[str, Any]
    timestamp: int

    def to_wire(self, instance_id: str, client_ip: str, user_agent: str) -> dict[str, Any]:
        """Return the envelope that is posted (clerk-contract 6.2); the last two are those of the request behind it."""
        return {
            "object": "event",
            "type": self.type,
            "data": self.data,
            "timestamp": self.timestamp,
            "instance_id": instance_id,
            "event_attributes": {"http_request": {"client_ip": client_ip, "user_agent": user_agent}},
        }
