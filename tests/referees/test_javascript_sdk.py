"""Clerk's JavaScript SDK takes the emulator for Clerk: it sends its calls there and understands what comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from javascript import JavaScript, Thrown
from npm_packages import JS

import clerkbulk as cb

NOON = 1_800_014_400_000
DAY = 86_400_000
Sdk = Callable[..., Any]


@pytest.fixture
def sdk(javascript: JavaScript, emulator: cb.Emulator) -> Sdk:
    """Return the SDK as a program has it that was given the emulator's address as apiUrl."""
    return lambda call, *args: javascript(emulator.url, call, *args)


@pytest.fixture
def hundred(emulator: cb.Emulator) -> cb.Emulator:
    """Return an emulator with a hundred invitations to the application, a minute apart, and as many to org_acme."""
    entries = [{"email_address": f"p{n:02d}@example.com", "created_at": NOON - n * 60_000} for n in range(100)]
    emulator.seed({"invitations": [*entries, *({**entry, "organization_id": "org_acme"} for entry in entries)]})
    return emulator


def addresses(page: dict[str, Any]) -> list[str]:
    return [one["emailAddress"] for one in page["data"]]


def thrown(sdk: Sdk, call: str, *args: Any) -> dict[str, Any]:
    """Return the fields of the error that a call throws."""
    with pytest.raises(Thrown) as caught:
        sdk(call, *args)
    return caught.value.error


def test_a_bulk_call_of_the_application_returns_an_array(sdk: Sdk, emulator: cb.Emulator) -> None:
    """createInvitationBulk: every parameter arrives, metadata keys unchanged, and the invitations come back typed."""
    everything = {
        "emailAddress": "ada@example.com",
        "publicMetadata": {"teamName": {"sub_key": [1]}},
        "redirectUrl": "https://app.example.com/welcome",
        "expiresInDays": 3,
        "notify": False,
        "ignoreExisting": False,
        "templateSlug": "waitlist_invitation",
    }
    ada, grace = sdk("invitations.createInvitationBulk", [everything, {"emailAddress": "grace@example.org"}])
    assert re.fullmatch("inv_[A-Za-z0-9]{27}", ada.pop("id"))
    assert ada.pop("url").startswith("https://")
    assert ada == {
        "emailAddress": "ada@example.com",
        "publicMetadata": {"teamName": {"sub_key": [1]}},
        "createdAt": NOON,
        "updatedAt": NOON,
        "status": "pending",
    }
    assert (grace["emailAddress"], grace["publicMetadata"]) == ("grace@example.org", {})
    made = {one["email_address"]: one["expires_at"] for one in emulator.state()["invitations"]}
    assert made == {"ada@example.com": NOON + 3 * DAY, "grace@example.org": NOON + 30 * DAY}


def test_a_bulk_call_of_an_organization_returns_a_page(sdk: Sdk) -> None:
    """createOrganizationInvitationBulk: data and totalCount, with role names, both metadata and the expiry."""
    page = sdk(
        "organizations.createOrganizationInvitationBulk",
        "org_acme",
        [
            {
                "emailAddress": "ada@example.com",
                "role": "org:admin",
                "inviterUserId": "user_boss",
                "publicMetadata": {"teamName": "R&D"},
                "privateMetadata": {"staffNo": "007"},
                "redirectUrl": "https://app.example.com/welcome",
                "expiresInDays": 14,
            },
            {"emailAddress": "grace@example.org", "role": "org:member"},
        ],
    )
    assert page["totalCount"] == 2
    ada, grace = page["data"]
    assert re.fullmatch("orginv_[A-Za-z0-9]{27}", ada.pop("id"))
    assert ada.pop("url").startswith("https://")
    assert ada == {
        "emailAddress": "ada@example.com",
        "role": "org:admin",
        "roleName": "Admin",
        "organizationId": "org_acme",
        "createdAt": NOON,
        "updatedAt": NOON,
        "expiresAt": NOON + 14 * DAY,
        "status": "pending",
        "publicMetadata": {"teamName": "R&D"},
        "privateMetadata": {"staffNo": "007"},
    }
    assert (grace["emailAddress"], grace["roleName"]) == ("grace@example.org", "Member")


def test_single_calls_return_the_invitation(sdk: Sdk) -> None:
    """One person a call: createInvitation and createOrganizationInvitation."""
    one = sdk("invitations.createInvitation", {"emailAddress": "ada@example.com"})
    other = sdk(
        "organizations.createOrganizationInvitation",
        {"organizationId": "org_acme", "emailAddress": "ada@example.com", "role": "org:member"},
    )
    assert (one["emailAddress"], one["status"]) == ("ada@example.com", "pending")
    assert (other["organizationId"], other["role"], other["status"]) == ("org_acme", "org:member", "pending")


def test_the_list_of_the_application_is_paged(sdk: Sdk, hundred: cb.Emulator) -> None:
    """getInvitationList: ten unless a limit is given, newest first; offset moves on; totalCount is all of them."""
    first = sdk("invitations.getInvitationList")
    assert (addresses(first), first["totalCount"]) == ([f"p{n:02d}@example.com" for n in range(10)], 100)
    last = sdk("invitations.getInvitationList", {"limit": 30, "offset": 90})
    assert (addresses(last), last["totalCount"]) == ([f"p{n}@example.com" for n in range(90, 100)], 100)
    beyond = sdk("invitations.getInvitationList", {"limit": 500, "offset": 100})
    assert beyond == {"data": [], "totalCount": 100}


def test_walking_the_pages_meets_everybody_once(sdk: Sdk, hundred: cb.Emulator) -> None:
    """The loop that a program writes around limit and offset ends, and nobody is met twice, of either kind."""
    for call, named in (
        ("invitations.getInvitationList", {}),
        ("organizations.getOrganizationInvitationList", {"organizationId": "org_acme"}),
    ):
        met: list[str] = []
        while page := addresses(sdk(call, {**named, "limit": 33, "offset": len(met)})):
            met += page
        assert met == [f"p{n:02d}@example.com" for n in range(100)]


def test_the_list_of_the_application_is_filtered_and_ordered(sdk: Sdk, hundred: cb.Emulator) -> None:
    """What narrows getInvitationList: status, query by address and by id; and orderBy, upwards."""
    gone = sdk("invitations.getInvitationList", {"query": "p07@example.com"})["data"][0]
    sdk("invitations.revokeInvitation", gone["id"])
    assert addresses(sdk("invitations.getInvitationList", {"status": "revoked"})) == ["p07@example.com"]
    assert sdk("invitations.getInvitationList", {"status": "pending"})["totalCount"] == 99
    assert sdk("invitations.getInvitationList", {"status": "accepted"}) == {"data": [], "totalCount": 0}
    assert addresses(sdk("invitations.getInvitationList", {"orderBy": "email_address", "limit": 2})) == [
        "p00@example.com",
        "p01@example.com",
    ]
    assert addresses(sdk("invitations.getInvitationList", {"orderBy": "+created_at", "limit": 1})) == [
        "p99@example.com"
    ]
    by_id = sdk("invitations.getInvitationList", {"query": gone["id"], "status": "revoked"})
    assert addresses(by_id) == ["p07@example.com"]


def test_the_list_of_an_organization_takes_several_statuses(sdk: Sdk, hundred: cb.Emulator) -> None:
    """getOrganizationInvitationList: the SDK repeats status, and both kinds are listed; one alone is one kind."""
    hundred.accept(email_address="p01@example.com", organization_id="org_acme")
    revoked = hundred.state()["organization_invitations"][5]
    named = {"organizationId": "org_acme"}
    sdk("organizations.revokeOrganizationInvitation", {**named, "invitationId": revoked["id"]})
    call = "organizations.getOrganizationInvitationList"
    both = sdk(call, {**named, "status": ["accepted", "revoked"]})
    assert sorted(addresses(both)) == sorted(["p01@example.com", revoked["email_address"]])
    assert hundred.calls()[-1]["query"] == [["status", "accepted"], ["status", "revoked"]]
    assert addresses(sdk(call, {**named, "status": ["accepted"]})) == ["p01@example.com"]
    assert sdk(call, {**named, "status": ["pending"], "limit": 1})["totalCount"] == 98


def test_an_invitation_is_revoked(sdk: Sdk, emulator: cb.Emulator) -> None:
    """revokeInvitation: revoked is true and the url is gone; revoking it again throws, and names why."""
    made = sdk("invitations.createInvitation", {"emailAddress": "ada@example.com"})
    revoked = sdk("invitations.revokeInvitation", made["id"])
    assert (revoked["id"], revoked["status"], revoked["revoked"], "url" in revoked) == (
        made["id"],
        "revoked",
        True,
        False,
    )
    again = thrown(sdk, "invitations.revokeInvitation", made["id"])
    assert (again["status"], again["errors"][0]["code"]) == (400, "invitation_already_revoked")


def test_an_invitation_to_an_organization_is_revoked_in_somebodys_name(sdk: Sdk) -> None:
    """The call is revokeOrganizationInvitation, with and without requestingUserId; of one that is not pending: 404."""
    page = sdk(
        "organizations.createOrganizationInvitationBulk",
        "org_acme",
        [{"emailAddress": f"{name}@example.com", "role": "org:member"} for name in ("ada", "grace")],
    )
    ada, grace = ({"organizationId": "org_acme", "invitationId": one["id"]} for one in page["data"])
    assert sdk("organizations.revokeOrganizationInvitation", ada)["status"] == "revoked"
    in_name = sdk("organizations.revokeOrganizationInvitation", {**grace, "requestingUserId": "user_boss"})
    assert (in_name["status"], in_name["url"]) == ("revoked", None)
    again = thrown(sdk, "organizations.revokeOrganizationInvitation", ada)
    assert (again["status"], again["errors"][0]["code"]) == (404, "organization_invitation_not_pending")


def test_a_duplicate_throws_an_error_that_names_the_addresses(sdk: Sdk, emulator: cb.Emulator) -> None:
    """ClerkAPIResponseError: status, code, meta.emailAddresses and the trace id; and nobody was invited."""
    sdk("invitations.createInvitation", {"emailAddress": "ada@example.com"})
    error = thrown(
        sdk,
        "invitations.createInvitationBulk",
        [{"emailAddress": "grace@example.org"}, {"emailAddress": "ada@example.com"}],
    )
    assert (error["name"], error["status"]) == ("ClerkAPIResponseError", 400)
    assert [(one["code"], one["meta"]) for one in error["errors"]] == [
        ("duplicate_record", {"emailAddresses": ["ada@example.com"]})
    ]
    assert "ada@example.com" in error["errors"][0]["longMessage"]
    assert re.fullmatch("[0-9a-f]{32}", error["clerkTraceId"])
    assert [one["email_address"] for one in emulator.state()["invitations"]] == ["ada@example.com"]


@pytest.mark.parametrize(
    ("call", "args", "status", "code", "meta"),
    [
        (
            "invitations.createInvitationBulk",
            [[{"emailAddress": "boss@example.com"}]],
            422,
            "form_identifier_exists",
            {"paramName": "email_address"},
        ),
        (
            "invitations.createInvitation",
            [{"emailAddress": "nobody"}],
            422,
            "form_param_format_invalid",
            {"paramName": "email_address"},
        ),
        (
            "organizations.createOrganizationInvitationBulk",
            ["org_acme", [{"emailAddress": "ada@example.com", "role": "org:pilot"}]],
            404,
            "resource_not_found",
            {"paramName": "role"},
        ),
        (
            "organizations.createOrganizationInvitationBulk",
            ["org_acme", [{"emailAddress": "worker@example.com", "role": "org:member"}]],
            400,
            "already_a_member_in_organization",
            {},
        ),
    ],
)
def test_refusals_throw_what_is_documented(
    sdk: Sdk, call: str, args: list[Any], status: int, code: str, meta: dict[str, Any]
) -> None:
    """Each documented refusal arrives with its status, its code and its meta in the SDK's spelling."""
    error = thrown(sdk, call, *args)
    assert (error["name"], error["status"]) == ("ClerkAPIResponseError", status)
    assert [(one["code"], one["meta"]) for one in error["errors"]] == [(code, meta)]


def test_the_hourly_limit_throws_with_the_seconds_to_wait(javascript: JavaScript, limited: cb.Emulator) -> None:
    """The 26th bulk call of an hour throws 429 with retryAfter; after so many seconds, and not one less, it goes."""

    def invite(number: int) -> Any:
        return javascript(limited.url, "invitations.createInvitationBulk", [{"emailAddress": f"p{number}@example.com"}])

    for number in range(25):
        invite(number)
        limited.advance(60)
    with pytest.raises(Thrown) as caught:
        invite(25)
    error = caught.value.error
    assert (error["status"], error["retryAfter"]) == (429, 3600 - 25 * 60)
    limited.advance(3600 - 25 * 60 - 1)
    with pytest.raises(Thrown):
        invite(25)
    limited.advance(1)
    assert invite(25)[0]["emailAddress"] == "p25@example.com"


def test_an_answer_of_a_proxy_is_no_envelope(sdk: Sdk, emulator: cb.Emulator) -> None:
    """A page in HTML throws with its status and without errors: what a program sees when Clerk itself is not there."""
    emulator.faults([{"do": "html"}])
    error = thrown(sdk, "invitations.createInvitation", {"emailAddress": "ada@example.com"})
    assert (error["name"], error["status"], error["errors"]) == ("ClerkAPIResponseError", 502, [])


def test_users_members_roles_and_organizations_are_read(sdk: Sdk) -> None:
    """What a sender reads first: getUserList, getOrganizationMembershipList and getOrganization."""
    asked = {"emailAddress": ["boss@example.com", "nobody@example.com"]}
    users = sdk("users.getUserList", asked)
    assert [user["id"] for user in users["data"]] == ["user_boss"]
    assert users["totalCount"] == sdk("users.getCount", asked) == 1
    members = sdk("organizations.getOrganizationMembershipList", {"organizationId": "org_acme"})
    assert sorted((one["publicUserData"]["identifier"], one["role"]) for one in members["data"]) == [
        ("boss@example.com", "org:admin"),
        ("worker@example.com", "org:member"),
    ]
    acme = sdk("organizations.getOrganization", {"slug": "acme", "includeMembersCount": True})
    assert (acme["id"], acme["name"], acme["membersCount"]) == ("org_acme", "Acme", 2)


def test_the_lock_leaves_the_registry_to_whoever_installs() -> None:
    """Versions and checksums are pinned; where the packages are fetched from is npm's own setting."""
    lock = json.loads((JS / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["version"] and entry["integrity"] for entry in packages.values())
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
