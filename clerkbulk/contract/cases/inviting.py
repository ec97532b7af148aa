"""The steps that cases about reading and revoking are made of: somebody is invited, read, revoked.

One at a time, because the single lane has four times the calls of the bulk lane.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clerkbulk.contract.cases.calls import SINGLE, member, org_single, person, single
from clerkbulk.contract.cases.case import Ask, Expect, Step
from clerkbulk.contract.cases.match import MISSING, OneOf

Query = Mapping[str, str] | tuple[tuple[str, str], ...]


def invited(name: str, *, keep: str = "id", wait: float = 0.0, **more: Any) -> Step:
    """Return the step that invites a name to the application; the invitation's id is kept under keep."""
    return Step(single(person(name, **more)), Expect(200, keep={keep: "id"}), wait)


def joined(name: str, *, keep: str = "id", wait: float = 0.0, **more: Any) -> Step:
    """Return the step that invites a name to the organization; the invitation's id is kept under keep."""
    return Step(org_single(member(name, **more)), Expect(200, keep={keep: "id"}), wait)


def revoked(path: str, keep: str = "id") -> Step:
    """Return the step that revokes the invitation whose id was kept; path is where it was made."""
    said = "revoked" if path == SINGLE else status("revoked")
    return Step(Ask("POST", f"{path}/{{{keep}}}/revoke"), Expect(200, holds={"status": said}))


def status(text: str) -> OneOf:
    """Return the expectation of an organization invitation's status, which the spec does not require."""
    return OneOf((text, MISSING))


def read(path: str, query: Query = (), *, wait: float = 0.0, **expected: Any) -> Step:
    """Return the step that reads a path and is answered 200; expected are the other fields of an Expect."""
    pairs = tuple(query.items()) if isinstance(query, Mapping) else query
    return Step(Ask("GET", path, query=pairs), Expect(200, **expected), wait)
