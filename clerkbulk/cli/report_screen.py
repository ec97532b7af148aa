"""What clerkbulk report shows in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text
from clerkbulk.onboarding.report.answer import percent
from clerkbulk.onboarding.report.group import HEADS, groups_of
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding
    from clerkbulk.onboarding.report.answer import Answer


def show_answer(shown: Onboarding, told: Answer) -> None:
    """Show how many are in, how many are not, and what is expected."""
    out = terminal.console()
    out.print(Text(f"{shown.title}, as of {shown.at:%a %Y-%m-%d %H:%M %Z}", style="bold"))
    if shown.looked_at is None:
        out.print(terminal.indented("Clerk was never looked at: this is what was sent, not what came of it."))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right")
    grid.add_column(overflow="fold")
    grid.add_row(f"{told.inside:,}", Text(f"in: {told.inside_says}", style="bold"))
    grid.add_row(f"{told.outside:,}", Text(f"not in: {told.outside_says}"))
    out.print(terminal.indented(grid))
    look = told.outlook
    if told.uninvited_says:
        out.print(terminal.indented(told.uninvited_says))
    if shown.left_out:
        uncounted = f"Not counted: {counted(shown.left_out, 'row')} that cannot be invited, or of a purged job."
        out.print(terminal.indented(uncounted))
    if not told.invited and not shown.to_come:
        return
    expected = f"{look.expected:,.0f} ({look.low:,.0f} to {look.high:,.0f}) in by {look.until:%a %Y-%m-%d}"
    if look.verdict:
        wanted = percent(told.goal.share) if told.goal else ""
        expected += f". {look.verdict}: the goal of {wanted} takes {look.needed:,}"
    out.print(terminal.indented(f"Expected: {expected}."))
    if look.says:
        out.print(terminal.indented(look.says))


def show_groups(shown: Onboarding, by: str, at_least: int) -> None:
    """Show each group's share and pace, the small ones together."""
    grid = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    grid.add_column(Text(by), overflow="fold")
    for name in HEADS[:-1]:
        grid.add_column(name, justify="right")
    grid.add_column(HEADS[-1], overflow="fold")
    for one in groups_of(shown, by, at_least):
        grid.add_row(Text(one.name), f"{one.invited:,}", f"{one.accepted:,}", one.share or "", one.half)
    out = terminal.console()
    out.print()
    out.print(terminal.indented(grid))
