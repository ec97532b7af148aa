"""clerkbulk status."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.exits import Exit

if TYPE_CHECKING:
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import JobRecord, Ledger


@click.command("status")
@click.argument("job", required=False)
@click.option("--ledger", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(job: str | None, ledger: str, form: str) -> int:
    """Show where a job stands: JOB, or the unfinished one, or the newest."""
    from clerkbulk.cli import terminal
    from clerkbulk.cli.ledger import open_ledger

    with open_ledger(ledger) as opened:
        found = opened.find(job)
        if form == "json":
            reminders = [record.id for record in opened.jobs() if record.reminds_id == found.id]
            terminal.print_json({**status_json(found), "reminders": reminders})
        else:
            terminal.show_job(found)
            if (purged_at := found.record.purged_at) is not None:
                terminal.console().print(
                    terminal.indented(f"purged on {datetime.fromtimestamp(purged_at, UTC):%Y-%m-%d}")
                )
            if changes := found.changes():
                terminal.console().print(terminal.indented(changes.summary(opened.clock.now())))
            show_reminders(found, opened)
            shared = {one.job_id: one.people for one in found.related()}
            others = [
                _named(record, shared.get(record.id))
                for record in opened.jobs()
                if record.id != found.id and not is_kin(record, found.record)
            ]
            if others:
                terminal.console().print(terminal.indented(f"other jobs in this ledger: {', '.join(others)}"))
    return Exit.DONE


def is_kin(one: JobRecord, other: JobRecord) -> bool:
    """Whether one of two jobs reminds the people of the other."""
    return one.reminds_id == other.id or other.reminds_id == one.id


def show_reminders(job: Job, ledger: Ledger) -> None:
    """Show which job this one reminds of, and which ones remind its people."""
    from clerkbulk.cli import terminal

    for record in ledger.jobs():
        if is_kin(record, job.record):
            what = "reminded by" if record.reminds_id == job.id else "reminds people of"
            sum_ = terminal.sum_text(ledger.find(record.id).sum())
            head = terminal.Text(f"{what} {record.id} ({record.source_name}), {record.state.value}: ")
            terminal.console().print(terminal.indented(head + sum_))


def _named(record: JobRecord, shared: int | None) -> str:
    """Return a job's id, the name of its source, and how many of the same people it holds, if any."""
    people = "" if shared is None else f", {shared:,} of the same people"
    return f"{record.id} ({record.source_name}{people})"


def status_json(job: Job) -> dict[str, Any]:
    """Return a job's state and sum as JSON has it; times in ISO 8601, UTC."""
    from clerkbulk.contract.target import Organization

    record, changes, here = job.record, job.changes(), job.attendance()
    target: dict[str, str] = {"kind": record.target.kind}
    if isinstance(record.target, Organization):
        target["organization_id"] = record.target.organization_id
    return {
        "job": record.id,
        "source": record.source_name,
        "target": target,
        "instance": record.instance_id,
        "state": record.state.value,
        "at_work": here.is_at_work,
        "interrupted": here.is_interrupted(record.state),
        "reason": record.reason,
        "waiting_until": _moment(record.waiting_until),
        "created_at": _moment(record.created_at),
        "changed_at": _moment(record.changed_at),
        "purged_at": _moment(record.purged_at),
        "reminds": record.reminds_id,
        "compared_with": None if changes is None else changes.counts(),
        "left_out": {bucket.value: number for bucket, number in job.left_out().items()},
        "calls": job.calls(),
        "refused_calls": sum(attempt.outcome == "refused" for attempt in job.attempts()),
        **job.sum().to_json(),
    }


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
