"""The contract, call by call: lists, single reads and revocations; see test_cassettes.py."""

from __future__ import annotations

from typing import Any

import pytest
from recorded import ACME, APP, NOON, ORGANIZATION, PEOPLE, cassette
from vcr.cassette import Cassette  # type: ignore[import-untyped]

from clerkbulk.errors import ClerkRefused
from clerkbulk.sending.client import Client

pytestmark = [pytest.mark.vcr, pytest.mark.block_network]

SEVEN: list[dict[str, Any]] = [
    {"email_address": f"guest-{number}@example.com", "created_at": NOON - number * 1000} for number in range(1, 8)
]
STATUSES: list[dict[str, Any]] = [
    {"id": f"inv_{status}", "email_address": f"{status}@example.com", "status": status, "created_at": NOON - age * 1000}
    for age, status in enumerate(("pending", "accepted", "revoked", "expired"))
]


def joined(invitations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return invitations as they are seeded for the organization."""
    return [
        {**one, **({"id": one["id"].replace("inv_", "orginv_")} if "id" in one else {}), "organization_id": "org_acme"}
        for one in invitations
    ]


def offsets(vcr: Cassette) -> list[str]:
    """Return the offsets that were asked for."""
    return [dict(request.query)["offset"] for request in vcr.requests]


@cassette("application-list-pages", seed={"invitations": SEVEN})
def test_a_list_of_the_application_is_read_to_its_end(clerk: Client, vcr: Cassette) -> None:
    """Seven invitations in pages of three come out once each, the newest first."""
    found = [one["email_address"] for one in clerk.invitations(APP, page=3)]
    assert found == [f"guest-{number}@example.com" for number in (1, 2, 3, 4, 5, 6, 7)]
    assert offsets(vcr) == ["0", "3", "6"]


@cassette("organization-list-pages", seed={**ORGANIZATION, "invitations": joined(SEVEN)})
def test_a_list_of_an_organization_is_read_to_its_end(clerk: Client, vcr: Cassette) -> None:
    """Seven invitations in pages of three come out once each, in the order asked for."""
    found = [one["email_address"] for one in clerk.invitations(ACME, page=3, order_by="-email_address")]
    assert found == [f"guest-{number}@example.com" for number in (7, 6, 5, 4, 3, 2, 1)]
    assert offsets(vcr) == ["0", "3", "6"]


@cassette("application-list-statuses", seed={"invitations": STATUSES})
def test_the_list_of_the_application_by_status(clerk: Client) -> None:
    """Without a status all but the revoked ones are listed; with one, or several, those; an id finds its own."""
    listed = {
        status: [one["status"] for one in clerk.invitations(APP, status=status)]
        for status in ((), ("pending",), ("accepted",), ("revoked",), ("expired",), ("pending", "expired"))
    }
    assert listed == {
        (): ["pending", "accepted", "expired"],
        ("pending",): ["pending"],
        ("accepted",): ["accepted"],
        ("revoked",): ["revoked"],
        ("expired",): ["expired"],
        ("pending", "expired"): ["pending", "expired"],
    }
    assert clerk.invitation(APP, "inv_accepted")["email_address"] == "accepted@example.com"
    assert clerk.invitation(APP, "inv_revoked")["revoked"] is True
    with pytest.raises(ClerkRefused, match="There is no invitation inv_nobody"):
        clerk.invitation(APP, "inv_nobody")


@cassette("organization-list-statuses", seed={**ORGANIZATION, "invitations": joined(STATUSES)})
def test_the_list_of_an_organization_by_status(clerk: Client) -> None:
    """Without a status all are listed; with one, or several, those; an id finds its own."""
    listed = {
        status: [one["status"] for one in clerk.invitations(ACME, status=status)]
        for status in ((), ("revoked",), ("pending", "expired"))
    }
    assert listed == {
        (): ["pending", "accepted", "revoked", "expired"],
        ("revoked",): ["revoked"],
        ("pending", "expired"): ["pending", "expired"],
    }
    assert clerk.invitation(ACME, "orginv_revoked")["email_address"] == "revoked@example.com"


@cassette("application-revoke", seed={"invitations": STATUSES})
def test_an_invitation_to_the_application_is_revoked_once(clerk: Client) -> None:
    """Revoking answers with the invitation; a second time, or of an accepted one, it is refused with its own code."""
    revoked = clerk.revoke(APP, "inv_pending")
    assert (revoked["status"], revoked["revoked"], revoked["updated_at"]) == ("revoked", True, NOON)
    assert "url" not in revoked
    refusals = {
        "inv_pending": (400, "invitation_already_revoked"),
        "inv_accepted": (400, "invitation_already_accepted"),
        "inv_nobody": (404, "resource_not_found"),
    }
    for invitation_id, expected in refusals.items():
        with pytest.raises(ClerkRefused) as caught:
            clerk.revoke(APP, invitation_id)
        assert (caught.value.status, caught.value.code) == expected


@cassette("organization-revoke", seed={**ORGANIZATION, "invitations": joined(STATUSES)})
def test_an_invitation_to_an_organization_is_revoked_once(clerk: Client) -> None:
    """Revoking answers with the invitation; what is no longer pending is 404, whatever it is instead."""
    revoked = clerk.revoke(ACME, "orginv_pending")
    assert (revoked["status"], revoked["url"], revoked["updated_at"]) == ("revoked", None, NOON)
    refusals = {
        "orginv_pending": (404, "organization_invitation_not_pending"),
        "orginv_accepted": (404, "organization_invitation_not_pending"),
        "orginv_nobody": (404, "resource_not_found"),
    }
    for invitation_id, expected in refusals.items():
        with pytest.raises(ClerkRefused) as caught:
            clerk.revoke(ACME, invitation_id)
        assert (caught.value.status, caught.value.code) == expected


@cassette("users", seed=PEOPLE)
def test_users_are_found_by_any_of_their_addresses(clerk: Client) -> None:
    """Unknown addresses are ignored; a user found by a second address comes with all of them."""
    found = list(clerk.users(["nobody@example.com", "work@example.net", "boss@example.com"]))
    assert {user["id"]: [one["email_address"] for one in user["email_addresses"]] for user in found} == {
        "user_boss": ["boss@example.com"],
        "user_worker": ["worker@example.com", "work@example.net"],
    }


@cassette("organization", seed=PEOPLE)
def test_an_organization_says_how_much_room_it_has(clerk: Client) -> None:
    """An organization comes with the number of its members and its limit, by id and by slug."""
    found = clerk.organization("org_acme")
    assert {name: found[name] for name in ("id", "name", "slug", "members_count", "max_allowed_memberships")} == {
        "id": "org_acme",
        "name": "Acme",
        "slug": "acme",
        "members_count": 2,
        "max_allowed_memberships": 0,
    }
    assert clerk.organization("acme")["id"] == "org_acme"


@cassette("memberships", seed=PEOPLE)
def test_memberships_are_read_whole_or_by_address(clerk: Client) -> None:
    """All members, or those who own one of the addresses; each with role and identifier."""

    def roles(found: Any) -> dict[str, str]:
        return {one["public_user_data"]["identifier"]: one["role"] for one in found}

    everybody = {"boss@example.com": "org:admin", "worker@example.com": "org:member"}
    assert roles(clerk.memberships("org_acme")) == everybody
    some = clerk.memberships("org_acme", ["work@example.net", "stranger@example.com"])
    assert roles(some) == {"worker@example.com": "org:member"}


@cassette("roles", seed={"roles": [{"key": "org:guest", "name": "Gäste"}]})
def test_the_roles_of_the_instance_are_listed(clerk: Client) -> None:
    """The two every instance begins with, and its own."""
    assert {role["key"]: role["name"] for role in clerk.roles()} == {
        "org:admin": "Admin",
        "org:member": "Member",
        "org:guest": "Gäste",
    }


@cassette("instance")
def test_the_instance_says_what_environment_it_is(clerk: Client) -> None:
    """The environment is the one the key's prefix names."""
    assert clerk.instance()["environment_type"] == "development" == clerk.environment
