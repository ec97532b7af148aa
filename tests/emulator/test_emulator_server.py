"""The emulator on a real loopback port."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.server import Emulator
from clerkbulk.errors import ClerkbulkError, InputError

HEADERS = {"Authorization": "Bearer sk_test_fake"}
BULK = "/v1/invitations/bulk"


_OTHERS: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def _others() -> None:
    """Tell the threads of emulators that other tests keep for the whole run from this test's own."""
    _OTHERS.clear()
    _OTHERS.update(threading.enumerate())


def _threads() -> list[str]:
    new = set(threading.enumerate()) - _OTHERS
    return [thread.name for thread in new if thread.name == "clerkbulk-emulator"]


def test_a_whole_round_over_the_port(emulator: Emulator) -> None:
    """Seed, send, list, accept, look, all over HTTP, as a test in another language would."""
    with httpx.Client(base_url=emulator.url, headers=HEADERS) as client:
        client.post("/_emulator/seed", json={"organizations": [{"id": "org_acme", "name": "Acme"}]}).raise_for_status()
        items = [{"email_address": f"ü{place}@example.com", "role": "org:member"} for place in range(10)]
        sent = client.post("/v1/organizations/org_acme/invitations/bulk", json=items)
        assert (sent.status_code, sent.headers["content-type"]) == (200, "application/json")
        assert "server" not in sent.headers
        assert len(sent.headers.get_list("date")) == 1
        client.post("/_emulator/accept", json={"email_address": "ü3@example.com"}).raise_for_status()
        listed = client.get("/v1/organizations/org_acme/invitations", params={"status": "accepted"}).json()
        assert [one["email_address"] for one in listed["data"]] == ["ü3@example.com"]
        calls = client.get("/_emulator/calls").json()
    assert [(call["path"], call["items"]) for call in calls] == [
        ("/v1/organizations/org_acme/invitations/bulk", 10),
        ("/v1/organizations/org_acme/invitations", 0),
    ]


@pytest.mark.parametrize("arrived", [b"", b'[{"email_address": "ada@example.com"}]'])
def test_a_call_whose_body_never_arrives_whole_is_none(emulator: Emulator, arrived: bytes) -> None:
    """A client that dies while it sends has called nothing: no call of the hour is used up, and none is noted."""
    port = int(emulator.url.rpartition(":")[2])
    head = f"POST {BULK} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port)) as gone:
        gone.sendall(f"{head}Authorization: {HEADERS['Authorization']}\r\n\r\n".encode() + arrived)
        gone.shutdown(socket.SHUT_WR)
        # The server closes when it has seen that nothing more comes.
        while gone.recv(1000):
            pass
    pieces = iter([b'[{"email_address": "bob@exa', b'mple.com"}]'])
    json_type = {**HEADERS, "Content-Type": "application/json"}
    assert httpx.post(f"{emulator.url}{BULK}", headers=json_type, content=pieces).status_code == 200
    assert [(call["status"], call["items"]) for call in emulator.calls()] == [(200, 1)]
    assert [one["email_address"] for one in emulator.state()["invitations"]] == ["bob@example.com"]


def test_the_methods_mirror_the_door(emulator: Emulator) -> None:
    """seed, accept, state, calls, faults, advance and reset do in Python what the door does over HTTP."""
    emulator.seed({"invitations": [{"id": "inv_a", "email_address": "a@example.com"}]})
    assert emulator.accept(invitation_id="inv_a")["user"]["email_addresses"][0]["email_address"] == "a@example.com"
    before = emulator.state()["now"]
    emulator.advance(3600)
    assert emulator.state()["now"] - before >= 3_600_000
    emulator.faults([{"do": "status", "status": 504}])
    assert httpx.get(f"{emulator.url}/v1/users").status_code == 504
    assert [call["status"] for call in emulator.calls()] == [504]
    emulator.reset()
    assert emulator.calls() == emulator.state()["invitations"] == []


@pytest.mark.parametrize(("when", "there"), [("before", 0), ("after", 1)])
def test_a_drop_cuts_the_connection_without_an_answer(emulator: Emulator, when: str, there: int) -> None:
    """Not a byte comes back; after a drop behind the work the invitation is there, and the next call is fine."""
    emulator.faults([{"do": "drop", "when": when}])
    with httpx.Client(base_url=emulator.url, headers=HEADERS) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            client.post(BULK, json=[{"email_address": "ada@example.com"}])
        assert len(client.get("/v1/invitations").json()) == there


def test_a_truncated_answer_ends_in_the_middle(emulator: Emulator) -> None:
    """Status and half the body arrive, then the connection is closed."""
    emulator.faults([{"do": "truncate"}])
    with httpx.Client(base_url=emulator.url, headers=HEADERS) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            client.post(BULK, json=[{"email_address": "ada@example.com"}])
        assert len(client.get("/v1/invitations").json()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_late_answer_is_a_time_out_with_the_work_done(emulator: Emulator, when: str) -> None:
    """The client gives up; the invitation is there in the end, whether the wait came before or after the work."""
    emulator.faults([{"do": "delay", "seconds": 0.3, "when": when}])
    with httpx.Client(base_url=emulator.url, headers=HEADERS) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.post(BULK, json=[{"email_address": "ada@example.com"}], timeout=0.05)
        for _ in range(200):
            if emulator.state()["invitations"]:
                break
            threading.Event().wait(0.02)
        assert len(emulator.state()["invitations"]) == 1


def test_many_threads_share_one_budget() -> None:
    """Forty threads at once get exactly the 25 calls of the hour through."""
    with Emulator(clock=VirtualClock()) as clerk, httpx.Client(base_url=clerk.url, headers=HEADERS) as client:

        def call(place: int) -> int:
            return client.post(BULK, json=[{"email_address": f"p{place}@example.com"}]).status_code

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(call, range(40)))
    assert (statuses.count(200), statuses.count(429)) == (25, 15)


def test_starting_and_stopping_leaves_nothing_behind() -> None:
    """No thread and no listening port is left, however often; start and stop may be repeated."""
    emulator = Emulator()
    for _ in range(5):
        assert emulator.start().start() is emulator
        port = int(emulator.url.rpartition(":")[2])
        assert _threads() == ["clerkbulk-emulator"]
        emulator.stop()
        emulator.stop()
        assert _threads() == []
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    with pytest.raises(ClerkbulkError, match="not running"):
        _ = emulator.url


def test_a_slow_call_does_not_keep_it_from_stopping(emulator: Emulator) -> None:
    """stop() comes back although somebody waits for an answer."""
    emulator.faults([{"do": "delay", "seconds": 60}])
    waiting = threading.Thread(target=_get_quietly, args=(emulator.url,))
    waiting.start()
    for _ in range(500):
        if emulator.calls():
            break
        threading.Event().wait(0.01)
    emulator.stop()
    waiting.join(5)
    assert not waiting.is_alive()
    assert _threads() == []


def _get_quietly(url: str) -> None:
    try:
        httpx.get(f"{url}/v1/users", headers=HEADERS, timeout=30)
    except httpx.TransportError:
        return


def test_only_loopback_can_reach_it(emulator: Emulator) -> None:
    """The listening address is 127.0.0.1: another address of the same machine finds nothing there."""
    host, _, port = emulator.url.removeprefix("http://").partition(":")
    assert host == "127.0.0.1"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", int(port))) != 0


def test_a_port_that_is_taken_is_said(emulator: Emulator) -> None:
    """A second emulator on the same port is refused with a sentence that says what to do."""
    port = int(emulator.url.rpartition(":")[2])
    with pytest.raises(InputError, match=f"Port {port} on 127.0.0.1 cannot be used: .* Choose another, or 0"):
        Emulator(port=port).start()
    with pytest.raises(InputError, match="Port 70000"):
        Emulator(port=70000).start()
    assert _threads() == ["clerkbulk-emulator"]


def test_the_state_is_saved_when_it_stops(tmp_path: Path) -> None:
    """What one run leaves the next one finds, at the latest when it stops; POST /_emulator/save saves in between."""
    path = tmp_path / "state.json"
    with Emulator(state=path, limits="off") as clerk:
        httpx.post(
            f"{clerk.url}{BULK}", headers=HEADERS, json=[{"email_address": "ada@example.com"}]
        ).raise_for_status()
        assert httpx.post(f"{clerk.url}/_emulator/save").json() == {"saved": str(path)}
        assert path.exists()
        clerk.seed({"users": [{"email_address": "bob@example.com"}]})
    with Emulator(state=path, limits="off") as clerk:
        assert [one["email_address"] for one in clerk.state()["invitations"]] == ["ada@example.com"]
        assert len(clerk.state()["users"]) == 1


def test_it_is_an_asgi_application_too() -> None:
    """The same backend answers without a port; a cut connection is an error there."""
    backend = Backend(limits="off")

    async def ask() -> list[Any]:
        transport = httpx.ASGITransport(backend.app())
        async with httpx.AsyncClient(transport=transport, base_url="http://clerk.example", headers=HEADERS) as client:
            made = await client.post(BULK, json=[{"email_address": "ada@example.com"}])
            listed = await client.get("/v1/invitations?status=pending&status=expired")
            backend.faults([{"do": "drop"}])
            with pytest.raises(ConnectionResetError):
                await client.get("/v1/users")
            return [made.status_code, [one["email_address"] for one in listed.json()]]

    assert asyncio.run(ask()) == [200, ["ada@example.com"]]


def test_a_line_break_in_a_path_is_a_path_too(emulator: Emulator) -> None:
    """Whatever the path holds, the answer is the envelope, and the call is on record."""
    response = httpx.get(f"{emulator.url}/v1/organizations/org%0Aacme", headers=HEADERS, trust_env=False)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (404, "resource_not_found")
    assert emulator.calls()[-1]["path"] == "/v1/organizations/org\nacme"


def test_the_state_machine_needs_no_server_library() -> None:
    """Backend and transport import neither starlette nor uvicorn, and the backend not even httpx."""
    program = (
        "import sys, clerkbulk.emulator.server, clerkbulk.emulator.transport\n"
        "print([name for name in ('starlette', 'uvicorn', 'httpx', 'email_validator') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_room_but_the_contract_is_imported() -> None:
    """The emulator stands on the contract alone: no other room of clerkbulk is imported by it."""
    program = (
        "import sys, pkgutil, importlib, clerkbulk.emulator as e\n"
        "for m in pkgutil.iter_modules(e.__path__): importlib.import_module(f'clerkbulk.emulator.{m.name}')\n"
        "print(*(name for name in sys.modules if name.startswith('clerkbulk.')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    rooms = {name.split(".")[1] for name in done.stdout.split()}
    assert {"contract", "emulator"} <= rooms
    assert rooms.isdisjoint({"people", "sending", "onboarding", "widgets", "cli"})
