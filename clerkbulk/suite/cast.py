"""Cast: who and what is there in a live instance for the cases that need somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clerkbulk.contract.address import address_key
from clerkbulk.contract.cases.case import Need
from clerkbulk.errors import ClerkRefused, InputError, KeyRefused
from clerkbulk.suite.harmless import MARKER, is_marked
from clerkbulk.suite.paced import PacedWire

ADMINS: Final = frozenset({"org:admin", "admin"})
"""Roles that surely administer; the second is that of old instances (clerk-contract 4.4)."""
PLAIN: Final = frozenset({"org:member", "basic_member"})
"""Roles that surely do not."""
_MAKE_ONE: Final = f"make one in the Dashboard, with an address such as somebody{MARKER}@example.com"


@dataclass(frozen=True, slots=True)
class Cast:
    """What the names of needs stand for, and for the needs that nobody fills, why. seats None: as many as you like."""

    names: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[Need, str] = field(default_factory=dict)
    seats: int | None = None


def find_cast(wire: PacedWire, organization_id: str | None, user_address: str | None) -> Cast:
    """Read who is there. Raises InputError for an organization that is not, and what reads raise."""
    users = list(wire.pages("/v1/users"))
    if organization_id is None:
        why = "no organization was named: pass --org with the id of one in which people may be invited"
        absent = dict.fromkeys((Need.ORGANIZATION, Need.MEMBER, Need.ADMIN, Need.OUTSIDER), why)
        return _cast({Need.USER: _user(users, set(), user_address)}, absent, user_address)
    organization = _organization(wire, organization_id)
    members = list(wire.pages(f"/v1/organizations/{organization_id}/memberships"))
    roles = {str((one.get("public_user_data") or {}).get("user_id")): str(one.get("role")) for one in members}
    found = {
        Need.ORGANIZATION: organization_id,
        Need.USER: _user(users, roles.keys(), user_address),
        Need.MEMBER: next((text for user in users if user.get("id") in roles for text in _marked(user)), None),
        Need.ADMIN: next((user_id for user_id, role in roles.items() if role in ADMINS), None),
        Need.OUTSIDER: next((user_id for user_id, role in roles.items() if role in PLAIN), None)
        or next((str(user.get("id")) for user in users if user.get("id") not in roles), None),
    }
    return _cast(found, {}, user_address, _seats(organization, len(members)))


def _cast(
    found: Mapping[Need, str | None], absent: Mapping[Need, str], user_address: str | None, seats: int | None = None
) -> Cast:
    wanted = f"the address {user_address}" if user_address else f"an address with {MARKER}"
    reasons = {
        Need.USER: f"no user outside of the organization has {wanted}: {_MAKE_ONE}",
        Need.MEMBER: f"no member of the organization has an address with {MARKER}: {_MAKE_ONE}, and add it",
        Need.ADMIN: "the organization has no administrator: make a member one in the Dashboard",
        Need.OUTSIDER: "there is no user who does not administer the organization: make one in the Dashboard",
    }
    missing = {need: reasons[need] for need, who in found.items() if who is None}
    return Cast({need.value: who for need, who in found.items() if who is not None}, {**absent, **missing}, seats)


def _organization(wire: PacedWire, organization_id: str) -> dict[str, Any]:
    try:
        got = wire.read(f"/v1/organizations/{organization_id}", [("include_members_count", "true")])
    except ClerkRefused as refused:
        if isinstance(refused, KeyRefused) or refused.status != 404:
            raise
        raise InputError(
            f"The instance has no organization {organization_id}: check --org. Nothing was sent."
        ) from None
    return got if isinstance(got, dict) else {}


def _seats(organization: Mapping[str, Any], members: int) -> int | None:
    """Return how many people more fit in; members and pending invitations count (error list)."""
    most = organization.get("max_allowed_memberships")
    if not isinstance(most, int) or most == 0:
        return None
    pending = organization.get("pending_invitations_count")
    return max(0, most - members - (pending if isinstance(pending, int) else 0))


def _user(users: Sequence[Mapping[str, Any]], members: Any, address: str | None) -> str | None:
    outside = [text for user in users if user.get("id") not in members for text in _marked(user)]
    if address is None:
        return next(iter(outside), None)
    return next((text for text in outside if address_key(text) == address_key(address)), None)


def _marked(user: Mapping[str, Any]) -> Iterator[str]:
    """Yield a user's addresses that have the marker."""
    for entry in user.get("email_addresses") or ():
        address = entry.get("email_address") if isinstance(entry, dict) else None
        if isinstance(address, str) and is_marked(address):
            yield address
