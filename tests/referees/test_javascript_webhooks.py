"""Clerk's JavaScript SDK verifies the events that the emulator posts, as a receiver in JavaScript does."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import httpx
import pytest
from javascript import JavaScript, Thrown

import clerkbulk as cb

NOON = 1_800_014_400_000
SECRET = f"whsec_{base64.b64encode(b'not a secret at all, but long').decode()}"
ORG = "/v1/organizations/org_acme/invitations"


class Receiver(HTTPServer):
    """A receiver that takes everything; posted holds each request, as JavaScript's Request is made of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.posted: Queue[dict[str, Any]] = Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks"


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        assert isinstance(self.server, Receiver)
        self.server.posted.put({"url": self.server.url, "headers": dict(self.headers.items()), "body": body})
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver(limited: cb.Emulator) -> Iterator[Receiver]:
    """Return the receiver of an emulator with org_acme."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        limited.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
        told = {"url": server.url, "secret": SECRET}
        httpx.post(f"{limited.url}/_emulator/webhooks", json=told, trust_env=False, timeout=60).raise_for_status()
        yield server
        server.shutdown()
        thread.join()


def post(emulator: cb.Emulator, path: str, body: Any = None) -> Any:
    answer = httpx.post(
        emulator.url + path, json=body, headers={"Authorization": "Bearer sk_test_fake"}, trust_env=False, timeout=60
    )
    return answer.raise_for_status().json()


def test_the_events_are_verified(javascript: JavaScript, limited: cb.Emulator, receiver: Receiver) -> None:
    """Invited, accepted, revoked: verifyWebhook returns each event, with the invitation as it was then."""
    people = [{"email_address": f"{name}@example.com", "role": "org:member"} for name in ("ada", "grace")]
    _, grace = post(limited, f"{ORG}/bulk", people)["data"]
    limited.accept(email_address="ada@example.com")
    post(limited, f"{ORG}/{grace['id']}/revoke")
    requests = [receiver.posted.get(timeout=30) for _ in range(4)]
    events = [javascript("", "verifyWebhook", request, {"signingSecret": SECRET}) for request in requests]
    assert [(event["type"], event["data"]["email_address"], event["data"]["status"]) for event in events] == [
        ("organizationInvitation.created", "ada@example.com", "pending"),
        ("organizationInvitation.created", "grace@example.com", "pending"),
        ("organizationInvitation.accepted", "ada@example.com", "accepted"),
        ("organizationInvitation.revoked", "grace@example.com", "revoked"),
    ]
    assert {event["timestamp"] for event in events} == {NOON}


def test_a_changed_event_and_another_secret_are_refused(
    javascript: JavaScript, limited: cb.Emulator, receiver: Receiver
) -> None:
    """One letter of the body, the id or the secret, and verifyWebhook throws."""
    post(limited, f"{ORG}/bulk", [{"email_address": "ada@example.com", "role": "org:member"}])
    request = receiver.posted.get(timeout=30)
    headers = {**request["headers"], "svix-id": "msg_other"}
    other = f"whsec_{base64.b64encode(b'another secret').decode()}"
    for wrong, secret in (
        ({**request, "body": request["body"].replace("ada@", "eve@")}, SECRET),
        ({**request, "headers": headers}, SECRET),
        (request, other),
    ):
        with pytest.raises(Thrown):
            javascript("", "verifyWebhook", wrong, {"signingSecret": secret})
    assert javascript("", "verifyWebhook", request, {"signingSecret": SECRET})["object"] == "event"
