"""A case of the contract: what is sent, what must come back, and the fact it stands on. Data only.

A text may hold names in braces, ``{ada}`` or ``{kept}``: people, organizations and ids differ from target to target,
and the runner fills them in. Braces are doubled to stand for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from clerkbulk.contract.cases.match import Path
from clerkbulk.contract.fact import Fact
from clerkbulk.contract.json_schema import SchemaName


class Need(StrEnum):
    """What must be there before a case can be run; each also is the name that stands for it in braces."""

    ORGANIZATION = "org"
    """An organization with seats left, by its id. Whatever runs a case lets no two of them share an address."""
    USER = "user_address"
    """The address of somebody who has an account, and is not a member of the organization."""
    MEMBER = "member_address"
    """The address of a member of the organization."""
    ADMIN = "admin_id"
    """The id of a user who administers the organization."""
    OUTSIDER = "outsider_id"
    """The id of a user who is no administrator of the organization."""


NOTHING: Final = object()
"""No body at all, which is not the same as null."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, as it leaves.

    path begins with /v1. body is a JSON document, or bytes to be sent as they are. headers are those that differ from
    the usual ones (Authorization, Content-Type: application/json with a body, Clerk-API-Version); None leaves one out.
    """

    method: str
    path: str
    body: Any = NOTHING
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def creates(self) -> bool:
        """Whether the call may create invitations, and so uses up the hour."""
        return self.method == "POST" and self.path.endswith(("/invitations", "/invitations/bulk"))


@dataclass(frozen=True, slots=True)
class Expect:
    """What must come back.

    status has several where Clerk does not say which of them it is. holds says of places in the answer what stands
    there (see match.py); names kept from it are there for the steps that follow.
    """

    status: int | tuple[int, ...]
    schema: SchemaName | None = None
    """What the whole body is held to."""
    each: SchemaName | None = None
    """What every item of a list is held to."""
    code: str | None = None
    """Clerk's code of the first error."""
    holds: Mapping[Path, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    keep: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A call and what must come back: one expectation, or one for each answer to the case's open question."""

    ask: Ask
    expect: Expect | Mapping[str, Expect]
    wait: float = 0.0
    """Seconds that pass before the call."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the emulator is told before a case, because nobody can arrange it from outside.

    seed, settings and faults are what its control door takes; calls_before says how many creating calls this hour has
    seen, by path.
    """

    seed: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Mapping[str, Any], ...] = ()
    calls_before: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_bare(self) -> bool:
        """Whether nothing is told."""
        return not (self.seed or self.settings or self.faults or self.calls_before)


@dataclass(frozen=True, slots=True)
class Case:
    """One promise of the contract that can be tried.

    rows are the rows of the contract's tables it stands for, ``3.3 duplicate_record``. question names the open question
    (clerkbulk.contract.unknown) that the case answers; its steps then have an expectation for each answer.
    """

    name: str
    promise: str
    fact: Fact
    rows: tuple[str, ...]
    steps: tuple[Step, ...]
    needs: frozenset[Need] = frozenset()
    stage: Stage = Stage()
    question: str | None = None
    not_live: str | None = None
    """Why the case is not run against a live instance; a stage alone is reason enough."""

    @property
    def calls(self) -> Mapping[str, int]:
        """How many creating calls the case makes, by path: what it takes from an hour."""
        made: dict[str, int] = {}
        for step in self.steps:
            if step.ask.creates:
                made[step.ask.path] = made.get(step.ask.path, 0) + 1
        return made

    @property
    def why_not_live(self) -> str | None:
        """Say why a live instance is not asked; None if it is."""
        if self.not_live:
            return self.not_live
        return None if self.stage.is_bare else "what must be there before cannot be arranged from outside"
