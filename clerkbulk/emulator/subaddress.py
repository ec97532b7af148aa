"""Subaddresses: which account an address belongs to once what people add to it is taken off."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[+=#]")
_SEPARATORS_AT_YAHOO = re.compile(r"[+=#-]")
_DOTS_MEAN_NOTHING = {"gmail.com"}


def base_of(address: str) -> str:
    """Return the address without its subaddress, in lower case.

    Separators are ``+``, ``=`` and ``#``, at Yahoo also ``-``; at Gmail dots mean nothing (documented, clerk-contract
    4.8). Which domains are Yahoo's is not said: here those that begin with ``yahoo.``.
    """
    local, _, domain = address.lower().rpartition("@")
    separators = _SEPARATORS_AT_YAHOO if domain.startswith("yahoo.") else _SEPARATORS
    # An address that begins with a separator has nothing before it to belong to.
    local = separators.split(local)[0] or local
    return f"{local.replace('.', '') if domain in _DOTS_MEAN_NOTHING else local}@{domain}"


def without_tag(address: str) -> str:
    """Return the address without what follows ``+``, ``=`` or ``#``, for the block list."""
    local, _, domain = address.rpartition("@")
    return f"{_SEPARATORS.split(local)[0] or local}@{domain}"
