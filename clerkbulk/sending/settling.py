"""Settling: finding out by reading what became of rows whose call has no clear outcome. Never by posting again."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Mapping
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.contract.target import Organization, Target
from clerkbulk.sending.call import Unsettled
from clerkbulk.sending.client import TIMEOUT, Client
from clerkbulk.sending.state import RowState
from clerkbulk.sending.verdict import RowVerdict, judge_by_reading

SETTLE = 60.0
"""Seconds after a call until an invitation that no list shows is taken not to exist. How long Clerk's lists lag behind
is not documented; a minute is ours."""
LOST = (TIMEOUT.read or 60.0) + SETTLE
"""Seconds after an intent until a call of a process that cannot be asked is taken to be over."""
EVERY_STATUS = ("pending", "accepted", "revoked", "expired")


def owner_name(token: str) -> str:
    """Return who makes a call: this machine, this process, this run."""
    return f"{socket.gethostname()}:{os.getpid()}:{token}"


def is_over(owner: str, own_runs: Collection[str]) -> bool:
    """Whether the owner of a call without an outcome is certainly no longer at it, as far as that can be told here."""
    host, pid, token = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    if int(pid) == os.getpid():
        return token not in own_runs
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def ready_at(call: Unsettled, own_runs: Collection[str]) -> float:
    """Return from when on the rows of a call may be read: never while its owner may still be waiting for the answer."""
    if call.ended_at is not None:
        return call.ended_at
    return call.intent_at if is_over(call.owner, own_runs) else call.intent_at + LOST


def sure_at(call: Unsettled) -> float:
    """Return from when on an invitation that no list shows does not exist."""
    if call.outcome == "refused":
        # Clerk has answered: what it made of the call, it has made.
        return call.ended_at or call.intent_at
    return (call.ended_at or call.intent_at) + SETTLE


def look(client: Client, target: Target, call: Unsettled, now: float) -> list[RowVerdict]:
    """Read what Clerk has of each row's address and say what the rows are. Rows that stay unknown are left out.

    A dozen reads for a full call: one a row, one for all users or members. Raises what the client's reads raise.
    """
    surely_absent = now >= sure_at(call)
    refused = call.outcome == "refused"
    wanted = {passenger.key: passenger for passenger in call.passengers}
    present = _present(client, target, [str(p.item["email_address"]) for p in call.passengers]) if refused else set()
    found = {key: _invitations(client, target, str(p.item["email_address"]), key) for key, p in wanted.items()}
    verdicts = [
        verdict
        for key, passenger in wanted.items()
        if (
            verdict := judge_by_reading(
                passenger,
                found[key],
                present,
                intent_at=call.intent_at,
                surely_absent=surely_absent,
                at_most=None,
            )
        )
    ]
    return _split(call, verdicts) if refused and not call.named else verdicts


def _split(call: Unsettled, verdicts: list[RowVerdict]) -> list[RowVerdict]:
    """Send the rows of a refused call in smaller company, if neither Clerk nor the look says whose fault it was."""
    left = [verdict for verdict in verdicts if verdict.state is RowState.LEFT]
    if len(left) < len(call.passengers):
        return verdicts
    if call.size == 1:
        return [RowVerdict(left[0].line, RowState.REFUSED, call.code, call.reason)]
    smaller = -(-call.size // 2)
    return [RowVerdict(verdict.line, RowState.LEFT, at_most=smaller) for verdict in left]


def _invitations(client: Client, target: Target, email: str, key: str) -> list[Mapping[str, Any]]:
    listed = client.invitations(target, status=EVERY_STATUS, email_address=email)
    return [item for item in listed if address_key(str(item.get("email_address", ""))) == key]


def _present(client: Client, target: Target, emails: list[str]) -> set[str]:
    """Return the keys of those addresses that cannot be invited because their owner is a member, or a user."""
    if isinstance(target, Organization):
        members = client.memberships(target.organization_id, emails)
        return {address_key(str((member.get("public_user_data") or {}).get("identifier") or "")) for member in members}
    owned = (entry for user in client.users(emails) for entry in user.get("email_addresses") or ())
    return {address_key(str(entry.get("email_address", ""))) for entry in owned}
