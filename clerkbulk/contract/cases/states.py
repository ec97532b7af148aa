"""State, permission and plan: what an instance or an organization has no room for, or has switched off."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.contract.cases.calls import (
    ERROR_LIST,
    ORG_BULK,
    bulk,
    member,
    org_bulk,
    org_single,
    person,
    refused,
    single,
)
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.match import Absent, AtLeast
from clerkbulk.contract.fact import Fact, Mark

_LISTED: Final = Fact(Mark.DOCUMENTED, ERROR_LIST)
_INFERRED: Final = Fact(Mark.INFERRED, f"{ERROR_LIST}; which call answers with it is not said (clerk-contract 3.3)")
_ORG: Final = frozenset({Need.ORGANIZATION})
_NO_ORGANIZATION: Final = "/v1/organizations/org_clerkbulkNobodyHasThisOne/invitations"
_GONE: Final = ("resource_not_found", "organization_not_found_or_unauthorized")


def _organization(**more: Any) -> dict[str, Any]:
    """Return a seed: one more organization with one member, org_small."""
    return {
        "organizations": [{"id": "org_small", "name": "Small", **more}],
        "memberships": [{"organization_id": "org_small", "email_address": "first@example.com"}],
    }


_SMALL: Final = "/v1/organizations/org_small/invitations"

_ROOM: Final = (
    Case(
        name="organization-membership-limit",
        promise="Members and pending invitations together may reach an organization's limit, and may not pass it.",
        fact=Fact(Mark.DOCUMENTED, f"{ERROR_LIST}; docs organizations/configure.mdx"),
        rows=("3.3 organization_membership_quota_exceeded",),
        stage=Stage(seed=_organization(max_allowed_memberships=3)),
        steps=(
            Step(Ask("POST", f"{_SMALL}/bulk", [member("ada")]), Expect(200)),
            Step(Ask("POST", _SMALL, member("bob")), Expect(200, keep={"kept": "id"})),
            Step(Ask("POST", _SMALL, member("cleo")), refused(403, "organization_membership_quota_exceeded")),
            Step(Ask("POST", f"{_SMALL}/{{kept}}/revoke", {}), Expect(200)),
            Step(Ask("POST", _SMALL, member("cleo")), Expect(200, holds={"email_address": "{cleo}"})),
        ),
    ),
    Case(
        name="organization-membership-limit-of-none",
        promise="A limit of 0 is no limit.",
        fact=Fact(Mark.DOCUMENTED, "docs organizations/configure.mdx, JS reference"),
        rows=("3.3 organization_membership_quota_exceeded",),
        stage=Stage(seed=_organization(max_allowed_memberships=0)),
        steps=(
            Step(
                Ask("POST", f"{_SMALL}/bulk", [member(name) for name in ("ada", "bob", "cleo", "dan", "eve", "finn")]),
                Expect(200, holds={"data/5/role": "org:member"}),
            ),
        ),
    ),
    Case(
        name="organization-seats",
        promise="Members and pending invitations use the seats of a plan; without one left, payment is required.",
        fact=Fact(Mark.DOCUMENTED, f"{ERROR_LIST}; docs billing/seat-based-plans.mdx"),
        rows=("3.3 insufficient_seats", "3.2 seats_quantity"),
        stage=Stage(seed=_organization(seats=2)),
        steps=(
            Step(Ask("POST", _SMALL, member("ada")), Expect(200)),
            Step(
                Ask("POST", _SMALL, member("bob")),
                refused(402, "insufficient_seats", seats_quantity=AtLeast(1)),
            ),
            Step(
                Ask("POST", f"{_SMALL}/bulk", [member("bob")]),
                refused(402, "insufficient_seats", seats_quantity=AtLeast(1)),
            ),
        ),
    ),
    Case(
        name="instance-user-quota",
        promise="An instance with as many users as it may have invites nobody to the application.",
        fact=_INFERRED,
        rows=("3.3 user_quota_exceeded",),
        stage=Stage(settings={"user_quota": 1}),
        steps=(
            Step(single(person("ada")), refused(403, "user_quota_exceeded")),
            Step(bulk(person("ada")), refused(403, "user_quota_exceeded")),
        ),
    ),
    Case(
        name="instance-invitation-quota",
        promise="Beyond a quota of the instance a call is refused; what Clerk counts under this code is not known.",
        fact=_INFERRED,
        rows=("3.3 quota_exceeded",),
        needs=_ORG,
        stage=Stage(settings={"invitation_quota": 1}),
        steps=(
            Step(single(person("ada")), Expect(200)),
            Step(single(person("bob")), refused(403, "quota_exceeded")),
            Step(org_single(member("bob")), refused(403, "quota_exceeded")),
        ),
    ),
    Case(
        name="development-mails-of-the-month",
        promise="A development instance whose e-mails of the month are used up says so, and says how many they are.",
        fact=Fact(Mark.DOCUMENTED, f"{ERROR_LIST}; docs test-emails-and-phones.mdx"),
        rows=("3.3 dev_monthly_email_limit_exceeded", "3.2 dev_monthly_email_limit"),
        needs=_ORG,
        stage=Stage(settings={"monthly_emails": 2, "mails_over_cap": "400 dev_monthly_email_limit_exceeded"}),
        steps=(
            Step(bulk(person("ada", notify=True), person("bob", notify=True)), Expect(200)),
            Step(
                single(person("cleo", notify=True)),
                refused(400, "dev_monthly_email_limit_exceeded", dev_monthly_email_limit=2),
            ),
            Step(
                org_bulk(member("cleo", notify=True)),
                refused(400, "dev_monthly_email_limit_exceeded", dev_monthly_email_limit=2),
            ),
            Step(bulk(person("cleo")), Expect(200)),
        ),
    ),
)

_OFF: Final = (
    Case(
        name="application-without-email-addresses",
        promise="An instance that does not use e-mail addresses invites nobody to the application.",
        fact=_LISTED,
        rows=("3.3 invitations_not_supported",),
        stage=Stage(settings={"email_addresses_enabled": False}),
        steps=(
            Step(single(person("ada")), refused(400, "invitations_not_supported")),
            Step(bulk(person("ada")), refused(400, "invitations_not_supported")),
        ),
    ),
    Case(
        name="organization-without-email-addresses",
        promise="An instance whose e-mail attribute is off invites nobody to an organization.",
        fact=_INFERRED,
        rows=("3.3 feature_requires_email_address_enabled",),
        needs=_ORG,
        stage=Stage(settings={"email_addresses_enabled": False}),
        steps=(
            Step(org_single(member("ada")), refused(422, "feature_requires_email_address_enabled")),
            Step(org_bulk(member("ada")), refused(422, "feature_requires_email_address_enabled")),
        ),
    ),
    Case(
        name="organizations-switched-off",
        promise="An instance whose organizations are off invites nobody to one.",
        fact=_LISTED,
        rows=("3.3 organization_not_enabled_in_instance",),
        needs=_ORG,
        stage=Stage(settings={"organizations_enabled": False}),
        steps=(
            Step(org_single(member("ada")), refused(403, "organization_not_enabled_in_instance")),
            Step(org_bulk(member("ada")), refused(403, "organization_not_enabled_in_instance")),
        ),
    ),
)

_NOT_THERE: Final = (
    Case(
        name="organization-that-does-not-exist",
        promise="An organization that does not exist is not found, and no parameter is named.",
        fact=_LISTED,
        rows=("3.3 resource_not_found", "3.3 organization_not_found_or_unauthorized"),
        steps=(
            Step(Ask("POST", _NO_ORGANIZATION, member("ada")), refused(404, *_GONE, param_name=Absent())),
            Step(Ask("POST", f"{_NO_ORGANIZATION}/bulk", [member("ada")]), refused(404, *_GONE, param_name=Absent())),
        ),
    ),
    Case(
        name="organization-role-that-does-not-exist",
        promise="A role that the instance does not have is refused, alone or among others.",
        fact=Fact(Mark.DOCUMENTED, "clerk-contract 4.4: 404 in the current list, 422 in the documentation of 2021-22"),
        rows=("3.3 resource_not_found", "1.3 role"),
        needs=_ORG,
        steps=(
            Step(
                org_single(member("ada", role="org:clerkbulk_nobody_has_this")),
                refused((404, 422), "resource_not_found", "form_param_value_invalid", param="role"),
            ),
            Step(
                Ask("POST", ORG_BULK, [member("ada", role="org:clerkbulk_nobody_has_this")]),
                refused((404, 422), "resource_not_found", "form_param_value_invalid"),
            ),
        ),
    ),
    Case(
        name="organization-inviter-who-does-not-exist",
        promise="An inviter who is no user is refused, alone or among others.",
        fact=Fact(Mark.INFERRED, f"{ERROR_LIST}, UserNotFound and FormMissingResource"),
        rows=("3.3 resource_not_found", "3.3 form_resource_not_found", "1.3 inviter_user_id"),
        needs=_ORG,
        steps=(
            Step(
                org_single(member("ada", inviter_user_id="user_clerkbulkNobodyIsThisOne")),
                refused((404, 422), "resource_not_found", "form_resource_not_found"),
            ),
            Step(
                org_bulk(member("ada", inviter_user_id="user_clerkbulkNobodyIsThisOne")),
                refused((404, 422), "resource_not_found", "form_resource_not_found"),
            ),
        ),
    ),
    Case(
        name="organization-inviter-who-is-no-administrator",
        promise="An inviter who may not manage the organization's members is refused, alone or among others.",
        fact=Fact(Mark.DOCUMENTED, "clerk-contract 4.4; with which code is not known"),
        rows=("3.3 not_an_admin_in_organization", "3.3 missing_organization_permission", "1.3 inviter_user_id"),
        needs=frozenset({Need.ORGANIZATION, Need.OUTSIDER}),
        steps=(
            Step(
                org_single(member("ada", inviter_user_id="{outsider_id}")),
                refused(403, "not_an_admin_in_organization", "missing_organization_permission"),
            ),
            Step(
                org_bulk(member("ada", inviter_user_id="{outsider_id}")),
                refused(403, "not_an_admin_in_organization", "missing_organization_permission"),
            ),
        ),
    ),
)

CASES: Final = (*_ROOM, *_OFF, *_NOT_THERE)
