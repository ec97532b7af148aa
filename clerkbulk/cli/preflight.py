"""clerkbulk preflight."""

from __future__ import annotations

from typing import Any

import click

from clerkbulk.cli.exits import Exit
from clerkbulk.cli.people import checked_people, people_options, takes_people
from clerkbulk.cli.policy import policy_of, takes_policy


@click.command("preflight")
@takes_people
@takes_policy
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(decided: tuple[str, ...], suppress: str | None, allowed: tuple[str, ...], form: str, **given: Any) -> int:
    """Read what Clerk has of PEOPLE, and show whom an invitation would reach. Nothing is sent or written.

    Exit status 1 when anybody is left out or has to be decided about.
    """
    from clerkbulk.cli import terminal
    from clerkbulk.cli.buckets import show_preflight, show_remedies
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.looking import passengers_of, preflight
    from clerkbulk.sending.preflight import Decision

    checked = checked_people(people_options(given))
    policy = policy_of(decided, suppress, allowed)
    with Client.from_env() as client:
        found = preflight(client, checked.target, passengers_of(checked), policy)
    if form == "json":
        invalid = checked.rows - len(checked.items)
        terminal.print_json({"rows": checked.rows, "invalid": invalid, **found.to_json()})
    else:
        terminal.show_source(checked)
        show_preflight(found)
        show_remedies(found)
    sent = sum(len(found.in_bucket(bucket)) for bucket in found.to_do(Decision.SEND))
    return Exit.DONE if sent == checked.rows else Exit.ISSUES
