"""Users, organizations and memberships made through the Backend API, as far as a test of invitations needs them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from clerkbulk.contract.address import AddressError, normal_form
from clerkbulk.emulator.call import Call
from clerkbulk.emulator.creating import check_organizations_enabled, organization_of
from clerkbulk.emulator.organization import Membership, Organization
from clerkbulk.emulator.quotas import user_quota_exceeded
from clerkbulk.emulator.refusal import (
    Entry,
    Refusal,
    entry_format_invalid,
    entry_missing,
    entry_type_invalid,
    entry_unknown,
    entry_value_invalid,
    meta_of,
    no_user,
    refused,
    resource_not_found,
)
from clerkbulk.emulator.user import EmailAddress, User
from clerkbulk.emulator.world import World

_USER_FIELDS: Mapping[str, type] = {
    "email_address": list,
    "first_name": str,
    "last_name": str,
    "username": str,
    "external_id": str,
    "public_metadata": dict,
    "private_metadata": dict,
    "unsafe_metadata": dict,
    "banned": bool,
    "locked": bool,
}
_ACCEPTED_AND_LEFT: Mapping[str, type] = {
    "password": str,
    "skip_password_checks": bool,
    "skip_password_requirement": bool,
    "skip_legal_checks": bool,
}
"""Parameters that change nothing here: nobody signs in, so there are no passwords and no legal texts."""
_ORGANIZATION_FIELDS: Mapping[str, type] = {
    "name": str,
    "slug": str,
    "created_by": str,
    "max_allowed_memberships": int,
    "public_metadata": dict,
    "private_metadata": dict,
}
_MEMBERSHIP_FIELDS: Mapping[str, type] = {
    "user_id": str,
    "role": str,
    "public_metadata": dict,
    "private_metadata": dict,
}
_WORDS = {list: "array", str: "string", dict: "object", bool: "boolean", int: "integer"}


def make_user(world: World, call: Call) -> Any:
    """POST /v1/users: addresses are created verified (documented). Parameters not imitated are refused as unknown."""
    given = _read(call, {**_USER_FIELDS, **_ACCEPTED_AND_LEFT}, required=())
    addresses = given.pop("email_address", [])
    for name in _ACCEPTED_AND_LEFT:
        given.pop(name, None)
    if not addresses and "username" not in given:
        entry = entry_missing("email_address", "email_address")
        raise Refusal(422, [entry])
    if 0 < world.settings.user_quota <= len(world.users):
        raise user_quota_exceeded(world.settings.user_quota)
    found = [_address(world, call, text) for text in addresses]
    user = User(world.ids.new("user", call.now / 1000), tuple(found), call.now, call.now, **given)
    world.put_user(user)
    return user.to_wire()


def _address(world: World, call: Call, text: Any) -> EmailAddress:
    try:
        address = normal_form(str(text))
    except AddressError:
        raise Refusal(422, [entry_format_invalid("email_address", "email_address", "a valid email address")]) from None
    if world.user_with(address) is not None:
        said = "That email address is taken. Please try another."
        raise Refusal(422, [Entry("form_identifier_exists", said, said, meta_of("email_address"))])
    return EmailAddress(world.ids.new("idn", call.now / 1000), address)


def make_organization(world: World, call: Call) -> Any:
    """POST /v1/organizations: created_by becomes its first administrator (documented)."""
    check_organizations_enabled(world)
    given = _read(call, _ORGANIZATION_FIELDS, required=("name",))
    creator, slug = given.get("created_by"), given.pop("slug", None)
    if creator is not None and creator not in world.users:
        said = f"No users found with id {creator}."
        raise refused(400, "organization_creator_not_found", "creator not found", said)
    if slug is not None and not re.fullmatch(r"[a-z0-9-]+", slug):
        raise Refusal(422, [entry_format_invalid("slug", "slug", "lowercase letters, digits and dashes")])
    if slug is not None and world.organization(slug) is not None:
        said = "That slug is taken. Please try another."
        raise Refusal(422, [Entry("form_identifier_exists", said, said, meta_of("slug"))])
    given.setdefault("max_allowed_memberships", world.settings.max_allowed_memberships)
    if given["max_allowed_memberships"] < 0:
        name = "max_allowed_memberships"
        raise Refusal(422, [entry_value_invalid(name, name, given[name], "0 or more")])
    organization_id = world.ids.new("org", call.now / 1000)
    slug = slug or world.free_slug(given["name"])
    organization = Organization(id=organization_id, slug=slug, created_at=call.now, updated_at=call.now, **given)
    world.put_organization(organization)
    if creator is not None:
        member_id = world.ids.new("orgmem", call.now / 1000)
        world.put_membership(Membership(member_id, organization.id, creator, "org:admin", call.now, call.now))
    return world.organization_wire(organization, counted=False)


def make_membership(world: World, call: Call) -> Any:
    """POST /v1/organizations/{organization_id}/memberships: a user becomes a member."""
    organization = organization_of(world, call)
    given = _read(call, _MEMBERSHIP_FIELDS, required=("user_id", "role"))
    user = world.users.get(given["user_id"])
    if user is None:
        raise no_user(given["user_id"])
    if given["role"] not in world.roles_for(organization):
        raise resource_not_found("Organization role not found", "role")
    if world.membership(organization.id, user.id) is not None:
        said = f"{user.identifier} is already a member of the organization."
        raise refused(400, "already_a_member_in_organization", "already a member", said)
    most = organization.max_allowed_memberships
    pending = world.organization_invitations.pending_count(organization.id)
    if most and world.member_count(organization.id) + pending >= most:
        said = f"You have reached your limit of {most} organization memberships, including outstanding invitations."
        message = "organization membership quota exceeded"
        raise refused(403, "organization_membership_quota_exceeded", message, said)
    member_id = world.ids.new("orgmem", call.now / 1000)
    membership = Membership(
        id=member_id, organization_id=organization.id, created_at=call.now, updated_at=call.now, **given
    )
    world.put_membership(membership)
    return world.membership_wire(membership)


def _read(call: Call, known: Mapping[str, type], required: Collection[str]) -> dict[str, Any]:
    """Return the fields that were given and are not null. Raises Refusal for the others."""
    given = call.fields
    wrong = [entry_missing(name, name) for name in required if given.get(name) is None]
    wrong += [entry_unknown(name, name) for name in given if name not in known]
    for name, value in given.items():
        wanted = known.get(name)
        if wanted is None or value is None:
            continue
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            wrong.append(entry_type_invalid(name, name, _WORDS[wanted]))
    if wrong:
        raise Refusal(422, wrong)
    return {name: value for name, value in given.items() if value is not None}
