"""Standing: what has become of an invitation at Clerk, read, and changed by the one call that revokes it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from clerkbulk.contract.endpoint import MOST_PER_CALL
from clerkbulk.contract.error_code import Concern, error_code
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, NotReachable
from clerkbulk.sending.before.spelling import invitations_to
from clerkbulk.sending.budget import wait_after_429, wait_unreached
from clerkbulk.sending.client import Client


class Standing(StrEnum):
    """What has become of one invitation."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    MISSING = "missing"
    """Clerk does not have it any more."""


_BY_CODE = {
    "invitation_already_accepted": Standing.ACCEPTED,
    "organization_invitation_already_accepted": Standing.ACCEPTED,
    "invitation_already_revoked": Standing.REVOKED,
    "revoked_invitation": Standing.REVOKED,
    "organization_invitation_revoked_code": Standing.REVOKED,
}
"""What a refused revocation says by itself (clerk-contract 3.3); "not pending" says too little, and is read up."""

_PASSING = frozenset({408, 409, 425})
"""Statuses below 500 that leave open what was done, as of a creating call: a time-out, a conflict, too early."""


def standing_in(invitation: Mapping[str, Any]) -> Standing:
    """Return how an invitation as Clerk lists it stands. What does not say it is over counts as pending."""
    if invitation.get("revoked") is True:
        return Standing.REVOKED
    status = invitation.get("status")
    return Standing(status) if status in {"accepted", "expired", "revoked"} else Standing.PENDING


def standing_of(client: Client, target: Target, invitation_id: str, email: str) -> Standing:
    """Read how one invitation stands; email is the address it went to. Raises what the client's reads raise.

    A 404 may mean the invitation or the whole organization: the list of the address tells them apart.
    """
    try:
        return standing_in(client.invitation(target, invitation_id))
    except ClerkRefused as error:
        if error.status != 404:
            raise
    listed = invitations_to(client, target, email)
    found = next((one for one in listed if one.get("id") == invitation_id), None)
    return Standing.MISSING if found is None else standing_in(found)


def standings(client: Client, target: Target, emails: Mapping[str, str]) -> dict[str, Standing]:
    """Read how invitations stand; emails are the addresses they went to, by invitation id.

    A few are read one by one, more out of the target's whole list. Raises what the client's reads raise.
    """
    found: dict[str, Standing] = {}
    if len(emails) > MOST_PER_CALL:
        for one in client.every_invitation(target):
            if (invitation_id := str(one.get("id"))) in emails:
                found[invitation_id] = standing_in(one)
    for invitation_id, email in emails.items():
        if invitation_id not in found:
            # The list moves while it is read: whoever accepts meanwhile may be on no page.
            found[invitation_id] = standing_of(client, target, invitation_id, email)
    return found


def revoke(client: Client, target: Target, invitation_id: str, email: str) -> Standing:
    """Revoke an invitation, once, and return how it stands now: revoked, unless something stood in the way.

    Raises what the client's calls raise. After NotReachable and 5xx nobody knows whether it was revoked: read it.
    """
    try:
        now = standing_in(client.revoke(target, invitation_id))
    except ClerkRefused as error:
        if error.code in _BY_CODE:
            return _BY_CODE[error.code]
        known = error_code(error.code)
        if error.status != 404 and (known is None or known.concern is not Concern.REVOCATION):
            raise
        now = standing_of(client, target, invitation_id, email)
        if now is Standing.PENDING:
            # Refused as not pending, and listed as pending: Clerk's list may lag behind.
            raise
    else:
        if now is Standing.PENDING:
            now = standing_of(client, target, invitation_id, email)
    return now


def pause_after(error: NotReachable | ClerkRefused, consecutive: int) -> float | None:
    """Return the seconds to wait after the consecutive-th failure in a row; None where waiting does not help."""
    if isinstance(error, NotReachable):
        return wait_unreached(consecutive)
    if error.status == 429:
        return wait_after_429(error.retry_after, consecutive)
    return wait_unreached(consecutive) if error.status >= 500 or error.status in _PASSING else None
