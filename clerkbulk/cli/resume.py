"""clerkbulk resume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clerkbulk.cli.attempt_log import attempts_logged, takes_log
from clerkbulk.cli.exits import Refusal
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.visible import say
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.sending.store.takeover import Settled


@click.command("resume")
@click.argument("job", required=False)
@click.option("--ledger", "where", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option(
    "--limits", type=click.Choice(["documented", "off"]), default="documented", show_default=True,
    help="Keep to Clerk's documented calls an hour, or post as fast as it answers; a 429 is always obeyed.",
)  # fmt: skip
@click.option(
    "--settle-copy", is_flag=True,
    help="The ledger was copied, moved or put back from a backup: read what was sent since, then go on here only.",
)  # fmt: skip
@takes_log
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(
    job: str | None, where: str, limits: str, settle_copy: bool, log: str | None, log_addresses: bool, form: str
) -> int:
    """Go on with a job: JOB, or the ledger's unfinished one. What was asked and chosen before still holds.

    The exit status tells of the job, not of this run: 1 also where its refused or invalid rows are from long ago.
    """
    from clerkbulk.cli.ledger import open_ledger
    from clerkbulk.cli.sending import run_job
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.state import JobState

    keep_apart({"--ledger": where}, {"--log": log})
    with Client.from_env() as client, open_ledger(where) as ledger, attempts_logged(log, log_addresses, ledger):
        if settle_copy:
            _say_settled(ledger.settle_copy(client))
        ledger.require_home()
        found = ledger.find(job)
        if found.record.state is JobState.NEW:
            begin = "send" if found.record.reminds_id is None else "remind"
            raise Refusal(
                f"{found.id} ({found.record.source_name}) was never confirmed: begin it with clerkbulk {begin}."
            )
        say(f"Going on with {found.id} ({found.record.source_name} → {found.target}).", err=True)
        return run_job(found, ledger, client, None, limits, form)


def _say_settled(settled: Settled) -> None:

    found = counted(settled.invitations, "invitation")
    say(f"Read from Clerk: {found} that this ledger did not know of, sent by another copy of it.", err=True)
    if settled.retired is not None:
        say(f"{settled.retired} sends nothing any more: {settled.home} goes on.", err=True)
    elif settled.moved:
        say(f"{settled.home} goes on. The other copy could not be told: see that nobody sends from it.", err=True)
