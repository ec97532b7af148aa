"""Reading and revoking invitations of both kinds."""

from __future__ import annotations

from typing import Any

from clerkbulk.emulator.call import Call
from clerkbulk.emulator.creating import organization_of
from clerkbulk.emulator.invitation import Invitation, Invitations
from clerkbulk.emulator.ranking import ORDERS, Listed
from clerkbulk.emulator.refusal import no_invitation, no_user, refused
from clerkbulk.emulator.world import World

_ORGANIZATION_ORDERS = ("created_at", "email_address")


def list_invitations(world: World, call: Call) -> Any:
    """GET /v1/invitations: a plain array, or data and total_count with paginated=true; revoked ones when asked for."""
    page, order, paginated = call.page(), call.order(ORDERS), call.flag("paginated")
    statuses = call.statuses(world.settings.repeated_status) or frozenset({"pending", "accepted", "expired"})
    found = _shown(world, call, _found(world, world.invitations, call.text("query"), statuses, order))
    wire = [world.invitation_wire(invitation) for invitation in found[page]]
    return {"data": wire, "total_count": len(found)} if paginated else wire


def list_organization_invitations(world: World, call: Call) -> Any:
    """GET /v1/organizations/{organization_id}/invitations: data and total_count; email_address narrows it to one."""
    organization = organization_of(world, call)
    return _organization_page(world, call, organization.id, call.statuses(world.settings.repeated_status))


def list_pending_organization_invitations(world: World, call: Call) -> Any:
    """GET /v1/organizations/{organization_id}/invitations/pending: Clerk calls it deprecated."""
    organization = organization_of(world, call)
    return _organization_page(world, call, organization.id, frozenset({"pending"}))


def _organization_page(world: World, call: Call, organization_id: str, statuses: frozenset[str]) -> Any:
    page, order, address = call.page(), call.order(_ORGANIZATION_ORDERS), call.text("email_address") or None
    kind = world.organization_invitations
    found: Listed | list[Invitation]
    if address is None:
        found = kind.ranked(statuses, order, organization_id)
    else:
        found = kind.in_order(_with_status(kind.to(address, organization_id), statuses), order)
    found = _shown(world, call, found)
    return {"data": [world.invitation_wire(invitation) for invitation in found[page]], "total_count": len(found)}


def list_all_organization_invitations(world: World, call: Call) -> Any:
    """GET /v1/organization_invitations: those of every organization, with the organizations' public data."""
    page, order, statuses = call.page(), call.order(_ORGANIZATION_ORDERS), call.statuses(world.settings.repeated_status)
    found = _found(world, world.organization_invitations, call.text("query"), statuses, order)
    return _page_with_organizations(world, _shown(world, call, found), page)


def list_organization_invitations_of_user(world: World, call: Call) -> Any:
    """GET /v1/users/{user_id}/organization_invitations: those to any of the user's addresses."""
    user = world.users.get(call.parts["user_id"])
    if user is None:
        raise no_user(call.parts["user_id"])
    page, statuses = call.page(), call.statuses(world.settings.repeated_status)
    kind = world.organization_invitations
    every = [one for key in {entry.key for entry in user.email_addresses} for one in kind.to_anywhere(key)]
    found = kind.in_order(_with_status(every, statuses), ("created_at", True))
    return _page_with_organizations(world, _shown(world, call, found), page)


def _page_with_organizations(world: World, found: Listed | list[Invitation], page: slice) -> Any:
    wire = [world.invitation_wire_with_organization(invitation) for invitation in found[page]]
    return {"data": wire, "total_count": len(found)}


def get_organization_invitation(world: World, call: Call) -> Any:
    """GET /v1/organizations/{organization_id}/invitations/{invitation_id}: one of them, by its id."""
    return world.invitation_wire(_organization_invitation(world, call))


def revoke_invitation(world: World, call: Call) -> Any:
    """POST /v1/invitations/{invitation_id}/revoke: whatever is neither revoked nor accepted."""
    invitation = world.invitations.get(call.parts["invitation_id"])
    if invitation is None:
        raise no_invitation(call.parts["invitation_id"])
    if invitation.status == "revoked":
        raise refused(400, world.settings.revoked_again.partition(" ")[2], "Invitation is already revoked.")
    if invitation.status == "accepted":
        said = "Invitation is already accepted, try signing in instead."
        raise refused(400, "invitation_already_accepted", said)
    return _revoke(world, call, invitation)


def revoke_organization_invitation(world: World, call: Call) -> Any:
    """POST /v1/organizations/{organization_id}/invitations/{invitation_id}/revoke: pending ones only (404 else)."""
    requester = (call.fields if call.request.body else {}).get("requesting_user_id")
    invitation = _organization_invitation(world, call)
    if requester is not None:
        _check_requester(world, str(requester), invitation.organization_id or "")
    if not invitation.is_pending:
        said = "Only pending organization invitations can be revoked."
        raise refused(404, "organization_invitation_not_pending", "not pending", said)
    return _revoke(world, call, invitation)


def _check_requester(world: World, user_id: str, organization_id: str) -> None:
    if user_id not in world.users:
        raise no_user(user_id)
    if not world.administers(user_id, organization_id):
        code = world.settings.non_admin_inviter.partition(" ")[2]
        raise refused(403, code, "not an administrator", "Only administrators of the organization can do this.")


def _revoke(world: World, call: Call, invitation: Invitation) -> Any:
    revoked = invitation.ended("revoked", call.now)
    world.put_invitation(revoked)
    world.tell("revoked", revoked, call.now)
    return world.invitation_wire(revoked)


def _organization_invitation(world: World, call: Call) -> Invitation:
    organization, invitation_id = organization_of(world, call), call.parts["invitation_id"]
    invitation = world.organization_invitations.get(invitation_id)
    if invitation is None or invitation.organization_id != organization.id:
        raise no_invitation(invitation_id)
    return invitation


def _found(
    world: World, kind: Invitations, query: str | None, statuses: frozenset[str], order: tuple[str, bool]
) -> Listed | list[Invitation]:
    """Return the invitations of some statuses in order: those that a query finds, or all of them without one."""
    if not query:
        return kind.ranked(statuses, order)

    def build() -> list[Invitation]:
        found = kind.found_by(query.strip(), partly=world.settings.list_query == "partial")
        return kind.in_order(_with_status(found, statuses), order)

    return kind.view((statuses, query, order, world.settings.list_query), build)


def _shown(world: World, call: Call, found: Listed | list[Invitation]) -> Listed | list[Invitation]:
    """Return what lists show already. Reading one by its id, and revoking it, does not go by the lists."""
    lag = world.settings.listing_lag * 1000
    return found if lag == 0 else [one for one in found[:] if one.created_at + lag <= call.now]


def _with_status(found: list[Invitation], statuses: frozenset[str]) -> list[Invitation]:
    return [invitation for invitation in found if not statuses or invitation.status in statuses]
