"""Rankings: the invitations of some statuses in one order, kept in it as they change, so that any page is at hand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clerkbulk.emulator.invitation import Invitation

ORDERS: Mapping[str, Callable[[Invitation], Any]] = {
    "created_at": lambda invitation: invitation.created_at,
    "email_address": lambda invitation: invitation.key,
    "expires_at": lambda invitation: invitation.expires_at,
}
"""What the lists can be ordered by (spec). None of these changes while an invitation lives."""
_CHANGES_WORTH = 30
"""A change put into its place costs as much as so many invitations do when all are ordered anew (measured)."""


class Ranking:
    """Invitations in one order; among equals the one made later counts as later, so that no page repeats or skips.

    made holds the newest state of every invitation, numbers the places in it that belong here: both are looked at
    again whenever something has changed. statuses are those that count; none is every status. field is one of ORDERS.
    """

    def __init__(
        self, made: Sequence[Invitation], numbers: Sequence[int], statuses: frozenset[str], field: str
    ) -> None:
        self._made = made
        self._numbers = numbers
        self._statuses = statuses
        self._rank = ORDERS[field]
        self._changed: set[int] = set()
        self._entries: list[tuple[Any, int]] = []
        self._order_all()

    def note(self, number: int) -> None:
        """Hear that the invitation with this number is new or has another status."""
        self._changed.add(number)

    def entries(self) -> list[tuple[Any, int]]:
        """Return rank and number of each invitation, the lowest first."""
        if len(self._changed) * _CHANGES_WORTH > len(self._entries):
            self._order_all()
        for number in self._changed:
            self._place(number)
        self._changed.clear()
        return self._entries

    def page(self, cut: slice, *, downwards: bool) -> list[Invitation]:
        """Return what a slice from the front cuts out: the front is the lowest, or the highest when downwards."""
        entries = self.entries()
        start, stop, _ = cut.indices(len(entries))
        if downwards:
            start, stop = len(entries) - stop, len(entries) - start
        found = [self._made[number] for _, number in entries[start:stop]]
        return found[::-1] if downwards else found

    def _order_all(self) -> None:
        self._changed.clear()
        counted = (number for number in self._numbers if self._counts(self._made[number]))
        self._entries = sorted((self._rank(self._made[number]), number) for number in counted)

    def _place(self, number: int) -> None:
        invitation = self._made[number]
        entry = (self._rank(invitation), number)
        place = bisect_left(self._entries, entry)
        is_there = self._entries[place : place + 1] == [entry]
        if self._counts(invitation) and not is_there:
            self._entries.insert(place, entry)
        elif is_there and not self._counts(invitation):
            del self._entries[place]

    def _counts(self, invitation: Invitation) -> bool:
        return not self._statuses or invitation.status in self._statuses


class Listed:
    """A ranking as a list to cut pages from, upwards or downwards."""

    def __init__(self, ranking: Ranking, *, downwards: bool) -> None:
        self._ranking = ranking
        self._downwards = downwards

    def __len__(self) -> int:
        return len(self._ranking.entries())

    def __getitem__(self, cut: slice) -> list[Invitation]:
        return self._ranking.page(cut, downwards=self._downwards)
