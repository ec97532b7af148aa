"""clerkbulk results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clerkbulk.cli.exits import Exit, Refusal
from clerkbulk.cli.invocation import this_invocation
from clerkbulk.cli.outputs import keep_apart
from clerkbulk.cli.visible import say
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.sending.after.results import Results

STATES = ("sent", "already_there", "refused", "withdrawn", "invalid", "unknown", "left")


@click.command("results")
@click.argument("job", required=False)
@click.option("--ledger", metavar="FILE", required=True, help="The ledger that clerkbulk send has made.")
@click.option("--out", metavar="FILE", help="Write the sheet back (.csv, .tsv, .xlsx, .jsonl, .parquet).")
@click.option("--only", type=click.Choice(STATES), multiple=True, help="Only rows in this state. Repeatable.")
@click.option(
    "--to-fix", is_flag=True, help="Only rows to be corrected; the file can be corrected and sent with the same ledger."
)
@click.option(
    "--to-do", is_flag=True, help="Only rows that can be sent as they are, and were not yet; for the same ledger too."
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(
    job: str | None, ledger: str, out: str | None, only: tuple[str, ...], to_fix: bool, to_do: bool, form: str
) -> int:
    """Give the sheet back, with what became of each line; at any time, also while the job runs.

    Of --only, --to-fix and --to-do each adds its rows.
    """
    from clerkbulk.cli import terminal
    from clerkbulk.cli.ledger import open_ledger
    from clerkbulk.cli.results_table import show_results

    keep_apart({"--ledger": ledger}, {"--out": out})
    with open_ledger(ledger) as opened:
        found = opened.find(job)
        if out and Path(out).name == found.record.source_name and Path(out).exists():
            raise Refusal(
                f"--out {out} is there already and is called as what was sent: name another file, such as "
                f"{Path(out).stem}-results{Path(out).suffix}. Nothing was written."
            )
        results = found.results()
    chosen = _chosen(results, only, to_fix, to_do).in_words(this_invocation().complete)
    if results.purged_at is not None:
        say(f"{found.id} was purged on {results.purged_at:%Y-%m-%d}: its people are not known any more.", err=True)
    if out:
        chosen.write(out)
        say(f"{counted(len(chosen), 'row')} written to {out}.", err=True)
    if form == "json":
        terminal.print_json(chosen.to_json())
    elif not out:
        show_results(chosen)
        if not chosen:
            wanted = [*only, *(["to be corrected"] if to_fix else []), *(["still to do"] if to_do else [])]
            words = " or ".join(state.replace("_", " ") for state in wanted) or "there"
            say(f"No row of {found.id} is {words}.")
    return Exit.DONE


def _chosen(results: Results, only: tuple[str, ...], to_fix: bool, to_do: bool) -> Results:
    """Return the rows that any of the options names, in the order of the table; all of them without one."""
    if not (only or to_fix or to_do):
        return results
    wanted = [results.only(*only)] if only else []
    wanted += [results.to_fix()] if to_fix else []
    wanted += [results.still_to_do()] if to_do else []
    lines = {result.line for some in wanted for result in some}
    return results.on_lines(lines)
