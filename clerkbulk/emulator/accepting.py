"""Accepting: what happens here when an invitee follows the link, in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.invitation import Invitation
from clerkbulk.emulator.organization import Membership
from clerkbulk.emulator.signing_up import new_user, why_no_account
from clerkbulk.emulator.user import User
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
    _check_sign_up(world, invitation)
    user = _user(world, now, invitation, document)
    membership = _membership(world, now, invitation, user)
    accepted = invitation.ended("accepted", now)
    world.put_invitation(accepted)
    world.tell("accepted", accepted, now, user_id=user.id)
    _end_others(world, now, accepted, user)
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


def _check_sign_up(world: World, invitation: Invitation) -> None:
    """Raise ControlError where the instance lets nobody sign up with this address; who has an account signs in."""
    address = invitation.email_address
    if world.user_with(address) is not None:
        return
    if (blocked := why_no_account(world, address)) is not None:
        raise ControlError(f"{address} cannot sign up: {blocked}. The invitation {invitation.id} stays pending.")


def _end_others(world: World, now: int, accepted: Invitation, user: User) -> None:
    """End the address's other pending invitations to the same target, as the setting others_on_acceptance says."""
    kind = world.invitations if accepted.organization_id is None else world.organization_invitations
    end = world.settings.others_on_acceptance
    if end == "stay_pending":
        return
    for other in kind.pending_to(accepted.email_address, accepted.organization_id):
        ended = other.ended(end, now)
        world.put_invitation(ended)
        world.tell(end, ended, now, **({"user_id": user.id} if end == "accepted" else {}))


def _user(world: World, now: int, invitation: Invitation, document: Mapping[str, Any]) -> User:
    brought = invitation.public_metadata if invitation.organization_id is None else {}
    user = world.user_with(invitation.email_address)
    if user is None:
        user = new_user(world, now, invitation.email_address, "ticket", document)
    user = replace(
        user,
        public_metadata={**user.public_metadata, **brought},
        updated_at=now,
        last_sign_in_at=now,
        last_active_at=world.last_active_at(now),
    )
    world.put_user(user)
    return user


def _membership(world: World, now: int, invitation: Invitation, user: User) -> Membership | None:
    if invitation.organization_id is None:
        return None
    known = world.membership(invitation.organization_id, user.id)
    if known is not None:
        # Somebody made them a member meanwhile: what that said of role and metadata stays.
        return known
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
