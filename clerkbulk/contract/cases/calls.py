"""The creating calls as the cases write them down: paths, items, and what a refusal looks like."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.contract.cases.case import Ask, Expect
from clerkbulk.contract.cases.match import Includes, OneOf
from clerkbulk.contract.endpoint import (
    APPLICATION_BULK,
    APPLICATION_SINGLE,
    ORGANIZATION_BULK,
    ORGANIZATION_SINGLE,
    Endpoint,
)
from clerkbulk.contract.json_schema import SchemaName

SPEC: Final = "openapi-specs bapi/2026-05-12.yml"
ERROR_LIST: Final = "docs data/api_errors.json"
ELEVEN: Final = ("ada", "bob", "cleo", "dan", "eve", "finn", "gina", "hugo", "ida", "jon", "kim")
"""One more than a call takes."""
TEN: Final = ELEVEN[:10]


def path_of(endpoint: Endpoint) -> str:
    """Return an endpoint's path, with the name that stands for the organization in braces."""
    return endpoint.path.format(organization_id="{org}")


BULK: Final = path_of(APPLICATION_BULK)
SINGLE: Final = path_of(APPLICATION_SINGLE)
ORG_BULK: Final = path_of(ORGANIZATION_BULK)
ORG_SINGLE: Final = path_of(ORGANIZATION_SINGLE)


def person(name: str, **more: Any) -> dict[str, Any]:
    """Return an item that invites somebody to the application. No mail: a case may be run against a live instance."""
    return {"email_address": f"{{{name}}}", "notify": False, **more}


def member(name: str, **more: Any) -> dict[str, Any]:
    """Return an item that invites somebody to an organization, without a mail."""
    return {"email_address": f"{{{name}}}", "role": "org:member", "notify": False, **more}


def without(item: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an item without one of its parameters."""
    return {key: value for key, value in item.items() if key != name}


def bulk(*items: Any) -> Ask:
    """Return a bulk call for the application."""
    return Ask("POST", BULK, list(items))


def single(item: Any) -> Ask:
    """Return a single call for the application."""
    return Ask("POST", SINGLE, item)


def org_bulk(*items: Any) -> Ask:
    """Return a bulk call for the organization."""
    return Ask("POST", ORG_BULK, list(items))


def org_single(item: Any) -> Ask:
    """Return a single call for the organization."""
    return Ask("POST", ORG_SINGLE, item)


def refused(status: int | tuple[int, ...], *codes: str, param: str | None = None, **meta: Any) -> Expect:
    """Return the expectation of a refusal: one of these codes, a parameter that is named, and what else meta holds."""
    holds = {f"errors/0/meta/{key}": value for key, value in meta.items()}
    if param is not None:
        holds["errors/0/meta/param_name"] = Includes((param,))
    if len(codes) == 1:
        return Expect(status, schema=SchemaName.ERRORS, code=codes[0], holds=holds)
    if codes:
        holds["errors/0/code"] = OneOf(codes)
    return Expect(status, schema=SchemaName.ERRORS, holds=holds)
