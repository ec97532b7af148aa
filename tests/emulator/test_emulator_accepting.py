"""Accepting: what becomes of the invitation, the user, the membership, and of everybody else."""

from __future__ import annotations

from typing import Any

import pytest

NOON = 1_800_014_400_000
DAY = 86_400_000
BULK = "/v1/invitations/bulk"
ORG = "/v1/organizations/org_acme/invitations"


def _accept(clerk: Any, **named: Any) -> Any:
    return clerk.ask("POST", "/_emulator/accept", named, key=None)


@pytest.mark.parametrize("organization", [True, False])
def test_an_invitation_lives_until_its_day_ends(acme: Any, organization: bool) -> None:
    """A millisecond before it expires it can be accepted; at that moment it is expired, and nobody comes in."""
    item = {"email_address": "new@example.com", "expires_in_days": 2}
    made = acme.post(ORG, {**item, "role": "org:member"}) if organization else acme.post(BULK, [item])[0]
    assert made["expires_at"] == NOON + 2 * DAY
    acme.clock.advance(2 * 86_400 - 0.001)
    kind = "organization_invitations" if organization else "invitations"
    assert acme.backend.state()[kind][0]["status"] == "pending"
    acme.clock.advance(0.001)
    refused = _accept(acme, id=made["id"])
    assert (refused.status, refused.document()) == (
        400,
        {"error": f"The invitation {made['id']} is expired: it cannot be accepted."},
    )
    ended = acme.backend.state()[kind][0]
    assert (ended["status"], ended["updated_at"]) == ("expired", NOON)
    assert len(acme.backend.state()["users"]) == 3


def test_a_revoked_invitation_lets_nobody_in(acme: Any) -> None:
    """Revoking kills it for good, also when the clock stands still."""
    (made,) = acme.post(BULK, [{"email_address": "new@example.com"}])
    acme.post(f"/v1/invitations/{made['id']}/revoke")
    assert "is revoked: it cannot be accepted" in _accept(acme, id=made["id"]).document()["error"]
    assert acme.get("/v1/users?email_address=new@example.com") == []


def test_an_accepted_invitation_is_accepted_once(acme: Any) -> None:
    """The second time is a sentence, and neither user nor membership is made again."""
    made = acme.post(ORG, {"email_address": "new@example.com", "role": "org:member"})
    assert _accept(acme, id=made["id"]).status == 200
    assert "is accepted: it cannot be accepted" in _accept(acme, id=made["id"]).document()["error"]
    assert acme.get("/v1/organizations/org_acme/memberships")["total_count"] == 3


def test_metadata_of_the_application_joins_what_a_user_has(make: Any) -> None:
    """With an invitation let through to a user, its metadata is merged, the times move, the user stays the same."""
    clerk = make(ignore_existing_users="invited")
    clerk.backend.seed(
        {"users": [{"id": "user_a", "email_address": "a@example.com", "public_metadata": {"team": "old", "floor": 3}}]}
    )
    item = {"email_address": "a@example.com", "ignore_existing": True, "public_metadata": {"team": "new"}}
    clerk.post(BULK, [item])
    clerk.clock.advance(60)
    _accept(clerk, email_address="a@example.com")
    user = clerk.get("/v1/users/user_a")
    assert user["public_metadata"] == {"team": "new", "floor": 3}
    later = NOON + 60_000
    assert (user["created_at"], user["updated_at"], user["last_sign_in_at"], user["last_active_at"]) == (
        NOON,
        later,
        later,
        later,
    )


def test_who_became_a_member_meanwhile_keeps_that_membership(acme: Any) -> None:
    """The invitation is accepted, and the role that was given by hand is not taken back."""
    made = acme.post(ORG, {"email_address": "stranger@example.com", "role": "org:member"})
    by_hand = acme.post("/v1/organizations/org_acme/memberships", {"user_id": "user_stranger", "role": "org:admin"})
    acme.clock.advance(60)
    answer = _accept(acme, id=made["id"]).document()
    assert answer["invitation"]["status"] == "accepted"
    assert (answer["membership"]["id"], answer["membership"]["role"]) == (by_hand["id"], "org:admin")
    assert answer["membership"]["created_at"] == NOON


def test_accepting_makes_room_for_nobody(acme: Any) -> None:
    """A pending invitation becomes a member: the organization is as full as before."""
    acme.backend.seed({"organizations": [{"id": "org_small", "max_allowed_memberships": 1}]})
    small = "/v1/organizations/org_small/invitations"
    made = acme.post(small, {"email_address": "new@example.com", "role": "org:member"})
    for _ in range(2):
        refused = acme.ask("POST", small, {"email_address": "late@example.com", "role": "org:member"})
        assert refused.document()["errors"][0]["code"] == "organization_membership_quota_exceeded"
        _accept(acme, id=made["id"])
