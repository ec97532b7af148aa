"""How the contract's cases, and what running them came to, are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table

from clerkbulk.cli.terminal import Text, console, indented
from clerkbulk.drift.difference import Grade
from clerkbulk.people.wording import counted
from clerkbulk.suite.running import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clerkbulk.contract.cases.case import Case
    from clerkbulk.drift.difference import Drift
    from clerkbulk.suite.outcomes import Outcomes
    from clerkbulk.suite.running import Outcome

_STYLES: Final = {Verdict.HOLDS: "green", Verdict.DIFFERS: "bold red", Verdict.NOT_RUN: "dim"}
_GRADES: Final = {Grade.BREAKING: "bold red", Grade.NEW: "yellow", Grade.WORDING: "dim"}


def case_json(case: Case) -> dict[str, Any]:
    """Return a case as JSON: what it promises, and on which fact it stands."""
    return {
        "case": case.name,
        "promise": case.promise,
        "mark": case.fact.mark.value,
        "source": case.fact.source,
        "rows": list(case.rows),
        "question": case.question,
        "calls": dict(case.calls),
        "live": case.why_not_live is None,
    }


def show_cases(cases: Sequence[Case]) -> None:
    """Show cases that are not run."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for name in ("case", "mark", "promise"):
        table.add_column(name, overflow="fold", no_wrap=name == "mark")
    for case in cases:
        table.add_row(Text(case.name), Text(case.fact.mark.value, style="dim"), Text(case.promise))
    console().print(table)
    console().print(Text(f"\n{counted(len(cases), 'case')}", style="bold"))


def show_outcome(outcome: Outcome) -> None:
    """Show what one case came to, as soon as it has."""
    out, case = console(), outcome.case
    line = Table.grid(padding=(0, 2, 0, 0))
    line.add_column(width=7, no_wrap=True)
    line.add_column(overflow="fold")
    said = Text.assemble((case.name, "bold" if outcome.verdict is Verdict.DIFFERS else ""))
    said.append(f"  {case.fact.mark.value}", style="dim")
    if outcome.answer is not None:
        said.append(f"  {outcome.answer}", style="cyan")
    if outcome.why:
        said.append(f"  {outcome.why}", style="dim")
    line.add_row(Text(outcome.verdict.value, style=_STYLES[outcome.verdict]), said)
    out.print(line)
    if outcome.verdict is Verdict.DIFFERS:
        for sentence in (case.promise, *outcome.differences, f"{case.fact}"):
            out.print(indented(Text(sentence), 9))


def show_sum(outcomes: Outcomes, cassettes: str | None, probed: Mapping[str, str], capabilities: str | None) -> None:
    """Show what all cases came to, and where what was said and what was found out is kept."""
    console().print()
    console().print(Text(outcomes.sentence, style="bold"))
    if answers := {**outcomes.answers, **probed}:
        console().print(Text("What Clerk's documents leave open, as answered here:"))
        table = Table(box=None, padding=(0, 3, 0, 0), show_header=False)
        for question, answer in answers.items():
            table.add_row(Text(question), Text(answer, style="cyan"))
        console().print(indented(table, 1))
    if cassettes:
        console().print(Text(f"The cassettes are in {cassettes}."))
    if capabilities:
        console().print(Text(f"What was found out is in {capabilities}: clerkbulk emulate --capabilities reads it."))


def show_drift(drift: Drift) -> None:
    """Show where Clerk's document says something else than we believe."""
    out = console()
    out.print(Text(drift.sentence, style="bold"))
    for each in drift.differences:
        out.print()
        out.print(Text.assemble((each.grade.value, _GRADES[each.grade]), f"  {each.where}"))
        out.print(indented(Text(each.what)))
        out.print(indented(Text(f"at {each.pointer}", style="dim")))
    if drift.known:
        out.print(Text("--format json names the known differences too, and what was decided about each.", style="dim"))
