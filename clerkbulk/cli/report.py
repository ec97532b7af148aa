"""clerkbulk report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clerkbulk.cli.exits import Exit, Refusal
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.visible import say
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.onboarding.looking.look import Looked
    from clerkbulk.onboarding.onboarding import Onboarding
    from clerkbulk.sending.ledger import Ledger


@click.command("report")
@click.argument("job", required=False)
@click.option("--ledger", "where", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option("--out", metavar="FILE", help="Write the report there, one HTML file that needs nothing else.")
@click.option("--parquet", metavar="FOLDER", help="Write the tidy frames there, a Parquet file each.")
@click.option(
    "--nudge", metavar="FILE", help="Write there who can be reminded, with addresses; clerkbulk remind --only takes it."
)
@click.option(
    "--group",
    "by",
    metavar="WHAT",
    multiple=True,
    help="Compare groups: role, domain, wave, week, weekday, hour, job, organization, or a metadata key. Repeatable.",
)
@click.option(
    "--at-least",
    metavar="PEOPLE",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Smaller groups are counted together, so that nobody is found in one.",
)
@click.option(
    "--until", metavar="DAY", type=click.DateTime(["%Y-%m-%d"]), help="Forecast for that day; else two weeks."
)
@click.option(
    "--goal",
    metavar="PERCENT",
    type=click.FloatRange(min=0, max=100, min_open=True),
    help="Say whether so many of everybody invited will be in by then.",
)
@click.option("--tz", metavar="ZONE", default="UTC", show_default=True, help="The zone of days, weeks and hours.")
@click.option("--people", is_flag=True, help="Add a line about every person, with addresses.")
@click.option(
    "--hash",
    "hashed",
    is_flag=True,
    help="In JSON and Parquet, keyed hashes in place of addresses: the same person has the same one in every report.",
)
@click.option("--webhooks", metavar="FILE", help="Exported organization webhooks (JSONL), to date acceptances exactly.")
@click.option("--no-look", is_flag=True, help="Tell what was seen before; needs neither key nor network.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(
    job: str | None,
    where: str,
    out: str | None,
    parquet: str | None,
    nudge: str | None,
    by: tuple[str, ...],
    at_least: int,
    until: datetime | None,
    goal: float | None,
    tz: str,
    people: bool,
    hashed: bool,
    webhooks: str | None,
    no_look: bool,
    form: str,
) -> int:
    """Say who has onboarded: of JOB and its reminders, or of everybody the ledger has invited.

    Looks at Clerk first, and keeps what it saw in the ledger: Clerk keeps no history, so that a look a day (this
    command, from cron) makes the times exact to a day. The report holds nobody's address unless --people is given.
    """
    from clerkbulk.cli import terminal
    from clerkbulk.cli.ledger import open_ledger
    from clerkbulk.cli.report_screen import show_answer, show_groups
    from clerkbulk.onboarding.report.answer import answer
    from clerkbulk.onboarding.report.document import document, write_parquet

    if people and hashed:
        raise Refusal("--people shows addresses and --hash hides them: give one of them.")
    if people and not (out or parquet or form == "json"):
        raise Refusal("--people adds them to a file: give --out, --parquet or --format json as well.")
    if hashed and not (parquet or form == "json"):
        raise Refusal("--hash is of frames: give --parquet or --format json as well.")
    keep_apart({"--ledger": where, "--webhooks": webhooks}, {"--out": out, "--nudge": nudge})
    day = None if until is None else until.date()
    share = None if goal is None else goal / 100
    shown_as = "show" if people else "hash" if hashed else None
    with open_ledger(where) as ledger:
        shown = _onboarding(ledger, job, tz, no_look, webhooks, quiet=form == "json")
        told = answer(shown, until=day, goal=share)
        if out:
            shown.report(out, by=by, at_least=at_least, until=day, goal=share, people=people)
            say(f"{out} written ({Path(out).stat().st_size / 1000:,.0f} KB).", err=True)
        if parquet:
            files = write_parquet(shown, parquet, by=by, at_least=at_least, people=shown_as or "omit")
            say(f"{counted(len(files), 'Parquet file')} written to {parquet}.", err=True)
        if nudge:
            _write_nudge(shown, nudge)
    if form == "json":
        terminal.print_json(document(shown, told, by=by, at_least=at_least, people=shown_as))
    else:
        show_answer(shown, told)
        for one in by:
            show_groups(shown, one, at_least)
    return Exit.DONE


def _onboarding(
    ledger: Ledger, job: str | None, tz: str, no_look: bool, webhooks: str | None, *, quiet: bool
) -> Onboarding:
    from contextlib import nullcontext

    from clerkbulk.onboarding.opening import onboarding
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.instance import instance_of

    with nullcontext() if no_look else Client.from_env() as client:
        if webhooks:
            instance_id = ledger.find(job).record.instance_id if client is None else instance_of(client)
            _keep_webhooks(ledger, webhooks, instance_id)
        try:
            return onboarding(ledger, client, job=job, zone=tz, library="none", progress=None if quiet else _say_look)
        except KeyboardInterrupt:
            say("The look is kept as far as it came: the same command goes on; --no-look tells without.", err=True)
            raise


def _keep_webhooks(ledger: Ledger, path: str, instance_id: str | None) -> None:
    from clerkbulk.onboarding.exported import keep_events, read_events

    read = read_events(path)
    new = keep_events(ledger.begin, read.events, instance_id=instance_id, now=ledger.clock.now())
    others = f", {counted(read.other, 'line')} of other kinds" if read.other else ""
    say(f"{path}: {counted(len(read.events), 'event')} of invitations, {new:,} new{others}.", err=True)
    for line in read.bad:
        say(f"{path}: {line.why}", err=True)


def _say_look(step: Looked) -> None:
    if step.finished:
        say(f"Looked at {step.part}: {step.seen:,} read.", err=True)


def _write_nudge(shown: Onboarding, path: str) -> None:
    from clerkbulk.onboarding.as_csv import csv_of
    from clerkbulk.people.private_file import open_private

    found = shown.open()
    try:
        with open_private(path) as file:
            file.write(csv_of(found))
    except OSError as error:
        raise Refusal(f"{path} cannot be written ({error.strerror or error}): name another file.") from None
    say(f"{counted(len(found['person']), 'person', 'people')} to remind written to {path}.", err=True)
