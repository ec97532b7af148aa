"""How preflight's buckets are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text
from clerkbulk.people.wording import counted
from clerkbulk.sending.before.preflight import MEANINGS, Decision

if TYPE_CHECKING:
    from clerkbulk.sending.before.preflight import Preflight

STYLES = {Decision.SEND: "green", Decision.SKIP: "dim", Decision.ASK: "yellow", Decision.STOP: "red"}
MOST_LINES = 8


def show_preflight(found: Preflight) -> None:
    """Show each bucket that holds anybody: how many, what is done about them, on which lines they stand."""
    grid = Table(box=None, padding=(0, 2), pad_edge=True, show_header=False)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold", style="dim")
    for bucket, rows in found.buckets.items():
        decision = found.policy.decision(bucket)
        lines = ", ".join(str(row.line) for row in rows[:MOST_LINES])
        more = f" and {len(rows) - MOST_LINES:,} more" if len(rows) > MOST_LINES else ""
        grid.add_row(
            Text(f"{len(rows):,}"),
            Text(f"{MEANINGS[bucket].says}", style="bold" if decision in {Decision.ASK, Decision.STOP} else ""),
            Text(decision.value, style=STYLES[decision]),
            Text(f"{'line' if len(rows) == 1 else 'lines'} {lines}{more}" if decision is not Decision.SEND else ""),
        )
    out = terminal.console()
    out.print()
    out.print(Text("Preflight", style="bold") + Text(f"   {counted(found.reads, 'read')}", style="dim"))
    out.print(grid)


def show_remedies(found: Preflight) -> None:
    """Show what can be done about those who stop a job or have to be asked about."""
    for bucket in found.to_do(Decision.STOP) + found.to_do(Decision.ASK):
        words = f"{MEANINGS[bucket].says}: {MEANINGS[bucket].remedy} Or say --decide {bucket}=skip or ={Decision.SEND}."
        terminal.console().print(terminal.indented(Text(words)))
