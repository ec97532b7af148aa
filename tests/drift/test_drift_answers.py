"""Changed copies of Clerk's OpenAPI document: what is answered."""

from __future__ import annotations

import pytest
from clerks_spec import BULK, ORGANIZATION_BULK, REVOKE, SCHEMAS, WRAPPED, Case, add, cut, drop, needs_spec, put, told

from clerkbulk.drift.difference import Grade

pytestmark = needs_spec

BREAKING, NEW, WORDING = Grade.BREAKING, Grade.NEW, Grade.WORDING

# fmt: off
CASES = [
    # Answers.
    Case("answer wrapped", put("components responses Invitation.List content application/json schema", WRAPPED),
         (NEW, "CreateBulkInvitations, reply",
          "Ours expects a bare array; Clerk's document answers an object with data. We read both."),
         (NEW, "ListInvitations, reply",
          "Ours knows a difference that is no more (clerk-contract 8.1 row 2). The document answers "
          "paginated=true with an array as well; Clerk's SDKs read an object. We ask for the object and "
          "read both. Clerk's document now says nothing else than we do: take the row out of accepted.py.")),
    Case("answer field new", put(f"{SCHEMAS} Invitation properties accepted_at", {"type": "integer"}),
         (NEW, "CreateBulkInvitations and 3 more, reply[].accepted_at",
          "Ours does not know it; Clerk's document answers it. It is kept unread; see whether it is of use.")),
    Case("answer field gone", cut(f"{SCHEMAS} Invitation properties created_at"),
         (BREAKING, "CreateBulkInvitations and 3 more, reply[].created_at",
          "Ours reads it and cannot do without; Clerk's document does not have it. Change what reads it.")),
    Case("answer field gone that we can miss", cut(f"{SCHEMAS} Invitation properties url"),
         (NEW, "CreateBulkInvitations and 3 more, reply[].url",
          "Ours reads it where it is there; Clerk's document does not have it. Nothing fails.")),
    Case("answer field not promised", drop(f"{SCHEMAS} Invitation required", "id"),
         (BREAKING, "CreateBulkInvitations and 3 more, reply[].id",
          "Ours cannot do without it; Clerk's document does not promise it any longer. Look at what reads "
          "it.")),
    Case("answer field promised", add(f"{SCHEMAS} Invitation required", "url"),
         (NEW, "CreateBulkInvitations and 3 more, reply[].url",
          "Ours can do without it; Clerk's document now promises it. Nothing to do.")),
    Case("answer type changed", put(f"{SCHEMAS} Invitation properties created_at type", "string"),
         (BREAKING, "CreateBulkInvitations and 3 more, reply[].created_at",
          "Ours reads integer; Clerk's document answers string. It cannot be read any longer: change what "
          "reads it.")),
    Case("answer may be null", put(f"{SCHEMAS} Invitation properties id nullable", True),
         (BREAKING, "CreateBulkInvitations and 3 more, reply[].id",
          "Ours is never null; Clerk's document says it may be. Look at what reads it.")),
    Case("answer never null", put(f"{SCHEMAS} Invitation properties expires_at nullable", False),
         (NEW, "CreateBulkInvitations and 3 more, reply[].expires_at",
          "Ours may be null; Clerk's document says it never is. It is still read.")),
    Case("answer status new", add(f"{SCHEMAS} Invitation properties status enum", "bounced"),
         (NEW, "CreateBulkInvitations and 2 more, reply[].status",
          "Ours knows 'pending', 'accepted', 'revoked', 'expired'; Clerk's document answers 'pending', "
          "'accepted', 'revoked', 'expired', 'bounced'. What is unknown is shown as it is.")),
    Case("answer status gone", drop(f"{SCHEMAS} Invitation properties status enum", "expired"),
         (BREAKING, "CreateBulkInvitations and 2 more, reply[].status",
          "Ours knows 'pending', 'accepted', 'revoked', 'expired'; Clerk's document answers 'pending', "
          "'accepted', 'revoked'. What waits for 'expired' waits in vain.")),
    Case("answer status of an organization named",
         put(f"{SCHEMAS} OrganizationInvitation properties status enum", ["pending", "accepted"]),
         (NEW, "CreateOrganizationInvitationBulk and 4 more, reply.data[].status",
          "Ours reads any value; Clerk's document names 'pending', 'accepted'. It is still read.")),
    Case("answer one for many",
         put(f"{REVOKE} responses 200", {"content": {"application/json": {"schema": {"type": "array", "items": {}}}}}),
         (BREAKING, "RevokeInvitation, reply",
          "Ours reads object; Clerk's document answers array. It cannot be read any longer: change what "
          "reads it.")),
    Case("answer not JSON", put(f"{BULK} responses 200", {"description": "Accepted"}),
         (BREAKING, "CreateBulkInvitations, reply",
          "Ours reads application/json; Clerk's document answers none. It cannot be read any longer: change "
          "what reads it.")),
    Case("no success", cut(f"{BULK} responses 200"),
         (BREAKING, "CreateBulkInvitations, reply",
          "Ours reads what a successful call answers; Clerk's document has no such answer. Ask what comes "
          "instead."),
         (WORDING, "CreateBulkInvitations, statuses",
          "Ours finds 200 listed; Clerk's document lists it no longer. We go on handling it.")),
    Case("success of another kind", put(f"{BULK} responses 207", {"$ref": "#/components/responses/Invitation.List"}),
         (NEW, "CreateBulkInvitations, statuses",
          "Ours does not find 207 listed; Clerk's document lists it. It is read as a success.")),
    Case("status listed", put(f"{BULK} responses 429", {"$ref": "#/components/responses/ClerkErrors"}),
         (NEW, "CreateBulkInvitations, statuses",
          "Ours does not find 429 listed; Clerk's document lists it. It is handled already.")),
    Case("status nobody knows listed", put(f"{BULK} responses 451", {"$ref": "#/components/responses/ClerkErrors"}),
         (NEW, "CreateBulkInvitations, statuses",
          "Ours does not find 451 listed; Clerk's document lists it. We know no code of it: its first digit "
          "decides.")),
    Case("status listed that was missing",
         put(f"{ORGANIZATION_BULK} responses 402", {"$ref": "#/components/responses/PaymentRequired"}),
         (NEW, "CreateOrganizationInvitationBulk, statuses",
          "Ours knows a difference that is no more (clerk-contract 8.1 row 5). The single call lists 402 "
          "for seats and the bulk call does not. We handle it on both. Clerk's document now says nothing "
          "else than we do: take the row out of accepted.py.")),
    Case("status no longer listed", cut(f"{BULK} responses 422"),
         (WORDING, "CreateBulkInvitations, statuses",
          "Ours finds 422 listed; Clerk's document lists it no longer. We go on handling it.")),
    # Errors.
    Case("error code gone", cut(f"{SCHEMAS} ClerkError properties code"),
         (BREAKING, "CreateBulkInvitations and 12 more, errors.errors[].code",
          "Ours reads it and cannot do without; Clerk's document does not have it. Change what reads it.")),
    Case("error code a number", put(f"{SCHEMAS} ClerkError properties code type", "integer"),
         (BREAKING, "CreateBulkInvitations and 12 more, errors.errors[].code",
          "Ours reads string; Clerk's document answers integer. It cannot be read any longer: change what "
          "reads it.")),
    Case("error field new", put(f"{SCHEMAS} ClerkError properties index", {"type": "integer"}),
         (NEW, "CreateBulkInvitations and 12 more, errors.errors[].index",
          "Ours does not know it; Clerk's document answers it. It is kept unread; see whether it is of use.")),
    Case("error code not promised", drop(f"{SCHEMAS} ClerkError required", "code"),
         (BREAKING, "CreateBulkInvitations and 12 more, errors.errors[].code",
          "Ours cannot do without it; Clerk's document does not promise it any longer. Look at what reads "
          "it.")),
    Case("error meta closed",
         put(f"{SCHEMAS} ClerkError properties meta", {"type": "object", "additionalProperties": False}),
         (NEW, "CreateBulkInvitations and 12 more, errors.errors[].meta.param_name",
          "Ours reads it where it is there; Clerk's document does not have it. Nothing fails."),
         (NEW, "CreateBulkInvitations and 12 more, errors.errors[].meta.email_addresses",
          "Ours reads it where it is there; Clerk's document does not have it. Nothing fails."),
         (NEW, "CreateBulkInvitations and 12 more, errors.errors[].meta.identifiers",
          "Ours reads it where it is there; Clerk's document does not have it. Nothing fails.")),
    Case("errors not described", cut("components responses UnprocessableEntity content"),
         (NEW, "CreateBulkInvitations and 7 more, errors",
          "Ours reads Clerk's envelope of errors; Clerk's document describes no JSON here. Without a code "
          "the status decides.")),
]
# fmt: on


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_of_what_is_answered_is_told_with_its_grade_and_words(case: Case) -> None:
    """One change gives the differences written here and no other; each says ours, theirs and what to do."""
    assert told(case) == case.differences
