"""Memberships: how an organization's list of them is read, in full or by address, and later for the new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

from clerkbulk.contract.target import Organization
from clerkbulk.errors import ClerkRefused
from clerkbulk.onboarding.looking.cursor import Cursor
from clerkbulk.onboarding.looking.part import MARGIN
from clerkbulk.onboarding.looking.people import People
from clerkbulk.onboarding.looking.record import Base, Record
from clerkbulk.onboarding.looking.store import Moment, Store
from clerkbulk.onboarding.looking.users import FEW_CALLS
from clerkbulk.onboarding.looking.walk import OVERLAP, SIZE, Place, created_at, following, joins
from clerkbulk.sending.client import Client
from clerkbulk.sending.lists import Page, membership_list


@dataclass(frozen=True, slots=True)
class Memberships:
    """The members of an organization who are among the people asked about."""

    target: Organization
    people: People

    @property
    def name(self) -> str:
        """As the table of looks has it."""
        return f"memberships {self.target.organization_id}"

    @property
    def shown(self) -> str:
        """As progress shows it."""
        return self.name

    def begin(self, base: Base) -> Cursor:
        """Begin with the oldest member, the first hundred addresses, or the newest member."""
        calls = self.people.calls()
        if self.people.keys is not None and (base.since is None or len(calls) <= FEW_CALLS):
            return Cursor((("addresses", ""),) if calls else (), of=sum(map(len, calls)))
        return Cursor((("all" if base.since is None else "newest", ""),))

    def read(self, client: Client, record: Record) -> Page:
        """Read the next page."""
        kind, place = record.cursor.todo[0][0], record.cursor.place
        organization_id = self.target.organization_id
        if kind == "addresses":
            return client.page(membership_list(organization_id, self.people.calls()[place.offset]), offset=0)
        order = "+created_at" if kind == "all" else "-created_at"
        return client.page(membership_list(organization_id, order_by=order), limit=SIZE, offset=place.offset)

    def take(self, store: Store, record: Record, page: Page, when: Moment) -> Cursor:
        """Write down what a page has shown, and return where to go on."""
        store.keep_memberships(page.items, self.target.organization_id, when)
        kind, cursor, since = record.cursor.todo[0][0], record.cursor, record.base.since
        if kind == "addresses":
            calls = self.people.calls()
            asked = cursor.place.offset + 1
            cursor = replace(cursor, seen=sum(map(len, calls[:asked])))
            return cursor.on(Place(asked) if asked < len(calls) else None)
        again = OVERLAP if cursor.place.offset else 0
        cursor = replace(cursor, seen=cursor.seen + max(0, len(page.items) - again))
        if kind == "all":
            return replace(cursor, of=page.total).on(following(cursor.place, page, downwards=False))
        oldest = created_at(page.items[-1]) if page.items else None
        is_older = since is not None and oldest is not None and oldest / 1000 < since - MARGIN
        if is_older and joins(cursor.place, page, downwards=True):
            return cursor.done_with_step()
        return cursor.on(following(cursor.place, page, downwards=True))

    def without(self, store: Store, record: Record, error: ClerkRefused) -> Cursor | None:
        """Nothing is read here that can be passed over."""
        return None
