"""clerkbulk withdraw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.confirming import confirm_people
from clerkbulk.cli.exits import Exit
from clerkbulk.cli.visible import say
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.sending.after.withdrawing import Found, Step
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import Ledger


@click.command("withdraw")
@click.argument("job", required=False)
@click.option("--ledger", "where", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option(
    "--line", "lines", metavar="N", type=int, multiple=True,
    help="Only the person on this line of the sheet. Repeatable.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@click.option("--confirm", metavar="N", type=int, help="With a live key, instead of typing it: the number of people.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(job: str | None, where: str, lines: tuple[int, ...], yes: bool, confirm: int | None, form: str) -> int:
    """Take the invitations of a job back that are still open: JOB, or the unfinished one, or the newest.

    Whoever was reminded loses the reminder's invitation. Who has accepted stays, and is named. Rows that were never
    invited stay left: resume would invite them.
    """
    from clerkbulk.cli.ledger import open_ledger, say_other_jobs
    from clerkbulk.cli.sending import stop_on_signals
    from clerkbulk.cli.withdrawal_screen import show_found, show_steps
    from clerkbulk.sending.client import Client

    with Client.from_env() as client, open_ledger(where) as ledger:
        chosen = _chosen(ledger, job)
        if job is None:
            say_other_jobs(ledger, chosen)
        with stop_on_signals() as stop:
            show_steps(chosen.id, chosen.withdraw(client, lines=lines or None, stop=stop).settle())
            if stop.is_set():
                say("Stopped before anything was taken back.", err=True)
                return Exit.LEFT
        found = chosen.withdraw(client, lines=lines or None).look()
        if form == "text":
            show_found(chosen, found, set(lines))
        if people := len(found.open):
            who = counted(people, "person holds", "people hold")
            say(f"\n{who} an open invitation of the {client.environment} instance at {client.api_url}.", err=True)
            confirm_people(client.environment, people, "take their invitations back", yes=yes, confirm=confirm)
        with stop_on_signals() as stop:
            steps = chosen.withdraw(client, lines=lines or None, stop=stop).take_back(found)
            return _take_back(chosen, ledger, steps, found, form)


def _chosen(ledger: Ledger, job: str | None) -> Job:
    """Return the job that is meant. Unless a reminder is named, that is its original, and the reminder with it."""
    found = ledger.find(job)
    reminds = found.record.reminds_id
    return found if job is not None or reminds is None else ledger.find(reminds)


def _take_back(job: Job, ledger: Ledger, steps: Iterator[Step], found: Found, form: str) -> Exit:
    from clerkbulk.cli import terminal
    from clerkbulk.cli.ledger import command_line
    from clerkbulk.cli.status import show_reminders, status_json
    from clerkbulk.cli.withdrawal_screen import show_steps

    try:
        show_steps(job.id, steps)
    finally:
        outcome = _outcome(job, found)
        if form == "json":
            terminal.print_json({**status_json(job), "withdrawal": outcome})
        else:
            terminal.show_job(job)
            show_reminders(job, ledger)
            if left := job.sum().left:
                never = counted(left, "person was", "people were")
                say(f"  {never} never invited: {command_line('resume', ledger, job)} would invite them")
        if outcome["open"]:
            again = command_line("withdraw", ledger, job)
            say(f"Not finished: {len(outcome['open']):,} still open. Go on with: {again}", err=True)
    if outcome["open"]:
        return Exit.LEFT
    return Exit.ISSUES if outcome["accepted"] or outcome["missing"] else Exit.DONE


def _outcome(job: Job, found: Found) -> dict[str, Any]:
    """Return the lines by what has become of their invitations, as the ledger has it now."""
    results = {result.line: result for result in job.results()}
    now = [results[one.line] for one, _ in found.holdings]
    withdrawn = [result.line for result in now if result.state.value == "withdrawn"]
    kept = {
        code: [result.line for result in now if result.state.value == "sent" and result.code == code]
        for code in ("accepted", "expired", "missing")
    }
    settled = {*withdrawn, *(line for lines in kept.values() for line in lines)}
    return {"withdrawn": withdrawn, **kept, "open": [result.line for result in now if result.line not in settled]}
