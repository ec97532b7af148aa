"""What Clerk promises of each call we make: path, items per call, calls per hour, page sizes; each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.contract.target import Organization, Target

API_URL = "https://api.clerk.com"
API_PREFIX = "/v1"
API_VERSION = "2026-05-12"
"""Sent as ``Clerk-API-Version``. The invitation calls are the same in every version Clerk lists (documented)."""
KNOWN_API_VERSIONS = ("2021-02-05", "2024-10-01", "2025-04-10", "2025-11-10", "2026-05-12")

MOST_PER_CALL = 10
"""Items of one bulk call: ``maxItems`` of both bulk bodies in the spec (documented)."""
HOUR = 3600
"""Seconds of the window the hourly limits speak of."""

_LIMITS = Fact(Mark.DOCUMENTED, "docs guides/how-clerk-works/system-limits.mdx")
_SPEC = Fact(Mark.DOCUMENTED, "openapi-specs bapi/2026-05-12.yml")


class Lane(StrEnum):
    """One endpoint's own hourly budget."""

    BULK = "bulk"
    SINGLE = "single"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A call that creates invitations, as Clerk documents it."""

    operation: str
    """operationId in Clerk's OpenAPI document."""
    path: str
    """Below the base URL, with ``{organization_id}`` where it belongs."""
    lane: Lane
    item: type[Invitation] | type[OrganizationInvitation]
    most_per_call: int
    calls_per_hour: int
    """For the whole instance. The documentation does not scope it to one organization (documented / inferred)."""
    javascript: str
    """The documented call of Clerk's JavaScript SDK."""
    python: str
    """The call of Clerk's Python SDK."""
    limit_fact: Fact = _LIMITS
    item_fact: Fact = _SPEC

    def path_for(self, target: Target) -> str:
        """Return the path with the target's organization filled in."""
        return self.path.format(organization_id=target.organization_id if isinstance(target, Organization) else "")


APPLICATION_BULK = Endpoint(
    operation="CreateBulkInvitations",
    path="/v1/invitations/bulk",
    lane=Lane.BULK,
    item=Invitation,
    most_per_call=MOST_PER_CALL,
    calls_per_hour=25,
    javascript="clerkClient.invitations.createInvitationBulk",
    python="clerk.invitations.bulk_create",
)
APPLICATION_SINGLE = Endpoint(
    operation="CreateInvitation",
    path="/v1/invitations",
    lane=Lane.SINGLE,
    item=Invitation,
    most_per_call=1,
    calls_per_hour=100,
    javascript="clerkClient.invitations.createInvitation",
    python="clerk.invitations.create",
)
ORGANIZATION_BULK = Endpoint(
    operation="CreateOrganizationInvitationBulk",
    path="/v1/organizations/{organization_id}/invitations/bulk",
    lane=Lane.BULK,
    item=OrganizationInvitation,
    most_per_call=MOST_PER_CALL,
    calls_per_hour=50,
    javascript="clerkClient.organizations.createOrganizationInvitationBulk",
    python="clerk.organization_invitations.bulk_create",
)
ORGANIZATION_SINGLE = Endpoint(
    operation="CreateOrganizationInvitation",
    path="/v1/organizations/{organization_id}/invitations",
    lane=Lane.SINGLE,
    item=OrganizationInvitation,
    most_per_call=1,
    calls_per_hour=250,
    javascript="clerkClient.organizations.createOrganizationInvitation",
    python="clerk.organization_invitations.create",
)
ENDPOINTS = (APPLICATION_BULK, APPLICATION_SINGLE, ORGANIZATION_BULK, ORGANIZATION_SINGLE)


def endpoint_for(target: Target, lane: Lane = Lane.BULK) -> Endpoint:
    """Return the endpoint that invites to target through lane."""
    if isinstance(target, Organization):
        return ORGANIZATION_BULK if lane is Lane.BULK else ORGANIZATION_SINGLE
    return APPLICATION_BULK if lane is Lane.BULK else APPLICATION_SINGLE


@dataclass(frozen=True, slots=True)
class Limit:
    """A number Clerk imposes, with the fact that vouches for it."""

    number: int
    says: str
    fact: Fact


PAGE_DEFAULT = Limit(10, "items of a page when limit is not sent", _SPEC)
PAGE_LARGEST = Limit(500, "items of a page at most", _SPEC)
ADDRESSES_PER_READ = Limit(100, "values of email_address in one read of users or memberships", _SPEC)
READS_PRODUCTION = Limit(1000, "requests in 10 seconds, production instance, everything together", _LIMITS)
READS_DEVELOPMENT = Limit(100, "requests in 10 seconds, development instance, everything together", _LIMITS)
MEMBERSHIPS_DEFAULT = Limit(
    5, "members and pending invitations of an organization unless set", Fact(Mark.DOCUMENTED, "docs configure.mdx")
)
DEVELOPMENT_EMAILS = Limit(
    100,
    "e-mails a calendar month of a development instance",
    Fact(Mark.DOCUMENTED, "docs test-emails-and-phones.mdx"),
)
