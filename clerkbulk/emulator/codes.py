"""Which of Clerk's error codes can be had here, and by what: the request, the state, a setting, or only by a fault."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class By(StrEnum):
    """What makes the emulator answer with a code."""

    REQUEST = "request"
    """What is sent is wrong in itself."""
    STATE = "state"
    """What the instance holds stands in the way; it can be seeded."""
    SETTING = "setting"
    """The instance is set up so, or answers an open question so."""
    FAULT = "fault"
    """Nobody outside Clerk knows when it comes: POST /_emulator/faults makes it come."""


@dataclass(frozen=True, slots=True)
class Produced:
    """One code, its status, and how to get it."""

    code: str
    status: int
    by: By
    how: str


PRODUCED: tuple[Produced, ...] = (
    Produced("duplicate_record", 400, By.STATE, "an invitation to the address is pending"),
    Produced("organization_invitation_not_unique", 400, By.STATE, "one to the organization is pending"),
    Produced("already_a_member_in_organization", 400, By.STATE, "the address is a member's"),
    Produced("form_identifier_exists", 422, By.STATE, "the address is a user's"),
    Produced("form_param_format_invalid", 422, By.REQUEST, "what should be an address is none"),
    Produced("not_allowed_access", 403, By.SETTING, "allowlist, blocklist, block_subaddresses, disposable_domains"),
    Produced("exclusive_organization_membership", 422, By.SETTING, "exclusive_membership"),
    Produced("form_param_missing", 422, By.REQUEST, "an item without email_address or role"),
    Produced("form_param_nil", 422, By.REQUEST, "null where it is not allowed"),
    Produced("form_param_unknown", 422, By.REQUEST, "a key that nobody knows"),
    Produced("form_param_type_invalid", 422, By.REQUEST, "a text where a number belongs"),
    Produced("form_param_value_invalid", 422, By.REQUEST, "an object where a list belongs, expires_in_days 0"),
    Produced("form_param_value_too_large", 422, By.REQUEST, "expires_in_days 366, limit 501"),
    Produced("form_param_max_length_exceeded", 422, By.FAULT, "how long a text may be is not known"),
    Produced("form_param_array_size_exceeded", 422, By.REQUEST, "101 values of one query parameter"),
    Produced("form_param_duplicate", 422, By.FAULT, "what it is about is not known"),
    Produced("form_param_exceeds_allowed_size", 422, By.REQUEST, "metadata above metadata_limit"),
    Produced("form_resource_not_found", 422, By.SETTING, "unknown_inviter"),
    Produced("insecure_url", 422, By.SETTING, "plain_http_redirect"),
    Produced("bulk_size_exceeded", 400, By.REQUEST, "eleven items"),
    Produced("request_body_invalid", 400, By.REQUEST, "a body that is not JSON"),
    Produced("malformed_request_parameters", 400, By.FAULT, "what it is about is not known"),
    Produced("bad_request", 400, By.FAULT, "what it is about is not known"),
    Produced("request_body_too_large", 413, By.FAULT, "how large a body may be is not known"),
    Produced("unsupported_content_type", 415, By.REQUEST, "a body that does not say it is JSON"),
    Produced("api_version_invalid", 400, By.REQUEST, "an unknown version, or one given twice"),
    Produced("resource_not_found", 404, By.STATE, "no such organization, role, user, invitation or path"),
    Produced("organization_not_found_or_unauthorized", 404, By.SETTING, "unknown_organization"),
    Produced("organization_invitation_not_pending", 404, By.STATE, "revoking one that is not pending"),
    Produced("invitation_already_revoked", 400, By.STATE, "revoking one that is revoked"),
    Produced("invitation_already_accepted", 400, By.STATE, "revoking one that is accepted"),
    Produced("revoked_invitation", 400, By.SETTING, "revoked_again"),
    Produced("organization_invitation_revoked_code", 400, By.FAULT, "revoking answers 404 (documented)"),
    Produced("organization_invitation_already_accepted", 400, By.FAULT, "revoking answers 404 (documented)"),
    Produced("organization_membership_quota_exceeded", 403, By.STATE, "an organization's max_allowed_memberships"),
    Produced("insufficient_seats", 402, By.STATE, "an organization's seats"),
    Produced("quota_exceeded", 403, By.SETTING, "invitation_quota"),
    Produced("user_quota_exceeded", 403, By.SETTING, "user_quota"),
    Produced("invitations_not_supported", 400, By.SETTING, "email_addresses_enabled"),
    Produced("feature_requires_email_address_enabled", 422, By.SETTING, "email_addresses_enabled"),
    Produced("organization_not_enabled_in_instance", 403, By.SETTING, "organizations_enabled"),
    Produced("missing_organization_permission", 403, By.SETTING, "non_admin_inviter"),
    Produced("authorization_invalid", 403, By.FAULT, "who may what with a key is not known"),
    Produced("action_blocked", 403, By.FAULT, "what it is about is not known"),
    Produced("not_an_admin_in_organization", 403, By.STATE, "an inviter who does not administer"),
    Produced("dev_monthly_email_limit_exceeded", 400, By.SETTING, "monthly_emails"),
    Produced("conflict", 409, By.FAULT, "calls are answered one after the other here"),
    Produced("resource_locked", 409, By.FAULT, "calls are answered one after the other here"),
    Produced("authorization_header_format_invalid", 401, By.REQUEST, "no Authorization header"),
    Produced("clerk_key_invalid", 401, By.REQUEST, "a key with another prefix, or not among secret_keys"),
    Produced("authentication_invalid", 401, By.FAULT, "no call imitated here takes an end user's login"),
    Produced("too_many_requests", 429, By.STATE, "the hour, or the ten seconds, are used up"),
    Produced("rate_limit_exceeded", 429, By.SETTING, "limit_code"),
    Produced("internal_clerk_error", 500, By.FAULT, "nothing fails here by itself"),
    Produced("service_unavailable", 503, By.FAULT, "nothing fails here by itself"),
    Produced("gateway_timeout", 504, By.FAULT, "nothing fails here by itself"),
)
"""Every code of clerkbulk.contract.error_code."""
