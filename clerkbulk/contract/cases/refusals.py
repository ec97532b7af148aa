"""Items that are refused because of the address: somebody is invited, a member or a user already, or kept out."""

from __future__ import annotations

from typing import Final

from clerkbulk.contract.cases.calls import (
    ERROR_LIST,
    SINGLE,
    bulk,
    member,
    org_bulk,
    org_single,
    person,
    refused,
    single,
)
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.match import Absent, Addresses, OneOf
from clerkbulk.contract.fact import Fact, Mark

_LISTED: Final = Fact(Mark.DOCUMENTED, ERROR_LIST)
_INFERRED: Final = Fact(Mark.INFERRED, f"{ERROR_LIST}; which call answers with it is not said (clerk-contract 3.3)")
_TWICE_BULK: Final = "the single call shows the same, and an instance has 25 bulk calls an hour"
_ORG: Final = frozenset({Need.ORGANIZATION})
_DUPLICATE: Final = ("organization_invitation_not_unique", "duplicate_record")
"""Clerk's list has the first for organizations, other people have met the second (clerk-contract 8.1 row 20)."""

_INVITED: Final = (
    Case(
        name="application-single-duplicate",
        promise="Whoever has a pending invitation is refused: ignore_existing is off unless it is said.",
        fact=_LISTED,
        rows=("3.3 duplicate_record", "3.2 email_addresses", "1.2 ignore_existing"),
        steps=(
            Step(single(person("ada")), Expect(200)),
            Step(single(person("ada")), refused(400, "duplicate_record", email_addresses=["{ada}"])),
        ),
    ),
    Case(
        name="application-bulk-duplicates",
        promise="A bulk call is refused with every address that has a pending invitation, and with no other.",
        fact=_LISTED,
        rows=("3.3 duplicate_record", "3.2 email_addresses", "1.2 ignore_existing"),
        steps=(
            Step(single(person("ada")), Expect(200)),
            Step(single(person("bob")), Expect(200)),
            Step(
                bulk(person("ada"), person("cleo"), person("bob", ignore_existing=False)),
                refused(
                    400,
                    "duplicate_record",
                    email_addresses=OneOf((["{ada}", "{bob}"], ["{bob}", "{ada}"])),
                ),
            ),
        ),
    ),
    Case(
        name="organization-duplicate",
        promise="Whoever has a pending invitation to an organization is refused, alone or among others.",
        fact=_LISTED,
        rows=("3.3 organization_invitation_not_unique", "3.3 duplicate_record"),
        needs=_ORG,
        steps=(
            Step(org_single(member("ada")), Expect(200)),
            Step(org_single(member("ada")), refused(400, *_DUPLICATE)),
            Step(org_bulk(member("ada")), refused(400, *_DUPLICATE)),
        ),
    ),
    Case(
        name="organization-has-no-ignore-existing",
        promise="There is no ignore_existing for organizations: the invitation that is pending stays in the way.",
        fact=Fact(Mark.INFERRED, "clerk-contract 4.2; whether the key is refused or overlooked is not known"),
        rows=("3.3 organization_invitation_not_unique",),
        needs=_ORG,
        steps=(
            Step(org_single(member("ada")), Expect(200)),
            Step(
                org_single(member("ada", ignore_existing=True)),
                refused((400, 422), *_DUPLICATE, "form_param_unknown"),
            ),
        ),
    ),
    Case(
        name="application-invitation-is-none-to-an-organization",
        promise="An invitation to the application does not stand in the way of one to an organization.",
        fact=Fact(
            Mark.INFERRED, "the refusals speak of invitations in this organization; two kinds (section 9, #3650)"
        ),
        rows=("3.3 organization_invitation_not_unique",),
        needs=_ORG,
        steps=(
            Step(single(person("ada")), Expect(200)),
            Step(org_single(member("ada")), Expect(200, holds={"email_address": "{ada}"})),
            Step(
                Ask("GET", SINGLE, query=(("query", "{ada}"), ("limit", "100"))),
                Expect(200, holds={"": Addresses(("{ada}",))}),
            ),
        ),
    ),
)

_KNOWN: Final = (
    Case(
        name="organization-member-single",
        promise="A member of the organization is refused.",
        fact=Fact(Mark.RECORDED, "froot docs/DECISIONS.md: HTTP 400, seen live; code from the error list"),
        rows=("3.3 already_a_member_in_organization",),
        needs=frozenset({Need.ORGANIZATION, Need.MEMBER}),
        steps=(Step(org_single(member("member_address")), refused(400, "already_a_member_in_organization")),),
    ),
    Case(
        name="organization-member-bulk",
        promise="A bulk call with a member of the organization is refused.",
        fact=Fact(Mark.INFERRED, f"{ERROR_LIST}; recorded for a single call"),
        rows=("3.3 already_a_member_in_organization",),
        needs=frozenset({Need.ORGANIZATION, Need.MEMBER}),
        steps=(Step(org_bulk(member("member_address")), refused(400, "already_a_member_in_organization")),),
    ),
    Case(
        name="application-user-single",
        promise="The address of somebody who has an account is refused.",
        fact=Fact(Mark.THIRD_PARTY, "several projects report it; the text is not in Clerk's list (clerk-contract 3.3)"),
        rows=("3.3 form_identifier_exists",),
        needs=frozenset({Need.USER}),
        steps=(
            Step(
                single(person("user_address")),
                refused(422, "form_identifier_exists", param="email_address"),
            ),
        ),
    ),
    Case(
        name="application-user-bulk",
        promise="A bulk call with the address of somebody who has an account is refused.",
        fact=Fact(Mark.THIRD_PARTY, "several projects report it; the text is not in Clerk's list (clerk-contract 3.3)"),
        rows=("3.3 form_identifier_exists",),
        needs=frozenset({Need.USER}),
        not_live=_TWICE_BULK,
        steps=(Step(bulk(person("user_address")), refused(422, "form_identifier_exists")),),
    ),
    Case(
        name="organization-exclusive-membership",
        promise="Where a user can be in one organization only, a member of another one is refused.",
        fact=_INFERRED,
        rows=("3.3 exclusive_organization_membership",),
        needs=_ORG,
        stage=Stage(
            settings={"exclusive_membership": True},
            seed={
                "organizations": [{"id": "org_other", "name": "Other"}],
                "memberships": [{"organization_id": "org_other", "email_address": "taken@example.com"}],
            },
        ),
        steps=(
            Step(
                org_single({"email_address": "taken@example.com", "role": "org:member"}),
                refused(422, "exclusive_organization_membership"),
            ),
            Step(
                org_bulk({"email_address": "taken@example.com", "role": "org:member"}),
                refused(422, "exclusive_organization_membership"),
            ),
            Step(org_single(member("ada")), Expect(200)),
        ),
    ),
)


_KEPT_OUT: Final = tuple(
    Case(
        name=f"{family}-kept-out-by-{which}list",
        promise=f"Whom the {which} list keeps out of the instance is refused by name, alone or among others.",
        fact=_INFERRED,
        rows=("3.3 not_allowed_access", "3.2 identifiers"),
        needs=_ORG if family == "organization" else frozenset(),
        stage=Stage(settings=settings),
        steps=(
            Step(alone({**item("ada"), "email_address": "out@blocked.example"}), _refusal),
            Step(many(item("ada"), {**item("ada"), "email_address": "out@blocked.example"}), _refusal),
            Step(alone(item("bob")), Expect(200)),
        ),
    )
    for _refusal in [refused(403, "not_allowed_access", identifiers=["out@blocked.example"])]
    for which, settings in (
        ("block", {"blocklist": ["*@blocked.example"]}),
        ("allow", {"allowlist": ["*@example.com", "*@example.net"]}),
    )
    for family, alone, many, item in (
        ("application", single, bulk, person),
        ("organization", org_single, org_bulk, member),
    )
)

_SUBADDRESS: Final = Case(
    name="application-kept-out-as-subaddress",
    promise="Where the block on subaddresses bites at once, a subaddress of an account is refused by no name.",
    fact=Fact(Mark.INFERRED, f"{ERROR_LIST}: the variant without identifiers; clerk-contract 4.8"),
    rows=("3.3 not_allowed_access",),
    stage=Stage(settings={"block_subaddresses": True, "restrictions_bite": "at_invitation"}),
    steps=(
        Step(
            single({"email_address": "boss+again@example.com", "notify": False}),
            refused(403, "not_allowed_access", identifiers=Absent()),
        ),
    ),
)

CASES: Final = (*_INVITED, *_KNOWN, *_KEPT_OUT, _SUBADDRESS)
