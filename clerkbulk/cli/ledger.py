"""Opening a ledger that must exist already."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import Ledger


def open_ledger(where: str) -> Ledger:
    """Open a ledger to go on with or look at. Raises LedgerError when there is none: a mistyped name makes no file."""
    from clerkbulk.sending.ledger import Ledger
    from clerkbulk.sending.store.database import require_there

    require_there(where)
    return Ledger(where)


def command_line(command: str, ledger: Ledger, job: Job) -> str:
    """Return how to call a command on a job of a ledger, for a shell."""
    return f"clerkbulk {command} --ledger {shlex.quote(ledger.where)} {job.id}"


def say_other_jobs(ledger: Ledger, chosen: Job) -> None:
    """Say which other jobs have invited people too: without a name only one is meant, perhaps the smallest."""
    others = [
        f"{record.id} ({record.source_name}, {sent:,} sent)"
        for record in ledger.jobs()
        if record.id != chosen.id and record.reminds_id is None and (sent := ledger.find(record.id).sum().sent)
    ]
    if others:
        say(f"Only {chosen.id} ({chosen.record.source_name}). Name another to mean it: {', '.join(others)}.", err=True)
