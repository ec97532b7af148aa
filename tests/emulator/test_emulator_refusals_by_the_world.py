"""Refusals of well-formed calls: what is there already, or not there, stands in their way."""

from __future__ import annotations

from typing import Any

import pytest

BULK, SINGLE = "/v1/invitations/bulk", "/v1/invitations"
ORG_BULK, ORG_SINGLE = "/v1/organizations/org_acme/invitations/bulk", "/v1/organizations/org_acme/invitations"
ADA = {"email_address": "ada@example.com"}
MEMBER = {**ADA, "role": "org:member"}


def _people(count: int) -> list[dict[str, str]]:
    return [{"email_address": f"p{number}@example.com", "role": "org:member"} for number in range(count)]


def test_a_pending_application_invitation_is_named_with_all_the_others(clerk: Any) -> None:
    """duplicate_record lists every address that is pending, in meta and in the text."""
    clerk.post(BULK, [{"email_address": "a@example.com"}, {"email_address": "b@example.com"}])
    again = [{"email_address": name} for name in ("B@example.com", "new@example.com", "a@example.com")]
    expected = {
        "message": "duplicate invitation",
        "long_message": "There are already pending invitations for the following email addresses: "
        "B@example.com, a@example.com",
        "code": "duplicate_record",
        "meta": {"email_addresses": ["B@example.com", "a@example.com"]},
    }
    assert clerk.refusal("POST", BULK, again) == (400, [expected])
    assert clerk.addresses() == ["a@example.com", "b@example.com"]


def test_a_pending_organization_invitation_is_not_named(acme: Any) -> None:
    """organization_invitation_not_unique does not say whose invitation it is."""
    acme.post(ORG_SINGLE, MEMBER)
    expected = {
        "message": "organization invitation not unique",
        "long_message": "Organizations cannot have duplicate pending invitations for an email address.",
        "code": "organization_invitation_not_unique",
    }
    assert acme.refusal("POST", ORG_BULK, [*_people(2), MEMBER]) == (400, [expected])
    assert acme.refusal("POST", ORG_SINGLE, MEMBER) == (400, [expected])


def test_an_address_of_a_user_is_refused_without_being_named(acme: Any) -> None:
    """form_identifier_exists names the parameter only, also with ignore_existing."""
    expected = {
        "message": "That email address is taken. Please try another.",
        "long_message": "That email address is taken. Please try another.",
        "code": "form_identifier_exists",
        "meta": {"param_name": "email_address"},
    }
    item = {"email_address": "Boss@example.com", "ignore_existing": True}
    assert acme.refusal("POST", BULK, [ADA, item]) == (422, [expected])
    assert acme.refusal("POST", SINGLE, item) == (422, [expected])


def test_members_are_named_in_the_text(acme: Any) -> None:
    """already_a_member_in_organization has the address in its long message, and no meta."""
    items = [MEMBER, {**MEMBER, "email_address": "boss@example.com"}, {**MEMBER, "email_address": "worker@example.com"}]
    expected = [
        {
            "message": "already a member",
            "long_message": f"{who}@example.com is already a member of the organization.",
            "code": "already_a_member_in_organization",
        }
        for who in ("boss", "worker")
    ]
    assert acme.refusal("POST", ORG_BULK, items) == (400, expected)


def test_an_unknown_role_is_404_with_its_parameter(acme: Any) -> None:
    """resource_not_found names the parameter role."""
    expected = {
        "message": "not found",
        "long_message": "Organization role not found",
        "code": "resource_not_found",
        "meta": {"param_name": "role"},
    }
    assert acme.refusal("POST", ORG_BULK, [{**MEMBER, "role": "org:king"}]) == (404, [expected])


@pytest.mark.parametrize(
    ("method", "target", "document", "long_message"),
    [
        ("POST", "/v1/organizations/org_none/invitations/bulk", [MEMBER], "Given organization not found."),
        ("POST", "/v1/organizations/org_none/invitations", MEMBER, "Given organization not found."),
        ("POST", "/v1/organizations/acme/invitations", MEMBER, "Given organization not found."),
        ("GET", "/v1/organizations/org_none/invitations", None, "Given organization not found."),
        ("GET", "/v1/organizations/org_none/memberships", None, "Given organization not found."),
        ("GET", "/v1/organizations/org_none", None, "Given organization not found."),
        ("GET", "/v1/users/user_none", None, "No user was found with id user_none"),
        ("GET", "/v1/users/user_none/organization_invitations", None, "No user was found with id user_none"),
        ("POST", "/v1/invitations/inv_none/revoke", None, "No invitation was found with id inv_none."),
        (
            "GET",
            "/v1/organizations/org_acme/invitations/orginv_none",
            None,
            "No invitation was found with id orginv_none.",
        ),
        ("GET", "/v1/no-such-thing", None, "Resource not found"),
        ("GET", "/v1/invitations/", None, "Resource not found"),
        ("GET", "/v1", None, "Resource not found"),
    ],
)
def test_what_is_not_there_is_404(acme: Any, method: str, target: str, document: Any, long_message: str) -> None:
    """A missing organization, user, invitation or path is resource_not_found, without meta."""
    expected = {"message": "not found", "long_message": long_message, "code": "resource_not_found"}
    assert acme.refusal(method, target, document) == (404, [expected])


def test_another_method_is_405_and_says_which(clerk: Any) -> None:
    """A known path with a method it does not have is 405 with the methods it has, in the envelope of every refusal."""
    said = "DELETE is not allowed here. Allowed: POST, GET."
    expected = {"message": "method not allowed", "long_message": said, "code": "method_not_allowed"}
    assert clerk.refusal("DELETE", "/v1/invitations") == (405, [expected])
    assert clerk.ask("DELETE", "/v1/invitations").header("allow") == "POST, GET"


@pytest.mark.parametrize(
    ("inviter", "status", "code"),
    [
        ("user_none", 404, "resource_not_found"),
        ("user_worker", 403, "not_an_admin_in_organization"),
        ("user_stranger", 403, "not_an_admin_in_organization"),
    ],
)
def test_only_administrators_invite(acme: Any, inviter: str, status: int, code: str) -> None:
    """An inviter who is no user is 404; one who does not administer the organization is 403."""
    found, (error,) = acme.refusal("POST", ORG_BULK, [{**MEMBER, "inviter_user_id": inviter}])
    assert (found, error["code"], "meta" in error) == (status, code, False)


def test_pending_invitations_count_towards_the_membership_limit(acme: Any) -> None:
    """Two members and two pending invitations leave one of five places; a batch of two is refused whole."""
    acme.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme", "max_allowed_memberships": 5}]})
    acme.post(ORG_BULK, _people(2))
    two = [{"email_address": f"q{number}@example.com", "role": "org:member"} for number in range(2)]
    expected = {
        "message": "organization membership quota exceeded",
        "long_message": "You have reached your limit of 5 organization memberships, including outstanding invitations.",
        "code": "organization_membership_quota_exceeded",
    }
    assert acme.refusal("POST", ORG_BULK, two) == (403, [expected])
    acme.post(ORG_BULK, two[:1])
    assert acme.refusal("POST", ORG_SINGLE, two[1]) == (403, [expected])


def test_seats_run_out_with_402(acme: Any) -> None:
    """Where the plan has seats, insufficient_seats says how many would be needed."""
    acme.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme", "seats": 4}]})
    expected = {
        "message": "Insufficient seats",
        "long_message": "You have reached the seat limit for your current plan.",
        "code": "insufficient_seats",
        "meta": {"seats_quantity": 5},
    }
    assert acme.refusal("POST", ORG_BULK, _people(3)) == (402, [expected])
    acme.post(ORG_BULK, _people(2))


@pytest.mark.parametrize(
    ("lists", "refused"),
    [
        ({"blocklist": ("ada@example.com",)}, ["ada@example.com", "ADA+x@example.com"]),
        ({"blocklist": ("*@example.com",)}, ["ada@example.com", "ADA+x@example.com"]),
        ({"blocklist": ("*@*.example.org",)}, ["eve@mail.example.org"]),
        ({"allowlist": ("*@example.com",)}, ["eve@mail.example.org"]),
        (
            {"allowlist": ("ADA@example.com",), "blocklist": ("*@example.com",)},
            ["ADA+x@example.com", "eve@mail.example.org"],
        ),
        ({}, []),
    ],
)
def test_lists_keep_people_out(make: Any, lists: dict[str, tuple[str, ...]], refused: list[str]) -> None:
    """not_allowed_access lists every address that the allow list or the block list refuses."""
    clerk = make(**lists)
    people = [{"email_address": name} for name in ("ada@example.com", "ADA+x@example.com", "eve@mail.example.org")]
    if not refused:
        clerk.post(BULK, people)
        return
    status, (error,) = clerk.refusal("POST", BULK, people)
    assert (status, error["code"], error["meta"]) == (403, "not_allowed_access", {"identifiers": refused})
    assert error["message"] == "Access not allowed."


def test_development_instances_run_out_of_mails(make: Any) -> None:
    """The monthly cap counts notified people of development keys, test addresses excepted, and begins anew."""
    clerk = make(monthly_emails=3)
    clerk.post(BULK, [{"email_address": f"p{number}@example.com"} for number in range(2)])
    clerk.post(
        BULK, [{"email_address": "quiet@example.com", "notify": False}, {"email_address": "a+clerk_test@example.com"}]
    )
    two = [{"email_address": f"q{number}@example.com"} for number in range(2)]
    status, (error,) = clerk.refusal("POST", BULK, two)
    assert (status, error["code"]) == (400, "dev_monthly_email_limit_exceeded")
    assert error["meta"] == {"dev_monthly_email_limit": 3}
    clerk.post(BULK, [{"email_address": "live@example.com"}], key="sk_live_fake")
    clerk.clock.advance(31 * 86_400)
    clerk.post(BULK, two)


@pytest.mark.parametrize(
    ("settings", "target", "document", "status", "code"),
    [
        ({"email_addresses_enabled": False}, BULK, [ADA], 400, "invitations_not_supported"),
        ({"email_addresses_enabled": False}, ORG_BULK, [MEMBER], 422, "feature_requires_email_address_enabled"),
        ({"organizations_enabled": False}, ORG_BULK, [MEMBER], 403, "organization_not_enabled_in_instance"),
        ({"organizations_enabled": False}, ORG_SINGLE, MEMBER, 403, "organization_not_enabled_in_instance"),
    ],
)
def test_switches_of_the_instance_refuse(
    make: Any, settings: dict[str, bool], target: str, document: Any, status: int, code: str
) -> None:
    """What the instance has switched off is refused with the code for it."""
    clerk = make(**settings)
    clerk.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
    found, (error,) = clerk.refusal("POST", target, document)
    assert (found, error["code"]) == (status, code)


def test_one_organization_only_where_the_instance_says_so(make: Any) -> None:
    """With exclusive_membership a member of another organization cannot be invited."""
    clerk = make(exclusive_membership=True)
    clerk.backend.seed(
        {
            "organizations": [{"id": "org_acme", "name": "Acme"}, {"id": "org_other", "name": "Other"}],
            "memberships": [{"organization_id": "org_other", "email_address": "ada@example.com"}],
        }
    )
    status, (error,) = clerk.refusal("POST", ORG_BULK, [MEMBER])
    assert (status, error["code"]) == (422, "exclusive_organization_membership")


def test_an_error_is_never_cut_short_of_its_trace_id(clerk: Any) -> None:
    """Each answer has a trace id of its own: 32 lower-case hex digits."""
    traces = [clerk.ask("GET", "/v1/none").header("x-clerk-trace-id") for _ in range(3)]
    assert len(set(traces)) == 3
    assert all(len(trace) == 32 and set(trace) <= set("0123456789abcdef") for trace in traces)
