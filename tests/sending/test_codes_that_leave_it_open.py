"""Codes that say nothing about anybody: the hour is used up, or nobody knows what became of the call.

"Throttling and failures" of clerk-contract 3.3, and the conflicts (409). A wait costs calls and nothing else; what is
left open is looked up, and whoever is not invited goes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stage import NOON, Stage
from stories import APPLICATION, BOTH, EVERYONE, NOBODY, Clerk, Said, everybody, name_of, tell

from clerkbulk.sending.state import JobState, Sum

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Story:
    """An answer that leaves open what became of the second call of three. code None: no envelope at all."""

    status: int
    code: str | None
    body: str | None = None


STORIES: tuple[Story, ...] = (
    Story(409, "conflict"),
    Story(409, "resource_locked"),
    Story(500, "internal_clerk_error"),
    Story(503, "service_unavailable"),
    Story(504, "gateway_timeout"),
    Story(500, None, HTML),
    Story(502, None, HTML),
    Story(504, None, HTML),
    Story(520, None, ""),
    Story(408, None, ""),
    Story(425, None, ""),
    Story(500, "duplicate_record"),
    Story(503, "too_many_requests"),
    Story(400, "internal_clerk_error"),
    Story(422, "resource_locked"),
    Story(403, "too_many_requests"),
)


def the_second(addresses: Sequence[str]) -> Sequence[str]:
    """Answer the call of the second ten like that."""
    return addresses if "p11@example.com" in addresses else []


@pytest.mark.parametrize("target", BOTH, ids=name_of)
@pytest.mark.parametrize("made", [NOBODY, EVERYONE])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.status} {story.code or 'without envelope'}")
def test_a_failure_is_looked_up_and_never_posted_again_blind(
    tmp_path: Path, story: Story, made: str, target: Any
) -> None:
    """Everyone once: the failed call is read back, and posted again a minute later only if it made nobody.

    With ignore_existing a blind second post would be taken, and invite ten people twice.
    """
    stage = Stage(tmp_path)
    clerk = Clerk(stage, story.status, [Said(code=story.code)], the_second, made, times=1, body=story.body)
    told = tell(stage, target, clerk, **({"ignore_existing": True} if target == APPLICATION else {}))
    assert (told.state, told.sum) == (JobState.DONE, Sum(30, sent=30))
    told.assert_once()
    assert all(result.invitation_id and result.invited_at for result in told.results)
    assert told.calls == ([10, 10, 10] if made == EVERYONE else [10, 10, 10, 10])
    assert told.steps[-1].at - NOON == (0 if made == EVERYONE else 60)
    waits = {step.reason for step in told.steps if step.state is JobState.WAITING}
    assert waits == (set() if made == EVERYONE else {"finding out what became of a call"})


@pytest.mark.parametrize("target", BOTH, ids=name_of)
@pytest.mark.parametrize("code", ["internal_clerk_error", "service_unavailable", "gateway_timeout", "conflict"])
def test_a_failure_that_goes_on_pauses_the_job_before_the_hour_is_gone(tmp_path: Path, code: str, target: Any) -> None:
    """Eight calls without a clear answer, each looked up: paused with a sentence, nobody invited, nobody lost."""
    stage = Stage(tmp_path)
    status = 409 if code == "conflict" else 503
    clerk = Clerk(stage, status, [Said(code=code)], everybody)
    told = tell(stage, target, clerk)
    assert (told.state, told.reason) == (JobState.PAUSED, f"8 calls in a row had no clear answer ({status})")
    assert (told.sum.sent, told.sum.open, told.calls) == (0, 30, [10] * 8)
    clerk.times = 0
    again = tell(stage, target, clerk)
    assert (again.state, again.sum) == (JobState.DONE, Sum(30, sent=30))
    again.assert_once()


# 429: the status alone decides, whatever its body says.


@dataclass(frozen=True, slots=True)
class Wait:
    """So many 429 in a row, what they say of the time, and when each next call leaves, seconds after the first."""

    code: str | None
    headers: dict[str, str]
    left_at: tuple[float, ...]
    body: str | None = None


WAITS: tuple[Wait, ...] = (
    Wait("too_many_requests", {"Retry-After": "1234"}, (1234,)),
    Wait("too_many_requests", {"Retry-After": "7200"}, (7200,)),
    Wait("rate_limit_exceeded", {"Retry-After": "1234"}, (1234,)),
    Wait("rate_limit_exceeded", {}, (10, 30, 70, 150)),
    Wait("too_many_requests", {"Retry-After": "0"}, (10, 30, 70, 150)),
    Wait("too_many_requests", {"retry-after": "30"}, (30, 60, 100, 180)),
    Wait("too_many_requests", {"Retry-After": "soon"}, (10, 30)),
    Wait("a_code_of_tomorrow", {"Retry-After": "60"}, (60,)),
    Wait("duplicate_record", {"Retry-After": "60"}, (60,)),
    Wait(None, {"Retry-After": "60"}, (60,), HTML),
    Wait(None, {}, (10,), ""),
)


@pytest.mark.parametrize("target", BOTH, ids=name_of)
@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: f"{wait.code} {wait.headers} {len(wait.left_at)} times")
def test_a_429_is_a_wait_that_costs_calls_and_nothing_else(tmp_path: Path, wait: Wait, target: Any) -> None:
    """Retry-After is obeyed, with a floor of ten seconds that doubles while there is none; nobody is looked up."""
    stage = Stage(tmp_path)
    clerk = Clerk(
        stage, 429, [Said(code=wait.code, meta={"resets_in": 3})], the_second,
        times=len(wait.left_at), headers=wait.headers, body=wait.body,
    )  # fmt: skip
    told = tell(stage, target, clerk)
    assert (told.state, told.sum) == (JobState.DONE, Sum(30, sent=30))
    told.assert_once()
    assert told.calls == [10, *([10] * len(wait.left_at)), 10, 10]
    waits = [step for step in told.steps if step.state is JobState.WAITING]
    assert {step.reason for step in waits} == {"Clerk said to wait (429)"}
    assert [step.waiting_until for step in waits] == [NOON + seconds for seconds in wait.left_at]
    assert told.steps[-1].at == NOON + wait.left_at[-1]
    looked_up = [call for call in stage.backend.calls() if call["method"] == "GET" and "email" in str(call["query"])]
    assert looked_up == []
