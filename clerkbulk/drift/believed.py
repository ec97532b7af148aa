"""Every call we make of Clerk's, as we believe Clerk documents it: made of our own endpoints, schemas and limits.

Bodies are the schemas of parameters, respelled as on the wire; answers are the schemas of replies. Of the neighbouring
calls (users, memberships, organizations, roles, instance) only what the client asks and preflight reads is named. The
statuses are those the document lists, from clerk-contract 1.2 to 1.4 and 6.1: no code of ours depends on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic.alias_generators import to_snake

from clerkbulk.contract.endpoint import (
    API_PREFIX,
    APPLICATION_BULK,
    APPLICATION_SINGLE,
    ORGANIZATION_BULK,
    ORGANIZATION_SINGLE,
    PAGE_DEFAULT,
    PAGE_LARGEST,
    Endpoint,
    Lane,
)
from clerkbulk.contract.invitation import Invitation
from clerkbulk.contract.json_schema import URN, SchemaName, schema
from clerkbulk.drift.openapi import Place

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: what we send, what we read of the answer."""

    operation: str
    """operationId in Clerk's document."""
    method: str
    path: str
    """As Clerk's document writes it, without ``/v1``."""
    statuses: tuple[str, ...]
    """Those the document lists."""
    replies: tuple[Schema, ...]
    """What we can read: the form the document had, then another we would read as well."""
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    body_required: bool = True
    """Whether we always send a body; what we send anyway may become required."""
    neighbour: bool = False
    """Whether this is no call about invitations: what Clerk adds to it is none of our business."""


def place_of(own: Schema) -> Place:
    """Return one of our schemas, ready to be walked."""
    return Place(own, "", lambda name: schema(SchemaName(name.removeprefix(URN))))


def _items(endpoint: Endpoint) -> Schema:
    """Return the schema of one item's parameters under their names on the wire."""
    application = endpoint.item is Invitation
    params = schema(SchemaName.APPLICATION_PARAMS if application else SchemaName.ORGANIZATION_PARAMS)
    return {
        "type": params["type"],
        "additionalProperties": params["additionalProperties"],
        "required": [to_snake(name) for name in params["required"]],
        "properties": {to_snake(name): described for name, described in params["properties"].items()},
    }


def _body(endpoint: Endpoint) -> Schema:
    if endpoint.lane is Lane.SINGLE:
        return _items(endpoint)
    application = endpoint.item is Invitation
    body = schema(SchemaName.APPLICATION_BODY if application else SchemaName.ORGANIZATION_BODY)
    return {
        "type": body["type"],
        "minItems": body["minItems"],
        "maxItems": endpoint.most_per_call,
        "items": _items(endpoint),
    }


def _list_of(item: Schema) -> tuple[Schema, Schema]:
    """Return the two forms of a list that we read: a bare array, and an object around it."""
    array: Schema = {"type": "array", "items": item}
    wrapped: Schema = {
        "type": "object",
        "required": ["data"],
        "properties": {"data": array, "total_count": {"type": "integer"}},
    }
    return array, wrapped


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "properties": dict(properties)}


def _create(endpoint: Endpoint, statuses: tuple[str, ...]) -> Call:
    item = APPLICATION_ITEM if endpoint.item is Invitation else ORGANIZATION_ITEM
    array, wrapped = _list_of(item)
    if endpoint.lane is Lane.SINGLE:
        replies: tuple[Schema, ...] = (item, array, wrapped)
    else:
        replies = (array, wrapped) if endpoint.item is Invitation else (wrapped, array)
    path = endpoint.path.removeprefix(API_PREFIX)
    return Call(endpoint.operation, "POST", path, statuses, replies, body=_body(endpoint))


APPLICATION_ITEM: Final[Schema] = {"$ref": f"{URN}{SchemaName.APPLICATION_REPLY_ITEM}"}
ORGANIZATION_ITEM: Final[Schema] = {"$ref": f"{URN}{SchemaName.ORGANIZATION_REPLY_ITEM}"}
ERRORS: Final[Schema] = {"$ref": f"{URN}{SchemaName.ERRORS}"}
_REVOKED: Final[Schema] = {
    "allOf": [APPLICATION_ITEM, _object({"status": {"enum": ["revoked"]}, "revoked": {"enum": [True]}})]
}
_TEXT: Final[Schema] = {"type": "string"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_NUMBER: Final[Schema] = {"type": "integer"}
_NUMBER_OR_NONE: Final[Schema] = {"type": ["integer", "null"]}
_FLAG: Final[Schema] = {"type": "boolean"}
_STATUS: Final[Schema] = {
    "type": "string",
    "enum": schema(SchemaName.APPLICATION_REPLY_ITEM)["properties"]["status"]["enum"],
}
_ORDER: Final[Schema] = {"type": "string", "default": "-created_at"}
_PAGING: Final[dict[str, Schema]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": PAGE_LARGEST.number, "default": PAGE_DEFAULT.number},
    "offset": {"type": "integer", "minimum": 0, "default": 0},
}
_PERMISSION: Final[Schema] = {**_object({"key": _TEXT}), "type": ["object", "string"]}
_ORGANIZATION: Final = "/organizations/{organization_id}"
_ORGANIZATION_LIST: Final = tuple(reversed(_list_of(ORGANIZATION_ITEM)))

CALLS: Final = (
    _create(APPLICATION_BULK, ("200", "400", "422")),
    _create(APPLICATION_SINGLE, ("200", "400", "422")),
    _create(ORGANIZATION_BULK, ("200", "400", "402", "403", "404", "422")),
    _create(ORGANIZATION_SINGLE, ("200", "400", "402", "403", "404", "422")),
    Call(
        "ListInvitations",
        "GET",
        "/invitations",
        ("200",),
        # We ask for the object (paginated=true) and read both.
        tuple(reversed(_list_of(APPLICATION_ITEM))),
        {"status": _STATUS, "query": _TEXT, "order_by": _ORDER, "paginated": _FLAG, **_PAGING},
    ),
    Call(
        "RevokeInvitation",
        "POST",
        "/invitations/{invitation_id}/revoke",
        ("200", "400", "404"),
        (_REVOKED,),
    ),
    Call(
        "ListOrganizationInvitations",
        "GET",
        f"{_ORGANIZATION}/invitations",
        ("200", "400", "404", "422"),
        _ORGANIZATION_LIST,
        {"status": _STATUS, "email_address": _TEXT, "order_by": _ORDER, **_PAGING},
    ),
    Call(
        "GetOrganizationInvitation",
        "GET",
        f"{_ORGANIZATION}/invitations/{{invitation_id}}",
        ("200", "400", "403", "404"),
        (ORGANIZATION_ITEM,),
    ),
    Call(
        "RevokeOrganizationInvitation",
        "POST",
        f"{_ORGANIZATION}/invitations/{{invitation_id}}/revoke",
        ("200", "400", "403", "404"),
        (ORGANIZATION_ITEM,),
        body=_object({"requesting_user_id": {"type": ["string", "null"]}}),
        body_required=False,
    ),
    Call(
        "GetUserList",
        "GET",
        "/users",
        ("200", "400", "401", "422"),
        _list_of(
            _object(
                {
                    "id": _TEXT,
                    "email_addresses": {"type": "array", "items": _object({"email_address": _TEXT})},
                    "created_at": _NUMBER,
                    "last_sign_in_at": _NUMBER_OR_NONE,
                    "last_active_at": _NUMBER_OR_NONE,
                }
            )
        ),
        {
            "email_address": _TEXTS,
            "user_id": _TEXTS,
            "order_by": _ORDER,
            "starting_after": _TEXT,
            "created_at_after": _NUMBER,
            "last_active_at_after": _NUMBER,
            "last_sign_in_at_after": _NUMBER,
            **_PAGING,
        },
        neighbour=True,
    ),
    Call(
        "ListOrganizationMemberships",
        "GET",
        f"{_ORGANIZATION}/memberships",
        ("200", "401", "422"),
        tuple(
            reversed(
                _list_of(
                    _object(
                        {
                            "role": _TEXT,
                            "created_at": _NUMBER,
                            "public_user_data": _object({"user_id": _TEXT, "identifier": {"type": ["string", "null"]}}),
                        }
                    )
                )
            )
        ),
        {"email_address": _TEXTS, "user_id": _TEXTS, "order_by": _TEXT, **_PAGING},
        neighbour=True,
    ),
    Call(
        "GetOrganization",
        "GET",
        _ORGANIZATION,
        ("200", "403", "404"),
        (
            _object(
                {
                    "id": _TEXT,
                    "name": _TEXT,
                    "slug": _TEXT,
                    "max_allowed_memberships": _NUMBER,
                    "members_count": _NUMBER,
                    "pending_invitations_count": _NUMBER,
                }
            ),
        ),
        {"include_members_count": _FLAG},
        neighbour=True,
    ),
    Call(
        "ListInstanceOrganizationInvitations",
        "GET",
        "/organization_invitations",
        ("200", "400", "404", "422", "500"),
        tuple(
            reversed(
                _list_of(
                    _object(
                        {"organization_id": _TEXT, "public_organization_data": _object({"id": _TEXT, "name": _TEXT})}
                    )
                )
            )
        ),
        {"order_by": _ORDER, **_PAGING},
        neighbour=True,
    ),
    Call(
        "ListOrganizationRoles",
        "GET",
        "/organization_roles",
        ("200", "400", "401", "403", "422"),
        tuple(reversed(_list_of(_object({"key": _TEXT, "permissions": {"type": "array", "items": _PERMISSION}})))),
        _PAGING,
        neighbour=True,
    ),
    Call(
        "GetInstance",
        "GET",
        "/instance",
        (),
        (_object({"id": _TEXT, "environment_type": _TEXT}),),
        neighbour=True,
    ),
)
"""Every call of endpoint.py and sending/client.py; a test makes each of them and holds this table to what is sent."""

NOT_CALLED: Final = {
    ("GET", f"{_ORGANIZATION}/invitations/pending"): "ListPendingOrganizationInvitations",
    ("GET", "/users/{user_id}/organization_invitations"): "UsersGetOrganizationInvitations",
}
"""Clerk's other calls about invitations, which we know and do not make."""
