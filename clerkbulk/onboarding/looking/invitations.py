"""Invitations: how a target's lists of them are read, in full the first time and later for what has changed.

Pending invitations are what changes. Each complete look sees all that Clerk still lists; one that is pending no more is
looked up among the ended ones; an ended one is not read again, because nothing becomes of it. (One thing does: an
expired invitation to the application can be revoked, so that the list of revoked ones is read anew when it has grown.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from clerkbulk.contract.endpoint import MOST_PER_CALL
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import ClerkRefused
from clerkbulk.onboarding.looking.cursor import Cursor, Step
from clerkbulk.onboarding.looking.part import MARGIN, part_of
from clerkbulk.onboarding.looking.people import People, written_as
from clerkbulk.onboarding.looking.record import BY_ADDRESS, Base, Record
from clerkbulk.onboarding.looking.store import Moment, Store
from clerkbulk.onboarding.looking.walk import OVERLAP, SIZE, created_at, following, joins
from clerkbulk.sending.client import Client
from clerkbulk.sending.lists import Page, invitation_list

STATUSES = ("pending", "accepted", "expired", "revoked")
"""In the order in which an invitation can go through them: whatever moves while they are read, moves to a list that is
still to be read. One status a list: whether a list takes several is not settled (clerk-contract 8.1 row 7)."""
NOT_REVOKED = "not revoked"
"""What the application's list has without a status (documented)."""
MOST_ASKED = 100
"""Invitations that are in no list any more and are asked for one by one. More than that have not slipped through."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """The whole lists of a target."""

    target: Target

    @property
    def name(self) -> str:
        """As the table of looks has it."""
        return part_of(self.target)

    @property
    def shown(self) -> str:
        """As progress shows it."""
        return self.name

    @property
    def organization_id(self) -> str | None:
        """Whose they are; None: the application's."""
        return self.target.organization_id if isinstance(self.target, Organization) else None

    def begin(self, base: Base) -> Cursor:
        """Begin with the newest of each status: they tell how long the lists are, and who has come since."""
        return Cursor(tuple(("newest", status) for status in STATUSES), phase="newest")

    def read(self, client: Client, record: Record) -> Page:
        """Read the next page."""
        kind, what = record.cursor.todo[0]
        if kind == "ask":
            return Page([client.invitation(self.target, what)])
        order = "+created_at" if kind == "walk" else "-created_at"
        asked = invitation_list(self.target, status=[what], order_by=order)
        return client.page(asked, limit=SIZE, offset=record.cursor.place.offset)

    def take(self, store: Store, record: Record, page: Page, when: Moment) -> Cursor:
        """Write down what a page has shown, and return where to go on."""
        store.keep_invitations(page.items, self.organization_id, when)
        kind, what = record.cursor.todo[0]
        cursor = self._newest(record, page) if kind == "newest" else record.cursor
        if kind == "walk":
            again = OVERLAP if cursor.place.offset else 0
            cursor = replace(cursor, seen=cursor.seen + max(0, len(page.items) - again))
            place = following(cursor.place, page, downwards=False)
            cursor = replace(cursor, whole=cursor.whole if place else (*cursor.whole, what)).on(place)
        elif kind == "find":
            cursor = cursor.on(following(cursor.place, page, downwards=True))
            if not store.unseen(self.organization_id, record.began_at):
                cursor = replace(cursor, todo=())
        elif kind == "ask":
            cursor = cursor.done_with_step()
        return self._going_on(store, record, cursor)

    def without(self, store: Store, record: Record, error: ClerkRefused) -> Cursor | None:
        """Pass over an invitation that Clerk does not have any more: it stays as it was last seen."""
        if record.cursor.todo[0][0] != "ask" or error.status != 404:
            return None
        return self._going_on(store, record, record.cursor.done_with_step())

    def _newest(self, record: Record, page: Page) -> Cursor:
        """Take a page of the newest of a status: on until they are older than the last look."""
        cursor, status, since = record.cursor, record.cursor.todo[0][1], record.base.since
        if cursor.place.offset == 0 and page.total is not None:
            cursor = replace(cursor, totals={**cursor.totals, status: page.total})
        place = following(cursor.place, page, downwards=True)
        if place is None:
            read = len(page.items) if status not in cursor.whole else 0
            return replace(cursor, whole=(*cursor.whole, status), seen=cursor.seen + read).done_with_step()
        oldest = created_at(page.items[-1]) if page.items else None
        is_older = since is not None and oldest is not None and oldest / 1000 < since - MARGIN
        reaches = since is None or (is_older and joins(cursor.place, page, downwards=True))
        return cursor.done_with_step() if reaches else cursor.on(place)

    def _going_on(self, store: Store, record: Record, cursor: Cursor) -> Cursor:
        """Return the cursor with what is to be read after the steps it had; without any when the look is complete."""
        while not cursor.todo and cursor.phase != "done":
            if cursor.phase == "newest":
                cursor = replace(cursor, phase="walk", todo=tuple(self._to_walk(store, record, cursor)))
                cursor = replace(cursor, of=_length(cursor))
            elif cursor.phase == "walk":
                cursor = replace(cursor, phase="find", todo=tuple(self._to_find(store, record, cursor)))
            elif cursor.phase == "find":
                left = store.unseen(self.organization_id, record.began_at) if "pending" in cursor.whole else []
                asked = tuple(("ask", invitation_id) for invitation_id in left[:MOST_ASKED])
                cursor = replace(cursor, phase="ask", todo=asked)
            else:
                cursor = replace(cursor, phase="done")
        return cursor

    def _to_walk(self, store: Store, record: Record, cursor: Cursor) -> Iterator[Step]:
        """Say which lists are to be read whole; if nothing can have changed, note that."""
        unread = [status for status in STATUSES if status not in cursor.whole]
        if record.base.since is None:
            # A list behind one that is still to be walked is read after it, though it was short enough to be seen.
            first = STATUSES.index(unread[0]) if unread else len(STATUSES)
            yield from (("walk", status) for status in STATUSES[first:])
            return
        changed = self._changed(record, cursor)
        if "pending" in unread:
            if changed:
                yield ("walk", "pending")
            elif record.base.totals_since is not None:
                # An invitation that is pending no more makes one of the other lists longer.
                store.saw_no_change(self.organization_id, record.base.totals_since, record.began_at)
        if "revoked" in unread and "revoked" in changed and self.organization_id is None:
            yield ("walk", "revoked")

    def _to_find(self, store: Store, record: Record, cursor: Cursor) -> Iterator[Step]:
        """Say where the invitations are looked for that were pending and are no more: many in lists, a few by id."""
        if record.base.since is None or "pending" not in cursor.whole:
            return
        if len(store.unseen(self.organization_id, record.began_at)) > MOST_PER_CALL:
            changed = self._changed(record, cursor)
            yield from (("find", status) for status in STATUSES[1:] if status in changed and status not in cursor.whole)

    def _changed(self, record: Record, cursor: Cursor) -> list[str]:
        """Return the statuses whose lists are longer or shorter than at the last complete look, or may be."""
        before = record.base.totals
        return [
            status for status in STATUSES if status not in cursor.totals or cursor.totals[status] != before.get(status)
        ]


@dataclass(frozen=True, slots=True)
class InvitationsByAddress:
    """What the lists of a target show of a few people."""

    target: Target
    people: People

    @property
    def name(self) -> str:
        """As the table of looks has it."""
        return part_of(self.target) + BY_ADDRESS

    @property
    def shown(self) -> str:
        """As progress shows it."""
        return part_of(self.target)

    @property
    def organization_id(self) -> str | None:
        """Whose they are; None: the application's."""
        return self.target.organization_id if isinstance(self.target, Organization) else None

    def begin(self, base: Base) -> Cursor:
        """Begin with the first address; what was seen before saves no read here."""
        statuses = STATUSES if isinstance(self.target, Organization) else (NOT_REVOKED, "revoked")
        todo = tuple((status, str(number)) for number in range(len(self._texts())) for status in statuses)
        return Cursor(todo, phase="address", of=len(todo))

    def read(self, client: Client, record: Record) -> Page:
        """Read what one list has of one address, or one invitation."""
        kind, what = record.cursor.todo[0]
        if kind == "ask":
            return Page([client.invitation(self.target, what)])
        status = [] if kind == NOT_REVOKED else [kind]
        asked = invitation_list(
            self.target, status=status, email_address=self._texts()[int(what)], order_by="+created_at"
        )
        return client.page(asked, limit=SIZE, offset=record.cursor.place.offset)

    def take(self, store: Store, record: Record, page: Page, when: Moment) -> Cursor:
        """Write down what was read, and return where to go on."""
        store.keep_invitations(page.items, self.organization_id, when)
        cursor = record.cursor
        place = None if cursor.phase == "ask" else following(cursor.place, page, downwards=False)
        seen = cursor.seen + (place is None and cursor.phase == "address")
        return self._going_on(store, record, replace(cursor, seen=seen).on(place))

    def without(self, store: Store, record: Record, error: ClerkRefused) -> Cursor | None:
        """Pass over an invitation that Clerk does not have any more."""
        if record.cursor.todo[0][0] != "ask" or error.status != 404:
            return None
        return self._going_on(store, record, record.cursor.done_with_step())

    def _texts(self) -> list[str]:
        return [text for key in self.people.keys or () for text in written_as(key)]

    def _going_on(self, store: Store, record: Record, cursor: Cursor) -> Cursor:
        if cursor.todo or cursor.phase == "ask":
            return cursor
        left = store.unseen(self.organization_id, record.began_at, self.people.keys)
        return replace(cursor, phase="ask", todo=tuple(("ask", one) for one in left))


def _length(cursor: Cursor) -> int | None:
    """Return how many invitations a look will have read, as far as the lists tell their lengths."""
    lists = {what for _, what in cursor.todo} | set(cursor.whole)
    if not lists <= cursor.totals.keys():
        return None
    return sum(cursor.totals[status] for status in lists)
