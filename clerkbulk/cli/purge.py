"""clerkbulk purge."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from clerkbulk.cli.exits import Declined, Exit, Refusal
from clerkbulk.cli.invocation import this_invocation
from clerkbulk.cli.visible import say
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.sending.job import Job

_LOST = (
    "Later jobs do not recognise them, and the same table sent again is a new job: only what preflight reads keeps "
    "them from being invited twice then.",
    "Their invitations can no longer be withdrawn, reminded or followed with this ledger.",
    "The sheet cannot be given back. If it is needed, write it first: clerkbulk results {} --out FILE.",
)


@click.command("purge")
@click.argument("job")
@click.option("--ledger", "where", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
def command(job: str, where: str, yes: bool) -> int:
    """Forget the people of a JOB, and keep what was counted. Whoever still waits in it is never invited by it.

    Cells, addresses, metadata, invitation ids and Clerk's answers are removed from the ledger and from its file; the
    sum, states, times and calls stay. Copies and backups of the file, logs with addresses and sheets that were written
    are yours to delete.
    """
    from clerkbulk.cli import terminal
    from clerkbulk.cli.ledger import open_ledger

    with open_ledger(where) as ledger:
        found = ledger.find(job)
        if found.record.purged_at is None and not yes:
            _ask(found)
        purged = found.purge()
        say(f"Purged: {', '.join(purged)}.")
        terminal.show_sum(found.sum())
    return Exit.DONE


def _ask(job: Job) -> None:
    """Say what is lost by it, and ask. Raises Refusal without an answer; Declined after a no."""
    rows = counted(job.record.rows, "row")
    say(f"{job.id} ({job.record.source_name} → {job.target}, {rows}) and its reminders forget their people:", err=True)
    if left := job.sum().left:
        many = "1 person was" if left == 1 else f"{left:,} people were"
        say(f"  - {many} never invited, and never will be by this job.", err=True)
    for what in _LOST:
        say(this_invocation().complete(f"  - {what.format(job.id)}"), err=True)
    if not sys.stdin.isatty():
        raise Refusal("Nobody is here to be asked: pass --yes to purge without asking. Nothing was removed.")
    if not click.confirm("Purge it?", err=True):
        raise Declined("Nothing was removed.")
