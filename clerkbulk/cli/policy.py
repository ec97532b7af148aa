"""The options that say whom preflight leaves out, and what they lead to: a policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clerkbulk.cli.visible import say

if TYPE_CHECKING:
    from clerkbulk.sending.before.preflight import Bucket, Decision, Policy

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
            click.option(
                "--cool-down", metavar="DAYS", type=float,
                help="Leave out whom a job of the ledger has invited within DAYS, to whatever target. "
                "Without it there is no cool-down.",
            ),
        )
    ):  # fmt: skip
        command = decorate(command)
    return command


def policy_of(given: dict[str, Any]) -> Policy:
    """Take the policy's options out of a command's keyword arguments and make the policy. Raises InputError."""
    from clerkbulk.sending.before.preflight import Policy

    return Policy(
        _decisions(given.pop("decided")),
        _suppressed(given.pop("suppress")),
        frozenset(map(_allowed, given.pop("allowed"))),
        given.pop("cool_down"),
    )


def is_policy_chosen(given: Mapping[str, Any]) -> bool:
    """Whether any of the policy's options was given."""
    return any(given[name] for name in ("decided", "suppress", "allowed")) or given["cool_down"] is not None


def _decisions(decided: Sequence[str]) -> dict[Bucket, Decision]:
    from clerkbulk.errors import InputError
    from clerkbulk.sending.before.preflight import Bucket, Decision

    decisions: dict[Bucket, Decision] = {}
    for text in decided:
        name, _, word = text.partition("=")
        try:
            bucket, decision = Bucket(name.strip().lower()), Decision(word.strip().lower())
        except ValueError:
            raise InputError(
                f"--decide {text}: write BUCKET=DECISION. Buckets are {', '.join(Bucket)}; decisions are "
                f"{', '.join(Decision)}."
            ) from None
        if decisions.setdefault(bucket, decision) is not decision:
            raise InputError(f"--decide {text}: {bucket}={decisions[bucket]} was said too. Say one of them.")
    return decisions


def _suppressed(file: str | None) -> frozenset[str]:
    from clerkbulk.errors import InputError
    from clerkbulk.sending.before.preflight import suppression_list

    if not file:
        return frozenset()
    try:
        found = suppression_list(Path(file).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"The suppression list {file} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"The suppression list {file} is no text in UTF-8: save it as that.") from None
    if not found:
        say(f"Note: the suppression list {file} has no entry: it counts as none.", err=True)
    return found


def _allowed(domain: str) -> str:
    from clerkbulk.contract.address import AddressError
    from clerkbulk.errors import InputError
    from clerkbulk.sending.before.preflight import domain_key

    try:
        return domain_key(domain)
    except AddressError as error:
        raise InputError(f"--allow-domain {domain}: write a domain such as example.com ({error}).") from None
