"""Invitations as the instance keeps them, to the application and to organizations, and their shapes on the wire."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from clerkbulk.contract.address import address_key

STATUSES = ("pending", "accepted", "revoked", "expired")
DAY = 86_400_000
"""Milliseconds."""
_VIEWS = 8


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
    """All invitations of one kind, found by id, by address and by organization without looking at the others."""

    def __init__(self) -> None:
        self._by_id: dict[str, Invitation] = {}
        self._by_address: defaultdict[tuple[str | None, str], list[str]] = defaultdict(list)
        self._pending: defaultdict[tuple[str | None, str], set[str]] = defaultdict(set)
        self._pending_count: Counter[str | None] = Counter()
        self._by_organization: defaultdict[str | None, dict[str, None]] = defaultdict(dict)
        self._due: list[tuple[int, str]] = []
        self._views: dict[Hashable, list[Invitation]] = {}
        self._addresses = _Addresses(())

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Invitation]:
        return iter(self._by_id.values())

    def get(self, invitation_id: str) -> Invitation | None:
        """Return the invitation with this id."""
        return self._by_id.get(invitation_id)

    def put(self, invitation: Invitation) -> None:
        """Add an invitation, or put the new state in the place of the old one."""
        place = (invitation.organization_id, invitation.key)
        old = self._by_id.get(invitation.id)
        self._by_id[invitation.id] = invitation
        self._views.clear()
        if old is None:
            self._by_address[place].append(invitation.id)
            self._by_organization[invitation.organization_id][invitation.id] = None
        was_pending = old is not None and old.is_pending
        if invitation.is_pending and not was_pending:
            self._pending[place].add(invitation.id)
            self._pending_count[invitation.organization_id] += 1
            heapq.heappush(self._due, (invitation.expires_at, invitation.id))
        elif was_pending and not invitation.is_pending:
            self._pending[place].discard(invitation.id)
            self._pending_count[invitation.organization_id] -= 1

    def expire(self, now: int) -> None:
        """Let the pending ones expire whose time has come."""
        while self._due and self._due[0][0] <= now:
            invitation = self._by_id[heapq.heappop(self._due)[1]]
            if invitation.is_pending:
                self.put(replace(invitation, status="expired"))

    def to(self, address: str, organization_id: str | None = None) -> list[Invitation]:
        """Return every invitation of an address, whatever its status, oldest first."""
        found = self._by_address.get((organization_id, address_key(address)), ())
        return [self._by_id[invitation_id] for invitation_id in found]

    def found_by(self, query: str, *, partly: bool) -> list[Invitation]:
        """Return those whose id is the query, or whose address is (partly: holds) it, in the order they were made."""
        # An address never changes, so that what was laid out is good until there are more.
        if len(self._addresses) != len(self._by_id):
            self._addresses = _Addresses(self._by_id.values())
        by_id = [self._by_id[query]] if query in self._by_id else []
        wanted = query.lower()
        found = [one for one in self._addresses.holding(wanted) if one.id != query]
        return by_id + [self._by_id[one.id] for one in found if partly or one.email_address.lower() == wanted]

    def pending_to(self, address: str, organization_id: str | None = None) -> list[Invitation]:
        """Return the pending invitations of an address."""
        found = self._pending.get((organization_id, address_key(address)), ())
        return [self._by_id[invitation_id] for invitation_id in found]

    def of(self, organization_id: str | None) -> list[Invitation]:
        """Return the invitations to an organization, in the order in which they were made."""
        return [self._by_id[invitation_id] for invitation_id in self._by_organization.get(organization_id, ())]

    def pending_count(self, organization_id: str | None) -> int:
        """Return how many invitations to an organization are pending."""
        return self._pending_count[organization_id]

    def view(self, key: Hashable, build: Callable[[], list[Invitation]]) -> list[Invitation]:
        """Return what build returns, or what it returned for this key if nothing has changed since.

        Someone who pages through a list asks for the same filtered, ordered list again and again.
        """
        if key not in self._views:
            if len(self._views) >= _VIEWS:
                self._views.clear()
            self._views[key] = build()
        return self._views[key]


class _Addresses:
    """The addresses of invitations as one long text: a sender asks for thousands of them, one after the other."""

    def __init__(self, invitations: Iterable[Invitation]) -> None:
        self._invitations = tuple(invitations)
        lines = [invitation.email_address.lower() for invitation in self._invitations]
        self._text = "\n".join(lines)
        self._begins = list(accumulate((len(line) + 1 for line in lines), initial=0))

    def __len__(self) -> int:
        return len(self._invitations)

    def holding(self, part: str) -> Iterator[Invitation]:
        """Yield the invitations whose address holds a text."""
        place = 0
        while place < len(self) and (at := self._text.find(part, self._begins[place])) >= 0:
            place = bisect_right(self._begins, at)
            # No address goes over two lines, though what is asked for may.
            if at + len(part) < self._begins[place]:
                yield self._invitations[place - 1]
