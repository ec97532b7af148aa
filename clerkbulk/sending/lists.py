"""Lists: which of Clerk's lists is read, narrowed and ordered how, and what one page of it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import InputError, NotReachable

Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class List:
    """One of Clerk's lists: its path, and what narrows and orders it."""

    path: str
    query: Query = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. total is how long the list is, where Clerk tells."""

    items: Sequence[dict[str, Any]]
    total: int | None = None


def invitation_list(
    target: Target,
    *,
    status: Sequence[str] = (),
    email_address: str | None = None,
    order_by: str | None = None,
) -> List:
    """Return the list of a target's invitations; see Client.invitations()."""
    query: list[tuple[str, str]] = [("status", word) for word in status]
    if isinstance(target, Organization):
        query += [("email_address", email_address)] if email_address else []
    else:
        query += [("paginated", "true")]
        query += [("query", email_address)] if email_address else []
    query += [("order_by", order_by)] if order_by else []
    return List(invitations_path(target), tuple(query))


def user_list(
    email_addresses: Sequence[str] = (),
    *,
    after: Mapping[str, int] | None = None,
    order_by: str | None = None,
    starting_after: str | None = None,
) -> List:
    """Return the list of users: of all, of the owners of a hundred addresses, or of those with something after a time.

    after has milliseconds since 1970 by field: created_at, last_active_at, last_sign_in_at. starting_after is the id of
    the last user of the page before; without order_by, or by created_at only (spec).
    """
    query = [("email_address", text) for text in email_addresses]
    query += [(f"{field}_after", str(at)) for field, at in (after or {}).items()]
    query += [("order_by", order_by)] if order_by else []
    query += [("starting_after", starting_after)] if starting_after else []
    return List("/v1/users", tuple(query))


def membership_list(organization_id: str, email_addresses: Sequence[str] = (), *, order_by: str | None = None) -> List:
    """Return the list of an organization's memberships: of all, or of the owners of a hundred addresses."""
    query = [("email_address", text) for text in email_addresses]
    query += [("order_by", order_by)] if order_by else []
    return List(memberships_path(organization_id), tuple(query))


def organization_invitation_list() -> List:
    """Return the list of the instance's organization invitations, the newest first, whatever their organization."""
    return List("/v1/organization_invitations", (("order_by", "-created_at"),))


def read_page(path: str, document: Any) -> Page:
    """Read a bare array, or an object with data and total_count. Raises NotReachable for what is no list of objects."""
    items = document.get("data") if isinstance(document, dict) else document
    # Who is invited already is read from lists: what cannot be read must never pass for an empty one.
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise NotReachable(f"GET {path}: the answer is no list of objects; check CLERK_API_URL.", sent=True)
    total = document.get("total_count") if isinstance(document, dict) else None
    return Page(items, total if isinstance(total, int) and not isinstance(total, bool) else None)


def invitations_path(target: Target) -> str:
    """Return the path of a target's invitations."""
    if isinstance(target, Organization):
        return f"/v1/organizations/{target.organization_id}/invitations"
    return "/v1/invitations"


def memberships_path(organization_id: str) -> str:
    """Return the path of an organization's memberships. Raises InputError."""
    return f"/v1/organizations/{segment(organization_id)}/memberships"


def segment(text: str) -> str:
    """Return an id or slug as a part of a path. Raises InputError for what is neither."""
    if not text.replace("_", "").replace("-", "").isalnum() or not text.isascii():
        raise InputError(f"{text!r} is not an id or slug of Clerk's.")
    return text
