"""clerkbulk preview."""

from __future__ import annotations

from typing import Any

import click

from clerkbulk.cli.exits import Exit
from clerkbulk.cli.people import checked_people, people_options, streamed_people, takes_people
from clerkbulk.people.wording import counted


@click.command("preview")
@takes_people
@click.option(
    "--as", "written_as", type=click.Choice(["wire", "curl", "js", "python"]), default="wire", show_default=True,
    help="wire: JSON Lines, one body a line; or calls that can be pasted and run.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(written_as: str, form: str, **given: Any) -> int:
    """Show what each call will carry. Needs neither key nor network.

    Only the calls go to standard output; how many rows are left out, and why to look, goes to standard error.
    """
    from clerkbulk.cli import terminal
    from clerkbulk.people.batch import batches
    from clerkbulk.people.preview import preview

    options = people_options(given)
    if form == "text" and written_as == "wire":
        people = streamed_people(options)
        for call in people:
            terminal.print_code(preview([call]))
        return _ending(people.rows - people.invitations)
    checked = checked_people(options)
    calls = batches(checked)
    if form == "json":
        terminal.print_json(
            [
                {
                    "method": "POST",
                    "path": call.endpoint.path_for(call.target),
                    "lines": list(call.lines),
                    "body": call.body,
                }
                for call in calls
            ]
        )
    else:
        terminal.print_code(preview(calls, written_as))
    return _ending(checked.rows - len(checked.items))


def _ending(left_out: int) -> int:

    if left_out:
        click.echo(f"{counted(left_out, 'row')} left out: clerkbulk check says why.", err=True)
    return Exit.ISSUES if left_out else Exit.DONE
