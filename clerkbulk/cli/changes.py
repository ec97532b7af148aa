"""How a changed table is shown beside the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clerkbulk.cli import terminal
from clerkbulk.cli.terminal import Text

if TYPE_CHECKING:
    from clerkbulk.sending.before.changes import Changes


def show_changes(changes: Changes | None, now: float) -> None:
    """Show what is new, gone and changed since the earlier job, and what that means; nothing where there was none."""
    if changes is None:
        return
    first, *more = changes.sentences(now)
    out = terminal.console()
    out.print()
    out.print(Text(first, style="bold"))
    for sentence in more:
        out.print(terminal.indented(Text(sentence)))
