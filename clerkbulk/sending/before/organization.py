"""The organization that people are invited to: found by its id or slug, or among those seen before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.error_code import error_code
from clerkbulk.contract.target import Organization
from clerkbulk.errors import ClerkRefused, InputError, KeyRefused
from clerkbulk.people.wording import counted
from clerkbulk.sending.client import Client
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.lists import organization_invitation_list


@dataclass(frozen=True, slots=True)
class FoundOrganization:
    """An organization as Clerk has it. None: Clerk did not tell."""

    id: str
    name: str
    slug: str | None
    members: int | None
    pending: int | None
    """Invitations that nobody has answered yet; they count as members (documented)."""
    most: int | None
    """Members and pending invitations at most; 0 is no limit (documented)."""

    @property
    def sentence(self) -> str:
        """Say what it is called, and how full it is: Acme (org_2abc): 12 members, 3 invitations pending, at most 50."""
        parts = [
            None if self.members is None else counted(self.members, "member"),
            f"{counted(self.pending, 'invitation')} pending" if self.pending else None,
            None if self.most is None else f"at most {self.most:,} of both" if self.most else "no limit of members",
        ]
        full = ", ".join(part for part in parts if part)
        return f"{self.name} ({self.id}){f': {full}' if full else ''}."


def find_organization(client: Client, id_or_slug: str) -> FoundOrganization:
    """Read an organization by its id or slug: one call, which takes either (documented).

    Raises InputError, with a sentence for people, when there is none or Clerk does not show it; KeyRefused and
    NotReachable as the client's reads do.
    """
    wanted = id_or_slug.strip()
    try:
        read = client.organization(wanted)
    except KeyRefused:
        raise
    except ClerkRefused as error:
        raise InputError(_refusal(wanted, error)) from None
    found = Organization(str(read.get("id")))
    return FoundOrganization(
        id=found.organization_id,
        name=_text(read.get("name")) or found.organization_id,
        slug=_text(read.get("slug")),
        members=_number(read.get("members_count")),
        pending=_number(read.get("pending_invitations_count")),
        most=_number(read.get("max_allowed_memberships")),
    )


def seen_organizations(client: Client) -> Mapping[str, str]:
    """Return the names, by id, of the organizations that the newest 500 organization invitations went to: one read.

    An organization that nobody was invited to lately is not among them. Of the invitations nothing is kept.
    """
    seen: dict[str, str] = {}
    for invitation in client.page(organization_invitation_list()).items:
        about = invitation.get("public_organization_data")
        known = about if isinstance(about, dict) else {}
        organization_id = _text(known.get("id")) or _text(invitation.get("organization_id"))
        if organization_id:
            seen.setdefault(organization_id, _text(known.get("name")) or organization_id)
    return seen


def used_organizations(ledger: Ledger) -> tuple[str, ...]:
    """Return the ids of the organizations that a ledger's jobs invite to, the newest first."""
    targets = [record.target for record in reversed(ledger.jobs())]
    return tuple(dict.fromkeys(target.organization_id for target in targets if isinstance(target, Organization)))


def _refusal(wanted: str, error: ClerkRefused) -> str:
    if error.status == 404:
        return (
            f"There is no organization with the id or slug {wanted} in the instance of this key: copy its id from the "
            "Clerk Dashboard, Organizations."
        )
    known = error_code(error.code)
    if known is None:
        return str(error)
    return f"Clerk does not show the organization {wanted}: {known.says}. {known.remedy}"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
