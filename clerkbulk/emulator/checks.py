"""What can stand in the way of a well-formed item: each check looks at all items of a call at once.

A check returns None, or a Verdict: the refusal it leads to, and the items it strikes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TypeVar

from clerkbulk.emulator.items import Item, param_name
from clerkbulk.emulator.organization import MANAGE_MEMBERSHIPS, Organization
from clerkbulk.emulator.refusal import (
    Entry,
    Refusal,
    entry_value_invalid,
    meta_of,
    no_user,
    refused,
    resource_not_found,
)
from clerkbulk.emulator.world import World


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a check needs to know besides the items. organization None: they are for the application."""

    world: World
    organization: Organization | None
    environment: str
    now: int

    @property
    def organization_id(self) -> str | None:
        """The organization's id."""
        return None if self.organization is None else self.organization.id


@dataclass(frozen=True, slots=True)
class Verdict:
    """A refusal and the items it strikes."""

    refusal: Refusal
    struck: tuple[Item, ...]


_T = TypeVar("_T")
Check = Callable[[Circumstances, Sequence[Item]], Verdict | None]


def role_exists(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Every role is one of the instance's (404 with param_name: documented)."""
    settings, struck = here.world.settings, [item for item in items if item.role not in here.world.roles]
    if not struck:
        return None
    called = param_name(settings.param_name_form, "role", struck[0].index)
    if settings.unknown_role.startswith("422"):
        entry = entry_value_invalid("role", called, struck[0].role, ", ".join(here.world.roles))
        return Verdict(Refusal(422, [entry]), tuple(struck))
    return Verdict(resource_not_found("Organization role not found", called), tuple(struck))


def inviter_may_invite(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Every inviter is a user, and an administrator of the organization (documented)."""
    world, named = here.world, [item for item in items if item.inviter_user_id is not None]
    strangers = [item for item in named if item.inviter_user_id not in world.users]
    if strangers:
        return Verdict(_unknown_inviter(here, strangers[0]), tuple(strangers))
    organization_id = here.organization_id or ""
    struck = [item for item in named if not world.administers(item.inviter_user_id or "", organization_id)]
    if not struck:
        return None
    code = world.settings.non_admin_inviter.partition(" ")[2]
    if code == "missing_organization_permission":
        said = "Current user is missing an organization permission."
        meta = {"permissions": [MANAGE_MEMBERSHIPS]}
        return Verdict(refused(403, code, "missing permission", said, meta), tuple(struck))
    said = "Current user is not an administrator in the organization. Only administrators can perform this action."
    return Verdict(refused(403, code, "not an administrator", said), tuple(struck))


def _unknown_inviter(here: Circumstances, item: Item) -> Refusal:
    answer, user_id = here.world.settings.unknown_inviter, item.inviter_user_id or ""
    called = param_name(here.world.settings.param_name_form, "inviter_user_id", item.index)
    if answer.startswith("422"):
        said = "The resource associated with the supplied inviter_user_id was not found."
        return refused(422, "form_resource_not_found", "is missing", said, meta_of(called))
    if answer.endswith("param_name"):
        return resource_not_found(f"No user was found with id {user_id}", called)
    return no_user(user_id)


def allowed_in(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Nobody is kept out by the allow list or the block list (clerk-contract 4.8)."""
    allow, block = here.world.settings.allowlist, here.world.settings.blocklist
    if not allow and not block:
        return None
    struck = [item for item in items if not _listed(item.key, allow) and (allow or _listed(_base(item.key), block))]
    if not struck:
        return None
    addresses = _unique(item.email_address for item in struck)
    verb = "is" if len(addresses) == 1 else "are"
    said = f"{', '.join(addresses)} {verb} not allowed to access this application."
    refusal = refused(403, "not_allowed_access", "Access not allowed.", said, {"identifiers": addresses})
    return Verdict(refusal, tuple(struck))


def _listed(address: str, patterns: Iterable[str]) -> bool:
    # Wildcards only as *@domain and *@*.domain (documented); brackets and question marks mean themselves.
    quoted = (pattern.lower().replace("[", "[[]").replace("?", "[?]") for pattern in patterns)
    return any(fnmatchcase(address, pattern) for pattern in quoted)


def _base(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def not_invited_yet(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """No invitation is pending for an address, nor is it twice in this call; ignore_existing lifts both."""
    struck, seen = [], set[str]()
    for item in items:
        again = item.key in seen and here.world.settings.repeated_address == "refused"
        if not item.ignore_existing and (again or _stands_in_the_way(here, item)):
            struck.append(item)
        seen.add(item.key)
    if not struck:
        return None
    if here.organization is not None:
        said = "Organizations cannot have duplicate pending invitations for an email address."
        message = "organization invitation not unique"
        return Verdict(refused(400, "organization_invitation_not_unique", message, said), tuple(struck))
    addresses = _unique(item.email_address for item in struck)
    said = f"There are already pending invitations for the following email addresses: {', '.join(addresses)}"
    refusal = refused(400, "duplicate_record", "duplicate invitation", said, {"email_addresses": addresses})
    return Verdict(refusal, tuple(struck))


def _stands_in_the_way(here: Circumstances, item: Item) -> bool:
    kind = here.world.invitations if here.organization is None else here.world.organization_invitations
    if kind.pending_to(item.email_address, here.organization_id):
        return True
    if here.world.settings.expired_invitations == "free":
        return False
    return any(one.status == "expired" for one in kind.to(item.email_address, here.organization_id))


def no_user_yet(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """No address belongs to a user (clerk-contract 4.2 row A; the setting ignore_existing_users is row B)."""
    lifted = here.world.settings.ignore_existing_users == "invited"
    struck = [
        item for item in items if here.world.user_with(item.email_address) and not (lifted and item.ignore_existing)
    ]
    if not struck:
        return None
    form, said = here.world.settings.param_name_form, "That email address is taken. Please try another."
    names = _unique(param_name(form, "email_address", item.index) for item in struck)
    entries = [Entry("form_identifier_exists", said, said, meta_of(name)) for name in names]
    return Verdict(Refusal(422, entries), tuple(struck))


def no_member_yet(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """No address belongs to a member; the text names who does (documented)."""
    struck = [item for item in items if _is_member(here, item)]
    if not struck:
        return None
    entries = [
        Entry("already_a_member_in_organization", "already a member", f"{who} is already a member of the organization.")
        for who in _unique(item.email_address for item in struck)
    ]
    return Verdict(Refusal(400, entries), tuple(struck))


def _is_member(here: Circumstances, item: Item) -> bool:
    user = here.world.user_with(item.email_address)
    return user is not None and here.world.membership(here.organization_id or "", user.id) is not None


def in_no_other_organization(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Where the instance lets a user be in one organization only, nobody is in another."""
    if not here.world.settings.exclusive_membership:
        return None
    users = [(item, here.world.user_with(item.email_address)) for item in items]
    struck = [item for item, user in users if user is not None and here.world.organizations_of(user.id)]
    if not struck:
        return None
    said = "A user can be a member of one organization only."
    return Verdict(refused(422, "exclusive_organization_membership", said), tuple(struck))


def room_for_members(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Members plus pending invitations stay within max_allowed_memberships (documented); 0 is unlimited."""
    organization = here.organization
    if organization is None or organization.max_allowed_memberships == 0:
        return None
    most = organization.max_allowed_memberships
    room = max(0, most - _occupied(here))
    if len(items) <= room:
        return None
    said = f"You have reached your limit of {most} organization memberships, including outstanding invitations."
    message = "organization membership quota exceeded"
    refusal = refused(403, "organization_membership_quota_exceeded", message, said)
    return Verdict(refusal, tuple(items[room:]))


def room_for_seats(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Members plus pending invitations stay within the plan's seats (documented)."""
    organization = here.organization
    if organization is None or organization.seats is None:
        return None
    needed = _occupied(here) + len(items)
    if needed <= organization.seats:
        return None
    said = "You have reached the seat limit for your current plan."
    refusal = refused(402, "insufficient_seats", "Insufficient seats", said, {"seats_quantity": needed})
    return Verdict(refusal, tuple(items[max(0, len(items) - (needed - organization.seats)) :]))


def _occupied(here: Circumstances) -> int:
    organization_id = here.organization_id or ""
    pending = here.world.organization_invitations.pending_count(organization_id)
    return here.world.member_count(organization_id) + pending


def room_for_mails(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """The month's e-mails of a development instance suffice, if there is a cap (documented; off unless set)."""
    cap, mailed = here.world.settings.monthly_emails, [item for item in items if costs_a_mail(item)]
    if not cap or here.environment != "development":
        return None
    room = max(0, cap - here.world.mails[month_of(here.now)])
    if len(mailed) <= room:
        return None
    said = (
        f"The monthly limit for email messages in development ({cap}) has been reached. "
        "Please use test emails (https://go.clerk.com/test-emails) instead"
    )
    message, meta = "Development monthly email limit exceeded", {"dev_monthly_email_limit": cap}
    return Verdict(refused(400, "dev_monthly_email_limit_exceeded", message, said, meta), tuple(mailed[room:]))


def costs_a_mail(item: Item) -> bool:
    """Whether an item makes Clerk send a mail that counts: test addresses do not (documented)."""
    return item.notify and "+clerk_test" not in item.key.rpartition("@")[0]


def month_of(now: int) -> str:
    """Return the calendar month, UTC."""
    return datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m")


def _unique(values: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(values))


APPLICATION_CHECKS: tuple[Check, ...] = (allowed_in, not_invited_yet, no_user_yet, room_for_mails)
ORGANIZATION_CHECKS: tuple[Check, ...] = (
    role_exists,
    inviter_may_invite,
    allowed_in,
    not_invited_yet,
    no_member_yet,
    in_no_other_organization,
    room_for_members,
    room_for_seats,
    room_for_mails,
)
