"""What the tests of looking share: rows about to travel, what is there already, and where they end up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx
from stage import NOON, Stage, checked, people

from clerkbulk.contract.target import Application, Target
from clerkbulk.sending.before.looking import passengers_of
from clerkbulk.sending.before.preflight import Preflight
from clerkbulk.sending.verdict import Passenger

APPLICATION = Application()
DAY = 86_400_000
NOW = NOON * 1000


def rows_of(addresses: Sequence[str], target: Target | None = None, **defaults: Any) -> list[Passenger]:
    """Return checked addresses as rows about to travel."""
    return passengers_of(checked(addresses, target, **defaults))


def where(found: Preflight) -> dict[str, str]:
    """Return {address key: bucket}."""
    return {row.key: bucket.value for bucket, rows in found.buckets.items() for row in rows}


def gets(stage: Stage) -> list[str]:
    """Return the paths that were read."""
    return [call["path"] for call in stage.backend.calls() if call["method"] == "GET"]


def invitations(addresses: Sequence[str], status: str = "pending", **more: Any) -> list[dict[str, Any]]:
    """Return seeds of invitations."""
    return [{"email_address": address, "status": status, **more} for address in addresses]


CROWD = people(30, first=101)
"""More rows than one call carries, so that whole lists are read."""


class Changed(httpx.BaseTransport):
    """Changes every answer of the instance on its way."""

    def __init__(self, inner: httpx.BaseTransport, change: Callable[[httpx.Response], httpx.Response]) -> None:
        self._inner, self._change = inner, change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._change(self._inner.handle_request(request))
