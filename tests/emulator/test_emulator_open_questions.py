"""Each question Clerk leaves open is a setting, and each of its answers changes what happens."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from clerkbulk.contract.unknown import UNKNOWNS
from clerkbulk.emulator.instance import Settings

BULK = "/v1/invitations/bulk"
ORG_BULK = "/v1/organizations/org_acme/invitations/bulk"


def _people(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [{"email_address": f"{name}@example.com", **more} for name in names]


def test_every_open_question_is_a_setting_at_its_assumed_answer() -> None:
    """Nothing unknown about Clerk is decided in secret."""
    settings = Settings()
    for question in UNKNOWNS:
        assert question.name in {entry.name for entry in fields(Settings)}
        assert getattr(settings, question.name) == question.assumed


@pytest.mark.parametrize(("answer", "there"), [("all_or_nothing", ["a"]), ("partial", ["a", "b", "c"])])
@pytest.mark.parametrize(
    "bad", [{"email_address": "a@example.com"}, {"email_address": "user@example.com"}, {"email_address": "nonsense"}]
)
def test_atomicity(make: Any, answer: str, there: list[str], bad: dict[str, str]) -> None:
    """One refused item keeps the others out, or does not; the answer is the refusal both times."""
    clerk = make(atomicity=answer)
    clerk.backend.seed({"users": [{"email_address": "user@example.com"}]})
    clerk.post(BULK, _people("a"))
    status, _ = clerk.refusal("POST", BULK, [*_people("b"), bad, *_people("c")])
    assert status in {400, 422}
    assert clerk.addresses() == [f"{name}@example.com" for name in there]


def test_a_quota_hit_half_way_lets_the_first_ones_in_where_calls_are_partial(make: Any) -> None:
    """Under partial, as many are created as there is room for."""
    clerk = make(atomicity="partial")
    clerk.backend.seed({"organizations": [{"id": "org_acme", "max_allowed_memberships": 2}]})
    status, (error,) = clerk.refusal("POST", ORG_BULK, _people("a", "b", "c", role="org:member"))
    assert (status, error["code"]) == (403, "organization_membership_quota_exceeded")
    assert clerk.addresses("organization_invitations") == ["a@example.com", "b@example.com"]


@pytest.mark.parametrize(("answer", "order"), [("as_sent", "bca"), ("reversed", "acb"), ("by_address", "abc")])
def test_result_order(make: Any, answer: str, order: str) -> None:
    """A bulk answer lists its invitations in the order that is set, in both forms."""
    clerk = make(result_order=answer)
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    assert "".join(one["email_address"][0] for one in clerk.post(BULK, _people("b", "c", "a"))) == order
    answered = clerk.post(ORG_BULK, _people("b", "c", "a", role="org:member"))
    assert "".join(one["email_address"][0] for one in answered["data"]) == order


@pytest.mark.parametrize(("answer", "status"), [("refused", 422), ("invited", 200)])
def test_ignore_existing_users(make: Any, answer: str, status: int) -> None:
    """ignore_existing lets an invitation to a user's address through only where it is set so."""
    clerk = make(ignore_existing_users=answer)
    clerk.backend.seed({"users": [{"email_address": "user@example.com"}]})
    assert clerk.ask("POST", BULK, _people("user")).status == 422
    assert clerk.ask("POST", BULK, _people("user", ignore_existing=True)).status == status


@pytest.mark.parametrize(("answer", "stored"), [("lower", "ada@example.com"), ("as_sent", "Ada@Example.COM")])
def test_stored_case(make: Any, answer: str, stored: str) -> None:
    """The stored spelling is a setting; what counts as the same address is not."""
    clerk = make(stored_case=answer)
    (made,) = clerk.post(BULK, [{"email_address": "Ada@Example.COM"}])
    assert made["email_address"] == stored
    assert clerk.ask("POST", BULK, _people("ADA")).status == 400


@pytest.mark.parametrize(("answer", "status"), [("refused", 400), ("created_twice", 200)])
def test_repeated_address(make: Any, answer: str, status: int) -> None:
    """The same address twice in one call is a duplicate, or two invitations."""
    clerk = make(repeated_address=answer)
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    assert clerk.ask("POST", BULK, _people("a", "A")).status == status
    assert clerk.ask("POST", ORG_BULK, _people("a", "A", role="org:member")).status == status


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            "403 not_an_admin_in_organization",
            {
                "message": "not an administrator",
                "long_message": "Current user is not an administrator in the organization. "
                "Only administrators can perform this action.",
                "code": "not_an_admin_in_organization",
            },
        ),
        (
            "403 missing_organization_permission",
            {
                "message": "missing permission",
                "long_message": "Current user is missing an organization permission.",
                "code": "missing_organization_permission",
                "meta": {"permissions": ["org:sys_memberships:manage"]},
            },
        ),
    ],
)
def test_non_admin_inviter(make: Any, answer: str, error: dict[str, Any]) -> None:
    """An inviter who does not administer is refused with the code that is set."""
    clerk = make(non_admin_inviter=answer)
    clerk.backend.seed(
        {"organizations": [{"id": "org_acme"}], "users": [{"id": "user_x", "email_address": "x@example.com"}]}
    )
    items = _people("a", role="org:member", inviter_user_id="user_x")
    assert clerk.refusal("POST", ORG_BULK, items) == (403, [error])


@pytest.mark.parametrize(("answer", "status"), [("free", 200), ("block", 400)])
def test_expired_invitations(make: Any, answer: str, status: int) -> None:
    """An expired invitation leaves its address free, or does not."""
    clerk = make(expired_invitations=answer)
    clerk.backend.seed({"invitations": [{"email_address": "a@example.com", "status": "expired"}]})
    assert clerk.ask("POST", BULK, _people("a")).status == status


@pytest.mark.parametrize(("answer", "found"), [("partial", 2), ("exact", 1)])
def test_list_query(make: Any, answer: str, found: int) -> None:
    """Query finds parts of addresses, or whole ones only."""
    clerk = make(list_query=answer)
    clerk.post(BULK, _people("a", "aa"))
    assert len(clerk.get("/v1/invitations?query=a@example.com")) == found


@pytest.mark.parametrize(("answer", "found"), [("all", "ar"), ("first", "a"), ("last", "r")])
def test_repeated_status(make: Any, answer: str, found: str) -> None:
    """A status given twice lists both, or only one of the two."""
    clerk = make(repeated_status=answer)
    statuses = {"a": "accepted", "r": "revoked", "p": "pending"}
    clerk.backend.seed(
        {
            "invitations": [
                {"email_address": f"{name}@example.com", "status": status} for name, status in statuses.items()
            ]
        }
    )
    listed = clerk.get("/v1/invitations?status=accepted&status=revoked")
    assert sorted(one["email_address"][0] for one in listed) == list(found)


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ("404 resource_not_found", 404, "resource_not_found"),
        ("422 form_param_value_invalid", 422, "form_param_value_invalid"),
    ],
)
def test_unknown_role(make: Any, answer: str, status: int, code: str) -> None:
    """An unknown role is 404 now and was 422 once; both name the parameter."""
    clerk = make(unknown_role=answer)
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    found, (error,) = clerk.refusal("POST", ORG_BULK, _people("a", role="org:king"))
    assert (found, error["code"], error["meta"]) == (status, code, {"param_name": "role"})


@pytest.mark.parametrize(
    ("answer", "status", "code", "meta"),
    [
        ("404 resource_not_found", 404, "resource_not_found", None),
        ("404 resource_not_found with param_name", 404, "resource_not_found", {"param_name": "inviter_user_id"}),
        ("422 form_resource_not_found", 422, "form_resource_not_found", {"param_name": "inviter_user_id"}),
    ],
)
def test_unknown_inviter(make: Any, answer: str, status: int, code: str, meta: dict[str, str] | None) -> None:
    """An inviter who is no user is refused as set."""
    clerk = make(unknown_inviter=answer)
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    found, (error,) = clerk.refusal("POST", ORG_BULK, _people("a", role="org:member", inviter_user_id="user_z"))
    assert (found, error["code"], error.get("meta")) == (status, code, meta)


def test_an_ignored_key_has_no_effect_whatever_its_name(make: Any) -> None:
    """A parameter of the application's items, ignored in one for an organization, does not lift what it lifts there."""
    clerk = make(unknown_keys="ignored")
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    clerk.post(ORG_BULK, _people("a", role="org:member"))
    again = _people("a", role="org:member", ignore_existing=True)
    assert clerk.refusal("POST", ORG_BULK, again)[0] == 400
    assert clerk.ask("POST", ORG_BULK, _people("b", role="org:member", index=7)).status == 200
