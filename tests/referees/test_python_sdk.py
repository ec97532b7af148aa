"""Clerk's official Python SDK takes the emulator for Clerk, over a real port.

What it sends and how it reads recorded answers is held in tests/contract/test_sdk.py and test_sdk_replays.py. Here it
is used as a program uses it. Where it differs from the contract, the test says so and expects it: clerk-contract 8.3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from clerk_backend_api import Clerk, models
from clerk_backend_api.models.listinvitationsop import ListInvitationsQueryParamStatus as Status
from clerk_backend_api.models.listorganizationinvitationsop import (
    ListOrganizationInvitationsQueryParamStatus as OrganizationStatus,
)

import clerkbulk as cb

NOON = 1_800_014_400_000
DAY = 86_400_000
KEY = "sk_test_fake"


@pytest.fixture
def sdk(emulator: cb.Emulator) -> Iterator[Clerk]:
    """Return the SDK with its repetition of calls switched off, as every sender should have it."""
    with Clerk(bearer_auth=KEY, server_url=f"{emulator.url}/v1", retry_config=None) as clerk:
        yield clerk


@pytest.fixture
def forty(emulator: cb.Emulator) -> cb.Emulator:
    """Return an emulator with forty invitations to the application, a minute apart, and as many to org_acme."""
    entries = [{"email_address": f"p{n:02d}@example.com", "created_at": NOON - n * 60_000} for n in range(40)]
    emulator.seed({"invitations": [*entries, *({**entry, "organization_id": "org_acme"} for entry in entries)]})
    return emulator


def people(*names: str) -> list[models.RequestBodyTypedDict]:
    return [{"email_address": f"{name}@example.com"} for name in names]


def members(*names: str) -> list[models.CreateOrganizationInvitationBulkRequestBodyTypedDict]:
    return [{"email_address": f"{name}@example.com", "role": "org:member"} for name in names]


def test_both_bulk_calls_invite(sdk: Clerk, emulator: cb.Emulator) -> None:
    """What the SDK returns is what the instance has: the same ids, addresses and times, in milliseconds."""
    to_application = sdk.invitations.bulk_create(
        request=[
            {"email_address": "ada@example.com", "public_metadata": {"a": [1]}, "expires_in_days": 3},
            *people("g"),
        ]
    )
    to_organization = sdk.organization_invitations.bulk_create(
        organization_id="org_acme",
        request_body=[
            {
                "email_address": "ada@example.com",
                "role": "org:admin",
                "inviter_user_id": "user_boss",
                "private_metadata": {"staff_no": "007"},
            },
            *members("g"),
        ],
    )
    state = emulator.state()
    assert [(one.id, one.email_address, one.created_at, one.expires_at) for one in to_application] == [
        (one["id"], one["email_address"], NOON, one["expires_at"]) for one in state["invitations"]
    ]
    assert [one.expires_at for one in to_application] == [NOON + 3 * DAY, NOON + 30 * DAY]
    assert to_application[0].public_metadata == {"a": [1]}
    assert to_organization.total_count == 2
    assert [(one.id, one.role, one.inviter_id, one.private_metadata) for one in to_organization.data] == [
        (state["organization_invitations"][0]["id"], "org:admin", "user_boss", {"staff_no": "007"}),
        (state["organization_invitations"][1]["id"], "org:member", None, {}),
    ]
    inviter = to_organization.data[0].public_inviter_data
    assert inviter is not None
    assert (inviter.user_id, inviter.identifier, inviter.first_name) == ("user_boss", "boss@example.com", "Bo")


def test_single_calls_invite_one(sdk: Clerk, emulator: cb.Emulator) -> None:
    """Without e-mail, too; the invitation to the organization is found again by its id."""
    one = sdk.invitations.create(request={"email_address": "ada@example.com", "notify": False})
    other = sdk.organization_invitations.create(
        organization_id="org_acme", email_address="ada@example.com", role="org:member"
    )
    assert one is not None
    assert (one.email_address, one.status.value) == ("ada@example.com", "pending")
    found = sdk.organization_invitations.get(organization_id="org_acme", invitation_id=other.id)
    assert found == other
    assert [call["items"] for call in emulator.calls()] == [1, 1, 0]


def test_the_list_of_the_application_is_paged_filtered_and_ordered(sdk: Clerk, forty: cb.Emulator) -> None:
    """Ten unless a limit is given, newest first; status and query narrow it, revoked ones only when asked for."""
    assert [one.email_address for one in sdk.invitations.list()] == [f"p{n:02d}@example.com" for n in range(10)]
    met: list[str] = []
    while page := sdk.invitations.list(limit=15, offset=len(met)):
        met += [one.email_address for one in page]
    assert met == [f"p{n:02d}@example.com" for n in range(40)]
    (found,) = sdk.invitations.list(query="p17@example.com")
    sdk.invitations.revoke(invitation_id=found.id)
    assert [one.id for one in sdk.invitations.list(status=Status.REVOKED)] == [found.id]
    assert len(sdk.invitations.list(limit=500)) == 39
    oldest = sdk.invitations.list(order_by="+created_at", limit=2)
    assert [one.email_address for one in oldest] == ["p39@example.com", "p38@example.com"]


def test_the_lists_of_organizations_are_paged_and_filtered(sdk: Clerk, forty: cb.Emulator) -> None:
    """By organization, by address, by status, pending alone, of the whole instance, and of one user."""
    forty.accept(email_address="p03@example.com", organization_id="org_acme")
    lists = sdk.organization_invitations
    page = lists.list(organization_id="org_acme", limit=15, offset=30)
    assert ([one.email_address for one in page.data], page.total_count) == (
        [f"p{n}@example.com" for n in range(30, 40)],
        40,
    )
    by_address = lists.list(organization_id="org_acme", email_address="p05@example.com")
    assert [one.email_address for one in by_address.data] == ["p05@example.com"]
    accepted = lists.list(organization_id="org_acme", status=OrganizationStatus.ACCEPTED)
    assert [one.email_address for one in accepted.data] == ["p03@example.com"]
    with pytest.warns(DeprecationWarning, match="DEPRECATED"):
        assert lists.list_pending(organization_id="org_acme").total_count == 39
    everywhere = lists.get_all(query="p05@example.com")
    assert [(one.email_address, one.public_organization_data.name) for one in everywhere.data] == [
        ("p05@example.com", "Acme")
    ]
    user_id = next(
        user["id"] for user in forty.state()["users"] if "p03@" in user["email_addresses"][0]["email_address"]
    )
    of_user = sdk.users.get_organization_invitations(user_id=user_id)
    assert [(one.email_address, one.status) for one in of_user.data] == [("p03@example.com", "accepted")]


def test_invitations_are_revoked(sdk: Clerk) -> None:
    """Both kinds, the latter in somebody's name; what is revoked cannot be revoked again, and the codes differ."""
    (one,) = sdk.invitations.bulk_create(request=people("ada"))
    other = sdk.organization_invitations.bulk_create(organization_id="org_acme", request_body=members("ada")).data[0]
    gone = sdk.invitations.revoke(invitation_id=one.id)
    assert (gone.id, gone.REVOKED, gone.status) == (one.id, True, "revoked")
    away = sdk.organization_invitations.revoke(
        organization_id="org_acme", invitation_id=other.id, requesting_user_id="user_boss"
    )
    assert (away.id, away.status, away.url) == (other.id, "revoked", None)
    with pytest.raises(models.ClerkErrors) as first:
        sdk.invitations.revoke(invitation_id=one.id)
    with pytest.raises(models.ClerkErrors) as second:
        sdk.organization_invitations.revoke(organization_id="org_acme", invitation_id=other.id)
    assert [(caught.value.status_code, caught.value.data.errors[0].code) for caught in (first, second)] == [
        (400, "invitation_already_revoked"),
        (404, "organization_invitation_not_pending"),
    ]


def test_a_refusal_carries_its_meta(sdk: Clerk) -> None:
    """A duplicate names the addresses and a bad role its parameter. Expected: the trace id is in the raw body alone."""
    sdk.invitations.bulk_create(request=people("ada"))
    with pytest.raises(models.ClerkErrors) as duplicate:
        sdk.invitations.bulk_create(request=people("grace", "ada"))
    with pytest.raises(models.ClerkErrors) as role:
        sdk.organization_invitations.create(organization_id="org_acme", email_address="b@example.com", role="org:pilot")
    told = [(caught.value.status_code, caught.value.data.errors[0]) for caught in (duplicate, role)]
    assert [(status, error.code, error.meta) for status, error in told] == [
        (400, "duplicate_record", {"email_addresses": ["ada@example.com"]}),
        (404, "resource_not_found", {"param_name": "role"}),
    ]
    assert "clerk_trace_id" not in duplicate.value.data.model_dump()
    assert re.fullmatch("[0-9a-f]{32}", json.loads(duplicate.value.body)["clerk_trace_id"])


def test_users_members_roles_and_the_instance_are_read(sdk: Clerk) -> None:
    """What a sender reads first, as the SDK's own types."""
    wanted = {"email_address": ["boss@example.com", "nobody@example.com"], "limit": 500}
    # One of the many filters of users is deprecated, and the SDK says so at every call.
    with pytest.warns(DeprecationWarning, match="DEPRECATED"):
        assert [user.id for user in sdk.users.list(request=wanted)] == ["user_boss"]
    with pytest.warns(DeprecationWarning, match="DEPRECATED"):
        assert sdk.users.count(request={"email_address": wanted["email_address"]}).total_count == 1
    memberships = sdk.organization_memberships.list(organization_id="org_acme")
    assert sorted((one.public_user_data.identifier, one.role) for one in memberships.data) == [
        ("boss@example.com", "org:admin"),
        ("worker@example.com", "org:member"),
    ]
    assert sorted(role.key for role in sdk.organization_roles.list().data) == ["org:admin", "org:member"]
    acme = sdk.organizations.get(organization_id="acme", include_members_count=True)
    assert (acme.id, acme.members_count, acme.max_allowed_memberships) == ("org_acme", 2, 0)
    assert sdk.instance_settings.get().environment_type == "development"
    assert sdk.instance_settings.get_organization_settings().enabled is True


def test_a_429_is_its_generic_error_with_retry_after(limited: cb.Emulator) -> None:
    """The 26th bulk call of the hour. Expected: no ClerkErrors but the generic error; Retry-After is in its headers."""
    with Clerk(bearer_auth=KEY, server_url=f"{limited.url}/v1", retry_config=None) as sdk:
        for number in range(25):
            sdk.invitations.bulk_create(request=people(f"p{number}"))
        with pytest.raises(models.SDKError) as caught:
            sdk.invitations.bulk_create(request=people("p25"))
    assert (caught.value.status_code, caught.value.headers["retry-after"]) == (429, "3600")
    assert json.loads(caught.value.body)["errors"][0]["code"] == "too_many_requests"


def test_a_wrapped_list_fails_its_own_reading(sdk: Clerk, forty: cb.Emulator) -> None:
    """Expected: paginated makes the emulator answer as JavaScript wants it, and this SDK cannot read that."""
    with pytest.raises(models.ResponseValidationError) as caught:
        sdk.invitations.list(paginated=True, limit=1)
    assert json.loads(caught.value.body)["total_count"] == 40


def test_left_alone_it_posts_again_and_is_told_of_a_duplicate(emulator: cb.Emulator) -> None:
    """Expected: a 500 after the work was done is posted again by default; the answer to that is a false refusal.

    With its repetition switched off the 500 arrives, after one call.
    """
    lost = [{"do": "status", "status": 500, "when": "after", "method": "POST"}]
    with Clerk(bearer_auth=KEY, server_url=f"{emulator.url}/v1") as as_it_comes:
        emulator.faults(lost)
        with pytest.raises(models.ClerkErrors) as refused:
            as_it_comes.invitations.bulk_create(request=people("ada"))
    assert (refused.value.status_code, refused.value.data.errors[0].code) == (400, "duplicate_record")
    assert [call["status"] for call in emulator.calls()] == [500, 400]
    with Clerk(bearer_auth=KEY, server_url=f"{emulator.url}/v1", retry_config=None) as told:
        emulator.faults(lost)
        with pytest.raises(models.SDKError) as failed:
            told.invitations.bulk_create(request=people("grace"))
    assert failed.value.status_code == 500
    assert [call["status"] for call in emulator.calls()] == [500, 400, 500]
    assert [one["email_address"] for one in emulator.state()["invitations"]] == ["ada@example.com", "grace@example.com"]
