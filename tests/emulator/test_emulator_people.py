"""Users, organizations, memberships, roles and the instance."""

from __future__ import annotations

from typing import Any

import pytest

NOON = 1_800_014_400_000


def _ids(users: list[dict[str, Any]]) -> str:
    return " ".join(user["id"].partition("_")[2] for user in users)


@pytest.fixture
def crowd(clerk: Any) -> Any:
    """Three users made a minute apart, the newest last; c has two addresses."""
    clerk.backend.seed(
        {
            "organizations": [{"id": "org_acme", "name": "Acme"}],
            "users": [
                {"id": "user_a", "email_address": "zoe@example.com", "username": "zz", "created_at": NOON - 180_000},
                {"id": "user_b", "email_address": "ada@example.com", "first_name": "Ada", "created_at": NOON - 120_000},
                {
                    "id": "user_c",
                    "email_addresses": ["main@example.com", "Second@example.com"],
                    "last_name": "Lovelace",
                    "external_id": "ext-1",
                    "banned": True,
                    "created_at": NOON - 60_000,
                },
            ],
            "memberships": [
                {"organization_id": "org_acme", "user_id": "user_a", "role": "org:admin", "created_at": NOON - 3},
                {"organization_id": "org_acme", "user_id": "user_b", "created_at": NOON - 2},
            ],
        }
    )
    return clerk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "c b a"),
        ("?limit=1&offset=1", "b"),
        ("?order_by=created_at", "a b c"),
        ("?order_by=email_address", "b c a"),
        ("?starting_after=user_c", "b a"),
        ("?starting_after=user_c&limit=1", "b"),
        ("?starting_after=user_a", ""),
        ("?email_address=ADA@example.com&email_address=none@example.com&email_address=second@example.com", "c b"),
        ("?email_address=nobody@example.com", ""),
        ("?email_address=second@example.com&email_address=main@example.com", "c"),
        ("?user_id=user_a&user_id=user_none", "a"),
        ("?user_id=-user_a", "c b"),
        ("?user_id=%2Buser_a&user_id=%2Buser_b", "b a"),
        ("?external_id=ext-1", "c"),
        ("?username=zz", "a"),
        ("?organization_id=org_acme", "b a"),
        ("?organization_id=-org_acme", "c"),
        ("?query=ADA", "b"),
        ("?query=lovelace", "c"),
        ("?query=user_a", "a"),
        ("?email_address_query=econd", "c"),
        ("?username_query=Z", "a"),
        ("?name_query=lace", "c"),
        ("?banned=true", "c"),
        ("?banned=false", "b a"),
        (f"?created_at_after={NOON - 120_000}", "c"),
        (f"?created_at_before={NOON - 120_000}", "a"),
        ("?phone_number=5", ""),
        ("?last_sign_in_at_after=1", ""),
    ],
)
def test_users_are_found_by_every_documented_filter(crowd: Any, query: str, expected: str) -> None:
    """A plain array, newest first; addresses match exactly whatever their case, queries in part."""
    assert _ids(crowd.get(f"/v1/users{query}")) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("starting_after=user_a&order_by=username", "form_param_value_invalid"),
        ("starting_after=user_a&offset=1", "form_param_value_invalid"),
        ("starting_after=user_none", "form_resource_not_found"),
        ("order_by=shoe_size", "form_param_value_invalid"),
        ("&".join(["email_address=a@example.com"] * 101), "form_param_array_size_exceeded"),
    ],
)
def test_a_cursor_that_cannot_be_followed_is_422(crowd: Any, query: str, code: str) -> None:
    """starting_after needs the order by creation and no offset (documented); at most 100 addresses a read."""
    status, (error,) = crowd.refusal("GET", f"/v1/users?{query}")
    assert (status, error["code"]) == (422, code)


def test_a_hundred_addresses_are_one_read(crowd: Any) -> None:
    """100 addresses are looked up at once, and limit still cuts the answer."""
    query = "&".join(f"email_address=p{number}@example.com" for number in range(98))
    found = crowd.get(f"/v1/users?{query}&email_address=ada@example.com&email_address=zoe@example.com&limit=1")
    assert _ids(found) == "b"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "b a"),
        ("?order_by=created_at", "a b"),
        ("?role=org:admin", "a"),
        ("?role=org:none", ""),
        ("?email_address=ADA@example.com", "b"),
        ("?email_address=main@example.com", ""),
        ("?user_id=-user_a", "b"),
        ("?query=zoe", "a"),
        ("?limit=1&order_by=email_address", "b"),
    ],
)
def test_members_are_found_by_the_same_filters(crowd: Any, query: str, expected: str) -> None:
    """Data and total_count, with the user's public data and the organization in each."""
    answer = crowd.get(f"/v1/organizations/org_acme/memberships{query}")
    assert " ".join(one["public_user_data"]["user_id"][5:] for one in answer["data"]) == expected
    assert answer["total_count"] >= len(answer["data"])


def test_an_organization_is_found_by_id_and_slug_and_counts_when_asked(crowd: Any) -> None:
    """include_members_count adds members and pending invitations; without it neither key is there."""
    crowd.post("/v1/organizations/org_acme/invitations", {"email_address": "new@example.com", "role": "org:member"})
    plain = crowd.get("/v1/organizations/acme")
    assert plain["id"] == "org_acme"
    assert not {"members_count", "pending_invitations_count"} & set(plain)
    counted = crowd.get("/v1/organizations/org_acme?include_members_count=true")
    assert (counted["members_count"], counted["pending_invitations_count"]) == (2, 1)


def test_organizations_are_listed(crowd: Any) -> None:
    """Query finds names and slugs in part, user_id the organizations of a member."""
    crowd.clock.advance(1)
    crowd.backend.seed({"organizations": [{"id": "org_b", "name": "Bell"}]})
    assert [one["id"] for one in crowd.get("/v1/organizations")["data"]] == ["org_b", "org_acme"]
    assert [one["id"] for one in crowd.get("/v1/organizations?order_by=name")["data"]] == ["org_acme", "org_b"]
    assert [one["id"] for one in crowd.get("/v1/organizations?query=cme")["data"]] == ["org_acme"]
    assert [one["id"] for one in crowd.get("/v1/organizations?user_id=user_a")["data"]] == ["org_acme"]
    assert [one["id"] for one in crowd.get("/v1/organizations?organization_id=org_b")["data"]] == ["org_b"]
    assert crowd.get("/v1/organizations?order_by=-members_count&limit=1")["data"][0]["id"] == "org_acme"


def test_there_are_two_roles_until_more_are_seeded(clerk: Any) -> None:
    """org:admin and org:member are there from the start; seeded ones are listed and can be given."""
    assert [role["key"] for role in clerk.get("/v1/organization_roles?order_by=key")["data"]] == [
        "org:admin",
        "org:member",
    ]
    clerk.backend.seed({"organizations": [{"id": "org_a"}], "roles": [{"key": "org:night_guard"}]})
    (role,) = clerk.get("/v1/organization_roles?query=night")["data"]
    assert role["name"] == "Night guard"
    made = clerk.post(
        "/v1/organizations/org_a/invitations", {"email_address": "a@example.com", "role": "org:night_guard"}
    )
    assert made["role_name"] == "Night guard"


@pytest.mark.parametrize(
    ("key", "environment"),
    [("sk_test_a", "development"), ("test_a", "development"), ("sk_live_a", "production"), ("live_a", "production")],
)
def test_the_key_says_which_environment_it_is(clerk: Any, key: str, environment: str) -> None:
    """GET /v1/instance reads the environment off the key; the instance's id stays the same."""
    answer = clerk.get("/v1/instance", key=key)
    assert answer == {
        "object": "instance",
        "id": clerk.get("/v1/instance")["id"],
        "environment_type": environment,
        "allowed_origins": None,
    }


def test_organization_settings_show_the_limit(make: Any) -> None:
    """The settings' membership limit is shown, and organizations made through the API have it."""
    clerk = make(max_allowed_memberships=7)
    assert clerk.get("/v1/instance/organization_settings")["max_allowed_memberships"] == 7
    assert clerk.post("/v1/organizations", {"name": "New One"})["max_allowed_memberships"] == 7


def test_users_organizations_and_memberships_can_be_made(clerk: Any) -> None:
    """The three POSTs make what the reads then find; the creator administers."""
    boss = clerk.post("/v1/users", {"email_address": ["Boss@example.com"], "first_name": "Bo"})
    made = clerk.post(
        "/v1/organizations", {"name": "Night & Day", "created_by": boss["id"], "max_allowed_memberships": 2}
    )
    assert (made["slug"], made["created_by"]) == ("night-day", boss["id"])
    second = clerk.post("/v1/users", {"username": "nomail"})
    path = f"/v1/organizations/{made['id']}/memberships"
    assert clerk.post(path, {"user_id": second["id"], "role": "org:member"})["role_name"] == "Member"
    status, (error,) = clerk.refusal("POST", path, {"user_id": second["id"], "role": "org:member"})
    assert (status, error["code"]) == (400, "already_a_member_in_organization")
    third = clerk.post("/v1/users", {"email_address": ["third@example.com"]})
    status, (error,) = clerk.refusal("POST", path, {"user_id": third["id"], "role": "org:member"})
    assert (status, error["code"]) == (403, "organization_membership_quota_exceeded")
    assert clerk.get(f"/v1/users/{boss['id']}")["email_addresses"][0]["email_address"] == "boss@example.com"


@pytest.mark.parametrize(
    ("target", "document", "status", "code"),
    [
        ("/v1/users", {}, 422, "form_param_missing"),
        ("/v1/users", {"email_address": "a@example.com"}, 422, "form_param_type_invalid"),
        ("/v1/users", {"email_address": ["nope"]}, 422, "form_param_format_invalid"),
        ("/v1/users", {"email_address": ["ADA@example.com"]}, 422, "form_identifier_exists"),
        ("/v1/users", {"email_address": ["x@example.com"], "colour": "red"}, 422, "form_param_unknown"),
        ("/v1/organizations", {}, 422, "form_param_missing"),
        ("/v1/organizations", {"name": "A", "slug": "Not Fine"}, 422, "form_param_format_invalid"),
        ("/v1/organizations", {"name": "A", "slug": "acme"}, 422, "form_identifier_exists"),
        ("/v1/organizations", {"name": "A", "max_allowed_memberships": -1}, 422, "form_param_value_invalid"),
        ("/v1/organizations", {"name": "A", "created_by": "user_none"}, 400, "organization_creator_not_found"),
        ("/v1/organizations/org_acme/memberships", {"user_id": "user_c"}, 422, "form_param_missing"),
        (
            "/v1/organizations/org_acme/memberships",
            {"user_id": "user_z", "role": "org:member"},
            404,
            "resource_not_found",
        ),
        ("/v1/organizations/org_acme/memberships", {"user_id": "user_c", "role": "org:x"}, 404, "resource_not_found"),
    ],
)
def test_what_cannot_be_made_is_refused(crowd: Any, target: str, document: Any, status: int, code: str) -> None:
    """The three POSTs refuse with the code of the error list."""
    found, (error,) = crowd.refusal("POST", target, document)
    assert (found, error["code"]) == (status, code)
