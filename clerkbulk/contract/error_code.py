"""Clerk's error codes that a sender can meet, and what each means for the rows of the call.

From Clerk's published error list (docs ``data/api_errors.json``) unless the fact says otherwise. Which endpoint raises
which code is inferred where the list does not say; see clerk-contract 3.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clerkbulk.contract.fact import Fact, Mark


class Concern(StrEnum):
    """Whom a refusal concerns: what the sender does next hangs on it alone."""

    ROW = "row"
    """One or some of the items; the others can be sent again without them."""
    BATCH = "batch"
    """The call as it was made: our mistake, or one odd item; split it to find out."""
    JOB = "job"
    """Every call of this kind: stop at once, nothing is lost, a person must act."""
    WAIT = "wait"
    """Nobody: the hour is used up."""
    UNSURE = "unsure"
    """Unknown: the call may have done its work. Read before anything else."""
    REVOCATION = "revocation"
    """An invitation that cannot be revoked; never the answer to a creating call."""


_LISTED = Fact(Mark.DOCUMENTED, "docs data/api_errors.json")


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code: the statuses it comes with, whom it concerns, what to tell a person and what they can do."""

    code: str
    statuses: tuple[int, ...]
    concern: Concern
    says: str
    remedy: str
    meta: tuple[str, ...] = ()
    already_there: bool = False
    """The address is refused because its owner is invited, a user or a member already: nobody is lost."""
    fact: Fact = _LISTED
    at_the_door: bool = False
    """Answered before any item is looked at (inferred: what it says is true of every call): nobody was invited."""


_INFERRED = Fact(Mark.INFERRED, "docs data/api_errors.json has it; that these calls answer with it is inferred")
_THIRD = Fact(Mark.THIRD_PARTY, "several projects report it for invitations; its text is not in the list")
_RECORDED = Fact(Mark.RECORDED, "seen in unauthenticated calls; also in docs data/api_errors.json")
_MOCKED = Fact(Mark.MOCKED, "JS integration mocks; the error list has too_many_requests")

_FIX_ROW = "Correct the cell and send the row again."
_FIX_SETTING = "Have an administrator of the Clerk instance look at this, then resume."
_READ_FIRST = "Nothing to do: the invitations are looked up before anything is sent again."

ERROR_CODES: tuple[ErrorCode, ...] = (
    # Items that are refused because of the address.
    ErrorCode(
        "duplicate_record",
        (400,),
        Concern.ROW,
        "a pending invitation exists already",
        "Nothing to do, or revoke the old invitation first to send a new one.",
        ("email_addresses",),
        True,
    ),
    ErrorCode(
        "organization_invitation_not_unique",
        (400,),
        Concern.ROW,
        "a pending invitation to this organization exists already",
        "Nothing to do, or revoke the old invitation first to send a new one.",
        (),
        True,
    ),
    ErrorCode(
        "already_a_member_in_organization",
        (400,),
        Concern.ROW,
        "the person is a member already",
        "Nothing to do.",
        (),
        True,
    ),
    ErrorCode(
        "form_identifier_exists",
        (422,),
        Concern.ROW,
        "the address belongs to an existing user",
        "Nothing to do: the person has an account.",
        ("param_name",),
        True,
        _THIRD,
    ),
    ErrorCode(
        "form_param_format_invalid", (422,), Concern.ROW, "not a valid e-mail address", _FIX_ROW, ("param_name",)
    ),
    ErrorCode(
        "not_allowed_access",
        (403,),
        Concern.ROW,
        "the instance's allow or block list, or its block on subaddresses, refuses the address",
        "Change the address, or the restrictions in the Clerk Dashboard.",
        ("identifiers",),
    ),
    ErrorCode(
        "exclusive_organization_membership",
        (422,),
        Concern.ROW,
        "the instance lets a user be in one organization only, and this one is in another",
        "Remove the person from the other organization first.",
    ),
    # Bad input.
    ErrorCode(
        "form_param_missing", (422,), Concern.BATCH, "a parameter is missing", _FIX_ROW, ("param_name", "param_names")
    ),
    ErrorCode("form_param_nil", (422,), Concern.BATCH, "a parameter is null", _FIX_ROW, ("param_name",)),
    ErrorCode(
        "form_param_unknown",
        (422,),
        Concern.BATCH,
        "a parameter is unknown, or of a feature that is off",
        "Leave the parameter out, or switch the feature on.",
        ("param_name",),
    ),
    ErrorCode(
        "form_param_type_invalid", (422,), Concern.BATCH, "a parameter has the wrong type", _FIX_ROW, ("param_name",)
    ),
    ErrorCode(
        "form_param_value_invalid",
        (422,),
        Concern.BATCH,
        "a value is not allowed (in old instances also: the role is unknown)",
        _FIX_ROW,
        ("param_name",),
    ),
    ErrorCode("form_param_value_too_large", (422,), Concern.BATCH, "a number is too large", _FIX_ROW, ("param_name",)),
    ErrorCode("form_param_max_length_exceeded", (422,), Concern.BATCH, "a text is too long", _FIX_ROW, ("param_name",)),
    ErrorCode("form_param_array_size_exceeded", (422,), Concern.BATCH, "a list is too long", _FIX_ROW, ("param_name",)),
    ErrorCode("form_param_duplicate", (422,), Concern.BATCH, "a value is repeated", _FIX_ROW, ("param_name",)),
    ErrorCode(
        "form_param_exceeds_allowed_size",
        (422,),
        Concern.BATCH,
        "metadata is too large",
        "Put less into the metadata and send the row again.",
        ("param_name",),
    ),
    ErrorCode(
        "form_resource_not_found",
        (422,),
        Concern.BATCH,
        "something a parameter names does not exist",
        _FIX_ROW,
        ("param_name",),
    ),
    ErrorCode("insecure_url", (422,), Concern.BATCH, "a URL must start with https://", _FIX_ROW, ("param_name",)),
    ErrorCode(
        "bulk_size_exceeded",
        (400,),
        Concern.BATCH,
        "more items than a bulk call takes",
        "Report this: clerkbulk never sends more than ten.",
    ),
    ErrorCode(
        "request_body_invalid", (400,), Concern.BATCH, "the body cannot be read", "Report this, with the trace id."
    ),
    ErrorCode(
        "malformed_request_parameters",
        (400,),
        Concern.BATCH,
        "the parameters cannot be read",
        "Report this, with the trace id.",
    ),
    ErrorCode("bad_request", (400,), Concern.BATCH, "the request is not understood", "Report this, with the trace id."),
    ErrorCode(
        "request_body_too_large",
        (413,),
        Concern.BATCH,
        "the body is too large",
        "Put less into the metadata and send the rows again.",
    ),
    ErrorCode(
        "unsupported_content_type",
        (415,),
        Concern.JOB,
        "the content type is not JSON",
        "Something between here and Clerk changes requests: check the proxy.",
        at_the_door=True,
    ),
    ErrorCode(
        "api_version_invalid",
        (400,),
        Concern.JOB,
        "the API version is unknown or given twice",
        "Check what sits between here and Clerk, and CLERK_API_URL.",
        at_the_door=True,
    ),
    # State, permission, plan.
    ErrorCode(
        "resource_not_found",
        (404,),
        Concern.JOB,
        "there is no such organization, role, user or invitation in this instance",
        "Check the organization id, the roles, and that the key belongs to the right instance.",
        ("param_name",),
    ),
    ErrorCode(
        "organization_not_found_or_unauthorized",
        (404,),
        Concern.JOB,
        "there is no such organization for this key",
        "Check the organization id, and that the key belongs to the right instance.",
    ),
    ErrorCode(
        "organization_invitation_not_pending",
        (404,),
        Concern.REVOCATION,
        "the invitation is not pending",
        "Nothing to do.",
    ),
    ErrorCode(
        "invitation_already_revoked", (400,), Concern.REVOCATION, "the invitation is revoked already", "Nothing to do."
    ),
    ErrorCode(
        "invitation_already_accepted",
        (400,),
        Concern.REVOCATION,
        "the invitation is accepted already",
        "Nothing to do: the person has an account.",
    ),
    ErrorCode("revoked_invitation", (400,), Concern.REVOCATION, "the invitation is revoked", "Nothing to do."),
    ErrorCode(
        "organization_invitation_revoked_code",
        (400,),
        Concern.REVOCATION,
        "the invitation is revoked",
        "Nothing to do.",
    ),
    ErrorCode(
        "organization_invitation_already_accepted",
        (400,),
        Concern.REVOCATION,
        "the invitation is accepted already",
        "Nothing to do: the person is a member.",
    ),
    ErrorCode(
        "organization_membership_quota_exceeded",
        (403,),
        Concern.JOB,
        "members and pending invitations together would pass the organization's limit",
        "Raise the organization's membership limit or revoke old invitations, then resume.",
    ),
    ErrorCode(
        "insufficient_seats",
        (402,),
        Concern.JOB,
        "the organization's plan has no seats left",
        "Add seats, then resume.",
        ("seats_quantity",),
    ),
    ErrorCode("quota_exceeded", (403,), Concern.JOB, "a quota of the instance is used up", _FIX_SETTING),
    ErrorCode("user_quota_exceeded", (403,), Concern.JOB, "the instance's quota of users is used up", _FIX_SETTING),
    ErrorCode(
        "invitations_not_supported",
        (400,),
        Concern.JOB,
        "the instance does not use e-mail addresses",
        _FIX_SETTING,
        at_the_door=True,
    ),
    ErrorCode(
        "feature_requires_email_address_enabled",
        (422,),
        Concern.JOB,
        "e-mail addresses are switched off",
        _FIX_SETTING,
        at_the_door=True,
    ),
    ErrorCode(
        "organization_not_enabled_in_instance",
        (403,),
        Concern.JOB,
        "organizations are switched off",
        "Switch organizations on in the Clerk Dashboard, then resume.",
        at_the_door=True,
    ),
    ErrorCode(
        "missing_organization_permission",
        (403,),
        Concern.BATCH,
        "the inviter may not invite to this organization",
        "Name an inviter who is an administrator, or none.",
        ("permissions",),
    ),
    ErrorCode("authorization_invalid", (403,), Concern.JOB, "the key may not do this", _FIX_SETTING),
    ErrorCode("action_blocked", (403,), Concern.JOB, "Clerk blocked the action", _FIX_SETTING),
    ErrorCode(
        "not_an_admin_in_organization",
        (403,),
        Concern.BATCH,
        "the inviter is not an administrator of the organization",
        "Name an inviter who is an administrator, or none.",
        (),
        False,
        Fact(Mark.DOCUMENTED, "docs data/api_errors.json, marked unused there; the current code is unknown"),
    ),
    ErrorCode(
        "dev_monthly_email_limit_exceeded",
        (400,),
        Concern.JOB,
        "the development instance has used its 100 e-mails of the month",
        "Wait for the next month, send with notify off, or use a production instance.",
        ("dev_monthly_email_limit",),
    ),
    ErrorCode(
        "conflict", (409,), Concern.UNSURE, "something changed at the same moment", _READ_FIRST, (), False, _INFERRED
    ),
    ErrorCode(
        "resource_locked",
        (409,),
        Concern.UNSURE,
        "something changed at the same moment",
        _READ_FIRST,
        (),
        False,
        _INFERRED,
    ),
    # Authentication.
    ErrorCode(
        "authorization_header_format_invalid",
        (401,),
        Concern.JOB,
        "the Authorization header is missing or odd",
        "Check what sits between here and Clerk: the header was lost on the way.",
        (),
        False,
        _RECORDED,
    ),
    ErrorCode(
        "clerk_key_invalid",
        (401,),
        Concern.JOB,
        "Clerk does not know the secret key",
        "Copy the secret key again from the Clerk Dashboard, API keys.",
        (),
        False,
        _RECORDED,
    ),
    ErrorCode(
        "authentication_invalid",
        (401,),
        Concern.JOB,
        "the request is not authenticated",
        "Copy the secret key again from the Clerk Dashboard, API keys.",
    ),
    # Throttling and failures.
    ErrorCode(
        "too_many_requests",
        (429,),
        Concern.WAIT,
        "the hour's calls are used up",
        "Nothing to do: it goes on by itself.",
        ("resets_in",),
    ),
    ErrorCode(
        "rate_limit_exceeded",
        (429,),
        Concern.WAIT,
        "the hour's calls are used up",
        "Nothing to do: it goes on by itself.",
        (),
        False,
        _MOCKED,
    ),
    ErrorCode("internal_clerk_error", (500,), Concern.UNSURE, "Clerk had an error of its own", _READ_FIRST),
    ErrorCode("service_unavailable", (503,), Concern.UNSURE, "Clerk was not available", _READ_FIRST),
    ErrorCode("gateway_timeout", (504,), Concern.UNSURE, "Clerk did not answer in time", _READ_FIRST),
)
_BY_CODE = {entry.code: entry for entry in ERROR_CODES}


def error_code(code: str | None) -> ErrorCode | None:
    """Return what is known of a code, or None: Clerk's list has 819, and may grow."""
    return _BY_CODE.get(code or "")
