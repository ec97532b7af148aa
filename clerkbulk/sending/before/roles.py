"""Roles: which ones a job's people are given, and which of them let people manage the organization itself."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from clerkbulk.sending import tables
from clerkbulk.sending.before.looking import MANAGES, permissions_of
from clerkbulk.sending.client import Client
from clerkbulk.sending.state import RowState

ADMINS = frozenset({"org:admin", "admin"})
"""The administrators' role, today and in old instances (clerk-contract 4.4)."""
_SYSTEM = "org:sys_"
"""How the permissions begin that are Clerk's own; those an application makes up mean what it says they mean."""
_NOUNS = {"memberships": "members", "profile": "the organization"}


@dataclass(frozen=True, slots=True)
class GivenRole:
    """A role and the lines of those who are given it. may is what it lets them do to the organization, in words."""

    key: str
    lines: tuple[int, ...]
    may: tuple[str, ...]

    @property
    def is_privileged(self) -> bool:
        """Whether it lets people manage the organization."""
        return bool(self.may)


def given_roles(
    connection: sa.Connection, job_id: str, permissions: Mapping[str, Collection[str]], others: Collection[int] = ()
) -> list[GivenRole]:
    """Return the roles of a job's people who are not invited yet, the privileged ones first, then the most given.

    permissions are those of each role in the instance, as permissions_in() reads them. others are lines of people who
    count too.
    """
    row = tables.row
    lines: dict[str, list[int]] = defaultdict(list)
    waiting = connection.execute(
        sa.select(row.c.line, row.c.item, row.c.state)
        .where(row.c.job_id == job_id, row.c.item.is_not(None))
        .order_by(row.c.line)
    )
    for line, item, state in waiting:
        if state not in {RowState.LEFT, RowState.UNKNOWN} and line not in others:
            continue
        if role := json.loads(item).get("role"):
            lines[str(role)].append(line)
    roles = [GivenRole(key, tuple(mine), may_do(key, permissions.get(key, ()))) for key, mine in lines.items()]
    return sorted(roles, key=lambda role: (not role.is_privileged, -len(role.lines), role.key))


def permissions_in(client: Client) -> dict[str, set[str]]:
    """Read the permissions of every role of the instance. Raises what the client's reads raise."""
    return {str(role.get("key")): permissions_of(role) for role in client.roles()}


def may_do(role: str, permissions: Collection[str]) -> tuple[str, ...]:
    """Say what a role with some permissions lets people do to the organization: all of Clerk's own but to read."""
    managing = {key for key in permissions if key.startswith(_SYSTEM) and not key.endswith(":read")}
    if role in ADMINS:
        managing.add(MANAGES)
    return tuple(sorted(map(_in_words, managing), key=lambda words: (words != "manage members", words)))


def _in_words(permission: str) -> str:
    noun, _, verb = permission.removeprefix(_SYSTEM).partition(":")
    return f"{verb.replace('_', ' ')} {_NOUNS.get(noun, noun.replace('_', ' '))}".strip()
