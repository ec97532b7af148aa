"""clerkbulk demo."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.exits import Exit

if TYPE_CHECKING:
    from clerkbulk.cli.demo_screen import Screen
    from clerkbulk.demo.files import Act
    from clerkbulk.emulator.backend import Backend
    from clerkbulk.people.checked import Checked
    from clerkbulk.sending.client import Client
    from clerkbulk.sending.job import Job
    from clerkbulk.sending.ledger import Ledger


@click.command("demo")
@click.option(
    "--out", metavar="DIR", default="demo-output", show_default=True,
    help="Where the files go; those of an earlier demo are replaced.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(out: str, form: str) -> int:
    """Take two messy lists of made-up people all the way, in a few seconds.

    One list goes to the application, one to an organization: checked, previewed, looked up, planned, sent, written
    back. A reply is lost on the way, a call is refused, and the sender dies once. Everything happens on this machine,
    on an emulator with Clerk's documented limits and in virtual time. No key is needed, and CLERK_SECRET_KEY and
    CLERK_API_URL are not looked at.
    """
    from clerkbulk.cli import terminal
    from clerkbulk.cli.demo_screen import Screen
    from clerkbulk.demo import world
    from clerkbulk.demo.files import LEDGER, acts, lay_out
    from clerkbulk.emulator.clock import VirtualClock

    folder = Path(out)
    screen = Screen(folder, quiet=form == "json")
    screen.begin()
    clock, fate = VirtualClock(world.START), world.one_crash()
    backend = world.instance(clock, fate)
    inputs = [path.name for path in lay_out(folder)]
    everyone = [_checked(folder, act) for act in acts()]
    world.settle_people(backend, everyone)
    with world.client(backend) as client, ExitStack() as opened:

        def open_ledger() -> Ledger:
            return opened.enter_context(world.ledger(fate, folder / LEDGER, clock))

        jobs = [
            _play(act, checked, open_ledger, client, backend, folder, screen)
            for act, checked in zip(acts(), everyone, strict=True)
        ]
    outputs = [name for act in acts() for name in (act.results, act.issues)]
    state = backend.state()
    screen.end([job["invited"] for job in jobs], LEDGER)
    if form == "json":
        terminal.print_json(
            {
                "jobs": jobs,
                "emulator": {name: len(entries) for name, entries in state.items() if isinstance(entries, list)},
                "files": [str(folder / name) for name in (*inputs, *outputs, LEDGER)],
            }
        )
    return Exit.DONE


def _checked(folder: Path, act: Act) -> Checked:
    from clerkbulk.cli.people import PeopleOptions, checked_people

    return checked_people(
        PeopleOptions(
            people=str(folder / act.people), job_file=str(folder / act.job_file), org=None, columns=(), defaults=(),
            metadata=(), sheet=None, encoding=None, delimiter=None, header_line=None,
        )
    )  # fmt: skip


def _play(
    act: Act,
    checked: Checked,
    open_ledger: Callable[[], Ledger],
    client: Client,
    backend: Backend,
    folder: Path,
    screen: Screen,
) -> dict[str, Any]:
    """Send one list, show it, write its files, prove the sum; return what the JSON has of it."""
    from clerkbulk.cli.check import write_issues
    from clerkbulk.cli.status import status_json
    from clerkbulk.demo.proof import prove
    from clerkbulk.demo.story import tell

    screen.check(checked)
    screen.preview(checked)
    ledger = open_ledger()
    began = ledger.clock.now()
    job = ledger.job(checked)
    found = job.preflight(client)
    screen.preflight(found)
    planned = job.plan()
    screen.plan(planned)

    def reborn() -> Job:
        # What a process that died had open stays open: another one opens the file beside it.
        return open_ledger().find(job.id)

    moments = []
    for moment in tell(job, client, backend, reborn):
        moments.append(moment)
        screen.moment(moment)
    results = job.results()
    results.write(folder / act.results)
    write_issues(checked, str(folder / act.issues))
    proof = prove(results, job.sum(), job.target, backend.state(), began)
    screen.result(job.sum(), act)
    status = status_json(job)
    return {
        "source": status["source"],
        "target": status["target"],
        "state": status["state"],
        "sum": job.sum().to_json(),
        "invitations": len(checked.items),
        "issues": checked.issues.by_rule(),
        "preflight": found.to_json(),
        "plan": {"calls": len(planned.calls), "hours": round(planned.hours, 3)},
        "calls": status["calls"],
        "hours": round((ledger.clock.now() - began) / 3600, 3),
        "invited": proof.made,
        "story": [moment.to_json() for moment in moments],
        "files": {"results": str(folder / act.results), "issues": str(folder / act.issues)},
    }
