"""Organizations, their roles and memberships, and their shapes on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clerkbulk.emulator.user import IMAGE_URL

MANAGE_MEMBERSHIPS = "org:sys_memberships:manage"
"""The permission an inviter needs (docs, clerk-contract 4.4)."""
_READ_MEMBERSHIPS = "org:sys_memberships:read"


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization. max_allowed_memberships 0 is unlimited; seats None is a plan without seats."""

    id: str
    name: str
    slug: str
    created_at: int
    updated_at: int
    max_allowed_memberships: int = 0
    seats: int | None = None
    created_by: str | None = None
    public_metadata: Mapping[str, Any] = field(default_factory=dict)
    private_metadata: Mapping[str, Any] = field(default_factory=dict)
    role_set_key: str | None = None

    def to_wire(self) -> dict[str, Any]:
        """Return the Organization of Clerk's OpenAPI document, without counts."""
        wire = {
            "object": "organization",
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "image_url": IMAGE_URL,
            "has_image": False,
            "max_allowed_memberships": self.max_allowed_memberships,
            "admin_delete_enabled": True,
            "public_metadata": self.public_metadata,
            "private_metadata": self.private_metadata,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "role_set_key": self.role_set_key,
        }
        return wire if self.created_by is None else {**wire, "created_by": self.created_by}

    def to_public(self) -> dict[str, Any]:
        """Return the public data that the lists over all organizations carry."""
        return {
            "id": self.id,
            "name": self.name,
            "slug": self.slug,
            "image_url": IMAGE_URL,
            "has_image": False,
        }


@dataclass(frozen=True, slots=True)
class Role:
    """A role members can have. permissions are keys such as org:sys_memberships:manage."""

    id: str
    key: str
    name: str
    created_at: int
    updated_at: int
    description: str | None = None
    permissions: tuple[str, ...] = (_READ_MEMBERSHIPS,)
    is_creator_eligible: bool = False

    @property
    def administers(self) -> bool:
        """Whether members with this role may invite."""
        return MANAGE_MEMBERSHIPS in self.permissions

    def to_wire(self) -> dict[str, Any]:
        """Return the Role of Clerk's OpenAPI document."""
        return {
            "object": "role",
            "id": self.id,
            "name": self.name,
            "key": self.key,
            "description": self.description,
            "is_creator_eligible": self.is_creator_eligible,
            "permissions": [self._permission(key) for key in self.permissions],
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    def _permission(self, key: str) -> dict[str, Any]:
        return {
            "object": "permission",
            "id": f"perm_{key.replace(':', '').replace('_', '')}",
            "name": key.rpartition("sys_")[2].replace(":", " ").capitalize(),
            "key": key,
            "description": "",
            "type": "system" if ":sys_" in key else "user",
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


def first_roles(now: int) -> tuple[Role, Role]:
    """Return the two roles every instance begins with (docs, roles and permissions); ids as unmistakably ours."""
    admin = Role(
        "role_emulatedadmin",
        "org:admin",
        "Admin",
        now,
        now,
        permissions=(_READ_MEMBERSHIPS, MANAGE_MEMBERSHIPS),
        is_creator_eligible=True,
    )
    return admin, Role("role_emulatedmember", "org:member", "Member", now, now)


@dataclass(frozen=True, slots=True)
class RoleSet:
    """The roles that organizations with this set can give (docs, roles and permissions)."""

    key: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """A user in an organization."""

    id: str
    organization_id: str
    user_id: str
    role: str
    created_at: int
    updated_at: int
    public_metadata: Mapping[str, Any] = field(default_factory=dict)
    private_metadata: Mapping[str, Any] = field(default_factory=dict)
