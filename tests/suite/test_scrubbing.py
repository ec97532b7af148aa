"""What a cassette may hold: the search finds the secrets it is for, and scrubbing leaves none to be found."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.suite.scrubbing import Scrubber, authorization, leaks

REAL = {"ada": "ada.x7+clerk_test@corp.test", "ADA": "Ada.x7+clerk_test@corp.test", "org": "org_2RealOne"}
KEPT = {"ada": "ada@example.com", "ADA": "Ada@example.com", "org": "org_acme"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sk_live_x", ["a secret key"]),
        ("sk_test_01234567890", ["a secret key"]),
        ("sk_test_fake", []),
        ("Bearer abc", ["an authorization"]),
        ("Bearer REMOVED", []),
        ("Must be 'Bearer <YOUR_API_KEY>'", []),
        ("https://x.example.com/accept?ticket=abc", ["a ticket"]),
        ("https://x.example.com/accept?ticket=REMOVED", []),
        ("eyJhbGciOiJSUzI1NiJ9.e30.sig", ["a signed token"]),
        ("ada@corp.io", ["an address that could be somebody's"]),
        ("ada@example.community", ["an address that could be somebody's"]),
        ("ada@example.com.evil.io", ["an address that could be somebody's"]),
        ("ada@example.com, zoë@mail.example.net, eve@disposable.example", []),
        ("?email_address=ada%40corp.io", ["an address that could be somebody's, in a URL"]),
        ("?email_address=ada%40example.com&limit=1", []),
        ("http://127.0.0.1:4010/v1", ["this machine"]),
    ],
)
def test_what_counts_as_a_leak(text: str, expected: list[str]) -> None:
    """A name for each kind, and nothing for what may stand there."""
    assert leaks(text) == expected


def test_the_names_of_the_cases_take_the_place_of_what_was_there() -> None:
    """As it was written, in another case, and inside a URL; the organization too."""
    scrubber = Scrubber(REAL, KEPT, hide_people=True)
    assert scrubber.text("ada.x7+clerk_test@corp.test") == "ada@example.com"
    assert scrubber.text("Ada.x7+clerk_test@corp.test") == "Ada@example.com"
    assert scrubber.text("/v1/organizations/org_2RealOne/invitations") == "/v1/organizations/org_acme/invitations"
    assert scrubber.text("query=ada.x7%2Bclerk_test%40corp.test") == "query=ada%40example.com"


def test_strangers_get_a_name_that_stays() -> None:
    """The same person is the same person in every answer of the cassette; example addresses stay as they are."""
    scrubber = Scrubber(REAL, KEPT, hide_people=True)
    first = scrubber.body(b'{"data":[{"email_address":"Boss@corp.io"},{"email_address":"bob@example.com"}]}')
    assert json.loads(first) == {
        "data": [{"email_address": "person1@example.net"}, {"email_address": "bob@example.com"}]
    }
    assert scrubber.text("cc@corp.io and boss@corp.io") == "person2@example.net and person1@example.net"


def test_what_tells_about_people_is_removed() -> None:
    """Names and pictures of inviters and members are nobody's business in a cassette; null stays null."""
    body = b'{"public_inviter_data":{"first_name":"Bo","last_name":null,"image_url":"https://img.example/x","user_id":"u"}}'
    assert json.loads(Scrubber(REAL, KEPT, hide_people=True).body(body)) == {
        "public_inviter_data": {"first_name": "REMOVED", "last_name": None, "image_url": "REMOVED", "user_id": "u"}
    }


def test_an_authorization_keeps_its_first_word() -> None:
    """Bearer or Basic: that is what a case may be about."""
    assert authorization("Bearer sk_test_x") == "Bearer REMOVED"
    assert authorization("Basic abc") == "Basic REMOVED"
    assert authorization("") == ""


@given(st.text(), st.sampled_from(["?ticket=abc.def", " Boss@corp.io ", "ada.x7+clerk_test@corp.test"]), st.text())
def test_scrubbing_twice_changes_nothing_more_and_leaves_no_ticket_or_address(
    before: str, secret: str, after: str
) -> None:
    """It is done when a call is recorded and when it is replayed."""
    scrubber = Scrubber(REAL, KEPT, hide_people=True)
    once = scrubber.text(f"{before} {secret} {after}")
    assert scrubber.text(once) == once
    assert "ticket=abc" not in once
    assert "corp.io" not in once
