"""clerkbulk remind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.attempt_log import attempts_logged, takes_log
from clerkbulk.cli.confirming import confirm_people
from clerkbulk.cli.exits import Exit, Refusal
from clerkbulk.cli.only import Listed, read_listed
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.pacing import is_pace_chosen, pace_of, takes_pace
from clerkbulk.cli.visible import say
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clerkbulk.sending.after.silence import Addressee, Silent
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import Ledger


@click.command("remind")
@click.argument("job", required=False)
@click.option("--ledger", "where", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option(
    "--silent-for", metavar="DAYS", type=click.FloatRange(min=0), default=7, show_default=True,
    help="Remind those who were invited at least so many days ago and have not answered.",
)  # fmt: skip
@click.option(
    "--only", metavar="FILE",
    help="Remind nobody but those of this list: CSV with a column of addresses or lines, as report --nudge writes it.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show who would be reminded, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@click.option("--confirm", metavar="N", type=int, help="With a live key, instead of typing it: the number of people.")
@takes_pace
@takes_log
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(
    job: str | None,
    where: str,
    silent_for: float,
    only: str | None,
    dry_run: bool,
    yes: bool,
    confirm: int | None,
    log: str | None,
    log_addresses: bool,
    form: str,
    **given: Any,
) -> int:
    """Invite again those who are silent, each once: of JOB, or of the unfinished one, or of the newest.

    The reminder is a job of its own. Each older invitation is revoked just before the new one leaves, so that nobody
    holds two. A reminder that was not finished goes on.
    """
    from clerkbulk.cli.ledger import open_ledger, say_other_jobs
    from clerkbulk.cli.sending import run_job
    from clerkbulk.sending.after.reminding import goes_first, make_reminder, under_way
    from clerkbulk.sending.client import Client

    keep_apart({"--ledger": where, "--only": only}, {"--log": log})
    listed = None if only is None else read_listed(only)
    limits, chosen = given["limits"], is_pace_chosen(given)
    pace = pace_of(given)
    with Client.from_env() as client, open_ledger(where) as ledger, attempts_logged(log, log_addresses, ledger):
        original = _original(ledger, job)
        if job is None:
            say_other_jobs(ledger, original)
        going = under_way(ledger, original.id)
        if going is not None and listed is not None:
            raise Refusal(goes_first(going))
        if going is not None:
            reminder = ledger.find(going)
            _show_under_way(reminder, original, form)
            if dry_run:
                return _end_dry(reminder.sum().open, {"job": original.id, "reminder": going}, form)
            _confirm_unasked(reminder, client, yes, confirm)
        else:
            those = None if listed is None else _those_of(ledger, original, listed)
            silent = original.silent(client, silent_for, only=those)
            if form == "text":
                _show_silent(original, silent)
            if dry_run or not silent.people:
                return _end_dry(len(silent.people), silent.to_json(), form)
            say(f"\nTo {original.target}, {client.environment} instance at {client.api_url}.", err=True)
            confirm_people(client.environment, len(silent.people), "invite them again", yes=yes, confirm=confirm)
            made = make_reminder(ledger, silent)
            if made is None:
                return _end_dry(0, original.silent(client, silent_for, only=those).to_json(), form)
            reminder = ledger.find(made)
            reminder.approve()
            when = reminder.timetable(pace if chosen or not pace.limited else None).sentence
            say(f"The reminder is {made}. {when[:1].upper()}{when[1:]}.", err=True)
        return run_job(reminder, ledger, client, pace if chosen else None, limits, form)


def _original(ledger: Ledger, job: str | None) -> Job:
    """Return the job whose people are meant: of a reminder, the one it reminds of."""
    found = ledger.find(job)
    return found if found.record.reminds_id is None else ledger.find(found.record.reminds_id)


def _those_of(ledger: Ledger, job: Job, listed: tuple[Listed, ...]) -> list[int | str]:
    """Return the people of the list that are this job's; of the others say whose they are."""
    from clerkbulk.sending.after.kin import reminders_of

    with ledger.begin() as connection:
        kin = {job.id, *reminders_of(connection, job.id)}
    elsewhere = [one.job_id for one in listed if one.job_id is not None and one.job_id not in kin]
    if elsewhere:
        jobs = ", ".join(sorted(set(elsewhere)))
        say(f"{counted(len(elsewhere), 'person', 'people')} of the list not looked at here: of {jobs}.", err=True)
    return [one.person for one in listed if one.job_id is None or one.job_id in kin]


def _show_under_way(reminder: Job, original: Job, form: str) -> None:

    left = counted(reminder.sum().open, "person", "people")
    say(f"Going on with the reminder {reminder.id} of {original.record.source_name}: {left} left.", err=form == "json")


def _confirm_unasked(reminder: Job, client: Client, yes: bool, confirm: int | None) -> None:
    """Ask about a reminder that was made and never begun: nobody may have said yes to it."""
    from clerkbulk.sending.state import JobState

    if reminder.record.state is JobState.NEW:
        confirm_people(client.environment, reminder.sum().open, "invite them again", yes=yes, confirm=confirm)


def _show_silent(original: Job, silent: Silent) -> None:
    """Show who is silent, and why the others are not reminded."""
    from rich.table import Table

    from clerkbulk.cli import terminal
    from clerkbulk.cli.terminal import Text
    from clerkbulk.sending.after.silence import SAYS

    out, record = terminal.console(), original.record
    out.print(Text(f"{original.id}  {record.source_name} → {record.target}", style="bold"))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right")
    grid.add_column(overflow="fold")
    days = f"{silent.days:g} {'day' if silent.days == 1 else 'days'}"
    grid.add_row(f"{len(silent.people):,}", Text(f"silent for {days} or longer", style="bold"))
    for why, them in silent.others.items():
        grid.add_row(f"{len(them):,}", Text(SAYS[why] if silent.only is None else f"{SAYS[why]}: {_lines(them)}"))
    if silent.not_invited:
        named = ", ".join(f"line {one}" if isinstance(one, int) else one for one in silent.not_invited)
        grid.add_row(f"{len(silent.not_invited):,}", Text(f"not invited by this job: {named}"))
    out.print(terminal.indented(grid))
    if not silent.people:
        out.print(terminal.indented("Nobody is to be reminded."))


def _lines(people: Sequence[Addressee]) -> str:
    return ("line " if len(people) == 1 else "lines ") + ", ".join(str(one.line) for one in people)


def _end_dry(people: int, document: dict[str, Any], form: str) -> Exit:
    """Say what would be done, where nothing is."""
    from clerkbulk.cli import terminal

    if form == "json":
        terminal.print_json(document)
    elif people:
        say(f"{counted(people, 'person', 'people')} would be invited again. Nothing was done.")
    return Exit.DONE
