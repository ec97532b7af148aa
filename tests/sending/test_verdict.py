"""What an answer, or a look at Clerk, means for each row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clerkbulk.contract.reply import read_reply
from clerkbulk.sending.state import BatchState, RowState
from clerkbulk.sending.verdict import Found, Passenger, judge, judge_alone, judge_found

NOON = 1_800_014_400
ADA = Passenger(2, "ada@example.com", {"email_address": "ada@example.com"})
BOB = Passenger(3, "bob@example.com", {"email_address": "bob@example.com"})
AGAIN = Passenger(2, "ada@example.com", {"email_address": "ada@example.com", "ignore_existing": True})


def said(status: int, code: str, **meta: Any) -> tuple[int, dict[str, str], bytes]:
    error = {"code": code, "message": "short", "long_message": "In Clerk's words.", "meta": meta}
    return status, {}, json.dumps({"errors": [error]}).encode()


def created(*addresses: str) -> tuple[int, dict[str, str], bytes]:
    items = [{"id": f"inv_{at}", "email_address": at, "created_at": NOON * 1000} for at in addresses]
    return 200, {}, json.dumps(items).encode()


@pytest.mark.parametrize(
    ("reply", "batch", "rows", "to_blame"),
    [
        (created("bob@example.com", "Ada@Example.COM"), "sent", {2: "sent", 3: "sent"}, False),
        (created("bob@example.com"), "sent", {3: "sent"}, False),
        (created("eve@example.com"), "unsure", {}, False),
        ((200, {}, b'{"data":[{"object":"invita'), "unsure", {}, False),
        ((200, {}, b"<html>200 OK</html>"), "unsure", {}, False),
        ((502, {}, b"<html>502 Bad Gateway</html>"), "unsure", {}, False),
        (said(500, "internal_clerk_error"), "unsure", {}, False),
        (said(409, "conflict"), "unsure", {}, False),
        ((302, {"location": "https://example.com"}, b""), "unsure", {}, False),
        (said(429, "too_many_requests"), "turned_away", {2: "left", 3: "left"}, False),
        (said(400, "duplicate_record", email_addresses=["BOB@example.com"]), "refused", {3: "already_there"}, False),
        (said(403, "not_allowed_access", identifiers=["ada@example.com"]), "refused", {2: "refused"}, False),
        (said(400, "organization_invitation_not_unique"), "refused", {}, True),
        (said(422, "form_param_value_invalid", param_name="role"), "refused", {}, True),
        (said(418, "never_heard_of"), "refused", {}, False),
        (said(401, "clerk_key_invalid"), "refused", {2: "left", 3: "left"}, False),
        (said(403, "organization_membership_quota_exceeded"), "refused", {}, False),
    ],
)  # fmt: skip
def test_every_answer_says_what_each_row_is_and_never_more_than_it_says(
    reply: tuple[int, dict[str, str], bytes], batch: str, rows: dict[int, str], to_blame: bool
) -> None:
    """Rows that an answer does not settle stay unknown; only a refusal that names nobody makes all suspects."""
    verdict = judge([ADA, BOB], read_reply((ADA.key, BOB.key), *reply))
    assert verdict.batch is BatchState(batch)
    assert {row.line: row.state.value for row in verdict.rows} == rows
    assert verdict.to_blame is to_blame


@pytest.mark.parametrize(
    ("reply", "stop"),
    [
        (
            said(401, "clerk_key_invalid"),
            "Clerk refuses every call of this job: In Clerk's words (clerk_key_invalid). "
            "Copy the secret key again from the Clerk Dashboard, API keys.",
        ),
        (
            said(402, "insufficient_seats"),
            "Clerk refuses every call of this job: In Clerk's words (insufficient_seats). Add seats, then resume.",
        ),
        (said(400, "duplicate_record", email_addresses=["bob@example.com"]), None),
        (created("bob@example.com"), None),
    ],
)
def test_what_concerns_every_call_stops_the_job_with_one_sentence(
    reply: tuple[int, dict[str, str], bytes], stop: str | None
) -> None:
    """A bad key, no seats: stop and say what to do. A bad row: go on."""
    assert judge([ADA, BOB], read_reply((ADA.key, BOB.key), *reply)).stop == stop


def invitation(ago: float, status: str = "pending") -> dict[str, Any]:
    made = int((NOON - ago) * 1000)
    return {"id": "inv_1", "status": status, "created_at": made, "expires_at": made + 1000}


@pytest.mark.parametrize(
    ("passenger", "found", "surely", "state", "code"),
    [
        (ADA, Found((invitation(0),)), False, "sent", None),
        (ADA, Found((invitation(-30, "accepted"),)), False, "sent", None),
        (ADA, Found((invitation(-30, "revoked"),)), True, "sent", None),
        (ADA, Found((invitation(0.001),)), False, "already_there", "already_invited"),
        (ADA, Found((invitation(90_000, "revoked"),)), True, "left", None),
        (ADA, Found((invitation(90_000, "expired"),)), False, None, None),
        (ADA, Found((), "The person has an account already."), False, "already_there", "already_present"),
        (ADA, Found(), True, "left", None),
        (ADA, Found(), False, None, None),
        (ADA, Found(({"id": "inv_1", "status": "pending"},)), True, "already_there", "already_invited"),
        (AGAIN, Found((invitation(1),)), True, "left", None),
        (AGAIN, Found((invitation(1), invitation(-5))), False, "sent", None),
    ],
)
def test_what_is_found_at_clerk_says_what_an_unclear_row_is(
    passenger: Passenger, found: Found, surely: bool, state: str | None, code: str | None
) -> None:
    """Made since the intent: ours. Older and open: somebody else's. Nothing: left, but only when that is sure."""
    verdict = judge_found(passenger, found, NOON, surely=surely)
    assert (verdict and verdict.state.value) == state
    assert (verdict and verdict.code) == code


MEMBER = Passenger(2, "ada@example.com", {"email_address": "ada@example.com", "role": "org:member"})
TEAM = Passenger(2, "ada@example.com", {"email_address": "ada@example.com", "public_metadata": {"team": "core"}})


@pytest.mark.parametrize(
    ("passenger", "listed", "state"),
    [
        (MEMBER, {"role": "org:member"}, "sent"),
        (MEMBER, {"role": "org:admin"}, "already_there"),
        (MEMBER, {"role": None}, "sent"),
        (MEMBER, {}, "sent"),
        (TEAM, {"public_metadata": {"team": "core"}}, "sent"),
        (TEAM, {"public_metadata": {"team": "sales"}}, "already_there"),
        (TEAM, {"public_metadata": {}}, "already_there"),
        (ADA, {"role": "org:admin", "public_metadata": {"team": "sales"}}, "sent"),
    ],
)
def test_an_invitation_of_the_same_moment_is_ours_only_with_our_role_and_metadata(
    passenger: Passenger, listed: dict[str, Any], state: str
) -> None:
    """Somebody else may invite the same person otherwise; what a list leaves out is not held against it."""
    verdict = judge_found(passenger, Found(({**invitation(0), **listed},)), NOON, surely=True)
    assert verdict is not None
    assert verdict.state.value == state


@pytest.mark.parametrize(
    ("code", "words", "state", "reason", "remedy"),
    [
        (
            "form_param_format_invalid", "must be a valid email address", RowState.REFUSED,
            'Not a valid e-mail address. Clerk says: "must be a valid email address"',
            "Correct the cell and send the row again.",
        ),
        (
            "already_a_member_in_organization", "bob is already a member", RowState.ALREADY_THERE,
            'The person is a member already. Clerk says: "bob is already a member"', "Nothing to do.",
        ),
        (
            "never_heard_of", "Something odd.", RowState.REFUSED, 'Clerk says: "Something odd."',
            "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support.",
        ),
        (
            None, None, RowState.REFUSED, "Clerk gave no reason.",
            "Look the code up in Clerk's list of Backend API errors, or ask Clerk's support.",
        ),
    ],
)  # fmt: skip
def test_a_refused_row_says_why_in_plain_words_and_what_to_do(
    code: str | None, words: str | None, state: RowState, reason: str, remedy: str
) -> None:
    """Our words first, Clerk's beside them, and what to do now."""
    verdict = judge_alone(7, code, words)
    assert (verdict.line, verdict.state, verdict.code) == (7, state, code)
    assert (verdict.reason, verdict.remedy) == (reason, remedy)
