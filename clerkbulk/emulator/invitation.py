"""Invitations as the instance keeps them, to the application and to organizations, and their shapes on the wire."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.emulator.address_search import AddressSearch
from clerkbulk.emulator.ranking import ORDERS, Listed, Ranking

STATUSES = ("pending", "accepted", "revoked", "expired")
DAY = 86_400_000
"""Milliseconds."""
_VIEWS = 8
_RANKINGS = 12
"""Of one organization, or of all: as many as have been asked for lately."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation; organization_id None is one to the application. Times are milliseconds since 1970."""

    id: str
    email_address: str
    status: str
    ticket: str
    created_at: int
    updated_at: int
    expires_at: int
    public_metadata: Mapping[str, Any] = field(default_factory=dict)
    organization_id: str | None = None
    role: str = ""
    inviter_id: str | None = None
    private_metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The comparison key of the address."""
        return address_key(self.email_address)

    @property
    def is_pending(self) -> bool:
        """Whether it can still be accepted."""
        return self.status == "pending"

    def ended(self, status: str, now: int) -> Invitation:
        """Return the invitation accepted or revoked now."""
        return replace(self, status=status, updated_at=max(now, self.updated_at))

    def to_wire(self, frontend_api: str) -> dict[str, Any]:
        """Return the Invitation on the wire: revoked only when true, url only while pending (recorded)."""
        wire: dict[str, Any] = {
            "object": "invitation",
            "id": self.id,
            "email_address": self.email_address,
            "public_metadata": self.public_metadata,
        }
        if self.status == "revoked":
            wire["revoked"] = True
        wire["status"] = self.status
        if self.is_pending:
            wire["url"] = self.url(frontend_api)
        return {
            **wire,
            "expires_at": self.expires_at,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }

    def url(self, frontend_api: str) -> str:
        """Return the link that would be in the mail: a credential at Clerk, worth nothing here."""
        return f"https://{frontend_api}/v1/tickets/accept?ticket={self.ticket}"


class Invitations:
    """All invitations of one kind, found by id, by address, by organization and in order without reading the others.

    Each has a number: how many were made before it. What is kept beside the invitations themselves are numbers.
    """

    def __init__(self) -> None:
        self._made: list[Invitation] = []
        self._numbers: dict[str, int] = {}
        self._to: defaultdict[str, list[int]] = defaultdict(list)
        self._to_in: defaultdict[tuple[str | None, str], list[int]] = defaultdict(list)
        self._of: defaultdict[str | None, list[int]] = defaultdict(list)
        """By organization; None is all of them."""
        self._pending: defaultdict[tuple[str | None, str], set[int]] = defaultdict(set)
        self._pending_count: Counter[str | None] = Counter()
        self._due: list[tuple[int, int]] = []
        self._rankings: defaultdict[str | None, dict[Hashable, Ranking]] = defaultdict(dict)
        self._views: dict[Hashable, list[Invitation]] = {}
        self._search = AddressSearch()

    def __len__(self) -> int:
        return len(self._made)

    def __iter__(self) -> Iterator[Invitation]:
        return iter(self._made)

    def get(self, invitation_id: str) -> Invitation | None:
        """Return the invitation with this id."""
        number = self._numbers.get(invitation_id)
        return None if number is None else self._made[number]

    def since(self, number: int) -> list[Invitation]:
        """Return those made since there were so many, oldest first."""
        return self._made[number:]

    def put(self, invitation: Invitation) -> None:
        """Add an invitation, or put the new state of one in the place of the old: its address and dates stay."""
        organization_id, key = invitation.organization_id, invitation.key
        number = self._numbers.setdefault(invitation.id, len(self._made))
        was_pending = number < len(self._made) and self._made[number].is_pending
        if number == len(self._made):
            self._made.append(invitation)
            self._to[key].append(number)
            self._to_in[organization_id, key].append(number)
            for scope in {organization_id, None}:
                self._of[scope].append(number)
        self._made[number] = invitation
        if invitation.is_pending and not was_pending:
            self._pending[organization_id, key].add(number)
            self._pending_count[organization_id] += 1
            heapq.heappush(self._due, (invitation.expires_at, number))
        elif was_pending and not invitation.is_pending:
            self._pending[organization_id, key].discard(number)
            self._pending_count[organization_id] -= 1
        self._views.clear()
        for scope in {organization_id, None}:
            for ranking in self._rankings.get(scope, {}).values():
                ranking.note(number)

    def expire(self, now: int) -> None:
        """Let the pending ones expire whose time has come."""
        while self._due and self._due[0][0] <= now:
            invitation = self._made[heapq.heappop(self._due)[1]]
            if invitation.is_pending:
                self.put(replace(invitation, status="expired"))

    def to(self, address: str, organization_id: str | None = None) -> list[Invitation]:
        """Return every invitation of an address, whatever its status, oldest first."""
        return self._numbered(self._to_in.get((organization_id, address_key(address)), ()))

    def to_anywhere(self, address: str) -> list[Invitation]:
        """Return every invitation of an address to whatever organization, oldest first."""
        return self._numbered(self._to.get(address_key(address), ()))

    def pending_to(self, address: str, organization_id: str | None = None) -> list[Invitation]:
        """Return the pending invitations of an address."""
        return self._numbered(sorted(self._pending.get((organization_id, address_key(address)), ())))

    def pending_count(self, organization_id: str | None) -> int:
        """Return how many invitations to an organization are pending."""
        return self._pending_count[organization_id]

    def found_by(self, query: str, *, partly: bool) -> list[Invitation]:
        """Return those whose id is the query, or whose address is (partly: holds) it, oldest first."""
        # An address never changes, so that only those are added that have come since.
        for invitation in self._made[len(self._search) :]:
            self._search.add(invitation.email_address.lower())
        wanted = query.lower()
        found = self._numbered(self._search.holding(wanted))
        numbers = {self._numbers[one.id] for one in found if partly or one.email_address.lower() == wanted}
        if query in self._numbers:
            numbers.add(self._numbers[query])
        return self._numbered(sorted(numbers))

    def ranked(self, statuses: frozenset[str], order: tuple[str, bool], organization_id: str | None = None) -> Listed:
        """Return the invitations of some statuses (none: of all) in order, of one organization or of all.

        order is one of ORDERS, and whether downwards. Only what has changed since it was last asked for is ordered.
        """
        field, downwards = order
        rankings = self._rankings[organization_id]
        ranking = rankings.pop((statuses, field), None)
        if ranking is None:
            ranking = Ranking(self._made, self._of[organization_id], statuses, field)
            if len(rankings) >= _RANKINGS:
                del rankings[next(iter(rankings))]
        rankings[statuses, field] = ranking
        return Listed(ranking, downwards=downwards)

    def in_order(self, found: Iterable[Invitation], order: tuple[str, bool]) -> list[Invitation]:
        """Return a few invitations in order, as ranked() has them."""
        field, downwards = order
        rank = ORDERS[field]
        return sorted(found, key=lambda one: (rank(one), self._numbers[one.id]), reverse=downwards)

    def view(self, key: Hashable, build: Callable[[], list[Invitation]]) -> list[Invitation]:
        """Return what build returns, or what it returned for this key if nothing has changed since.

        Someone who pages through what a search has found asks for the same list again and again.
        """
        if key not in self._views:
            if len(self._views) >= _VIEWS:
                self._views.clear()
            self._views[key] = build()
        return self._views[key]

    def _numbered(self, numbers: Iterable[int]) -> list[Invitation]:
        return [self._made[number] for number in numbers]
