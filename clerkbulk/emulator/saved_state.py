"""The saved state: a world as one JSON file, written whole or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import fields
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


def write_state(path: Path, world: World, now: int, webhooks: list[dict[str, Any]]) -> None:
    """Write the world and the messages about it to path, by way of a file beside it. Raises InputError if it cannot."""
    document = {
        "clerkbulk_emulator_state": FORMAT,
        "now": now,
        "seed": world.ids.seed,
        "issued": world.ids.issued,
        "roles": [_plain(role) for role in world.roles.values()],
        "role_sets": [_plain(one) for one in world.role_sets.values()],
        "organizations": [_plain(one) for one in world.organizations.values()],
        "users": [
            {**_plain(user), "email_addresses": [_plain(entry) for entry in user.email_addresses]}
            for user in world.users.values()
        ],
        "memberships": [_plain(one) for one in world.memberships()],
        "invitations": [_plain(one) for one in world.invitations],
        "organization_invitations": [_plain(one) for one in world.organization_invitations],
        "mails": dict(world.mails),
        "webhooks": webhooks,
        "calls_of_the_hour": {} if world.windows is None else world.windows.to_document(),
    }
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        beside.write_text(json.dumps(document, indent=1), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise InputError(f"The state cannot be written to {path}: {error.strerror or error}.") from None


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
    return {entry.name: getattr(record, entry.name) for entry in fields(record)}
