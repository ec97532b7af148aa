"""Users of the emulated instance, and their shape on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clerkbulk.contract.address import address_key

IMAGE_URL = "https://img.example.com/nobody.png"
_VERIFICATIONS = {
    "admin": "verification_admin",
    "ticket": "verification_ticket",
    "email_code": "verification_otp",
}
"""What the verification of each strategy is called on the wire (spec EmailAddress)."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """One address of a user.

    strategy is how it was verified: admin (made by a backend call), ticket (by an invitation's link) or email_code (by
    a code sent to it).
    """

    id: str
    email_address: str
    strategy: str = "admin"

    @property
    def key(self) -> str:
        """The comparison key."""
        return address_key(self.email_address)

    def to_wire(self, created_at: int, updated_at: int) -> dict[str, Any]:
        """Return the address as part of a user."""
        return {
            "id": self.id,
            "object": "email_address",
            "email_address": self.email_address,
            "reserved": False,
            "verification": {
                "object": _VERIFICATIONS[self.strategy],
                "status": "verified",
                "strategy": self.strategy,
                "attempts": None,
                "expire_at": None,
            },
            "linked_to": [],
            "matches_sso_connection": False,
            "created_at": created_at,
            "updated_at": updated_at,
        }


@dataclass(frozen=True, slots=True)
class User:
    """A user. Times are milliseconds since 1970; the first address is the primary one."""

    id: str
    email_addresses: tuple[EmailAddress, ...]
    created_at: int
    updated_at: int
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    external_id: str | None = None
    public_metadata: Mapping[str, Any] = field(default_factory=dict)
    private_metadata: Mapping[str, Any] = field(default_factory=dict)
    unsafe_metadata: Mapping[str, Any] = field(default_factory=dict)
    banned: bool = False
    locked: bool = False
    last_sign_in_at: int | None = None
    last_active_at: int | None = None

    @property
    def identifier(self) -> str | None:
        """What the user is called by: the primary address, else the user name."""
        return self.email_addresses[0].email_address if self.email_addresses else self.username

    @property
    def words(self) -> tuple[str, ...]:
        """What ``query`` is looked for in: addresses, user name, id, names (spec GetUserList)."""
        texts = [entry.email_address for entry in self.email_addresses]
        return (*texts, *(text for text in (self.username, self.id, self.first_name, self.last_name) if text))

    def to_wire(self) -> dict[str, Any]:
        """Return the User of Clerk's OpenAPI document; what is not imitated is null, false or empty."""
        addresses = [entry.to_wire(self.created_at, self.updated_at) for entry in self.email_addresses]
        return {
            "id": self.id,
            "object": "user",
            "username": self.username,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "locale": None,
            "image_url": IMAGE_URL,
            "has_image": False,
            "primary_email_address_id": addresses[0]["id"] if addresses else None,
            "primary_phone_number_id": None,
            "primary_web3_wallet_id": None,
            "password_enabled": False,
            "two_factor_enabled": False,
            "totp_enabled": False,
            "backup_code_enabled": False,
            "email_addresses": addresses,
            "phone_numbers": [],
            "web3_wallets": [],
            "passkeys": [],
            "external_accounts": [],
            "saml_accounts": [],
            "enterprise_accounts": [],
            "public_metadata": self.public_metadata,
            "private_metadata": self.private_metadata,
            "unsafe_metadata": self.unsafe_metadata,
            "external_id": self.external_id,
            "last_sign_in_at": self.last_sign_in_at,
            "banned": self.banned,
            "locked": self.locked,
            "lockout_expires_in_seconds": None,
            "verification_attempts_remaining": 100,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "delete_self_enabled": True,
            "create_organization_enabled": True,
            "last_active_at": self.last_active_at,
            "mfa_enabled_at": None,
            "mfa_disabled_at": None,
            "legal_accepted_at": None,
        }

    def to_inviter(self) -> dict[str, Any]:
        """Return the OrganizationInvitationPublicUserData of this user."""
        return {
            "user_id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "image_url": IMAGE_URL,
            "has_image": False,
            "identifier": self.identifier or "",
        }

    def to_member(self) -> dict[str, Any]:
        """Return the OrganizationMembershipPublicUserData of this user."""
        return {
            "user_id": self.id,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "profile_image_url": IMAGE_URL,
            "image_url": IMAGE_URL,
            "has_image": False,
            "identifier": self.identifier,
            "username": self.username,
            "banned": self.banned,
        }
