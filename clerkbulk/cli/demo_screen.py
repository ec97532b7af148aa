"""What the demo shows: for each list a heading, then blocks with a word in the margin."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table

from clerkbulk.cli import issues, terminal
from clerkbulk.cli.buckets import STYLES
from clerkbulk.cli.started import as_called
from clerkbulk.cli.terminal import Text
from clerkbulk.people.batch import batches
from clerkbulk.people.preview import Form, preview
from clerkbulk.people.wording import counted
from clerkbulk.sending.before.preflight import MEANINGS

if TYPE_CHECKING:
    from clerkbulk.demo.files import Act
    from clerkbulk.demo.story import Moment
    from clerkbulk.people.checked import Checked
    from clerkbulk.sending.before.plan import Plan
    from clerkbulk.sending.before.preflight import Preflight
    from clerkbulk.sending.state import Sum

MARGIN = 9
"""Characters of the margin."""
WIDEST = 120
"""Characters after which a line is hard to read, however wide the terminal is."""
_STORY_STYLES = {
    "refused": "yellow",
    "lost": "yellow",
    "crashed": "red",
    "resumed": "green",
    "waiting": "bold",
    "done": "green",
    "stopped": "red",
}


class Screen:
    """The demo's output, printed as it comes."""

    def __init__(self, folder: Path, *, quiet: bool) -> None:
        self._folder = folder
        self._out = terminal.new_console(widest=WIDEST, quiet=quiet)
        self._acts = 0
        self._margin = ""

    def begin(self) -> None:
        """Say what is going to happen."""
        self._out.print(
            Text.assemble(("clerkbulk demo", "bold"), ": two messy lists of made-up people become invitations.")
        )
        self._out.print(
            "An emulator on this machine stands in for Clerk, with Clerk's documented limits. "
            "No key is needed, nothing leaves the machine, and time is virtual: an hour passes at once."
        )

    def check(self, checked: Checked) -> None:
        """Show the heading of a list, what was read, what feeds what, and what was found."""
        self._acts += 1
        source, mapping = checked.table.source, checked.mapping
        self._out.print()
        heading = Text(f"{self._acts}  {source.name} → {checked.target} ", style="bold")
        self._out.print(heading + Text("─" * max(0, self._out.width - heading.cell_len), style="dim"))
        self._say("read", Text(", ".join((counted(checked.rows, "row"), *terminal.how_read(source)))))
        feeds: dict[str, list[str]] = {}
        for feed in mapping.feeds:
            feeds.setdefault(feed.parameter, []).append(feed.column)
        pairs = [Text.assemble(", ".join(columns), (" → ", "dim"), parameter) for parameter, columns in feeds.items()]
        self._say("mapped", Columns(pairs, padding=(0, 3), column_first=True))
        if mapping.unused:
            self._say("", Text(f"not sent: {', '.join(mapping.unused)}", style="dim"))
        for kind in issues.kinds(checked) or [Text("nothing to say")]:
            self._say("checked", kind)

    def preview(self, checked: Checked) -> None:
        """Show the last call, which is the shortest, as it is sent and as JavaScript."""
        calls = batches(checked)
        last = calls[-1]
        javascript = preview([last], Form.JAVASCRIPT)
        room = self._out.width - MARGIN
        self._say("preview", Text(f"{len(checked.items)} invitations in {len(calls)} calls. The last one, exactly:"))
        self._say("", _titled(f"POST {last.endpoint.path_for(last.target)}", _laid_out(last.to_json(), room)))
        call = " ".join(javascript[javascript.index("await ") :].split("\n")).strip()
        self._say("", _titled("the same in JavaScript", _laid_out(call, room)))

    def preflight(self, found: Preflight) -> None:
        """Show who is there already, and what is done about each bucket."""
        reads = counted(found.reads, "read")
        self._say("looked", Text(f"{reads}, no call of the hour spent"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(justify="right")
        for bucket, rows in found.buckets.items():
            decision = found.policy.decision(bucket)
            grid.add_row(f"{len(rows):,}", Text(MEANINGS[bucket].says), Text(decision.value, style=STYLES[decision]))
        self._say("", grid)

    def plan(self, plan: Plan) -> None:
        """Show the plan's sentence, and the hourly limits behind it."""
        self._say("planned", Text(plan.sentence))
        self._say("", Text(plan.limits[0], style="dim"))

    def moment(self, moment: Moment) -> None:
        """Show one moment of the sending."""
        from clerkbulk.demo.story import hour_of

        line = Table.grid(padding=(0, 2))
        line.add_column(width=5)
        line.add_column(width=11, no_wrap=True)
        line.add_column()
        style = _STORY_STYLES.get(moment.what, "")
        line.add_row(Text(hour_of(moment.at), style="dim"), Text(moment.subject, style=style), Text(moment.sentence))
        self._say("sent", line)

    def result(self, sum_: Sum, act: Act) -> None:
        """Show the sum and the files."""
        self._say("result", terminal.sum_text(sum_))
        files = Table.grid(padding=(0, 2))
        files.add_row(Text(act.results), Text("the list, and what became of each line"))
        files.add_row(Text(act.issues), Text("everything that was found in it"))
        self._say("", files)

    def end(self, invited: list[int], ledger: str) -> None:
        """Say what the emulator holds, and what to do next."""
        self._out.print()
        self._out.print(Text("─" * self._out.width, style="dim"))
        people = " and ".join(f"{number:,}" for number in invited)
        self._say(
            "proof",
            Text(f"The emulator has {people} new invitations: exactly the people whom the lists call sent, each once."),
        )  # fmt: skip
        here, program = shlex.quote(str(self._folder)), as_called(sys.argv[0])
        self._say("files", Text(f"All of it lies in {self._folder}. Look around:"))
        self._say("", _commands(f"{program} status --ledger {here}/{ledger}",
                                f"{program} results --ledger {here}/{ledger} --only refused"))  # fmt: skip
        self._say("next", Text("Your own people. The first two need no key and no network:"))
        self._say(
            "",
            _commands(
                f"{program} check people.csv --issues issues.csv",
                f"{program} preview people.csv --as js",
                "export CLERK_SECRET_KEY=sk_test_...",
                f"{program} send people.csv --ledger people.db",
            ),
        )

    def _say(self, margin: str, what: RenderableType) -> None:
        """Print something with a word in the margin, once for lines that belong together."""
        if margin and margin != self._margin:
            self._out.print()
        line = Table.grid(padding=(0, 0))
        line.add_column(width=MARGIN, no_wrap=True)
        line.add_column(overflow="fold")
        line.add_row(Text(margin if margin != self._margin else "", style="bold"), what)
        self._out.print(line)
        self._margin = margin or self._margin


def _titled(title: str, lines: list[str]) -> RenderableType:
    return Group(Text(title, style="dim"), Text("\n".join(lines), overflow="fold"))


def _commands(*commands: str) -> RenderableType:
    return Padding(Text("\n".join(commands), style="bold"), (0, 0, 0, 2))


def _laid_out(code: str, width: int, indent: str = "") -> list[str]:
    """Break JSON or a JavaScript call that does not fit into a line at its brackets and commas, as often as needed."""
    if len(indent) + len(code) <= width:
        return [indent + code]
    parts, depth = [""], 0
    for found in re.finditer(r'"(?:\\.|[^"\\])*"|.', code):
        piece = found[0]
        depth -= piece in ")]}"
        if piece in ")]}" and depth == 0:
            parts.append("")
        parts[-1] += piece
        if (piece in "([{" and depth == 0) or (piece == "," and depth == 1):
            parts.append("")
        depth += piece in "([{"
    if len(parts) == 1:
        return [indent + code]
    head, *inside, tail = (part.strip() for part in parts)
    inside = [part for part in inside if part]
    if len(inside) == 1 and inside[0][0] in "[{":
        only = inside[0].removesuffix(",")
        first, *between, last = _laid_out(only, min(width, len(indent) + len(only) - 1), indent)
        return [f"{indent}{head}{first.strip()}", *between, f"{last}{tail}"]
    return [indent + head, *(line for part in inside for line in _laid_out(part, width, f"{indent}  ")), indent + tail]
