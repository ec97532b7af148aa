"""Faults by script, through an httpx transport without a port."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

BULK = "/v1/invitations/bulk"
ADA = [{"email_address": "ada@example.com"}]


@pytest.fixture
def client(clerk: Any) -> httpx.Client:
    headers = {"Authorization": "Bearer sk_test_fake"}
    return httpx.Client(base_url="http://clerk.example", transport=clerk.backend.transport(), headers=headers)


def test_the_transport_answers_like_the_port(clerk: Any, client: httpx.Client) -> None:
    """Status, headers, body, repeated query keys and escaped paths arrive as they would over a socket."""
    response = client.post(BULK, json=ADA)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.headers["date"] == "Fri, 15 Jan 2027 12:00:00 GMT"
    found = client.get("/v1/invitations", params=[("status", "pending"), ("status", "expired"), ("query", "ada@")])
    assert [one["email_address"] for one in found.json()] == ["ada@example.com"]
    assert client.get("/v1/organizations/a%20b").status_code == 404
    assert clerk.backend.calls()[-1]["path"] == "/v1/organizations/a b"


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "part"),
    [
        ({"do": "status"}, 500, "application/json", '"code":"internal_clerk_error"'),
        ({"do": "status", "status": 503}, 503, "application/json", '"code":"service_unavailable"'),
        ({"do": "status", "status": 502}, 502, "application/json", '"code":"internal_clerk_error"'),
        ({"do": "status", "status": 409, "code": "resource_locked"}, 409, "application/json", '"resource_locked"'),
        ({"do": "status", "status": 400, "body": {"errors": []}}, 400, "application/json", '{"errors":[]}'),
        ({"do": "status", "status": 500, "body": "no"}, 500, "text/plain", "no"),
        ({"do": "html"}, 502, "text/html", "<h1>502 Bad Gateway</h1>"),
        ({"do": "html", "status": 200, "body": "<p>hi"}, 200, "text/html", "<p>hi"),
        ({"do": "garbage"}, 200, "application/json", '{"data":[{"object":"invita'),
    ],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_wrong_answer_comes_before_or_after_the_work(
    clerk: Any, client: httpx.Client, fault: dict[str, Any], status: int, content_type: str, part: str, when: str
) -> None:
    """Before: nothing was created. After: it is there, whatever the answer says. Then all is well again."""
    clerk.backend.faults([{**fault, "when": when}])
    response = client.post(BULK, json=ADA)
    assert (response.status_code, response.headers["content-type"]) == (status, content_type)
    assert part in response.text
    assert clerk.addresses() == (["ada@example.com"] if when == "after" else [])
    assert clerk.backend.calls()[-1]["status"] == status
    assert client.get("/v1/invitations").status_code == 200


def test_a_429_can_be_had_with_any_retry_after(clerk: Any, client: httpx.Client) -> None:
    """A scripted 429 has the code of the list and the headers that were given."""
    clerk.backend.faults([{"do": "status", "status": 429, "headers": {"Retry-After": 0}}])
    response = client.post(BULK, json=ADA)
    assert response.headers["retry-after"] == "0"
    assert response.json()["errors"][0]["code"] == "too_many_requests"


@pytest.mark.parametrize(("when", "there"), [("before", []), ("after", ["ada@example.com"])])
def test_a_dropped_connection_may_have_done_its_work(
    clerk: Any, client: httpx.Client, when: str, there: list[str]
) -> None:
    """The client sees a broken connection both times; only the state tells which it was."""
    clerk.backend.faults([{"do": "drop", "when": when}])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        client.post(BULK, json=ADA)
    assert clerk.addresses() == there
    assert clerk.backend.calls()[-1] == {
        "method": "POST",
        "path": BULK,
        "query": [],
        "status": 0,
        "time": 1_800_014_400_000,
        "items": 1,
    }


def test_a_truncated_answer_has_done_its_work(clerk: Any, client: httpx.Client) -> None:
    """Half an answer is a broken connection to the client; the invitation is there."""
    clerk.backend.faults([{"do": "truncate"}])
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        client.post(BULK, json=ADA)
    assert clerk.addresses() == ["ada@example.com"]


def test_a_delay_longer_than_patience_is_a_time_out(clerk: Any, client: httpx.Client) -> None:
    """The client gives up after its own time-out, on the emulator's clock, and the work is done all the same."""
    clerk.backend.faults([{"do": "delay", "seconds": 30}, {"do": "delay", "seconds": 4, "when": "before"}])
    with pytest.raises(httpx.ReadTimeout):
        client.post(BULK, json=ADA, timeout=5)
    assert clerk.backend.state()["now"] == 1_800_014_405_000
    assert client.get("/v1/invitations", timeout=5).status_code == 200
    assert clerk.backend.state()["now"] == 1_800_014_409_000


def test_delays_pass_on_the_clock_for_direct_callers(clerk: Any) -> None:
    """answer() itself waits on the clock, before the work or after it."""
    clerk.backend.faults([{"do": "delay", "seconds": 7, "when": "before"}, {"do": "delay", "seconds": 5}])
    first = clerk.post("/v1/invitations", {"email_address": "a@example.com"})
    second = clerk.post("/v1/invitations", {"email_address": "b@example.com"})
    assert (first["created_at"], second["created_at"]) == (1_800_014_407_000, 1_800_014_407_000)
    assert clerk.backend.now() == 1_800_014_412_000


def test_the_first_fault_that_matches_is_used_up_in_turn(clerk: Any, client: httpx.Client) -> None:
    """Method, path and times choose the calls; pass lets some through; the control door is never touched."""
    clerk.backend.faults(
        [
            {"do": "pass", "method": "POST", "path": BULK, "times": 2},
            {"do": "status", "status": 503, "method": "post", "path": "/v1/invitations", "times": 2},
            {"do": "status", "status": 504, "path": "/v1/invitations$"},
        ]
    )
    statuses = [client.post(BULK, json=[{"email_address": f"p{place}@example.com"}]).status_code for place in range(5)]
    assert statuses == [200, 200, 503, 503, 200]
    assert [client.get(path).status_code for path in ("/v1/users", "/v1/invitations", "/v1/invitations")] == [
        200,
        504,
        200,
    ]
    assert clerk.backend.faults_left() == []


def test_a_script_is_replaced_and_cleared_at_the_door(clerk: Any) -> None:
    """POST sets the script, in either form, GET shows what is left, DELETE or an empty list ends it."""

    def door(method: str, document: Any = None) -> Any:
        return clerk.ask(method, "/_emulator/faults", document, key=None).document()["faults"]

    assert len(door("POST", {"faults": [{"do": "drop", "times": 3}, {"do": "html"}]})) == 2
    clerk.ask("GET", "/v1/users")
    assert [(one["do"], one["times"]) for one in door("GET")] == [("drop", 2), ("html", 1)]
    assert [one["do"] for one in door("POST", [{"do": "garbage"}])] == ["garbage"]
    assert door("DELETE") == []
    door("POST", [{"do": "drop"}])
    assert door("POST", []) == []


def test_faults_come_before_the_key_and_cost_no_call(make: Any) -> None:
    """What never reaches the instance is neither authenticated nor counted against the hour."""
    clerk = make("documented")
    clerk.backend.faults([{"do": "status", "status": 503, "times": 30}])
    assert {clerk.ask("POST", BULK, ADA, key=None).status for _ in range(30)} == {503}
    for place in range(25):
        assert clerk.ask("POST", BULK, [{"email_address": f"p{place}@example.com"}]).status == 200


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({}, 'A script of faults is a list, or {"faults": [...], "rate": [...], "seed": 7}.'),
        ([{}], 'Fault 1 is an object with the key "do": one of status, drop'),
        ([{"do": "drop"}, {"do": "explode"}], "Fault 2: do is 'explode', and can be one of status"),
        ([{"do": "drop", "when": "later"}], "Fault 1: when is 'later', and can be before or after."),
        ([{"do": "drop", "times": 0}], "Fault 1: times is 0, and can be a whole number from 1."),
        ([{"do": "status", "status": 42}], "Fault 1: status is 42, and can be a status from 200 to 599."),
        ([{"do": "delay", "seconds": -1}], "Fault 1: seconds is -1"),
        ([{"do": "drop", "path": "v1"}], "Fault 1: path is 'v1', and can be a path such as /v1/invitations."),
        ([{"do": "drop", "colour": 1}], "Fault 1 has the key 'colour'; there are: do, method"),
        ([{"do": "alter", "when": "before", "remove": ["id"]}], "an answer can only be altered after there is one"),
        ([{"do": "alter"}], "Fault 1: what is altered is named by remove, retype, add."),
        ([{"do": "drop", "remove": ["id"]}], "Fault 1: remove goes with alter, not with drop."),
        ([{"do": "alter", "retype": "id"}], "Fault 1: retype is 'id', and can be a list of names of fields."),
        ([{"do": "alter", "remove": ["id"], "of": "body"}], "Fault 1: of is 'body', and can be one of items, answer."),
        ([{"do": "drop", "when": ["after"]}], "Fault 1: when is ['after'], and can be before or after."),
        ([{"do": "html", "headers": {"a b": "c"}}], "Fault 1: headers is {'a b': 'c'}, and can be an object of names"),
        ([{"do": "html", "headers": {"a": "b\nc: d"}}], "and values that HTTP can carry."),
        ({"faults": {}}, "faults is a list."),
        ({"rate": [{"do": "drop"}]}, 'Rate 1 is an object with the keys "share" and "do".'),
        ({"rate": [{"share": 1.5, "do": "drop"}]}, "Rate 1: share is 1.5, and can be a number from 0 to 1."),
        ({"rate": [{"share": 0.5, "do": "explode"}]}, "Rate 1: do is 'explode', and can be one of status"),
        ({"rate": [], "seed": "x"}, "seed is 'x', and can be a whole number."),
        ({"rates": []}, "A script of faults is a list, or"),
        ({"rate": [], "speed": 1}, "A script of faults has no 'speed'; it has faults, rate, seed."),
    ],
)
def test_a_wrong_script_is_refused_whole(clerk: Any, script: Any, words: str) -> None:
    """A mistake in a script is a 400 with a sentence, and the old script stays."""
    clerk.backend.faults([{"do": "html"}])
    response = clerk.ask("POST", "/_emulator/faults", script, key=None)
    assert response.status == 400
    assert words in response.document()["error"]
    assert [one["do"] for one in clerk.backend.faults_left()] == ["html"]
