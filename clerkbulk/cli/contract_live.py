"""The options of clerkbulk contract --target live, and the target they make."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

import click

from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from clerkbulk.contract.capability import Capabilities
    from clerkbulk.suite.live import LiveTarget
    from clerkbulk.suite.outcomes import Outcomes

CALLS: Final = 12
"""Bulk calls of an hour that may be spent, of each kind, unless said otherwise: half of the 25 there are."""
_OPTIONS: Final = {
    "organization_id": "--org",
    "user_address": "--user",
    "calls": "--calls",
    "long": "--long",
    "other_org": "--other-org",
    "capabilities": "--capabilities",
}
_ENDS: Final = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
"""Windows has no SIGHUP."""


def live_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that concern a live instance alone."""
    for decorate in reversed(
        (
            click.option("--org", "organization_id", metavar="ORG_ID", help="live: an organization to invite to."),
            click.option("--user", "user_address", metavar="EMAIL", help="live: a user's address; it has +clerk_test."),
            click.option(
                "--calls", metavar="N", type=click.IntRange(1, 25),
                help="live: bulk calls of the hour that may be spent, of each kind, and four single ones for each; "
                f"{CALLS} unless given.",
            ),
            click.option("--long", is_flag=True, help="live: find out about the hour itself too, which takes hours."),
            click.option(
                "--other-org", "other_org", metavar="ORG_ID",
                help="live, with --long: a second organization, to see whether the two share an hour.",
            ),
            click.option("--capabilities", metavar="FILE", help="live: add what was found out to this file."),
        )
    ):  # fmt: skip
        command = decorate(command)
    return command


def given_live(live: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in live.items() if value}


def option_of(name: str) -> str:
    """Return an option as it is typed."""
    return _OPTIONS[name]


def live_target(live: Mapping[str, Any]) -> LiveTarget:
    """Return the instance that CLERK_SECRET_KEY is for. Raises SecretKeyError, InputError."""
    if live["other_org"] and not (live["long"] and live["organization_id"]):
        raise click.UsageError("--other-org goes with --long and --org: the two organizations' hours are compared.")
    from clerkbulk.contract.endpoint import API_URL
    from clerkbulk.contract.secret_key import SecretKey
    from clerkbulk.sending.clock import SystemClock
    from clerkbulk.suite.live import LiveTarget

    return LiveTarget(
        SecretKey(os.environ.get("CLERK_SECRET_KEY", "")),
        os.environ.get("CLERK_API_URL") or API_URL,
        run=token_hex(3),
        clock=SystemClock(),
        organization_id=live["organization_id"],
        user_address=live["user_address"],
        calls=live["calls"] or CALLS,
        say=lambda sentence: say(sentence, err=True),
    )


@contextmanager
def ended_as_by_ctrl_c() -> Iterator[None]:
    """Let a cancelled CI job (SIGTERM) and a closed terminal (SIGHUP) revoke what was made, as Ctrl-C does."""
    before = {number: signal.signal(number, _interrupt) for number in _ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def known_before(file: str | None) -> Capabilities:
    """Return what the file has that findings are added to: before a run, which is not to find out in vain.

    Raises InputError for a file, or a folder of it, that cannot be used.
    """
    from clerkbulk.contract.capability import Capabilities
    from clerkbulk.errors import InputError
    from clerkbulk.suite.capabilities import read_capabilities

    if file is not None and not Path(file).absolute().parent.is_dir():
        raise InputError(f"--capabilities {file}: there is no folder {Path(file).parent}. Nothing was sent.")
    return read_capabilities(file) if file is not None and Path(file).exists() else Capabilities()


def learn(target: LiveTarget, outcomes: Outcomes, live: Mapping[str, Any], known: Capabilities) -> dict[str, str]:
    """Find out about the hour if that is wanted; add the findings to what is known, in the file if one is named.

    Returns what the hour answered. Sentences about what could not be found out go to standard error.
    """
    from clerkbulk.suite.capabilities import found_in, write_capabilities
    from clerkbulk.suite.hour import probe_hour

    probed: dict[str, str] = {}
    if live["long"]:
        hour = probe_hour(target, lambda sentence: say(sentence, err=True), other_organization_id=live["other_org"])
        probed = dict(hour.answers)
        for sentence in hour.not_found:
            say(sentence, err=True)
    if path := live["capabilities"]:
        found = found_in(
            outcomes, at=target.clock.now(), instance=target.instance, api_url=target.api_url, probed=probed
        )
        for sentence in found.contradicting:
            say(sentence, err=True)
        write_capabilities(path, known.with_findings(found.findings))
    return probed
