"""Users, organizations, memberships, roles and the instance: read, and made where a test needs them made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from clerkbulk.emulator.call import Call
from clerkbulk.emulator.creating import check_organizations_enabled, organization_of
from clerkbulk.emulator.organization import Membership, Organization
from clerkbulk.emulator.refusal import meta_of, no_organization, no_user, refused
from clerkbulk.emulator.user import User
from clerkbulk.emulator.world import World

_T = TypeVar("_T")
_Order = Callable[[User], Any]

_USER_ORDERS: dict[str, _Order] = {
    "created_at": lambda user: user.created_at,
    "updated_at": lambda user: user.updated_at,
    "email_address": lambda user: user.email_addresses[0].key if user.email_addresses else "",
    "web3wallet": lambda user: "",
    "first_name": lambda user: user.first_name or "",
    "last_name": lambda user: user.last_name or "",
    "phone_number": lambda user: "",
    "username": lambda user: user.username or "",
    "last_active_at": lambda user: user.last_active_at or 0,
    "last_sign_in_at": lambda user: user.last_sign_in_at or 0,
}
_MEMBER_ORDERS = ("phone_number", "email_address", "created_at", "first_name", "last_name", "username")
_NO_FILTERS = {"limit", "offset", "order_by", "starting_after", "role"}
_TIMES = ("created_at", "last_active_at", "last_sign_in_at")


def list_users(world: World, call: Call) -> Any:
    """GET /v1/users: a plain array, newest first; email_address up to 100 times, unknown ones ignored."""
    page, (field, downwards) = call.page(), call.order(_USER_ORDERS)
    users = sorted(_narrowed(world, call, _candidates(world, call)), key=_USER_ORDERS[field])
    users = users[::-1] if downwards else users
    if after := call.text("starting_after"):
        users = _following(users, after, call, field)
    return [user.to_wire() for user in users[page]]


def count_users(world: World, call: Call) -> Any:
    """GET /v1/users/count, with the filters of the list: the JavaScript SDK asks for it beside every list of users."""
    return {"object": "total_count", "total_count": len(_narrowed(world, call, _candidates(world, call)))}


def _following(users: list[User], after: str, call: Call, field: str) -> list[User]:
    if field != "created_at" or call.number("offset"):
        said = "starting_after requires ordering by created_at and cannot be combined with offset."
        raise refused(422, "form_param_value_invalid", "is invalid", said, meta_of("starting_after"))
    places = [place for place, user in enumerate(users) if user.id == after]
    if not places:
        said = "The resource associated with the supplied starting_after was not found."
        raise refused(422, "form_resource_not_found", "is missing", said, meta_of("starting_after"))
    return users[places[0] + 1 :]


def _candidates(world: World, call: Call) -> Iterable[User]:
    """Return the users to look at: found by address where addresses are given, since those lists are long."""
    addresses = call.texts("email_address")
    if not addresses:
        return world.users.values()
    found = (world.user_with(address) for address in addresses)
    return {user.id: user for user in found if user is not None}.values()


def _narrowed(world: World, call: Call, users: Iterable[User]) -> list[User]:
    """Return the users that every filter of the query lets through."""
    kept = list(users)
    if not {name for name, _ in call.request.query} - _NO_FILTERS:
        return kept
    for name, of in (("user_id", lambda user: [user.id]), ("external_id", lambda user: [user.external_id])):
        kept = _included(kept, call.texts(name), of)
    kept = _included(kept, call.texts("organization_id"), lambda user: world.organizations_of(user.id))
    if usernames := call.texts("username"):
        kept = [user for user in kept if user.username in usernames]
    for name in ("phone_number", "web3_wallet", "phone_number_query", "provider", "provider_user_id"):
        kept = [] if call.texts(name) else kept
    if (banned := call.flag("banned")) is not None:
        kept = [user for user in kept if user.banned is banned]
    return _within(call, _worded(call, kept))


def _included(users: list[User], given: Sequence[str], of: Callable[[User], Sequence[str | None]]) -> list[User]:
    """Keep users of a list whose values may begin with + or - (spec); an unescaped + arrives as a space."""
    wanted = {text.lstrip("+ ") for text in given if not text.startswith("-")}
    unwanted = {text[1:] for text in given if text.startswith("-")}
    kept = [user for user in users if not wanted or wanted.intersection(of(user))]
    return [user for user in kept if not unwanted.intersection(of(user))]


def _worded(call: Call, users: list[User]) -> list[User]:
    """Keep users in whose words the partial, case-insensitive queries are found."""
    places: dict[str, Callable[[User], Iterable[str]]] = {
        "query": lambda user: user.words,
        "email_address_query": lambda user: [entry.email_address for entry in user.email_addresses],
        "username_query": lambda user: [user.username or ""],
        "name_query": lambda user: [f"{user.first_name or ''} {user.last_name or ''}"],
    }
    for name, words in places.items():
        if text := (call.text(name) or "").lower():
            users = [user for user in users if any(text in word.lower() for word in words(user))]
    return users


def _within(call: Call, users: list[User]) -> list[User]:
    for name in _TIMES:
        before, after = call.number(f"{name}_before"), call.number(f"{name}_after")
        if name == "last_active_at" and after is None:
            after = call.number("last_active_at_since")
        if before is not None:
            users = [user for user in users if (getattr(user, name) or 0) < before]
        if after is not None:
            users = [user for user in users if (getattr(user, name) or 0) > after]
    return users


def get_user(world: World, call: Call) -> Any:
    """GET /v1/users/{user_id}: one user, by id."""
    user = world.users.get(call.parts["user_id"])
    if user is None:
        raise no_user(call.parts["user_id"])
    return user.to_wire()


def list_organizations(world: World, call: Call) -> Any:
    """GET /v1/organizations: query matches an id wholly, a name or slug in part (SDK text)."""
    check_organizations_enabled(world)
    page, (field, downwards) = call.page(), call.order(("created_at", "name", "members_count"))
    found = list(world.organizations.values())
    if text := (call.text("query") or "").lower():
        found = [one for one in found if one.id.lower() == text or text in one.name.lower() or text in one.slug]
    if ids := {text.lstrip("+ ") for text in call.texts("organization_id")}:
        found = [one for one in found if one.id in ids]
    if members := {text.lstrip("+ ") for text in call.texts("user_id")}:
        found = [one for one in found if any(world.membership(one.id, user_id) for user_id in members)]
    orders: dict[str, Callable[[Organization], Any]] = {
        "created_at": lambda one: one.created_at,
        "name": lambda one: one.name.lower(),
        "members_count": lambda one: world.member_count(one.id),
    }
    found = sorted(found, key=orders[field])
    counted = bool(call.flag("include_members_count"))
    shown = found[::-1][page] if downwards else found[page]
    return {"data": [world.organization_wire(one, counted=counted) for one in shown], "total_count": len(found)}


def get_organization(world: World, call: Call) -> Any:
    """GET /v1/organizations/{organization_id}: by id or slug; counts with include_members_count."""
    check_organizations_enabled(world)
    organization = world.organization(call.parts["organization_id"])
    if organization is None:
        raise no_organization(world.settings.unknown_organization)
    return world.organization_wire(organization, counted=bool(call.flag("include_members_count")))


def list_memberships(world: World, call: Call) -> Any:
    """GET /v1/organizations/{organization_id}/memberships: the filters of users, and role."""
    organization = organization_of(world, call)
    page, (field, downwards) = call.page(), call.order(_MEMBER_ORDERS)
    members = _members(world, call, organization.id)
    if roles := call.texts("role"):
        members = [member for member in members if member.role in roles]
    kept = {user.id for user in _narrowed(world, call, [world.users[member.user_id] for member in members])}
    members = [member for member in members if member.user_id in kept]

    def rank(member: Membership) -> Any:
        return member.created_at if field == "created_at" else _USER_ORDERS[field](world.users[member.user_id])

    members = sorted(members, key=rank)
    shown = members[::-1][page] if downwards else members[page]
    return {"data": [world.membership_wire(member) for member in shown], "total_count": len(members)}


def _members(world: World, call: Call, organization_id: str) -> list[Membership]:
    addresses = call.texts("email_address")
    if not addresses:
        return world.members_of(organization_id)
    users = {user.id for address in addresses if (user := world.user_with(address)) is not None}
    found = (world.membership(organization_id, user_id) for user_id in users)
    return sorted((member for member in found if member is not None), key=lambda member: member.id)


def list_roles(world: World, call: Call) -> Any:
    """GET /v1/organization_roles: query matches an id wholly, a name or key in part (spec)."""
    check_organizations_enabled(world)
    page, (field, downwards) = call.page(), call.order(("created_at", "name", "key"))
    roles = list(world.roles.values())
    if text := (call.text("query") or "").lower():
        roles = [role for role in roles if role.id.lower() == text or text in role.name.lower() or text in role.key]
    roles = sorted(roles, key=lambda role: getattr(role, field), reverse=downwards)
    return {"data": [role.to_wire() for role in roles[page]], "total_count": len(roles)}


def get_instance(world: World, call: Call) -> Any:
    """GET /v1/instance: which environment the key opens."""
    return {
        "object": "instance",
        "id": world.ids.instance(),
        "environment_type": call.environment,
        "allowed_origins": None,
    }


def get_organization_settings(world: World, call: Call) -> Any:
    """GET /v1/instance/organization_settings: whether there are organizations, and how large they may be."""
    return {
        "object": "organization_settings",
        "enabled": world.settings.organizations_enabled,
        "max_allowed_memberships": world.settings.max_allowed_memberships,
        "max_allowed_roles": 10,
        "max_allowed_permissions": 50,
        "max_allowed_domains": 0,
        "creator_role": "org:admin",
        "admin_delete_enabled": True,
        "domains_enabled": False,
        "domains_enrollment_modes": [],
        "domains_default_role": "org:member",
    }
