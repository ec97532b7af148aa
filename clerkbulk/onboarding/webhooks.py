"""Webhooks: signed deliveries about organization invitations, verified and kept in the ledger.

The signature is Svix's (https://docs.svix.com/receiving/verifying-payloads/how-manual): an HMAC with SHA-256 over id,
time and body as they came. In a server of your own it takes a few lines; body is the request's bytes, never parsed and
written anew::

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            try:
                receive(ledger, self.headers, body, os.environ["CLERK_WEBHOOK_SECRET"], now=time.time())
                self.send_response(204)
            except NotSigned:
                self.send_response(400)
            self.end_headers()

In an ASGI application pass ``scope["headers"]``. Whatever else is raised should be answered with 500: Svix delivers
again later.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from clerkbulk.errors import InputError
from clerkbulk.onboarding.event import Event, NotAnEvent, is_of_invitations, keep, read_event
from clerkbulk.sending.during.call import Begin

if TYPE_CHECKING:
    from clerkbulk.sending.ledger import Ledger

TOLERANCE = 300.0
"""Seconds a delivery's time may be off (Svix's own)."""
_PREFIX = "whsec_"
_HEADERS = ("svix-id", "svix-timestamp", "svix-signature")


class HasItems(Protocol):
    """Headers as servers have them."""

    def items(self) -> Iterable[tuple[Any, Any]]:
        """Return pairs of name and value."""
        ...


class NotSigned(InputError):  # noqa: N818 - says what it is, as NotNow does
    """A delivery that nobody signed with the secret, or too long ago: answer 400 and forget it."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery that was signed. kept: it is new, and in the ledger now."""

    delivery_id: str
    kept: bool
    says: str
    """In a sentence."""
    event: Event | None = None
    """None: it is none about an organization invitation of this instance, and was ignored."""


def receive(
    ledger: Ledger | Begin,
    headers: HasItems | Iterable[tuple[Any, Any]],
    body: bytes,
    secret: str,
    *,
    instance_id: str | None = None,
    now: float,
) -> Received:
    """Verify a delivery and keep the event it brings, once however often it comes.

    ledger is a Ledger or its begin; headers are pairs or a mapping, of any case, text or bytes; secret is that of the
    endpoint in the Clerk Dashboard (whsec_...); now is seconds since 1970. With instance_id, events of other instances
    are ignored, as are those of other kinds.

    Raises NotSigned for what cannot be trusted, InputError for a secret that is none and for an event that does not say
    of which instance it is, LedgerError where it cannot be kept. No message, and no frame of a traceback in here, holds
    the secret.
    """
    told = _lower(headers)
    key = _key(secret)
    del secret
    wrong = _wrong(key, told, body, now) if key is not None else None
    is_key = key is not None
    del key
    if not is_key:
        raise InputError("The webhook's secret is whsec_ and base64, as the Clerk Dashboard shows it; this is not.")
    if wrong is not None:
        raise NotSigned(wrong)
    delivery_id = told["svix-id"]
    envelope = _parsed(body)
    if not is_of_invitations(envelope):
        kind = envelope.get("type") if isinstance(envelope, dict) else None
        return Received(delivery_id, False, f"Ignored: it tells of {kind or 'nothing that can be read'}.")
    try:
        event = read_event(envelope, delivery_id)
    except NotAnEvent as error:
        return Received(delivery_id, False, f"Ignored: {error}.")
    if instance_id is not None and event.instance_id not in {None, instance_id}:
        return Received(delivery_id, False, f"Ignored: it is of another instance, {event.instance_id}.")
    kept = keep(ledger if callable(ledger) else ledger.begin, [event], instance_id, now) == 1
    return Received(delivery_id, kept, "Kept." if kept else "Known already: it was delivered before.", event)


def _lower(headers: HasItems | Iterable[tuple[Any, Any]]) -> dict[str, str]:
    pairs = headers.items() if hasattr(headers, "items") else headers
    return {_text(name).lower(): _text(value) for name, value in pairs}


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _key(secret: str) -> bytes | None:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def _wrong(key: bytes, told: dict[str, str], body: bytes, now: float) -> str | None:
    """Say why a delivery cannot be trusted; None for one that can."""
    missing = [name for name in _HEADERS if not told.get(name)]
    if missing:
        return f"The delivery has no {' and no '.join(missing)}: it does not come from Svix."
    delivery_id, sent, signatures = (told[name] for name in _HEADERS)
    if not (sent.isascii() and sent.isdigit()):
        return "The delivery's svix-timestamp is no number of seconds."
    if abs(now - int(sent)) > TOLERANCE:
        side = "old: it may be a copy" if int(sent) < now else "early: set this machine's clock"
        return f"The delivery is more than {TOLERANCE / 60:.0f} minutes too {side}."
    signed = f"{delivery_id}.{sent}.".encode("latin-1", "replace") + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    for one in signatures.split():
        version, _, signature = one.partition(",")
        if version == "v1" and hmac.compare_digest(signature.encode("latin-1", "replace"), expected):
            return None
    return (
        "The delivery's signature does not fit: it was signed with another secret, or its body was changed on the way "
        "(pass the request's bytes as they came)."
    )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
