"""Accepting: what happens here when an invitee follows the link, in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.invitation import Invitation
from clerkbulk.emulator.organization import Membership
from clerkbulk.emulator.user import EmailAddress, User
from clerkbulk.emulator.world import World


def accept(world: World, now: int, document: Any) -> dict[str, Any]:
    """Accept the invitation that document names by id, or by email_address (and organization_id).

    The user is made, or takes the application invitation's metadata over; to an organization there will be a membership
    with the invitation's role and metadata (documented). Returns invitation, user and membership (or None) in wire
    shape. Raises ControlError when there is no such invitation or it is not pending.
    """
    if not isinstance(document, Mapping):
        raise ControlError(
            'What to accept is an object: {"id": ...} or {"email_address": ..., "organization_id": ...}.'
        )
    invitation = _find(world, document)
    if not invitation.is_pending:
        raise ControlError(f"The invitation {invitation.id} is {invitation.status}: it cannot be accepted.")
    user = _user(world, now, invitation, document)
    membership = _membership(world, now, invitation, user)
    accepted = invitation.ended("accepted", now)
    world.put_invitation(accepted)
    return {
        "invitation": world.invitation_wire(accepted),
        "user": user.to_wire(),
        "membership": None if membership is None else world.membership_wire(membership),
    }


def _find(world: World, document: Mapping[str, Any]) -> Invitation:
    invitation_id = document.get("id") or document.get("invitation_id")
    if invitation_id is not None:
        found = world.invitations.get(str(invitation_id)) or world.organization_invitations.get(str(invitation_id))
        if found is None:
            raise ControlError(f"There is no invitation {invitation_id}.")
        return found
    address, organization_id = document.get("email_address"), document.get("organization_id")
    if not isinstance(address, str):
        raise ControlError("Name the invitation by id or by email_address.")
    if organization_id is not None:
        every = world.organization_invitations.to(address, str(organization_id))
    else:
        every = world.invitations.to(address) or world.organization_invitations.to_anywhere(address)
    pending = [one for one in every if one.is_pending]
    if not every:
        raise ControlError(f"There is no invitation to {address}.")
    if len({one.organization_id for one in pending}) > 1:
        raise ControlError(f"{address} is invited to several organizations: add organization_id.")
    return (pending or every)[-1]


def _user(world: World, now: int, invitation: Invitation, document: Mapping[str, Any]) -> User:
    brought = invitation.public_metadata if invitation.organization_id is None else {}
    user = world.user_with(invitation.email_address)
    if user is None:
        address = EmailAddress(world.ids.new("idn", now / 1000), invitation.email_address, "ticket")
        user = User(
            id=world.ids.new("user", now / 1000),
            email_addresses=(address,),
            created_at=now,
            updated_at=now,
            first_name=_text(document, "first_name"),
            last_name=_text(document, "last_name"),
        )
    user = replace(
        user,
        public_metadata={**user.public_metadata, **brought},
        updated_at=now,
        last_sign_in_at=now,
        last_active_at=now,
    )
    world.put_user(user)
    return user


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return None if value is None else str(value)


def _membership(world: World, now: int, invitation: Invitation, user: User) -> Membership | None:
    if invitation.organization_id is None:
        return None
    membership = Membership(
        id=world.ids.new("orgmem", now / 1000),
        organization_id=invitation.organization_id,
        user_id=user.id,
        role=invitation.role,
        created_at=now,
        updated_at=now,
        public_metadata=invitation.public_metadata,
        private_metadata=invitation.private_metadata,
    )
    world.put_membership(membership)
    return membership
