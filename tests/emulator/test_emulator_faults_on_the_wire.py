"""Every fault over a real port, before the work and after it: what a client sees, and what is there."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import httpx
import pytest

from clerkbulk.emulator.server import Emulator

HEADERS = {"Authorization": "Bearer sk_test_fake"}
BULK = "/v1/invitations/bulk"
ADA = [{"email_address": "ada@example.com"}]
LOST = (httpx.RemoteProtocolError, "Server disconnected without sending a response")
CUT = (httpx.RemoteProtocolError, "peer closed connection")
LATE = (httpx.ReadTimeout, "timed out")


@pytest.fixture
def client(emulator: Emulator) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulator.url, headers=HEADERS, timeout=0.5) as client:
        yield client


def addresses(emulator: Emulator) -> list[str]:
    return [one["email_address"] for one in emulator.state()["invitations"]]


def read(response: httpx.Response, into: bytearray) -> None:
    for chunk in response.iter_raw():
        into += chunk


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ({"do": "drop"}, LOST),
        ({"do": "truncate"}, CUT),
        ({"do": "truncate", "status": 502}, CUT),
        ({"do": "delay", "seconds": 60}, LATE),
        ({"do": "status"}, (500, "application/json", "internal_clerk_error")),
        ({"do": "status", "status": 503}, (503, "application/json", "service_unavailable")),
        ({"do": "status", "status": 504, "body": "slow"}, (504, "text/plain", "slow")),
        ({"do": "status", "status": 429}, (429, "application/json", "too_many_requests")),
        ({"do": "html"}, (502, "text/html", "<h1>502 Bad Gateway</h1>")),
        ({"do": "html", "status": 200}, (200, "text/html", "<h1>502 Bad Gateway</h1>")),
        ({"do": "garbage"}, (200, "application/json", '{"data":[{"object":"invita')),
    ],
    ids=str,
)
def test_a_fault_before_the_work_and_after_it(
    emulator: Emulator, client: httpx.Client, fault: dict[str, Any], seen: Any, when: str
) -> None:
    """Before: nobody is invited. After: Ada is, whatever the client was told. The next call is answered properly."""
    emulator.faults([{**fault, "when": when}])
    if isinstance(seen[0], int):
        response = client.post(BULK, json=ADA)
        assert (response.status_code, response.headers["content-type"]) == seen[:2]
        assert seen[2] in response.text
    else:
        with pytest.raises(seen[0], match=seen[1]):
            client.post(BULK, json=ADA)
    assert addresses(emulator) == (["ada@example.com"] if when == "after" else [])
    assert emulator.faults_now()["faults"] == []
    assert client.get("/v1/invitations").status_code == 200


def test_a_cut_answer_is_announced_whole_and_comes_half(emulator: Emulator, client: httpx.Client) -> None:
    """Status, headers and half of the bytes arrive: of the proper answer after the work, of an error before it."""
    for when, status, begins in (("before", 503, b'{"errors":[{"message"'), ("after", 200, b'[{"object":"invitation"')):
        emulator.faults([{"do": "truncate", "when": when, "status": 503}])
        with client.stream("POST", BULK, json=ADA) as response:
            came = bytearray()
            with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
                read(response, came)
        assert (response.status_code, len(came)) == (status, int(response.headers["content-length"]) // 2)
        assert came.startswith(begins)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("value", [None, "0", "30", "Fri, 15 Jan 2027 12:00:30 GMT", "soon", ""])
def test_a_429_has_the_retry_after_that_is_given(
    emulator: Emulator, client: httpx.Client, when: str, value: str | None
) -> None:
    """Seconds, none, a date, or nothing one could read; and no such header unless it is asked for."""
    headers = {} if value is None else {"Retry-After": value}
    emulator.faults([{"do": "status", "status": 429, "when": when, "headers": headers}])
    response = client.post(BULK, json=ADA)
    assert (response.status_code, response.headers.get("retry-after")) == (429, value)
    assert addresses(emulator) == (["ada@example.com"] if when == "after" else [])


def test_a_date_header_may_be_replaced_with_the_retry_after_that_goes_with_it(
    emulator: Emulator, client: httpx.Client
) -> None:
    """A scripted date is measured against the answer's own Date header, of which there is one."""
    now = parsedate_to_datetime(client.get("/v1/users").headers["date"])
    emulator.faults([{"do": "status", "status": 429, "headers": {"Retry-After": format_datetime(now, usegmt=True)}}])
    response = client.post(BULK, json=ADA)
    assert parsedate_to_datetime(response.headers["retry-after"]) == now
    assert len(response.headers.get_list("date")) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"remove": ["expires_at"]}, {"expires_at": None}),
        ({"add": {"colour": "blue", "status": "somewhere"}}, {"colour": "blue", "status": "somewhere"}),
        (
            {"retype": ["email_address", "public_metadata"]},
            {"email_address": ["ada@example.com"], "public_metadata": '{"team": 1}'},
        ),
        ({"retype": ["nobody"], "remove": ["nothing"]}, {"nobody": None}),
        ({"retype": ["id"], "remove": ["id"], "add": {"id": 7}}, {"id": 7}),
    ],
)
def test_each_item_of_an_answer_is_altered(
    emulator: Emulator, client: httpx.Client, change: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Created or listed, in an array, under data or alone: fields are removed, retyped, added; the state stays true."""
    emulator.seed({"organizations": [{"id": "org_acme"}]})
    base = "/v1/organizations/org_acme/invitations"
    ada = {"email_address": "ada@example.com", "public_metadata": {"team": 1}}
    emulator.faults([{"do": "alter", **change, "times": 6}])
    answers = [
        client.post(BULK, json=[ada]).json(),
        client.get("/v1/invitations").json(),
        client.get("/v1/invitations?paginated=true").json()["data"],
        client.post(f"{base}/bulk", json=[{**ada, "role": "org:member"}]).json()["data"],
        client.get(base).json()["data"],
    ]
    single = client.get(f"{base}/{emulator.state()['organization_invitations'][0]['id']}").json()
    for item in [*(items[0] for items in answers), single]:
        assert {name: item.get(name) for name in expected} == expected
        assert ("expires_at" in item) == ("expires_at" not in expected)
    assert addresses(emulator) == ["ada@example.com"]
    assert emulator.state()["invitations"][0]["status"] == "pending"


def test_times_come_as_texts_and_nulls_as_numbers(emulator: Emulator, client: httpx.Client) -> None:
    """Retyping makes a text of a number or a truth, a list of a text, and 0 of null."""
    emulator.seed({"organizations": [{"id": "org_acme"}]})
    made = client.post(
        "/v1/organizations/org_acme/invitations", json={"email_address": "ada@example.com", "role": "org:member"}
    ).json()
    emulator.faults([{"do": "alter", "retype": ["created_at", "inviter_id", "role"]}])
    (item,) = client.get("/v1/organizations/org_acme/invitations").json()["data"]
    assert item == {**made, "created_at": str(made["created_at"]), "inviter_id": 0, "role": ["org:member"]}


def test_the_answer_around_the_items_is_altered_too(emulator: Emulator, client: httpx.Client) -> None:
    """Where asked for, what stands beside data, or beside errors; an error is not altered otherwise."""
    emulator.seed({"invitations": [{"email_address": "ada@example.com"}]})
    alter = {"do": "alter", "remove": ["total_count", "clerk_trace_id"], "add": {"more": True}}
    emulator.faults([{**alter, "of": "answer", "times": 2}, {**alter, "times": 1}])
    listed = client.get("/v1/invitations?paginated=true").json()
    assert (sorted(listed), listed["more"], "more" in listed["data"][0]) == (["data", "more"], True, False)
    assert sorted(client.post(BULK, json=ADA).json()) == ["errors", "more"]
    assert sorted(client.post(BULK, json=ADA).json()) == ["clerk_trace_id", "errors"]


def test_an_altered_call_has_the_status_and_the_headers_it_would_have(emulator: Emulator, client: httpx.Client) -> None:
    """Only the body differs, and its length is that of the altered one."""
    emulator.faults([{"do": "alter", "add": {"long": "x" * 500}}])
    response = client.post(BULK, json=ADA)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert int(response.headers["content-length"]) == len(response.content)
    assert len(response.headers["x-clerk-trace-id"]) == 32
