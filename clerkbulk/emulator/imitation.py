"""What this stand-in imitates, what it assumes where Clerk is silent, and what it does not imitate. One place."""

from __future__ import annotations

from typing import Any

from clerkbulk.contract.unknown import UNKNOWNS
from clerkbulk.emulator.instance import Settings

IMITATED = (
    "POST /v1/invitations and /v1/invitations/bulk, POST /v1/invitations/{id}/revoke, GET /v1/invitations",
    "POST /v1/organizations/{id}/invitations and .../bulk, their revocation, list, pending list and single reading",
    "GET /v1/organization_invitations and /v1/users/{id}/organization_invitations",
    "GET and POST /v1/users, GET /v1/users/count, GET /v1/users/{id}",
    "GET and POST /v1/organizations, GET /v1/organizations/{id or slug}, GET and POST .../memberships",
    "GET /v1/organization_roles, /v1/instance, /v1/instance/organization_settings",
    "the shapes of Clerk's OpenAPI document of 2026-05-12, millisecond times, ids, expiry, Date from the clock",
    "the error envelope, codes, statuses and meta of Clerk's error list; the trace id in body and header",
    "authentication before routing; Clerk-API-Version; content types",
    "the hourly limits of the four creating calls and the 10-second limit of everything, with Retry-After",
    "membership limit, seats, allow and block list, monthly e-mail cap (off unless set), switches of the instance",
)

ASSUMED = (
    "A bulk call is checked in this order: key, version, organization, body, number of items, rate limit, items, role, "
    "inviter, lists, pending invitations, users or members, membership limit, seats, e-mails.",
    "Every malformed parameter is listed; of the refusals after that, the first kind is answered with all its items.",
    "An unknown parameter of an organization item is refused, although that schema is open.",
    "total_count of an organization bulk call is the number of invitations made by it.",
    "An unusable redirect_url is 422 form_param_format_invalid: an absolute URL, an own scheme or a path is usable.",
    "limit above 500 is 422 form_param_value_too_large; a status, an order or a number that is none is "
    "422 form_param_value_invalid; more than 100 values of one parameter are 422 form_param_array_size_exceeded.",
    "An unknown path is 404 resource_not_found; a known path with another method is 405, under a code of our own.",
    "A call cut off or answered by a fault before it reaches the instance uses up no limit.",
    "Administrators are members whose role has org:sys_memberships:manage.",
    "A pending invitation to an organization is accepted by the user with its address, who is made if there is none.",
    "All secret keys belong to the one instance; the prefix of the key says which environment it is.",
    "An organization made by POST /_emulator/seed without max_allowed_memberships has no limit (0).",
)

NOT_IMITATED = (
    "No e-mail is sent, no link works: url leads nowhere.",
    "Updating and deleting, metadata calls, waitlist, domains, role sets, permissions, billing, sessions, webhooks.",
    "Phone numbers, web3 wallets, passwords, external accounts: lists are empty, filters for them match nobody.",
    "The block on subaddresses and on disposable addresses; suppression lists.",
    "403 for an organization's own restrictions other than those above; 409 conflict; 413 (by a fault, if you like).",
    "Clerk's latency, its spelling of JSON (escapes, order of keys), and delays between a write and a read.",
)


def describe(settings: Settings, limits: str) -> dict[str, Any]:
    """Return the whole account as JSON: what GET /_emulator/settings answers."""
    return {
        "limits": limits,
        "settings": settings.to_document(),
        "imitated": list(IMITATED),
        "open_questions": [
            {
                "name": question.name,
                "question": question.question,
                "set_to": getattr(settings, question.name),
                "answers": list(question.answers),
                "assumed": question.assumed,
                "because": question.because,
                "mark": question.fact.mark.value,
                "source": question.fact.source,
            }
            for question in UNKNOWNS
        ],
        "assumed": list(ASSUMED),
        "not_imitated": list(NOT_IMITATED),
    }
