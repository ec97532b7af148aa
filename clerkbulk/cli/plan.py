"""clerkbulk plan."""

from __future__ import annotations

import time
from typing import Any

import click

from clerkbulk.cli.exits import Exit
from clerkbulk.cli.found import read_found
from clerkbulk.cli.pacing import pace_of, start_of, takes_pace
from clerkbulk.cli.people import checked_people, people_options, takes_people


@click.command("plan")
@takes_people
@takes_pace
@click.option("--start", metavar="TIME", help="When the first call leaves, ISO 8601; now unless given.")
@click.option("--capabilities", metavar="FILE", help="Say what live runs have found of the hour (clerkbulk contract).")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(start: str | None, capabilities: str | None, form: str, **given: Any) -> int:
    """Show the timetable of inviting PEOPLE before anything is sent. Needs neither key nor network."""
    from clerkbulk.cli import terminal
    from clerkbulk.cli.timetable import show_plan
    from clerkbulk.sending.before.found import found_limits
    from clerkbulk.sending.before.plan import fewest_days, plan, unread_limits

    pace = pace_of(given)
    begin = time.time() if start is None else start_of(start, pace.schedule.zone)
    found = read_found(capabilities)
    checked = checked_people(people_options(given))
    made = plan(
        checked.target,
        len(checked.items),
        begin,
        pace,
        shortest_expiry=fewest_days(checked.items),
        notes=[*unread_limits(checked.target, checked.items), *found_limits(checked.target, found)],
    )
    if form == "json":
        terminal.print_json({"rows": checked.rows, "invalid": checked.rows - len(checked.items), **made.to_json()})
    else:
        terminal.show_source(checked)
        show_plan(made)
    return Exit.DONE if checked.ok else Exit.ISSUES
