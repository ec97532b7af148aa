"""The four calls that create invitations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.endpoint import MOST_PER_CALL, Endpoint, Lane
from clerkbulk.contract.invitation import OrganizationInvitation
from clerkbulk.emulator.call import Call
from clerkbulk.emulator.checks import APPLICATION_CHECKS, ORGANIZATION_CHECKS
from clerkbulk.emulator.circumstances import Circumstances
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.invitation import DAY, Invitation
from clerkbulk.emulator.items import (
    APPLICATION_BULK_ITEM,
    APPLICATION_SINGLE_ITEM,
    ORGANIZATION_ITEM,
    Item,
    read_item,
)
from clerkbulk.emulator.organization import Organization
from clerkbulk.emulator.quotas import is_mailed, month_of
from clerkbulk.emulator.refusal import (
    Entry,
    Refusal,
    body_of_wrong_type,
    entry_missing,
    meta_of,
    no_organization,
    refused,
    request_body_invalid,
)
from clerkbulk.emulator.world import World


def create(world: World, call: Call, endpoint: Endpoint) -> Any:
    """Answer a creating call: check, count it against the hour, create. Raises Refusal."""
    try:
        organization = _organization(world, call, endpoint)
        given = _given(world.settings, call.document, endpoint)
        if world.windows is not None:
            world.windows.admit_call(_bucket(world, call, endpoint), endpoint.calls_per_hour, call.now)
        answer = _create(world, call, endpoint, organization, given)
    except Refusal as refusal:
        _note(world, call, endpoint, refusal.status)
        raise
    _note(world, call, endpoint, 200)
    return answer


def check_organizations_enabled(world: World) -> None:
    """Raise Refusal where the instance has no organizations."""
    if not world.settings.organizations_enabled:
        said = "The organizations feature is not enabled for this instance. You can enable it in the Clerk Dashboard."
        raise refused(403, "organization_not_enabled_in_instance", "access denied", said)


def organization_of(world: World, call: Call) -> Organization:
    """Return the organization the path names. Raises Refusal: organizations off, or no such organization."""
    check_organizations_enabled(world)
    named = call.parts["organization_id"]
    by_slug = world.settings.organization_slug == "accepted"
    organization = world.organization(named) if by_slug else world.organizations.get(named)
    if organization is None:
        raise no_organization(world.settings.unknown_organization)
    return organization


def _organization(world: World, call: Call, endpoint: Endpoint) -> Organization | None:
    enabled = world.settings.email_addresses_enabled
    if endpoint.item is OrganizationInvitation:
        organization = organization_of(world, call)
        if not enabled:
            said = "This feature requires email addresses to be enabled for this instance."
            raise refused(422, "feature_requires_email_address_enabled", said)
        return organization
    if not enabled:
        said = "Invitations are only supported on instances that accept email addresses."
        raise refused(400, "invitations_not_supported", said)
    return None


def _given(settings: Settings, document: Any, endpoint: Endpoint) -> list[tuple[int | None, Any]]:
    """Return the items as they came, with their places; a single call has one, without a place."""
    if endpoint.lane is Lane.SINGLE:
        if not isinstance(document, dict):
            raise body_of_wrong_type("Request body", document, "object")
        return [(None, document)]
    if not isinstance(document, list):
        raise body_of_wrong_type("Request body", document, "array")
    if not document:
        raise _no_item(settings)
    if len(document) > MOST_PER_CALL:
        raise _too_many_items(settings)
    return list(enumerate(document))


def _no_item(settings: Settings) -> Refusal:
    if settings.empty_call == "400 request_body_invalid":
        return request_body_invalid()
    return Refusal(422, [entry_missing("email_address", "email_address")])


def _too_many_items(settings: Settings) -> Refusal:
    if settings.eleven_items == "400 bulk_size_exceeded":
        said = f"Parameters exceed the maximum allowed bulk processing size of {MOST_PER_CALL}."
        return refused(400, "bulk_size_exceeded", "bulk size exceeded", said)
    said = f"params should not exceed {MOST_PER_CALL} items."
    return Refusal(422, [Entry("form_param_array_size_exceeded", "exceeds maximum size", said, meta_of("params"))])


def _create(
    world: World,
    call: Call,
    endpoint: Endpoint,
    organization: Organization | None,
    given: Sequence[tuple[int | None, Any]],
) -> Any:
    here = Circumstances(world, organization, call.environment, call.now)
    judged = _judge(here, endpoint, given)
    if judged.refusal is not None and not _others_are_created(world.settings, endpoint, judged):
        raise judged.refusal
    made = [_make(here, call, item) for item in judged.items]
    if judged.refusal is not None:
        raise judged.refusal
    if endpoint.lane is Lane.SINGLE:
        return world.invitation_wire(made[0])
    wire = [world.invitation_wire(invitation) for invitation in _ordered(world.settings, made)]
    if organization is None:
        return wire
    total = len(wire)
    if world.settings.bulk_total_count == "all_of_the_organization":
        total = len(world.organization_invitations.ranked(frozenset(), ("created_at", False), organization.id))
    return {"data": wire, "total_count": total}


@dataclass(frozen=True, slots=True)
class _Judged:
    """The items nothing stands in the way of, and the first refusal the others lead to."""

    items: list[Item]
    refusal: Refusal | None = None
    of_limit: bool = False


def _others_are_created(settings: Settings, endpoint: Endpoint, judged: _Judged) -> bool:
    if endpoint.lane is Lane.SINGLE:
        return False
    if judged.of_limit and settings.quota_half_way != "as_other_refusals":
        return settings.quota_half_way == "fitting_created"
    return settings.atomicity == "partial"


def _judge(here: Circumstances, endpoint: Endpoint, given: Sequence[tuple[int | None, Any]]) -> _Judged:
    parameters = APPLICATION_BULK_ITEM if endpoint.lane is Lane.BULK else APPLICATION_SINGLE_ITEM
    if here.organization is not None:
        parameters = ORGANIZATION_ITEM
    items: list[Item] = []
    wrong: list[Entry] = []
    for index, raw in given:
        item, entries = read_item(raw, index, parameters, here.settings, here.environment)
        wrong += entries
        if item is not None:
            items.append(item)
    judged = _Judged(items, Refusal(422, list({repr(entry): entry for entry in wrong}.values())) if wrong else None)
    for check in APPLICATION_CHECKS if here.organization is None else ORGANIZATION_CHECKS:
        if verdict := check(here, judged.items):
            left = [item for item in judged.items if not any(item is struck for struck in verdict.struck)]
            is_first = judged.refusal is None
            judged = _Judged(left, judged.refusal or verdict.refusal, verdict.of_limit if is_first else judged.of_limit)
    return judged


def _make(here: Circumstances, call: Call, item: Item) -> Invitation:
    world, organization = here.world, here.organization
    invitation = Invitation(
        id=world.ids.new("inv" if organization is None else "orginv", call.now / 1000),
        email_address=item.email_address.lower() if world.settings.stored_case == "lower" else item.email_address,
        status="pending",
        ticket=world.ids.ticket(),
        created_at=call.now,
        updated_at=call.now,
        expires_at=call.now + item.expires_in_days * DAY,
        public_metadata=item.public_metadata,
        organization_id=None if organization is None else organization.id,
        role=item.role,
        inviter_id=item.inviter_user_id,
        private_metadata=item.private_metadata,
    )
    world.put_invitation(invitation)
    world.tell("created", invitation, call.now)
    if is_mailed(here, item):
        world.mails[month_of(call.now)] += 1
    return invitation


def _ordered(settings: Settings, made: list[Invitation]) -> list[Invitation]:
    if settings.result_order == "reversed":
        return made[::-1]
    return sorted(made, key=lambda invitation: invitation.key) if settings.result_order == "by_address" else made


def _bucket(world: World, call: Call, endpoint: Endpoint) -> str:
    """Return what the hour is counted for: the operation, or the operation in one organization."""
    by_organization = world.settings.hourly_scope == "organization" and "organization_id" in call.parts
    return f"{endpoint.operation} {call.parts['organization_id']}" if by_organization else endpoint.operation


def _note(world: World, call: Call, endpoint: Endpoint, status: int) -> None:
    if world.windows is not None:
        world.windows.note(_bucket(world, call, endpoint), endpoint.calls_per_hour, status, call.now)
