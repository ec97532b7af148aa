"""Signing up: how an account comes into being, with an invitation's link or without one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerkbulk.contract.address import AddressError, normal_form
from clerkbulk.emulator.control_error import ControlError
from clerkbulk.emulator.restrictions import is_kept_out, sign_up_block
from clerkbulk.emulator.user import EmailAddress, User
from clerkbulk.emulator.world import World


def sign_up(world: World, now: int, document: Any) -> dict[str, Any]:
    """Let somebody sign up with email_address, without any link (perhaps with first_name and last_name).

    The address is verified by a code sent to it: its strategy is email_code. Invitations to it stay as they are, and
    nobody becomes a member by it. Returns the user in wire shape. Raises ControlError when the address is none, is a
    user's, or cannot sign up.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("email_address"), str):
        raise ControlError('Who signs up is an object: {"email_address": "ada@example.com"}.')
    try:
        address = normal_form(document["email_address"])
    except AddressError as error:
        raise ControlError(f"{document['email_address']!r} cannot sign up: {error}") from None
    if world.user_with(address) is not None:
        raise ControlError(f"{address} is a user's already: it cannot sign up.")
    blocked = why_no_account(world, address)
    if blocked is None and is_kept_out(world, address):
        blocked = "the allow list or the block list keeps it out"
    if blocked is not None:
        raise ControlError(f"{address} cannot sign up: {blocked}.")
    user = new_user(world, now, address, "email_code", document)
    world.put_user(user)
    return user.to_wire()


def why_no_account(world: World, address: str) -> str | None:
    """Return why no account can be made for an address, invited or not, or None."""
    if (blocked := sign_up_block(world, address)) is not None:
        return blocked
    if 0 < world.settings.user_quota <= len(world.users):
        return f"the instance has its {world.settings.user_quota} users"
    return None


def new_user(world: World, now: int, address: str, strategy: str, document: Mapping[str, Any]) -> User:
    """Return a user who is signed in now; strategy is how the address was verified. It is the caller's to put there."""
    return User(
        id=world.ids.new("user", now / 1000),
        email_addresses=(EmailAddress(world.ids.new("idn", now / 1000), address, strategy),),
        created_at=now,
        updated_at=now,
        first_name=_text(document, "first_name"),
        last_name=_text(document, "last_name"),
        last_sign_in_at=now,
        last_active_at=world.last_active_at(now),
    )


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return None if value is None else str(value)
