"""Clerk may still be at work on a call that nobody waits for any more: what is made late is found, not made again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
import pytest
from stage import ACME, NOON, Crash, Stage, checked, people

import clerkbulk as cb
from clerkbulk.sending.state import Sum


class Belated(httpx.BaseTransport):
    """Gets no answer to the first creating call; the instance does its work seconds later, when the clock is there."""

    def __init__(self, stage: Stage, late: float, ends: str) -> None:
        self._instance, self._clock = stage.backend.transport(), stage.clock
        self._late, self._ends = late, ends
        self._call: httpx.Request | None = None
        self.posts = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, and do what is due."""
        if self._call is not None and self._clock.now() >= NOON + self._late:
            call, self._call = self._call, None
            self._instance.handle_request(call)
        self.posts += request.method == "POST"
        if request.method == "GET" or self.posts > 1:
            return self._instance.handle_request(request)
        self._call = request
        if self._ends == "killed":
            raise Crash
        if self._ends == "cut off":
            raise httpx.ReadError("Connection reset by peer", request=request)
        self._clock.advance(60)
        raise httpx.ReadTimeout("timed out", request=request)


@pytest.mark.parametrize("target", [cb.Application(), ACME], ids=["application", "organization"])
@pytest.mark.parametrize("late", [1, 59, 61, 90, 119])
@pytest.mark.parametrize("ends", ["killed", "cut off", "timed out"])
def test_what_clerk_makes_late_is_found_and_not_made_again(
    tmp_path: Path, ends: str, late: float, target: cb.Application | cb.Organization
) -> None:
    """Whoever was to wait a minute for an answer, and is gone, leaves Clerk that minute, and the lists another one."""
    stage = Stage(tmp_path)
    table = checked(people(5), target, **({"ignore_existing": True} if target == cb.Application() else {}))
    clerk = Belated(stage, late, ends)
    with stage.ledger() as ledger, stage.client(clerk) as client:
        job = ledger.job(table)
        if ends == "killed":
            with pytest.raises(Crash):
                stage.steps(job, client)
        stage.steps(job, client)
        assert job.sum() == Sum(5, sent=5)
    kind = "invitations" if target == cb.Application() else "organization_invitations"
    assert stage.invited(kind) == Counter(people(5))
    assert clerk.posts == 1
