"""Hiding: how people appear in a frame or report: as addresses, as keyed hashes, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from enum import StrEnum

import sqlalchemy as sa

from clerkbulk.errors import InputError
from clerkbulk.sending import seen
from clerkbulk.sending.during.call import Begin

_LETTERS = 20
_BYTES = 32


class People(StrEnum):
    """How people appear. Whoever gets a keyed hash can tell two people apart, and nobody's address, without the key."""

    SHOW = "show"
    HASH = "hash"
    OMIT = "omit"

    @classmethod
    def _missing_(cls, value: object) -> People:
        raise InputError(f"People are shown as show, hash or omit, not as {value!r}.")


def pseudonym(key: str, secret: bytes) -> str:
    """Return what stands for a person: the same for the same address key and secret, and no way back without it."""
    digest = hmac.new(secret, key.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    return f"p_{digest[:_LETTERS]}"


def kept_secret(begin: Begin) -> bytes:
    """Return the ledger's own secret, made when first asked for: the same people have the same hashes ever after."""
    table = seen.pseudonym
    try:
        with begin() as connection:
            found = connection.execute(sa.select(table.c.secret)).scalar()
            if found is None:
                found = secrets.token_hex(_BYTES)
                connection.execute(table.insert().values(id=1, secret=found))
            return bytes.fromhex(found)
    except sa.exc.IntegrityError:
        return kept_secret(begin)  # on a server somebody else was quicker
