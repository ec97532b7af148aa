"""The options of clerkbulk contract --target live, and the target they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from clerkbulk.suite.desk import ContractTarget

CALLS: Final = 12
"""Bulk calls of an hour that may be spent, of each kind, unless said otherwise: half of the 25 there are."""
_OPTIONS: Final = {
    "organization_id": "--org",
    "user_address": "--user",
    "calls": "--calls",
    "long": "--long",
    "capabilities": "--capabilities",
}


def live_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that concern a live instance alone."""
    for decorate in reversed(
        (
            click.option("--org", "organization_id", metavar="ORG_ID", help="live: an organization to invite to."),
            click.option("--user", "user_address", metavar="EMAIL", help="live: a user's address; it has +clerk_test."),
            click.option(
                "--calls", metavar="N", type=click.IntRange(1, 25),
                help=f"live: bulk calls of the hour that may be spent, of each kind; {CALLS} unless given.",
            ),
            click.option("--long", is_flag=True, help="live: find out about the hour itself too, which takes hours."),
            click.option("--capabilities", metavar="FILE", help="live: add what was found out to this file."),
        )
    ):  # fmt: skip
        command = decorate(command)
    return command


def given_live(live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in live.items() if value}


def option_of(name: str) -> str:
    """Return an option as it is typed."""
    return _OPTIONS[name]


@contextmanager
def live_target(live: Mapping[str, Any]) -> Iterator[ContractTarget]:
    """Open the instance that CLERK_SECRET_KEY is for; clean up when it is left."""
    raise click.UsageError("later")
    yield
