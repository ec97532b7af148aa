"""What the stories of Clerk's codes stand on: an instance that refuses whom it is told to, in the words it is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from stage import ACME, Stage, checked, people

import clerkbulk as cb
from clerkbulk.sending.after.results import Result
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.progress import Progress
from clerkbulk.sending.state import JobState, RowState, Sum

APPLICATION = cb.Application()
BOTH = (APPLICATION, ACME)
THOSE = "<those>"
"""Stands in an answer for the addresses of the call whom Clerk refuses."""
CLERK_SAYS = "In Clerk's words."
NOBODY, OTHERS, EVERYONE = "nobody", "the others", "everyone"
"""Whom a refused call has invited all the same: whether a bulk call is all or nothing is not documented."""


def name_of(target: cb.Application | cb.Organization) -> str:
    """Return the word for an endpoint in the name of a test."""
    return target.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One of Clerk's errors, with THOSE where it names whom it refuses."""

    code: str | None
    meta: Mapping[str, Any] | None = None
    words: str = CLERK_SAYS

    def to_wire(self, those: Sequence[str]) -> dict[str, Any]:
        """Return the error as it goes out; without meta the key is absent (recorded)."""
        named = self.words.replace(THOSE, ", ".join(those))
        error: dict[str, Any] = {"message": "is refused", "long_message": named}
        if self.code is not None:
            error["code"] = self.code
        if self.meta is not None:
            error["meta"] = {name: list(those) if value == THOSE else value for name, value in self.meta.items()}
        return error


Refuses = Callable[[Sequence[str]], Sequence[str]]
"""Whom of a call's addresses Clerk refuses; nobody: the call goes through."""


@dataclass
class Clerk(httpx.BaseTransport):
    """The emulated instance, but for the creating calls it is told to answer otherwise.

    whom says which addresses of a call are refused, made whom such a call has invited all the same, times how many
    calls are answered like that. calls are the sizes of all creating calls, came_at when they came.
    """

    stage: Stage
    status: int
    errors: Sequence[Said]
    whom: Refuses
    made: str = NOBODY
    times: int = 1_000_000
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    calls: list[int] = field(default_factory=list)
    came_at: list[float] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self._instance = self.stage.backend.transport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if request.method != "POST":
            return self._instance.handle_request(request)
        body = json.loads(request.content)
        items = body if isinstance(body, list) else [body]
        self.calls.append(len(items))
        self.came_at.append(self.stage.clock.now())
        those = self.whom([item["email_address"] for item in items])
        if not those or self.refused >= self.times:
            return self._instance.handle_request(request)
        self.refused += 1
        made = {NOBODY: [], OTHERS: [item for item in items if item["email_address"] not in those], EVERYONE: items}
        if made[self.made]:
            self._make(request, made[self.made])
        return self._refusal(those)

    def _make(self, request: httpx.Request, items: Sequence[Mapping[str, Any]]) -> None:
        path = request.url.path.removesuffix("/bulk") + "/bulk"
        url, headers = request.url.copy_with(path=path), request.headers.copy()
        del headers["content-length"]
        made = self._instance.handle_request(httpx.Request("POST", url, headers=headers, json=list(items)))
        assert made.status_code == 200, made.read()

    def _refusal(self, those: Sequence[str]) -> httpx.Response:
        if self.body is not None:
            return httpx.Response(self.status, headers=self.headers, content=self.body)
        document = {"errors": [said.to_wire(those) for said in self.errors], "clerk_trace_id": "0" * 32}
        return httpx.Response(self.status, headers=self.headers, json=document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How a story ended, by the ledger, by the calls on the wire and by the instance's own record."""

    state: JobState
    reason: str | None
    sum: Sum
    results: Sequence[Result]
    steps: Sequence[Progress]
    calls: Sequence[int]
    """The sizes of the creating calls."""
    invited: Counter[str]
    raised: Exception | None

    def became(self, state: RowState | str) -> dict[str, Result]:
        """Return {address: result} of the rows in a state."""
        return {str(result.email_address): result for result in self.results if result.state == state}

    def assert_once(self) -> None:
        """Sent is invited once, everybody else not at all, by the instance's own record."""
        assert self.invited == Counter(list(self.became("sent")))


def any_of(*refused: str) -> Refuses:
    """Refuse a call with any of these addresses, because of them."""
    return lambda addresses: [address for address in addresses if address in refused]


def everybody(addresses: Sequence[str]) -> Sequence[str]:
    """Refuse every call."""
    return addresses


def tell(
    stage: Stage,
    target: cb.Application | cb.Organization,
    clerk: Clerk,
    *,
    number: int = 30,
    pace: Pace | None = None,
    **defaults: Any,
) -> Told:
    """Send to so many people, p1 to p30, and return how it ended; what the run raises stands beside it.

    A second telling on the same stage goes on with the same job.
    """
    steps: list[Progress] = []
    raised = None
    before = len(clerk.calls)
    with stage.ledger() as ledger, stage.client(clerk) as client:
        job = ledger.job(checked(people(number), target, **defaults))
        try:
            for progress in job.run(client, pace=pace):
                assert progress.sum == job.sum()
                steps.append(progress)
                assert len(steps) < 300, "the job does not come to an end"
        except cb.ClerkbulkError as error:
            raised = error
        kind = "organization_invitations" if isinstance(target, cb.Organization) else "invitations"
        return Told(
            state=job.record.state,
            reason=job.record.reason,
            sum=job.sum(),
            results=list(job.results()),
            steps=steps,
            calls=clerk.calls[before:],
            invited=stage.invited(kind),
            raised=raised,
        )
