"""The numbers and paths of the calls; against the contract page and Clerk's own document where they lie near."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from clerkbulk.contract.endpoint import (
    ADDRESSES_PER_READ,
    API_URL,
    API_VERSION,
    APPLICATION_BULK,
    APPLICATION_SINGLE,
    DEVELOPMENT_EMAILS,
    ENDPOINTS,
    HOUR,
    KNOWN_API_VERSIONS,
    MEMBERSHIPS_DEFAULT,
    MOST_PER_CALL,
    ORGANIZATION_BULK,
    ORGANIZATION_SINGLE,
    PAGE_DEFAULT,
    PAGE_LARGEST,
    READS_DEVELOPMENT,
    READS_PRODUCTION,
    Endpoint,
    Lane,
    Limit,
    endpoint_for,
)
from clerkbulk.contract.fact import Mark
from clerkbulk.contract.target import Application, Organization

SHARED = Path(__file__).resolve().parents[3] / "shared"
PAGE, SPEC = SHARED / "clerk-contract.md", SHARED / "openapi" / "clerk-invitations.openapi.yml"
near = pytest.mark.skipif(not PAGE.exists() or not SPEC.exists(), reason="the sources do not lie beside this checkout")
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.operation)


@pytest.mark.parametrize(
    ("endpoint", "path", "most", "hourly", "people"),
    [
        (APPLICATION_BULK, "/v1/invitations/bulk", 10, 25, 250),
        (APPLICATION_SINGLE, "/v1/invitations", 1, 100, 100),
        (ORGANIZATION_BULK, "/v1/organizations/{organization_id}/invitations/bulk", 10, 50, 500),
        (ORGANIZATION_SINGLE, "/v1/organizations/{organization_id}/invitations", 1, 250, 250),
    ],
    ids=["application bulk", "application single", "organization bulk", "organization single"],
)
def test_what_an_hour_holds(endpoint: Endpoint, path: str, most: int, hourly: int, people: int) -> None:
    """Paths, items a call, calls an hour, and so people an hour, as clerk-contract section 5 has them."""
    assert (endpoint.path, endpoint.most_per_call, endpoint.calls_per_hour) == (path, most, hourly)
    assert endpoint.most_per_call * endpoint.calls_per_hour == people
    assert endpoint.limit_fact.mark is Mark.DOCUMENTED
    assert endpoint.item_fact.mark is Mark.DOCUMENTED


@pytest.mark.parametrize(
    ("limit", "number"),
    [
        (PAGE_DEFAULT, 10),
        (PAGE_LARGEST, 500),
        (ADDRESSES_PER_READ, 100),
        (READS_PRODUCTION, 1000),
        (READS_DEVELOPMENT, 100),
        (MEMBERSHIPS_DEFAULT, 5),
        (DEVELOPMENT_EMAILS, 100),
    ],
    ids=lambda value: value.says if isinstance(value, Limit) else "",
)
def test_the_other_limits(limit: Limit, number: int) -> None:
    """Every number Clerk imposes, with a documented source."""
    assert limit.number == number
    assert limit.fact.mark is Mark.DOCUMENTED


def test_the_base_and_the_version() -> None:
    """The address without /v1, and the pinned version among the known ones."""
    assert (API_URL, API_VERSION, HOUR, MOST_PER_CALL) == ("https://api.clerk.com", "2026-05-12", 3600, 10)
    assert KNOWN_API_VERSIONS == ("2021-02-05", "2024-10-01", "2025-04-10", "2025-11-10", "2026-05-12")


def test_the_endpoint_of_a_target() -> None:
    """The target and the lane choose the call; the organization stands in its path."""
    acme = Organization("org_acme")
    assert endpoint_for(Application()) is APPLICATION_BULK
    assert endpoint_for(Application(), Lane.SINGLE) is APPLICATION_SINGLE
    assert endpoint_for(acme) is ORGANIZATION_BULK
    assert endpoint_for(acme, Lane.SINGLE) is ORGANIZATION_SINGLE
    assert ORGANIZATION_BULK.path_for(acme) == "/v1/organizations/org_acme/invitations/bulk"
    assert APPLICATION_BULK.path_for(Application()) == "/v1/invitations/bulk"


@near
@every_endpoint
def test_the_contract_page_says_the_same(endpoint: Endpoint) -> None:
    """The hourly limit in the page's table is the one here, and so is what it makes of it."""
    path = endpoint.path.replace("{organization_id}", "{id}")
    row = re.search(
        rf"^\| `POST {re.escape(path)}` \| \**(\d+) requests / hour\** \| \**(\d+)\** \|", _page(), re.MULTILINE
    )
    assert row is not None
    assert row.groups() == (str(endpoint.calls_per_hour), str(endpoint.calls_per_hour * endpoint.most_per_call))


@near
def test_the_contract_page_has_the_same_versions_and_reads() -> None:
    """Versions, page sizes, addresses a read and the general limits stand on the page as they stand here."""
    page = _page()
    for sentence in (
        f"| known versions | {', '.join(KNOWN_API_VERSIONS)} |",
        f"Pin `{API_VERSION}`",
        f"`limit` 1..{PAGE_LARGEST.number}, default **{PAGE_DEFAULT.number}**",
        f"**up to {ADDRESSES_PER_READ.number} per call**",
        f"| everything, production | {READS_PRODUCTION.number} requests / 10 s |",
        f"| everything, development | {READS_DEVELOPMENT.number} requests / 10 s |",
        f"`max_allowed_memberships`, default {MEMBERSHIPS_DEFAULT.number} per organization",
        f"| dev instances | {DEVELOPMENT_EMAILS.number} emails per calendar month",
    ):
        assert sentence in page


@near
@every_endpoint
def test_clerks_own_document_has_the_same_call(endpoint: Endpoint) -> None:
    """Path, operation, required body, number of items and parameter names are those of Clerk's OpenAPI document."""
    spec: dict[str, Any] = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    operation = spec["paths"][endpoint.path.removeprefix("/v1")]["post"]
    assert operation["operationId"] == endpoint.operation
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    if endpoint.lane is Lane.BULK:
        assert (body["minItems"], body["maxItems"]) == (1, endpoint.most_per_call)
        body = body["items"]
    assert sorted(body["properties"]) == sorted(endpoint.item.parameters())


def _page() -> str:
    return PAGE.read_text(encoding="utf-8")
