"""What Clerk does not say, each as one named setting: the question, the possible answers, the one we take meanwhile.

The emulator can be switched to any of the answers; the sender is built to be right under each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from clerkbulk.contract.fact import Fact, Mark


@dataclass(frozen=True, slots=True)
class Unknown:
    """One question without a documented answer. assumed is one of answers."""

    name: str
    question: str
    answers: tuple[str, ...]
    assumed: str
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
)


def unknown(name: str) -> Unknown:
    """Return the question of that name. Raises KeyError."""
    return {entry.name: entry for entry in UNKNOWNS}[name]
