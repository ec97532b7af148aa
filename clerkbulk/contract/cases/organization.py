"""Invitations to an organization: every parameter that is accepted, and the shapes of what comes back."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.contract.cases.application import METADATA
from clerkbulk.contract.cases.calls import ORG_SINGLE, SPEC, TEN, member, org_bulk, org_single
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.match import DAY, MISSING, Addresses, After, Now, OneOf, Text
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

ROWS: Final = tuple(
    f"1.3 {name}"
    for name in (
        "email_address",
        "role",
        "inviter_user_id",
        "public_metadata",
        "private_metadata",
        "redirect_url",
        "expires_in_days",
        "notify",
    )
)
_PRIVATE: Final[dict[str, Any]] = {"payrollId": "e-17", "notes": ["one"]}
_ONE: Final = SchemaName.ORGANIZATION_REPLY_ITEM
_SEVERAL: Final = SchemaName.ORGANIZATION_REPLY
_WOULD_MAIL: Final = "it would send a mail"
_CREATE: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, CreateOrganizationInvitation")
_CREATE_BULK: Final = Fact(Mark.DOCUMENTED, f"{SPEC}, CreateOrganizationInvitationBulk")
_ORG: Final = frozenset({Need.ORGANIZATION})
_ORG_AND_ADMIN: Final = frozenset({Need.ORGANIZATION, Need.ADMIN})

_BULK_CASES: Final = (
    Case(
        name="organization-bulk-two",
        promise="Two people are invited in one call; the answer has their invitations under data, and a total_count.",
        fact=_CREATE_BULK,
        rows=("1.3 email_address", "1.3 role", "2.2 object", "2.2 email_address", "2.2 role", "2.3 org bulk"),
        needs=_ORG,
        steps=(
            Step(
                org_bulk(member("ada"), member("bob")),
                Expect(
                    200,
                    schema=_SEVERAL,
                    holds={
                        "data": Addresses(("{ada}", "{bob}")),
                        "data/[{ada}]/object": "organization_invitation",
                        "data/[{ada}]/role": "org:member",
                        "data/[{ada}]/organization_id": OneOf((MISSING, "{org}")),
                        "data/[{ada}]/status": OneOf((MISSING, "pending")),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="organization-bulk-ten",
        promise="Ten people, the most one call takes, are all invited to an organization.",
        fact=_CREATE_BULK,
        rows=("2.3 org bulk",),
        needs=_ORG,
        not_live="it takes ten free places, and an organization has five unless it was given more",
        steps=(
            Step(
                org_bulk(*(member(name) for name in TEN)),
                Expect(200, schema=_SEVERAL, holds={"data": Addresses(tuple(f"{{{name}}}" for name in TEN))}),
            ),
        ),
    ),
    Case(
        name="organization-bulk-every-parameter",
        promise="Every item of a bulk call has a role, an inviter, metadata and a life of its own; null means none.",
        fact=_CREATE_BULK,
        rows=(*ROWS, "2.2 inviter_id", "2.2 public_inviter_data", "2.2 public_metadata", "2.2 private_metadata"),
        needs=_ORG_AND_ADMIN,
        steps=(
            Step(
                org_bulk(
                    member(
                        "ada",
                        inviter_user_id="{admin_id}",
                        public_metadata=METADATA,
                        private_metadata=_PRIVATE,
                        redirect_url="https://example.com/welcome",
                        expires_in_days=365,
                    ),
                    member("bob", role="org:admin", expires_in_days=1),
                    member(
                        "cleo",
                        inviter_user_id=None,
                        public_metadata=None,
                        private_metadata=None,
                        redirect_url=None,
                        expires_in_days=None,
                    ),
                ),
                Expect(
                    200,
                    schema=_SEVERAL,
                    holds={
                        "data": Addresses(("{ada}", "{bob}", "{cleo}")),
                        "data/[{ada}]/public_metadata": METADATA,
                        "data/[{ada}]/private_metadata": OneOf((MISSING, _PRIVATE)),
                        "data/[{ada}]/inviter_id": "{admin_id}",
                        "data/[{ada}]/public_inviter_data/user_id": "{admin_id}",
                        "data/[{ada}]/expires_at": After("created_at", 365 * DAY),
                        "data/[{bob}]/role": "org:admin",
                        "data/[{bob}]/inviter_id": None,
                        "data/[{bob}]/expires_at": After("created_at", DAY),
                        "data/[{cleo}]/public_metadata": {},
                        "data/[{cleo}]/private_metadata": OneOf((MISSING, {})),
                        "data/[{cleo}]/inviter_id": None,
                        "data/[{cleo}]/expires_at": After("created_at", 30 * DAY),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="organization-bulk-notify",
        promise="A bulk call for an organization takes true and null for notify.",
        fact=_CREATE_BULK,
        rows=("1.3 notify",),
        needs=_ORG,
        not_live=_WOULD_MAIL,
        steps=(
            Step(
                org_bulk(member("ada", notify=True), member("bob", notify=None)),
                Expect(200, schema=_SEVERAL, holds={"data": Addresses(("{ada}", "{bob}"))}),
            ),
        ),
    ),
)

_SINGLE_CASES: Final = (
    Case(
        name="organization-invitation-from-address-and-role",
        promise="Made from address and role alone, it has no inviter and lasts thirty days.",
        fact=Fact(Mark.INFERRED, f"{SPEC}, OrganizationInvitation; milliseconds and an inviter of null by analogy"),
        rows=tuple(
            f"2.2 {name}"
            for name in (
                *("object", "id", "email_address", "role", "role_name", "organization_id", "inviter_id"),
                *("public_inviter_data", "status", "public_metadata", "private_metadata", "url", "expires_at"),
                *("created_at", "updated_at"),
            )
        ),
        needs=_ORG,
        steps=(
            Step(
                org_single(member("ada")),
                Expect(
                    200,
                    schema=_ONE,
                    holds={
                        "object": "organization_invitation",
                        "id": Text(r"orginv_[A-Za-z0-9]+"),
                        "email_address": "{ada}",
                        "role": "org:member",
                        "role_name": Text(r".+"),
                        "organization_id": OneOf((MISSING, "{org}")),
                        "inviter_id": None,
                        "public_inviter_data": None,
                        "status": OneOf((MISSING, "pending")),
                        "public_metadata": {},
                        "private_metadata": OneOf((MISSING, {})),
                        "url": Text(r"https://.+"),
                        "created_at": Now(),
                        "updated_at": Now(),
                        "expires_at": After("created_at", 30 * DAY),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="organization-single-every-parameter",
        promise="A single call for an organization takes every parameter, and answers with the invitation it made.",
        fact=_CREATE,
        rows=(*ROWS, "2.2 inviter_id", "2.2 public_inviter_data", "2.4 JS"),
        needs=_ORG_AND_ADMIN,
        steps=(
            Step(
                org_single(
                    member(
                        "ada",
                        inviter_user_id="{admin_id}",
                        public_metadata=METADATA,
                        private_metadata=_PRIVATE,
                        redirect_url="https://example.com/welcome",
                        expires_in_days=7,
                    )
                ),
                Expect(
                    200,
                    schema=_ONE,
                    holds={
                        "email_address": "{ada}",
                        "public_metadata": METADATA,
                        "private_metadata": OneOf((MISSING, _PRIVATE)),
                        "inviter_id": "{admin_id}",
                        "public_inviter_data/user_id": "{admin_id}",
                        "expires_at": After("created_at", 7 * DAY),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="organization-single-bounds",
        promise="An invitation to an organization may last one day, and it may last 365.",
        fact=_CREATE,
        rows=("1.3 expires_in_days",),
        needs=_ORG,
        steps=(
            Step(
                org_single(member("ada", expires_in_days=1)),
                Expect(200, holds={"expires_at": After("created_at", DAY)}),
            ),
            Step(
                org_single(member("bob", expires_in_days=365)),
                Expect(200, holds={"expires_at": After("created_at", 365 * DAY)}),
            ),
        ),
    ),
    Case(
        name="organization-single-nulls",
        promise="In a single call for an organization, null means what leaving the parameter out means.",
        fact=_CREATE,
        rows=tuple(row for row in ROWS if row.split()[1] not in {"email_address", "role", "notify"}),
        needs=_ORG,
        steps=(
            Step(
                org_single(
                    member(
                        "ada",
                        inviter_user_id=None,
                        public_metadata=None,
                        private_metadata=None,
                        redirect_url=None,
                        expires_in_days=None,
                    )
                ),
                Expect(
                    200,
                    schema=_ONE,
                    holds={
                        "inviter_id": None,
                        "public_metadata": {},
                        "private_metadata": OneOf((MISSING, {})),
                        "expires_at": After("created_at", 30 * DAY),
                    },
                ),
            ),
        ),
    ),
    Case(
        name="organization-single-notify",
        promise="A single call for an organization takes true and null for notify.",
        fact=_CREATE,
        rows=("1.3 notify",),
        needs=_ORG,
        not_live=_WOULD_MAIL,
        steps=(
            Step(org_single(member("ada", notify=True)), Expect(200, schema=_ONE)),
            Step(org_single(member("bob", notify=None)), Expect(200, schema=_ONE)),
        ),
    ),
    Case(
        name="organization-notify-default",
        promise="notify left out is true for organizations, too: the invitation costs one of the month's e-mails.",
        fact=_CREATE,
        rows=("1.3 notify",),
        needs=_ORG,
        stage=Stage(settings={"monthly_emails": 1, "mails_over_cap": "400 dev_monthly_email_limit_exceeded"}),
        steps=(
            Step(org_single({"email_address": "{ada}", "role": "org:member"}), Expect(200)),
            Step(
                org_single({"email_address": "{bob}", "role": "org:member"}),
                Expect(400, code="dev_monthly_email_limit_exceeded"),
            ),
            Step(org_single(member("bob")), Expect(200)),
        ),
    ),
    Case(
        name="organization-invites-a-user",
        promise="Somebody who has an account and is no member can be invited to an organization.",
        fact=Fact(Mark.INFERRED, "clerk-contract 4.7: the link carries __clerk_status=sign_in for such people"),
        rows=("1.3 email_address",),
        needs=frozenset({Need.ORGANIZATION, Need.USER}),
        steps=(
            Step(
                org_single(member("user_address")),
                Expect(200, schema=_ONE, holds={"email_address": "{user_address}"}),
            ),
        ),
    ),
    Case(
        name="organization-invitation-revoked",
        promise="Revoking an invitation to an organization frees the address for a new one.",
        fact=Fact(Mark.INFERRED, "clerk-contract 4.2: recorded for invitations to the application"),
        rows=("2.2 status",),
        needs=_ORG,
        steps=(
            Step(org_single(member("ada")), Expect(200, keep={"kept": "id"})),
            Step(
                Ask("POST", f"{ORG_SINGLE}/{{kept}}/revoke", {}),
                Expect(200, schema=_ONE, holds={"id": "{kept}", "status": OneOf((MISSING, "revoked"))}),
            ),
            Step(org_single(member("ada")), Expect(200, schema=_ONE, holds={"email_address": "{ada}"})),
        ),
    ),
)

CASES: Final = (*_BULK_CASES, *_SINGLE_CASES)
