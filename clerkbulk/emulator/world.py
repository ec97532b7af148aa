"""Everything an instance holds: who is there, what was sent, and how it looks on the wire."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.emulator.event import Event
from clerkbulk.emulator.ids import Ids
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.invitation import DAY, Invitation, Invitations
from clerkbulk.emulator.limits import Windows
from clerkbulk.emulator.organization import Membership, Organization, Role, RoleSet, first_roles
from clerkbulk.emulator.subaddress import base_of
from clerkbulk.emulator.user import User


class World:
    """The state of one instance. Nothing here knows of requests; records are frozen and replaced, never changed.

    now is milliseconds since 1970, given with every call that needs it. windows is None when no limit applies.
    """

    def __init__(self, settings: Settings, ids: Ids, now: int, windows: Windows | None) -> None:
        self.settings = settings
        self.ids = ids
        self.windows = windows
        self.invitations = Invitations()
        self.organization_invitations = Invitations()
        self.users: dict[str, User] = {}
        self.organizations: dict[str, Organization] = {}
        self.roles: dict[str, Role] = {role.key: role for role in first_roles(now)}
        self.role_sets: dict[str, RoleSet] = {}
        self.events: list[Event] = []
        """What happened and nobody has taken yet; only where webhooks are posted."""
        self.mails: Counter[str] = Counter()
        """E-mails by calendar month, such as 2027-01."""
        self._memberships: defaultdict[str, dict[str, Membership]] = defaultdict(dict)
        self._organizations_of: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._user_by_address: dict[str, str] = {}
        self._bases: set[str] = set()
        self._organization_by_slug: dict[str, str] = {}

    def expire(self, now: int) -> None:
        """Let everything expire whose time has come."""
        self.invitations.expire(now)
        self.organization_invitations.expire(now)

    def put_invitation(self, invitation: Invitation) -> None:
        """Add or replace an invitation of either kind."""
        kind = self.invitations if invitation.organization_id is None else self.organization_invitations
        kind.put(invitation)

    def put_user(self, user: User) -> None:
        """Add or replace a user."""
        self.users[user.id] = user
        for entry in user.email_addresses:
            self._user_by_address[entry.key] = user.id
            self._bases.add(base_of(entry.key))

    def put_organization(self, organization: Organization) -> None:
        """Add or replace an organization."""
        self.organizations[organization.id] = organization
        self._organization_by_slug[organization.slug] = organization.id

    def put_membership(self, membership: Membership) -> None:
        """Add or replace a membership."""
        self._memberships[membership.organization_id][membership.user_id] = membership
        self._organizations_of[membership.user_id][membership.organization_id] = None

    def user_with(self, address: str) -> User | None:
        """Return the user an address belongs to."""
        user_id = self._user_by_address.get(address_key(address))
        return None if user_id is None else self.users[user_id]

    def last_active_at(self, now: int) -> int:
        """Return what a user's last_active_at is who is active now."""
        return now - now % DAY if self.settings.last_active_by_day else now

    def has_account_of_base(self, address: str) -> bool:
        """Whether some user's address has the same base, see clerkbulk.emulator.subaddress."""
        return base_of(address) in self._bases

    def tell(self, kind: str, invitation: Invitation, now: int, **more: Any) -> None:
        """Make an event of what happened to an invitation. There are none for the application's (clerk-contract 6.2).

        kind is created, accepted or revoked; more goes into its data.
        """
        if invitation.organization_id is None or not self.settings.webhook_url:
            return
        data = {**self.invitation_wire(invitation), **more}
        self.events.append(Event(f"organizationInvitation.{kind}", data, now))

    def organization(self, id_or_slug: str) -> Organization | None:
        """Return an organization by its id or its slug."""
        found = self.organizations.get(id_or_slug)
        return found or self.organizations.get(self._organization_by_slug.get(id_or_slug, ""))

    def free_slug(self, name: str) -> str:
        """Return a slug for an organization of this name that nobody has yet."""
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "organization"
        number = 1
        while (candidate := slug if number == 1 else f"{slug}-{number}") in self._organization_by_slug:
            number += 1
        return candidate

    def membership(self, organization_id: str, user_id: str) -> Membership | None:
        """Return the membership of a user in an organization."""
        return self._memberships.get(organization_id, {}).get(user_id)

    def members_of(self, organization_id: str) -> list[Membership]:
        """Return the memberships of an organization, in the order in which they were made."""
        return list(self._memberships.get(organization_id, {}).values())

    def member_count(self, organization_id: str) -> int:
        """Return how many members an organization has."""
        return len(self._memberships.get(organization_id, ()))

    def memberships(self) -> list[Membership]:
        """Return all memberships."""
        return [membership for members in self._memberships.values() for membership in members.values()]

    def organizations_of(self, user_id: str) -> list[str]:
        """Return the ids of the organizations a user is in."""
        return list(self._organizations_of.get(user_id, ()))

    def administers(self, user_id: str, organization_id: str) -> bool:
        """Whether a user may invite to an organization."""
        membership = self.membership(organization_id, user_id)
        role = None if membership is None else self.roles.get(membership.role)
        return role is not None and role.administers

    def roles_for(self, organization: Organization) -> Collection[str]:
        """Return the keys of the roles an organization can give: those of its role set, or all."""
        found = self.role_sets.get(organization.role_set_key or "")
        return self.roles if found is None else found.roles

    def role_name(self, key: str) -> str:
        """Return the name of a role; the key itself for one that is gone."""
        return self.roles[key].name if key in self.roles else key

    def invitation_wire(self, invitation: Invitation) -> dict[str, Any]:
        """Return an invitation of either kind as it goes out."""
        keeps = invitation.status in {"accepted", "expired"} and self.settings.url_of_ended == "kept"
        url = invitation.url(self.settings.frontend_api) if invitation.is_pending or keeps else None
        if invitation.organization_id is None:
            wire = invitation.to_wire(self.settings.frontend_api)
            return {**wire, "url": url} if keeps else wire
        inviter = None if invitation.inviter_id is None else self.users.get(invitation.inviter_id)
        return {
            "object": "organization_invitation",
            "id": invitation.id,
            "email_address": invitation.email_address,
            "role": invitation.role,
            "role_name": self.role_name(invitation.role),
            "organization_id": invitation.organization_id,
            "inviter_id": invitation.inviter_id,
            "public_inviter_data": None if inviter is None else inviter.to_inviter(),
            "status": invitation.status,
            "public_metadata": invitation.public_metadata,
            "private_metadata": invitation.private_metadata,
            "url": url,
            "expires_at": invitation.expires_at,
            "created_at": invitation.created_at,
            "updated_at": invitation.updated_at,
        }

    def invitation_wire_with_organization(self, invitation: Invitation) -> dict[str, Any]:
        """Return an organization invitation as the lists over all organizations carry it."""
        organization = self.organizations[invitation.organization_id or ""]
        return {**self.invitation_wire(invitation), "public_organization_data": organization.to_public()}

    def organization_wire(self, organization: Organization, *, counted: bool) -> dict[str, Any]:
        """Return an organization as it goes out, with its counts when they are asked for."""
        wire = organization.to_wire()
        if counted:
            wire["members_count"] = self.member_count(organization.id)
            wire["pending_invitations_count"] = self.organization_invitations.pending_count(organization.id)
        return wire

    def membership_wire(self, membership: Membership) -> dict[str, Any]:
        """Return a membership as it goes out."""
        role = self.roles.get(membership.role)
        return {
            "object": "organization_membership",
            "id": membership.id,
            "role": membership.role,
            "role_name": self.role_name(membership.role),
            "permissions": [] if role is None else list(role.permissions),
            "public_metadata": membership.public_metadata,
            "private_metadata": membership.private_metadata,
            "organization": self.organizations[membership.organization_id].to_wire(),
            "public_user_data": self.users[membership.user_id].to_member(),
            "created_at": membership.created_at,
            "updated_at": membership.updated_at,
        }

    def to_document(self, now: int) -> dict[str, Any]:
        """Return all there is, whatever its status, in wire shape: what GET /_emulator/state answers."""
        return {
            "now": now,
            "invitations": [self.invitation_wire(entry) for entry in self.invitations],
            "organization_invitations": [self.invitation_wire(entry) for entry in self.organization_invitations],
            "users": [user.to_wire() for user in self.users.values()],
            "organizations": [self.organization_wire(entry, counted=True) for entry in self.organizations.values()],
            "memberships": [self.membership_wire(entry) for entry in self.memberships()],
        }
