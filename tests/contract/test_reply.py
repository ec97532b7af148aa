"""What refusals mean: every code of the catalogue, whom it concerns, whom it names, how long to wait."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from clerkbulk.contract.error_code import ERROR_CODES, Concern, error_code
from clerkbulk.contract.fact import Mark
from clerkbulk.contract.reply import Refused, Unsure, Wait, read_reply, retry_after

PAGE = Path(__file__).resolve().parents[3] / "shared" / "clerk-contract.md"
"""The facts about Clerk, where they lie beside the checkout."""
ADA, BOB, EVE = "ada@example.com", "bob@example.org", "eve@example.net"
KEYS = (ADA, BOB, EVE)
TRACE = "0123456789abcdef0123456789abcdef"
JSON_TYPE = {"Content-Type": "application/json"}

ROW, BATCH, JOB, WAIT, UNSURE = Concern.ROW, Concern.BATCH, Concern.JOB, Concern.WAIT, Concern.UNSURE
THERE = "already there"

# Code, status, what a sender does about it, and whether the person is there already. Every code of clerk-contract 3.3.
CATALOGUE: list[tuple[str, int, Concern, str]] = [
    ("duplicate_record", 400, ROW, THERE),
    ("organization_invitation_not_unique", 400, ROW, THERE),
    ("already_a_member_in_organization", 400, ROW, THERE),
    ("form_identifier_exists", 422, ROW, THERE),
    ("form_param_format_invalid", 422, ROW, ""),
    ("not_allowed_access", 403, ROW, ""),
    ("exclusive_organization_membership", 422, ROW, ""),
    ("form_param_missing", 422, BATCH, ""),
    ("form_param_nil", 422, BATCH, ""),
    ("form_param_unknown", 422, BATCH, ""),
    ("form_param_type_invalid", 422, BATCH, ""),
    ("form_param_value_invalid", 422, BATCH, ""),
    ("form_param_value_too_large", 422, BATCH, ""),
    ("form_param_max_length_exceeded", 422, BATCH, ""),
    ("form_param_array_size_exceeded", 422, BATCH, ""),
    ("form_param_duplicate", 422, BATCH, ""),
    ("form_param_exceeds_allowed_size", 422, BATCH, ""),
    ("form_resource_not_found", 422, BATCH, ""),
    ("insecure_url", 422, BATCH, ""),
    ("bulk_size_exceeded", 400, BATCH, ""),
    ("request_body_invalid", 400, BATCH, ""),
    ("malformed_request_parameters", 400, BATCH, ""),
    ("bad_request", 400, BATCH, ""),
    ("request_body_too_large", 413, BATCH, ""),
    ("unsupported_content_type", 415, JOB, ""),
    ("api_version_invalid", 400, JOB, ""),
    ("resource_not_found", 404, JOB, ""),
    ("organization_not_found_or_unauthorized", 404, JOB, ""),
    # Answers to revocations. Should a creating call ever get one, its status decides.
    ("organization_invitation_not_pending", 404, JOB, ""),
    ("invitation_already_revoked", 400, BATCH, ""),
    ("invitation_already_accepted", 400, BATCH, ""),
    ("revoked_invitation", 400, BATCH, ""),
    ("organization_invitation_revoked_code", 400, BATCH, ""),
    ("organization_invitation_already_accepted", 400, BATCH, ""),
    ("organization_membership_quota_exceeded", 403, JOB, ""),
    ("insufficient_seats", 402, JOB, ""),
    ("quota_exceeded", 403, JOB, ""),
    ("user_quota_exceeded", 403, JOB, ""),
    ("invitations_not_supported", 400, JOB, ""),
    ("feature_requires_email_address_enabled", 422, JOB, ""),
    ("organization_not_enabled_in_instance", 403, JOB, ""),
    ("missing_organization_permission", 403, BATCH, ""),
    ("authorization_invalid", 403, JOB, ""),
    ("action_blocked", 403, JOB, ""),
    ("not_an_admin_in_organization", 403, BATCH, ""),
    ("dev_monthly_email_limit_exceeded", 400, JOB, ""),
    ("conflict", 409, UNSURE, ""),
    ("resource_locked", 409, UNSURE, ""),
    ("authorization_header_format_invalid", 401, JOB, ""),
    ("clerk_key_invalid", 401, JOB, ""),
    ("authentication_invalid", 401, JOB, ""),
    ("too_many_requests", 429, WAIT, ""),
    ("rate_limit_exceeded", 429, WAIT, ""),
    ("internal_clerk_error", 500, UNSURE, ""),
    ("service_unavailable", 503, UNSURE, ""),
    ("gateway_timeout", 504, UNSURE, ""),
]

# The meta that goes with a code, and the addresses of the call it points at (clerk-contract 3.2 and 3.3).
META: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "duplicate_record": ({"email_addresses": ["Bob@Example.org", ADA]}, (ADA, BOB)),
    "not_allowed_access": ({"identifiers": [EVE]}, (EVE,)),
    "form_param_missing": ({"param_name": "email_address", "param_names": ["email_address"]}, ()),
    "insufficient_seats": ({"seats_quantity": 12}, ()),
    "missing_organization_permission": ({"permissions": ["org:sys_memberships:manage"]}, ()),
    "too_many_requests": ({"resets_in": 17}, ()),
    "dev_monthly_email_limit_exceeded": ({"dev_monthly_email_limit": 100}, ()),
}


def envelope(*errors: dict[str, Any]) -> bytes:
    return json.dumps({"errors": errors, "clerk_trace_id": TRACE}).encode()


def error(code: str, long_message: str = "Nothing that names anybody.", **meta: Any) -> dict[str, Any]:
    entry = {"code": code, "message": "is refused", "long_message": long_message}
    return {**entry, "meta": meta} if meta else entry


def refused(status: int, *errors: dict[str, Any], keys: tuple[str, ...] = KEYS) -> Refused:
    outcome = read_reply(keys, status, JSON_TYPE, envelope(*errors))
    assert isinstance(outcome, Refused)
    return outcome


def listed_on_the_page() -> dict[str, set[int]]:
    """Return the codes of the tables of clerk-contract 3.3 with their statuses."""
    section = PAGE.read_text(encoding="utf-8").partition("### 3.3 Codes")[2].partition("\n## ")[0]
    found: dict[str, set[int]] = {}
    for statuses, codes in re.findall(r"^\| (\d{3}(?: / \d{3})*) \| ([^|]*) \|", section, re.MULTILINE):
        names, numbers = re.findall(r"`([a-z_]+)`", codes), [int(one) for one in statuses.split(" / ")]
        # "413 / 415" stands beside two codes in that order; one status stands beside one code or several.
        for place, name in enumerate(names):
            found.setdefault(name, set()).add(numbers[place] if len(numbers) > 1 else numbers[0])
    return found


@pytest.mark.skipif(not PAGE.exists(), reason="the contract page does not lie beside this checkout")
def test_no_code_of_the_contract_page_is_missing() -> None:
    """The catalogue has every code the page lists, with the status listed; what is in it besides has a source."""
    page = listed_on_the_page()
    assert len(page) == 55
    ours = {code: {status} for code, status, _, _ in CATALOGUE}
    assert {code: statuses for code, statuses in page.items() if ours.get(code) != statuses} == {}
    assert sorted(set(ours) - set(page)) == ["rate_limit_exceeded"]
    known = error_code("rate_limit_exceeded")
    assert known is not None
    assert known.fact.mark is Mark.MOCKED


def test_the_catalogue_and_this_table_are_the_same() -> None:
    """Each code of the catalogue stands in the table once, and the other way round."""
    assert [entry.code for entry in ERROR_CODES] == [code for code, _, _, _ in CATALOGUE]
    assert {entry.code: entry.statuses for entry in ERROR_CODES} == {
        code: (status,) for code, status, _, _ in CATALOGUE
    }
    assert error_code("a_code_of_tomorrow") is None
    assert error_code(None) is None


@pytest.mark.parametrize(("code", "status", "concern", "there"), CATALOGUE, ids=[code for code, *_ in CATALOGUE])
def test_every_code_means_what_the_table_says(code: str, status: int, concern: Concern, there: str) -> None:
    """A realistic envelope with the code is read into the verdict, with Clerk's words and the trace id kept."""
    meta, named = META.get(code, ({"param_name": "email_address"} if code.startswith("form_") else {}, ()))
    entry = error(code, **meta)
    outcome = read_reply(KEYS, status, {**JSON_TYPE, "Retry-After": "1800"}, envelope(entry))
    assert outcome.trace_id == TRACE
    if concern is WAIT:
        assert outcome == Wait(1800, TRACE)
    elif concern is UNSURE:
        assert outcome == Unsure(f"Clerk answered {status} ({code}), which leaves open what it did", status, TRACE)
    else:
        assert isinstance(outcome, Refused)
        (problem,) = outcome.problems
        assert (outcome.status, outcome.concern, outcome.named) == (status, concern, named)
        assert (problem.code, problem.meta, problem.keys) == (code, meta, named)
        assert outcome.sentence == f"{code}: Nothing that names anybody."
    known = error_code(code)
    assert known is not None
    assert known.already_there == (there == THERE)
    assert known.says[-1] != "."
    assert known.remedy[-1] == "."


@pytest.mark.parametrize("entry", ERROR_CODES, ids=lambda entry: entry.code)
def test_every_entry_of_the_catalogue_has_a_source(entry: Any) -> None:
    """Nothing about Clerk stands here without a mark and a source."""
    assert entry.fact.source
    assert entry.fact.mark is not Mark.UNKNOWN


# What decides: the status where it leaves no choice, then the code, then the status again.


@pytest.mark.parametrize(
    ("status", "code", "param_name", "concern"),
    [
        (404, "resource_not_found", None, JOB),
        (404, "resource_not_found", "role", BATCH),
        (404, "resource_not_found", "2.role", BATCH),
        (404, "resource_not_found", "[2].role", BATCH),
        (404, "resource_not_found", "params[2].role", BATCH),
        (404, "resource_not_found", "inviter_user_id", BATCH),
        (404, "resource_not_found", "organization_id", JOB),
        (404, "resource_not_found", "", JOB),
        (404, "resource_not_found", 7, JOB),
        (404, "resource_not_found", ["role"], JOB),
        (422, "form_param_value_invalid", "role", BATCH),
        (401, "duplicate_record", None, JOB),
        (401, "a_code_of_tomorrow", None, JOB),
        (400, "a_code_of_tomorrow", None, BATCH),
        (422, "a_code_of_tomorrow", None, BATCH),
        (413, None, None, BATCH),
        (402, "a_code_of_tomorrow", None, JOB),
        (403, "a_code_of_tomorrow", None, JOB),
        (404, "a_code_of_tomorrow", None, JOB),
        (405, None, None, JOB),
        (410, None, None, JOB),
        (451, None, None, JOB),
        (422, "duplicate_record", None, ROW),
    ],
)
def test_status_and_code_together_say_whom_it_concerns(
    status: int, code: str | None, param_name: Any, concern: Concern
) -> None:
    """Unknown roles and inviters are about items, a missing organization about the job, unknown codes go by status."""
    entry = {"code": code, "message": "", "long_message": "", "meta": {"param_name": param_name}}
    assert refused(status, entry).concern is concern


def test_the_gravest_problem_decides() -> None:
    """A quota beside duplicates stops the job; duplicates beside a bad value leave the call to be split."""
    duplicate = error("duplicate_record", email_addresses=[ADA])
    assert refused(403, duplicate, error("quota_exceeded")).concern is JOB
    assert refused(422, duplicate, error("form_param_nil", param_name="role")).concern is BATCH
    both = refused(400, duplicate, error("already_a_member_in_organization", f"{EVE} is already a member."))
    assert (both.concern, both.named) == (ROW, (ADA, EVE))


@pytest.mark.parametrize("status", [100, 101, 301, 302, 304, 307, 308, 408, 409, 425, 500, 502, 503, 504, 520, 599])
def test_what_leaves_open_what_happened_is_unsure(status: int) -> None:
    """Redirects, conflicts, time-outs and every failure of the server leave it open, whatever code they carry."""
    outcome = read_reply(KEYS, status, {}, envelope(error("duplicate_record", email_addresses=[ADA])))
    expected = f"Clerk answered {status} (duplicate_record), which leaves open what it did"
    assert outcome == Unsure(expected, status, TRACE)
    assert read_reply(KEYS, status, {}, b"") == Unsure(
        f"Clerk answered {status}, which leaves open what it did", status
    )


@pytest.mark.parametrize("code", ["internal_clerk_error", "too_many_requests", "conflict"])
def test_a_code_that_contradicts_its_status_is_unsure(code: str) -> None:
    """Nothing is taken for granted when a 4xx carries a failure's code; the code that did it is named."""
    outcome = read_reply(KEYS, 400, {}, envelope(error("duplicate_record"), error(code)))
    assert outcome == Unsure(f"Clerk answered 400 with {code}", 400, TRACE)


def test_a_429_waits_whatever_its_body_says() -> None:
    """The status is the thing to go by (clerk-contract 3.3); the body may be anything."""
    for body in (b"", b"<html>slow down</html>", envelope(error("rate_limit_exceeded")), b'{"errors": 3}'):
        outcome = read_reply(KEYS, 429, {"RETRY-AFTER": "90"}, body)
        assert isinstance(outcome, Wait)
        assert outcome.seconds == 90


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "3600"}, 3600),
        ({"retry-after": " 12 "}, 12),
        ({"RETRY-AFTER": "007"}, 7),
        ({"Retry-After": "1.5"}, 2),
        ({"Retry-After": "30."}, 30),
        ({"Retry-After": "0.0001"}, 1),
        ({"Retry-After": "999999999"}, 999_999_999),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "+5"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "1,5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "٣٠"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "12, 30"}, None),
        ({"Retry-After": "9999999999999999999"}, None),
        # A date is measured against the answer's own Date, never against our clock.
        ({"Retry-After": "Fri, 15 Jan 2027 12:30:00 GMT", "Date": "Fri, 15 Jan 2027 12:00:00 GMT"}, 1800),
        ({"Retry-After": "Fri, 15 Jan 2027 11:00:00 GMT", "Date": "Fri, 15 Jan 2027 12:00:00 GMT"}, 0),
        ({"Retry-After": "Fri, 15 Jan 2027 12:30:00 GMT"}, None),
        ({"Retry-After": "Fri, 15 Jan 2027 12:30:00 GMT", "Date": "yesterday"}, None),
        ({"Retry-After": "Fri, 15 Jan 2027 12:30:00", "Date": "Fri, 15 Jan 2027 12:00:00 GMT"}, None),
        ({"Retry-After": "Fri, 15 Jan 99999 12:30:00 GMT", "Date": "Fri, 15 Jan 2027 12:00:00 GMT"}, None),
        ({"Retry-After": "Fri, 15 Jan 2027 12:30:00 +9999999999999999", "Date": "Fri, 15 Jan 2027 12:00:00 GMT"}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: int | None) -> None:
    """Whole seconds are documented; a fraction is rounded up, a date measured, 0 kept, garbage said to be none."""
    assert retry_after(headers) == seconds
    assert read_reply(KEYS, 429, headers, b"") == Wait(seconds)


# Whom a refusal names.


@pytest.mark.parametrize(
    ("long_message", "named"),
    [
        ("bob@example.org is already a member of the organization.", (BOB,)),
        ("There are already pending invitations for the following email addresses: eve@example.net, ada@example.com",
         (ADA, EVE)),
        ("<ADA@Example.com>; [bob@example.org] (eve@example.net).", (ADA, BOB, EVE)),
        ("'ada@example.com' and \"bob@example.org\" and `eve@example.net`!", (ADA, BOB, EVE)),
        ("“ada@example.com” and ‘bob@example.org’", (ADA, BOB)),
        ("bob@example.org's invitation, eve@example.net’s too", (BOB, EVE)),
        ("joada@example.com, ada@example.com.au and ada@example.comb are other people", ()),
        ("@ and a@ and @b mean nobody", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_addresses_are_found_in_the_wording_as_a_last_resort(long_message: str, named: tuple[str, ...]) -> None:
    """Some codes name the address in their wording only; a part of another address is not that address."""
    assert refused(400, error("already_a_member_in_organization", long_message)).named == named


def test_an_apostrophe_in_an_address_does_not_strike_somebody_else() -> None:
    """A refusal of o'neil@example.com says nothing about neil@example.com in the same call."""
    keys = ("neil@example.com", "o'neil@example.com")
    wording = "o'neil@example.com is already a member of the organization."
    assert refused(400, error("already_a_member_in_organization", wording), keys=keys).named == ("o'neil@example.com",)


def test_the_short_message_is_searched_too() -> None:
    """A wording that names the address in its short form only is enough."""
    entry = {"code": "duplicate_record", "message": f"{ADA} is a duplicate", "long_message": "duplicate invitation"}
    assert refused(400, entry).named == (ADA,)


def test_meta_goes_before_wording() -> None:
    """Where meta names addresses, others in the wording are no culprits; where it names nobody, the wording may."""
    wording = f"{BOB} is fine, {ADA} is not."
    assert refused(400, error("duplicate_record", wording, email_addresses=[ADA])).named == (ADA,)
    assert refused(400, error("duplicate_record", wording, email_addresses=["zoe@example.com"])).named == (ADA, BOB)
    assert refused(400, error("duplicate_record", wording, email_addresses="ada")).named == (ADA, BOB)


def test_the_order_of_errors_names_the_same_people() -> None:
    """Errors in another order name the same rows."""
    errors = [error("duplicate_record", email_addresses=[key]) for key in (EVE, ADA)]
    assert refused(400, *errors).named == refused(400, *errors[::-1]).named == (ADA, EVE)


def test_nobody_is_named_by_what_concerns_the_job() -> None:
    """A refusal of the whole job may mention an address; it strikes nobody."""
    assert refused(403, error("quota_exceeded", f"{ADA} cannot be invited, the quota is used up")).named == ()


def test_a_very_long_wording_is_read_at_once() -> None:
    """A million letters without an address are read at once; a search by pattern took most of an hour."""
    assert refused(400, error("duplicate_record", "a" * 1_000_000)).named == ()


# Where the trace id comes from: the body, one of its errors (before 2025-10), Clerk's header, the proxy's.


@pytest.mark.parametrize(
    ("document", "headers", "expected"),
    [
        ({"clerk_trace_id": "top", "errors": [{"clerk_trace_id": "in"}]}, {"x-clerk-trace-id": "h"}, "top"),
        ({"errors": [7, {"code": "x"}, {"clerk_trace_id": "in"}]}, {"x-clerk-trace-id": "h", "cf-ray": "r"}, "in"),
        ({"clerk_trace_id": None, "errors": [{"clerk_trace_id": 5}]}, {"X-Clerk-Trace-Id": "h", "CF-RAY": "r"}, "h"),
        ({"clerk_trace_id": "", "errors": "none"}, {"Cf-Ray": "r"}, "r"),
        ([], {}, None),
    ],
)  # fmt: skip
def test_the_trace_id_is_taken_from_where_it_is(document: Any, headers: dict[str, str], expected: str | None) -> None:
    """Body, then an error in it, then Clerk's header, then the proxy's: for every kind of outcome."""
    body = json.dumps(document).encode()
    for status in (200, 400, 429, 500):
        assert read_reply(KEYS, status, headers, body).trace_id == expected
