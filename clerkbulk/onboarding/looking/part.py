"""Part: one of Clerk's lists as a look goes through it: what to read next, and what that has shown."""

from __future__ import annotations

from typing import Protocol

from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import ClerkRefused
from clerkbulk.onboarding.looking.cursor import Cursor
from clerkbulk.onboarding.looking.record import Base, Record
from clerkbulk.onboarding.looking.store import Moment, Store
from clerkbulk.sending.client import Client
from clerkbulk.sending.during.settling import SETTLE
from clerkbulk.sending.lists import Page

MARGIN = SETTLE
"""Seconds before the last look from which lists are read again: how long they lag behind is not documented
(clerkbulk.contract.unknown, listing_lag). The sender waits as long before it takes a missing invitation for none."""


class Part(Protocol):
    """One list, or what a few addresses show of it."""

    @property
    def name(self) -> str:
        """As the table of looks has it."""
        ...

    @property
    def shown(self) -> str:
        """As progress shows it."""
        ...

    def begin(self, base: Base) -> Cursor:
        """Return where a new look begins."""
        ...

    def read(self, client: Client, record: Record) -> Page:
        """Read the next page. Raises what the client's reads raise."""
        ...

    def take(self, store: Store, record: Record, page: Page, when: Moment) -> Cursor:
        """Write down what a page has shown, and return where to go on."""
        ...

    def without(self, store: Store, record: Record, error: ClerkRefused) -> Cursor | None:
        """Return where to go on after a refused read; None where the look cannot."""
        ...


def part_of(target: Target) -> str:
    """Return the name of the part that holds a target's invitations."""
    return f"invitations {target.organization_id}" if isinstance(target, Organization) else "invitations"
