"""What every check of a creating call looks at, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.items import Item
from clerkbulk.emulator.organization import Organization
from clerkbulk.emulator.refusal import Refusal
from clerkbulk.emulator.world import World

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a check needs to know besides the items. organization None: they are for the application."""

    world: World
    organization: Organization | None
    environment: str
    now: int

    @property
    def settings(self) -> Settings:
        """The instance's settings."""
        return self.world.settings

    @property
    def organization_id(self) -> str | None:
        """The organization's id."""
        return None if self.organization is None else self.organization.id


@dataclass(frozen=True, slots=True)
class Verdict:
    """A refusal and the items it strikes. of_limit: they are good, but there is no room for so many."""

    refusal: Refusal
    struck: tuple[Item, ...]
    of_limit: bool = False


Check = Callable[[Circumstances, Sequence[Item]], Verdict | None]


def unique(values: Iterable[_T]) -> list[_T]:
    """Return each value once, in order."""
    return list(dict.fromkeys(values))
