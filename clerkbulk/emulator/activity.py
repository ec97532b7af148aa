"""Activity: somebody who has an account signs in, or goes on where they are signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.user import User
from clerkbulk.emulator.world import World

KINDS = ("sign_in", "active")


def note_activity(world: World, now: int, document: Any) -> dict[str, Any]:
    """Let the user that document names by user_id or email_address sign in or be active now, as its kind says.

    Either sets last_active_at, a sign-in last_sign_in_at too; updated_at stays. Without a kind it is active. Returns
    the user in wire shape. Raises ControlError when there is no such user or kind, and for who is banned or, signing
    in, locked.
    """
    if not isinstance(document, Mapping):
        raise ControlError('Activity is an object: {"email_address": "ada@example.com", "kind": "sign_in"}.')
    kind = document.get("kind", "active")
    if kind not in KINDS:
        raise ControlError(f"The kind of activity is {kind!r}, and can be {' or '.join(KINDS)}.")
    user = _find(world, document)
    if user.banned or (user.locked and kind == "sign_in"):
        raise ControlError(f"The user {user.id} is {'banned' if user.banned else 'locked'}, and cannot do that.")
    signed_in_at = now if kind == "sign_in" else user.last_sign_in_at
    user = replace(user, last_active_at=world.last_active_at(now), last_sign_in_at=signed_in_at)
    world.put_user(user)
    return user.to_wire()


def _find(world: World, document: Mapping[str, Any]) -> User:
    user_id, address = document.get("user_id"), document.get("email_address")
    if isinstance(user_id, str):
        user, named = world.users.get(user_id), user_id
    elif isinstance(address, str):
        user, named = world.user_with(address), address
    else:
        raise ControlError("Name the user by user_id or by email_address.")
    if user is None:
        raise ControlError(f"There is no user {named}.")
    return user
