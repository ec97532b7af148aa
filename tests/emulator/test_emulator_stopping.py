"""The emulator stops, whatever its clients are about: nothing waits, nothing is logged as an error."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from clerkbulk.emulator.server import Emulator

HEADERS = {"Authorization": "Bearer sk_test_fake"}
BULK = "/v1/invitations/bulk"


_OTHERS: set[threading.Thread] = set()


@pytest.fixture(autouse=True)
def _others() -> None:
    """Tell the threads of emulators that other tests keep for the whole run from this test's own."""
    _OTHERS.clear()
    _OTHERS.update(threading.enumerate())


def threads() -> list[str]:
    new = set(threading.enumerate()) - _OTHERS
    return [thread.name for thread in new if thread.name == "clerkbulk-emulator"]


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "WARNING"}]


def until(happens: Callable[[], Any]) -> None:
    for _ in range(1000):
        if happens():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize(("when", "there"), [("before", 0), ("after", 1)])
def test_a_delayed_call_is_cut_and_not_answered(
    emulator: Emulator, caplog: pytest.LogCaptureFixture, when: str, there: int
) -> None:
    """The client of a call that waits sees a broken connection; work that was put off is not done any more."""
    emulator.faults([{"do": "delay", "seconds": 3600, "when": when}])
    heard: list[str] = []

    def call() -> None:
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            httpx.post(
                f"{emulator.url}{BULK}", headers=HEADERS, json=[{"email_address": "ada@example.com"}], timeout=60
            )
        heard.append(str(caught.value))

    waiting = threading.Thread(target=call)
    waiting.start()
    until(lambda: emulator.faults_now()["faults"] == [] and (when == "before" or emulator.calls()))
    emulator.stop()
    waiting.join(10)
    assert heard == ["Server disconnected without sending a response."]
    assert (len(emulator.state()["invitations"]), threads(), errors(caplog)) == (there, [], [])


def test_a_client_that_went_away_while_it_waited_holds_nothing_up(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Its call is still waiting when the emulator stops."""
    emulator.faults([{"do": "delay", "seconds": 3600}])
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{emulator.url}{BULK}", headers=HEADERS, json=[{"email_address": "ada@example.com"}], timeout=0.2)
    emulator.stop()
    assert (threads(), errors(caplog)) == ([], [])


def test_a_client_that_does_not_read_its_answer_holds_nothing_up(
    emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer of megabytes that nobody takes, whole or truncated, is dropped when the emulator stops."""
    metadata = {"text": "x" * 7000}
    emulator.seed(
        {
            "invitations": [
                {"email_address": f"p{place}@example.com", "public_metadata": metadata} for place in range(2000)
            ]
        }
    )
    emulator.faults([{"do": "truncate", "path": "/v1/invitations"}])
    port = int(emulator.url.rpartition(":")[2])
    request = "GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_test_fake\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as whole, socket.create_connection(("127.0.0.1", port)) as half:
        whole.sendall(request.format("/_emulator/state").encode())
        half.sendall(request.format("/v1/invitations?limit=500").encode())
        assert whole.recv(1)
        until(lambda: emulator.calls())
        emulator.stop()
        assert (threads(), errors(caplog)) == ([], [])


def test_half_a_request_holds_nothing_up(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """A body that was promised and never came."""
    port = int(emulator.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST /v1/invitations HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert httpx.get(f"{emulator.url}/v1/users", headers=HEADERS).status_code == 200
        emulator.stop()
        assert (threads(), errors(caplog)) == ([], [])
