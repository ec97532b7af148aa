"""How a rehearsal is watched, and how it is shown."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text
from clerkbulk.cli.visible import say
from clerkbulk.contract.endpoint import Lane
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.rehearsal.rehearsing import Rehearsal
    from clerkbulk.rehearsal.trial import Trial
    from clerkbulk.sending.job import Progress

PATIENCE = 3.0
"""Seconds of real time after which somebody who waits wants to know what is going on."""
LINES = 15.0
"""Seconds between two lines where no terminal can keep one in place."""


class Watch:
    """Says on standard error how far a rehearsal is, once it takes longer than a moment."""

    def __init__(self, people: int) -> None:
        self._people = people
        self._next = time.monotonic() + PATIENCE
        self._console = terminal.side_console()
        self._open = ExitStack()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(self, faults: bool, progress: Progress) -> None:
        """Say where the run stands, if it is time to."""
        if time.monotonic() < self._next:
            return
        settled = self._people - progress.sum.open
        sentence = (
            f"rehearsing, {_name(faults)}: {settled:,} of {self._people:,} people, {counted(progress.calls, 'call')}"
        )
        if not self._console.is_terminal:
            self._next = time.monotonic() + LINES
            say(sentence, err=True)
            return
        if self._live is None:
            self._live = self._open.enter_context(Live(console=self._console, refresh_per_second=4, transient=True))
        self._live.update(Text(sentence))


def show_rehearsal(done: Rehearsal) -> None:
    """Show the runs side by side: hours and calls against the least, the sum, and what went wrong on the way."""
    out = terminal.console()
    out.print()
    if not done.invitations:
        out.print(Text("Nobody to invite.", style="bold"))
        return
    known = f", {done.known:,} of them taken to be known to Clerk already" if done.known else ""
    out.print(Text(f"{counted(done.invitations, 'person', 'people')}{known}: {_took(done.calm)}", style="bold"))
    grid = Table(box=None, padding=(0, 2), header_style="dim")
    grid.add_column("")
    for run in done.runs:
        grid.add_column(_name(run.faults), justify="right")
    grid.add_column("")
    for name, cells, says in _lines(done):
        grid.add_row(Text(name), *map(Text, cells), Text(says, style="dim"))
    out.print(grid)
    out.print()
    told = Table.grid(padding=(0, 3))
    for run in done.runs:
        told.add_row(Text(f"  {_name(run.faults)}", style="dim"), terminal.sum_text(run.sum))
        for more, style in ((_trouble(run), ""), (run.reason, "red")):
            if more:
                told.add_row("", Text(more, style=style))
    out.print(told)
    if done.ok:
        out.print(Text("  Nobody invited twice and nobody lost, by the emulator's own record.", style="green"))


def _name(faults: bool) -> str:
    return "with trouble" if faults else "calm"


def _took(run: Trial) -> str:
    return f"{run.hours:.1f} hours" if run.hours >= 0.1 else "at once"


def _lines(done: Rehearsal) -> list[tuple[str, list[str], str]]:
    runs = done.runs
    lines = [
        ("hours", [_hours(run.hours) for run in runs], "until the last call leaves"),
        ("bound", [_hours(run.bound.hours) for run in runs], "Clerk's documented limits"),
    ]
    for lane in (lane for lane in Lane if any(run.calls[lane] or _least(run, lane) for run in runs)):
        which = f"{lane.value} calls"
        lines.append((which, [f"{run.calls[lane]:,}" for run in runs], ""))
        lines.append(("  least", [f"{_least(run, lane):,}" for run in runs], "fewest for that bound"))
    lines.append(("invited twice", [f"{run.twice:,}" for run in runs], ""))
    lines.append(("lost", [f"{run.lost:,}" for run in runs], ""))
    return lines


def _least(run: Trial, lane: Lane) -> int:
    return run.bound.bulk if lane is Lane.BULK else run.bound.single


def _hours(hours: float) -> str:
    return f"{hours:,.2f}"


def _trouble(run: Trial) -> str:
    met = (
        (run.crashes, "crash", "crashes"),
        (run.lost_replies, "lost reply", "lost replies"),
        (run.throttled, "answer 429", "answers 429"),
        (run.server_errors, "answer 5xx", "answers 5xx"),
    )
    return ", ".join(f"{number:,} {one if number == 1 else more}" for number, one, more in met if number)
