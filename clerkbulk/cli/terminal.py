"""What the terminal shows: tables, counts and sentences. A pipe gets the same words without colour."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self, TextIO, cast

from rich import text as rich_text
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table

from clerkbulk.cli.invocation import this_invocation
from clerkbulk.cli.visible import visible
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked
    from clerkbulk.people.feed import Feed
    from clerkbulk.people.table import Source
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.state import Sum

PIPE_WIDTH = 120
"""Columns where nobody is looking, unless COLUMNS says how many."""
STATE_STYLES = {"sent": "green", "refused": "red", "invalid": "red", "unknown": "yellow", "left": "yellow"}
_OBEYED = re.compile(r"[\x7f-\x9f]")
"""What JSON may hold as it is, and a terminal obeys."""
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class Text(rich_text.Text):
    """Text that shows control characters instead of sending them to the terminal; a table's cells may hold any."""

    def __init__(self, text: str = "", style: str = "", **more: Any) -> None:
        super().__init__(visible(text), style, **more)

    def append(self, text: rich_text.Text | str, style: Any = None) -> rich_text.Text:
        """Add text."""
        return super().append(visible(text) if isinstance(text, str) else text, style)

    @classmethod
    def assemble(cls, *parts: Any, **more: Any) -> Self:
        """Return text made of parts: text, or text with its style."""
        return cast("Self", super().assemble(*parts, **more))


class _Console(Console):
    """A console on which plain strings are Text too."""

    def render_str(self, text: str, **more: Any) -> rich_text.Text:
        return super().render_str(visible(text), **more)


def console() -> Console:
    """Return the console on standard output."""
    return _console(sys.stdout)


def side_console() -> Console:
    """Return the console on standard error, for whatever must not get into the output."""
    return _console(sys.stderr)


def new_console(*, widest: int, quiet: bool = False) -> Console:
    """Return a console on standard output that is no wider than widest, and says nothing when it is quiet."""
    made = _console(sys.stdout)
    made.width, made.quiet = min(widest, made.width), quiet
    return made


class _Trimmed:
    """A stream that gets no blanks before a line's end: what is not a terminal needs no padding."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(re.sub(r" +(?=\n)", "", text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _console(stream: TextIO) -> Console:
    if stream.isatty():
        return _Console(file=stream, highlight=False, emoji=False, markup=False)
    trimmed = cast("TextIO", _Trimmed(stream))
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isascii() and columns.isdigit() and int(columns) else PIPE_WIDTH
    return _Console(file=trimmed, width=width, highlight=False, emoji=False, markup=False)


def print_json(document: Any) -> None:
    """Have one JSON document, and nothing else, printed on standard output when the command ends."""
    this_invocation().document = document


def print_document(document: Any) -> None:
    """Print a JSON document."""
    print_code(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def print_code(text: str) -> None:
    """Print JSON, or code whose strings are JSON's: exactly, with escapes for what cannot be printed as it is."""
    text = _OBEYED.sub(_escape, text)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        # Half characters, which no encoding has, or an output that is not UTF-8.
        text = _NOT_ASCII.sub(_escape, text)
    sys.stdout.write(text)
    sys.stdout.flush()


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def how_read(source: Source) -> list[str]:
    """Return what was found out about a source, in words."""
    tabs = source.delimiter == "\t"
    found = [
        "TSV" if tabs else source.kind.upper() if source.kind in ("csv", "xlsx") else source.kind,
        source.encoding,
        f"delimiter {source.delimiter!r}" if source.delimiter and not tabs else None,
        f"sheet {source.sheet!r}" if source.sheet else None,
        f"header in line {source.header_line}" if source.header_line else None,
    ]
    return [part for part in found if part]


def parameter_of(feed: Feed) -> str:
    """Return what a column feeds: a parameter, or one key of it."""
    return f"{feed.parameter}.{feed.key}" if feed.key else feed.parameter


def indented(what: RenderableType, by: int = 2) -> Padding:
    """Return something with a margin; its further lines keep it."""
    return Padding(what, (0, 0, 0, by), expand=False)


def show_source(checked: Checked) -> None:
    """Show what was read and how, and what feeds what."""
    source, mapping = checked.table.source, checked.mapping
    out = console()
    out.print(Text(f"{source.name} → {checked.target}", style="bold"))
    out.print(indented(", ".join((counted(checked.rows, "row"), *how_read(source)))))
    # Which column was chosen, and how surely, stands in the table below.
    said = {f"Column `{feed.column}` feeds {feed.parameter} ({feed.confidence})." for feed in mapping.feeds}
    for note in (*source.notes, *(note for note in mapping.notes if note not in said)):
        out.print(indented(Text(note, style="dim")))
    grid = Table(box=None, padding=(0, 3, 0, 0), header_style="dim", pad_edge=False)
    for name in ("parameter", "comes from", "how sure"):
        grid.add_column(name, overflow="fold")
    for feed in mapping.feeds:
        grid.add_row(Text(parameter_of(feed)), Text(feed.column), Text(feed.confidence.value))
    fed = {feed.parameter for feed in mapping.feeds}
    for name, value in mapping.defaults:
        grid.add_row(
            Text(name),
            Text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)),
            Text("default if empty" if name in fed else "default"),
        )
    out.print()
    out.print(indented(grid))
    if mapping.unused:
        out.print(indented(Text(f"not sent: {', '.join(mapping.unused)}", style="dim")))


def show_verdict(checked: Checked) -> None:
    """Show in one line what the check came to."""
    from clerkbulk.people.batch import batches

    issues = checked.issues
    said = [
        f"{counted(number, what)}{more}"
        for number, what, more in (
            (checked.rows - len(checked.items), "row", " not invited"),
            (len(issues.errors), "error", ""),
            (len(issues.warnings), "warning", ""),
            (len(issues.notes), "note", ""),
        )
        if number
    ]
    come_to = f"{counted(len(checked.items), 'invitation')} in {counted(len(batches(checked)), 'call')}"
    console().print()
    console().print(Text(come_to, style="bold"))
    console().print(Text(" · ".join(said) or "no issues"))


def show_job(job: Job) -> None:
    """Show where a job stands: what it does or waits for, sum, calls."""
    from clerkbulk.sending.during.at_work import GONE

    out, record, here = console(), job.record, job.attendance()
    reason = f"{GONE} (clerkbulk resume {record.id})" if here.is_interrupted(record.state) else record.reason
    state = here.words(record.state, record.waiting_until, clock_time)
    reason = this_invocation().complete(reason or "")
    out.print(
        Text.assemble((record.id, "bold"), "  ", (state, "bold"), f": {reason}" if reason else ""), soft_wrap=True
    )
    out.print(indented(f"{record.source_name} → {record.target}"))
    show_sum(job.sum())
    if said := refused_text(job):
        out.print(indented(Text(said)))
    out.print(Text(f"  {calls_text(job)}", style="dim"))


def calls_text(job: Job) -> str:
    """Return how many calls were made, and how many of them invited nobody for sure: that is what trouble has cost."""
    attempts = [attempt for attempt in job.attempts() if attempt.counts]
    outcomes = Counter(attempt.outcome for attempt in attempts)
    cost = ((outcomes["refused"], "refused"), (outcomes["unsure"], "without a clear answer"), (outcomes["wait"], "429"))
    return ", ".join([f"{counted(len(attempts), 'call')} made", *(f"{n} {name}" for n, name in cost if n)])


def refused_text(job: Job) -> str:
    """Return who has refused those who are refused: preflight, by which bucket, or Clerk; empty if it was Clerk."""
    from clerkbulk.sending.before.preflight import MEANINGS

    found = job.left_out()
    if not found:
        return ""
    ours = "; ".join(f"{number:,} {MEANINGS[bucket].says}" for bucket, number in found.items())
    by_clerk = job.sum().refused - sum(found.values())
    clerk = f"; {by_clerk:,} refused by Clerk" if by_clerk else ""
    return f"of the refused, {sum(found.values()):,} left out by preflight ({ours}){clerk}"


def sum_text(sum_: Sum) -> Text:
    """Return rows = sent + already there + ...: every state that has rows, and sent in any case."""
    text = Text(f"{counted(sum_.rows, 'row')} = ")
    for at, (name, number) in enumerate(sum_.shown()):
        text.append(" + " if at else "")
        text.append(f"{number:,} {name.replace('_', ' ')}", style=STATE_STYLES.get(name, "") if number else "")
    return text


def show_sum(sum_: Sum) -> None:
    """Show the sum as one line."""
    console().print(Text("  ") + sum_text(sum_))


def clock_time(seconds: float) -> str:
    """Return a time in the machine's own zone, to the minute that has come by then; the day when it is not today."""
    moment = datetime.fromtimestamp(-(-seconds // 60) * 60).astimezone()
    today = datetime.now().astimezone().date()
    return moment.strftime("%H:%M %Z" if moment.date() == today else "%Y-%m-%d %H:%M %Z")
