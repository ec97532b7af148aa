"""How a plan is shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text
from clerkbulk.contract.endpoint import endpoint_for

if TYPE_CHECKING:
    from clerkbulk.sending.before.plan import Plan

MOST_BURSTS = 16


def show_plan(plan: Plan) -> None:
    """Show the sentence, the bursts of calls with their times, the limits that apply, and what would be faster."""
    out = terminal.console()
    out.print()
    out.print(Text(plan.sentence, style="bold"))
    if not plan.calls:
        return
    zone, bursts = plan.pace.schedule.zone, plan.bursts()
    waves = bursts[-1].wave > 1
    grid = Table(box=None, padding=(0, 2), pad_edge=True, header_style="dim")
    for name in ("from", *(["wave"] if waves else []), "calls", "people", "so far"):
        grid.add_column(name, justify="left" if name == "from" else "right")
    for at, burst in enumerate(bursts):
        if MOST_BURSTS // 2 <= at < len(bursts) - MOST_BURSTS // 2:
            if at == MOST_BURSTS // 2:
                grid.add_row(f"… {len(bursts) - MOST_BURSTS} more")
            continue
        begins = datetime.fromtimestamp(burst.at, zone)
        wave = [str(burst.wave)] if waves else []
        grid.add_row(f"{begins:%a %m-%d %H:%M}", *wave, burst.words, f"{burst.people:,}", f"{burst.so_far:,}")
    out.print(grid)
    notes = Table.grid(padding=(0, 2))
    for text in plan.limits:
        notes.add_row("  limit", text, style="dim")
    for text in plan.faster:
        notes.add_row("  faster", text)
    if not plan.pace.schedule.is_always:
        notes.add_row("  only", str(plan.pace.schedule), style="dim")
    for lane in plan.pace.lanes:
        notes.add_row("  path", f"POST {endpoint_for(plan.target, lane).path_for(plan.target)}", style="dim")
    out.print(notes)
