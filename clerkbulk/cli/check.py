"""clerkbulk check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.exits import Exit
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.people import checked_people, people_options, takes_people

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked


@click.command("check")
@takes_people
@click.option(
    "--issues", "issues_file", metavar="FILE", help="Write every issue as a sheet (.csv, .tsv, .xlsx, .jsonl)."
)
@click.option("--save-job-file", metavar="FILE", help="Write the mapping down, every guess included.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(issues_file: str | None, save_job_file: str | None, form: str, **given: Any) -> int:
    """Read, map and check PEOPLE; list every issue. Needs neither key nor network."""
    from clerkbulk.cli import issues, terminal

    options = people_options(given)
    keep_apart(
        {"PEOPLE": options.people, "--job-file": options.job_file},
        {"--issues": issues_file, "--save-job-file": save_job_file},
    )
    checked = checked_people(options)
    if issues_file:
        write_issues(checked, issues_file)
    if save_job_file:
        _save_job_file(checked, save_job_file)
    if form == "json":
        terminal.print_json(checked.to_json())
    else:
        terminal.show_source(checked)
        issues.show_issues(checked.issues, "--issues FILE writes them all, --format json prints them all")
        terminal.show_verdict(checked)
    return Exit.DONE if checked.ok else Exit.ISSUES


def write_issues(checked: Checked, path: str) -> None:
    """Write every issue as a sheet, a row an issue. Raises InputError."""
    from clerkbulk.people.issue import ISSUE_COLUMNS
    from clerkbulk.people.sheet import write_sheet
    from clerkbulk.people.table import Row, Source, Table

    cells = [tuple("" if value is None else value for value in issue.to_json().values()) for issue in checked.issues]
    rows = [Row(at, row) for at, row in enumerate(cells, 2)]
    write_sheet(path, Table(ISSUE_COLUMNS, rows, Source(checked.table.source.name, "issues")), (), {})


def _save_job_file(checked: Checked, path: str) -> None:
    from clerkbulk.people.job_file import JobFile, ReadOptions

    source = checked.table.source
    JobFile.of(checked.mapping, ReadOptions(source.sheet, source.encoding, source.delimiter)).save(path)
