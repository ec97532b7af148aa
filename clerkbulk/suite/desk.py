"""Desk: where a case hands its calls in, whoever answers: the emulator, a cassette, or a live instance."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from clerkbulk.contract.cases.case import Ask, Case

PEOPLE: Final = (
    "ada", "bob", "cleo", "dan", "eve", "finn", "gina", "hugo", "ida", "jon", "kim",
)  # fmt: skip
"""Names a case may use for addresses nobody has used before: {ada}. In capitals, {ADA}, the same one in mixed case."""


class NotHere(Exception):  # noqa: N818 - no error: says why a case is not run
    """The case cannot be run against this target; says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case, the body as it is, the answer's Date in milliseconds since 1970."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    time: int


class Desk(Protocol):
    """Takes the calls of one case."""

    @property
    def names(self) -> Mapping[str, str]:
        """What the names in braces stand for."""

    def call(self, ask: Ask) -> Answer:
        """Make one call, its names filled in already. Raises NotReachable."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def believed(self, question: str) -> str | None:
        """Return the answer this target is known to give to an open question; None where it is to be found out."""

    def left_over(self) -> tuple[str, ...]:
        """Return what differs although every step has come back as expected; nothing, for most."""


class ContractTarget(Protocol):
    """Something the cases can be run against."""

    @property
    def name(self) -> str:
        """emulator, cassettes or live."""

    def desk(self, case: Case) -> AbstractContextManager[Desk]:
        """Open a desk for one case. Raises NotHere when this target cannot run it."""


def addresses(pattern: str) -> dict[str, str]:
    """Return the addresses of everybody by name; pattern has {name} in the place of the name: {name}@example.com."""
    plain = {name: pattern.format(name=name) for name in PEOPLE}
    return {**plain, **{name.upper(): pattern.format(name=name.capitalize()) for name in PEOPLE}}
