"""What Clerk does not say, each as one named setting: the question, the possible answers, the one we take meanwhile.

The emulator can be switched to any of the answers; the sender is built to be right under each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.metadata import LARGEST_METADATA


@dataclass(frozen=True, slots=True)
class Unknown:
    """One question without a documented answer. assumed is one of answers."""

    name: str
    question: str
    answers: tuple[str, ...]
    assumed: str
    because: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """One question without a documented answer, whose answer is a whole number, 0 or more. unit says of what."""

    name: str
    question: str
    unit: str
    assumed: int
    because: str
    fact: Fact


def _nobody_says(where: str) -> Fact:
    return Fact(Mark.UNKNOWN, where)


UNKNOWNS: tuple[Unknown, ...] = (
    Unknown(
        "atomicity",
        "When one item of a bulk call is refused, are the others created?",
        ("all_or_nothing", "partial"),
        "all_or_nothing",
        "one reply shape with created items only, one error envelope, no per-item result in any version of the spec",
        _nobody_says("clerk-contract 4.1"),
    ),
    Unknown(
        "result_order",
        "In which order does a bulk reply list its invitations?",
        ("as_sent", "reversed", "by_address"),
        "as_sent",
        "nothing depends on it: results are matched by address",
        _nobody_says("clerk-contract 2.3"),
    ),
    Unknown(
        "param_name_form",
        "How does meta.param_name name a field of the third item of an array?",
        ("plain", "dotted", "bracketed", "absent"),
        "plain",
        "the error list has plain names, and dotted ones for nested objects",
        _nobody_says("clerk-contract 3.2"),
    ),
    Unknown(
        "window",
        "Does the hour of a rate limit slide, or start anew at fixed times?",
        ("sliding", "fixed"),
        "sliding",
        "the stricter of the two: a sender that keeps to it also keeps to the other",
        _nobody_says("clerk-contract section 5"),
    ),
    Unknown(
        "refused_calls_count",
        "Do refused calls (4xx, 429) use up the hour?",
        ("yes", "only_4xx", "no"),
        "only_4xx",
        "the sender assumes yes; the emulator counts refused calls but no 429, so that a blocked caller gets in again",
        _nobody_says("clerk-contract section 5"),
    ),
    Unknown(
        "empty_call",
        "What does a bulk call with no item yield?",
        ("422 form_param_missing", "400 request_body_invalid"),
        "422 form_param_missing",
        "never sent by us",
        _nobody_says("clerk-contract 3.3"),
    ),
    Unknown(
        "eleven_items",
        "What does a bulk call with more than ten items yield?",
        ("400 bulk_size_exceeded", "422 form_param_array_size_exceeded"),
        "400 bulk_size_exceeded",
        "the code's name says so; never sent by us",
        _nobody_says("clerk-contract 3.3"),
    ),
    Unknown(
        "ignore_existing_users",
        "Does ignore_existing let an invitation through to an address of an existing user?",
        ("refused", "invited"),
        "refused",
        "the operation's text says it cannot be bypassed, the field's text that it is",
        Fact(Mark.UNKNOWN, "clerk-contract 4.2: Clerk's own documents contradict each other"),
    ),
    Unknown(
        "stored_case",
        "Is the stored address lower-cased?",
        ("lower", "as_sent"),
        "lower",
        "user identifiers are kept lower-case; we send lower case anyway",
        _nobody_says("clerk-contract 4.8"),
    ),
    Unknown(
        "repeated_address",
        "What does one call with the same address twice yield?",
        ("refused", "created_twice"),
        "refused",
        "never sent by us: refused in the table",
        _nobody_says("clerk-contract section 11"),
    ),
    Unknown(
        "non_admin_inviter",
        "With which code is an inviter refused who is not an administrator?",
        ("403 not_an_admin_in_organization", "403 missing_organization_permission"),
        "403 not_an_admin_in_organization",
        "the first is in the list but marked unused; the current code is unknown",
        _nobody_says("clerk-contract 3.3"),
    ),
    Unknown(
        "hourly_scope",
        "Are the organization limits counted for the instance or for each organization?",
        ("instance", "organization"),
        "instance",
        "the documentation scopes them to the application instance and names no organization",
        Fact(Mark.INFERRED, "clerk-contract section 5"),
    ),
    Unknown(
        "expired_invitations",
        "Does an expired invitation stand in the way of a new one to the same address?",
        ("free", "block"),
        "free",
        "the refusals speak of pending invitations",
        Fact(Mark.UNKNOWN, "clerk-contract section 11"),
    ),
    Unknown(
        "list_query",
        "Does query on the lists of invitations match a part of an address, or only all of it?",
        ("partial", "exact"),
        "partial",
        "the wider answer: a reader that filters again is right under both",
        Fact(Mark.UNKNOWN, "clerk-contract 1.4"),
    ),
    Unknown(
        "unknown_role",
        "With what is an unknown role refused?",
        ("404 resource_not_found", "422 form_param_value_invalid"),
        "404 resource_not_found",
        "the current error list has 404, the documentation of 2021-22 had 422",
        Fact(Mark.DOCUMENTED, "clerk-contract 4.4, 8.1 row 17"),
    ),
    Unknown(
        "unknown_inviter",
        "With what is an inviter refused who is no user?",
        ("404 resource_not_found", "404 resource_not_found with param_name", "422 form_resource_not_found"),
        "404 resource_not_found",
        "the error list's entry for a missing user has no meta; which entry these calls use is not said",
        Fact(Mark.INFERRED, "docs data/api_errors.json, UserNotFound and FormMissingResource"),
    ),
    Unknown(
        "repeated_status",
        "Which statuses does a list give when the status parameter is repeated?",
        ("all", "last", "first"),
        "all",
        "nothing depends on it: the sender asks for one status at a time",
        Fact(Mark.UNKNOWN, "clerk-contract 8.1 row 7: the prose has several values, the schema one"),
    ),
    Unknown(
        "quota_half_way",
        "When the seventh of ten items passes a limit (members, seats, users, e-mails), are six created?",
        ("as_other_refusals", "fitting_created", "none_created"),
        "as_other_refusals",
        "a refusal like any other, which atomicity decides about",
        _nobody_says("clerk-contract 4.1"),
    ),
    Unknown(
        "organization_slug",
        "Does an organization's slug do for its id in the paths of its invitations and members?",
        ("refused", "accepted"),
        "refused",
        "only the reading of one organization says that it takes a slug",
        _nobody_says("clerk-contract 1.3"),
    ),
    Unknown(
        "unknown_organization",
        "With which code is an organization refused that does not exist?",
        ("404 resource_not_found", "404 organization_not_found_or_unauthorized"),
        "404 resource_not_found",
        "the error list has both for the Backend API; the second is for callers who must not know what exists",
        _nobody_says("clerk-contract 3.3"),
    ),
    Unknown(
        "unknown_keys",
        "Is an unknown key in an item for an organization refused?",
        ("refused", "ignored"),
        "refused",
        "the schema is open, which is no promise; items for the application are closed",
        _nobody_says("clerk-contract 1.3, 8.1 row 4"),
    ),
    Unknown(
        "organization_duplicate",
        "With which code is a pending invitation to an organization refused?",
        ("400 organization_invitation_not_unique", "400 duplicate_record"),
        "400 organization_invitation_not_unique",
        "the error list has it for this; the other was met by a third-party project",
        Fact(Mark.UNKNOWN, "clerk-contract 8.1 row 20"),
    ),
    Unknown(
        "bulk_total_count",
        "What does total_count of an organization bulk reply count?",
        ("created_now", "all_of_the_organization"),
        "created_now",
        "so in a mock of Clerk's; the schema calls it the total of organization invitations",
        Fact(Mark.UNKNOWN, "clerk-contract 2.3"),
    ),
    Unknown(
        "limit_code",
        "Which code does a 429 carry?",
        ("too_many_requests", "rate_limit_exceeded"),
        "too_many_requests",
        "the error list has it; integration mocks of Clerk's have the other",
        Fact(Mark.UNKNOWN, "clerk-contract 8.1 row 16"),
    ),
    Unknown(
        "resets_in",
        "Does a 429 carry meta.resets_in, and in which unit?",
        ("absent", "seconds", "milliseconds"),
        "absent",
        "the error list names it without a unit; Retry-After is read instead",
        _nobody_says("clerk-contract 3.2"),
    ),
    Unknown(
        "revoked_again",
        "With which code is the second revocation of an application invitation refused?",
        ("400 invitation_already_revoked", "400 revoked_invitation"),
        "400 invitation_already_revoked",
        "its name says so; the error list has both for the Backend API",
        _nobody_says("clerk-contract 3.3"),
    ),
    Unknown(
        "url_of_ended",
        "Does an accepted or expired invitation still show its url?",
        ("absent", "kept"),
        "absent",
        "a revoked one does not (recorded); the link is worth nothing any more",
        _nobody_says("clerk-contract 2.1"),
    ),
    Unknown(
        "others_on_acceptance",
        "What becomes of the other pending invitations to an address when one of them is accepted?",
        ("stay_pending", "revoked", "accepted"),
        "stay_pending",
        "ignore_existing makes several; nobody says that one knows of the others",
        _nobody_says("clerk-contract 4.2"),
    ),
    Unknown(
        "role_outside_set",
        "With what is a role refused that is not in the organization's role set?",
        ("404 resource_not_found", "422 form_param_value_invalid"),
        "404 resource_not_found",
        "the error list has no entry of its own for it",
        _nobody_says("clerk-contract 4.4"),
    ),
    Unknown(
        "mails_over_cap",
        "What becomes of an invitation beyond a development instance's e-mails of the month?",
        ("400 dev_monthly_email_limit_exceeded", "created_without_mail"),
        "400 dev_monthly_email_limit_exceeded",
        "the error list has the code for the Backend API; the documentation says that notifications are dropped",
        Fact(Mark.UNKNOWN, "clerk-contract 3.3, 4.5"),
    ),
    Unknown(
        "test_address_mails",
        "Is an invitation mailed to a +clerk_test address, and does the mail count?",
        ("no", "yes"),
        "no",
        "test addresses do not count towards the e-mails of the month; of invitations nothing is said",
        _nobody_says("clerk-contract 4.8"),
    ),
    Unknown(
        "metadata_measured",
        "How are the bytes of metadata counted?",
        ("utf8", "ascii"),
        "utf8",
        "compact JSON in UTF-8; ascii counts six bytes for each character that JSON can escape",
        _nobody_says("clerk-contract 4.6"),
    ),
    Unknown(
        "redirect_path",
        "Is a path accepted as redirect_url?",
        ("accepted", "refused"),
        "accepted",
        "a JavaScript text says full URL or path; every current example is absolute",
        Fact(Mark.UNKNOWN, "clerk-contract 4.7, 8.1 row 14"),
    ),
    Unknown(
        "bad_redirect_url",
        "With which code is an unusable redirect_url refused?",
        ("422 form_param_format_invalid", "422 form_param_value_invalid"),
        "422 form_param_format_invalid",
        "reported to be a 422; the list's codes for redirect URLs are for the Frontend API only",
        Fact(Mark.UNKNOWN, "clerk-contract 3.3, 4.7"),
    ),
    Unknown(
        "plain_http_redirect",
        "Does a production instance accept a redirect_url of http:// that is not local?",
        ("accepted", "422 insecure_url"),
        "accepted",
        "the error list has the code without saying which parameters it is for",
        _nobody_says("clerk-contract 3.3, 4.7"),
    ),
    Unknown(
        "restrictions_bite",
        "When do the blocks on subaddresses and on disposable addresses refuse: at the invitation or at the sign-up?",
        ("at_sign_up", "at_invitation"),
        "at_sign_up",
        "reported to bite at sign-up; the error for it is listed for the Backend API, too",
        Fact(Mark.UNKNOWN, "clerk-contract 4.8"),
    ),
    Unknown(
        "user_quota_counts",
        "Does an instance's quota of users count pending application invitations, too?",
        ("users", "users_and_pending"),
        "users",
        "the error list has the code and no more",
        _nobody_says("clerk-contract 4.5"),
    ),
)

UNKNOWN_NUMBERS: tuple[UnknownNumber, ...] = (
    UnknownNumber(
        "listing_lag",
        "How long after its creation is an invitation missing from the lists?",
        "seconds",
        0,
        "nobody has reported a lag; the sender waits a minute before it takes a missing invitation for none",
        _nobody_says("not in clerk-contract: no source speaks of it"),
    ),
    UnknownNumber(
        "metadata_limit",
        "How large may each metadata object of an invitation be?",
        "bytes",
        LARGEST_METADATA,
        "8 KB is documented for users and organizations, and was 4 KB in 2021-22",
        Fact(Mark.UNKNOWN, "clerk-contract 4.6"),
    ),
)


def unknown(name: str) -> Unknown:
    """Return the question of that name. Raises KeyError."""
    return {entry.name: entry for entry in UNKNOWNS}[name]


def unknown_number(name: str) -> UnknownNumber:
    """Return the question of that name whose answer is a number. Raises KeyError."""
    return {entry.name: entry for entry in UNKNOWN_NUMBERS}[name]
