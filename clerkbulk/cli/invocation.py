"""Invocation: one call of the program: in which form it answers, on which ledger, and its one JSON document."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

_NEEDS_LEDGER = re.compile(r"\bclerkbulk (resume|tick|pause|withdraw|remind|status|results|purge)\b(?! --ledger)")
_SEND = re.compile(r"\bclerkbulk send\b(?! PEOPLE| --ledger)")
_PASSWORD = re.compile(r"(://[^:/@]+):.*@|[?].*$")


@dataclass(slots=True)
class Invocation:
    """What was asked of the program, and what it has to say on standard output when it answers in JSON.

    The document is kept until the end, so that there is exactly one, whatever goes wrong after it was made.
    """

    in_json: bool = False
    ledger: str | None = None
    """As it stands on the command line."""
    document: Any = None

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Self:
        """Read what concerns every command off a command line, also off one that cannot be used."""
        return cls(_value(arguments, "--format") == "json", _value(arguments, "--ledger"))

    def failed(self, message: str, status: int) -> None:
        """Add to the document, or begin it with, what went wrong and the exit status."""
        before = self.document if isinstance(self.document, dict) else {}
        self.document = {**before, "error": {"message": message}, "exit": status}

    def complete(self, sentence: str) -> str:
        """Return a sentence whose commands have the ledger in them, and so can be pasted into a shell."""
        if self.ledger is None:
            return sentence
        where = shlex.quote(_PASSWORD.sub(_without_password, self.ledger) if "://" in self.ledger else self.ledger)
        named = _NEEDS_LEDGER.sub(lambda found: f"{found[0]} --ledger {where}", sentence)
        return _SEND.sub(lambda found: f"{found[0]} PEOPLE --ledger {where}", named)


def this_invocation() -> Invocation:
    """Return the one under way; outside of the program, one of which nothing is known."""
    import click

    context = click.get_current_context(silent=True)
    found = None if context is None else context.find_object(Invocation)
    return found or Invocation()


def _without_password(found: re.Match[str]) -> str:
    return f"{found[1]}@" if found[1] else ""


def _value(arguments: Sequence[str], option: str) -> str | None:
    """Return the last value an option has on a command line."""
    value = None
    for at, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == option and at + 1 < len(arguments):
            value = arguments[at + 1]
        elif argument.startswith(f"{option}="):
            value = argument.removeprefix(f"{option}=")
    return value or None
