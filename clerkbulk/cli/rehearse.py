"""clerkbulk rehearse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.exits import Exit
from clerkbulk.cli.pacing import pace_of, start_of, takes_pace
from clerkbulk.cli.people import checked_people, people_options, takes_people
from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from clerkbulk.people.checked import Checked
    from clerkbulk.rehearsal.rehearsing import Rehearsal

_MOST_LINES = 10
"""How many lines of wronged people are named."""


@click.command("rehearse")
@takes_people
@takes_pace
@click.option("--start", metavar="TIME", help="When the job begins, ISO 8601; now unless given.")
@click.option(
    "--known", metavar="SHARE", type=click.FloatRange(0, 1), default=0.0,
    help="Share of the people Clerk is taken to have already, such as 0.03; none unless given.",
)  # fmt: skip
@click.option(
    "--faults/--no-faults", default=True, show_default=True,
    help="After the calm run a second one, with crashes, lost replies, 429 and 503.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Another number draws other trouble.")
@click.option(
    "--set", "answers", metavar="QUESTION=ANSWER", multiple=True,
    help="What the emulator does where Clerk does not say, such as window=fixed. Repeatable.",
)  # fmt: skip
@click.option(
    "--latency", metavar="SECONDS", type=click.FloatRange(0, 30), default=0.0,
    help="How long Clerk takes for an answer; not documented, so no time unless given.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(
    start: str | None, known: float, faults: bool, seed: int, answers: tuple[str, ...], latency: float, form: str,
    **given: Any,
) -> int:  # fmt: skip
    """Do the whole job of PEOPLE against the emulator, in virtual time, and say what the real one will take.

    Nothing is sent: neither key nor network is needed. What runs is what send runs, with Clerk's documented limits;
    once with nothing in the way, and once with crashes, lost replies, 429 and 503 mixed in.
    """
    from datetime import UTC, datetime

    from clerkbulk.cli import terminal
    from clerkbulk.cli.rehearsal_screen import Watch, show_rehearsal
    from clerkbulk.rehearsal.rehearsing import rehearse, settings_of

    pace = pace_of(given)
    zone = pace.schedule.zone
    begin = datetime.now(zone) if start is None else datetime.fromtimestamp(start_of(start, zone), UTC)
    said = _answers(answers)
    settings_of(said)
    checked = checked_people(people_options(given))
    if form == "text":
        terminal.show_source(checked)
    with Watch(len(checked.items)) as watch:
        done = rehearse(
            checked,
            pace=pace,
            known=known,
            faults=faults,
            seed=seed,
            start=begin,
            answers=said,
            latency=latency,
            show=watch,
        )
    if form == "json":
        terminal.print_json(done.to_json())
    else:
        show_rehearsal(done)
    return exit_of(done, checked, seed)


def _answers(pairs: tuple[str, ...]) -> dict[str, str]:
    from clerkbulk.errors import InputError

    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, answer = (part.strip() for part in pair.partition("="))
        if not equals or not name or name in found:
            raise InputError(f"--set {pair}: write QUESTION=ANSWER, such as window=fixed, each question once.")
        found[name] = answer
    return found


def exit_of(done: Rehearsal, checked: Checked, seed: int) -> Exit:
    """Return the status; a rehearsal that wronged anybody is a defect, and is told on standard error."""
    for run in done.runs:
        wrong = [
            f"{what}: {', '.join(f'line {line}' for line in lines[:_MOST_LINES])}"
            f"{f' and {len(lines) - _MOST_LINES} more' if len(lines) > _MOST_LINES else ''}"
            for what, lines in (("invited twice", run.wronged.twice), ("lost", run.wronged.lost))
            if lines
        ]
        if run.reason is not None:
            wrong.append(f"the job did not come to its end: {run.reason}")
        if wrong:
            how = "with trouble" if run.faults else "without trouble"
            say(
                f"Error: clerkbulk itself failed, {how}, --seed {seed}. {'; '.join(wrong)}. Please report it. "
                "Nothing was sent to Clerk.",
                err=True,
            )
    if not done.ok:
        return Exit.BROKEN
    refused = any(run.sum.refused for run in done.runs)
    return Exit.ISSUES if refused or not checked.ok else Exit.DONE
