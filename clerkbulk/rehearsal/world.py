"""World: the emulated instance as a table's people would find it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.contract.target import Organization
from clerkbulk.emulator.backend import Backend
from clerkbulk.errors import InputError
from clerkbulk.people.checked import Checked

_DAY = 86_400_000
_EVERYWHERE = {"org:admin", "org:member"}
"""The roles every instance begins with (docs, roles and permissions)."""


def settle(backend: Backend, checked: Checked, known: float) -> frozenset[str]:
    """Put there what a table speaks of: its organization with seats for all, its roles, its inviters as administrators.

    known is the share of the people (0 to 1) that Clerk is to have already, spread evenly over the table: every second
    one as a user or a member, the others with an open invitation. Returns their address keys. Raises InputError.
    """
    if not 0 <= known <= 1:
        raise InputError(f"The share of people Clerk knows already is a number from 0 to 1, not {known}.")
    yesterday = backend.now() - _DAY
    target = checked.target
    to: dict[str, Any] = {}
    seed: dict[str, list[dict[str, Any]]] = {"users": [], "memberships": [], "invitations": []}
    if isinstance(target, Organization):
        to = {"organization_id": target.organization_id}
        seed["organizations"] = [{"id": target.organization_id, "created_at": yesterday}]
        seed["roles"] = [{"key": role} for role in sorted(_named(checked, "role") - _EVERYWHERE)]
        for user_id in sorted(_named(checked, "inviter_user_id")):
            seed["users"].append({"id": user_id, "created_at": yesterday})
            seed["memberships"].append({**to, "user_id": user_id, "role": "org:admin"})
    chosen = _evenly(checked.items, known)
    for place, item in enumerate(chosen):
        person = {"email_address": item["email_address"], "created_at": yesterday, **to}
        # An open invitation does not keep somebody out who is to be invited all the same.
        pending = place % 2 == 1 and item.get("ignore_existing") is not True
        seed["invitations" if pending else "memberships" if to else "users"].append(person)
    backend.seed(seed)
    return frozenset(address_key(item["email_address"]) for item in chosen)


def _named(checked: Checked, parameter: str) -> set[str]:
    return {item[parameter] for item in checked.items if item.get(parameter)}


def _evenly(items: Sequence[dict[str, Any]], share: float) -> list[dict[str, Any]]:
    number = round(len(items) * share)
    return [items[(2 * place + 1) * len(items) // (2 * number)] for place in range(number)]
