"""The roles that people are about to get, those that let them manage the organization first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clerkbulk.cli.visible import say
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clerkbulk.sending.before.roles import GivenRole

MOST_LINES = 20
"""How many line numbers are shown of a role; check lists every line."""


def show_roles(roles: Sequence[GivenRole]) -> None:
    """Say on standard error who is given which role."""
    for role in roles:
        say(f"  {_sentence(role)}", err=True)


def _sentence(role: GivenRole) -> str:

    who = f"{counted(len(role.lines), 'person', 'people')} as {role.key}"
    if not role.is_privileged:
        return f"{who}."
    *others, last = role.may
    may = f"{', '.join(others)} and {last}" if others else last
    return f"Privileged: {who}, who can {may}: {_lines(role.lines)}."


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:MOST_LINES]))
    more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}"
