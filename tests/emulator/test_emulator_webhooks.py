"""Webhooks about organization invitations: what is posted, how it is signed, and what happens when nobody takes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.emulator.server import Emulator
from clerkbulk.errors import InputError

NOON = 1_800_014_400_000
KEY = b"not a secret at all"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
ORG = "/v1/organizations/org_acme/invitations"
ADA = {"email_address": "ada@example.com", "role": "org:member"}


class Receiver:
    """A user's webhook endpoint: keeps what arrives, and answers with the statuses it was given, then 204."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.hold = threading.Event()
        self.hold.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.hold.wait(10)
                receiver.got.append(({**dict(self.headers.items()), ":path": self.path}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 204)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks?from=clerk"

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.hold.set()
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def wired(make: Callable[..., Any], receiver: Receiver) -> Callable[..., Any]:
    """Return a maker of instances with org_acme whose events go to the receiver."""

    def made(**settings: Any) -> Any:
        clerk = make(**{"webhook_url": receiver.url, "webhook_secret": SECRET, **settings})
        clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
        return clerk

    return made


def _settled(backend: Backend) -> list[dict[str, Any]]:
    """Wait until no message is on its way any more, and return them."""
    for _ in range(1000):
        if all(one["state"] != "waiting" for one in backend.webhooks()):
            return backend.webhooks()
        time.sleep(0.01)
    raise AssertionError("the messages do not come to an end")


def _states(backend: Backend) -> list[str]:
    return [one["state"] for one in _settled(backend)]


def test_the_three_events_come_as_clerk_sends_them(wired: Any, receiver: Receiver) -> None:
    """created, accepted with the user's id and revoked, each an envelope of Clerk's with millisecond times."""
    clerk = wired()
    for name in ("ada", "bob"):
        clerk.post(ORG, {**ADA, "email_address": f"{name}@example.com"}, headers={"User-Agent": "my-tests/1"})
    clerk.clock.advance(60)
    accepted = clerk.backend.accept({"email_address": "ada@example.com"})
    (bob,) = clerk.get(f"{ORG}?email_address=bob@example.com")["data"]
    clerk.post(f"{ORG}/{bob['id']}/revoke")
    assert _states(clerk.backend) == ["delivered"] * 4
    created, _, taken, revoked = receiver.events()
    assert created == {
        "object": "event",
        "type": "organizationInvitation.created",
        "data": {**created["data"], "email_address": "ada@example.com", "status": "pending", "created_at": NOON},
        "timestamp": NOON,
        "instance_id": clerk.get("/v1/instance")["id"],
        "event_attributes": {"http_request": {"client_ip": "127.0.0.1", "user_agent": "my-tests/1"}},
    }
    assert created["data"]["object"] == "organization_invitation"
    ids = [one["id"] for one in clerk.backend.webhooks()] + [one["data"]["id"] for one in (created, taken, revoked)]
    assert len({text.partition("_")[2] for text in ids}) == 4 + 2
    assert taken["type"] == "organizationInvitation.accepted"
    assert taken["data"] == {**accepted["invitation"], "user_id": accepted["user"]["id"]}
    assert taken["timestamp"] == NOON + 60_000
    assert (revoked["type"], revoked["data"]["id"]) == ("organizationInvitation.revoked", bob["id"])
    assert (revoked["data"]["status"], revoked["data"]["updated_at"]) == ("revoked", NOON + 60_000)


def test_the_signature_is_svix(wired: Any, receiver: Receiver) -> None:
    """An HMAC with SHA-256 over id, timestamp and body as it came; the time is the machine's, not the instance's."""
    clerk = wired()
    clerk.post(ORG, ADA)
    _settled(clerk.backend)
    ((headers, body),) = receiver.got
    lower = {name.lower(): value for name, value in headers.items()}
    signed = f"{lower['svix-id']}.{lower['svix-timestamp']}.{body.decode()}".encode()
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert lower["svix-signature"] == f"v1,{expected}"
    assert abs(time.time() - int(lower["svix-timestamp"])) < 300
    assert lower["svix-id"].startswith("msg_")
    assert lower["content-type"] == "application/json"
    assert lower[":path"] == "/hooks?from=clerk"


def test_a_bulk_call_tells_of_each_and_the_application_of_none(wired: Any, receiver: Receiver) -> None:
    """One event an invitation to an organization; application invitations, expiries and refused calls have none."""
    clerk = wired()
    clerk.post("/v1/invitations/bulk", [{"email_address": "app@example.com"}])
    clerk.post(f"{ORG}/bulk", [ADA, {**ADA, "email_address": "bob@example.com"}])
    assert clerk.ask("POST", f"{ORG}/bulk", [ADA]).status == 400
    clerk.clock.advance(31 * 86_400)
    assert [one["status"] for one in clerk.get(ORG)["data"]] == ["expired", "expired"]
    assert _states(clerk.backend) == ["delivered", "delivered"]
    assert [one["data"]["email_address"] for one in receiver.events()] == ["ada@example.com", "bob@example.com"]


def test_an_event_is_told_although_the_reply_was_lost(wired: Any, receiver: Receiver) -> None:
    """What was done is told, whatever the caller heard of it; what never reached the instance is not."""
    clerk = wired()
    clerk.backend.faults([{"do": "drop", "when": "before"}, {"do": "drop", "when": "after"}])
    clerk.ask("POST", ORG, ADA)
    clerk.ask("POST", ORG, ADA)
    assert _states(clerk.backend) == ["delivered"]
    assert len(receiver.got) == 1


def test_a_refused_event_is_posted_again(wired: Any, receiver: Receiver) -> None:
    """A redirect and a 500 are no delivery: the same message comes a third time, with the same id."""
    receiver.statuses = [500, 302]
    clerk = wired()
    clerk.post(ORG, ADA)
    (message,) = _settled(clerk.backend)
    assert (message["state"], [one["status"] for one in message["attempts"]]) == ("delivered", [500, 302, 204])
    assert {headers["svix-id"] for headers, _ in receiver.got} == {message["id"]}
    assert len({body for _, body in receiver.got}) == 1


def test_attempts_come_to_an_end(wired: Any, receiver: Receiver) -> None:
    """After so many attempts the message has failed, and the next one is tried."""
    receiver.statuses = [500, 500]
    clerk = wired(webhook_attempts=2)
    clerk.post(f"{ORG}/bulk", [ADA, {**ADA, "email_address": "bob@example.com"}])
    assert _states(clerk.backend) == ["failed", "delivered"]
    assert [len(one["attempts"]) for one in clerk.backend.webhooks()] == [2, 1]


def test_a_receiver_that_is_not_there_is_written_down(wired: Any, receiver: Receiver) -> None:
    """No status and the reason, without the secret; the API answers as ever."""
    clerk = wired(webhook_url="http://127.0.0.1:9/", webhook_attempts=1)
    clerk.post(ORG, ADA)
    (message,) = _settled(clerk.backend)
    ((attempt),) = message["attempts"]
    assert (message["state"], attempt["status"]) == ("failed", None)
    assert attempt["error"].startswith("ConnectionRefusedError: ")


def test_repeats_on_demand(wired: Any, receiver: Receiver) -> None:
    """webhook_repeats posts a delivered message again with the same id, so that a receiver can be tried on it."""
    clerk = wired(webhook_repeats=2)
    clerk.post(ORG, ADA)
    for _ in range(1000):
        if len(receiver.got) == 3:
            break
        time.sleep(0.01)
    assert [headers["svix-id"] for headers, _ in receiver.got] == [clerk.backend.webhooks()[0]["id"]] * 3


def test_a_repeat_that_is_refused_changes_nothing(wired: Any, receiver: Receiver) -> None:
    """A message that has arrived stays delivered, whatever the receiver says to the second one."""
    receiver.statuses = [204, 500]
    clerk = wired(webhook_repeats=1, webhook_attempts=1)
    clerk.post(f"{ORG}/bulk", [ADA, {**ADA, "email_address": "bob@example.com"}])
    _settled(clerk.backend)
    (first, _) = clerk.backend.webhooks()
    assert (first["state"], [one["status"] for one in first["attempts"]]) == ("delivered", [204, 500])


def test_no_answer_waits_for_the_receiver(wired: Any, receiver: Receiver) -> None:
    """While the receiver sits on the first event calls are answered, and the events wait in line."""
    receiver.hold.clear()
    clerk = wired()
    for name in ("ada", "bob", "eve"):
        clerk.post(ORG, {**ADA, "email_address": f"{name}@example.com"})
    assert receiver.got == []
    assert [one["state"] for one in clerk.backend.webhooks()] == ["waiting"] * 3
    receiver.hold.set()
    assert _states(clerk.backend) == ["delivered"] * 3
    assert [one["data"]["email_address"][:3] for one in receiver.events()] == ["ada", "bob", "eve"]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hooks",
        "http://hooks.example.com/",
        "http://192.168.0.7:3000/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1@hooks.example.com/",
        "ftp://localhost/",
        "/hooks",
        "http://[::1",
        "http://127.0.0.1:notaport/",
    ],
)
def test_only_this_machine_gets_events(url: str) -> None:
    """A URL that leads elsewhere is refused with a sentence, whatever it looks like."""
    with pytest.raises(InputError, match="webhook_url"):
        Settings(webhook_url=url, webhook_secret=SECRET)


@pytest.mark.parametrize("url", ["http://localhost:3000/hooks", "http://127.0.0.2:1/", "http://[::1]:3000/"])
def test_all_of_this_machine_will_do(url: str) -> None:
    """Every loopback address and localhost are fine."""
    assert Settings(webhook_url=url, webhook_secret=SECRET).webhook_url == url


@pytest.mark.parametrize("secret", ["", "whsec_", "c2VjcmV0", "whsec_not base64!"])
def test_a_url_goes_with_a_secret(secret: str) -> None:
    """Without a usable secret nothing could be verified; the sentence does not repeat it."""
    with pytest.raises(InputError) as caught:
        Settings(webhook_url="http://127.0.0.1:3000/", webhook_secret=secret)
    assert "webhook_secret" in str(caught.value)
    assert not secret or secret not in str(caught.value).replace("whsec_ and", "")


def test_the_secret_is_shown_nowhere(wired: Any, tmp_path: Path, receiver: Receiver) -> None:
    """Not in the settings' repr, the account, the messages or the saved state."""
    clerk = wired()
    clerk.post(ORG, ADA)
    _settled(clerk.backend)
    clerk.backend.state_file = tmp_path / "state.json"
    clerk.backend.save()
    shown = [
        repr(clerk.backend.settings),
        json.dumps(clerk.backend.account()),
        json.dumps(clerk.backend.webhooks()),
        (tmp_path / "state.json").read_text(),
        clerk.ask("POST", "/_emulator/settings", {"webhook_secret": 7}, key=None).body.decode(),
    ]
    assert all(base64.b64encode(KEY).decode() not in text for text in shown)
    assert clerk.backend.account()["settings"]["webhook_secret"] is True


def test_the_receiver_is_set_while_it_runs(emulator: Emulator, receiver: Receiver) -> None:
    """POST /_emulator/webhooks begins the posting over HTTP, an empty url ends it; GET lists what became of each."""
    emulator.seed({"organizations": [{"id": "org_acme"}]})
    with httpx.Client(base_url=emulator.url, headers={"Authorization": "Bearer sk_test_fake"}) as client:
        assert client.post(ORG, json={**ADA, "email_address": "early@example.com"}).status_code == 200
        set_to = {"url": receiver.url, "secret": SECRET}
        assert client.post("/_emulator/webhooks", json=set_to).json() == {"webhooks": []}
        assert client.post(ORG, json=ADA).status_code == 200
        _settled(emulator.backend)
        (message,) = client.get("/_emulator/webhooks").json()["webhooks"]
        assert (message["state"], message["event"]["data"]["email_address"]) == ("delivered", "ada@example.com")
        assert client.post("/_emulator/webhooks", json={"url": ""}).status_code == 200
        client.post(ORG, json={**ADA, "email_address": "late@example.com"})
        assert len(client.get("/_emulator/webhooks").json()["webhooks"]) == 1
        for wrong in (
            [],
            {"secret": SECRET},
            {"url": "http://127.0.0.1:1/", "to": "me"},
            {"url": "https://example.com"},
        ):
            assert client.post("/_emulator/webhooks", json=wrong).status_code == 400


def test_reset_forgets_the_messages(wired: Any, receiver: Receiver) -> None:
    """Nothing that has not left leaves after a reset, and the same messages come again with the same ids."""
    clerk = wired()
    clerk.post(ORG, ADA)
    (first,) = _settled(clerk.backend)
    clerk.backend.reset()
    assert clerk.backend.webhooks() == []
    clerk.backend.seed({"organizations": [{"id": "org_acme"}]})
    clerk.post(ORG, ADA)
    assert [one["id"] for one in _settled(clerk.backend)] == [first["id"]]


def test_messages_survive_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    """What had left stays listed, what had not leaves after the restart, and new ids go on."""
    path, settings = tmp_path / "state.json", Settings(webhook_url=receiver.url, webhook_secret=SECRET)
    receiver.hold.clear()
    before = Backend(clock=VirtualClock(NOON / 1000), settings=settings, state=path)
    before.seed({"organizations": [{"id": "org_acme"}], "invitations": [{**ADA, "organization_id": "org_acme"}]})
    before.accept({"email_address": "ada@example.com"})
    before.save()
    receiver.hold.set()
    _settled(before)
    after = Backend(clock=VirtualClock(NOON / 1000), settings=settings, state=path)
    (message,) = _settled(after)
    assert message["id"] == before.webhooks()[0]["id"]
    assert [headers["svix-id"] for headers, _ in receiver.got] == [message["id"]] * 2
    after.seed({"invitations": [{**ADA, "email_address": "bob@example.com", "organization_id": "org_acme"}]})
    after.accept({"email_address": "bob@example.com"})
    assert len({one["id"] for one in _settled(after)}) == 2


def test_nothing_is_posted_by_an_emulator_that_has_stopped(receiver: Receiver) -> None:
    """What a receiver has refused until then waits for the next start: another test's receiver does not get it."""
    receiver.statuses = [500] * 100
    given = {"webhook_url": receiver.url, "webhook_secret": SECRET, "webhook_attempts": 10}
    clerk = Emulator(settings=Settings.from_document(given))
    with clerk:
        clerk.seed({"organizations": [{"id": "org_acme"}]})
        assert httpx.post(f"{clerk.url}{ORG}", json=ADA, headers={"Authorization": "Bearer sk_test_x"}).is_success
    for thread in threading.enumerate():
        if thread.name == "clerkbulk-emulator-webhooks":
            thread.join()
    (message,) = clerk.webhooks()
    assert message["state"] == "waiting"
    assert 1 <= len(message["attempts"]) == len(receiver.got) < 10
    receiver.statuses = []
    with clerk:
        (message,) = _settled(clerk.backend)
    assert message["state"] == "delivered"
    assert len({headers["svix-id"] for headers, _ in receiver.got}) == 1


def test_what_is_on_its_way_arrives_before_the_emulator_has_stopped(receiver: Receiver) -> None:
    """A receiver that answers has every event by the time the block is left."""
    with Emulator(settings=Settings(webhook_url=receiver.url, webhook_secret=SECRET)) as clerk:
        clerk.seed({"organizations": [{"id": "org_acme"}]})
        body = [{**ADA, "email_address": f"p{number}@example.com"} for number in range(10)]
        assert httpx.post(f"{clerk.url}{ORG}/bulk", json=body, headers={"Authorization": "Bearer sk_test_x"}).is_success
    assert len(receiver.got) == 10
