"""Changed copies of Clerk's OpenAPI document: what is sent."""

from __future__ import annotations

import pytest
from clerks_spec import (
    BULK,
    BULK_BODY,
    BULK_FIELD,
    BULK_ITEM,
    ORGANIZATION_BULK,
    ORGANIZATION_ITEM,
    REVOKE,
    Case,
    add,
    both,
    cut,
    drop,
    needs_spec,
    put,
    rename,
    told,
)

from clerkbulk.drift.difference import Grade

pytestmark = needs_spec

BREAKING, NEW, WORDING = Grade.BREAKING, Grade.NEW, Grade.WORDING

# fmt: off
CASES = [
    # Bodies.
    Case("property new", put(f"{BULK_FIELD} locale", {"type": "string"}),
         (NEW, "CreateBulkInvitations, body[].locale",
          "Ours does not have it; Clerk's document takes it: see whether to offer it.")),
    Case("property new and required",
         both(put(f"{BULK_FIELD} locale", {"type": "string"}), add(f"{BULK_ITEM} required", "locale")),
         (BREAKING, "CreateBulkInvitations, body[].locale",
          "Ours does not have it; Clerk's document requires it: every call is refused until we send it.")),
    Case("property gone", cut(f"{BULK_FIELD} ignore_existing"),
         (BREAKING, "CreateBulkInvitations, body[].ignore_existing",
          "Ours sends it; Clerk's document has it no longer. A call that has it is refused: take the column "
          "out of the mapping.")),
    Case("property gone where others pass", cut(f"{ORGANIZATION_ITEM} properties private_metadata"),
         (BREAKING, "CreateOrganizationInvitationBulk, body[].private_metadata",
          "Ours sends it; Clerk's document has it no longer. It may be refused or ignored: take the column "
          "out of the mapping.")),
    Case("property deprecated", put(f"{BULK_FIELD} ignore_existing deprecated", True),
         (NEW, "CreateBulkInvitations, body[].ignore_existing",
          "Ours uses it; Clerk's document calls it deprecated. It works today: plan to do without.")),
    Case("type changed", put(f"{BULK_FIELD} expires_in_days type", "string"),
         (BREAKING, "CreateBulkInvitations, body[].expires_in_days",
          "Ours sends integer; Clerk's document takes string. Calls may be refused: change ours before "
          "sending.")),
    Case("type widened", put(f"{BULK_FIELD} expires_in_days type", "number"),
         (NEW, "CreateBulkInvitations, body[].expires_in_days",
          "Ours sends integer; Clerk's document takes number. Nothing fails; see whether to use it.")),
    Case("null no longer taken", put(f"{BULK_FIELD} notify nullable", False),
         (BREAKING, "CreateBulkInvitations, body[].notify",
          "Our schema of parameters lets null pass; Clerk's document does not take it. Our own calls never "
          "send null; calls made by hand must leave the parameter out.")),
    Case("null taken", put(f"{BULK_FIELD} email_address nullable", True),
         (NEW, "CreateBulkInvitations, body[].email_address",
          "Ours is never null; Clerk's document takes null. We leave out what is not given; nothing to do.")),
    Case("enum narrower", drop(f"{BULK_FIELD} template_slug enum", "waitlist_invitation"),
         (BREAKING, "CreateBulkInvitations, body[].template_slug",
          "Ours sends 'invitation', 'waitlist_invitation'; Clerk's document takes 'invitation'. The rest "
          "would be refused: stop sending it.")),
    Case("enum wider", add(f"{BULK_FIELD} template_slug enum", "reminder"),
         (NEW, "CreateBulkInvitations, body[].template_slug",
          "Ours sends 'invitation', 'waitlist_invitation'; Clerk's document takes 'invitation', "
          "'waitlist_invitation', 'reminder'. Nothing fails; see whether to use it.")),
    Case("enum gone", cut(f"{BULK_FIELD} template_slug enum"),
         (NEW, "CreateBulkInvitations, body[].template_slug",
          "Ours sends 'invitation', 'waitlist_invitation'; Clerk's document takes any value. Nothing fails; "
          "see whether to use it.")),
    Case("enum new", put(f"{ORGANIZATION_ITEM} properties role enum", ["org:admin", "org:member"]),
         (BREAKING, "CreateOrganizationInvitationBulk, body[].role",
          "Ours sends any value; Clerk's document takes 'org:admin', 'org:member'. The rest would be "
          "refused: stop sending it.")),
    Case("bound narrower", put(f"{BULK_FIELD} expires_in_days maximum", 180),
         (BREAKING, "CreateBulkInvitations, body[].expires_in_days",
          "The maximum is 365 with us and 180 in Clerk's document. Keep to it.")),
    Case("bound wider", put(f"{BULK_FIELD} expires_in_days maximum", 730),
         (NEW, "CreateBulkInvitations, body[].expires_in_days",
          "The maximum is 365 with us and 730 in Clerk's document. Nothing fails; see whether to use the "
          "room.")),
    Case("bound gone", cut(f"{BULK_FIELD} expires_in_days minimum"),
         (NEW, "CreateBulkInvitations, body[].expires_in_days",
          "The minimum is 1 with us and not stated in Clerk's document. Nothing fails; see whether to use "
          "the room.")),
    Case("bound excluded", put(f"{BULK_FIELD} expires_in_days exclusiveMaximum", True),
         (BREAKING, "CreateBulkInvitations, body[].expires_in_days",
          "The maximum is 365 with us and 364 in Clerk's document. Keep to it.")),
    Case("length new", put(f"{BULK_FIELD} email_address maxLength", 100),
         (BREAKING, "CreateBulkInvitations, body[].email_address",
          "The maxLength is 254 with us and 100 in Clerk's document. Keep to it.")),
    Case("pattern new", put(f"{BULK_FIELD} redirect_url pattern", "^https:"),
         (BREAKING, "CreateBulkInvitations, body[].redirect_url",
          "Pattern is '^[^\\s\\\\]+$' with us and '^https:' in Clerk's document. Values that do not hold to it "
          "may be refused: compare them.")),
    Case("required new", add(f"{BULK_ITEM} required", "redirect_url"),
         (BREAKING, "CreateBulkInvitations, body[].redirect_url",
          "Ours leaves it out where it is not given; Clerk's document now requires it. Give it in every "
          "row.")),
    Case("required gone", drop(f"{ORGANIZATION_ITEM} required", "role"),
         (NEW, "CreateOrganizationInvitationBulk, body[].role",
          "Ours requires it; Clerk's document does not. Nothing fails; see whether to let it be left out.")),
    Case("default changed", put(f"{BULK_FIELD} notify default", False),
         (BREAKING, "CreateBulkInvitations, body[].notify",
          "The default is true with us and false in Clerk's document. What is left out now means something "
          "else: state it.")),
    Case("default gone", cut(f"{BULK_FIELD} notify default"),
         (WORDING, "CreateBulkInvitations, body[].notify",
          "The default is true with us and not stated in Clerk's document. Read the text beside it.")),
    Case("item opened", put(f"{BULK_ITEM} additionalProperties", True),
         (NEW, "CreateBulkInvitations, body[]",
          "Ours has no other key; Clerk's document takes any other key. We send none; nothing fails.")),
    Case("item closed", put(f"{ORGANIZATION_ITEM} additionalProperties", False),
         (NEW, "CreateOrganizationInvitationBulk, body",
          "Ours knows a difference that is no more (clerk-contract 8.1 row 4). Items for organizations are "
          "open in the document. We refuse unknown keys for both endpoints. Clerk's document now says "
          "nothing else than we do: take the row out of accepted.py.")),
    Case("metadata closed", put(f"{BULK_FIELD} public_metadata additionalProperties", False),
         (BREAKING, "CreateBulkInvitations, body[].public_metadata",
          "Ours has any other key; Clerk's document takes no other key. Keys of your own may be refused.")),
    Case("most items fewer", put(f"{BULK_BODY} maxItems", 5),
         (BREAKING, "CreateBulkInvitations, body",
          "The maxItems is 10 with us and 5 in Clerk's document. Keep to it.")),
    Case("most items more", put(f"{BULK_BODY} maxItems", 50),
         (NEW, "CreateBulkInvitations, body",
          "The maxItems is 10 with us and 50 in Clerk's document. Nothing fails; see whether to use the "
          "room.")),
    Case("least items more", put(f"{BULK_BODY} minItems", 2),
         (BREAKING, "CreateBulkInvitations, body",
          "The minItems is 1 with us and 2 in Clerk's document. Keep to it.")),
    Case("array to object",
         put(BULK_BODY, {"type": "object", "properties": {"invitations": {"type": "array", "items": {}}}}),
         (BREAKING, "CreateBulkInvitations, body",
          "Ours sends array; Clerk's document takes object. Calls may be refused: change ours before "
          "sending.")),
    Case("body required", put(f"{BULK} requestBody required", True),
         (NEW, "CreateBulkInvitations, body",
          "Ours knows a difference that is no more (clerk-contract 1.2). The document does not call the "
          "body required, though an empty one cannot be valid. We always send one. Clerk's document now "
          "says nothing else than we do: take the row out of accepted.py.")),
    Case("body not required", put(f"{ORGANIZATION_BULK} requestBody required", False),
         (NEW, "CreateOrganizationInvitationBulk, body",
          "Ours always sends a body; Clerk's document says it is not required. Nothing fails.")),
    Case("body gone", cut(f"{BULK} requestBody"),
         (BREAKING, "CreateBulkInvitations, body",
          "Ours sends a body; Clerk's document has none. Find out where the parameters belong before "
          "sending.")),
    Case("body new", put(f"{REVOKE} requestBody", {"content": {"application/json": {"schema": {"type": "object"}}}}),
         (NEW, "RevokeInvitation, body",
          "Ours sends no body; Clerk's document takes one: see what for.")),
    Case("body in another type", rename(f"{BULK} requestBody content application/json", "multipart/form-data"),
         (BREAKING, "CreateBulkInvitations, body",
          "Ours sends application/json; Clerk's document takes multipart/form-data. Calls are refused with "
          "415.")),
    Case("choice of shapes",
         put(BULK_BODY, {"oneOf": [{"type": "object"}, {"$ref": "#/components/schemas/Invitation"}]}),
         (BREAKING, "CreateBulkInvitations, body",
          "Ours sends array; Clerk's document takes object. Calls may be refused: change ours before "
          "sending."),
         (NEW, "CreateBulkInvitations, body",
          "Ours has one shape; Clerk's document has a choice of 2. Read what they are for.")),
]
# fmt: on


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_of_what_is_sent_is_told_with_its_grade_and_words(case: Case) -> None:
    """One change gives the differences written here and no other; each says ours, theirs and what to do."""
    assert told(case) == case.differences
