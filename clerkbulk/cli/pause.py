"""clerkbulk pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import Ledger

LOOK_AGAIN = 0.5
"""Seconds between two looks at who is still at work."""


@click.command("pause")
@click.argument("job", required=False)
@click.option("--ledger", "where", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(job: str | None, where: str, form: str) -> int:
    """Stop a job cleanly: JOB, or the ledger's unfinished one, whichever processes are at work on it.

    The call in flight is heard out. Exit status 3 while work is left; clerkbulk resume goes on with it.
    """
    from clerkbulk.cli.ledger import open_ledger
    from clerkbulk.cli.sending import exit_of, say_where_it_stands
    from clerkbulk.sending.state import JobState

    with open_ledger(where) as ledger:
        found = ledger.find(job, rather={JobState.RUNNING, JobState.WAITING})
        say(f"Pausing {found.id} ({found.record.source_name} → {found.target}).", err=True)
        found.pause()
        try:
            _wait(found, ledger)
        except KeyboardInterrupt:
            say("The request stands: whoever is at work leaves before the next call.", err=True)
        return exit_of(say_where_it_stands(found, ledger, form))


def _wait(job: Job, ledger: Ledger) -> None:
    """Wait until nobody is at work on a job any more, as long as a call can take."""
    from clerkbulk.sending.during.call import LONGEST

    said, ends_at = False, ledger.clock.now() + LONGEST
    while (here := job.attendance()).is_at_work:
        if not said:
            say(f"Waiting for {', '.join(owner.name for owner in here.present)} to leave.", err=True)
        said = True
        if ledger.clock.now() >= ends_at:
            say(f"Nobody has left in {LONGEST:.0f} seconds. The request stands.", err=True)
            return
        ledger.clock.sleep(LOOK_AGAIN)
    # Whoever was killed meanwhile has left the job as it was.
    job.pause()
