"""Where the API is: an address the secret key may travel to."""

from __future__ import annotations

import re

from clerkbulk.contract.endpoint import API_PREFIX, API_URL
from clerkbulk.errors import InputError

_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
# Narrower than the standard on purpose: in what fits here no two parsers see two different hosts.
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?P<port>:[0-9]{1,5})?(?P<path>/[a-z0-9._~/%-]*)?",
    re.IGNORECASE,
)


def checked_url(text: str) -> str:
    """Return the address without a slash or ``/v1`` at its end: https anywhere, http on this machine only.

    Raises InputError, which shows no more of the text than a host: people paste keys and passwords into the wrong
    variable.
    """
    url = text.strip().rstrip("/").removesuffix(API_PREFIX).rstrip("/")
    if any(sign in url for sign in "@?#"):
        raise InputError("CLERK_API_URL must name a host and nothing secret: no user, password, query or fragment.")
    found = _ADDRESS.fullmatch(url)
    if found is None or int((found["port"] or ":0")[1:]) > 65535:
        raise InputError(f"CLERK_API_URL is no address of an API: it looks like {API_URL}.")
    scheme, host = found["scheme"].lower(), found["host"].lower()
    if scheme == "http" and host not in _LOOPBACK:
        raise InputError(
            f"http://{host} would carry the secret key unencrypted: use https, or http on this machine only."
        )
    return f"{scheme}://{host}{found['port'] or ''}{found['path'] or ''}"
