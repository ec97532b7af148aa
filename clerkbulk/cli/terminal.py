"""What the terminal shows: tables, counts and sentences. A pipe gets the same words without colour."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked
    from clerkbulk.people.issue import Issue
    from clerkbulk.sending.ledger import JobRecord
    from clerkbulk.sending.state import Sum

PIPE_WIDTH = 120
MOST_ISSUES = 40
"""Issues shown in the terminal; the line after them says where all of them are."""
STYLES = {"error": "red", "warning": "yellow", "note": "cyan"}
STATE_STYLES = {
    "sent": "green", "already_there": "cyan", "refused": "red", "invalid": "red", "unknown": "yellow", "left": "yellow",
    "withdrawn": "magenta",
}  # fmt: skip


@cache
def console() -> Console:
    """Return the console on standard output."""
    return _console(sys.stdout)


@cache
def side_console() -> Console:
    """Return the console on standard error, for whatever must not get into the output."""
    return _console(sys.stderr)


def _console(stream: Any) -> Console:
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=False, emoji=False, markup=False)


def print_json(document: Any) -> None:
    """Print one JSON document and nothing else on standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()


def print_text(text: str) -> None:
    """Print text exactly as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: 1 row, 2,000 rows."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def show_source(checked: Checked) -> None:
    """Show what was read and how, and what feeds what."""
    source, mapping = checked.table.source, checked.mapping
    found = [source.kind, source.encoding, f"delimiter {source.delimiter!r}" if source.delimiter else None,
             f"sheet {source.sheet}" if source.sheet else None,
             f"header in line {source.header_line}" if source.header_line else None]  # fmt: skip
    out = console()
    out.print(Text.assemble((source.name, "bold"), f"  {counted(checked.rows, 'row')}  "
                            + ", ".join(part for part in found if part), f"  →  {checked.target}"))  # fmt: skip
    for note in source.notes:
        out.print(Text(f"  {note}", style="dim"))
    grid = Table(box=None, padding=(0, 2), show_header=True, header_style="dim", pad_edge=True)
    for name in ("parameter", "comes from", "how sure"):
        grid.add_column(name, overflow="fold")
    for feed in mapping.feeds:
        name = f"{feed.parameter}.{feed.key}" if feed.key else feed.parameter
        grid.add_row(Text(name), Text(feed.column), Text(feed.confidence.value))
    for name, value in mapping.defaults:
        grid.add_row(Text(name), Text(json.dumps(value, ensure_ascii=False)), Text("default"))
    out.print(grid)
    if mapping.unused:
        out.print(Text(f"  not sent: {', '.join(mapping.unused)}", style="dim"))


def show_issues(issues: Sequence[Issue], hint: str) -> None:
    """Show the weightiest issues, and where to find the others."""
    if not issues:
        return
    order = {"error": 0, "warning": 1, "note": 2}
    ranked = sorted(issues, key=lambda issue: (order[issue.severity.value], issue.line or 0))
    out = console()
    grid = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=True)
    grid.add_column("line", justify="right", no_wrap=True)
    grid.add_column("", no_wrap=True)
    grid.add_column("cell", overflow="fold", max_width=34)
    grid.add_column("what about it", overflow="fold", ratio=3)
    grid.add_column("probably meant", overflow="fold", max_width=32)
    for issue in ranked[:MOST_ISSUES]:
        grid.add_row(
            Text(str(issue.line or "")),
            Text(issue.severity.value, style=STYLES[issue.severity.value]),
            Text(_brief(issue.cell or "")),
            Text(issue.message),
            Text(issue.suggestion or "", style="green"),
        )
    out.print()
    out.print(grid)
    if len(ranked) > MOST_ISSUES:
        out.print(Text(f"  and {len(ranked) - MOST_ISSUES:,} more: {hint}", style="bold"))


def show_verdict(checked: Checked) -> None:
    """Show in one line what the check came to."""
    from clerkbulk.people.batch import batches

    issues = checked.issues
    calls = len(batches(checked))
    said = [
        counted(len(checked.items), "invitation"),
        f"in {counted(calls, 'call')}",
        f"{counted(checked.rows - len(checked.items), 'row')} not invited",
        counted(len(issues.errors), "error"),
        counted(len(issues.warnings), "warning"),
        counted(len(issues.notes), "note"),
    ]
    console().print()
    console().print(Text(f"{said[0]} {said[1]}", style="bold") + Text(f"   {' · '.join(said[2:])}"))


def show_job(record: JobRecord, sum_: Sum, calls: int | None = None) -> None:
    """Show where a job stands: state, sum, and what it is waiting for."""
    out = console()
    out.print(Text.assemble((record.id, "bold"), f"  {record.source_name}  →  {record.target}  ",
                            (record.state.value, "bold")))  # fmt: skip
    if record.waiting_until:
        out.print(Text(f"  waiting until {clock_time(record.waiting_until)}"))
    if record.reason:
        out.print(Text(f"  {record.reason}"))
    show_sum(sum_)
    if calls is not None:
        out.print(Text(f"  {counted(calls, 'call')} made", style="dim"))


def show_sum(sum_: Sum) -> None:
    """Show rows = sent + already there + ... as one line."""
    counts = sum_.to_json()
    rows = counts.pop("rows")
    text = Text(f"  {rows:,} rows = ")
    for at, (name, number) in enumerate(counts.items()):
        style = STATE_STYLES[name] if number else "dim"
        text.append(" + " if at else "")
        text.append(f"{number:,} {name.replace('_', ' ')}", style=style)
    console().print(text)


def show_rows(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a plain table."""
    grid = Table(box=None, padding=(0, 2), header_style="dim", pad_edge=True)
    for name in header:
        grid.add_column(name, overflow="fold", justify="right" if name == "line" else "left")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    console().print(grid)


def clock_time(seconds: float) -> str:
    """Return a time in the machine's own zone, with the zone; the day too when it is not today's."""
    moment = datetime.fromtimestamp(seconds).astimezone()
    today = datetime.now().astimezone().date()
    return moment.strftime("%H:%M:%S %Z" if moment.date() == today else "%Y-%m-%d %H:%M:%S %Z")


def _brief(cell: str, longest: int = 120) -> str:
    shown = cell.replace("\n", "⏎")
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
