"""The lists of invitations to organizations: one organization's, the pending ones, the instance's, a user's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clerkbulk.contract.cases.calls import ORG_SINGLE, SPEC, refused
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.inviting import joined, read, revoked, status
from clerkbulk.contract.cases.match import MISSING, Absent, Addresses, AtLeast, InOrder, OneOf
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_LIST: Final = "1.4 GET /organizations/{id}/invitations"
_PENDING: Final = "1.4 GET /organizations/{id}/invitations/pending"
_SINGLE: Final = "1.4 GET /organizations/{id}/invitations/{inv}"
_INSTANCE: Final = "1.4 GET /organization_invitations"
_USER: Final = "1.4 GET /users/{user_id}/organization_invitations"
_ORG: Final = frozenset({Need.ORGANIZATION})
_ITEM: Final = SchemaName.ORGANIZATION_REPLY_ITEM
_WHOLE: Final = "/v1/organization_invitations"
_ADA: Final = {"email_address": "{ada}"}
_GUEST: Final = "guest@example.com"
_GUESTS: Final = {
    "users": [{"id": "user_guest", "email_addresses": [_GUEST, "guest@example.org"]}],
    "invitations": [
        {
            "id": "orginv_first",
            "organization_id": "org_acme",
            "email_address": _GUEST,
            "status": "accepted",
            "created_at": 1_800_000_000_000,
        },
        {"id": "orginv_second", "organization_id": "org_acme", "email_address": "guest@example.org"},
        {"id": "orginv_other", "organization_id": "org_acme", "email_address": "guest2@example.com"},
    ],
}
"""A user with two addresses, each invited once, the first some hours before, and somebody else's invitation."""


def _spec(operation: str) -> Fact:
    return Fact(Mark.DOCUMENTED, f"{SPEC}, {operation}")


def _lists(query: Mapping[str, str] | tuple[tuple[str, str], ...], *names: str, path: str = ORG_SINGLE) -> Step:
    """Return the step that lists exactly these people, in this order, and says how many they are."""
    addresses = Addresses(tuple(f"{{{name}}}" for name in names), in_order=True)
    return read(path, query, each=_ITEM, holds={"data": addresses, "total_count": len(names)})


_THREE: Final = (
    joined("ada"),
    joined("cleo", wait=1.5),
    joined("bob", wait=1.5),
)


def _order(query: Mapping[str, str], *names: str, path: str = ORG_SINGLE) -> Step:
    """Return the step that lists these people in this order, whoever else is there."""
    wanted = InOrder(tuple(f"{{{name}}}" for name in names))
    return read(path, {"limit": "500", **query}, holds={"data": wanted, "total_count": AtLeast(len(names))})


CASES: Final = (
    Case(
        name="organization-list",
        promise="The list of an organization is data beside total_count; email_address narrows it to one address.",
        fact=_spec("ListOrganizationInvitations"),
        rows=(_LIST,),
        needs=_ORG,
        steps=(
            joined("ada"),
            read(
                ORG_SINGLE,
                _ADA,
                each=_ITEM,
                holds={
                    "data": Addresses(("{ada}",)),
                    "data/0/id": "{id}",
                    "data/0/role": "org:member",
                    "data/0/organization_id": OneOf(("{org}", MISSING)),
                    "total_count": 1,
                },
            ),
            _lists({"email_address": "{bob}"}),
        ),
    ),
    Case(
        name="organization-list-status",
        promise="status narrows the list of an organization.",
        fact=_spec("ListOrganizationInvitations"),
        rows=(_LIST,),
        needs=_ORG,
        steps=(
            joined("ada"),
            _lists({**_ADA, "status": "pending"}, "ada"),
            *(_lists({**_ADA, "status": other}) for other in ("accepted", "revoked", "expired")),
            revoked(ORG_SINGLE),
            _lists({**_ADA, "status": "pending"}),
            _lists({**_ADA, "status": "revoked"}, "ada"),
        ),
    ),
    Case(
        name="open-question-repeated-status",
        promise="With status repeated the list has all of them, or those of one alone: prose and schema differ.",
        fact=Fact(Mark.UNKNOWN, "clerk-contract 1.4 and 8.1 row 7"),
        rows=(_LIST,),
        needs=_ORG,
        question="repeated_status",
        steps=(
            joined("ada", keep="old"),
            revoked(ORG_SINGLE, "old"),
            joined("ada", keep="new", wait=1.5),
            Step(
                Ask("GET", ORG_SINGLE, query=(*_ADA.items(), ("status", "pending"), ("status", "revoked"))),
                {
                    "all": Expect(200, holds={"data/0/id": "{new}", "data/1/id": "{old}", "total_count": 2}),
                    "last": Expect(200, holds={"data/0/id": "{old}", "data/1": Absent(), "total_count": 1}),
                    "first": Expect(200, holds={"data/0/id": "{new}", "data/1": Absent(), "total_count": 1}),
                },
            ),
        ),
    ),
    Case(
        name="organization-list-order",
        promise="The newest come first; order_by takes created_at and email_address, upwards unless there is a minus.",
        fact=_spec("ListOrganizationInvitations"),
        rows=(_LIST,),
        needs=_ORG,
        steps=(
            *_THREE,
            _order({}, "bob", "cleo", "ada"),
            _order({"order_by": "-created_at"}, "bob", "cleo", "ada"),
            _order({"order_by": "created_at"}, "ada", "cleo", "bob"),
            _order({"order_by": "+created_at"}, "ada", "cleo", "bob"),
            _order({"order_by": "email_address"}, "ada", "bob", "cleo"),
            _order({"order_by": "-email_address"}, "cleo", "bob", "ada"),
        ),
    ),
    Case(
        name="organization-list-pages",
        promise="Pages of an organization's list neither repeat nor skip; total_count counts all pages.",
        fact=_spec("ListOrganizationInvitations"),
        rows=(_LIST,),
        needs=_ORG,
        steps=(
            *_THREE,
            *(
                read(
                    ORG_SINGLE,
                    {"limit": "1", "offset": str(offset)},
                    holds={"data": Addresses((name,)), "total_count": AtLeast(3)},
                )
                for offset, name in enumerate(("{bob}", "{cleo}", "{ada}"))
            ),
            read(ORG_SINGLE, {"limit": "3"}, holds={"data": Addresses(("{bob}", "{cleo}", "{ada}"), in_order=True)}),
            read(ORG_SINGLE, {"offset": "1000000"}, holds={"data": Addresses(())}),
        ),
    ),
    Case(
        name="organization-list-page-default",
        promise="A page of an organization's list has 10 items when limit is not sent.",
        fact=_spec("ListOrganizationInvitations"),
        rows=(_LIST,),
        stage=Stage(
            seed={
                "invitations": [
                    {"organization_id": "org_acme", "email_address": f"guest{number}@example.com"}
                    for number in range(11)
                ]
            }
        ),
        needs=_ORG,
        steps=(read(ORG_SINGLE, holds={"data/9/role": "org:member", "data/10": Absent(), "total_count": 11}),),
    ),
    Case(
        name="organization-list-pending",
        promise="The deprecated list of pending invitations has those alone, the newest first.",
        fact=_spec("ListPendingOrganizationInvitations"),
        rows=(_PENDING,),
        needs=_ORG,
        steps=(
            joined("ada"),
            joined("cleo", wait=1.5),
            joined("bob", keep="last", wait=1.5),
            _order({}, "bob", "cleo", "ada", path=f"{ORG_SINGLE}/pending"),
            revoked(ORG_SINGLE, "last"),
            read(
                f"{ORG_SINGLE}/pending",
                {"limit": "1"},
                each=_ITEM,
                holds={"data": Addresses(("{cleo}",)), "data/0/status": status("pending"), "total_count": AtLeast(2)},
            ),
            read(f"{ORG_SINGLE}/pending", {"limit": "1", "offset": "1"}, holds={"data": Addresses(("{ada}",))}),
        ),
    ),
    Case(
        name="organization-invitation",
        promise="One invitation to an organization is read by its id, whatever its status.",
        fact=_spec("GetOrganizationInvitation"),
        rows=(_SINGLE,),
        needs=_ORG,
        steps=(
            joined("ada"),
            read(f"{ORG_SINGLE}/{{id}}", schema=_ITEM, holds={"id": "{id}", "status": status("pending")}),
            revoked(ORG_SINGLE),
            read(f"{ORG_SINGLE}/{{id}}", schema=_ITEM, holds={"id": "{id}", "status": status("revoked")}),
        ),
    ),
    Case(
        name="organization-invitation-unknown",
        promise="An invitation the organization does not have is answered 404.",
        fact=_spec("GetOrganizationInvitation"),
        rows=(_SINGLE, "3.3 resource_not_found"),
        needs=_ORG,
        steps=(
            Step(
                Ask("GET", f"{ORG_SINGLE}/orginv_000000000000000000000000000"),
                refused(404, "resource_not_found"),
            ),
        ),
    ),
    Case(
        name="organization-invitation-elsewhere",
        promise="An invitation is found in its own organization only.",
        fact=Fact(Mark.INFERRED, f"{SPEC}, GetOrganizationInvitation: 404 is listed"),
        rows=(_SINGLE,),
        needs=_ORG,
        stage=Stage(seed={"organizations": [{"id": "org_globex", "name": "Globex"}]}),
        steps=(
            joined("ada"),
            Step(Ask("GET", "/v1/organizations/org_globex/invitations/{id}"), refused(404)),
            read("/v1/organizations/org_globex/invitations", holds={"data": Addresses(()), "total_count": 0}),
        ),
    ),
    Case(
        name="organization-list-unknown",
        promise="The invitations of an organization nobody made are answered 404, the pending ones too.",
        fact=_spec("ListOrganizationInvitations"),
        rows=(
            _LIST,
            _PENDING,
            "3.3 resource_not_found",
            "3.3 organization_not_found_or_unauthorized",
        ),
        steps=tuple(
            Step(
                Ask("GET", ORG_SINGLE.replace("{org}", "org_000000000000000000000000000") + behind),
                refused(404, "resource_not_found", "organization_not_found_or_unauthorized"),
            )
            for behind in ("", "/pending", "/orginv_000000000000000000000000000")
        ),
    ),
    Case(
        name="instance-list",
        promise="The list of the whole instance finds by address, and its items tell of their organizations.",
        fact=_spec("ListInstanceOrganizationInvitations"),
        rows=(_INSTANCE,),
        needs=_ORG,
        steps=(
            joined("ada"),
            read(
                _WHOLE,
                {"query": "{ada}"},
                each=_ITEM,
                holds={
                    "data": Addresses(("{ada}",)),
                    "data/0/id": "{id}",
                    "data/0/public_organization_data/id": "{org}",
                    "total_count": 1,
                },
            ),
            _lists({"query": "{bob}"}, path=_WHOLE),
            _lists({"query": "{ada}", "status": "pending"}, "ada", path=_WHOLE),
            *(_lists({"query": "{ada}", "status": other}, path=_WHOLE) for other in ("accepted", "revoked", "expired")),
            revoked(ORG_SINGLE),
            _lists({"query": "{ada}", "status": "revoked"}, "ada", path=_WHOLE),
        ),
    ),
    Case(
        name="instance-list-order",
        promise="The instance's list has the newest first; order_by, limit and offset are those of an organization's.",
        fact=_spec("ListInstanceOrganizationInvitations"),
        rows=(_INSTANCE,),
        needs=_ORG,
        steps=(
            *_THREE,
            _order({}, "bob", "cleo", "ada", path=_WHOLE),
            _order({"order_by": "created_at"}, "ada", "cleo", "bob", path=_WHOLE),
            _order({"order_by": "-email_address"}, "cleo", "bob", "ada", path=_WHOLE),
            read(_WHOLE, {"limit": "1", "offset": "1"}, holds={"data": Addresses(("{cleo}",))}),
        ),
    ),
    Case(
        name="user-list",
        promise="The list of a user has the invitations to organizations that went to any of the user's addresses.",
        fact=_spec("UsersGetOrganizationInvitations"),
        rows=(_USER,),
        needs=_ORG,
        stage=Stage(seed=_GUESTS),
        steps=(
            read(
                "/v1/users/user_guest/organization_invitations",
                each=_ITEM,
                holds={
                    "data": Addresses((_GUEST, "guest@example.org")),
                    "data/0/public_organization_data/id": "{org}",
                    "total_count": 2,
                },
            ),
            read(
                "/v1/users/user_guest/organization_invitations",
                {"status": "accepted"},
                holds={"data": Addresses((_GUEST,)), "total_count": 1},
            ),
            read(
                "/v1/users/user_guest/organization_invitations",
                {"limit": "1"},
                holds={"data": Addresses(("guest@example.org",)), "total_count": 2},
            ),
            read(
                "/v1/users/user_guest/organization_invitations",
                {"limit": "1", "offset": "1"},
                holds={"data": Addresses((_GUEST,)), "total_count": 2},
            ),
        ),
    ),
    Case(
        name="user-list-form",
        promise="The list of a user comes as data beside total_count, though it be empty.",
        fact=_spec("UsersGetOrganizationInvitations"),
        rows=(_USER,),
        needs=frozenset({Need.ADMIN}),
        steps=(read("/v1/users/{admin_id}/organization_invitations", each=_ITEM, holds={"total_count": AtLeast(0)}),),
    ),
    Case(
        name="user-list-unknown",
        promise="The list of a user nobody knows is answered 404.",
        fact=_spec("UsersGetOrganizationInvitations"),
        rows=(_USER, "3.3 resource_not_found"),
        steps=(
            Step(
                Ask("GET", "/v1/users/user_000000000000000000000000000/organization_invitations"),
                refused(404, "resource_not_found"),
            ),
        ),
    ),
)
