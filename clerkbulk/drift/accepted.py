"""The differences between Clerk's document and us that we know and have decided about, each with its row.

They are told apart from drift as long as Clerk's document says exactly what is written here; when it comes to say what
we do, that is a difference of its own, so that this table never grows stale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clerkbulk.contract.endpoint import APPLICATION_BULK, APPLICATION_SINGLE, ORGANIZATION_BULK, ORGANIZATION_SINGLE
from clerkbulk.drift.difference import Difference

_STRUCTURE: Final = {"type", "gone", "content type", "form", "choice", "moved", "call gone"}
"""Kinds of difference that hide what lies below them."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One known difference. It holds for every one of operations by itself."""

    operations: tuple[str, ...]
    side: str
    """What the field begins with: call, body, query, reply, errors, statuses."""
    name: str
    """The last name of the field, wherever it stands; empty: the side itself, or its items."""
    kind: str
    theirs: str
    row: str
    """Where it is written down."""
    because: str
    """What we do and why, in a sentence or two."""
    may_be_gone: bool = False
    """Whether its absence is nothing to tell."""

    @property
    def field(self) -> str:
        """The side and the name."""
        return f"{self.side}.{self.name}" if self.name else self.side

    def covers(self, difference: Difference) -> bool:
        """Say whether a difference (of one call) is this one."""
        return (
            set(difference.operations) <= set(self.operations)
            and (side_of(difference.field), name_of(difference.field)) == (self.side, self.name)
            and (difference.kind, difference.theirs) == (self.kind, self.theirs)
        )

    def is_hidden_by(self, difference: Difference, operation: str) -> bool:
        """Say whether another difference of the call tells already why this one is not seen."""
        return (
            operation in difference.operations
            and side_of(difference.field) in (self.side, "call" if difference.kind in _STRUCTURE else self.side)
            and (name_of(difference.field) == self.name or difference.kind in _STRUCTURE)
        )


def side_of(field: str) -> str:
    """Return what a field begins with: ``body`` of ``body[].notify``."""
    return field.partition(".")[0].removesuffix("[]")


def name_of(field: str) -> str:
    """Return the last name of a field: ``notify`` of ``body[].notify``, nothing of ``body[]``."""
    return field.rpartition(".")[2] if "." in field else ""


_APPLICATION = (APPLICATION_BULK.operation, APPLICATION_SINGLE.operation)
_ORGANIZATION = (ORGANIZATION_BULK.operation, ORGANIZATION_SINGLE.operation)
_ABOUT_INVITATIONS = (
    *_APPLICATION, *_ORGANIZATION, "ListInvitations", "RevokeInvitation", "ListOrganizationInvitations",
    "GetOrganizationInvitation", "RevokeOrganizationInvitation",
)  # fmt: skip
_ANSWERS_ORGANIZATION = (
    *_ORGANIZATION, "ListOrganizationInvitations", "GetOrganizationInvitation", "RevokeOrganizationInvitation",
)  # fmt: skip
_LATE = "Clerk added it late and older answers lack it, so we read it as optional."

ACCEPTED: Final = (
    Accepted(
        _APPLICATION, "body", "ignore_existing", "contradiction", "bypassed", "clerk-contract 8.1 row 1",
        "The text of the field says that ignore_existing also passes over people who have an account, the text of the "
        "bulk call that nothing does. We expect a refusal.",
    ),
    Accepted(
        ("ListInvitations",), "reply", "", "form", "a bare array", "clerk-contract 8.1 row 2",
        "The document answers paginated=true with an array as well; Clerk's SDKs read an object. We ask for the object "
        "and read both.",
    ),
    *(
        Accepted(
            (APPLICATION_SINGLE.operation,), "body", name, "null", "never null", "clerk-contract 8.1 row 3",
            "The single call takes no null here and the bulk call does. Our schema of parameters is the bulk call's; "
            "we leave keys out and never send null.",
        )
        for name in ("public_metadata", "redirect_url")
    ),
    Accepted(
        _ORGANIZATION, "body", "", "additionalProperties", "open", "clerk-contract 8.1 row 4",
        "Items for organizations are open in the document. We refuse unknown keys for both endpoints.",
    ),
    Accepted(
        (ORGANIZATION_BULK.operation,), "statuses", "", "status 402", "not listed", "clerk-contract 8.1 row 5",
        "The single call lists 402 for seats and the bulk call does not. We handle it on both.",
    ),
    Accepted(
        _ABOUT_INVITATIONS, "statuses", "", "unlisted statuses", "not listed", "clerk-contract 8.1 row 6",
        "Statuses were recorded and documented that the document does not list. We handle each of them on every call.",
        may_be_gone=True,
    ),
    Accepted(
        ("ListOrganizationInvitations",), "call", "", "contradiction", "several", "clerk-contract 8.1 row 7",
        "The text says that status takes several values, the schema has one. We ask for one status a read.",
    ),
    *(
        Accepted(_ANSWERS_ORGANIZATION, "reply", name, "required", "required", "clerk-contract 8.1 row 8", _LATE)
        for name in ("inviter_id", "public_inviter_data")
    ),
    *(
        Accepted(_ANSWERS_ORGANIZATION, "reply", name, "required", "required", "clerk-contract 2.2", _LATE)
        for name in ("role_name", "url", "expires_at")
    ),
    *(
        Accepted(
            _ANSWERS_ORGANIZATION, "reply", name, "required", "required", "clerk-contract 2.2",
            "Of who invited we need the user's id; the rest is read where it is there.",
        )
        for name in ("first_name", "last_name", "image_url", "has_image", "identifier")
    ),
    Accepted(
        _ANSWERS_ORGANIZATION, "reply", "public_organization_data", "gone", "absent", "clerk-contract 2.2",
        "Only lists over the whole instance have it. One schema of ours serves them too.",
    ),
    Accepted(
        (ORGANIZATION_BULK.operation, "ListOrganizationInvitations"), "reply", "total_count", "required", "required",
        "clerk-contract 2.3",
        "What total_count counts after a bulk call is not clear. We do not compute with it and do not ask for it.",
    ),
    Accepted(
        (*_APPLICATION, *_ORGANIZATION), "body", "expires_in_days", "default", "not stated",
        "clerk-contract 8.1 row 18",
        "The 30 days are in the text of the field only. Our schema states them.",
    ),
    Accepted(
        (APPLICATION_SINGLE.operation,), "body", "template_slug", "default", "not stated", "clerk-contract 8.1 row 15",
        "The single call states no default and the bulk call does. We leave the parameter out when it is not given.",
    ),
    Accepted(
        (*_APPLICATION, ORGANIZATION_SINGLE.operation), "body", "", "required", "not required", "clerk-contract 1.2",
        "The document does not call the body required, though an empty one cannot be valid. We always send one.",
    ),
    Accepted(
        ("GetInstance",), "call", "", "call gone", "nothing under /instance", "clerk-contract, sources",
        "A document that was cut to invitations has nothing of the instance, so GET /instance is not compared.",
        may_be_gone=True,
    ),
)  # fmt: skip
"""By the rows of clerk-contract."""
