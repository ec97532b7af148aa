"""How a plan is shown."""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text
from clerkbulk.contract.endpoint import HOUR, endpoint_for

if TYPE_CHECKING:
    from clerkbulk.sending.plan import Plan, PlannedCall

MOST_BURSTS = 16


def show_plan(plan: Plan) -> None:
    """Show the sentence, the bursts of calls with their times, the limits that apply, and what would be faster."""
    out = terminal.console()
    zone = plan.pace.schedule.zone
    out.print()
    if not plan.calls:
        out.print(Text("Nobody to invite.", style="bold"))
        return
    finish = datetime.fromtimestamp(plan.finish, zone)
    took = f"{plan.hours:.1f} hours" if plan.hours >= 0.1 else "at once"
    out.print(
        Text(
            f"{terminal.counted(plan.people, 'person', 'people')} in {terminal.counted(len(plan.calls), 'call')}: ",
            style="bold",
        )
        + Text(f"{took}, the last one leaves {finish:%a %Y-%m-%d %H:%M %Z}", style="bold")
    )
    grid = Table(box=None, padding=(0, 2), pad_edge=True, header_style="dim")
    for name in ("from", "calls", "people", "so far"):
        grid.add_column(name, justify="left" if name == "from" else "right")
    sent = 0
    bursts = _bursts(plan.calls)
    for at, burst in enumerate(bursts):
        sent += sum(call.size for call in burst)
        if MOST_BURSTS // 2 <= at < len(bursts) - MOST_BURSTS // 2:
            if at == MOST_BURSTS // 2:
                grid.add_row(f"… {len(bursts) - MOST_BURSTS} more", "", "", "")
            continue
        begins = datetime.fromtimestamp(burst[0].at, zone)
        calls = " + ".join(
            f"{len(list(calls))} {lane.value}" for lane, calls in groupby(burst, key=lambda call: call.lane)
        )
        grid.add_row(f"{begins:%a %m-%d %H:%M}", calls, f"{sum(call.size for call in burst):,}", f"{sent:,}")
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


def _bursts(calls: tuple[PlannedCall, ...]) -> list[list[PlannedCall]]:
    """Group calls that leave one after the other, without a wait between them."""
    bursts: list[list[PlannedCall]] = []
    for call in calls:
        if bursts and call.at - bursts[-1][-1].at < HOUR / 60:
            bursts[-1].append(call)
        else:
            bursts.append([call])
    return bursts
