"""Group: what a report says of one group on a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clerkbulk.onboarding.report.answer import percent

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding

HEADS = ("invited", "accepted", "of invited", "half have accepted by")


@dataclass(frozen=True, slots=True)
class Group:
    """People invited and accepted; half is by when half of them had accepted, in words."""

    name: str
    invited: int
    accepted: int
    half: str

    @property
    def share(self) -> str | None:
        """Accepted of invited; None where nobody was invited."""
        return percent(self.accepted / self.invited) if self.invited else None


def groups_of(shown: Onboarding, by: str, at_least: int) -> Iterator[Group]:
    """Yield the groups, small ones together; see Onboarding.funnel(). Raises InputError for a by that nobody has."""
    shown = shown.in_library("none")
    steps = shown.funnel(by, at_least=at_least)
    people = dict(zip(zip(steps["group"], steps["step"], strict=True), steps["people"], strict=True))
    quartiles = shown.quartiles(by, at_least=at_least)
    columns = (quartiles["group"], quartiles["share"], quartiles["says"])
    half = {group: says for group, share, says in zip(*columns, strict=True) if share == 0.5}
    for name in dict.fromkeys(steps["group"]):
        yield Group(name, people[name, "invited"], people[name, "accepted"], half[name])
