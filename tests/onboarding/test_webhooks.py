"""Signed deliveries of organization webhooks: what is trusted, what is kept, and what is said of the rest."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import clerkbulk as cb
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.errors import InputError
from clerkbulk.onboarding.webhooks import NotSigned, Received, receive
from clerkbulk.sending import seen
from clerkbulk.sending.client import Client
from clerkbulk.sending.during.call import Begin
from clerkbulk.sending.ledger import Ledger

NOON = 1_800_014_400.0
SECRET = "whsec_" + base64.b64encode(b"not a secret at all").decode()
OTHER = "whsec_" + base64.b64encode(b"another one").decode()
TAKEN = {
    "object": "event",
    "type": "organizationInvitation.accepted",
    "data": {"id": "orginv_1", "organization_id": "org_acme", "user_id": "user_1"},
    "timestamp": 1_800_014_400_123,
    "instance_id": "ins_1",
}


def signature(secret: str, delivery_id: str, sent: int, body: bytes) -> str:
    """Return what Svix would sign a delivery with, written down a second time."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{delivery_id}.{sent}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


def delivery(envelope: Any = TAKEN, *, secret: str = SECRET, sent: float = NOON, **more: str) -> tuple[Any, bytes]:
    """Return headers and body; more are headers put in the place of the right ones, svix_id for svix-id."""
    body = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
    headers = {"svix-id": "msg_1", "svix-timestamp": str(int(sent))}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    headers.setdefault("svix-signature", signature(secret, headers["svix-id"], int(sent), body))
    return headers, body


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "onboarding.db") as ledger:
        yield ledger


@pytest.fixture
def begin() -> Iterator[Begin]:
    """Return what opens a transaction on the tables alone, in memory."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    seen.metadata.create_all(engine)
    yield engine.begin
    engine.dispose()


def kept(begin: Begin) -> list[dict[str, Any]]:
    """Return the events that were written down."""
    with begin() as connection:
        return [dict(row._mapping) for row in connection.execute(seen.event.select().order_by(seen.event.c.at))]


def test_a_signed_event_is_kept_once(ledger: Ledger) -> None:
    """What is signed is kept, with its own time and who accepted; delivered again, it is known."""
    first = receive(ledger, *delivery(), SECRET, now=NOON + 1)
    again = receive(ledger.begin, *delivery(sent=NOON + 200), SECRET, now=NOON + 201)
    assert (first.kept, first.delivery_id, first.says) == (True, "msg_1", "Kept.")
    assert (again.kept, again.says) == (False, "Known already: it was delivered before.")
    assert kept(ledger.begin) == [
        {
            "instance_id": "ins_1",
            "delivery_id": "msg_1",
            "type": "organizationInvitation.accepted",
            "at": NOON + 0.123,
            "invitation_id": "orginv_1",
            "organization_id": "org_acme",
            "user_id": "user_1",
            "received_at": NOON + 1,
        }
    ]


def test_headers_may_come_in_any_form_a_server_has(begin: Begin) -> None:
    """Of any case, as a mapping, as pairs of text, or as the pairs of bytes that ASGI has."""
    for number, form in enumerate(
        (
            lambda pairs: {name.title(): value for name, value in pairs},
            lambda pairs: [(name.upper(), value) for name, value in pairs],
            lambda pairs: [(name.encode(), value.encode()) for name, value in pairs],
        )
    ):
        headers, body = delivery(svix_id=f"msg_{number}")
        assert receive(begin, form(headers.items()), body, SECRET, now=NOON).kept


OURS = signature(SECRET, "msg_1", int(NOON), json.dumps(TAKEN).encode())


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (delivery(secret=OTHER), "The delivery's signature does not fit: "),
        (delivery(json.dumps(TAKEN).encode() + b" ", svix_signature=OURS), "The delivery's signature does not fit: "),
        (delivery(svix_id="msg_2", svix_signature=OURS), "The delivery's signature does not fit: "),
        (delivery(svix_signature=OURS.replace("v1,", "v1a,")), "The delivery's signature does not fit: "),
        (delivery(svix_signature="v1,"), "The delivery's signature does not fit: "),
        (delivery(svix_signature="v1,\u00e9"), "The delivery's signature does not fit: "),
        (delivery(sent=NOON - 301), "The delivery is more than 5 minutes too old: it may be a copy."),
        (delivery(sent=NOON + 301), "The delivery is more than 5 minutes too early: set this machine's clock."),
        (delivery(svix_timestamp="soon"), "The delivery's svix-timestamp is no number of seconds."),
        (({"SVIX-ID": "msg_1"}, b"{}"), "The delivery has no svix-timestamp and no svix-signature: "),
        (([], b""), "The delivery has no svix-id and no svix-timestamp and no svix-signature: "),
    ],
)
def test_what_is_not_signed_is_refused(begin: Begin, made: tuple[Any, bytes], says: str) -> None:
    """Signed with another key, altered, of another id or version, too old, too early or not at all: nothing is kept."""
    with pytest.raises(NotSigned) as refused:
        receive(begin, *made, SECRET, now=NOON)
    assert str(refused.value).startswith(says)
    assert kept(begin) == []


def test_one_signature_of_several_is_enough(begin: Begin) -> None:
    """While a secret is changed a delivery is signed with the old and the new one; either will do."""
    headers, body = delivery()
    old = signature(OTHER, "msg_1", int(NOON), body)
    headers["svix-signature"] = f"v1a,xyz {old} {headers['svix-signature']}"
    assert receive(begin, headers, body, SECRET, now=NOON).kept
    assert not receive(begin, headers, body, OTHER, now=NOON).kept


@pytest.mark.parametrize(
    ("envelope", "says"),
    [
        ({**TAKEN, "type": "user.created"}, "Ignored: it tells of user.created."),
        ({**TAKEN, "type": ["odd"]}, "Ignored: it tells of ['odd']."),
        ({**TAKEN, "data": {}}, "Ignored: its data has no id of an invitation."),
        ({**TAKEN, "data": "odd"}, "Ignored: it has no data."),
        ({**TAKEN, "timestamp": None}, "Ignored: it has no timestamp."),
        ({**TAKEN, "instance_id": "ins_2"}, "Ignored: it is of another instance, ins_2."),
        (b"[]", "Ignored: it tells of nothing that can be read."),
        (b"\xff", "Ignored: it tells of nothing that can be read."),
        (b"[" * 100_000, "Ignored: it tells of nothing that can be read."),
    ],
)
def test_what_tells_of_no_invitation_is_ignored_and_said(begin: Begin, envelope: Any, says: str) -> None:
    """Signed events of other kinds and instances, and what cannot be read, are answered well and left alone."""
    received = receive(begin, *delivery(envelope), SECRET, instance_id="ins_1", now=NOON)
    assert received == Received("msg_1", False, says)
    assert kept(begin) == []


@pytest.mark.parametrize(
    ("envelope", "at"),
    [
        (TAKEN, NOON + 0.123),
        ({**TAKEN, "timestamp": 1_800_014_400}, NOON),
        ({**TAKEN, "timestamp": None, "data": {"id": "orginv_1", "updated_at": 1_800_014_400_500}}, NOON + 0.5),
        ({"type": "organizationInvitation.revoked", "data": {"id": "orginv_1"}, "timestamp": 1_800_014_400_000}, NOON),
    ],
)
def test_the_time_is_read_by_its_size_and_the_rest_leniently(begin: Begin, envelope: Any, at: float) -> None:
    """Milliseconds or seconds, of the envelope or else of the change; newer fields may be missing."""
    receive(begin, *delivery(envelope), SECRET, instance_id="ins_1", now=NOON)
    assert [row["at"] for row in kept(begin)] == [at]


def test_an_event_of_nobody_knows_which_instance_is_refused(begin: Begin) -> None:
    """Without an instance in the event, the caller has to say it."""
    nameless = {name: value for name, value in TAKEN.items() if name != "instance_id"}
    with pytest.raises(InputError, match="pass instance_id"):
        receive(begin, *delivery(nameless), SECRET, now=NOON)
    assert receive(begin, *delivery(nameless), SECRET, instance_id="ins_7", now=NOON).kept
    assert [row["instance_id"] for row in kept(begin)] == ["ins_7"]


@pytest.mark.parametrize("secret", ["whsec_", "", "whsec_not base64 at all!", "whsec_\u00e9"])
def test_a_secret_that_is_none_is_said_and_not_shown(begin: Begin, secret: str) -> None:
    """The message says what a secret looks like; neither it nor the traceback's frames show what was given."""
    with pytest.raises(InputError, match="whsec_ and base64, as the Clerk Dashboard shows it") as refused:
        receive(begin, *delivery(), secret, now=NOON)
    assert not isinstance(refused.value, NotSigned)
    assert not secret or "not base64" not in str(refused.value)


def test_no_frame_of_a_refusal_holds_the_secret(begin: Begin) -> None:
    """A traceback that shows the variables of our frames shows no secret."""
    headers, body = delivery(secret=OTHER)
    try:
        receive(begin, headers, body, SECRET, now=NOON)
    except NotSigned as error:
        found = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = "".join(
        f"{frame.name} {frame.locals}" for frame in found.stack if frame.filename.endswith("onboarding/webhooks.py")
    )
    assert "receive" in ours
    assert SECRET not in ours
    assert "not a secret at all" not in ours


@pytest.fixture
def endpoint(ledger: Ledger) -> Iterator[tuple[str, list[Received]]]:
    """Return the URL of a server as the docstring has it, and what it received."""
    got: list[Received] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                got.append(receive(ledger, self.headers, body, SECRET, now=time.time()))
                self.send_response(204)
            except NotSigned:
                self.send_response(400)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hooks", got
    server.shutdown()
    thread.join()
    server.server_close()


def _arrived(got: list[Received], number: int) -> list[bool]:
    """Wait until so many deliveries have come in; return which were kept."""
    for _ in range(1000):
        if len(got) == number:
            return sorted(one.kept for one in got)
        time.sleep(0.01)
    raise AssertionError("the messages do not come to an end")


def test_deliveries_over_the_wire_are_kept(ledger: Ledger, endpoint: tuple[str, list[Received]]) -> None:
    """The emulator's webhooks, each delivered twice to a plain http.server: every event is in the ledger once."""
    url, got = endpoint
    clock = VirtualClock(NOON)
    settings = Settings(webhook_url=url, webhook_secret=SECRET, webhook_repeats=1)
    backend = Backend(limits="off", clock=clock, settings=settings)
    backend.seed({"organizations": [{"id": "org_acme"}]})
    table = cb.check([{"email_address": f"p{n}@example.com"} for n in (1, 2)], cb.Organization("org_acme"),
                     defaults={"role": "org:member"})  # fmt: skip
    with Ledger(ledger.where, clock=clock) as sending, Client("sk_test_fake", transport=backend.transport(),
                                                             clock=clock) as client:  # fmt: skip
        for _ in sending.job(table).run(client):
            pass
        instance_id = sending.jobs()[0].instance_id
    clock.advance(3600)
    accepted = backend.accept({"email_address": "p1@example.com", "organization_id": "org_acme"})
    assert _arrived(got, 6) == [False] * 3 + [True] * 3
    rows = kept(ledger.begin)
    assert [row["type"].rpartition(".")[2] for row in rows] == ["created", "created", "accepted"]
    assert rows[2]["user_id"] == accepted["user"]["id"]
    assert rows[2]["invitation_id"] == accepted["invitation"]["id"]
    assert rows[2]["at"] == accepted["invitation"]["updated_at"] / 1000
    assert {row["instance_id"] for row in rows} == {instance_id}
