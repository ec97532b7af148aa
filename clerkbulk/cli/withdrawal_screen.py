"""What the terminal shows of a withdrawal: who holds what, before anything is done, and each step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text
from clerkbulk.cli.visible import say
from clerkbulk.contract.target import Organization
from clerkbulk.people.wording import counted
from clerkbulk.sending.after.standing import Standing

if TYPE_CHECKING:
    from clerkbulk.sending.after.withdrawing import Found, Step
    from clerkbulk.sending.job import Job

MOST_LINES = 20
"""How many line numbers are shown of a group; results has every line."""
_WORDS = {
    Standing.PENDING: ("open", "is taken back"),
    Standing.ACCEPTED: ("accepted", "cannot be taken back: remove the {what} in the Clerk Dashboard"),
    Standing.EXPIRED: ("expired", "cannot be revoked, and nobody can use it"),
    Standing.REVOKED: ("revoked already", "withdrawn by somebody else: nothing to do"),
    Standing.MISSING: ("gone", "Clerk does not list it any more: look the person up in the Clerk Dashboard"),
}


def show_found(job: Job, found: Found, asked: set[int]) -> None:
    """Show who holds which invitation of a job and what will become of it. asked are the lines that were named."""
    out, record = terminal.console(), job.record
    out.print(Text(f"{job.id}  {record.source_name} → {record.target}", style="bold"))
    grid = Table(box=None, padding=(0, 3, 0, 0), header_style="dim", pad_edge=False)
    grid.add_column("people", justify="right")
    for name in ("invitation", "what becomes of it", "lines"):
        grid.add_column(name, overflow="fold")
    what = "member" if isinstance(found.target, Organization) else "user"
    for standing, (name, becomes) in _WORDS.items():
        if them := found.standing(standing):
            lines = _shown([one.line for one in them])
            grid.add_row(f"{len(them):,}", Text(name), Text(becomes.format(what=what)), Text(lines, style="dim"))
    if found.holdings:
        out.print(terminal.indented(grid))
    reminded = sum(len(one.jobs) > 1 for one, _ in found.holdings)
    if reminded:
        was = counted(reminded, "person was", "people were")
        out.print(terminal.indented(f"{was} reminded: it is the newer invitation that counts, and both jobs tell."))
    for line in sorted(asked - {one.line for one, _ in found.holdings}):
        state = next(result.state.value for result in job.results() if result.line == line).replace("_", " ")
        out.print(terminal.indented(f"line {line} is {state}: there is no invitation of this job to take back."))
    if not found.open:
        out.print(terminal.indented("Nobody holds an open invitation of this job: nothing is left to revoke."))


def show_steps(job_id: str, steps: Iterable[Step]) -> None:
    """Take the steps, and show them on standard error: a live bar in a terminal, a line for each wait in a pipe."""
    console = terminal.side_console()
    if not console.is_terminal:
        for step in steps:
            if step.reason is not None:
                say(f"{job_id} {_sentence(step)}", err=True)
        return
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        for step in steps:
            bar = ProgressBar(max(1, step.people), step.done, width=32, style="bright_black", complete_style="green")
            line = Table.grid(padding=(0, 2))
            line.add_row(Text(job_id, style="bold"), bar, f"{step.done:,} of {step.people:,}")
            live.update(Group(line, Text(_sentence(step))))


def _sentence(step: Step) -> str:
    done = f"{step.withdrawn:,} taken back of {step.people:,}" if step.people else "nothing taken back yet"
    if step.waiting_until is not None:
        return f"waiting until {terminal.clock_time(step.waiting_until)}, {step.reason}; {done}"
    return f"{step.reason}; {done}" if step.reason else done


def _shown(lines: Sequence[int]) -> str:
    more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
    return f"{', '.join(map(str, lines[:MOST_LINES]))}{more}"
