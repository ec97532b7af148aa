"""Looking: the reads before sending, a hundred addresses at a time where Clerk takes them, whole lists otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.contract.endpoint import MOST_PER_CALL
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import ClerkRefused
from clerkbulk.people.checked import Checked
from clerkbulk.sending.before.preflight import Bucket, Policy, Preflight, Seen, assign
from clerkbulk.sending.before.spelling import spellings
from clerkbulk.sending.client import Client
from clerkbulk.sending.verdict import Passenger

MANAGES = "org:sys_memberships:manage"
"""The permission that lets a member invite (docs, roles and permissions); administrators have it."""


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the target's list of invitations shows."""

    pending: frozenset[str]
    past: Mapping[str, str]
    """Newest status of the keys with a revoked or expired one."""
    open: int
    """Pending invitations seen, of whomever; but for those that reminders replace."""
    replaced: int
    """Pending invitations seen that reminders replace."""


def passengers_of(checked: Checked) -> list[Passenger]:
    """Return the invitations of a checked table as rows that are about to travel."""
    return [
        Passenger(line, address_key(item["email_address"]), item)
        for line, item in zip(checked.lines, checked.items, strict=True)
    ]


def preflight(
    client: Client,
    target: Target,
    rows: Sequence[Passenger],
    policy: Policy | None = None,
    *,
    cooling: Collection[str] = (),
    withdrawn: Collection[str] = (),
    listed: Mapping[str, Bucket] | None = None,
) -> Preflight:
    """Read what Clerk has of the rows and put each into its bucket. Raises what the client's reads raise.

    cooling, withdrawn and listed are assign()'s.
    """
    policy = policy or Policy()
    seen = look(client, target, rows) if rows else Seen()
    buckets = assign(
        rows, seen, policy, cooling=cooling, withdrawn=withdrawn, listed=listed or {}, environment=client.environment
    )
    return Preflight(buckets, policy, seen.reads)


def look(client: Client, target: Target, rows: Sequence[Passenger]) -> Seen:
    """Read what Clerk has of the rows' addresses. Raises what the client's reads raise.

    For n rows about n/100 reads of users or members, and the pages of the target's list of invitations; for the rows of
    one call two or three reads of invitations each, however long the list is. An organization takes a few reads more:
    roles, inviters, the organization itself, and members whose first address is another one.
    """
    before = client.reads
    wanted = {row.key: str(row.item["email_address"]) for row in rows}
    organization = _organization(client, target) if isinstance(target, Organization) else {}
    listed = _invitations(client, target, wanted, {row.replaces for row in rows if row.replaces})
    present = who_is_in(client, target, list(wanted.values()))
    roles = inviters = seats = None
    if isinstance(target, Organization):
        known = list(client.roles())
        roles = frozenset(str(role.get("key")) for role in known)
        managing = {str(role.get("key")) for role in known if MANAGES in permissions_of(role)} | {"org:admin", "admin"}
        inviters = _inviters(client, target, rows, managing)
        seats = _seats(organization, listed)
    nobody: frozenset[str] = frozenset()
    return Seen(
        members=present if isinstance(target, Organization) else nobody,
        users=nobody if isinstance(target, Organization) else present,
        pending=listed.pending,
        before=listed.past,
        roles=roles,
        inviters=inviters,
        seats=seats,
        reads=client.reads - before,
    )


def _organization(client: Client, target: Organization) -> dict[str, Any]:
    try:
        return client.organization(target.organization_id)
    except ClerkRefused as error:
        if error.status != 404:
            raise
        raise ClerkRefused(
            f"There is no {target} in this instance: check the id, and that the key belongs to the right instance. "
            "Nothing was sent.",
            status=404, code=error.code, trace_id=error.trace_id,
        ) from None  # fmt: skip


def _invitations(client: Client, target: Target, wanted: Mapping[str, str], replaced: Collection[str]) -> _Listed:
    """Read the target's invitations: those to each wanted address if they are those of one call, else all of them.

    wanted are the addresses by their keys.

    replaced are the ids of those that reminders replace: they stand in nobody's way.

    One status a walk: whether a list takes several at once is not settled (clerk-contract 8.1 row 7). Without one, the
    application's list has all but the revoked ones (documented).
    """
    statuses = ("pending", "expired", "revoked") if isinstance(target, Organization) else (None, "revoked")
    # A call's rows are looked at again before they leave: a read each beats walking a list of thousands.
    few = len(wanted) <= MOST_PER_CALL
    addresses = list(chain.from_iterable(map(spellings, wanted.values()))) if few else [None]
    # Oldest first: whoever is invited meanwhile comes last and moves nobody to a page that has been read.
    found = chain.from_iterable(
        client.invitations(target, status=[status] if status else [], email_address=address, order_by="+created_at")
        for address in addresses
        for status in statuses
    )
    pending: set[str] = set()
    past: dict[str, tuple[int, str]] = {}
    opened: set[str] = set()
    freed: set[str] = set()
    for item in found:
        key, status = address_key(str(item.get("email_address", ""))), item.get("status")
        if str(item.get("id")) in replaced:
            freed |= {str(item.get("id"))} if status == "pending" else set()
        elif status == "pending":
            opened.add(str(item.get("id")))
            pending.add(key)
        elif status in {"expired", "revoked"}:
            created_at = item.get("created_at")
            entry = (created_at if isinstance(created_at, int) else 0, str(status))
            past[key] = max(past.get(key, entry), entry)
    newest = {key: status for key, (_, status) in past.items() if key in wanted}
    return _Listed(frozenset(pending & wanted.keys()), newest, len(opened), len(freed))


def who_is_in(client: Client, target: Target, emails: Sequence[str]) -> frozenset[str]:
    """Return the keys of those addresses whose owner is a member of the organization, or a user of the application.

    A member is found by any address of theirs and shown with the first one only: the others are looked up.
    """
    wanted = frozenset(map(address_key, emails))
    emails = list(chain.from_iterable(map(spellings, emails)))
    if not isinstance(target, Organization):
        return frozenset(chain.from_iterable(map(_keys_of, client.users(emails)))) & wanted
    found: set[str] = set()
    others: list[str] = []
    for membership in client.memberships(target.organization_id, emails):
        person = membership.get("public_user_data") or {}
        key = address_key(str(person.get("identifier") or ""))
        if key in wanted:
            found.add(key)
        elif person.get("user_id"):
            others.append(str(person["user_id"]))
    return frozenset(found.union(*map(_keys_of, client.users(user_ids=others)))) & wanted


def _keys_of(user: Mapping[str, Any]) -> set[str]:
    return {address_key(str(entry.get("email_address", ""))) for entry in user.get("email_addresses") or ()}


def _inviters(
    client: Client, target: Organization, rows: Sequence[Passenger], managing: Collection[str]
) -> frozenset[str] | None:
    """Return those of the rows' inviters who may invite; None when nobody is named."""
    named = sorted({str(row.item["inviter_user_id"]) for row in rows if row.item.get("inviter_user_id")})
    if not named:
        return None
    fit: set[str] = set()
    for membership in client.memberships(target.organization_id, user_ids=named):
        if membership.get("role") in managing or MANAGES in (membership.get("permissions") or ()):
            fit.add(str((membership.get("public_user_data") or {}).get("user_id")))
    return frozenset(fit)


def permissions_of(role: Mapping[str, Any]) -> set[str]:
    """Return the keys of the permissions that a role has, as Clerk lists it."""
    return {str(entry.get("key") if isinstance(entry, dict) else entry) for entry in role.get("permissions") or ()}


def _seats(organization: Mapping[str, Any], listed: _Listed) -> int | None:
    """Return how many more invitations fit; members and pending invitations both count (documented).

    The list is for an organization that does not tell the number of those: the schema does not require it to.
    """
    most = organization.get("max_allowed_memberships")
    if not isinstance(most, int) or most == 0:
        return None
    pending = max(listed.open, int(organization.get("pending_invitations_count") or 0) - listed.replaced)
    return max(0, most - int(organization.get("members_count") or 0) - pending)
