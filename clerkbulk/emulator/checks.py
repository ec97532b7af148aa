"""What can stand in the way of a well-formed item: each check looks at all items of a call at once.

A check returns None, or a Verdict: the refusal it leads to, and the items it strikes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clerkbulk.emulator.circumstances import Check, Circumstances, Verdict, unique
from clerkbulk.emulator.items import Item, param_name
from clerkbulk.emulator.organization import MANAGE_MEMBERSHIPS
from clerkbulk.emulator.quotas import (
    room_for_invitations,
    room_for_mails,
    room_for_members,
    room_for_seats,
    room_for_users,
)
from clerkbulk.emulator.refusal import (
    Entry,
    Refusal,
    entry_value_invalid,
    meta_of,
    no_user,
    refused,
    resource_not_found,
)
from clerkbulk.emulator.restrictions import allowed_in


def role_exists(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Every role is one of the instance's (404 with param_name: documented)."""
    struck = [item for item in items if item.role not in here.world.roles]
    return _refused_roles(here, struck, here.settings.unknown_role, here.world.roles) if struck else None


def role_is_in_the_set(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Every role is in the organization's role set, where it has one (documented, clerk-contract 4.4)."""
    allowed = None if here.organization is None else here.world.roles_for(here.organization)
    struck = [] if allowed is None else [item for item in items if item.role not in allowed]
    return _refused_roles(here, struck, here.settings.role_outside_set, allowed or ()) if struck else None


def _refused_roles(here: Circumstances, struck: Sequence[Item], answer: str, allowed: Iterable[str]) -> Verdict:
    called = param_name(here.settings.param_name_form, "role", struck[0].index)
    if answer.startswith("422"):
        entry = entry_value_invalid("role", called, struck[0].role, ", ".join(allowed))
        return Verdict(Refusal(422, [entry]), tuple(struck))
    return Verdict(resource_not_found("Organization role not found", called), tuple(struck))


def inviter_may_invite(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Every inviter is a user, and an administrator of the organization (documented)."""
    world, named = here.world, [item for item in items if item.inviter_user_id is not None]
    strangers = [item for item in named if item.inviter_user_id not in world.users]
    if strangers:
        return Verdict(_unknown_inviter(here, strangers[0]), tuple(strangers))
    organization_id = here.organization_id or ""
    struck = [item for item in named if not world.administers(item.inviter_user_id or "", organization_id)]
    if not struck:
        return None
    code = here.settings.non_admin_inviter.partition(" ")[2]
    if code == "missing_organization_permission":
        said = "Current user is missing an organization permission."
        meta = {"permissions": [MANAGE_MEMBERSHIPS]}
        return Verdict(refused(403, code, "missing permission", said, meta), tuple(struck))
    said = "Current user is not an administrator in the organization. Only administrators can perform this action."
    return Verdict(refused(403, code, "not an administrator", said), tuple(struck))


def _unknown_inviter(here: Circumstances, item: Item) -> Refusal:
    answer, user_id = here.settings.unknown_inviter, item.inviter_user_id or ""
    called = param_name(here.settings.param_name_form, "inviter_user_id", item.index)
    if answer.startswith("422"):
        said = "The resource associated with the supplied inviter_user_id was not found."
        return refused(422, "form_resource_not_found", "is missing", said, meta_of(called))
    if answer.endswith("param_name"):
        return resource_not_found(f"No user was found with id {user_id}", called)
    return no_user(user_id)


def not_invited_yet(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """No invitation is pending for an address, nor is it twice in this call; ignore_existing lifts both."""
    struck, seen = [], set[str]()
    for item in items:
        again = item.key in seen and here.settings.repeated_address == "refused"
        if not item.ignore_existing and (again or _stands_in_the_way(here, item)):
            struck.append(item)
        seen.add(item.key)
    if not struck:
        return None
    if here.organization is not None and here.settings.organization_duplicate.endswith("not_unique"):
        said = "Organizations cannot have duplicate pending invitations for an email address."
        message = "organization invitation not unique"
        return Verdict(refused(400, "organization_invitation_not_unique", message, said), tuple(struck))
    addresses = unique(item.email_address for item in struck)
    said = f"There are already pending invitations for the following email addresses: {', '.join(addresses)}"
    refusal = refused(400, "duplicate_record", "duplicate invitation", said, {"email_addresses": addresses})
    return Verdict(refusal, tuple(struck))


def _stands_in_the_way(here: Circumstances, item: Item) -> bool:
    kind = here.world.invitations if here.organization is None else here.world.organization_invitations
    if kind.pending_to(item.email_address, here.organization_id):
        return True
    if here.settings.expired_invitations == "free":
        return False
    return any(one.status == "expired" for one in kind.to(item.email_address, here.organization_id))


def no_user_yet(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """No address belongs to a user (clerk-contract 4.2 row A; the setting ignore_existing_users is row B)."""
    lifted = here.settings.ignore_existing_users == "invited"
    struck = [
        item for item in items if here.world.user_with(item.email_address) and not (lifted and item.ignore_existing)
    ]
    if not struck:
        return None
    form, said = here.settings.param_name_form, "That email address is taken. Please try another."
    names = unique(param_name(form, "email_address", item.index) for item in struck)
    entries = [Entry("form_identifier_exists", said, said, meta_of(name)) for name in names]
    return Verdict(Refusal(422, entries), tuple(struck))


def no_member_yet(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """No address belongs to a member; the text names who does (documented)."""
    struck = [item for item in items if _is_member(here, item)]
    if not struck:
        return None
    entries = [
        Entry("already_a_member_in_organization", "already a member", f"{who} is already a member of the organization.")
        for who in unique(item.email_address for item in struck)
    ]
    return Verdict(Refusal(400, entries), tuple(struck))


def _is_member(here: Circumstances, item: Item) -> bool:
    user = here.world.user_with(item.email_address)
    return user is not None and here.world.membership(here.organization_id or "", user.id) is not None


def in_no_other_organization(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Where the instance lets a user be in one organization only, nobody is in another."""
    if not here.settings.exclusive_membership:
        return None
    users = [(item, here.world.user_with(item.email_address)) for item in items]
    struck = [item for item, user in users if user is not None and here.world.organizations_of(user.id)]
    if not struck:
        return None
    said = "A user can be a member of one organization only."
    return Verdict(refused(422, "exclusive_organization_membership", said), tuple(struck))


APPLICATION_CHECKS: tuple[Check, ...] = (
    allowed_in,
    not_invited_yet,
    no_user_yet,
    room_for_users,
    room_for_invitations,
    room_for_mails,
)
ORGANIZATION_CHECKS: tuple[Check, ...] = (
    role_exists,
    role_is_in_the_set,
    inviter_may_invite,
    allowed_in,
    not_invited_yet,
    no_member_yet,
    in_no_other_organization,
    room_for_members,
    room_for_seats,
    room_for_invitations,
    room_for_mails,
)
