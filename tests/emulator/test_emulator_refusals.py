"""What is refused for its form, with which status, code, words and meta."""

from __future__ import annotations

from typing import Any

import pytest

BULK, SINGLE = "/v1/invitations/bulk", "/v1/invitations"
ORG_BULK, ORG_SINGLE = "/v1/organizations/org_acme/invitations/bulk", "/v1/organizations/org_acme/invitations"
ADA = {"email_address": "ada@example.com"}
MEMBER = {**ADA, "role": "org:member"}
HEADER_FORMAT = {
    "message": "Invalid Authorization header format",
    "long_message": "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
    "code": "authorization_header_format_invalid",
}
KEY_INVALID = {
    "message": "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.",
    "long_message": "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.",
    "code": "clerk_key_invalid",
}


@pytest.mark.parametrize("target", ["/v1/users", "/v1/no-such-thing", "/v1", "/v1/invitations/bulk"])
@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (None, HEADER_FORMAT),
        ("Basic abc", HEADER_FORMAT),
        ("Bearer", HEADER_FORMAT),
        ("Bearer ", HEADER_FORMAT),
        ("sk_test_fake", HEADER_FORMAT),
        ("bearer sk_test_fake", HEADER_FORMAT),
        ("Bearer notakey", KEY_INVALID),
        ("Bearer pk_test_fake", KEY_INVALID),
    ],
)
def test_the_key_is_asked_for_before_the_path(
    clerk: Any, target: str, authorization: str | None, expected: dict[str, str]
) -> None:
    """Without a good key every path answers the recorded 401, also one that does not exist."""
    headers = {} if authorization is None else {"Authorization": authorization}
    assert clerk.refusal("GET", target, key=None, headers=headers) == (401, [expected])


@pytest.mark.parametrize("key", ["sk_test_a", "sk_live_a", "test_a", "live_a"])
def test_every_secret_key_opens_unless_keys_are_named(clerk: Any, key: str) -> None:
    """Keys with the prefix of a secret key, old or new, are known where the settings name none."""
    assert clerk.get("/v1/invitations", key=key) == []


def test_only_named_keys_open(make: Any) -> None:
    """With secret_keys in the settings the others are unknown, and the keys are not shown."""
    clerk = make(secret_keys=("sk_test_one", "sk_test_two"))
    assert clerk.get("/v1/invitations", key="sk_test_two") == []
    assert clerk.refusal("GET", "/v1/invitations", key="sk_test_three") == (401, [KEY_INVALID])
    assert "sk_test_one" not in repr(clerk.backend.settings)
    assert clerk.backend.account()["settings"]["secret_keys"] == 2


@pytest.mark.parametrize(
    ("target", "version", "fine"),
    [
        ("/v1/invitations", "2026-05-12", True),
        ("/v1/invitations", "2021-02-05", True),
        ("/v1/invitations?__clerk_api_version=2025-11-10", None, True),
        ("/v1/invitations", "2026-05-13", False),
        ("/v1/invitations", "", False),
        ("/v1/invitations?__clerk_api_version=2026-05-12", "2026-05-12", False),
    ],
)
def test_versions_are_checked(clerk: Any, target: str, version: str | None, fine: bool) -> None:
    """A known version is fine in header or query; an unknown one, or both at once, is 400 api_version_invalid."""
    headers = {} if version is None else {"Clerk-API-Version": version}
    if fine:
        assert clerk.get(target, headers=headers) == []
    else:
        status, (error,) = clerk.refusal("GET", target, headers=headers)
        assert (status, error["code"], "meta" in error) == (400, "api_version_invalid", False)


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("text/plain", b"[]", 415, "unsupported_content_type"),
        ("application/x-www-form-urlencoded", b"a=b", 415, "unsupported_content_type"),
        ("", b"[]", 415, "unsupported_content_type"),
        ("application/json; charset=utf-8", b"[", 400, "request_body_invalid"),
        ("application/json", b"", 400, "request_body_invalid"),
        ("application/json", b"\xff\xfe", 400, "request_body_invalid"),
        ("application/json", b'[{"email_address": NaN}]', 400, "request_body_invalid"),
        ("application/json", b'[{"expires_in_days": 1e999}]', 400, "request_body_invalid"),
        ("application/json", b"[" * 100_000, 400, "request_body_invalid"),
    ],
)
def test_bodies_must_be_json_and_say_so(clerk: Any, content_type: str, body: bytes, status: int, code: str) -> None:
    """A body that is not JSON, or does not say it is, is refused before anything in it is looked at."""
    found, (error,) = clerk.refusal("POST", BULK, body=body, headers={"Content-Type": content_type})
    assert (found, error["code"]) == (status, code)
    assert clerk.addresses() == []


@pytest.mark.parametrize(
    ("target", "document", "received"),
    [
        (BULK, {}, "Received object, must be of type array."),
        (BULK, {"invitations": [ADA]}, "Received object, must be of type array."),
        (BULK, "x", "Received string, must be of type array."),
        (BULK, 1, "Received integer, must be of type array."),
        (BULK, [[ADA]], "Received array, must be of type object."),
        (BULK, [None], "Received null, must be of type object."),
        (SINGLE, [ADA], "Received array, must be of type object."),
        (ORG_BULK, MEMBER, "Received object, must be of type array."),
        (ORG_SINGLE, [MEMBER], "Received array, must be of type object."),
    ],
)
def test_a_body_of_the_wrong_type_is_422_without_meta(acme: Any, target: str, document: Any, received: str) -> None:
    """Bulk calls take a bare array of objects, single calls one object; the refusal names no parameter."""
    expected = {
        "message": "is invalid",
        "long_message": f"Request body is invalid. {received}",
        "code": "form_param_value_invalid",
    }
    assert acme.refusal("POST", target, document) == (422, [expected])


def _people(count: int) -> list[dict[str, str]]:
    return [{"email_address": f"p{number}@example.com", "role": "org:member"} for number in range(count)]


@pytest.mark.parametrize(
    ("setting", "answer", "document", "status", "error"),
    [
        (
            "empty_call",
            "422 form_param_missing",
            [],
            422,
            {
                "message": "is missing",
                "long_message": "email_address must be included.",
                "code": "form_param_missing",
                "meta": {"param_name": "email_address"},
            },
        ),
        (
            "empty_call",
            "400 request_body_invalid",
            [],
            400,
            {
                "message": "Request body invalid",
                "long_message": "The request body is invalid. "
                "Please consult the API documentation for more information.",
                "code": "request_body_invalid",
            },
        ),
        (
            "eleven_items",
            "400 bulk_size_exceeded",
            _people(11),
            400,
            {
                "message": "bulk size exceeded",
                "long_message": "Parameters exceed the maximum allowed bulk processing size of 10.",
                "code": "bulk_size_exceeded",
            },
        ),
        (
            "eleven_items",
            "422 form_param_array_size_exceeded",
            _people(11),
            422,
            {
                "message": "exceeds maximum size",
                "long_message": "params should not exceed 10 items.",
                "code": "form_param_array_size_exceeded",
                "meta": {"param_name": "params"},
            },
        ),
    ],
)
@pytest.mark.parametrize("target", [BULK, ORG_BULK])
def test_none_and_eleven_are_refused_as_set(
    make: Any, target: str, setting: str, answer: str, document: Any, status: int, error: dict[str, Any]
) -> None:
    """Zero and eleven items are refused; with what is a setting, because Clerk does not say."""
    clerk = make(**{setting: answer})
    clerk.backend.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
    assert clerk.refusal("POST", target, document) == (status, [error])


ITEM_FAULTS = [
    (BULK, {}, "form_param_missing", "email_address"),
    (BULK, {"email_address": None}, "form_param_nil", "email_address"),
    (BULK, {"email_address": 7}, "form_param_type_invalid", "email_address"),
    (BULK, {**ADA, "notify": "yes"}, "form_param_type_invalid", "notify"),
    (BULK, {**ADA, "notify": 1}, "form_param_type_invalid", "notify"),
    (BULK, {**ADA, "ignore_existing": 0}, "form_param_type_invalid", "ignore_existing"),
    (BULK, {**ADA, "expires_in_days": "30"}, "form_param_type_invalid", "expires_in_days"),
    (BULK, {**ADA, "expires_in_days": 30.0}, "form_param_type_invalid", "expires_in_days"),
    (BULK, {**ADA, "expires_in_days": True}, "form_param_type_invalid", "expires_in_days"),
    (BULK, {**ADA, "expires_in_days": 0}, "form_param_value_invalid", "expires_in_days"),
    (BULK, {**ADA, "expires_in_days": -1}, "form_param_value_invalid", "expires_in_days"),
    (BULK, {**ADA, "expires_in_days": 366}, "form_param_value_too_large", "expires_in_days"),
    (BULK, {**ADA, "template_slug": "welcome"}, "form_param_value_invalid", "template_slug"),
    (BULK, {**ADA, "template_slug": None}, "form_param_nil", "template_slug"),
    (BULK, {**ADA, "public_metadata": []}, "form_param_type_invalid", "public_metadata"),
    (BULK, {**ADA, "public_metadata": {"x": "y" * 8185}}, "form_param_exceeds_allowed_size", "public_metadata"),
    (BULK, {**ADA, "public_metadata": {"half": "\ud800"}}, "form_param_value_invalid", "public_metadata"),
    (BULK, {**ADA, "role": "org:member"}, "form_param_unknown", "role"),
    (BULK, {**ADA, "private_metadata": {}}, "form_param_unknown", "private_metadata"),
    (BULK, {**ADA, "emailAddress": "x"}, "form_param_unknown", "emailAddress"),
    (SINGLE, {**ADA, "public_metadata": None}, "form_param_nil", "public_metadata"),
    (SINGLE, {**ADA, "redirect_url": None}, "form_param_nil", "redirect_url"),
    (ORG_BULK, ADA, "form_param_missing", "role"),
    (ORG_BULK, {**MEMBER, "role": None}, "form_param_nil", "role"),
    (ORG_BULK, {**MEMBER, "role": 1}, "form_param_type_invalid", "role"),
    (ORG_BULK, {**MEMBER, "inviter_user_id": 1}, "form_param_type_invalid", "inviter_user_id"),
    (ORG_BULK, {**MEMBER, "private_metadata": "x"}, "form_param_type_invalid", "private_metadata"),
    (
        ORG_BULK,
        {**MEMBER, "private_metadata": {"x": "ü" * 4093}},
        "form_param_exceeds_allowed_size",
        "private_metadata",
    ),
    (ORG_BULK, {**MEMBER, "ignore_existing": True}, "form_param_unknown", "ignore_existing"),
    (ORG_BULK, {**MEMBER, "template_slug": "invitation"}, "form_param_unknown", "template_slug"),
]


@pytest.mark.parametrize(("target", "item", "code", "name"), ITEM_FAULTS)
def test_a_malformed_parameter_is_named(acme: Any, target: str, item: Any, code: str, name: str) -> None:
    """Every kind of malformed parameter is 422 with its code and its name, and nothing is created."""
    document = item if target in {SINGLE, ORG_SINGLE} else [item]
    status, (error,) = acme.refusal("POST", target, document)
    assert (status, error["code"], error["meta"]) == (422, code, {"param_name": name})
    assert error["message"]
    assert error["long_message"]
    assert acme.addresses() + acme.addresses("organization_invitations") == []


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "ada lovelace@example.com",
        "ada@@example.com",
        "ada..l@example.com",
        " ada@example.com",
        "ada@example.com\n",
        "ada@example.com\u200b",
        "ada@example.com,bob@example.com",
        "Ada <ada@example.com>",
        "mailto:ada@example.com",
        "a" * 65 + "@example.com",
        "\ud800@example.com",
    ],
)
def test_what_is_no_address_as_it_stands_is_refused(clerk: Any, address: str) -> None:
    """Nothing is trimmed or unpacked: the address must be one already."""
    expected = {
        "message": "is invalid",
        "long_message": "email_address must be a valid email address.",
        "code": "form_param_format_invalid",
        "meta": {"param_name": "email_address"},
    }
    assert clerk.refusal("POST", BULK, [{"email_address": address}]) == (422, [expected])


@pytest.mark.parametrize(
    "url", ["", "not a url", "www.example.com", "https://", "javascript:alert(1)", "data:,x", "//"]
)
def test_redirect_urls_that_lead_nowhere_are_refused(clerk: Any, url: str) -> None:
    """What is neither absolute, nor a path, nor an own scheme is 422 (third party; the code is assumed)."""
    if url == "//":
        url = "https://exa mple.com"
    status, (error,) = clerk.refusal("POST", SINGLE, {**ADA, "redirect_url": url})
    assert (status, error["code"]) == (422, "form_param_format_invalid")
    assert error["meta"] == {"param_name": "redirect_url"}


def test_metadata_of_exactly_eight_kilobytes_passes(clerk: Any) -> None:
    """8192 bytes of compact UTF-8 JSON are the most."""
    clerk.post(SINGLE, {**ADA, "public_metadata": {"x": "y" * 8184}})


def test_everything_malformed_is_listed_at_once(clerk: Any) -> None:
    """One envelope names the faults of all items."""
    document = [{"email_address": "nobody"}, {**ADA, "expires_in_days": 400, "colour": "red"}]
    status, errors = clerk.refusal("POST", BULK, document)
    assert status == 422
    assert [(error["code"], error["meta"]["param_name"]) for error in errors] == [
        ("form_param_format_invalid", "email_address"),
        ("form_param_value_too_large", "expires_in_days"),
        ("form_param_unknown", "colour"),
    ]


@pytest.mark.parametrize(
    ("form", "meta"),
    [
        ("plain", {"param_name": "email_address"}),
        ("dotted", {"param_name": "2.email_address"}),
        ("bracketed", {"param_name": "[2].email_address"}),
        ("absent", None),
    ],
)
def test_param_name_takes_the_form_it_is_set_to(make: Any, form: str, meta: dict[str, str] | None) -> None:
    """How a field of the third item is named is a setting; a single call always has the plain name."""
    clerk = make(param_name_form=form)
    good = [{"email_address": "a@example.com"}, {"email_address": "b@example.com"}]
    _, (error,) = clerk.refusal("POST", BULK, [*good, {"email_address": "x"}])
    assert error.get("meta") == meta
    _, (error,) = clerk.refusal("POST", SINGLE, {"email_address": "x"})
    assert error["meta"] == {"param_name": "email_address"}
