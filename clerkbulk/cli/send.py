"""clerkbulk send."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.exits import Exit
from clerkbulk.cli.people import checked_people, people_options, takes_people

if TYPE_CHECKING:
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.job import Job


@click.command("send")
@takes_people
@click.option(
    "--ledger", "where", metavar="FILE", required=True, help="Where everything is remembered; made if missing."
)
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@click.option("--confirm", metavar="N", type=int, help="With a live key, instead of typing it: the number of people.")
@click.option(
    "--limits", type=click.Choice(["documented", "off"]), default="documented", show_default=True,
    help="Keep to Clerk's documented calls an hour, or post as fast as it answers; a 429 is always obeyed.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(where: str, yes: bool, confirm: int | None, limits: str, form: str, **given: Any) -> int:
    """Check PEOPLE, ask, and invite them, each exactly once.

    The same PEOPLE with the same ledger is the same job: what was sent is not sent again.
    """
    from clerkbulk.cli import issues, terminal
    from clerkbulk.cli.sending import run_job
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.ledger import Ledger

    checked = checked_people(people_options(given))
    if form == "text":
        terminal.show_source(checked)
        issues.show_kinds(checked, "clerkbulk check lists them line by line.")
        terminal.show_verdict(checked)
    with Client.from_env() as client, Ledger(where) as ledger:
        job = ledger.job(checked)
        job.bind(client)
        if people := job.sum().open:
            _ask(job, client, people, yes, confirm)
        return run_job(job, ledger, client, limits, form)


def _ask(job: Job, client: Client, people: int, yes: bool, confirm: int | None) -> None:
    """Ask before anything is sent. Raises UsageError without an answer, Abort for a no."""
    environment = client.environment
    click.echo(f"\nTo {job.target}, {environment} instance at {client.api_url}: {people:,} people.", err=True)
    if confirm is not None and confirm != people:
        raise click.UsageError(
            f"--confirm says {confirm:,}, and there are {people:,} people to invite. Nothing was sent."
        )
    if environment == "production" and confirm is None:
        if not sys.stdin.isatty():
            raise click.UsageError(
                f"This is a live key: confirm the number of people with --confirm {people}. Nothing was sent."
            )
        typed = click.prompt("This is a live key. Type the number of people to invite them", err=True)
        if typed.strip().replace(",", "") != str(people):
            raise click.UsageError(f"{typed!r} is not {people}. Nothing was sent.")
        return
    if yes or confirm is not None:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody is here to be asked: pass --yes to send without asking. Nothing was sent.")
    if not click.confirm("Send the invitations?", err=True):
        click.echo("Nothing was sent.", err=True)
        raise click.exceptions.Exit(Exit.LEFT)
