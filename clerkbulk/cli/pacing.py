"""The options that say how fast and when calls leave, and what they lead to: a pace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from clerkbulk.sending.before.pace import Pace

Command = TypeVar("Command", bound=Callable[..., Any])
_NAMES = ("hours", "days", "tz", "share", "lanes", "waves", "gate", "wave_gap", "limits")


def takes_pace(command: Command) -> Command:
    """Give a command the options that say how fast and when calls leave."""
    for decorate in reversed(
        (
            click.option("--hours", metavar="FROM-TO", help="Hours of the day in which calls leave, such as 8-18."),
            click.option("--days", metavar="DAYS", help="Days on which calls leave, such as mon-fri."),
            click.option("--tz", metavar="ZONE", help="The zone of the hours, such as Europe/Berlin; else UTC."),
            click.option(
                "--share", metavar="PART", type=float,
                help="Part of each hour's calls to use, such as 0.8; the rest is left to the product's own calls. "
                "All of them unless given.",
            ),
            click.option(
                "--lanes", type=click.Choice(["bulk", "both"]),
                help="both: use the single call's hourly budget beside the bulk call's; bulk unless given.",
            ),
            click.option(
                "--waves", metavar="SIZES",
                help="Numbers of people, each settled before the next begins: 10,100,rest.",
            ),
            click.option(
                "--gate", metavar="SHARE", type=float,
                help="Stop behind a wave of which Clerk refused more than this share, such as 0.05.",
            ),
            click.option("--wave-gap", metavar="HOURS", type=float, help="Hours between two waves; none unless given."),
            click.option(
                "--limits", type=click.Choice(["documented", "off"]), default="documented", show_default=True,
                help="Keep to Clerk's documented calls an hour, or post as fast as it answers; a 429 is always obeyed.",
            ),
        )
    ):  # fmt: skip
        command = decorate(command)
    return command


def is_pace_chosen(given: dict[str, Any]) -> bool:
    """Whether any of the pace's options but the limits was given."""
    return any(given[name] is not None for name in _NAMES if name != "limits")


def pace_of(given: dict[str, Any]) -> Pace:
    """Take the pace's options out of a command's keyword arguments and make the pace. Raises InputError."""
    from clerkbulk.sending.before.asked import asked_pace

    said = {name: given.pop(name) for name in _NAMES}
    limited = said.pop("limits") == "documented"
    return asked_pace(**said, limited=limited)


def start_of(text: str, zone: tzinfo) -> float:
    """Read a start time, in zone unless it names its own; seconds since 1970. Raises InputError."""
    from clerkbulk.errors import InputError
    from clerkbulk.sending.before.asked import asked_moment

    try:
        return asked_moment(text, zone)
    except InputError as error:
        raise InputError(f"--start {error}") from None
