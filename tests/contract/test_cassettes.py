"""The contract, call by call: recorded from the emulator (make record), replayed here without a network.

Every body that was sent holds to its JSON Schema and so does every answer; what the client and read_reply make of the
answers is written out. The clock stands at 2027-01-15 12:00 UTC, which is NOON, in milliseconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from recorded import ACME, ADA, APP, GRACE, MEMBER, NOON, ORGANIZATION, PEOPLE, cassette

from clerkbulk.contract.address import address_key
from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.error_code import Concern
from clerkbulk.contract.reply import Outcome, Refused, Sent, Wait, read_reply
from clerkbulk.contract.target import Organization, Target
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import ClerkRefused, KeyRefused
from clerkbulk.sending.client import Client

pytestmark = [pytest.mark.vcr, pytest.mark.block_network]

TEN = [f"person-{number}@example.com" for number in range(1, 11)]
DAY, HOUR = 86_400_000, 3_600_000


def invite(clerk: Client, target: Target, items: Sequence[dict[str, Any]], lane: Lane = Lane.BULK) -> Outcome:
    """Post the items and read the reply."""
    answer = clerk.create(target, items, lane)
    keys = [address_key(item["email_address"]) for item in items]
    return read_reply(keys, answer.status, answer.headers, answer.body)


def made(outcome: Outcome, prefix: str = "inv") -> dict[str, tuple[str | None, int | None, int | None]]:
    """Return by address what an outcome says was made (status, and both times as ms after NOON); all of it accounted.

    The ids are the emulator's own, so only their form is looked at.
    """
    assert isinstance(outcome, Sent)
    assert outcome.unaccounted == ()
    ids = [one.invitation_id or "" for one in outcome.created]
    assert all(re.fullmatch(rf"{prefix}_[A-Za-z0-9]{{27}}", one) for one in ids)
    assert len(set(ids)) == len(ids)
    assert re.fullmatch("[0-9a-f]{32}", outcome.trace_id or "")
    return {
        one.key: (one.status, (one.created_at or 0) - NOON, (one.expires_at or 0) - NOON) for one in outcome.created
    }


def refused(outcome: Outcome) -> tuple[int, list[str | None], Concern, tuple[str, ...]]:
    """Return status, codes, concern and the keys that the refusal names."""
    assert isinstance(outcome, Refused)
    assert re.fullmatch("[0-9a-f]{32}", outcome.trace_id or "")
    return outcome.status, [problem.code for problem in outcome.problems], outcome.concern, outcome.named


# The two bulk calls, and the two single ones, when all goes well.

PENDING = ("pending", 0, 30 * DAY)


@cassette("application-bulk-two")
def test_two_people_are_invited_to_the_application(clerk: Client) -> None:
    """A bulk call of two makes two invitations, which last thirty days."""
    assert made(invite(clerk, APP, [ADA, GRACE])) == {"ada@example.com": PENDING, "grace@example.org": PENDING}


@cassette("organization-bulk-two", seed=PEOPLE)
def test_two_people_are_invited_to_an_organization(clerk: Client) -> None:
    """A bulk call of two with different inviters and roles makes two invitations to the organization."""
    items = [{**ADA, "role": "org:admin", "inviter_user_id": "user_boss"}, {**GRACE, **MEMBER}]
    assert made(invite(clerk, ACME, items), "orginv") == {"ada@example.com": PENDING, "grace@example.org": PENDING}


@cassette("application-bulk-ten")
def test_ten_people_are_invited_to_the_application(clerk: Client) -> None:
    """Ten in one call, the most there may be: every one of them is in the answer."""
    outcome = invite(clerk, APP, [{"email_address": text} for text in TEN])
    assert made(outcome) == dict.fromkeys(TEN, PENDING)


@cassette("organization-bulk-ten", seed=ORGANIZATION)
def test_ten_people_are_invited_to_an_organization(clerk: Client) -> None:
    """Ten in one call, the most there may be: every one of them is in the answer."""
    outcome = invite(clerk, ACME, [{"email_address": text, **MEMBER} for text in TEN])
    assert made(outcome, "orginv") == dict.fromkeys(TEN, PENDING)


METADATA = {
    "team": "Forschung & Köche",
    "名前": "山田",
    "emoji": "🦊",
    "nested": {"list": [1, 2.5, None, True]},
    "": "",
}


@cassette("application-bulk-every-parameter")
def test_every_parameter_of_the_application_call_is_taken(clerk: Client) -> None:
    """All seven parameters pass, metadata comes back letter by letter, and the expiry is the one asked for."""
    everything = {
        "email_address": "ada+work@example.com",
        "redirect_url": "https://app.example.com/welcome?from=mail&lang=de",
        "public_metadata": METADATA,
        "notify": False,
        "ignore_existing": True,
        "expires_in_days": 365,
        "template_slug": "waitlist_invitation",
    }
    told_off = {**GRACE, "notify": True, "ignore_existing": False, "expires_in_days": 1, "template_slug": "invitation"}
    assert made(invite(clerk, APP, [everything, told_off])) == {
        "ada+work@example.com": ("pending", 0, 365 * DAY),
        "grace@example.org": ("pending", 0, DAY),
    }
    (found,) = clerk.invitations(APP, email_address="ada+work@example.com")
    assert found["public_metadata"] == METADATA


@cassette("organization-bulk-every-parameter", seed=PEOPLE)
def test_every_parameter_of_the_organization_call_is_taken(clerk: Client) -> None:
    """All eight parameters pass, both kinds of metadata come back letter by letter, and so does the inviter."""
    everything = {
        "email_address": "zoë@example.com",
        "role": "org:admin",
        "inviter_user_id": "user_boss",
        "public_metadata": METADATA,
        "private_metadata": {"salary": "geheim", "кириллица": ["да", "нет"]},
        "redirect_url": "https://app.example.com/welcome",
        "expires_in_days": 14,
        "notify": False,
    }
    assert made(invite(clerk, ACME, [everything]), "orginv") == {"zoë@example.com": ("pending", 0, 14 * DAY)}
    (found,) = clerk.invitations(ACME, email_address="zoë@example.com")
    assert found["public_metadata"] == METADATA
    assert found["private_metadata"] == {"salary": "geheim", "кириллица": ["да", "нет"]}
    assert (found["inviter_id"], found["role"], found["role_name"]) == ("user_boss", "org:admin", "Admin")
    assert found["public_inviter_data"]["identifier"] == "boss@example.com"


@cassette("application-single")
def test_one_person_is_invited_to_the_application(clerk: Client) -> None:
    """The single call takes one object and answers with one; a second one for the same address is refused."""
    item = {**ADA, "public_metadata": {"team": "red"}, "expires_in_days": 7}
    assert made(invite(clerk, APP, [item], Lane.SINGLE)) == {"ada@example.com": ("pending", 0, 7 * DAY)}
    again = refused(invite(clerk, APP, [ADA], Lane.SINGLE))
    assert again == (400, ["duplicate_record"], Concern.ROW, ("ada@example.com",))


@cassette("organization-single", seed=ORGANIZATION)
def test_one_person_is_invited_to_an_organization(clerk: Client) -> None:
    """The single call takes one object and answers with one, which can be read again by its id."""
    outcome = invite(clerk, ACME, [{**ADA, **MEMBER}], Lane.SINGLE)
    assert made(outcome, "orginv") == {"ada@example.com": PENDING}
    assert isinstance(outcome, Sent)
    found = clerk.invitation(ACME, outcome.created[0].invitation_id or "")
    assert (found["email_address"], found["role"], found["status"]) == ("ada@example.com", "org:member", "pending")
    with pytest.raises(ClerkRefused, match="404, resource_not_found"):
        clerk.invitation(ACME, "orginv_nobody")


# Refusals. Nothing is made of the other items, as the emulator assumes and a list shows.


def addresses(clerk: Client, target: Target) -> list[str]:
    return [one["email_address"] for one in clerk.invitations(target)]


@cassette("application-bulk-duplicate", seed={"invitations": [ADA]})
def test_a_pending_invitation_stands_in_the_way_unless_it_is_ignored(clerk: Client) -> None:
    """duplicate_record names the address in its meta; with ignore_existing a second invitation is made."""
    outcome = invite(clerk, APP, [GRACE, ADA])
    assert refused(outcome) == (400, ["duplicate_record"], Concern.ROW, ("ada@example.com",))
    assert addresses(clerk, APP) == ["ada@example.com"]
    assert made(invite(clerk, APP, [{**ADA, "ignore_existing": True}])) == {"ada@example.com": PENDING}
    assert addresses(clerk, APP) == ["ada@example.com", "ada@example.com"]


@cassette(
    "organization-bulk-duplicate",
    seed={**ORGANIZATION, "invitations": [{**ADA, "organization_id": "org_acme"}]},
)
def test_a_pending_invitation_to_the_organization_stands_in_the_way(clerk: Client) -> None:
    """organization_invitation_not_unique does not say whom it means; a list with the address does."""
    outcome = invite(clerk, ACME, [{**GRACE, **MEMBER}, {**ADA, **MEMBER}])
    assert refused(outcome) == (400, ["organization_invitation_not_unique"], Concern.ROW, ())
    found = clerk.invitations(ACME, status=["pending"], email_address="ada@example.com")
    assert [one["email_address"] for one in found] == ["ada@example.com"]
    assert list(clerk.invitations(ACME, status=["pending"], email_address="grace@example.org")) == []


@cassette("application-bulk-existing-user", seed=PEOPLE)
def test_an_existing_user_is_not_invited_to_the_application(clerk: Client) -> None:
    """form_identifier_exists names a parameter, not the address; reading the users does."""
    outcome = invite(clerk, APP, [ADA, {"email_address": "worker@example.com"}])
    assert refused(outcome) == (422, ["form_identifier_exists"], Concern.ROW, ())
    assert [user["id"] for user in clerk.users(["ada@example.com", "worker@example.com"])] == ["user_worker"]


@cassette("organization-bulk-existing-member", seed=PEOPLE)
def test_an_existing_member_is_not_invited_to_the_organization(clerk: Client) -> None:
    """already_a_member_in_organization names the address in its wording only, and a user who is no member passes."""
    items = [{"email_address": "stranger@example.com", **MEMBER}, {"email_address": "worker@example.com", **MEMBER}]
    outcome = invite(clerk, ACME, items)
    assert refused(outcome) == (400, ["already_a_member_in_organization"], Concern.ROW, ("worker@example.com",))
    assert made(invite(clerk, ACME, items[:1]), "orginv") == {"stranger@example.com": PENDING}


@cassette("organization-bulk-unknown-role", seed=ORGANIZATION)
def test_an_unknown_role_concerns_the_call_and_not_the_organization(clerk: Client) -> None:
    """resource_not_found with the parameter's name is about one item; the organization is there."""
    outcome = invite(clerk, ACME, [{**ADA, **MEMBER}, {**GRACE, "role": "org:astronaut"}])
    assert refused(outcome) == (404, ["resource_not_found"], Concern.BATCH, ())
    assert isinstance(outcome, Refused)
    assert outcome.problems[0].meta == {"param_name": "role"}
    assert addresses(clerk, ACME) == []


@cassette("organization-bulk-unknown-organization")
def test_an_unknown_organization_stops_the_job(clerk: Client) -> None:
    """resource_not_found without a parameter's name is about the organization, for every call of the job."""
    outcome = invite(clerk, Organization("org_elsewhere"), [{**ADA, **MEMBER}])
    assert refused(outcome) == (404, ["resource_not_found"], Concern.JOB, ())
    with pytest.raises(ClerkRefused, match="404, resource_not_found"):
        clerk.organization("org_elsewhere")


@cassette("organization-bulk-inviter-is-no-administrator", seed=PEOPLE)
def test_an_inviter_who_may_not_invite_concerns_the_call(clerk: Client) -> None:
    """not_an_admin_in_organization is about the inviter that an item names; without one the item passes."""
    outcome = invite(clerk, ACME, [{**ADA, **MEMBER, "inviter_user_id": "user_worker"}])
    assert refused(outcome) == (403, ["not_an_admin_in_organization"], Concern.BATCH, ())
    assert made(invite(clerk, ACME, [{**ADA, **MEMBER}]), "orginv") == {"ada@example.com": PENDING}


@cassette("application-bulk-blocked", settings={"blocklist": ("*@example.net",)})
def test_a_blocked_address_is_named(clerk: Client) -> None:
    """not_allowed_access names the addresses under identifiers."""
    outcome = invite(clerk, APP, [ADA, {"email_address": "spam@example.net"}])
    assert refused(outcome) == (403, ["not_allowed_access"], Concern.ROW, ("spam@example.net",))


FULL = {"organizations": [{"id": "org_acme", "name": "Acme", "max_allowed_memberships": 1}]}
SEATS = {"organizations": [{"id": "org_acme", "name": "Acme", "seats": 1}]}


@cassette("organization-bulk-full", seed=FULL)
def test_an_organization_without_room_stops_the_job(clerk: Client) -> None:
    """organization_membership_quota_exceeded: pending invitations count like members."""
    outcome = invite(clerk, ACME, [{**ADA, **MEMBER}, {**GRACE, **MEMBER}])
    assert refused(outcome) == (403, ["organization_membership_quota_exceeded"], Concern.JOB, ())


@cassette("organization-bulk-no-seats", seed=SEATS)
def test_a_plan_without_seats_stops_the_job(clerk: Client) -> None:
    """insufficient_seats is 402, and says how many seats it would take."""
    outcome = invite(clerk, ACME, [{**ADA, **MEMBER}, {**GRACE, **MEMBER}])
    assert refused(outcome) == (402, ["insufficient_seats"], Concern.JOB, ())
    assert isinstance(outcome, Refused)
    assert outcome.problems[0].meta == {"seats_quantity": 2}


@cassette("application-bad-key", key="sk_test_unknown")
def test_an_unknown_key_stops_the_job_on_the_application(clerk: Client) -> None:
    """clerk_key_invalid answers every call, creating or reading."""
    assert refused(invite(clerk, APP, [ADA])) == (401, ["clerk_key_invalid"], Concern.JOB, ())
    with pytest.raises(KeyRefused, match="Copy it again"):
        clerk.instance()


@cassette("organization-bad-key", key="sk_test_unknown", seed=ORGANIZATION)
def test_an_unknown_key_stops_the_job_on_an_organization(clerk: Client) -> None:
    """clerk_key_invalid answers before the organization is looked for."""
    assert refused(invite(clerk, ACME, [{**ADA, **MEMBER}])) == (401, ["clerk_key_invalid"], Concern.JOB, ())
    with pytest.raises(KeyRefused, match="Copy it again"):
        next(clerk.invitations(ACME))


def spent(path: str, calls: int, **item: str) -> list[tuple[str, bytes]]:
    """Return so many creating calls of one person each, made before the recording."""
    bodies = ([{"email_address": f"earlier-{number}@example.com", **item}] for number in range(calls))
    return [(path, json.dumps(body).encode()) for body in bodies]


@cassette("application-bulk-hour-used-up", calls_before=spent("/v1/invitations/bulk", 24))
def test_the_26th_bulk_call_of_an_hour_waits(clerk: Client, clock: VirtualClock) -> None:
    """The 25th call of the hour passes, the 26th is told how long to wait, and after that it passes."""
    assert made(invite(clerk, APP, [ADA])) == {"ada@example.com": PENDING}
    outcome = invite(clerk, APP, [GRACE])
    assert isinstance(outcome, Wait)
    assert outcome.seconds == 3600
    clock.advance(outcome.seconds)
    assert made(invite(clerk, APP, [GRACE])) == {"grace@example.org": ("pending", HOUR, HOUR + 30 * DAY)}


@cassette(
    "organization-bulk-hour-used-up",
    seed=ORGANIZATION,
    calls_before=spent("/v1/organizations/org_acme/invitations/bulk", 49, **MEMBER),
)
def test_the_51st_bulk_call_of_an_hour_waits(clerk: Client, clock: VirtualClock) -> None:
    """The 50th call of the hour passes, the 51st is told how long to wait, and after that it passes."""
    assert made(invite(clerk, ACME, [{**ADA, **MEMBER}]), "orginv") == {"ada@example.com": PENDING}
    outcome = invite(clerk, ACME, [{**GRACE, **MEMBER}])
    assert isinstance(outcome, Wait)
    assert outcome.seconds == 3600
    clock.advance(outcome.seconds)
    late = {"grace@example.org": ("pending", HOUR, HOUR + 30 * DAY)}
    assert made(invite(clerk, ACME, [{**GRACE, **MEMBER}]), "orginv") == late
