"""The options that say whom preflight leaves out, and what they lead to: a policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from clerkbulk.sending.preflight import Policy

Command = TypeVar("Command", bound=Callable[..., Any])


def takes_policy(command: Command) -> Command:
    """Give a command the options that say whom preflight leaves out."""
    for decorate in reversed(
        (
            click.option(
                "--decide", "decided", metavar="BUCKET=DECISION", multiple=True,
                help="What is done about a bucket: send, skip, ask or stop. Repeatable.",
            ),
            click.option("--suppress", metavar="FILE", help="Addresses and domains never to invite, one a line."),
            click.option(
                "--allow-domain", "allowed", metavar="DOMAIN", multiple=True, help="Invite to these domains only."
            ),
        )
    ):  # fmt: skip
        command = decorate(command)
    return command


def policy_of(decided: Sequence[str], suppress: str | None, allowed: Sequence[str]) -> Policy:
    """Make the policy the options speak of. Raises InputError."""
    from clerkbulk.errors import InputError
    from clerkbulk.sending.preflight import Bucket, Decision, Policy, suppression_list

    decisions = {}
    for text in decided:
        bucket, _, decision = text.partition("=")
        try:
            decisions[Bucket(bucket.strip().lower())] = Decision(decision.strip().lower())
        except ValueError:
            raise InputError(
                f"--decide {text}: write BUCKET=DECISION. Buckets are {', '.join(Bucket)}; decisions are "
                f"{', '.join(Decision)}."
            ) from None
    suppressed: frozenset[str] = frozenset()
    if suppress:
        try:
            suppressed = suppression_list(Path(suppress).read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise InputError(f"The suppression list {suppress} cannot be read: {error.strerror or error}.") from None
        except UnicodeDecodeError:
            raise InputError(f"The suppression list {suppress} is no text in UTF-8: save it as that.") from None
    return Policy(decisions, suppressed, frozenset(map(_allowed, allowed)))


def _allowed(domain: str) -> str:
    from clerkbulk.contract.address import AddressError
    from clerkbulk.errors import InputError
    from clerkbulk.sending.preflight import domain_key

    try:
        return domain_key(domain)
    except AddressError as error:
        raise InputError(f"--allow-domain {domain}: write a domain such as example.com ({error}).") from None
