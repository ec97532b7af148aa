"""What the client does again and what never: a read is repeated, a POST never."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

import httpx
import pytest
from reaching import START, answering, asked, reached, without_a_port
from recorded import ACME, ADA, APP, KEY

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import ClerkRefused, KeyRefused, NotReachable
from clerkbulk.sending.client import Client

LIST = "/v1/invitations"
BULK = "/v1/invitations/bulk"


@pytest.mark.parametrize(
    ("fault", "statuses", "waited"),
    [
        ({"do": "status", "status": 500}, [500, 200], 1),
        ({"do": "status", "status": 503, "times": 2}, [503, 503, 200], 3),
        ({"do": "status", "status": 504, "times": 3}, [504, 504, 504, 200], 7),
        ({"do": "html", "times": 2}, [502, 502, 200], 3),
        ({"do": "drop"}, [0, 200], 1),
        ({"do": "drop", "when": "after", "times": 3}, [0, 0, 0, 200], 7),
        ({"do": "truncate", "when": "after"}, [200, 200], 1),
        ({"do": "status", "status": 429, "headers": {"retry-after": "40"}}, [429, 200], 10),
        ({"do": "status", "status": 429, "headers": {"retry-after": "0"}, "times": 2}, [429, 429, 200], 3),
        ({"do": "status", "status": 429}, [429, 200], 1),
    ],
)
@pytest.mark.parametrize("over", ["a port", "no port"])
def test_a_read_is_repeated(over: str, fault: dict[str, Any], statuses: list[int], waited: int) -> None:
    """Failures and cut connections are tried again after 1, 2, 4 seconds, a 429 when it says, ten at most."""
    with reached(over) as (clerk, client):
        clerk.seed({"invitations": [ADA]})
        clerk.faults([fault])
        assert [one["email_address"] for one in client.invitations(APP)] == ["ada@example.com"]
        assert asked(clerk) == [("GET", LIST, status) for status in statuses]
        assert clerk.clock.now() - START == waited


def test_a_read_gives_up_after_four_tries(backend: Backend) -> None:
    """Four failures are raised as what the last one was."""
    client = without_a_port(backend)
    backend.faults([{"do": "status", "status": 503, "times": 9}])
    with pytest.raises(ClerkRefused, match="503, service_unavailable") as refused:
        client.instance()
    assert (refused.value.status, refused.value.code) == (503, "service_unavailable")
    assert len(refused.value.trace_id or "") == 32
    backend.faults([{"do": "drop", "times": 9}])
    with pytest.raises(NotReachable, match="No answer to GET /v1/instance") as lost:
        client.instance()
    assert lost.value.sent
    assert len(asked(backend)) == 8


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422])
def test_a_refused_read_is_not_repeated(backend: Backend, status: int) -> None:
    """What Clerk refuses once it refuses again: one call, and an error with status, code and trace id."""
    backend.faults([{"do": "status", "status": status, "times": 9}])
    with pytest.raises(ClerkRefused, match=f"GET /v1/instance: Clerk answered {status}, .* \\(trace id") as refused:
        without_a_port(backend).instance()
    assert refused.value.status == status
    assert len(asked(backend)) == 1


def test_an_unknown_key_is_said_at_once() -> None:
    """401 on a read is KeyRefused, after one call."""
    backend = Backend(clock=VirtualClock(START))
    backend.faults([{"do": "status", "status": 401, "times": 9}])
    with pytest.raises(KeyRefused, match="Copy it again from the Clerk Dashboard") as refused:
        without_a_port(backend).instance()
    assert (refused.value.status, refused.value.code) == (401, "clerk_key_invalid")
    assert len(asked(backend)) == 1


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b'{"data":[{"obj', b"7", b'"x"'])
def test_a_200_that_is_not_json_is_not_repeated(body: bytes) -> None:
    """Something else than Clerk answers at this address: one call, and a hint at CLERK_API_URL."""
    calls: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(200, content=body)

    with pytest.raises(NotReachable, match="is not JSON; check CLERK_API_URL"):
        answering(respond).instance()
    assert len(calls) == 1


def _forbidden(body: bytes, _: httpx.Request) -> httpx.Response:
    return httpx.Response(403, content=body, headers={"cf-ray": "ray1"})


def test_odd_errors_are_still_said() -> None:
    """An error without a readable envelope is raised with its status; wrong types in it are read as absent."""
    for body in (
        b"",
        b"<html>",
        b"[]",
        b'{"errors":3}',
        b'{"errors":[{"code":7,"message":null}],"clerk_trace_id":[1]}',
    ):
        client = answering(partial(_forbidden, body))
        with pytest.raises(ClerkRefused, match="403, no code: no reason given \\(trace id ray1\\)") as refused:
            client.instance()
        assert (refused.value.code, refused.value.trace_id) == (None, "ray1")


@pytest.mark.parametrize("over", ["a port", "no port"])
@pytest.mark.parametrize(
    ("fault", "answered", "made"),
    [
        ({"do": "status", "status": 500}, 500, 0),
        ({"do": "status", "status": 500, "when": "after"}, 500, 1),
        ({"do": "status", "status": 503}, 503, 0),
        ({"do": "status", "status": 429, "headers": {"retry-after": "1"}}, 429, 0),
        ({"do": "status", "status": 408}, 408, 0),
        ({"do": "html"}, 502, 0),
        ({"do": "garbage", "when": "after"}, 200, 1),
        ({"do": "drop"}, None, 0),
        ({"do": "drop", "when": "after"}, None, 1),
        ({"do": "truncate", "when": "after"}, None, 1),
    ],
)
def test_a_post_is_never_repeated(over: str, fault: dict[str, Any], answered: int | None, made: int) -> None:
    """Whatever becomes of a creating call, it is made once; a lost answer may hide work that was done."""
    with reached(over) as (clerk, client):
        clerk.faults([{**fault, "times": 9}])
        if answered is None:
            with pytest.raises(NotReachable, match=f"No answer to POST {BULK}") as lost:
                client.create(APP, [ADA])
            assert lost.value.sent
        else:
            assert client.create(APP, [ADA]).status == answered
        assert [(method, path) for method, path, _ in asked(clerk)] == [("POST", BULK)]
        assert len(clerk.state()["invitations"]) == made
        assert clerk.clock.now() == START


@pytest.mark.parametrize("target", [APP, ACME], ids=["application", "organization"])
def test_a_revocation_is_never_repeated(backend: Backend, target: Any) -> None:
    """A revocation is a POST too: a failure is raised after one call."""
    backend.faults([{"do": "status", "status": 500, "times": 9}])
    with pytest.raises(ClerkRefused, match="revoke x_1: Clerk answered 500"):
        without_a_port(backend).revoke(target, "x_1")
    backend.faults([{"do": "drop", "times": 9}])
    with pytest.raises(NotReachable, match="No answer to POST"):
        without_a_port(backend).revoke(target, "x_1")
    assert len(asked(backend)) == 2


def test_a_late_answer_is_a_lost_one(backend: Backend) -> None:
    """After 60 seconds the client gives up; what the call did is unknown, and here it was done."""
    backend.faults([{"do": "delay", "seconds": 61}])
    with pytest.raises(NotReachable, match="ReadTimeout") as lost:
        without_a_port(backend).create(APP, [ADA])
    assert lost.value.sent
    assert len(backend.state()["invitations"]) == 1


def test_nobody_there_means_that_nothing_was_sent() -> None:
    """A refused connection is the one case in which nothing can have happened."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = Client(KEY, api_url=f"http://127.0.0.1:{port}", clock=VirtualClock(START))
    with pytest.raises(NotReachable, match=f"http://127.0.0.1:{port} cannot be reached") as lost:
        client.create(APP, [ADA])
    assert lost.value.sent is False
    with pytest.raises(NotReachable) as lost:
        client.instance()
    assert lost.value.sent is False
