"""Which operation answers which method and path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.endpoint import API_PREFIX, ENDPOINTS, Endpoint
from clerkbulk.emulator import making, people, reading
from clerkbulk.emulator.call import Call
from clerkbulk.emulator.creating import create
from clerkbulk.emulator.world import World

Operation = Callable[[World, Call], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path pattern, split at its slashes; a part in braces matches anything."""

    method: str
    pattern: tuple[str, ...]
    operation: Operation
    endpoint: Endpoint | None = None

    def parts(self, path: tuple[str, ...]) -> dict[str, str] | None:
        """Return what the braces hold, or None when the path is another one."""
        if len(path) != len(self.pattern):
            return None
        found = {}
        for wanted, given in zip(self.pattern, path, strict=True):
            if wanted[0] == "{":
                found[wanted[1:-1]] = given
            elif wanted != given:
                return None
        return found


def _route(method: str, path: str, operation: Operation) -> Route:
    return Route(method, _split(path), operation)


def _creating(endpoint: Endpoint) -> Route:
    def operation(world: World, call: Call) -> Any:
        return create(world, call, endpoint)

    return Route("POST", _split(endpoint.path.removeprefix(API_PREFIX)), operation, endpoint)


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


ROUTES: tuple[Route, ...] = (
    *map(_creating, ENDPOINTS),
    _route("GET", "/invitations", reading.list_invitations),
    _route("POST", "/invitations/{invitation_id}/revoke", reading.revoke_invitation),
    _route("GET", "/organizations/{organization_id}/invitations", reading.list_organization_invitations),
    _route(
        "GET", "/organizations/{organization_id}/invitations/pending", reading.list_pending_organization_invitations
    ),
    _route("GET", "/organizations/{organization_id}/invitations/{invitation_id}", reading.get_organization_invitation),
    _route(
        "POST",
        "/organizations/{organization_id}/invitations/{invitation_id}/revoke",
        reading.revoke_organization_invitation,
    ),
    _route("GET", "/organization_invitations", reading.list_all_organization_invitations),
    _route("GET", "/users", people.list_users),
    _route("POST", "/users", making.make_user),
    _route("GET", "/users/count", people.count_users),
    _route("GET", "/users/{user_id}", people.get_user),
    _route("GET", "/users/{user_id}/organization_invitations", reading.list_organization_invitations_of_user),
    _route("GET", "/organizations", people.list_organizations),
    _route("POST", "/organizations", making.make_organization),
    _route("GET", "/organizations/{organization_id}", people.get_organization),
    _route("GET", "/organizations/{organization_id}/memberships", people.list_memberships),
    _route("POST", "/organizations/{organization_id}/memberships", making.make_membership),
    _route("GET", "/organization_roles", people.list_roles),
    _route("GET", "/instance", people.get_instance),
    _route("GET", "/instance/organization_settings", people.get_organization_settings),
)


def find_route(method: str, path: str) -> tuple[Route | None, dict[str, str], tuple[str, ...]]:
    """Return the route, what its braces hold, and the methods the path knows; path is without /v1.

    No route and no methods: there is no such path. No route but methods: another method is meant.
    """
    wanted = tuple(path.removeprefix("/").split("/"))
    methods: dict[str, None] = {}
    for route in ROUTES:
        parts = route.parts(wanted)
        if parts is None:
            continue
        if route.method == method:
            return route, parts, ()
        methods[route.method] = None
    return None, {}, tuple(methods)
