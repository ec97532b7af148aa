"""How results are shown in the terminal: what became of how many, why, and on which lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import STATE_STYLES, Text
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.sending.after.results import Result

MOST_OF_A_KIND = 10
"""Lines shown of what became of several in the same way; of more than these, SOME are shown."""
SOME = 5
_URGENT_FIRST = ("unknown", "refused", "invalid", "left", "withdrawn", "already_there", "sent")
LEFT_OUT = "left out by preflight"


def show_results(results: Iterable[Result]) -> None:
    """Show what became of each line: those of the same state together, in it those of the same code.

    What they share is said once. Whom preflight has left out has another heading: Clerk has refused nobody there.
    """
    kinds: dict[tuple[str, str], dict[str | None, list[Result]]] = defaultdict(lambda: defaultdict(list))
    for result in results:
        state = result.state.value
        kinds[state, LEFT_OUT if result.is_left_out else state.replace("_", " ")][result.code].append(result)
    out = terminal.console()
    is_cut = False
    for (state, heading), by_code in sorted(kinds.items(), key=lambda kind: _URGENT_FIRST.index(kind[0][0])):
        number = sum(map(len, by_code.values()))
        out.print(Text(f"{number:,} {heading}", style=f"bold {STATE_STYLES.get(state, '')}".strip()))
        for members in by_code.values():
            out.print(_kind(members, f"{counted(len(members), 'line')}: " if len(by_code) > 1 else ""))
            is_cut |= len(members) > MOST_OF_A_KIND
    if is_cut:
        out.print(Text("--out FILE writes all of them, --format json prints them.", style="dim"))


def _kind(members: Sequence[Result], number: str) -> Group:
    """Show those of one state and code: what all of them share first, then each line with what is its own.

    number says how many they are, where the heading counts others too.
    """
    shown = members if len(members) <= MOST_OF_A_KIND else members[:SOME]
    # Of thousands who were invited nobody wants to read that they are, and that nothing is to be done.
    is_said = all(one.goes_without_saying for one in members)
    one_reason = is_said or len({one.reason for one in members}) == 1
    one_remedy = is_said or len({one.remedy for one in members}) == 1
    shared = [Text(f"{number}{members[0].reason}")] if one_reason and not is_said else []
    shared += [Text(members[0].remedy, style="dim")] if one_remedy and not is_said else []
    lines = Table.grid(padding=(0, 2))
    lines.add_column(justify="right", no_wrap=True)
    lines.add_column(overflow="fold")
    for one in shown:
        own = [] if one_reason else [Text(one.reason)]
        own += [] if one_remedy else [Text(one.remedy, style="dim")]
        lines.add_row(f"    line {one.line}", Group(Text(_who(one)), *own))
    more = [Text(f"    and {len(members) - len(shown):,} more", style="dim")] if len(shown) < len(members) else []
    return Group(*map(terminal.indented, shared), lines, *more)


def _who(result: Result) -> str:
    """Return the address, or what stands on a line that is no invitation."""
    if result.as_read:
        return result.as_read.replace("\n", "⏎")
    return result.email_address or " · ".join(str(cell) for cell in result.cells if cell not in (None, ""))
