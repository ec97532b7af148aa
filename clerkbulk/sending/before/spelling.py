"""Spelling: what is asked of Clerk about one address, in both ways its domain can be written."""

from __future__ import annotations

from itertools import chain
from typing import Any

from clerkbulk.contract.address import address_key
from clerkbulk.contract.target import Target
from clerkbulk.sending.client import Client


def spellings(email: str) -> tuple[str, ...]:
    """Return an address as it is written and with its domain in ASCII; once, where they are the same.

    Whether Clerk finds bücher.example under xn--bcher-kva.example is not documented: both are asked for.
    """
    return tuple(dict.fromkeys((email, address_key(email))))


def invitations_to(client: Client, target: Target, email: str) -> list[dict[str, Any]]:
    """Read every invitation to one address, of whatever status. Raises what the client's reads raise."""
    key = address_key(email)
    found = chain.from_iterable(client.every_invitation(target, email_address=one) for one in spellings(email))
    mine = (one for one in found if address_key(str(one.get("email_address", ""))) == key)
    return list({str(one.get("id")): one for one in mine}.values())
