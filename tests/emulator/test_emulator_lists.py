"""Lists, single readings and revocations of invitations."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request

NOON = 1_800_014_400_000
DAY = 86_400_000


@pytest.fixture
def mixed(acme: Any) -> Any:
    """Four application invitations and four to Acme, one in each status, made a minute apart, newest last."""
    entries = []
    for place, status in enumerate(("pending", "accepted", "revoked", "expired")):
        entry = {
            "id": f"inv_{status}",
            "email_address": f"{'dcba'[place]}.{status}@example.com",
            "status": status,
            "created_at": NOON - 600_000 + place * 60_000,
            "expires_at": NOON - 1 if status == "expired" else NOON + (10 - place) * DAY,
        }
        entries += [entry, {**entry, "id": f"orginv_{status}", "organization_id": "org_acme"}]
    acme.backend.seed({"invitations": entries})
    return acme


def _ids(entries: list[dict[str, Any]]) -> str:
    return " ".join(entry["id"].partition("_")[2] for entry in entries)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "expired accepted pending"),
        ("?status=revoked", "revoked"),
        ("?status=pending&status=revoked", "revoked pending"),
        ("?status=expired", "expired"),
        ("?order_by=created_at", "pending accepted expired"),
        ("?order_by=%2Bcreated_at", "pending accepted expired"),
        ("?order_by=+created_at", "pending accepted expired"),
        ("?order_by=-email_address", "pending accepted expired"),
        ("?order_by=email_address", "expired accepted pending"),
        ("?order_by=-expires_at", "pending accepted expired"),
        ("?query=ACCEPTED@", "accepted"),
        ("?query=inv_pending", "pending"),
        ("?query=inv_pend", ""),
        ("?query=example.com&limit=1", "expired"),
        ("?limit=1&offset=1", "accepted"),
        ("?offset=3", ""),
        ("?limit=500", "expired accepted pending"),
        ("?paginated=false", "expired accepted pending"),
    ],
)
def test_the_application_list_is_filtered_ordered_and_cut(mixed: Any, query: str, expected: str) -> None:
    """Newest first, revoked ones only when asked for; every documented parameter does what it says."""
    assert _ids(mixed.get(f"/v1/invitations{query}")) == expected


def test_paginated_wraps_the_application_list(mixed: Any) -> None:
    """paginated=true answers data and the number of all that match, not only of the page."""
    answer = mixed.get("/v1/invitations?paginated=true&limit=2&status=pending&status=accepted&status=revoked")
    assert (_ids(answer["data"]), answer["total_count"]) == ("revoked accepted", 3)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "expired revoked accepted pending"),
        ("?status=pending&status=expired", "expired pending"),
        ("?email_address=C.Accepted@example.com", "accepted"),
        ("?email_address=accepted@example.com", ""),
        ("?email_address=c.accepted@example.com&status=pending", ""),
        ("?order_by=email_address&limit=2", "expired revoked"),
        ("/pending", "pending"),
    ],
)
def test_the_organization_list_is_filtered_ordered_and_cut(mixed: Any, query: str, expected: str) -> None:
    """All statuses unless narrowed, one address exactly, always data and total_count."""
    answer = mixed.get(f"/v1/organizations/org_acme/invitations{query}")
    assert _ids(answer["data"]) == expected
    assert set(answer) == {"data", "total_count"}


def test_the_list_over_all_organizations_names_them(mixed: Any) -> None:
    """GET /v1/organization_invitations carries the organization's public data, and finds parts of addresses."""
    answer = mixed.get("/v1/organization_invitations?query=pending&status=pending")
    (entry,) = answer["data"]
    assert entry["public_organization_data"] == {
        "id": "org_acme",
        "name": "Acme",
        "slug": "acme",
        "image_url": "https://img.example.com/nobody.png",
        "has_image": False,
    }
    assert answer["total_count"] == 1
    assert mixed.get("/v1/organization_invitations")["total_count"] == 4


def test_a_users_organization_invitations_go_by_the_users_addresses(acme: Any) -> None:
    """Every address of a user counts, in every organization."""
    acme.backend.seed(
        {
            "organizations": [{"id": "org_b", "name": "B"}],
            "users": [{"id": "user_two", "email_addresses": ["one@example.com", "two@example.com"]}],
            "invitations": [
                {"id": "orginv_1", "email_address": "one@example.com", "organization_id": "org_acme"},
                {"id": "orginv_2", "email_address": "two@example.com", "organization_id": "org_b", "status": "revoked"},
                {"id": "orginv_3", "email_address": "three@example.com", "organization_id": "org_b"},
            ],
        }
    )
    answer = acme.get("/v1/users/user_two/organization_invitations")
    assert sorted(entry["id"] for entry in answer["data"]) == ["orginv_1", "orginv_2"]
    assert _ids(acme.get("/v1/users/user_two/organization_invitations?status=pending")["data"]) == "1"


def test_one_organization_invitation_is_read_by_id(mixed: Any) -> None:
    """The single reading answers with the invitation; another organization does not have it."""
    assert mixed.get("/v1/organizations/org_acme/invitations/orginv_revoked")["status"] == "revoked"
    mixed.backend.seed({"organizations": [{"id": "org_b", "name": "B"}]})
    status, (error,) = mixed.refusal("GET", "/v1/organizations/org_b/invitations/orginv_revoked")
    assert (status, error["code"]) == (404, "resource_not_found")


@pytest.mark.parametrize(
    ("query", "code", "name"),
    [
        ("limit=0", "form_param_value_invalid", "limit"),
        ("limit=501", "form_param_value_too_large", "limit"),
        ("limit=ten", "form_param_value_invalid", "limit"),
        ("limit=-1", "form_param_value_invalid", "limit"),
        ("limit=²", "form_param_value_invalid", "limit"),
        ("offset=-1", "form_param_value_invalid", "offset"),
        ("offset=x", "form_param_value_invalid", "offset"),
        ("status=open", "form_param_value_invalid", "status"),
        ("order_by=colour", "form_param_value_invalid", "order_by"),
        ("paginated=maybe", "form_param_value_invalid", "paginated"),
    ],
)
def test_bad_query_parameters_are_named(clerk: Any, query: str, code: str, name: str) -> None:
    """A query parameter outside its range is 422 with its name."""
    status, (error,) = clerk.refusal("GET", f"/v1/invitations?{query}")
    assert (status, error["code"], error["meta"]) == (422, code, {"param_name": name})


def test_a_page_is_ten_unless_asked_otherwise(clerk: Any) -> None:
    """Limit defaults to 10 (documented)."""
    clerk.backend.seed({"invitations": [{"email_address": f"p{number}@example.com"} for number in range(12)]})
    assert len(clerk.get("/v1/invitations")) == 10
    assert len(clerk.get("/v1/invitations?limit=11")) == 11


@pytest.mark.parametrize(
    ("invitation_id", "status", "code"),
    [
        ("inv_revoked", 400, "invitation_already_revoked"),
        ("inv_accepted", 400, "invitation_already_accepted"),
        ("inv_pending", 200, None),
        ("inv_expired", 200, None),
    ],
)
def test_application_invitations_are_revoked_unless_revoked_or_accepted(
    mixed: Any, invitation_id: str, status: int, code: str | None
) -> None:
    """A revoked answer has revoked true, no url, and a later updated_at; the other states say which they are."""
    mixed.clock.advance(60)
    response = mixed.ask("POST", f"/v1/invitations/{invitation_id}/revoke")
    assert response.status == status
    document = response.document()
    if code is not None:
        assert document["errors"][0]["code"] == code
        return
    assert (document["status"], document["revoked"], "url" in document) == ("revoked", True, False)
    assert document["updated_at"] == NOON + 60_000


@pytest.mark.parametrize("invitation_id", ["orginv_revoked", "orginv_accepted", "orginv_expired"])
def test_organization_invitations_are_revoked_while_pending_only(mixed: Any, invitation_id: str) -> None:
    """A pending one is revoked and loses its url; any other is 404, not 400 (documented)."""
    base = "/v1/organizations/org_acme/invitations"
    assert mixed.post(f"{base}/orginv_pending/revoke")["url"] is None
    status, (error,) = mixed.refusal("POST", f"{base}/{invitation_id}/revoke")
    assert (status, error["code"]) == (404, "organization_invitation_not_pending")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"requesting_user_id": "user_boss"}, 200),
        ({"requesting_user_id": None}, 200),
        ({}, 200),
        ({"requesting_user_id": "user_worker"}, 403),
        ({"requesting_user_id": "user_none"}, 404),
    ],
)
def test_who_asks_for_a_revocation_must_administer(mixed: Any, body: dict[str, Any], status: int) -> None:
    """requesting_user_id is optional, and checked when given."""
    response = mixed.ask("POST", "/v1/organizations/org_acme/invitations/orginv_pending/revoke", body)
    assert response.status == status


def test_expiry_follows_the_clock(clerk: Any) -> None:
    """A pending invitation expires when its time has come, not before, and loses its url."""
    made = clerk.post("/v1/invitations", {"email_address": "ada@example.com", "expires_in_days": 2})
    clerk.clock.advance(2 * 86_400 - 1)
    assert clerk.get("/v1/invitations")[0]["status"] == "pending"
    clerk.clock.advance(1)
    assert clerk.get("/v1/invitations") == [
        {key: value for key, value in made.items() if key != "url"} | {"status": "expired"}
    ]


STATUSES = st.sampled_from(["pending", "accepted", "revoked", "expired"])


@given(
    statuses=st.lists(STATUSES, max_size=40),
    minutes=st.lists(st.integers(0, 5), min_size=40, max_size=40),
    limit=st.integers(1, 12),
    order=st.sampled_from(["created_at", "-created_at", "email_address", "-email_address", "-expires_at"]),
)
def test_paging_walks_everything_exactly_once(statuses: list[str], minutes: list[int], limit: int, order: str) -> None:
    """Whatever the order and the size of a page, the pages together hold each invitation once, in order."""
    backend = Backend(limits="off", clock=VirtualClock(NOON / 1000))
    backend.seed(
        {
            "invitations": [
                {
                    "email_address": f"p{place % 7}.{place}@example.com",
                    "status": status,
                    "created_at": NOON - minutes[place] * 60_000,
                    "expires_at": NOON + DAY,
                }
                for place, status in enumerate(statuses)
            ]
        }
    )
    walked: list[dict[str, Any]] = []
    total = None
    for page in range(len(statuses) // limit + 2):
        target = f"/v1/invitations?paginated=true&limit={limit}&offset={page * limit}&order_by={order}"
        answer = backend.answer(Request.to("GET", target, {"Authorization": "Bearer sk_test_fake"})).document()
        walked += answer["data"]
        total = answer["total_count"]
    wanted = [one["id"] for one in backend.state()["invitations"] if one["status"] != "revoked"]
    assert sorted(one["id"] for one in walked) == sorted(wanted)
    assert total == len(wanted)
    ranks = [one[order.lstrip("-")] for one in walked]
    assert ranks == sorted(ranks, reverse=order.startswith("-"))
