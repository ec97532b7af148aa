"""The one door to the network: every method against the emulator, over a real loopback port and without one."""

from __future__ import annotations

import httpx
import pytest
from reaching import answering, asked, queries, without_a_port
from recorded import ACME, ADA, APP, GRACE, KEY, MEMBER, ORGANIZATION, PEOPLE

from clerkbulk.contract.endpoint import API_VERSION, Lane
from clerkbulk.emulator.backend import Backend
from clerkbulk.errors import InputError, NotReachable
from clerkbulk.people.batch import batches
from clerkbulk.people.check import check
from clerkbulk.rehearsal import Emulator
from clerkbulk.version import __version__

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
