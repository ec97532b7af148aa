"""Where webhooks may go, and what they are signed with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from urllib.parse import SplitResult, urlsplit

from clerkbulk.errors import InputError

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every such secret begins with


def check_url(url: str) -> SplitResult:
    """Return the parts of a URL that webhooks may be posted to: http, on this machine. Raises InputError."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise InputError(f"webhook_url is no URL: {error}.") from None
    if parts.scheme != "http" or not _is_loopback(host):
        raise InputError(
            f"webhook_url leads to {parts.scheme or 'nothing'}://{host}: the emulator posts to this machine only, such "
            "as http://127.0.0.1:3000/webhooks. It makes events up, and nobody else should get them."
        )
    return parts


def check_secret(secret: str) -> bytes:
    """Return the bytes to sign with. Raises InputError, without showing the secret."""
    try:
        if secret.startswith(SECRET_PREFIX) and len(secret) > len(SECRET_PREFIX):
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        pass
    raise InputError(
        "With a webhook_url goes a webhook_secret: whsec_ and base64, the one your receiver verifies with."
    )


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the header svix-signature: ``v1,`` and base64 of an HMAC with SHA-256 over id, timestamp and body."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(check_secret(secret), signed, hashlib.sha256)).decode()}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
