"""The proof: what the ledger says and what the emulator holds are the same people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.contract.target import Organization, Target
from clerkbulk.sending.after.results import Results
from clerkbulk.sending.state import RowState, Sum


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared: invitations the emulator made for the job, and those that were pending there before."""

    made: int
    before: int


def prove(results: Results, sum_: Sum, target: Target, state: Mapping[str, Any], since: float) -> Proof:
    """Hold a job's results to the emulator's own record, from since (seconds since 1970) on.

    Raises AssertionError when a row is not accounted for, when an invitation exists that no row says was sent or the
    other way round, or when somebody was invited twice.
    """
    counted = Counter(result.state for result in results)
    shown = {RowState(name): number for name, number in sum_.to_json().items() if name != "rows" and number}
    _hold(dict(counted) == shown and len(results) == sum_.rows, f"the results say {dict(counted)}, the sum {sum_}")
    _hold(sum_.open == 0, f"{sum_.open} rows are left")
    invitations = _invitations(target, state)
    made = [entry for entry in invitations if entry["created_at"] >= int(since * 1000)]
    in_emulator = {entry["id"]: address_key(entry["email_address"]) for entry in made}
    in_ledger = {r.invitation_id: address_key(r.email_address or "") for r in results if r.state is RowState.SENT}
    _hold(
        in_emulator == in_ledger, f"the emulator made {len(in_emulator)} invitations, the ledger has {len(in_ledger)}"
    )
    _hold(len(in_ledger) == sum_.sent, f"{sum_.sent} rows are sent, with {len(in_ledger)} invitations")
    twice = [key for key, number in Counter(address_key(e["email_address"]) for e in invitations).items() if number > 1]
    _hold(not twice, f"{len(twice)} people were invited twice")
    return Proof(made=len(made), before=len(invitations) - len(made))


def _invitations(target: Target, state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if isinstance(target, Organization):
        everyone = state["organization_invitations"]
        return [entry for entry in everyone if entry["organization_id"] == target.organization_id]
    return list(state["invitations"])


def _hold(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(f"The demo went wrong: {what}. This is a defect of clerkbulk; please report it.")
