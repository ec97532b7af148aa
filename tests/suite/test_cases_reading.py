"""The cases of reading, revoking, ending and the door: each way of getting it wrong is noticed by one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

import pytest
from believing import Passing

from clerkbulk.contract.cases import door, ending, envelope, lists, neighbours, organization_lists, revoking
from clerkbulk.contract.cases.case import Ask, Case, Step
from clerkbulk.suite.desk import PEOPLE, Answer
from clerkbulk.suite.emulated import EmulatedTarget
from clerkbulk.suite.harmless import harm
from clerkbulk.suite.live import LONGEST_WAIT
from clerkbulk.suite.running import Verdict, run_case, run_cases

CASES = (
    *door.CASES,
    *envelope.CASES,
    *lists.CASES,
    *organization_lists.CASES,
    *revoking.CASES,
    *ending.CASES,
    *neighbours.CASES,
)
BY_NAME = {case.name: case for case in CASES}
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
Careless = Callable[[Callable[[Ask], Answer], Ask], Answer]
"""Answers a call, with the right answers at hand."""

LIST = "/v1/invitations"
ORGANIZATION_LIST = "/v1/organizations/org_acme/invitations"
PENDING = f"{ORGANIZATION_LIST}/pending"
INSTANCE_LIST = "/v1/organization_invitations"
USER_LIST = "/v1/users/user_guest/organization_invitations"
REVOKE = r"/v1/invitations/[^/]+/revoke"
REVOKE_ORGANIZATION = r"/v1/organizations/org_acme/invitations/[^/]+/revoke"


@dataclass
class Lying(Passing):
    """A desk at a server that gets one thing wrong."""

    careless: Careless

    def call(self, ask: Ask) -> Answer:
        return self.careless(self.desk.call, ask)


def differs_at(careless: Careless, name: str) -> bool:
    """Whether the case of this name differs at a careless server."""
    case = BY_NAME[name]
    with EmulatedTarget().desk(case) as desk:
        return run_case(case, Lying(desk, careless)).verdict is Verdict.DIFFERS


@every_case
def test_a_case_holds_on_the_emulator(case: Case) -> None:
    """The emulator keeps what the case promises."""
    (outcome,) = run_cases([case], EmulatedTarget())
    assert (outcome.verdict, outcome.differences) == (Verdict.HOLDS, ())


def without(path: str, parameter: str) -> Careless:
    """Return a server that passes a parameter of a path's query over."""

    def answer(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
        if ask.path == path and ask.method == "GET":
            ask = replace(ask, query=tuple(pair for pair in ask.query if pair[0] != parameter))
        return right(ask)

    return answer


@pytest.mark.parametrize(
    ("path", "parameter", "name"),
    [
        (LIST, "status", "application-list-status"),
        (LIST, "query", "application-list-query"),
        (LIST, "order_by", "application-list-order"),
        (LIST, "paginated", "application-list-paginated"),
        (LIST, "limit", "application-list-pages"),
        (LIST, "offset", "application-list-pages"),
        (ORGANIZATION_LIST, "status", "organization-list-status"),
        (ORGANIZATION_LIST, "email_address", "organization-list"),
        (ORGANIZATION_LIST, "order_by", "organization-list-order"),
        (ORGANIZATION_LIST, "limit", "organization-list-pages"),
        (ORGANIZATION_LIST, "offset", "organization-list-pages"),
        (PENDING, "limit", "organization-list-pending"),
        (PENDING, "offset", "organization-list-pending"),
        (INSTANCE_LIST, "status", "instance-list"),
        (INSTANCE_LIST, "query", "instance-list"),
        (INSTANCE_LIST, "order_by", "instance-list-order"),
        (INSTANCE_LIST, "limit", "instance-list-order"),
        (INSTANCE_LIST, "offset", "instance-list-order"),
        (USER_LIST, "status", "user-list"),
        (USER_LIST, "limit", "user-list"),
        (USER_LIST, "offset", "user-list"),
        ("/v1/users", "email_address", "users-by-address"),
        ("/v1/users", "limit", "users-page-default"),
        ("/v1/users", "offset", "users-page-default"),
        ("/v1/organizations/org_acme/memberships", "email_address", "members-by-address"),
        ("/v1/organizations/org_acme/memberships", "user_id", "members-by-user"),
        ("/v1/organizations/org_acme", "include_members_count", "organization-read"),
        ("/v1/organization_roles", "query", "roles-query"),
        ("/v1/organization_roles", "order_by", "roles-query"),
        ("/v1/organization_roles", "limit", "roles-query"),
        (LIST, "__clerk_api_version", "version-unknown"),
    ],
)
def test_a_parameter_that_is_passed_over_is_noticed(path: str, parameter: str, name: str) -> None:
    """Each parameter of each read changes what a case sees."""
    assert differs_at(without(path, parameter), name)


def changing(path: str, change: Callable[[Any], Any], status: int = 200) -> Careless:
    """Return a server whose answers of this status to a path, a pattern, are changed; the body as JSON."""

    def answer(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
        given = right(ask)
        if given.status != status or not re.fullmatch(path, ask.path):
            return given
        return replace(given, body=json.dumps(change(json.loads(given.body))).encode())

    return answer


def asking(path: str, change: Callable[[Ask], Ask]) -> Careless:
    """Return a server that takes calls of a path, a pattern, for others."""
    return lambda right, ask: right(change(ask) if re.fullmatch(path, ask.path) else ask)


def _set(**fields: Any) -> Callable[[Any], Any]:
    return lambda document: {**document, **fields}


def _drop(*names: str) -> Callable[[Any], Any]:
    return lambda document: {name: value for name, value in document.items() if name not in names}


def _counted(document: Any) -> Any:
    return {**document, "total_count": len(document["data"])} if "data" in document else document


def _renamed(old: str, new: str) -> Callable[[Any], Any]:
    return lambda document: json.loads(json.dumps(document).replace(f'"{old}"', f'"{new}"'))


def _order(change: Callable[[str], str]) -> Callable[[Ask], Ask]:
    def changed(ask: Ask) -> Ask:
        return replace(
            ask, query=tuple((name, change(text) if name == "order_by" else text) for name, text in ask.query)
        )

    return changed


def _upwards_needs_a_sign(text: str) -> str:
    return text if text[0] in "+-" else f"-{text}"


def _with_revoked(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
    given = right(ask)
    if given.status != 200 or (ask.method, ask.path) != ("GET", LIST):
        return given
    if {"status", "paginated"} & dict(ask.query).keys():
        return given
    more = right(replace(ask, query=(*ask.query, ("status", "revoked"))))
    return replace(given, body=json.dumps(json.loads(given.body) + json.loads(more.body)).encode())


def _page_of(size: int) -> Callable[[Ask], Ask]:
    def changed(ask: Ask) -> Ask:
        if ask.method != "GET" or "limit" in dict(ask.query):
            return ask
        return replace(ask, query=(*ask.query, ("limit", str(size))))

    return changed


def _in_headers(status: int, **headers: str) -> Careless:
    def answer(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
        given = right(ask)
        changed = {name.replace("_", "-"): text for name, text in headers.items()}
        return replace(given, headers={**given.headers, **changed}) if given.status == status else given

    return answer


def _with_headers(**headers: str | None) -> Callable[[Ask], Ask]:
    def changed(ask: Ask) -> Ask:
        given = {name.lower(): text for name, text in ask.headers.items()}
        return replace(ask, headers={**given, **{name.replace("_", "-"): text for name, text in headers.items()}})

    return changed


def _path_before_key(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
    return replace(right(ask), status=404) if "nothing_is_here" in ask.path else right(ask)


def _any_word(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
    given = ask.headers.get("Authorization")
    if given is not None and not given.startswith("Bearer "):
        ask = replace(ask, headers={**ask.headers, "Authorization": f"Bearer {given.split()[-1]}"})
    return right(ask)


def _same_again(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
    given = right(ask)
    return replace(given, status=200) if "Idempotency-Key" in ask.headers else given


def _revoked_twice(right: Callable[[Ask], Answer], ask: Ask) -> Answer:
    given = right(ask)
    return replace(given, status=200, body=b"{}") if ask.path.endswith("/revoke") else given


def _first_error(**fields: Any) -> Callable[[Any], Any]:
    return lambda document: {**document, "errors": [{**document["errors"][0], **fields}]}


def _reversed(document: Any) -> Any:
    if isinstance(document, list):
        return document[::-1]
    return {**document, "data": document["data"][::-1]} if "data" in document else document


@pytest.mark.parametrize(
    ("careless", "name"),
    [
        pytest.param(_with_revoked, "application-list-status", id="the list has revoked ones"),
        pytest.param(changing(LIST, _reversed), "application-list-order", id="the oldest come first"),
        pytest.param(changing(ORGANIZATION_LIST, _reversed), "organization-list-order", id="the organization's too"),
        pytest.param(changing(PENDING, _reversed), "organization-list-pending", id="and the pending ones"),
        pytest.param(changing(INSTANCE_LIST, _reversed), "instance-list-order", id="and the instance's"),
        pytest.param(
            asking(LIST, _order(lambda text: text.lstrip("-"))), "application-list-order", id="minus means nothing"
        ),
        pytest.param(asking(LIST, _order(_upwards_needs_a_sign)), "application-list-order", id="no sign is a minus"),
        pytest.param(
            asking(LIST, _order(lambda text: text.replace("+", "-"))), "application-list-order", id="plus is a minus"
        ),
        pytest.param(
            asking(LIST, _order(lambda text: text.replace("email_address", "created_at"))),
            "application-list-order-address",
            id="no order by address",
        ),
        pytest.param(asking(LIST, _page_of(20)), "application-list-page-default", id="twenty on a page"),
        pytest.param(asking(ORGANIZATION_LIST, _page_of(20)), "organization-list-page-default", id="there too"),
        pytest.param(asking("/v1/users", _page_of(20)), "users-page-default", id="twenty users on a page"),
        pytest.param(changing(LIST, _counted), "application-list-pages", id="total_count counts the page"),
        pytest.param(changing(ORGANIZATION_LIST, _counted), "organization-list-pages", id="the organization's too"),
        pytest.param(changing(".*", _renamed("expired", "pending")), "expiry-application", id="nothing expires"),
        pytest.param(changing(".*", _renamed("expired", "pending")), "expiry-organization", id="nor there"),
        pytest.param(
            changing(INSTANCE_LIST, _renamed("org_acme", "org_x")), "instance-list", id="another organization"
        ),
        pytest.param(changing(REVOKE, _set(url="https://x")), "revoke-answer", id="the url outlives its revocation"),
        pytest.param(changing(REVOKE, _drop("revoked")), "revoke-answer", id="revoked is left out"),
        pytest.param(changing(REVOKE, _set(status="pending")), "revoke-answer", id="the status stays"),
        pytest.param(changing(REVOKE, _set(public_metadata={})), "revoke-answer", id="metadata is lost"),
        pytest.param(
            changing(REVOKE, lambda one: {**one, "updated_at": one["created_at"]}), "revoke-answer", id="no new date"
        ),
        pytest.param(
            changing(REVOKE_ORGANIZATION, _set(status="pending")), "revoke-organization-answer", id="there too"
        ),
        pytest.param(_revoked_twice, "revoke-organization-again", id="whatever is revoked is fine"),
        pytest.param(_revoked_twice, "revoke-unknown", id="even what nobody made"),
        pytest.param(_revoked_twice, "revoke-accepted", id="even what was accepted"),
        pytest.param(_revoked_twice, "revoke-organization-by-outsider", id="whoever asks"),
        pytest.param(_path_before_key, "key-before-path", id="the path before the key"),
        pytest.param(_any_word, "key-without-bearer", id="any word before the key"),
        pytest.param(_same_again, "idempotency-key-unknown", id="an idempotency key that works"),
        pytest.param(
            asking(".*", _with_headers(clerk_api_version=None)), "version-unknown", id="the version is not looked at"
        ),
        pytest.param(
            asking(".*", _with_headers(clerk_api_version=None)), "version-doubled", id="nor whether it is doubled"
        ),
        pytest.param(
            _in_headers(401, content_type="application/json; charset=utf-8"),
            "content-type-of-refusal",
            id="a charset behind the content type",
        ),
        pytest.param(_in_headers(200, content_type="text/html"), "content-type-of-answer", id="no JSON"),
        pytest.param(_in_headers(401, x_clerk_trace_id="0" * 32), "error-trace-id", id="two trace ids"),
        pytest.param(_in_headers(401, x_clerk_trace_id="trace"), "error-trace-id", id="a trace id of another form"),
        pytest.param(changing(LIST, _first_error(meta={}), 401), "error-without-meta", id="an empty meta"),
        pytest.param(changing(LIST, _first_error(long_message="Ah."), 401), "key-unknown", id="two messages"),
        pytest.param(changing(LIST, _first_error(message=None), 422), "error-entry", id="no message"),
        pytest.param(
            changing("/v1/instance", _set(environment_type="staging")), "instance-read", id="another environment"
        ),
    ],
)
def test_what_a_careless_server_gets_wrong_is_noticed(careless: Careless, name: str) -> None:
    """The case that is named differs, and so the promise it makes is kept by the emulator."""
    assert differs_at(careless, name)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for inner in pair for text in _texts(inner)]
    return [text for inner in value for text in _texts(inner)] if isinstance(value, list | tuple) else []


def _names_in(step: Step) -> set[str]:
    sent = step.ask
    texts = _texts([sent.path, sent.query, dict(sent.headers), sent.body if not isinstance(sent.body, bytes) else ""])
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


@every_case
def test_a_case_uses_names_that_are_there(case: Case) -> None:
    """People, what it needs, and what an earlier step has kept; nobody who is at home in the emulator alone."""
    known = {*PEOPLE, *(name.upper() for name in PEOPLE), *(need.value for need in case.needs)}
    for step in case.steps:
        assert _names_in(step) <= known
        expectations = step.expect.values() if isinstance(step.expect, Mapping) else [step.expect]
        known.update(name for expect in expectations for name in expect.keep)
        if case.why_not_live is None:
            assert not re.search(r"acme|boss|worker|stranger|guest@", " ".join(_texts([step.ask.path, step.ask.query])))


LIVE = [case for case in CASES if case.why_not_live is None]


@pytest.mark.parametrize("case", LIVE, ids=lambda case: case.name)
def test_a_case_does_no_harm_to_a_live_instance(case: Case) -> None:
    """No mail, nothing changed but invitations, no bulk call where a single one will do, and no long wait."""
    for step in case.steps:
        marked = json.loads(re.sub(r"\{(\w+)\}", r"\1+clerk_test@example.com", json.dumps(step.ask.body, default=str)))
        assert harm(replace(step.ask, body=marked)) is None
        assert not step.ask.path.endswith("/bulk")
        assert step.wait <= LONGEST_WAIT


def test_the_cases_leave_most_of_an_hour_to_others() -> None:
    """The single lane has 100 calls an hour for the application and 250 for organizations."""
    calls: dict[str, int] = {}
    for case in LIVE:
        for path, number in case.calls.items():
            calls[path] = calls.get(path, 0) + number
    assert calls == {LIST: 28, "/v1/organizations/{org}/invitations": 26}
