"""clerkbulk results."""

from __future__ import annotations

from pathlib import Path

import click

from clerkbulk.cli.exits import Exit
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.visible import say

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

    keep_apart({"--ledger": ledger}, {"--out": out})
    with open_ledger(ledger) as opened:
        found = opened.find(job)
        if out and Path(out).name == found.record.source_name and Path(out).exists():
            raise click.UsageError(
                f"--out {out} is there already and is called as what was sent: name another file, such as "
                f"{Path(out).stem}-results{Path(out).suffix}. Nothing was written."
            )
        results = found.results()
    chosen = results.only(*only) if only else results
    if out:
        chosen.write(out)
        say(f"{terminal.counted(len(chosen), 'row')} written to {out}.", err=True)
    if form == "json":
        terminal.print_json(chosen.to_json())
    elif not out:
        terminal.show_results(chosen)
        if not chosen:
            words = " or ".join(state.replace("_", " ") for state in only) or "there"
            say(f"No row of {found.id} is {words}.")
    return Exit.DONE
