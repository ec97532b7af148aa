"""Instance: which of Clerk's instances a secret key opens."""

from __future__ import annotations

from clerkbulk.errors import ClerkRefused
from clerkbulk.sending.client import Client


def instance_of(client: Client) -> str:
    """Return the id of the instance a key opens. A key stands for it where Clerk does not tell: it opens only one.

    Raises what the client's reads raise.
    """
    try:
        instance_id = str(client.instance().get("id") or "")
    except ClerkRefused as error:
        # What Clerk has no answer to now (5xx, 429), it has one to later: two names for one instance must not be.
        if error.status not in {403, 404, 405}:
            raise
        instance_id = ""
    return instance_id or f"key_{client.key_fingerprint}"
