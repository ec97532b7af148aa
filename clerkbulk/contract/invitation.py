"""Invitation and OrganizationInvitation: one item of a call, every documented parameter, checked on the way in.

Types, bounds and defaults are those of CreateBulkInvitations and CreateOrganizationInvitationBulk in Clerk's OpenAPI
document of 2026-05-12 (documented); what we ask beyond it stands beside the field. Both spellings come in, the wire's
(``email_address``) and Clerk's documentation's (``emailAddress``); nothing that was not given goes out.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel, to_snake

from clerkbulk.contract.address import AddressError, address_key, normal_form
from clerkbulk.contract.fault import retold, sentence, shown
from clerkbulk.contract.metadata import not_too_deep, sendable_metadata
from clerkbulk.contract.redirect_url import doubt_about_redirect_url

SHORTEST_EXPIRY, LONGEST_EXPIRY = 1, 365
"""Days; ``minimum`` and ``maximum`` of expires_in_days in the spec."""
DEFAULT_EXPIRY = 30
"""Days when expires_in_days is not given; documented in words only."""


def _address(value: Any) -> str:
    if not isinstance(value, str):
        raise AddressError(f"an address is a text, and this is {shown(value)}")
    try:
        return normal_form(value)
    except AddressError as error:
        raise AddressError(f"{shown(value)} is not an e-mail address: {error}") from None


def _redirect_url(value: str) -> str:
    doubt_about_redirect_url(value)
    return value


def _role(value: str) -> str:
    # Free text in the spec. Keys look like org:member; old instances have admin and basic_member (clerk-contract 4.4).
    # What nobody sees is refused with the spaces, and so are half characters, which no JSON text can carry.
    if not value or re.search(r"[\s\u200b-\u200f\u2060\ufeff\ud800-\udfff]", value):
        raise ValueError(f"a role is a key without spaces, such as org:member, and this is {value!r}")
    return value


def _user_id(value: str) -> str:
    # The prefix and letters or digits, never a length: docs and old data use short ids (clerk-contract section 7).
    if not re.fullmatch(r"user_[A-Za-z0-9]+", value):
        raise ValueError(f"a user id looks like user_2abc, and this is {value!r}")
    return value


_Text = Annotated[str, Field(strict=True)]
_Metadata = Annotated[dict[str, JsonValue], BeforeValidator(not_too_deep), AfterValidator(sendable_metadata)]
_Days = Annotated[int, Field(strict=True, ge=SHORTEST_EXPIRY, le=LONGEST_EXPIRY)]
_Flag = Annotated[bool, Field(strict=True)]


class _Item(BaseModel):
    """What the items of both endpoints share."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )

    kind: ClassVar[Literal["application", "organization"]]

    email_address: Annotated[str, BeforeValidator(_address)]
    """The address the invitation goes to. Sent trimmed and in lower case."""
    redirect_url: Annotated[_Text, AfterValidator(_redirect_url)] | None = None
    """Where the link in the mail leads. Absolute; without it the link leads to the Account Portal."""
    public_metadata: _Metadata | None = None
    """JSON object that the user (or, in an organization, the membership) gets on acceptance; browsers can read it."""
    notify: _Flag | None = None
    """Whether Clerk mails the invitation. Clerk's default: true."""
    expires_in_days: _Days | None = None
    """Days the invitation can be accepted, 1 to 365. Clerk's default: 30."""

    @property
    def key(self) -> str:
        """What two spellings of this person's address have in common."""
        return address_key(self.email_address)

    def to_wire(self) -> dict[str, Any]:
        """Return the item as it goes over the wire: snake_case, only what was given, never null."""
        return self.model_dump(exclude_unset=True, exclude_none=True)

    def to_params(self) -> dict[str, Any]:
        """Return the item as Clerk's documentation writes it: camelCase parameters; metadata keys as they are."""
        return self.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)

    @classmethod
    def parameters(cls) -> tuple[str, ...]:
        """Return the wire names of every documented parameter."""
        return tuple(cls.model_fields)

    @model_validator(mode="wrap")
    @classmethod
    def _explained(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Let every error say what is allowed and what was given."""
        try:
            return handler(given)
        except ValidationError as error:
            details = error.errors(include_url=False)
            sentences = [
                cls._stranger(str(detail["loc"][-1])) if detail["type"] == "extra_forbidden" else sentence(detail)
                for detail in details
            ]
            raise retold(error, sentences) from None

    @classmethod
    def _stranger(cls, name: str) -> str:
        """Say why this item has no parameter of that name, or no room for it."""
        wire = to_snake(name)
        if wire in cls.parameters():
            return f"{wire} and {to_camel(wire)} are two spellings of one parameter: keep one of them"
        allowed = f"there are {', '.join(cls.parameters())}"
        owner = next((item for item in _Item.__subclasses__() if wire in item.parameters()), None)
        if owner is None:
            return f"there is no such parameter: {allowed}"
        kind = {"application": "to the application", "organization": "to organizations"}[owner.kind]
        return f"it exists only for invitations {kind} ({owner.__name__}): here {allowed}"

    def replace(self, **changes: Any) -> Self:
        """Return a copy with changes, checked like any other. Raises pydantic.ValidationError."""
        return type(self).model_validate({**self.to_wire(), **changes})


class Invitation(_Item):
    """One invitation to the application: an item of POST /invitations/bulk. Raises pydantic.ValidationError."""

    kind: ClassVar[Literal["application", "organization"]] = "application"

    ignore_existing: _Flag | None = None
    """Whether to invite although a pending invitation exists. Clerk's default: false. It makes Clerk mail again."""
    template_slug: Literal["invitation", "waitlist_invitation"] | None = None
    """Which of the instance's e-mail templates to use. Clerk's default: invitation."""


class OrganizationInvitation(_Item):
    """One invitation to an organization: an item of POST /organizations/{organization_id}/invitations/bulk.

    Raises pydantic.ValidationError.
    """

    kind: ClassVar[Literal["application", "organization"]] = "organization"

    role: Annotated[_Text, AfterValidator(_role)]
    """The key of the role the member will have, such as org:member."""
    inviter_user_id: Annotated[_Text, AfterValidator(_user_id)] | None = None
    """The user who invites; must be an administrator of the organization. Absent: nobody in particular."""
    private_metadata: _Metadata | None = None
    """JSON object that the membership gets on acceptance; only the Backend API sees it."""


AnyInvitation = Invitation | OrganizationInvitation
