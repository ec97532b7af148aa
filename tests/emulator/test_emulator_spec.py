"""Every answer is held to Clerk's published OpenAPI document, and to the models of Clerk's own Python SDK."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from clerk_backend_api import models
from jsonschema import Draft202012Validator

SPEC = Path(__file__).resolve().parents[3] / "shared" / "openapi" / "clerk-invitations.openapi.yml"
BASE = "/v1/organizations/org_acme"

ANSWERS = [
    ("GET", "/v1/users", None, "/users", "200"),
    ("GET", "/v1/users?limit=0", None, "/users", "422"),
    ("GET", "/v1/users?keyless", None, "/users", "401"),
    ("POST", "/v1/users", {"email_address": ["fresh@example.com"]}, "/users", "200"),
    ("POST", "/v1/users", {"email_address": ["boss@example.com"]}, "/users", "422"),
    ("GET", "/v1/users/user_boss/organization_invitations", None, "/users/{user_id}/organization_invitations", "200"),
    ("GET", "/v1/users/user_z/organization_invitations", None, "/users/{user_id}/organization_invitations", "404"),
    (
        "GET",
        "/v1/invitations?status=pending&status=revoked&status=expired&status=accepted",
        None,
        "/invitations",
        "200",
    ),
    ("POST", "/v1/invitations", {"email_address": "one@example.com"}, "/invitations", "200"),
    ("POST", "/v1/invitations", {"email_address": "pending@example.com"}, "/invitations", "400"),
    ("POST", "/v1/invitations", {"email_address": "boss@example.com"}, "/invitations", "422"),
    ("POST", "/v1/invitations/bulk", [{"email_address": "one@example.com"}], "/invitations/bulk", "200"),
    ("POST", "/v1/invitations/bulk", [{"email_address": "pending@example.com"}], "/invitations/bulk", "400"),
    ("POST", "/v1/invitations/bulk", [{"email_address": 1}], "/invitations/bulk", "422"),
    ("POST", "/v1/invitations/inv_pending/revoke", None, "/invitations/{invitation_id}/revoke", "200"),
    ("POST", "/v1/invitations/inv_revoked/revoke", None, "/invitations/{invitation_id}/revoke", "400"),
    ("POST", "/v1/invitations/inv_none/revoke", None, "/invitations/{invitation_id}/revoke", "404"),
    ("GET", "/v1/organization_invitations", None, "/organization_invitations", "200"),
    ("POST", "/v1/organizations", {"name": "New", "created_by": "user_boss"}, "/organizations", "200"),
    ("POST", "/v1/organizations", {}, "/organizations", "422"),
    ("GET", f"{BASE}?include_members_count=true", None, "/organizations/{organization_id}", "200"),
    ("GET", "/v1/organizations/org_none", None, "/organizations/{organization_id}", "404"),
    ("GET", f"{BASE}/invitations", None, "/organizations/{organization_id}/invitations", "200"),
    (
        "POST",
        f"{BASE}/invitations",
        {"email_address": "one@example.com", "role": "org:member", "inviter_user_id": "user_boss"},
        "/organizations/{organization_id}/invitations",
        "200",
    ),
    (
        "POST",
        f"{BASE}/invitations",
        {"email_address": "one@example.com", "role": "org:x"},
        "/organizations/{organization_id}/invitations",
        "404",
    ),
    (
        "POST",
        f"{BASE}/invitations/bulk",
        [{"email_address": "one@example.com", "role": "org:member"}],
        "/organizations/{organization_id}/invitations/bulk",
        "200",
    ),
    (
        "POST",
        f"{BASE}/invitations/bulk",
        [{"email_address": "boss@example.com", "role": "org:member"}],
        "/organizations/{organization_id}/invitations/bulk",
        "400",
    ),
    ("GET", f"{BASE}/invitations/pending", None, "/organizations/{organization_id}/invitations/pending", "200"),
    (
        "GET",
        f"{BASE}/invitations/orginv_pending",
        None,
        "/organizations/{organization_id}/invitations/{invitation_id}",
        "200",
    ),
    (
        "POST",
        f"{BASE}/invitations/orginv_pending/revoke",
        {"requesting_user_id": "user_boss"},
        "/organizations/{organization_id}/invitations/{invitation_id}/revoke",
        "200",
    ),
    ("GET", "/v1/organization_roles", None, "/organization_roles", "200"),
    ("GET", f"{BASE}/memberships", None, "/organizations/{organization_id}/memberships", "200"),
]


@pytest.fixture
def furnished(acme: Any) -> Any:
    """Everything in every status."""
    entries = [
        {"id": f"inv_{status}", "email_address": f"{status}@example.com", "status": status}
        for status in ("pending", "accepted", "revoked", "expired")
    ]
    org = [
        {**one, "id": f"org{one['id']}", "organization_id": "org_acme", "inviter_id": "user_boss"} for one in entries
    ]
    mine = {"email_address": "boss@example.com", "organization_id": "org_acme"}
    acme.backend.seed({"invitations": [*entries, *org, mine]})
    made = acme.post("/v1/invitations", {"email_address": "ticket@example.com", "public_metadata": {"a": [1]}})
    acme.backend.accept({"id": made["id"]})
    acme.backend.sign_up({"email_address": "code@example.com"})
    return acme


@cache
def _spec() -> Any:
    import yaml

    return _nullable(yaml.safe_load(SPEC.read_text(encoding="utf-8")))


def _nullable(node: Any) -> Any:
    """Turn OpenAPI 3.0's nullable into JSON Schema's null."""
    if isinstance(node, list):
        return [_nullable(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    turned = {key: _nullable(value) for key, value in node.items() if key != "nullable" or not isinstance(value, bool)}
    return {"anyOf": [turned, {"type": "null"}]} if node.get("nullable") is True else turned


@pytest.mark.skipif(not SPEC.exists(), reason="Clerk's OpenAPI document is not beside the project")
@pytest.mark.parametrize(("method", "target", "document", "path", "status"), ANSWERS)
def test_answers_have_the_shape_clerk_publishes(
    furnished: Any, method: str, target: str, document: Any, path: str, status: str
) -> None:
    """Each operation's answers validate against the response schema of that operation and status."""
    response = furnished.ask(method, target, document, key=None if target.endswith("keyless") else "sk_test_fake")
    assert str(response.status) == status
    answered = _spec()["paths"][path][method.lower()]["responses"][status]
    if "$ref" in answered:
        answered = _spec()["components"]["responses"][answered["$ref"].rpartition("/")[2]]
    schema = {**answered["content"]["application/json"]["schema"], "components": _spec()["components"]}
    faults = [
        f"{fault.json_path}: {fault.message}" for fault in Draft202012Validator(schema).iter_errors(response.document())
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("target", "model"),
    [
        ("/v1/instance", models.Instance),
        ("/v1/instance/organization_settings", models.OrganizationSettings),
        ("/v1/organizations?include_members_count=true", models.Organizations),
        ("/v1/organizations/org_acme", models.Organization),
        ("/v1/users/user_boss", models.User),
        ("/v1/organization_roles", models.Roles),
        (f"{BASE}/memberships", models.OrganizationMemberships),
        (f"{BASE}/invitations", models.OrganizationInvitations),
        ("/v1/organization_invitations", models.OrganizationInvitationsWithPublicOrganizationData),
    ],
)
def test_the_official_sdk_reads_the_answers(furnished: Any, target: str, model: Any) -> None:
    """The models of Clerk's Python SDK take what is answered, also where the document at hand is silent."""
    model.model_validate(furnished.get(target))


@pytest.mark.parametrize("target", ["/v1/invitations", "/v1/users"])
def test_the_official_sdk_reads_the_plain_lists(furnished: Any, target: str) -> None:
    """The plain arrays hold what the SDK's models take, one by one."""
    model = models.Invitation if target.endswith("invitations") else models.User
    found = furnished.get(target)
    assert found
    for entry in found:
        model.model_validate(entry)
