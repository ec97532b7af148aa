"""What the four creating calls make of good items."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

NOON = 1_800_014_400_000
DAY = 86_400_000
BULK, SINGLE = "/v1/invitations/bulk", "/v1/invitations"
ORG_BULK, ORG_SINGLE = "/v1/organizations/org_acme/invitations/bulk", "/v1/organizations/org_acme/invitations"


def test_an_application_invitation_has_exactly_the_recorded_shape(clerk: Any) -> None:
    """A pending invitation carries the recorded keys: no revoked, a url, millisecond times, thirty days."""
    (made,) = clerk.post(BULK, [{"email_address": "ada@example.com", "public_metadata": {"team": "Ünit"}}])
    assert re.fullmatch(r"inv_[A-Za-z0-9]{27}", made["id"])
    ticket = made["url"].removeprefix("https://clerkbulk-emulator.accounts.dev/v1/tickets/accept?ticket=")
    assert re.fullmatch(r"emulated_[0-9a-f]{24}", ticket)
    assert made == {
        "object": "invitation",
        "id": made["id"],
        "email_address": "ada@example.com",
        "public_metadata": {"team": "Ünit"},
        "status": "pending",
        "url": made["url"],
        "expires_at": NOON + 30 * DAY,
        "created_at": NOON,
        "updated_at": NOON,
    }


def test_a_single_call_answers_with_the_invitation_itself(clerk: Any) -> None:
    """The single call answers with one object, not with a list of one."""
    made = clerk.post(SINGLE, {"email_address": "ada@example.com"})
    assert (made["object"], made["email_address"], made["public_metadata"]) == ("invitation", "ada@example.com", {})


def test_an_organization_invitation_has_every_key_the_spec_requires(acme: Any) -> None:
    """A pending organization invitation names role, organization and inviter, with the inviter's public data."""
    answer = acme.post(
        ORG_BULK,
        [
            {
                "email_address": "ada@example.com",
                "role": "org:admin",
                "inviter_user_id": "user_boss",
                "public_metadata": {"a": 1},
                "private_metadata": {"b": 2},
                "redirect_url": "https://example.com/welcome",
                "expires_in_days": 7,
                "notify": False,
            }
        ],
    )
    (made,) = answer["data"]
    assert answer["total_count"] == 1
    assert re.fullmatch(r"orginv_[A-Za-z0-9]{27}", made["id"])
    assert made == {
        "object": "organization_invitation",
        "id": made["id"],
        "email_address": "ada@example.com",
        "role": "org:admin",
        "role_name": "Admin",
        "organization_id": "org_acme",
        "inviter_id": "user_boss",
        "public_inviter_data": {
            "user_id": "user_boss",
            "first_name": "Bo",
            "last_name": "Ss",
            "image_url": "https://img.example.com/nobody.png",
            "has_image": False,
            "identifier": "boss@example.com",
        },
        "status": "pending",
        "public_metadata": {"a": 1},
        "private_metadata": {"b": 2},
        "url": made["url"],
        "expires_at": NOON + 7 * DAY,
        "created_at": NOON,
        "updated_at": NOON,
    }


def test_without_an_inviter_nobody_in_particular_invites(acme: Any) -> None:
    """An organization invitation without inviter_user_id has inviter_id and public_inviter_data null."""
    made = acme.post(ORG_SINGLE, {"email_address": "ada@example.com", "role": "org:member"})
    assert (made["inviter_id"], made["public_inviter_data"], made["role_name"]) == (None, None, "Member")


@pytest.mark.parametrize(
    ("target", "item"),
    [
        (
            BULK,
            {
                "email_address": "ada@example.com",
                "public_metadata": None,
                "redirect_url": None,
                "notify": None,
                "ignore_existing": None,
                "expires_in_days": None,
                "template_slug": "waitlist_invitation",
            },
        ),
        (
            ORG_BULK,
            {
                "email_address": "ada@example.com",
                "role": "org:member",
                "inviter_user_id": None,
                "public_metadata": None,
                "private_metadata": None,
                "redirect_url": None,
                "expires_in_days": None,
                "notify": None,
            },
        ),
    ],
)
def test_null_stands_for_the_default_where_the_spec_lets_it(acme: Any, target: str, item: dict[str, Any]) -> None:
    """Every parameter the spec calls nullable may be null in a bulk item, and counts as not given."""
    acme.post(target, [item])
    kind = "invitations" if target == BULK else "organization_invitations"
    (made,) = acme.backend.state()[kind]
    assert (made["public_metadata"], made["expires_at"]) == ({}, NOON + 30 * DAY)


@pytest.mark.parametrize(
    "url",
    ["https://example.com/a?b=c#d", "http://localhost:3000", "/welcome", "my-app://welcome", "https://EXAMPLE.com"],
)
def test_redirect_urls_that_lead_somewhere_are_taken(clerk: Any, url: str) -> None:
    """Absolute URLs, own schemes and paths are usable redirect URLs."""
    clerk.post(SINGLE, {"email_address": "ada@example.com", "redirect_url": url})


@pytest.mark.parametrize(("days", "least"), [(1, 1), (365, 365)])
def test_expiry_may_be_one_day_to_a_year(clerk: Any, days: int, least: int) -> None:
    """expires_in_days takes both ends of its range."""
    made = clerk.post(SINGLE, {"email_address": "ada@example.com", "expires_in_days": days})
    assert made["expires_at"] - made["created_at"] == least * DAY


def test_ignore_existing_invites_a_second_time(clerk: Any) -> None:
    """ignore_existing lifts the check for a pending invitation: both are pending after it."""
    clerk.post(SINGLE, {"email_address": "ada@example.com"})
    clerk.post(BULK, [{"email_address": "ada@example.com", "ignore_existing": True}])
    assert clerk.addresses() == ["ada@example.com", "ada@example.com"]


def test_a_revoked_invitation_frees_its_address(clerk: Any) -> None:
    """After a revocation the same address can be invited again (recorded)."""
    made = clerk.post(SINGLE, {"email_address": "ada@example.com"})
    clerk.post(f"/v1/invitations/{made['id']}/revoke")
    assert clerk.post(SINGLE, {"email_address": "ADA@example.com"})["email_address"] == "ada@example.com"


def test_organizations_do_not_see_each_others_invitations(acme: Any) -> None:
    """A pending invitation to one organization, or to the application, leaves the others free."""
    acme.backend.seed({"organizations": [{"id": "org_other", "name": "Other"}]})
    item = {"email_address": "ada@example.com", "role": "org:member"}
    acme.post(ORG_SINGLE, item)
    acme.post("/v1/organizations/org_other/invitations", item)
    acme.post(SINGLE, {"email_address": "ada@example.com"})
    assert acme.addresses("organization_invitations") == ["ada@example.com", "ada@example.com"]


def test_the_same_seed_gives_the_same_ids(make: Callable[..., Any]) -> None:
    """Ids and tickets hang on seed, clock and calls alone; another seed gives others."""

    def sent(seed: int) -> Any:
        return make(seed=seed).post(BULK, [{"email_address": "ada@example.com"}])

    assert sent(1) == sent(1)
    assert sent(1)[0]["id"] != sent(2)[0]["id"]


def test_later_ids_sort_after_earlier_ones(clerk: Any) -> None:
    """Ids are ordered by the second in which they were made, as Clerk's are."""
    ids = []
    for number in range(20):
        clerk.clock.advance(1)
        ids.append(clerk.post(SINGLE, {"email_address": f"p{number}@example.com"})["id"])
    assert ids == sorted(ids)
    assert len(set(ids)) == 20


@given(count=st.integers(1, 10), metadata=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9)))
def test_all_of_a_call_are_there_afterwards(count: int, metadata: dict[str, Any]) -> None:
    """Whatever a good bulk call carries is created once each, metadata unchanged."""
    from clerkbulk.emulator.backend import Backend
    from clerkbulk.emulator.exchange import Request, to_json

    backend = Backend(limits="off")
    items = [{"email_address": f"p{number}@example.com", "public_metadata": metadata} for number in range(count)]
    headers = {"Authorization": "Bearer sk_test_fake", "Content-Type": "application/json"}
    answer = backend.answer(Request.to("POST", BULK, headers, to_json(items)))
    assert [entry["email_address"] for entry in answer.document()] == [item["email_address"] for item in items]
    assert [entry["public_metadata"] for entry in backend.state()["invitations"]] == [metadata] * count
