"""clerkbulk send."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.attempt_log import attempts_logged, takes_log
from clerkbulk.cli.exits import Declined, Exit, Refusal
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.pacing import is_pace_chosen, pace_of, start_of, takes_pace
from clerkbulk.cli.people import checked_people, people_options, takes_people
from clerkbulk.cli.policy import is_policy_chosen, policy_of, takes_policy
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked
    from clerkbulk.sending.before.plan import Plan
    from clerkbulk.sending.before.preflight import Preflight
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.job import Job


@click.command("send")
@takes_people
@click.option(
    "--ledger", "where", metavar="FILE", required=True, help="Where everything is remembered; made if missing."
)
@click.option("--yes", is_flag=True, help="Do not ask, yes to everything; for scripts.")
@click.option("--confirm", metavar="N", type=int, help="With a live key, instead of typing it: the number of people.")
@click.option(
    "--preflight/--no-preflight", "look_first", default=True, show_default=True,
    help="Read first who is a user, a member or invited already: each saves a call.",
)  # fmt: skip
@takes_policy
@takes_pace
@click.option("--start", metavar="TIME", help="When the first call leaves, ISO 8601; now unless given.")
@click.option(
    "--capabilities", metavar="FILE",
    help="Give an organization an hour of its own where live runs have found that it has one (clerkbulk contract).",
)  # fmt: skip
@takes_log
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(
    where: str,
    yes: bool,
    confirm: int | None,
    look_first: bool,
    start: str | None,
    capabilities: str | None,
    log: str | None,
    log_addresses: bool,
    form: str,
    **given: Any,
) -> int:
    """Check PEOPLE, ask, and invite them, each exactly once.

    The same PEOPLE with the same ledger is the same job: what was sent is not sent again. Changed PEOPLE are compared
    with those before: only who is new is invited.
    """
    from clerkbulk.cli import issues, terminal
    from clerkbulk.cli.buckets import show_preflight
    from clerkbulk.cli.changes import show_changes
    from clerkbulk.cli.found import paced_by, read_found
    from clerkbulk.cli.sending import run_job
    from clerkbulk.cli.status import status_json
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.ledger import Ledger
    from clerkbulk.sending.state import JobState

    keep_apart({"PEOPLE": given["people"], "--job-file": given["job_file"]}, {"--ledger": where, "--log": log})
    if is_policy_chosen(given) and not look_first:
        raise Refusal(
            "--decide, --suppress, --allow-domain and --cool-down are looked at in the preflight: leave out "
            "--no-preflight. Nothing was sent."
        )
    limits, chosen = given["limits"], is_pace_chosen(given) or start is not None
    pace = pace_of(given)
    pace = replace(pace, start=None if start is None else start_of(start, pace.schedule.zone))
    policy, learned = policy_of(given), read_found(capabilities)
    checked = checked_people(people_options(given))
    if form == "text":
        terminal.show_source(checked)
        issues.show_kinds(checked, "clerkbulk check lists them line by line.")
        terminal.show_verdict(checked)
    with Client.from_env() as client, Ledger(where) as ledger, attempts_logged(log, log_addresses, ledger):
        job = ledger.job(checked)
        instance = job.bind(client)
        # Without a word on it, a job that was begun keeps to the hours and lanes it was begun with.
        run_at = pace if chosen else None
        if capabilities:
            run_at = paced_by(learned, job, instance, run_at)
        if form == "text" and job.record.state is JobState.NEW:
            show_changes(job.changes(), ledger.clock.now())
        found = job.preflight(client, policy) if look_first and (job.sum().left or job.set_aside()) else None
        if found is not None and form == "text":
            show_preflight(found)
        if found is not None and found.stops:
            if form == "json":
                terminal.print_json({**status_json(job), "preflight": found.to_json()})
            _say_what_stops(found)
            raise click.exceptions.Exit(Exit.LEFT)
        if people := job.sum().open + (len(found.again) if found is not None else 0):
            _say_what_is_doubtful(checked)
            at = replace(run_at or pace, limited=False) if not pace.limited else run_at
            _ask(job, client, people, found, job.timetable(at), yes, confirm)
            job.approve()
        elif form == "text":
            _say_nobody_is_left(job)
        return run_job(job, ledger, client, run_at, limits, form)


def _say_what_is_doubtful(checked: Checked) -> None:
    """Say what warnings concern the whole table: it may go to the wrong place."""
    from clerkbulk.cli.visible import say

    for issue in checked.issues.warnings:
        if issue.line is None:
            say(f"\nWarning: {issue.message}", err=True)


def _say_nobody_is_left(job: Job) -> None:
    """Say that the table changes nothing: it was sent before, or everybody in it is settled."""
    from clerkbulk.cli import terminal
    from clerkbulk.cli.visible import say
    from clerkbulk.sending.state import JobState

    record = job.record
    why = "everybody in it is there already, or cannot be invited"
    if record.state is not JobState.NEW:
        why = f"this very table was sent before ({record.id}, {terminal.clock_time(record.created_at)})"
    say(f"\nNobody is left to invite: {why}.")


def _say_what_stops(found: Preflight) -> None:
    """Say who is in a bucket that stops the job, and how to send to the others."""
    from clerkbulk.sending.before.preflight import MEANINGS

    for bucket in found.stops:
        meaning, count = MEANINGS[bucket], len(found.in_bucket(bucket))
        click.echo(f"{counted(count, 'person', 'people')}: {meaning.says}. {meaning.remedy}", err=True)
    ways = " ".join(f"--decide {bucket.value}=skip" for bucket in found.stops)
    click.echo(f"Nothing was sent. To send to the others: {ways}", err=True)


def _ask(
    job: Job, client: Client, people: int, found: Preflight | None, plan: Plan, yes: bool, confirm: int | None
) -> None:
    """Ask before anything is sent. Raises Refusal without an answer, Declined for a no."""
    from clerkbulk.cli.roles import show_roles
    from clerkbulk.sending.before.preflight import MEANINGS, Decision

    environment = client.environment
    many = counted(people, "person", "people")
    click.echo(f"\nTo {job.target}, {environment} instance at {client.api_url}: {many}.", err=True)
    if plan.calls:
        click.echo(f"  {plan.sentence}. clerkbulk plan shows when each call leaves.", err=True)
        for rule in plan.between_waves:
            click.echo(f"  {rule}", err=True)
    show_roles(job.roles(client))
    if found is not None:
        for bucket in found.to_do(Decision.ASK):
            click.echo(f"  {len(found.in_bucket(bucket)):,} of them: {MEANINGS[bucket].says}.", err=True)
    if confirm is not None and confirm != people:
        raise Refusal(f"--confirm says {confirm:,}, and there are {people:,} people to invite. Nothing was sent.")
    if environment == "production" and confirm is None:
        if not sys.stdin.isatty():
            raise Refusal(
                f"This is a live key: confirm the number of people with --confirm {people}. Nothing was sent."
            )
        typed = click.prompt("This is a live key. Type the number of people to invite them", err=True)
        if typed.strip().replace(",", "") != str(people):
            raise Refusal(f"{typed!r} is not {people}. Nothing was sent.")
        return
    if yes or confirm is not None:
        return
    if not sys.stdin.isatty():
        raise Refusal("Nobody is here to be asked: pass --yes to send without asking. Nothing was sent.")
    if not click.confirm("Send the invitations?", err=True):
        raise Declined("Nothing was sent.")
