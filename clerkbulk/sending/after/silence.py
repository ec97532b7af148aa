"""Silence: who was invited long ago, has not answered, and can be reminded."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any

import sqlalchemy as sa

from clerkbulk.contract.address import address_key
from clerkbulk.contract.endpoint import MOST_PER_CALL
from clerkbulk.contract.target import Target
from clerkbulk.errors import InputError
from clerkbulk.sending import tables
from clerkbulk.sending.after.kin import reminded_lines
from clerkbulk.sending.after.standing import Standing, standing_in, standing_of
from clerkbulk.sending.before.cooling import DAY
from clerkbulk.sending.before.looking import who_is_in
from clerkbulk.sending.before.naming import name_invitations
from clerkbulk.sending.before.spelling import invitations_to
from clerkbulk.sending.client import CLOCKS_THERE, Client
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.state import RowState


class Why(StrEnum):
    """Why somebody who was invited is not reminded now."""

    REMINDED = "reminded"
    ACCEPTED = "accepted"
    PRESENT = "present"
    REVOKED = "revoked"
    MISSING = "missing"
    INVITED_AGAIN = "invited_again"
    RECENT = "recent"


SAYS: Mapping[Why, str] = {
    Why.REMINDED: "reminded before: nobody is reminded twice",
    Why.ACCEPTED: "accepted",
    Why.PRESENT: "users or members by another way",
    Why.REVOKED: "with an invitation that was revoked",
    Why.MISSING: "with an invitation that Clerk does not list any more",
    Why.INVITED_AGAIN: "with another open invitation",
    Why.RECENT: "invited too recently",
}
"""Each reason in words that follow a number of people."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person whom a job has invited. invited_at is seconds since 1970."""

    line: int
    key: str
    email: str
    invitation_id: str
    invited_at: float


@dataclass(frozen=True, slots=True)
class Silent:
    """Whom a job can remind now, and why it does not remind the others it has invited."""

    job_id: str
    days: float
    people: tuple[Addressee, ...]
    others: Mapping[Why, tuple[Addressee, ...]]
    only: frozenset[int | str] | None = None
    """Lines and address keys that were asked for; None: everybody whom the job has invited."""
    not_invited: tuple[int | str, ...] = ()
    """Those of them that the job has not invited."""

    def to_json(self) -> dict[str, Any]:
        """Return counts and lines as ``clerkbulk remind --dry-run --format json`` prints them."""
        return {
            "job": self.job_id,
            "silent_for": self.days,
            "silent": len(self.people),
            "lines": [one.line for one in self.people],
            "others": [
                {"why": why.value, "says": SAYS[why], "count": len(them), "lines": [one.line for one in them]}
                for why, them in self.others.items()
            ],
            **({} if self.only is None else {"not_invited": list(self.not_invited)}),
        }


def why_not(
    one: Addressee, standing: Standing, holds_another: bool, is_present: bool, now: float, days: float
) -> Why | None:
    """Say why a person is not reminded; None for whom is. Pure."""
    unanswered = {Standing.ACCEPTED: Why.ACCEPTED, Standing.REVOKED: Why.REVOKED, Standing.MISSING: Why.MISSING}
    if standing in unanswered:
        return unanswered[standing]
    if is_present:
        return Why.PRESENT
    if holds_another:
        return Why.INVITED_AGAIN
    # Clerk tells its time by the second and dates invitations by the millisecond: nobody is silent for less than 0.
    return Why.RECENT if max(0.0, now - one.invited_at) < days * DAY else None


def find_silent(
    begin: Begin,
    client: Client,
    target: Target,
    job_id: str,
    days: float,
    only: Collection[int | str] | None = None,
) -> Silent:
    """Read who of those a job has invited has been silent for so many days, by Clerk's own dates.

    only has lines of the job (numbers) and addresses (strings): nobody else is looked at, and nobody else is reminded.
    Raises InputError for a negative number of days, and what the client's reads raise.
    """
    if not 0 <= days < float("inf"):
        raise InputError(f"Somebody is silent for some days, not for {days:g}.")
    name_invitations(begin, client, target, job_id)
    with begin() as connection:
        invited = _invited(connection, job_id)
        before = reminded_lines(connection, job_id)
    wanted = None if only is None else frozenset(address_key(one) if isinstance(one, str) else one for one in only)
    if wanted is not None:
        known = {one.line for one in invited} | {one.key for one in invited}
        invited = [one for one in invited if one.line in wanted or one.key in wanted]
        strangers = tuple(sorted(wanted - known, key=lambda one: (isinstance(one, str), one)))
    else:
        strangers = ()
    others: dict[Why, list[Addressee]] = {why: [] for why in Why}
    others[Why.REMINDED] = [one for one in invited if one.line in before]
    asked = [one for one in invited if one.line not in before]
    listed = {str(one.get("id")): one for one in _listed(client, target, [one.email for one in asked])} if asked else {}
    opened: dict[str, set[str]] = {}
    for invitation_id, found in listed.items():
        if standing_in(found) is Standing.PENDING:
            opened.setdefault(address_key(str(found.get("email_address", ""))), set()).add(invitation_id)
    present = who_is_in(client, target, [one.email for one in asked]) if asked else frozenset()
    now = client.time_there() + CLOCKS_THERE
    people = []
    for one in asked:
        dated, standing = _as_listed(one, listed, client, target)
        another = bool(opened.get(one.key, set()) - {one.invitation_id})
        if why := why_not(dated, standing, another, one.key in present, now, days):
            others[why].append(dated)
        else:
            people.append(dated)
    told = {why: tuple(them) for why, them in others.items() if them}
    return Silent(job_id, days, tuple(people), told, wanted, strangers)


def _listed(client: Client, target: Target, emails: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Read the invitations of a few addresses one by one, of many out of the target's whole list."""
    if len(emails) > MOST_PER_CALL:
        return client.every_invitation(target)
    return chain.from_iterable(invitations_to(client, target, email) for email in emails)


def _as_listed(
    one: Addressee, listed: Mapping[str, Mapping[str, Any]], client: Client, target: Target
) -> tuple[Addressee, Standing]:
    """Return the person with Clerk's own date of the invitation, and how that stands."""
    found = listed.get(one.invitation_id)
    if found is None:
        # The list moves while it is read: whoever accepts meanwhile may be on no page.
        return one, standing_of(client, target, one.invitation_id, one.email)
    created_at = found.get("created_at")
    at = created_at / 1000 if isinstance(created_at, int) else one.invited_at
    return Addressee(one.line, one.key, one.email, one.invitation_id, at), standing_in(found)


def _invited(connection: sa.Connection, job_id: str) -> list[Addressee]:
    row = tables.row
    at = sa.func.coalesce(row.c.invited_at, row.c.changed_at)
    known = sa.and_(row.c.job_id == job_id, row.c.state == RowState.SENT, row.c.invitation_id.is_not(None))
    query = sa.select(row.c.line, row.c.key, row.c.item, row.c.invitation_id, at.label("at")).where(known)
    return [
        Addressee(one.line, one.key, str(json.loads(one.item)["email_address"]), one.invitation_id, one.at)
        for one in connection.execute(query.order_by(row.c.line))
    ]
