"""The reads with which a sender looks around first: users, members, the organization, roles, the instance."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases.calls import SPEC, refused
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.inviting import joined, read
from clerkbulk.contract.cases.match import Absent, AtLeast, Includes, OneOf, Text
from clerkbulk.contract.endpoint import ADDRESSES_PER_READ
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_USERS: Final = "/v1/users"
_ORGANIZATION: Final = "/v1/organizations/{org}"
_MEMBERS: Final = "/v1/organizations/{org}/memberships"
_ROLES: Final = "/v1/organization_roles"
_ORG: Final = frozenset({Need.ORGANIZATION})
_OFTEN: Final = ADDRESSES_PER_READ.number
_NOBODY: Final = tuple(("email_address", f"nobody{number:03}@example.com") for number in range(_OFTEN))
"""As many addresses as one read takes, and none of them anybody's."""


def _spec(operation: str) -> Fact:
    return Fact(Mark.DOCUMENTED, f"{SPEC}, {operation}")


def _too_many(name: str, path: str, operation: str, needs: frozenset[Need]) -> Case:
    """Return the case of a read with more addresses than it takes."""
    return Case(
        name=name,
        promise="More than a hundred addresses are more than one read takes; what comes back is not documented.",
        fact=Fact(Mark.INFERRED, f"{SPEC}, {operation}: accepts up to 100"),
        rows=(),
        needs=needs,
        steps=(
            Step(
                Ask("GET", path, query=(*_NOBODY, ("email_address", "nobody@example.org"))),
                {"refused": Expect((400, 422), SchemaName.ERRORS), "passed over": Expect(200)},
            ),
        ),
    )


_USER_CASES: Final = (
    Case(
        name="users-by-address",
        promise="GET /users takes several addresses; users are found by theirs, and unknown ones are passed over.",
        fact=_spec("GetUserList"),
        rows=("6.1 GET /users",),
        needs=frozenset({Need.USER}),
        steps=(
            read(
                _USERS,
                (("email_address", "{user_address}"), ("email_address", "{ada}"), ("limit", "500")),
                holds={
                    "0/object": "user",
                    "0/id": Text("user_[A-Za-z0-9]+"),
                    "0/email_addresses": Includes(("{user_address}",)),
                    "1": Absent(),
                },
            ),
            read(_USERS, {"email_address": "{ada}"}, holds={"": []}),
        ),
    ),
    Case(
        name="users-by-a-hundred-addresses",
        promise="GET /users takes a hundred addresses in one call.",
        fact=_spec("GetUserList"),
        rows=("6.1 GET /users",),
        needs=frozenset({Need.USER}),
        steps=(
            read(
                _USERS,
                (*_NOBODY[1:], ("email_address", "{user_address}"), ("limit", "500")),
                holds={"0/email_addresses": Includes(("{user_address}",)), "1": Absent()},
            ),
        ),
    ),
    _too_many("users-by-more-addresses", _USERS, "GetUserList", frozenset()),
    Case(
        name="users-by-several-of-their-own",
        promise="A user with several addresses is found by each of them, and is there once for all of them.",
        fact=Fact(Mark.INFERRED, "clerk-contract 6.1: a user may own several addresses"),
        rows=("6.1 GET /users",),
        stage=Stage(seed={"users": [{"id": "user_two", "email_addresses": ["one@example.com", "two@example.com"]}]}),
        steps=(
            read(_USERS, {"email_address": "two@example.com"}, holds={"0/id": "user_two", "1": Absent()}),
            read(
                _USERS,
                (("email_address", "one@example.com"), ("email_address", "two@example.com")),
                holds={"0/email_addresses": Includes(("one@example.com", "two@example.com")), "1": Absent()},
            ),
        ),
    ),
    Case(
        name="users-page-default",
        promise="A page of users has 10 when limit is not sent, the newest first; offset goes on behind it.",
        fact=_spec("GetUserList"),
        rows=("6.1 GET /users",),
        stage=Stage(
            seed={
                "users": [
                    {"id": f"user_{number}", "email_address": f"{number}@example.org", "created_at": number}
                    for number in range(1, 12)
                ]
            }
        ),
        steps=(
            read(_USERS, {"email_address_query": "@example.org"}, holds={"0/id": "user_11", "10": Absent()}),
            read(
                _USERS,
                {"email_address_query": "@example.org", "offset": "10"},
                holds={"0/id": "user_1", "1": Absent()},
            ),
            read(_USERS, {"email_address_query": "@example.org", "limit": "500"}, holds={"10/id": "user_1"}),
        ),
    ),
)

_ORGANIZATION_CASES: Final = (
    Case(
        name="members-by-address",
        promise="The memberships of an organization are found by address: members are there, and nobody else.",
        fact=_spec("ListOrganizationMemberships"),
        rows=("6.1 GET /organizations/{id}/memberships",),
        needs=frozenset({Need.ORGANIZATION, Need.MEMBER, Need.USER}),
        steps=(
            read(
                _MEMBERS,
                (
                    ("email_address", "{member_address}"),
                    ("email_address", "{user_address}"),
                    ("email_address", "{ada}"),
                    ("limit", "500"),
                ),
                holds={
                    "data/0/role": Text(".+"),
                    "data/0/public_user_data/user_id": Text("user_[A-Za-z0-9_]+"),
                    "data/1": Absent(),
                    "total_count": 1,
                },
            ),
            read(_MEMBERS, {"email_address": "{user_address}"}, holds={"data": [], "total_count": 0}),
        ),
    ),
    Case(
        name="members-by-a-hundred-addresses",
        promise="The memberships of an organization take a hundred addresses in one call.",
        fact=_spec("ListOrganizationMemberships"),
        rows=("6.1 GET /organizations/{id}/memberships",),
        needs=frozenset({Need.ORGANIZATION, Need.MEMBER}),
        steps=(
            read(
                _MEMBERS,
                (*_NOBODY[1:], ("email_address", "{member_address}"), ("limit", "500")),
                holds={"data/0/role": Text(".+"), "data/1": Absent(), "total_count": 1},
            ),
        ),
    ),
    _too_many("members-by-more-addresses", _MEMBERS, "ListOrganizationMemberships", _ORG),
    Case(
        name="members-by-user",
        promise="The memberships of an organization are found by user, too.",
        fact=_spec("ListOrganizationMemberships"),
        rows=("6.1 GET /organizations/{id}/memberships",),
        needs=frozenset({Need.ORGANIZATION, Need.ADMIN}),
        steps=(
            read(
                _MEMBERS,
                {"user_id": "{admin_id}"},
                holds={"data/0/public_user_data/user_id": "{admin_id}", "data/1": Absent(), "total_count": 1},
            ),
        ),
    ),
    Case(
        name="organization-read",
        promise="An organization is read by its id; include_members_count adds how many members it has.",
        fact=_spec("GetOrganization"),
        rows=("6.1 GET /organizations/{id}",),
        needs=_ORG,
        steps=(
            read(_ORGANIZATION, holds={"object": "organization", "id": "{org}", "max_allowed_memberships": AtLeast(0)}),
            read(_ORGANIZATION, {"include_members_count": "true"}, holds={"id": "{org}", "members_count": AtLeast(0)}),
        ),
    ),
    Case(
        name="organization-read-by-slug",
        promise="An organization is read by its slug as well.",
        fact=_spec("GetOrganization"),
        rows=("6.1 GET /organizations/{id}",),
        stage=Stage(seed={"organizations": [{"id": "org_globex", "name": "Globex", "slug": "globex"}]}),
        steps=(read("/v1/organizations/globex", holds={"id": "org_globex", "slug": "globex"}),),
    ),
    Case(
        name="organization-read-pending",
        promise="Beside the count of members stands the count of pending invitations.",
        fact=Fact(
            Mark.INFERRED, f"{SPEC}, Organization: pending_invitations_count is optional; when it is there is not said"
        ),
        rows=("6.1 GET /organizations/{id}",),
        needs=_ORG,
        steps=(
            joined("ada"),
            read(_ORGANIZATION, {"include_members_count": "true"}, holds={"pending_invitations_count": AtLeast(1)}),
        ),
    ),
    Case(
        name="organization-read-unknown",
        promise="An organization nobody made is answered 404.",
        fact=_spec("GetOrganization"),
        rows=("6.1 GET /organizations/{id}", "3.3 resource_not_found", "3.3 organization_not_found_or_unauthorized"),
        steps=(
            Step(
                Ask("GET", "/v1/organizations/org_000000000000000000000000000"),
                refused(404, "resource_not_found", "organization_not_found_or_unauthorized"),
            ),
        ),
    ),
)

_INSTANCE_CASES: Final = (
    Case(
        name="roles-list",
        promise="The roles of the instance are listed with key, name and whether a creator may have them.",
        fact=_spec("ListOrganizationRoles"),
        rows=("6.1 GET /organization_roles",),
        needs=_ORG,
        steps=(
            read(
                _ROLES,
                {"limit": "500"},
                holds={
                    "data/0/object": "role",
                    "data/0/key": Text(".+"),
                    "data/0/name": Text(".+"),
                    "data/0/is_creator_eligible": OneOf((True, False)),
                    "total_count": AtLeast(1),
                },
            ),
        ),
    ),
    Case(
        name="roles-query",
        promise="A role is found by a part of its key; key and name order the list.",
        fact=_spec("ListOrganizationRoles"),
        rows=("6.1 GET /organization_roles",),
        stage=Stage(seed={"roles": [{"key": "org:guest", "name": "Zaungast"}]}),
        steps=(
            read(_ROLES, {"query": "guest"}, holds={"data/0/key": "org:guest", "data/1": Absent(), "total_count": 1}),
            read(_ROLES, {"order_by": "key"}, holds={"data/0/key": "org:admin", "data/2/key": "org:member"}),
            read(_ROLES, {"order_by": "-name", "limit": "1"}, holds={"data/0/key": "org:guest", "data/1": Absent()}),
        ),
    ),
    Case(
        name="instance-read",
        promise="The instance says which environment the key is for.",
        fact=_spec("GetInstance"),
        rows=("6.1 GET /instance",),
        steps=(read("/v1/instance", holds={"id": Text("ins_[A-Za-z0-9]+"), "environment_type": "development"}),),
    ),
    Case(
        name="instance-organization-settings",
        promise="The instance's settings say whether organizations are on, and how many members they take.",
        fact=_spec("GetInstanceOrganizationSettings"),
        rows=("6.1 GET /instance/organization_settings",),
        steps=(
            read(
                "/v1/instance/organization_settings",
                holds={"enabled": OneOf((True, False)), "max_allowed_memberships": AtLeast(0)},
            ),
        ),
    ),
)

CASES: Final = (*_USER_CASES, *_ORGANIZATION_CASES, *_INSTANCE_CASES)
