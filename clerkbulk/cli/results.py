"""clerkbulk results."""

from __future__ import annotations

import click

from clerkbulk.cli.exits import Exit

STATES = ("sent", "already_there", "refused", "withdrawn", "invalid", "unknown", "left")


@click.command("results")
@click.argument("job", required=False)
@click.option("--ledger", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option("--out", metavar="FILE", help="Write the sheet back (.csv, .tsv, .xlsx, .jsonl, .parquet).")
@click.option("--only", type=click.Choice(STATES), multiple=True, help="Only rows in this state. Repeatable.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(job: str | None, ledger: str, out: str | None, only: tuple[str, ...], form: str) -> int:
    """Give the sheet back, with what became of each line; at any time, also while the job runs."""
    from clerkbulk.cli import terminal
    from clerkbulk.cli.ledger import open_ledger

    with open_ledger(ledger) as opened:
        results = opened.find(job).results()
    chosen = results.only(*only) if only else results
    if out:
        chosen.write(out)
        click.echo(f"{terminal.counted(len(chosen), 'row')} written to {out}.", err=True)
    if form == "json":
        terminal.print_json(chosen.to_json())
    elif not out:
        terminal.show_results(chosen)
    return Exit.DONE
