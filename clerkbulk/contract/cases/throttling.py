"""Throttling and failures: the hour of each creating call, and answers that no state of an instance brings about."""

from __future__ import annotations

from typing import Any, Final

from clerkbulk.contract.cases.calls import (
    BULK,
    ERROR_LIST,
    SINGLE,
    bulk,
    member,
    path_of,
    person,
    refused,
    single,
)
from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.match import Addresses, AtLeast
from clerkbulk.contract.endpoint import APPLICATION_BULK, ENDPOINTS, HOUR, Endpoint, Lane
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName

_LIMITS: Final = "docs guides/how-clerk-works/system-limits.mdx"
_LIMIT_CODES: Final = ("too_many_requests", "rate_limit_exceeded")
"""Clerk's list has the first, mocks of Clerk's the second: the status is what counts."""


def _is_for_organizations(endpoint: Endpoint) -> bool:
    return "organization_id" in endpoint.path


def _ask(endpoint: Endpoint, name: str) -> Ask:
    item = member(name) if _is_for_organizations(endpoint) else person(name)
    return Ask("POST", path_of(endpoint), [item] if endpoint.lane is Lane.BULK else item)


def _hour(endpoint: Endpoint) -> Case:
    family = "organization" if _is_for_organizations(endpoint) else "application"
    return Case(
        name=f"{family}-{endpoint.lane}-hour",
        promise=f"{endpoint.calls_per_hour} {endpoint.lane} calls of the {family} pass in an hour, then each is told "
        "for how many seconds to wait; an hour later they pass again.",
        fact=Fact(Mark.DOCUMENTED, _LIMITS),
        rows=("3.3 too_many_requests",),
        needs=frozenset({Need.ORGANIZATION}) if family == "organization" else frozenset(),
        stage=Stage(calls_before={path_of(endpoint): endpoint.calls_per_hour - 1}),
        steps=(
            Step(_ask(endpoint, "ada"), Expect(200)),
            Step(_ask(endpoint, "bob"), _told_to_wait()),
            Step(_ask(endpoint, "bob"), Expect(200), wait=float(HOUR)),
        ),
    )


def _told_to_wait() -> Expect:
    expected = refused(429, *_LIMIT_CODES)
    return Expect(429, expected.schema, holds=expected.holds, headers={"Retry-After": AtLeast(1)})


_HOURS: Final = tuple(_hour(endpoint) for endpoint in ENDPOINTS)
_APART: Final = Case(
    name="hours-are-apart",
    promise="Each of the creating calls has an hour of its own: the bulk call's used up, the single call passes.",
    fact=Fact(Mark.INFERRED, f'{_LIMITS}: "that specific endpoint"'),
    rows=("3.3 too_many_requests",),
    stage=Stage(calls_before={BULK: APPLICATION_BULK.calls_per_hour}),
    steps=(
        Step(bulk(person("ada")), _told_to_wait()),
        Step(single(person("ada")), Expect(200, holds={"email_address": "{ada}"})),
    ),
)


def _played(status: int, code: str, says: str, mark: Mark, *, rows: tuple[str, ...] = (), **meta: Any) -> Case:
    """Return a case whose refusal is a fault: it shows how such an answer looks, not when Clerk gives it."""
    entry: dict[str, Any] = {"code": code, "message": says, "long_message": f"{says}."}
    body = {"errors": [{**entry, "meta": meta} if meta else entry], "clerk_trace_id": "0" * 32}
    return Case(
        name=f"played-{code.replace('_', '-')}" + "".join(f"-{key.replace('_', '-')}" for key in meta),
        promise=f"{says}: played by the emulator, since no state brings it about; nobody is invited.",
        fact=Fact(mark, ERROR_LIST if mark is Mark.DOCUMENTED else f"{ERROR_LIST}; that creating calls answer with it"),
        rows=(f"3.3 {code}", *rows),
        stage=Stage(faults=({"do": "status", "method": "POST", "status": status, "body": body},)),
        steps=(
            Step(bulk(person("ada")), refused(status, code, **meta)),
            Step(
                Ask("GET", SINGLE, query=(("query", "{ada}"), ("limit", "100"))),
                Expect(200, each=SchemaName.APPLICATION_REPLY_ITEM, holds={"": Addresses(())}),
            ),
        ),
    )


_INPUTS: Final = (
    _played(422, "form_param_max_length_exceeded", "A text is too long", Mark.INFERRED, param_name="redirect_url"),
    _played(422, "form_param_duplicate", "A value is repeated", Mark.INFERRED, param_name="email_address"),
    _played(
        422,
        "form_param_missing",
        "At least one of several parameters is missing",
        Mark.INFERRED,
        rows=("3.2 param_names",),
        param_names=["email_address"],
    ),
    _played(400, "malformed_request_parameters", "The parameters cannot be read", Mark.INFERRED),
    _played(400, "bad_request", "The request is not understood", Mark.INFERRED),
    _played(413, "request_body_too_large", "The body is too large", Mark.DOCUMENTED),
)
_STATES: Final = (
    _played(403, "authorization_invalid", "The key may not do this", Mark.INFERRED),
    _played(403, "action_blocked", "Clerk blocked the action", Mark.INFERRED),
    _played(409, "conflict", "Something was changed at the same moment", Mark.INFERRED),
    _played(409, "resource_locked", "Something is locked by another call", Mark.INFERRED),
)
_FAILURES: Final = (
    _played(500, "internal_clerk_error", "Clerk had an error of its own", Mark.DOCUMENTED),
    _played(503, "service_unavailable", "Clerk was not available", Mark.DOCUMENTED),
    _played(504, "gateway_timeout", "Clerk did not answer in time", Mark.DOCUMENTED),
    Case(
        name="played-failure-after-the-work",
        promise="A failure does not say that nothing was done: played by the emulator, which invites and then fails.",
        fact=Fact(Mark.INFERRED, "clerk-contract 3.3: the outcome of a POST is unknown"),
        rows=("3.3 internal_clerk_error",),
        stage=Stage(faults=({"do": "status", "method": "POST", "status": 500, "when": "after"},)),
        steps=(
            Step(bulk(person("ada"), person("bob")), refused(500, "internal_clerk_error")),
            Step(
                Ask("GET", SINGLE, query=(("limit", "100"),)),
                Expect(200, each=SchemaName.APPLICATION_REPLY_ITEM, holds={"": Addresses(("{ada}", "{bob}"))}),
            ),
        ),
    ),
)

CASES: Final = (*_HOURS, _APART, *_INPUTS, *_STATES, *_FAILURES)
