"""clerkbulk tick."""

from __future__ import annotations

import click

from clerkbulk.cli.attempt_log import attempts_logged, takes_log
from clerkbulk.cli.exits import Refusal
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.visible import say


@click.command("tick")
@click.argument("job", required=False)
@click.option("--ledger", "where", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option(
    "--limits", type=click.Choice(["documented", "off"]), default="documented", show_default=True,
    help="Keep to Clerk's documented calls an hour, or post as fast as it answers; a 429 is always obeyed.",
)  # fmt: skip
@takes_log
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(job: str | None, where: str, limits: str, log: str | None, log_addresses: bool, form: str) -> int:
    """Do what the hour allows now, and leave: JOB, or the ledger's unfinished one. For cron and CI.

    It goes on with what runs or waits; what a person has paused, or Clerk has stopped, waits for clerkbulk resume. Two
    minutes of waiting at most are sat out. Exit status 3 while work is left: call it again later. Of a
    finished job it is 1 where rows of it were refused or invalid, and 0 otherwise.
    """
    from clerkbulk.cli.ledger import open_ledger
    from clerkbulk.cli.sending import exit_of, say_where_it_stands, show_steps
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.state import JobState

    keep_apart({"--ledger": where}, {"--log": log})
    with open_ledger(where) as ledger, attempts_logged(log, log_addresses, ledger):
        # A job that a person holds must not keep an older one waiting that only needs the next hour.
        found = ledger.find(job, rather={JobState.RUNNING, JobState.WAITING})
        state = found.record.state
        if state is JobState.NEW:
            raise Refusal(f"{found.id} ({found.record.source_name}) was never confirmed: begin it with clerkbulk send.")
        say(f"A tick of {found.id} ({found.record.source_name} → {found.target}).", err=True)
        if state is JobState.DONE:
            return exit_of(say_where_it_stands(found, ledger, form))
        with Client.from_env() as client:
            return show_steps(found, ledger, form, lambda stop: found.tick(client, limits=limits, stop=stop))
