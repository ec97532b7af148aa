"""Users: how their list is read, in full or by the addresses of the people asked about, and later for what is new.

Later means: users made since, users active since, users signed in since. Of all others it is known then that they were
not there again. An address that a backend call adds to a user who then stays away is not noticed by that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from clerkbulk.errors import ClerkRefused
from clerkbulk.onboarding.journey import DAY
from clerkbulk.onboarding.looking.cursor import Cursor
from clerkbulk.onboarding.looking.part import MARGIN
from clerkbulk.onboarding.looking.people import People
from clerkbulk.onboarding.looking.record import Base, Record
from clerkbulk.onboarding.looking.store import Moment, Store
from clerkbulk.onboarding.looking.walk import SIZE, Place
from clerkbulk.sending.client import Client
from clerkbulk.sending.lists import Page, user_list

SINCE = {"created_at": MARGIN, "last_active_at": DAY + MARGIN, "last_sign_in_at": MARGIN}
"""What is asked for since the last look, and how many seconds before it: last_active_at has the precision of a day
(spec, User), so that who was there a minute ago may show the midnight before; whether a filter takes its own moment in
is not documented."""
FEW_CALLS = 3
"""Calls for all addresses that are made at every look: to ask for what is new takes as many."""


@dataclass(frozen=True, slots=True)
class Users:
    """The users of the instance who are among the people asked about."""

    people: People
    name: str = "users"
    shown: str = "users"

    def begin(self, base: Base) -> Cursor:
        """Begin with the oldest user, the first hundred addresses, or what is new."""
        calls = len(self.people.calls())
        if self.people.keys is not None and (base.since is None or calls <= FEW_CALLS):
            return self._by_address()
        if base.since is None:
            return Cursor((("all", ""),))
        return Cursor(tuple(("since", field) for field in SINCE))

    def read(self, client: Client, record: Record) -> Page:
        """Read the next page."""
        kind, field = record.cursor.todo[0]
        place = record.cursor.place
        if kind == "addresses":
            return client.page(user_list(self.people.calls()[place.offset]), limit=SIZE, offset=0)
        after = {}
        if kind == "since" and record.base.since is not None:
            after = {field: max(0, int((record.base.since - SINCE[field]) * 1000))}
        # The oldest first: whoever comes meanwhile comes last. By cursor, as Clerk says for more than a few pages.
        asked = user_list(after=after, order_by="+created_at", starting_after=place.last_id or None)
        return client.page(asked, limit=SIZE)

    def take(self, store: Store, record: Record, page: Page, when: Moment) -> Cursor:
        """Write down what a page has shown, and return where to go on."""
        store.keep_users(page.items, when)
        kind, _ = record.cursor.todo[0]
        cursor = replace(record.cursor, pages=record.cursor.pages + 1)
        if kind == "addresses":
            calls = self.people.calls()
            asked = cursor.place.offset + 1
            cursor = replace(cursor, seen=sum(map(len, calls[:asked])))
            return cursor.on(Place(asked) if asked < len(calls) else None)
        last_id = str(page.items[-1].get("id") or "") if len(page.items) >= SIZE else ""
        cursor = replace(cursor, seen=cursor.seen + len(page.items)).on(Place(0, last_id) if last_id else None)
        if (
            kind == "since"
            and self.people.keys is not None
            and cursor.todo
            and cursor.pages >= len(self.people.calls())
        ):
            # So much is going on in the instance that it is quicker to ask for the people themselves.
            return self._by_address()
        if kind == "since" and not cursor.todo and record.base.since is not None:
            store.saw_nobody_else(record.base.since, record.began_at)
        return cursor

    def without(self, store: Store, record: Record, error: ClerkRefused) -> Cursor | None:
        """Begin the list again where the user is gone after whom it would go on (422, spec)."""
        if error.status != 422 or not record.cursor.place.last_id:
            return None
        return replace(record.cursor, place=Place(), seen=0)

    def _by_address(self) -> Cursor:
        calls = self.people.calls()
        return Cursor((("addresses", ""),) if calls else (), of=sum(map(len, calls)))
