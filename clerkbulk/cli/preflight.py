"""clerkbulk preflight."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.exits import Exit, Refusal
from clerkbulk.cli.people import checked_people, people_options, takes_people
from clerkbulk.cli.policy import policy_of, takes_policy

if TYPE_CHECKING:
    from clerkbulk.contract.target import Target
    from clerkbulk.sending.before.preflight import Policy
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.verdict import Passenger


@click.command("preflight")
@takes_people
@takes_policy
@click.option(
    "--ledger", "where", metavar="FILE",
    help="The ledger that knows who was withdrawn, and whose jobs count for --cool-down.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(where: str | None, form: str, **given: Any) -> int:
    """Read what Clerk has of PEOPLE, and show whom an invitation would reach. Nothing is sent or written.

    Exit status 1 when anybody is left out or has to be decided about.
    """
    from clerkbulk.cli import terminal
    from clerkbulk.cli.buckets import show_preflight, show_remedies
    from clerkbulk.sending.before.looking import passengers_of, preflight
    from clerkbulk.sending.before.preflight import Decision
    from clerkbulk.sending.client import Client

    policy = policy_of(given)
    if policy.cool_down is not None and where is None:
        raise Refusal("--cool-down asks who was invited lately: name the ledger that knows, with --ledger.")
    checked = checked_people(people_options(given))
    rows = passengers_of(checked)
    with Client.from_env() as client:
        cooling, withdrawn = _remembered(where, client, checked.target, rows, policy)
        found = preflight(client, checked.target, rows, policy, cooling=cooling, withdrawn=withdrawn)
    if form == "json":
        invalid = checked.rows - len(checked.items)
        terminal.print_json({"rows": checked.rows, "invalid": invalid, **found.to_json()})
    else:
        terminal.show_source(checked)
        show_preflight(found)
        show_remedies(found)
    sent = sum(len(found.in_bucket(bucket)) for bucket in found.to_do(Decision.SEND))
    return Exit.DONE if sent == checked.rows else Exit.ISSUES


def _remembered(
    where: str | None, client: Client, target: Target, rows: Sequence[Passenger], policy: Policy
) -> tuple[Collection[str], Collection[str]]:
    """Return the keys of those whom a job of the ledger has invited lately, and of those whom we have withdrawn."""
    from clerkbulk.cli.ledger import open_ledger
    from clerkbulk.sending.before.cooling import invited_lately
    from clerkbulk.sending.before.taken_back import taken_back
    from clerkbulk.sending.instance import instance_of

    if where is None:
        return (), ()
    with open_ledger(where) as ledger, ledger.begin() as connection:
        instance_id, keys = instance_of(client), [row.key for row in rows]
        now, days = ledger.clock.now(), policy.cool_down
        cooling = {} if days is None else invited_lately(connection, instance_id, keys, now, days)
        return cooling, taken_back(connection, instance_id, target, keys)
