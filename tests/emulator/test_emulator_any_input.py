"""Nothing a client sends makes the stand-in fail: whatever comes, an answer goes out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.exchange import Request

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
NAMES = st.sampled_from(
    [
        "email_address",
        "role",
        "public_metadata",
        "private_metadata",
        "redirect_url",
        "notify",
        "ignore_existing",
        "expires_in_days",
        "template_slug",
        "inviter_user_id",
        "requesting_user_id",
        "name",
        "slug",
        "created_by",
        "user_id",
        "username",
        "id",
        "organization_id",
        "do",
        "times",
        "headers",
        "status",
        "advance_seconds",
        "users",
        "organizations",
        "invitations",
        "email_addresses",
        "role_sets",
        "roles",
        "key",
        "atomicity",
        "listing_lag",
        "allowlist",
        "webhook_url",
        "url",
        "secret",
    ]
)
LIKELY = JSON | st.sampled_from(["ada@example.com", "org:member", "org_acme", "user_boss", 30, "status", [], {}])
DOCUMENTS = LIKELY | st.dictionaries(NAMES, LIKELY, max_size=5)
BODIES = st.builds(lambda document: json.dumps(document).encode(), DOCUMENTS | st.lists(DOCUMENTS, max_size=3))
PATHS = st.sampled_from(
    [
        "/v1/invitations",
        "/v1/invitations/bulk",
        "/v1/invitations/inv_a/revoke",
        "/v1/organizations/org_acme/invitations",
        "/v1/organizations/org_acme/invitations/bulk",
        "/v1/organizations/org_acme/invitations/orginv_a/revoke",
        "/v1/organizations/org_acme/memberships",
        "/v1/organization_invitations",
        "/v1/organization_roles",
        "/v1/organizations",
        "/v1/users",
        "/_emulator/seed",
        "/_emulator/faults",
        "/_emulator/accept",
        "/_emulator/clock",
        "/_emulator/settings",
        "/_emulator/webhooks",
    ]
)
QUERIES = st.lists(
    st.tuples(
        st.sampled_from(["limit", "offset", "status", "order_by", "query", "paginated", "email_address", "user_id"]),
        st.text(max_size=8) | st.sampled_from(["-created_at", "true", "10", "pending", ""]),
    ),
    max_size=4,
)


@settings(max_examples=300)
@given(method=st.sampled_from(["GET", "POST"]), path=PATHS, query=QUERIES, body=BODIES | st.binary(max_size=20))
def test_every_request_gets_an_answer(method: str, path: str, query: list[tuple[str, str]], body: bytes) -> None:
    """An answer below 500, JSON where there is a body; what was refused has created nothing."""
    backend = Backend(limits="off", clock=VirtualClock())
    seed: dict[str, Any] = {
        "organizations": [{"id": "org_acme"}],
        "users": [{"id": "user_boss", "email_address": "boss@example.com"}],
        "invitations": [
            {"id": "inv_a", "email_address": "a@example.com"},
            {"id": "orginv_a", "email_address": "a@example.com", "organization_id": "org_acme"},
        ],
    }
    backend.seed(seed)
    before = backend.state()
    headers = (("authorization", "Bearer sk_test_fake"), ("content-type", "application/json"))
    response = backend.answer(Request(method, path, tuple(query), headers, body))
    assert 200 <= response.status < 500
    if response.body:
        response.document()
    if response.status >= 400:
        assert backend.state() == before
