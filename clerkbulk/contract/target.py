"""Target: where invitations go, the application or one organization."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clerkbulk.errors import InputError

# Prefix plus letters and digits, never a length: docs and old data use short ids (clerk-contract section 7).
_ORGANIZATION_ID = re.compile(r"org_[A-Za-z0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Application:
    """The application itself: people are invited to sign up."""

    @property
    def kind(self) -> str:
        """The word for this kind of target in JSON, job files and the ledger."""
        return "application"

    def __str__(self) -> str:
        return "the application"


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization: people are invited to join it.

    organization_id is Clerk's id of it, ``org_`` and letters or digits. Raises InputError for anything else; a slug is
    refused because Clerk documents the id alone for the invitation paths.
    """

    organization_id: str

    def __post_init__(self) -> None:
        if not _ORGANIZATION_ID.match(str(self.organization_id)):
            raise InputError(
                f"{self.organization_id!r} is not an organization id: it should look like org_2abc "
                "(Clerk Dashboard, Organizations, the organization's page)."
            )

    @property
    def kind(self) -> str:
        """The word for this kind of target in JSON, job files and the ledger."""
        return "organization"

    def __str__(self) -> str:
        return f"organization {self.organization_id}"


Target = Application | Organization
