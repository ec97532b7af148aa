"""Running a job from the terminal: progress, Ctrl-C, and what the exit status says at the end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.exits import Exit
from clerkbulk.cli.ledger import command_line
from clerkbulk.cli.status import status_json
from clerkbulk.cli.terminal import Text
from clerkbulk.cli.visible import say
from clerkbulk.sending.state import JobState

if TYPE_CHECKING:
    from clerkbulk.sending.before.pace import Pace
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.job import Job, Progress
    from clerkbulk.sending.ledger import Ledger
    from clerkbulk.sending.progress import Stop
    from clerkbulk.sending.state import Sum


def run_job(job: Job, ledger: Ledger, client: Client, pace: Pace | None, limits: str, form: str) -> Exit:
    """Send what is left of a job and show where it stands all the while; return the status of how it ended.

    However it ends, what became of the job is said, and how to go on. Raises what Job.run() raises.
    """
    return show_steps(job, ledger, form, lambda stop: job.run(client, pace=pace, limits=limits, stop=stop))


def show_steps(job: Job, ledger: Ledger, form: str, steps: Callable[[Stop], Iterator[Progress]]) -> Exit:
    """Take the steps of a run or a tick, as run_job() does. Raises what they raise."""
    try:
        with stop_on_signals() as stop, _shown(job) as show:
            for progress in steps(stop):
                show(progress)
    finally:
        sum_ = say_where_it_stands(job, ledger, form)
    return exit_of(sum_)


def say_where_it_stands(job: Job, ledger: Ledger, form: str) -> Sum:
    """Say where a job stands, and, while anything is left, how it goes on; return its sum."""
    sum_ = job.sum()
    if form == "json":
        terminal.print_json(status_json(job))
    else:
        terminal.show_job(job)
        say(f"  the sheet back: {command_line('results', ledger, job)} --out results.csv")
    if sum_.open:
        say(f"Not finished: {sum_.open:,} left. {_how_it_goes_on(job, ledger)}", err=True)
    return sum_


def _how_it_goes_on(job: Job, ledger: Ledger) -> str:
    here, record = job.attendance(), job.record
    if here.present:
        return f"At work on it: {', '.join(owner.name for owner in here.present)}."
    if record.state is JobState.WAITING and not here.missing:
        until = record.waiting_until
        at = f" from {terminal.clock_time(until)}" if until is not None and until > here.at else ""
        return f"The next tick goes on{at}: {command_line('tick', ledger, job)}"
    return f"Go on with: {command_line('resume', ledger, job)}"


def exit_of(sum_: Sum) -> Exit:
    """Return what the sum says: work left, rows that were not invited, or nothing wrong."""
    if sum_.open:
        return Exit.LEFT
    return Exit.ISSUES if sum_.refused or sum_.invalid else Exit.DONE


def sentence(progress: Progress) -> str:
    """Say where a job stands, in one line without colour."""
    sum_, hour = progress.sum, progress.budget
    parts = [f"{sum_.sent:,} sent", f"{sum_.left:,} left"]
    parts += [
        f"{number:,} {name}"
        for number, name in ((sum_.refused, "refused or left out"), (sum_.unknown, "unknown"))
        if number
    ]
    if progress.state is JobState.WAITING and progress.waiting_until is not None:
        until = terminal.clock_time(progress.waiting_until)
        return f"waiting until {until}, {progress.reason or hour.sentence}; {', '.join(parts)}"
    return f"{', '.join(parts)}; {hour.sentence}"


@contextmanager
def _shown(job: Job) -> Iterator[Callable[[Progress], None]]:
    """Show progress on standard error: a live bar in a terminal, a line a change of state in a pipe."""
    console = terminal.side_console()
    if not console.is_terminal:
        yield _Lines()
        return
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        yield _Bar(live, job.id)


class _Lines:
    """A line when a wait begins or the state changes: a log of a day stays readable."""

    def __init__(self) -> None:
        self._state: JobState | None = None

    def __call__(self, progress: Progress) -> None:
        if progress.state is JobState.RUNNING and not progress.sum.open:
            return  # nothing is left to do: that it is done is said next
        if progress.state is not self._state or progress.state is JobState.WAITING:
            state = "" if progress.state is JobState.WAITING else f"{progress.state.value}: "
            say(f"{progress.job_id} {state}{sentence(progress)}", err=True)
        self._state = progress.state


class _Bar:
    """A bar that stays in place."""

    def __init__(self, live: Live, job_id: str) -> None:
        self._live, self._job_id = live, job_id

    def __call__(self, progress: Progress) -> None:
        sum_ = progress.sum
        people = sum_.rows - sum_.invalid
        settled = people - sum_.open
        bar = ProgressBar(
            max(1, people), settled, width=32, style="bright_black", complete_style="green", finished_style="green"
        )
        line = Table.grid(padding=(0, 2))
        line.add_row(Text(self._job_id, style="bold"), bar, f"{settled:,} of {people:,}")
        self._live.update(Group(line, Text(sentence(progress))))


class _Asked:
    """Whether somebody asked to stop. A plain flag: an Event's lock, taken in a signal handler, can wait for itself."""

    def __init__(self) -> None:
        self._asked = False

    def is_set(self) -> bool:
        return self._asked

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True
        said = "\nStopping after the call in flight; once more to stop at once. Nothing is lost either way.\n"
        os.write(sys.stderr.fileno(), said.encode())


@contextmanager
def stop_on_signals() -> Iterator[_Asked]:
    """Turn the first Ctrl-C (or SIGTERM) into a clean stop after the call in flight; the second is obeyed at once."""
    asked = _Asked()
    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
