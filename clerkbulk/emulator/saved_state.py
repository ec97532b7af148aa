"""The saved state: a world as one JSON file, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from clerkbulk.emulator.ids import Ids
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.invitation import Invitation
from clerkbulk.emulator.limits import Windows
from clerkbulk.emulator.organization import Membership, Organization, Role, RoleSet
from clerkbulk.emulator.user import EmailAddress, User
from clerkbulk.emulator.world import World
from clerkbulk.errors import InputError

FORMAT = 1


def snapshot(world: World, now: int, webhooks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the world and the messages about it as they are now: its records never change, so it can go on."""
    return {
        "clerkbulk_emulator_state": FORMAT,
        "now": now,
        "seed": world.ids.seed,
        "issued": world.ids.issued,
        "roles": list(world.roles.values()),
        "role_sets": list(world.role_sets.values()),
        "organizations": list(world.organizations.values()),
        "users": list(world.users.values()),
        "memberships": world.memberships(),
        "invitations": list(world.invitations),
        "organization_invitations": list(world.organization_invitations),
        "mails": dict(world.mails),
        "webhooks": webhooks,
        "calls_of_the_hour": {} if world.windows is None else world.windows.to_document(),
    }


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a snapshot to path by way of a file beside it, a record a line. Raises InputError when that cannot be."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(_lines(state))
        beside.replace(path)
    except OSError as error:
        raise InputError(f"The state cannot be written to {path}: {error.strerror or error}.") from None


def _lines(state: Mapping[str, Any]) -> Iterator[str]:
    # Record by record, not all at once: while one is turned into text, nobody else's Python runs.
    encode = json.JSONEncoder(default=_plain).encode
    before = "{\n"
    for name, value in state.items():
        yield f"{before}{encode(name)}: "
        before = ",\n"
        if not isinstance(value, list):
            yield encode(value)
            continue
        between = "[\n"
        for record in value:
            yield between + encode(record)
            between = ",\n"
        yield "\n]" if value else "[]"
    yield "\n}\n"


def read_state(path: Path, settings: Settings, windows: Windows | None) -> tuple[World, int, list[dict[str, Any]]]:
    """Return the world in path, when it was written (milliseconds), and the messages about it. Raises InputError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["clerkbulk_emulator_state"] != FORMAT:
            raise InputError(f"The state in {path} has format {document['clerkbulk_emulator_state']}, not {FORMAT}.")
        # A state from before there were webhooks has no messages.
        return _world(document, settings, windows), int(document["now"]), list(document.get("webhooks", []))
    except OSError as error:
        raise InputError(f"The state {path} cannot be read: {error.strerror or error}.") from None
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        said = f"{path} is not a saved state of the emulator ({type(error).__name__}: {error})."
        raise InputError(f"{said} Name another file, or remove it.") from None


def _world(document: dict[str, Any], settings: Settings, windows: Windows | None) -> World:
    world = World(settings, Ids(document["seed"], document["issued"]), document["now"], windows)
    roles = (Role(**{**one, "permissions": tuple(one["permissions"])}) for one in document["roles"])
    world.roles = {role.key: role for role in roles}
    # A state from before there were role sets has none.
    for one in document.get("role_sets", []):
        world.role_sets[one["key"]] = RoleSet(one["key"], tuple(one["roles"]))
    for one in document["organizations"]:
        world.put_organization(Organization(**one))
    for one in document["users"]:
        addresses = tuple(EmailAddress(**entry) for entry in one["email_addresses"])
        world.put_user(User(**{**one, "email_addresses": addresses}))
    for one in document["memberships"]:
        world.put_membership(Membership(**one))
    for one in document["invitations"] + document["organization_invitations"]:
        world.put_invitation(Invitation(**one))
    world.mails.update(document["mails"])
    if windows is not None:
        windows.read(document["calls_of_the_hour"])
    return world


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _names(record.__class__)}


@lru_cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(kind))
