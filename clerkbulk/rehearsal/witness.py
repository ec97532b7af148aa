"""Witness: the emulator's own record of invitations, held against what a job says of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.contract.target import Organization, Target
from clerkbulk.sending.after.results import Result
from clerkbulk.sending.state import RowState


@dataclass(frozen=True, slots=True)
class Wronged:
    """Lines of people whom a job has not done right by."""

    twice: tuple[int, ...] = ()
    """Lines of people with more than one invitation of ours."""
    lost: tuple[int, ...] = ()
    """Lines of people who were neither invited, nor known before, nor refused for a reason."""


def invited(state: Mapping[str, Any], target: Target, since: float) -> Counter[str]:
    """Count the invitations to a target by address key, of the emulator's state; those made since then (seconds)."""
    if isinstance(target, Organization):
        everyone = state["organization_invitations"]
        there = [entry for entry in everyone if entry["organization_id"] == target.organization_id]
    else:
        there = state["invitations"]
    return Counter(address_key(entry["email_address"]) for entry in there if entry["created_at"] >= int(since * 1000))


def wronged(results: Iterable[Result], made: Mapping[str, int], known: Collection[str]) -> Wronged:
    """Hold results to the invitations made, by address key; known are the keys of those whom Clerk had before."""
    twice: list[int] = []
    lost: list[int] = []
    for result in results:
        if result.state is RowState.INVALID or result.email_address is None:
            continue
        key = address_key(result.email_address)
        invitations = made.get(key, 0)
        if invitations > 1:
            twice.append(result.line)
        elif not invitations and key not in known and result.state is not RowState.REFUSED:
            lost.append(result.line)
    return Wronged(tuple(twice), tuple(lost))
