"""Changed copies of Clerk's OpenAPI document: calls, parameters, neighbouring reads, texts."""

from __future__ import annotations

import pytest
from clerks_spec import (
    BULK,
    BULK_FIELD,
    LIST,
    ORGANIZATION_LIST,
    SCHEMAS,
    Case,
    add,
    cut,
    drop,
    needs_spec,
    put,
    rename,
    reword,
    told,
)

from clerkbulk.drift.difference import Grade

pytestmark = needs_spec

BREAKING, NEW, WORDING = Grade.BREAKING, Grade.NEW, Grade.WORDING

# fmt: off
CASES = [
    # The document.
    Case("version", put("info version", "2026-09-01"),
         (NEW, "info.version",
          "Ours is built on version 2026-05-12 and asks for it (Clerk-API-Version); Clerk's document is "
          "2026-09-01. Clerk goes on answering in the version asked for; follow when the differences are "
          "settled.")),
    Case("server", put("servers 0 url", "https://eu.api.clerk.com/v1"),
         (BREAKING, "servers",
          "Ours calls https://api.clerk.com/v1; Clerk's document names https://eu.api.clerk.com/v1. Find "
          "out which address is meant before sending.")),
    Case("security", put("components securitySchemes bearerAuth", {"type": "apiKey", "in": "header", "name": "X-Key"}),
         (BREAKING, "CreateBulkInvitations and 13 more, call",
          "Ours sends the secret key as a bearer token; Clerk's document asks for something else. Every "
          "call is refused until ours follows.")),
    # Calls.
    Case("call gone", cut("paths /invitations/bulk"),
         (BREAKING, "CreateBulkInvitations, call",
          "Ours makes POST /invitations/bulk; Clerk's document does not have it. If the file was cut, hand "
          "over the whole; if not, it is refused.")),
    Case("method changed", rename(BULK, "put"),
         (BREAKING, "CreateBulkInvitations, call",
          "Ours makes POST /invitations/bulk; in Clerk's document CreateBulkInvitations is PUT "
          "/invitations/bulk. Send nothing before ours follows."),
         (NEW, "PUT /invitations/bulk",
          "Ours does not know PUT /invitations/bulk; Clerk's document has it. Read what it does.")),
    Case("call moved", rename("paths /invitations/bulk", "/invitations/batch"),
         (BREAKING, "CreateBulkInvitations, call",
          "Ours makes POST /invitations/bulk; in Clerk's document CreateBulkInvitations is POST "
          "/invitations/batch. Send nothing before ours follows."),
         (NEW, "POST /invitations/batch",
          "Ours does not know POST /invitations/batch; Clerk's document has it. Read what it does.")),
    Case("operation renamed", put(f"{BULK} operationId", "InviteInBulk"),
         (NEW, "CreateBulkInvitations, call",
          "Ours knows it as CreateBulkInvitations; in Clerk's document the operationId is 'InviteInBulk'. "
          "The call is the same; SDKs that are made from the document may call their method otherwise.")),
    Case("read gone", cut(ORGANIZATION_LIST),
         (BREAKING, "ListOrganizationInvitations, call",
          "Ours makes GET /organizations/{organization_id}/invitations; Clerk's document does not have it. "
          "If the file was cut, hand over the whole; if not, it is refused.")),
    Case("path parameter renamed",
         rename("paths /organizations/{organization_id}/memberships", "/organizations/{id}/memberships"),
         (WORDING, "ListOrganizationMemberships, call",
          "Ours writes the path /organizations/{organization_id}/memberships; Clerk's document writes "
          "/organizations/{id}/memberships. It is the same path."),
         (WORDING, "ListOrganizationMemberships, path",
          "Ours fills in id; Clerk's document has id, organization_id in the path only, or among the "
          "parameters only. Read what it is.")),
    Case("call deprecated", put(f"{BULK} deprecated", True),
         (NEW, "CreateBulkInvitations, call",
          "Ours makes it; Clerk's document calls it deprecated. It works today: read what takes its place.")),
    Case("call new", put("paths /invitations/{invitation_id}/resend", {"post": {"operationId": "ResendInvitation"}}),
         (NEW, "POST /invitations/{invitation_id}/resend",
          "Ours does not know POST /invitations/{invitation_id}/resend; Clerk's document has it. Read what "
          "it does.")),
    Case("call not made gone", cut("paths /users/{user_id}/organization_invitations"),
         (NEW, "UsersGetOrganizationInvitations, call",
          "Ours knows GET /users/{user_id}/organization_invitations and does not make it; Clerk's document has it no "
          "longer. The emulator can do without it.")),
    Case("instance described without our call", put("paths /instance", {"patch": {"operationId": "UpdateInstance"}}),
         (BREAKING, "GetInstance, call",
          "Ours makes GET /instance; Clerk's document does not have it. If the file was cut, hand over the "
          "whole; if not, it is refused.")),
    # Parameters.
    Case("largest page smaller", put("components parameters LimitParameter schema maximum", 100),
         (BREAKING, "ListInvitations and 5 more, query.limit",
          "The maximum is 500 with us and 100 in Clerk's document. Keep to it.")),
    Case("largest page larger", put("components parameters LimitParameter schema maximum", 1000),
         (NEW, "ListInvitations and 5 more, query.limit",
          "The maximum is 500 with us and 1000 in Clerk's document. Nothing fails; see whether to use the "
          "room.")),
    Case("page default", put("components parameters LimitParameter schema default", 20),
         (NEW, "ListInvitations and 5 more, query.limit",
          "The default is 10 with us and 20 in Clerk's document. We send it with every read; nothing fails.")),
    Case("status narrower", drop(f"{LIST} parameters 0 schema enum", "revoked"),
         (BREAKING, "ListInvitations, query.status",
          "Ours sends 'pending', 'accepted', 'revoked', 'expired'; Clerk's document takes 'pending', "
          "'accepted', 'expired'. The rest would be refused: stop sending it.")),
    Case("status wider", add(f"{LIST} parameters 0 schema enum", "bounced"),
         (NEW, "ListInvitations, query.status",
          "Ours sends 'pending', 'accepted', 'revoked', 'expired'; Clerk's document takes 'pending', "
          "'accepted', 'revoked', 'expired', 'bounced'. Nothing fails; see whether to use it.")),
    Case("order changed", put(f"{LIST} parameters 2 schema default", "email_address"),
         (BREAKING, "ListInvitations, query.order_by",
          "The default is '-created_at' with us and 'email_address' in Clerk's document. What is left out "
          "now means something else: state it.")),
    Case("parameter gone", cut(f"{LIST} parameters 3"),
         (BREAKING, "ListInvitations, query.paginated",
          "Ours sends it; Clerk's document has it no longer. It may be ignored, and more be answered than "
          "asked.")),
    Case("parameter new",
         add(f"{LIST} parameters", {"in": "query", "name": "created_after", "schema": {"type": "integer"}}),
         (NEW, "ListInvitations, query.created_after",
          "Ours does not have it; Clerk's document takes it. See whether to use it.")),
    Case("parameter new and required",
         add(f"{LIST} parameters", {"in": "header", "name": "X-Region", "required": True}),
         (BREAKING, "ListInvitations, header.X-Region",
          "Ours does not send it; Clerk's document requires it. Every call is refused until ours follows.")),
    Case("parameter required", put(f"{LIST} parameters 1 required", True),
         (BREAKING, "ListInvitations, query.query",
          "Ours may leave it out; Clerk's document requires it. Reads may be refused until ours follows.")),
    Case("parameter deprecated", put(f"{LIST} parameters 1 deprecated", True),
         (NEW, "ListInvitations, query.query",
          "Ours sends it; Clerk's document calls it deprecated. It works today: plan to do without.")),
    Case("parameter by commas", put("paths /users get parameters 0 explode", False),
         (BREAKING, "GetUserList, query.email_address",
          "Ours repeats the name for every value; Clerk's document writes several values in another way. "
          "Change it.")),
    # Neighbours.
    Case("addresses of a user gone", cut(f"{SCHEMAS} User properties email_addresses"),
         (BREAKING, "GetUserList, reply[].email_addresses",
          "Ours reads it and cannot do without; Clerk's document does not have it. Change what reads it.")),
    Case("addresses of a read gone", cut("paths /users get parameters 0"),
         (BREAKING, "GetUserList, query.email_address",
          "Ours sends it; Clerk's document has it no longer. It may be ignored, and more be answered than "
          "asked.")),
    Case("permissions of a role as numbers", put(f"{SCHEMAS} Role properties permissions items", {"type": "integer"}),
         (BREAKING, "ListOrganizationRoles, reply.data[].permissions[]",
          "Ours reads object or string; Clerk's document answers integer. It cannot be read any longer: "
          "change what reads it.")),
    # Texts.
    Case("text of ignore_existing",
         reword(f"{BULK_FIELD} ignore_existing description", ", or it's claimed by another user", ""),
         (WORDING, "CreateBulkInvitations, body[].ignore_existing",
          "Ours is built on 'or it's claimed by another user', and Clerk's document no longer says so. It "
          "says now: 'Whether an invitation should be created if there is already an existing invitation "
          "for this email address.'. Read it again, and look at what rests on it.")),
    Case("text of notify",
         reword(f"{BULK_FIELD} notify description", "Defaults to true", "Defaults to the instance's setting"),
         (WORDING, "CreateBulkInvitations, body[].notify",
          "Ours is built on 'Defaults to true', and Clerk's document no longer says so. It says now: "
          "'Optional flag which denotes whether an email invitation should be sent to the given email "
          "address. Defaults to the instance's setting.'. Read it again, and look at what rests on it.")),
    Case("text around", reword(f"{BULK} description", "Please\nnote", "Note"),
         (WORDING, "CreateBulkInvitations, call",
          "Ours is built on 'limited to a maximum of 10 invitations per API call', which still stands; the "
          "text around it has changed. It says now: 'Create multiple invitations Use this API operation to "
          "create multiple invitations for the provided email addresses. You can choose to send the "
          "invitations as emails by setting the `notify` parameter to `true`. There cannot be an existing "
          "invitation for any of the email addresses you provide unless you set `ignore_existing` to `true` "
          "for specific email addresses. Note that there must be no exist...'.")),
    Case("text gone", cut(f"{BULK_FIELD} expires_in_days description"),
         (WORDING, "CreateBulkInvitations, body[].expires_in_days",
          "Ours is built on 'expires after 30 days', and Clerk's document no longer says so. It says now: "
          "nothing. Read it again, and look at what rests on it.")),
    Case("prose no longer at odds", reword(f"{ORGANIZATION_LIST} description", ", that accepts multiple values", ""),
         (WORDING, "ListOrganizationInvitations, call",
          "Ours is built on 'Any invitations created as a result of an Organization Domain are not "
          "included', which still stands; the text around it has changed. It says now: 'Get a list of "
          "organization invitations This request returns the list of organization invitations. Results can "
          "be paginated using the optional `limit` and `offset` query parameters. You can filter them by "
          "providing the 'status' query parameter. The organization invitations are ordered by descending "
          "creation date. Most recent invitations will be returned first. Any invitations created as a "
          "result...'.")),
]
# fmt: on


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_of_a_call_is_told_with_its_grade_and_words(case: Case) -> None:
    """One change gives the differences written here and no other; each says ours, theirs and what to do."""
    assert told(case) == case.differences
