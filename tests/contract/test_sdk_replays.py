"""The cassettes are for everybody: Clerk's official Python SDK replays them and understands the answers."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
import vcr  # type: ignore[import-untyped]
from clerk_backend_api import Clerk, models
from recorded import KEY, RECORDED_FROM, json_body_but_defaults, kept_request

# Whatever is asked of pytest: these tests only replay, and reach nobody.
pytestmark = pytest.mark.block_network

CASSETTES = Path(__file__).resolve().parents[2] / "cassettes"


def replayed(name: str) -> vcr.cassette.CassetteContextDecorator:
    """Return a cassette as another project would open it, with the matcher that forgives defaults written out."""
    player = vcr.VCR(
        cassette_library_dir=str(CASSETTES),
        record_mode="none",
        match_on=["method", "host", "path", "query", "json_body_but_defaults"],
        before_record_request=kept_request,
    )
    player.register_matcher("json_body_but_defaults", json_body_but_defaults)
    return player.use_cassette(f"{name}.yaml")


def the_sdk() -> Clerk:
    """Return the official client; its repetition of failed POSTs is switched off call by call."""
    return Clerk(bearer_auth=KEY, client=httpx.Client())


def test_the_official_sdk_replays_the_bulk_call_of_the_application() -> None:
    """The SDK's bulk_create finds its call, though it writes defaults out, and parses what was made."""
    with replayed("application-bulk-two") as cassette, the_sdk() as sdk:
        people: list[models.RequestBodyTypedDict] = [
            {"email_address": "ada@example.com"},
            {"email_address": "grace@example.org"},
        ]
        made = sdk.invitations.bulk_create(request=people, retries=None)
    assert cassette.all_played
    assert [(one.email_address, str(one.status.value), one.created_at, one.expires_at) for one in made] == [
        ("ada@example.com", "pending", 1_800_014_400_000, 1_802_606_400_000),
        ("grace@example.org", "pending", 1_800_014_400_000, 1_802_606_400_000),
    ]


def test_the_official_sdk_replays_the_bulk_call_of_an_organization() -> None:
    """The SDK's bulk_create for an organization parses roles, inviters and the wrapped list."""
    with replayed("organization-bulk-two") as cassette, the_sdk() as sdk:
        made = sdk.organization_invitations.bulk_create(
            organization_id="org_acme",
            request_body=[
                {"email_address": "ada@example.com", "role": "org:admin", "inviter_user_id": "user_boss"},
                {"email_address": "grace@example.org", "role": "org:member"},
            ],
            retries=None,
        )
    assert cassette.all_played
    assert made.total_count == 2
    assert [(one.email_address, one.role, one.role_name, one.inviter_id, one.status) for one in made.data] == [
        ("ada@example.com", "org:admin", "Admin", "user_boss", "pending"),
        ("grace@example.org", "org:member", "Member", None, "pending"),
    ]


def test_the_official_sdk_reads_a_refusal_of_the_cassettes() -> None:
    """A refusal becomes the SDK's own error, with Clerk's code and the addresses it names."""
    with replayed("application-bulk-duplicate"), the_sdk() as sdk:
        people: list[models.RequestBodyTypedDict] = [
            {"email_address": "grace@example.org"},
            {"email_address": "ada@example.com"},
        ]
        with pytest.raises(models.ClerkErrors) as caught:
            sdk.invitations.bulk_create(request=people, retries=None)
    assert caught.value.status_code == 400
    (error,) = caught.value.data.errors
    assert error.code == "duplicate_record"
    assert json.loads(caught.value.body)["errors"][0]["meta"] == {"email_addresses": ["ada@example.com"]}


def test_a_body_that_says_something_else_is_not_found() -> None:
    """The matcher forgives values that change nothing, and nothing else."""

    def request(*items: dict[str, object]) -> vcr.request.Request:
        return vcr.request.Request("POST", "https://api.clerk.com/v1/invitations/bulk", json.dumps(items).encode(), {})

    plain = request({"email_address": "ada@example.com"})
    json_body_but_defaults(request({"email_address": "ada@example.com", "notify": True}), plain)
    others: list[dict[str, object]] = [
        {"email_address": "ada@example.com", "notify": False},
        {"email_address": "ada@example.com", "template_slug": "waitlist_invitation"},
        {"email_address": "ada@example.com", "public_metadata": {}},
        {"email_address": "grace@example.org"},
    ]
    for other in others:
        with pytest.raises(AssertionError, match="the JSON bodies differ"):
            json_body_but_defaults(request(other), plain)
    with pytest.raises(AssertionError, match="the JSON bodies differ"):
        json_body_but_defaults(request({"email_address": "ada@example.com"}, {"email_address": "a@example.com"}), plain)


def test_whoever_replays_sees_where_it_was_recorded() -> None:
    """The origin is a header of the answer, not only a line in a file."""
    with replayed("instance"), httpx.Client() as client:
        answer = client.get("https://api.clerk.com/v1/instance", headers={"Accept": "application/json"})
    assert answer.headers[RECORDED_FROM[0]] == "clerkbulk emulator, never Clerk"
