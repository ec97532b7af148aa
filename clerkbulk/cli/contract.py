"""clerkbulk contract."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clerkbulk.cli.contract_live import (
    ended_as_by_ctrl_c,
    given_live,
    known_before,
    learn,
    live_options,
    live_target,
    option_of,
)
from clerkbulk.cli.exits import Exit
from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clerkbulk.contract.cases.case import Case
    from clerkbulk.suite.desk import ContractTarget
    from clerkbulk.suite.outcomes import Outcomes

RECORD_TO = "cassettes/contract"
"""Where cassettes are written unless another folder is named."""


@click.command("contract")
@click.option(
    "--target", "target_name", type=click.Choice(["emulator", "cassettes", "live"]), default="emulator",
    show_default=True, help="What the cases are run against.",
)  # fmt: skip
@click.option(
    "--case", "patterns", metavar="NAME", multiple=True, help="Only these, such as 'application-*'. Repeatable."
)
@click.option("--list", "listing", is_flag=True, help="List the cases and run none.")
@click.option("--record", is_flag=True, help=f"Keep what was said as cassettes, in --cassettes or {RECORD_TO}.")
@click.option("--cassettes", metavar="DIR", help="The cassettes' folder; clerkbulk's own unless given.")
@click.option(
    "--spec", metavar="FILE", help="Compare an OpenAPI file of Clerk's (YAML, JSON) with what we believe; run nothing."
)
@click.option("--settings", metavar="FILE", help="emulator: the instance's settings and answers (JSON, TOML).")
@live_options
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="For people, or one JSON document for programs.",
)  # fmt: skip
def command(
    target_name: str, patterns: tuple[str, ...], listing: bool, record: bool, cassettes: str | None, spec: str | None,
    settings: str | None, form: str, **live: Any,
) -> int:  # fmt: skip
    """Run the contract of Clerk's invitation calls against the emulator, cassettes, or a live development instance.

    Each case says what is sent, what must come back, and on which fact it stands. A difference leaves with 1.
    live needs a development key in CLERK_SECRET_KEY, uses Clerk's test addresses only, sends no mail, and revokes what
    it has made; nobody else should invite there meanwhile. With --spec nothing is run: Clerk's OpenAPI file is compared
    with what we believe.
    """
    from clerkbulk.cli import contract_screen as screen
    from clerkbulk.cli import terminal
    from clerkbulk.suite.outcomes import choose

    _refuse_strays(target_name, {"--settings": settings}, "emulator")
    _refuse_strays(target_name, {option_of(name): value for name, value in given_live(live).items()}, "live")
    _refuse_idle(
        "--spec" if spec and not record else "--list" if listing else None,
        {"--target": target_name != "emulator", "--settings": settings, "--cassettes": cassettes, "--record": record},
    )
    if spec and not record:
        _refuse_idle("--spec", {"--case": patterns, "--list": listing})
        return _compare(spec, form)
    chosen = choose(patterns)
    if listing:
        if form == "json":
            terminal.print_json([screen.case_json(case) for case in chosen])
        else:
            screen.show_cases(chosen)
        return Exit.DONE
    where = Path(cassettes or RECORD_TO) if record else None
    shown = form == "text"
    if target_name == "live":
        known, instance = known_before(live["capabilities"]), live_target(live)
        try:
            with ended_as_by_ctrl_c(), instance:
                outcomes = _run(chosen, _recording(instance, where, spec), show=shown)
                probed = learn(instance, outcomes, live, known)
        finally:
            # However it ends: what may still be pending is said.
            for sentence in instance.left:
                say(sentence, err=True)
        left, more = instance.left, {"spent": dict(instance.spent), "left": list(instance.left), "probed": probed}
    else:
        outcomes = _run(chosen, _recording(_target(target_name, settings, cassettes), where, spec), show=shown)
        left, probed, more = (), {}, {}
    if form == "json":
        terminal.print_json({**outcomes.to_json(), **more, **({"cassettes": str(where)} if where else {})})
    else:
        screen.show_sum(outcomes, str(where) if where else None, probed, live["capabilities"])
    return Exit.ISSUES if outcomes.differing or left else Exit.DONE


def _refuse_strays(target_name: str, given: Mapping[str, Any], belongs_to: str) -> None:
    stray = next((option for option, value in given.items() if value), None)
    if stray is not None and target_name != belongs_to:
        raise click.UsageError(f"{stray} belongs to --target {belongs_to}, and this is --target {target_name}.")


def _refuse_idle(reason: str | None, given: Mapping[str, Any]) -> None:
    idle = next((option for option, value in given.items() if value), None)
    if reason is not None and idle is not None:
        raise click.UsageError(f"With {reason} nothing is run, and {idle} would mean nothing.")


def _target(name: str, settings: str | None, cassettes: str | None) -> ContractTarget:
    from clerkbulk.emulator.instance import read_settings
    from clerkbulk.suite.outcomes import target_named

    given = read_settings(settings) if settings else None
    return target_named(name, settings=given, cassettes=Path(cassettes) if cassettes else None)


def _recording(target: ContractTarget, where: Path | None, spec: str | None) -> ContractTarget:
    if where is None:
        return target
    from datetime import UTC, datetime
    from hashlib import sha256

    from clerkbulk.errors import InputError
    from clerkbulk.suite.cassette import RecordingTarget

    if target.name == "cassettes":
        raise click.UsageError(
            "--record keeps what the emulator or a live instance says; cassettes are recorded already."
        )
    try:
        digest = sha256(Path(spec).read_bytes()).hexdigest() if spec else None
    except OSError as error:
        raise InputError(f"The file {spec} cannot be read: {error.strerror or error}.") from None
    return RecordingTarget(target, where, at=datetime.now(UTC).date().isoformat(), spec=digest)


def _run(cases: Sequence[Case], target: ContractTarget, *, show: bool) -> Outcomes:
    from clerkbulk.cli.contract_screen import show_outcome
    from clerkbulk.suite.outcomes import Outcomes
    from clerkbulk.suite.running import run_cases

    outcomes = []
    for outcome in run_cases(cases, target):
        if show:
            show_outcome(outcome)
        outcomes.append(outcome)
    return Outcomes(target.name, outcomes)


def _compare(spec: str, form: str) -> Exit:
    from clerkbulk.cli import contract_screen as screen
    from clerkbulk.cli import terminal
    from clerkbulk.drift.compare import compare
    from clerkbulk.drift.openapi import read_spec

    drift = compare(read_spec(spec))
    if form == "json":
        terminal.print_json(drift.to_json())
    else:
        screen.show_drift(drift)
    return Exit.ISSUES if drift.differences else Exit.DONE
