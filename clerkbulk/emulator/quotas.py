"""Is there room: limits on members, seats, users, invitations and e-mails, each with its own refusal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from clerkbulk.emulator.circumstances import Circumstances, Verdict
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.items import Item
from clerkbulk.emulator.refusal import Refusal, refused


def room_for_members(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Members plus pending invitations stay within max_allowed_memberships (documented); 0 is unlimited."""
    organization = here.organization
    if organization is None or organization.max_allowed_memberships == 0:
        return None
    most = organization.max_allowed_memberships
    said = f"You have reached your limit of {most} organization memberships, including outstanding invitations."
    message = "organization membership quota exceeded"
    refusal = refused(403, "organization_membership_quota_exceeded", message, said)
    return _within(items, most - _occupied(here), refusal)


def room_for_seats(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Members plus pending invitations stay within the plan's seats (documented)."""
    organization = here.organization
    if organization is None or organization.seats is None:
        return None
    needed = _occupied(here) + len(items)
    said = "You have reached the seat limit for your current plan."
    refusal = refused(402, "insufficient_seats", "Insufficient seats", said, {"seats_quantity": needed})
    return _within(items, organization.seats - _occupied(here), refusal)


def room_for_users(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """There is room for users, if the instance has a quota; whether pending invitations count is a question."""
    quota, world = here.settings.user_quota, here.world
    if not quota or here.organization is not None:
        return None
    room = quota - len(world.users)
    if here.settings.user_quota_counts == "users":
        return None if room > 0 else Verdict(user_quota_exceeded(quota), tuple(items), of_limit=True)
    return _within(items, room - world.invitations.pending_count(None), user_quota_exceeded(quota))


def user_quota_exceeded(quota: int) -> Refusal:
    """The instance has as many users as it may."""
    said = f"You have reached your limit of {quota} users."
    return refused(403, "user_quota_exceeded", "user quota exceeded", said)


def room_for_invitations(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """Pending invitations of both kinds stay within the instance's quota, if it has one."""
    quota, world = here.settings.invitation_quota, here.world
    if not quota:
        return None
    pending = world.invitations.pending_count(None)
    pending += sum(world.organization_invitations.pending_count(one) for one in world.organizations)
    refusal = refused(403, "quota_exceeded", "quota exceeded", f"You have reached your limit of {quota} invitations.")
    return _within(items, quota - pending, refusal)


def room_for_mails(here: Circumstances, items: Sequence[Item]) -> Verdict | None:
    """The month's e-mails of a development instance suffice, if there is a cap (documented; off unless set)."""
    cap, mailed = here.settings.monthly_emails, [item for item in items if costs_a_mail(here.settings, item)]
    if not cap or here.environment != "development" or here.settings.mails_over_cap == "created_without_mail":
        return None
    said = (
        f"The monthly limit for email messages in development ({cap}) has been reached. "
        "Please use test emails (https://go.clerk.com/test-emails) instead"
    )
    message, meta = "Development monthly email limit exceeded", {"dev_monthly_email_limit": cap}
    refusal = refused(400, "dev_monthly_email_limit_exceeded", message, said, meta)
    return _within(mailed, cap - here.world.mails[month_of(here.now)], refusal)


def is_mailed(here: Circumstances, item: Item) -> bool:
    """Whether an e-mail that counts goes out for an item that is being created."""
    cap = here.settings.monthly_emails if here.environment == "development" else 0
    return costs_a_mail(here.settings, item) and (not cap or here.world.mails[month_of(here.now)] < cap)


def costs_a_mail(settings: Settings, item: Item) -> bool:
    """Whether an item makes Clerk send a mail that counts; of test addresses that is a question."""
    is_test = "+clerk_test" in item.key.rpartition("@")[0]
    return item.notify and not (is_test and settings.test_address_mails == "no")


def month_of(now: int) -> str:
    """Return the calendar month, UTC."""
    return datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m")


def _occupied(here: Circumstances) -> int:
    organization_id = here.organization_id or ""
    pending = here.world.organization_invitations.pending_count(organization_id)
    return here.world.member_count(organization_id) + pending


def _within(items: Sequence[Item], room: int, refusal: Refusal) -> Verdict | None:
    struck = tuple(items[max(0, room) :])
    return Verdict(refusal, struck, of_limit=True) if struck else None
