"""The one door to the network: every method against the emulator, over a real loopback port and without one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from recorded import ACME, ADA, APP, GRACE, KEY, MEMBER, NOON, ORGANIZATION, PEOPLE

from clerkbulk.contract.endpoint import API_VERSION, Lane
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import ClerkRefused, InputError, KeyRefused, NotReachable
from clerkbulk.people.batch import batches
from clerkbulk.people.check import check
from clerkbulk.rehearsal import Emulator
from clerkbulk.sending.client import Client
from clerkbulk.version import __version__

START = NOON / 1000


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator on a loopback port, whose clock stands still."""
    with Emulator(clock=VirtualClock(START), limits="off") as running:
        yield running


@pytest.fixture
def backend() -> Backend:
    """The same without a port."""
    return Backend(clock=VirtualClock(START), limits="off")


def without_a_port(backend: Backend) -> Client:
    return Client(KEY, transport=backend.transport(), clock=backend.clock)


def answering(respond: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Return a client whose every request is answered by a function."""
    return Client(KEY, transport=httpx.MockTransport(respond), clock=VirtualClock(START))


@contextmanager
def reached(over: str) -> Iterator[tuple[Emulator | Backend, Client]]:
    """Yield an emulator and a client of it, over a real port or in the same thread."""
    if over == "no port":
        backend = Backend(clock=VirtualClock(START), limits="off")
        yield backend, without_a_port(backend)
    else:
        with Emulator(clock=VirtualClock(START), limits="off") as emulator, emulator.client(KEY) as client:
            yield emulator, client


def asked(emulator: Emulator | Backend) -> list[tuple[str, str, int]]:
    return [(call["method"], call["path"], call["status"]) for call in emulator.calls()]


def queries(emulator: Emulator | Backend, name: str) -> list[list[str]]:
    """Return the values of a query parameter, call by call."""
    return [[value for found, value in call["query"] if found == name] for call in emulator.calls()]


# Every method, over a real port.


def test_the_whole_round_over_a_real_port(emulator: Emulator) -> None:
    """Invite both ways to both targets, list, get, revoke, and read everything else, over a socket."""
    emulator.seed(PEOPLE)
    with emulator.client(KEY) as client:
        assert client.create(APP, [ADA, GRACE]).status == 200
        assert client.create(APP, [{"email_address": "zoe@example.com"}], Lane.SINGLE).status == 200
        assert client.create(ACME, [{**ADA, **MEMBER}]).status == 200
        assert client.create(ACME, [{**GRACE, **MEMBER}], Lane.SINGLE).status == 200
        for target, count in ((APP, 3), (ACME, 2)):
            listed = list(client.invitations(target, status=["pending"]))
            assert len(listed) == count
            first = listed[0]["id"]
            assert client.invitation(target, first) == listed[0]
            assert client.revoke(target, first)["status"] == "revoked"
            assert client.invitation(target, first)["status"] == "revoked"
            assert len(list(client.invitations(target, status=["pending"]))) == count - 1
        assert [user["id"] for user in client.users(["boss@example.com"])] == ["user_boss"]
        assert len(list(client.memberships("org_acme"))) == 2
        assert client.organization("org_acme")["pending_invitations_count"] == 1
        assert {role["key"] for role in client.roles()} == {"org:admin", "org:member"}
        assert client.instance()["environment_type"] == "development"
    assert {status for _, _, status in asked(emulator)} == {200}


def test_what_goes_over_the_wire() -> None:
    """The key, the pinned version and our name are in the headers; a body is compact JSON and says so."""
    seen: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": [], "total_count": 0})

    with answering(respond) as client:
        client.create(ACME, [{**ADA, **MEMBER, "public_metadata": {"straße": "ß"}}])
        list(client.invitations(APP))
    post, get = seen
    assert str(post.url) == "https://api.clerk.com/v1/organizations/org_acme/invitations/bulk"
    assert post.content.decode() == (
        '[{"email_address":"ada@example.com","role":"org:member","public_metadata":{"straße":"ß"}}]'
    )
    for request in seen:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["clerk-api-version"] == API_VERSION == "2026-05-12"
        assert request.headers["user-agent"] == f"clerkbulk/{__version__}"
        assert request.headers["accept"] == "application/json"
    assert post.headers["content-type"] == "application/json"
    assert "content-type" not in get.headers


def test_the_bytes_are_those_of_the_preview() -> None:
    """What preview and stream show and count is what is posted, to the byte, small numbers and odd letters included."""
    sent: list[bytes] = []

    def keep(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, json=[])

    metadata = {"small": 1e-07, "large": 1e16, "letters": "zo\u00eb \U0001f600 \u2028 \u0000"}
    (batch,) = batches(check([{"email": "ada@example.com", "public_metadata": metadata}]))
    answering(keep).create(APP, batch.body)
    assert sent == [batch.encoded()] == [batch.to_json().encode()]


def test_a_body_that_would_be_refused_is_not_sent(backend: Backend) -> None:
    """Eleven items, none, a null, an unknown key, two in the single lane: InputError, and no call."""
    client = without_a_port(backend)
    too_many = [{"email_address": f"p{number}@example.com"} for number in range(11)]
    for items in (too_many, [], [{**ADA, "notify": None}], [{**ADA, "role": "org:member"}], [{"email_address": "x"}]):
        with pytest.raises(InputError, match="was not sent"):
            client.create(APP, items)
    with pytest.raises(InputError, match="one invitation a call, not 2"):
        client.create(APP, [ADA, GRACE], Lane.SINGLE)
    assert asked(backend) == []


@pytest.mark.parametrize("odd", ["", "inv_1/../../users", "inv_1?x=1", "inv 1", "inv_é", "..", "a%2Fb"])
def test_an_id_cannot_lead_elsewhere(backend: Backend, odd: str) -> None:
    """What goes into a path is an id or a slug; anything else is refused before a call."""
    client = without_a_port(backend)
    for call in (
        lambda: client.revoke(APP, odd),
        lambda: client.revoke(ACME, odd),
        lambda: client.invitation(ACME, odd),
        lambda: client.organization(odd),
        lambda: list(client.memberships(odd)),
    ):
        with pytest.raises(InputError, match="not an id or slug"):
            call()
    assert asked(backend) == []


# Paging.


def test_1203_invitations_are_read_to_the_last_one(emulator: Emulator) -> None:
    """Three pages of 500 at most, none twice and none left out; for the application and for an organization."""
    texts = [f"person-{number:04}@example.com" for number in range(1203)]
    organization_invitations = [{"email_address": text, "organization_id": "org_acme"} for text in texts]
    emulator.seed(
        {**ORGANIZATION, "invitations": [*({"email_address": text} for text in texts), *organization_invitations]}
    )
    with emulator.client(KEY) as client:
        for target in (APP, ACME):
            found = [one["email_address"] for one in client.invitations(target, order_by="+email_address")]
            assert found == texts
    assert queries(emulator, "offset") == [["0"], ["500"], ["1000"]] * 2
    assert queries(emulator, "limit") == [["500"]] * 6


def test_1000_invitations_end_with_a_full_page(backend: Backend) -> None:
    """When the last page is full, one more look says that there is nothing after it."""
    backend.seed({"invitations": [{"email_address": f"person-{number}@example.com"} for number in range(6)]})
    assert len(list(without_a_port(backend).invitations(APP, page=3))) == 6
    assert queries(backend, "offset") == [["0"], ["3"], ["6"]]


def test_a_server_that_gives_smaller_pages_cuts_nothing_off() -> None:
    """A list whose total_count says there is more is read on, though the page was not full."""
    everybody = [{"email_address": f"person-{number}@example.com"} for number in range(7)]

    def respond(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json={"data": everybody[offset : offset + 3], "total_count": 7})

    assert list(answering(respond).invitations(APP)) == everybody


def test_a_list_is_read_while_it_is_asked_for(backend: Backend) -> None:
    """Whoever stops after the first page costs no second one."""
    backend.seed({"invitations": [{"email_address": f"person-{number}@example.com"} for number in range(9)]})
    next(without_a_port(backend).invitations(APP, page=3))
    assert queries(backend, "offset") == [["0"]]


@pytest.mark.parametrize("count", [0, 1, 100, 101, 250])
def test_addresses_are_asked_for_a_hundred_at_a_time(backend: Backend, count: int) -> None:
    """Users and memberships are read by at most a hundred addresses a call, and nobody is forgotten."""
    texts = [f"person-{number}@example.com" for number in range(count)]
    backend.seed({**ORGANIZATION, "memberships": [{"email_address": t, "organization_id": "org_acme"} for t in texts]})
    client = without_a_port(backend)
    chunks = [texts[start : start + 100] for start in range(0, count, 100)]
    found = [user["email_addresses"][0]["email_address"] for user in client.users(texts)]
    assert sorted(found) == sorted(texts)
    found = [one["public_user_data"]["identifier"] for one in client.memberships("org_acme", texts)]
    assert sorted(found) == sorted(texts)
    assert queries(backend, "email_address") == chunks * 2


@pytest.mark.parametrize(
    "body", [b'{"object":"list"}', b'{"data":null}', b'{"data":{"a":1}}', b"[3]", b'{"data":["x"]}']
)
def test_an_answer_that_is_no_list_is_not_taken_for_an_empty_one(body: bytes) -> None:
    """Who is invited already is read from lists: something else that is 200 must not mean nobody."""
    client = answering(lambda _: httpx.Response(200, content=body))
    for read in (client.invitations(APP), client.invitations(ACME), client.users(["a@example.com"]), client.roles()):
        with pytest.raises(NotReachable, match="is no list of objects"):
            list(read)


def test_an_answer_that_is_no_object_is_said() -> None:
    """A list where one object belongs is an answer that cannot be read."""
    client = answering(lambda _: httpx.Response(200, content=b'[["id","x"]]'))
    for call in (
        client.instance,
        lambda: client.organization("org_acme"),
        lambda: client.invitation(ACME, "orginv_1"),
        lambda: client.revoke(APP, "inv_1"),
    ):
        with pytest.raises(NotReachable, match="is no object"):
            call()


# A read is repeated, a POST never.

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
