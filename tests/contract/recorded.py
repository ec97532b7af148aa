"""What a cassette holds, and what it may not hold: the rules by which calls are recorded and found again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from vcr.cassette import Cassette  # type: ignore[import-untyped]
from vcr.request import Request  # type: ignore[import-untyped]

from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.json_schema import SchemaName, body_faults, faults, reply_schema
from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.suite.scrubbing import AUTHORIZATION, TICKET

NOON = 1_800_014_400_000
"""2027-01-15 12:00:00 UTC in milliseconds: when every recording begins."""
APP, ACME = Application(), Organization("org_acme")
ADA, GRACE = {"email_address": "ada@example.com"}, {"email_address": "grace@example.org"}
MEMBER = {"role": "org:member"}
ORGANIZATION: dict[str, Any] = {"organizations": [{"id": "org_acme", "name": "Acme", "slug": "acme"}]}
PEOPLE: dict[str, Any] = {
    **ORGANIZATION,
    "users": [
        {"id": "user_boss", "email_address": "boss@example.com", "first_name": "Bo", "last_name": "Ss"},
        {"id": "user_worker", "email_addresses": ["worker@example.com", "work@example.net"], "first_name": "Wo"},
        {"id": "user_stranger", "email_address": "stranger@example.com"},
    ],
    "memberships": [
        {"id": "orgmem_boss", "organization_id": "org_acme", "user_id": "user_boss", "role": "org:admin"},
        {"id": "orgmem_worker", "organization_id": "org_acme", "user_id": "user_worker"},
    ],
}


def cassette(name: str, **stage: Any) -> Callable[[Any], Any]:
    """Name the cassette of a test, and what the emulator holds before it is recorded (see conftest)."""
    return lambda test: pytest.mark.default_cassette(f"{name}.yaml")(pytest.mark.stage(**stage)(test))


KEY = "sk_test_planted"
"""The key every recording is made with: whoever finds it in a file has found a leak."""
RECORDED_FROM = ("X-Recorded-From", "clerkbulk emulator, never Clerk")
"""A header of every recorded answer: it stays in the file whoever rewrites it, and is seen by whoever replays it."""

_KEPT = {"accept", "authorization", "clerk-api-version", "content-type", "user-agent"}
"""Headers of a request that say something; the rest hangs on the machine that recorded it."""


def kept_request(request: Request) -> Request:
    """Return a request fit to be kept: no key, no version of the recorder, nothing of the machine."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers = {name: value for name, value in headers.items() if name in _KEPT}
    headers["authorization"] = AUTHORIZATION
    headers["user-agent"] = "clerkbulk"
    request.headers = headers
    return request


def kept_response(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response fit to be kept: tickets, which let in whoever has them, are gone; its origin is said."""
    body = re.sub(rb"ticket=[^\"&\s]*", TICKET.encode(), response["body"]["string"])
    headers = {name: values for name, values in response["headers"].items() if name.lower() != "content-length"}
    name, origin = RECORDED_FROM
    return {**response, "headers": {**headers, name: [origin]}, "body": {"string": body}}


@lru_cache(maxsize=4096)
def _canonical(body: bytes) -> str:
    return json.dumps(json.loads(body or b"null"), sort_keys=True, separators=(",", ":"))


def json_body(ours: Request, theirs: Request) -> None:
    """Match requests whose bodies are the same JSON; vcrpy's own matcher writes a diff of every miss: far slower."""
    assert _canonical(bytes(ours.body or b"")) == _canonical(bytes(theirs.body or b"")), "the JSON bodies differ"


DEFAULTS = {"notify": True, "ignore_existing": False, "template_slug": "invitation", "expires_in_days": 30}
"""What Clerk takes when a parameter is not given (documented; clerk-contract 1.2, 1.3 and 4.3)."""


def json_body_but_defaults(ours: Request, theirs: Request) -> None:
    """Match two bulk bodies that differ at most in parameters written out with the value they have anyway.

    The official Python SDK writes defaults out (clerk-contract 8.3); the two bodies mean the same to Clerk.
    """
    assert _told(bytes(ours.body or b"")) == _told(bytes(theirs.body or b"")), "the JSON bodies differ"


def _told(body: bytes) -> Any:
    document = json.loads(body or b"null")
    if not isinstance(document, list):
        return document
    return [{name: value for name, value in item.items() if DEFAULTS.get(name) != value} for item in document]


def hold_to_the_schemas(cassette: Cassette) -> None:
    """Assert that everything a cassette sent and answered about invitations holds to its JSON Schema."""
    for request, response in cassette.data:
        path = urlsplit(request.uri).path
        target: Target = ACME if "/organizations/" in path else APP
        lane = Lane.BULK if path.endswith("/bulk") else Lane.SINGLE
        creates = request.method == "POST" and not path.endswith("/revoke")
        if creates:
            assert body_faults(target, json.loads(request.body), lane) == ()
        document, status = json.loads(response["body"]["string"]), response["status"]["code"]
        if status >= 400:
            assert faults(SchemaName.ERRORS, document) == ()
            assert document["clerk_trace_id"] == response["headers"]["x-clerk-trace-id"][0]
        elif creates:
            assert faults(reply_schema(target, lane), document) == ()
        elif "/invitations" in path:
            listed = document.get("data", [document])
            assert [faults(reply_schema(target, Lane.SINGLE), one) for one in listed] == [()] * len(listed)


# Reading the files as they lie there.


def interactions(path: Path) -> list[dict[str, Any]]:
    """Return the interactions of a cassette as its YAML has them."""
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["interactions"]
    return found


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a YAML document, JSON inside of texts taken apart too: escapes and folds hide nothing."""
    if isinstance(value, dict):
        yield from texts(list(value.items()))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, bytes):
        yield from texts(value.decode())
    elif isinstance(value, str):
        yield value
        if value.startswith(("{", "[")):
            yield from texts(json.loads(value))
