"""The account of the emulator: told from the data it runs on, and true."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.contract.error_code import ERROR_CODES
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS
from clerkbulk.emulator.codes import PRODUCED, By
from clerkbulk.emulator.control import CONTROL_PREFIX
from clerkbulk.emulator.doors import DOORS
from clerkbulk.emulator.imitation import calls, questions, to_markdown
from clerkbulk.emulator.instance import Settings, switches
from clerkbulk.emulator.routes import ROUTES

PAGE = Path(__file__).parents[2] / "docs" / "emulator.md"
BULK, ORG = "/v1/invitations/bulk", "/v1/organizations/org_acme/invitations"
ORG_BULK = f"{ORG}/bulk"
FURNITURE = {
    "organizations": [
        {"id": "org_acme"}, {"id": "org_full", "max_allowed_memberships": 1}, {"id": "org_seats", "seats": 0},
    ],
    "users": [
        {"id": "user_u", "email_address": "user@example.com"},
        {"id": "user_m", "email_address": "member@example.com"},
    ],
    "memberships": [
        {"organization_id": "org_acme", "user_id": "user_m"},
        {"organization_id": "org_full", "user_id": "user_m"},
    ],
    "invitations": [
        {"id": "inv_p", "email_address": "pending@example.com"},
        {"id": "inv_r", "email_address": "r@example.com", "status": "revoked"},
        {"id": "inv_a", "email_address": "a@example.com", "status": "accepted"},
        {"id": "orginv_p", "email_address": "pending@example.com", "organization_id": "org_acme"},
        {"id": "orginv_r", "email_address": "r@example.com", "organization_id": "org_acme", "status": "revoked"},
    ],
}  # fmt: skip


def _app(name: str = "new", **more: Any) -> Callable[[Any], Any]:
    item = {"email_address": f"{name}@example.com", **more}
    return lambda clerk: clerk.ask("POST", BULK, [{name: value for name, value in item.items() if value != "LEFT OUT"}])


def _org(name: str = "new", organization: str = "org_acme", **more: Any) -> Callable[[Any], Any]:
    target = f"/v1/organizations/{organization}/invitations/bulk"
    return lambda clerk: clerk.ask(
        "POST", target, [{"email_address": f"{name}@example.com", "role": "org:member", **more}]
    )


def _asked(method: str, target: str, document: Any = None, **more: Any) -> Callable[[Any], Any]:
    return lambda clerk: clerk.ask(method, target, document, **more)


def _used_up(clerk: Any) -> Any:
    return [clerk.ask("POST", BULK, [{"email_address": f"p{place}@example.com"}]) for place in range(26)][-1]


RECIPES: dict[str, tuple[dict[str, Any], Callable[[Any], Any]]] = {
    "duplicate_record": ({}, _app("pending")),
    "organization_invitation_not_unique": ({}, _org("pending")),
    "already_a_member_in_organization": ({}, _org("member")),
    "form_identifier_exists": ({}, _app("user")),
    "form_param_format_invalid": ({}, _app("no address at all ")),
    "not_allowed_access": ({"blocklist": ("*@example.com",)}, _app()),
    "exclusive_organization_membership": ({"exclusive_membership": True}, _org("member", "org_seats")),
    "form_param_missing": ({}, _app(email_address="LEFT OUT")),
    "form_param_nil": ({}, _app(template_slug=None)),
    "form_param_unknown": ({}, _app(role="org:member")),
    "form_param_type_invalid": ({}, _app(expires_in_days="7")),
    "form_param_value_invalid": ({}, _app(expires_in_days=0)),
    "form_param_value_too_large": ({}, _app(expires_in_days=366)),
    "form_param_array_size_exceeded": ({}, _asked("GET", "/v1/users?" + "&".join(["user_id=x"] * 101))),
    "form_param_exceeds_allowed_size": ({}, _app(public_metadata={"note": "x" * 8192})),
    "form_resource_not_found": ({"unknown_inviter": "422 form_resource_not_found"}, _org(inviter_user_id="user_x")),
    "insecure_url": (
        {"plain_http_redirect": "422 insecure_url"},
        _asked("POST", BULK, [{"email_address": "n@example.com", "redirect_url": "http://a.example"}], key="sk_live_f"),
    ),
    "bulk_size_exceeded": ({}, _asked("POST", BULK, [{}] * 11)),
    "request_body_invalid": ({}, _asked("POST", BULK, body=b"[")),
    "unsupported_content_type": ({}, _asked("POST", BULK, headers={"Content-Type": "text/plain"}, body=b"[]")),
    "api_version_invalid": ({}, _asked("GET", "/v1/users?__clerk_api_version=1999-01-01")),
    "resource_not_found": ({}, _org(organization="org_none")),
    "organization_not_found_or_unauthorized": (
        {"unknown_organization": "404 organization_not_found_or_unauthorized"},
        _org(organization="org_none"),
    ),
    "organization_invitation_not_pending": ({}, _asked("POST", f"{ORG}/orginv_r/revoke")),
    "invitation_already_revoked": ({}, _asked("POST", "/v1/invitations/inv_r/revoke")),
    "invitation_already_accepted": ({}, _asked("POST", "/v1/invitations/inv_a/revoke")),
    "revoked_invitation": ({"revoked_again": "400 revoked_invitation"}, _asked("POST", "/v1/invitations/inv_r/revoke")),
    "organization_membership_quota_exceeded": ({}, _org(organization="org_full")),
    "insufficient_seats": ({}, _org(organization="org_seats")),
    "quota_exceeded": ({"invitation_quota": 1}, _app()),
    "user_quota_exceeded": ({"user_quota": 1}, _app()),
    "invitations_not_supported": ({"email_addresses_enabled": False}, _app()),
    "feature_requires_email_address_enabled": ({"email_addresses_enabled": False}, _org()),
    "organization_not_enabled_in_instance": ({"organizations_enabled": False}, _org()),
    "missing_organization_permission": (
        {"non_admin_inviter": "403 missing_organization_permission"},
        _org(inviter_user_id="user_m"),
    ),
    "not_an_admin_in_organization": ({}, _org(inviter_user_id="user_m")),
    "dev_monthly_email_limit_exceeded": ({"monthly_emails": 1}, _asked("POST", BULK, [
        {"email_address": "one@example.com"}, {"email_address": "two@example.com"},
    ])),
    "authorization_header_format_invalid": ({}, _asked("GET", "/v1/users", key=None)),
    "clerk_key_invalid": ({}, _asked("GET", "/v1/users", key="pk_test_fake")),
    "too_many_requests": ({"limits": "documented"}, _used_up),
    "rate_limit_exceeded": ({"limits": "documented", "limit_code": "rate_limit_exceeded"}, _used_up),
}  # fmt: skip


def test_every_code_a_sender_can_meet_is_in_the_table_once() -> None:
    """The table names each code of the contract, with one of its statuses, and no other."""
    known = {entry.code: entry.statuses for entry in ERROR_CODES}
    assert [one.code for one in PRODUCED if one.status not in known.get(one.code, ())] == []
    assert sorted(one.code for one in PRODUCED) == sorted(known)


@pytest.mark.parametrize("produced", PRODUCED, ids=lambda one: one.code)
def test_every_code_can_be_had_as_the_table_says(make: Any, produced: Any) -> None:
    """By the request, the state or a setting there is a call that is answered with it; by a fault it can be ordered."""
    settings, act = RECIPES.get(produced.code, ({}, _app()))
    clerk = make(**settings)
    clerk.backend.seed(FURNITURE)
    if produced.by is By.FAULT:
        clerk.backend.faults([{"do": "status", "status": produced.status, "code": produced.code}])
    else:
        assert produced.code in RECIPES
        # A setting that makes the difference is named; what needs none is not said to.
        assert (produced.by is By.SETTING) == bool(settings.keys() - {"limits"})
    response = act(clerk)
    assert (response.status, response.document()["errors"][0]["code"]) == (produced.status, produced.code)


def test_settings_named_by_codes_exist() -> None:
    """A code that comes by a setting names settings there are."""
    named = [name for one in PRODUCED if one.by is By.SETTING for name in one.how.split(", ")]
    assert [name for name in named if not hasattr(Settings(), name)] == []


def test_every_call_and_every_setting_is_told() -> None:
    """Each route has its line and something to say, each setting its place: the page has all that runs."""
    assert [call for call, _ in calls()] == [f"{route.method} /v1/{'/'.join(route.pattern)}" for route in ROUTES]
    assert [call for call, said in calls() if not said] == []
    told = {*switches(), *(one["name"] for one in questions())}
    assert told == set(Settings.__dataclass_fields__)
    assert len(questions()) == len(UNKNOWNS) + len(UNKNOWN_NUMBERS)


def test_every_door_opens(clerk: Any) -> None:
    """Each door of the page answers its example, and the control door knows no other."""
    clerk.backend.seed({"invitations": [{"email_address": "ada@example.com"}]})
    listed = clerk.ask("GET", f"{CONTROL_PREFIX}/nowhere", key=None).document()["error"]
    assert {f"{CONTROL_PREFIX}/{door.path}" for door in DOORS} == set(
        listed.split("There are: ")[1].rstrip(".").split(", ")
    )
    for path in {door.path for door in DOORS}:
        methods = {door.method for door in DOORS if door.path == path}
        refused = clerk.ask("PATCH", f"{CONTROL_PREFIX}/{path}", key=None)
        assert set((refused.header("allow") or "").split(", ")) == methods
    # A reset forgets what the others need, and there is no state file to save to.
    for door in sorted(DOORS, key=lambda one: one.path == "reset"):
        body = door.example.encode() or None
        status = clerk.ask(door.method, f"{CONTROL_PREFIX}/{door.path}", body=body, key=None).status
        assert status == (400 if door.path == "save" else 200), (door, status)


def test_the_page_is_what_the_emulator_says() -> None:
    """After a change run clerkbulk emulate --describe > docs/emulator.md."""
    assert PAGE.read_text(encoding="utf-8") == to_markdown()


def test_the_command_prints_the_page() -> None:
    """The option --describe prints the page and ends, without opening a port."""
    command = [sys.executable, "-m", "clerkbulk", "emulate", "--describe"]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, to_markdown(), "")
