"""Once: everyone is invited exactly once, whatever Clerk answers or does not answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
from stage import ACME, NOON, Between, Place, Stage, assert_within_the_hour, checked, people

import clerkbulk as cb
from clerkbulk.errors import KeyRefused, NotReachable
from clerkbulk.sending.state import JobState, Sum

YESTERDAY = (NOON - 86_400) * 1000


FAULTS = {
    "connection cut before Clerk saw the call": {"do": "drop"},
    "connection cut after Clerk did its work": {"do": "drop", "when": "after"},
    "500 before": {"do": "status", "status": 500},
    "500 after": {"do": "status", "status": 500, "when": "after"},
    "503 three times": {"do": "status", "status": 503, "times": 3},
    "504 after": {"do": "status", "status": 504, "when": "after"},
    "408 after": {"do": "status", "status": 408, "when": "after"},
    "409 after": {"do": "status", "status": 409, "when": "after"},
    "400 for nothing, although the work was done": {"do": "status", "status": 400, "when": "after"},
    "403 for nothing, although the work was done": {
        "do": "status", "status": 400, "code": "not_allowed_access", "when": "after",
    },
    "302": {"do": "status", "status": 302, "headers": {"location": "https://example.com"}},
    "HTML": {"do": "html"},
    "HTML after": {"do": "html", "when": "after"},
    "HTML with 200 after": {"do": "html", "status": 200, "when": "after"},
    "half a JSON text with 200": {"do": "garbage"},
    "half a JSON text with 200 after": {"do": "garbage", "when": "after"},
    "an empty list with 200 after": {"do": "garbage", "body": "[]", "when": "after"},
    "null with 200 after": {"do": "garbage", "body": "null", "when": "after"},
    "body cut off": {"do": "truncate"},
    "answer later than the client waits": {"do": "delay", "seconds": 90},
    "answer late": {"do": "delay", "seconds": 50},
    "429 with Retry-After": {"do": "status", "status": 429, "headers": {"retry-after": "1234"}},
    "429 without Retry-After": {"do": "status", "status": 429, "times": 4},
    "429 with Retry-After 0": {"do": "status", "status": 429, "times": 4, "headers": {"retry-after": "0"}},
    "429 with a date": {
        "do": "status", "status": 429, "headers": {"retry-after": "Fri, 15 Jan 2027 13:00:00 GMT"},
    },
    "429 as HTML": {"do": "html", "status": 429},
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "target"),
    [("sqlite", cb.Application()), ("sqlite", ACME), ("postgresql", cb.Application())],
    ids=["application", "organization", "postgresql"],
    indirect=["place"],
)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_everyone_is_invited_once_whatever_becomes_of_an_answer(
    place: Place, fault: dict[str, Any], target: cb.Application | cb.Organization
) -> None:
    """The second call goes wrong in one of these ways; Clerk's own record says who was invited, and how often."""
    stage = Stage(place)
    stage.backend.faults([{"do": "pass", "method": "POST"}, {"method": "POST", **fault}])
    # With ignore_existing a second post would really invite twice: no refusal of Clerk's would save us.
    job = stage.send(checked(people(35), target, **({} if target == ACME else {"ignore_existing": True})))
    kind = "invitations" if target == cb.Application() else "organization_invitations"
    assert stage.invited(kind) == Counter(people(35))
    assert job.sum() == Sum(35, sent=35)
    assert all(result.invitation_id and result.invited_at for result in job.results())
    assert job.record.state is JobState.DONE


@pytest.mark.parametrize(
    "settings",
    [
        {"result_order": "reversed"},
        {"result_order": "by_address"},
        {"stored_case": "as_sent"},
        {"window": "fixed"},
        {"refused_calls_count": "yes"},
        {"list_query": "exact"},
        {"expired_invitations": "block"},
    ],
    ids=lambda settings: "-".join(settings.values()),
)
def test_everyone_is_invited_once_however_clerk_answers_what_nobody_knows(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    """Order of results, case of addresses, kind of window: nothing of it matters, lost answers or not."""
    stage = Stage(tmp_path, **settings)
    stage.backend.faults([{"method": "POST", "do": "drop", "when": "after"}])
    job = stage.send(checked([f"P{n}@Example.com" for n in range(300)]))
    assert stage.invited() == Counter(f"p{n}@example.com" for n in range(300))
    assert job.sum() == Sum(300, sent=300)
    assert_within_the_hour(stage.posts(), 25)


def test_a_person_invited_but_refused_in_words_is_counted_as_invited(place: Place) -> None:
    """A single row whose call is refused after it was made is looked up like any other."""
    stage = Stage(place)
    stage.backend.faults([{"method": "POST", "do": "status", "status": 422, "when": "after"}])
    job = stage.send(checked(["ada@example.com"]))
    assert job.sum() == Sum(1, sent=1)
    assert stage.invited() == Counter(["ada@example.com"])


def test_a_key_refused_while_looking_up_ends_the_run_and_leaves_the_rows_unknown(place: Place) -> None:
    """Nothing is taken for absent because it could not be read, and the run does not go round for ever."""
    stage = Stage(place)
    stage.backend.faults(
        [
            {"method": "POST", "do": "drop", "when": "after"},
            {"method": "GET", "path": "/v1/invitations", "do": "status", "status": 401},
        ]
    )
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(5), ignore_existing=True))
        with pytest.raises(KeyRefused):
            stage.steps(job, client)
        assert job.sum() == Sum(5, unknown=5)
        assert job.record.state is JobState.STOPPED
        assert stage.steps(job, client)[-1].sum == Sum(5, sent=5)
    assert stage.invited() == Counter(people(5))


def refusing(times: int) -> Any:
    """Return a hook that refuses connections for creating calls, so many times."""
    left = [times]

    def hook(request: httpx.Request) -> None:
        if request.method == "POST" and left[0]:
            left[0] -= 1
            raise httpx.ConnectError("[Errno 111] Connection refused")

    return hook


def test_a_clerk_out_of_reach_for_a_while_is_waited_for(place: Place) -> None:
    """Eleven refused connections cost time, no call of the hour, and nobody's invitation."""
    stage = Stage(place)
    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), refusing(11))) as client:
        job = ledger.job(checked(people(25)))
        steps = stage.steps(job, client)
    waits = [step for step in steps if step.state is JobState.WAITING]
    assert [step.reason for step in waits] == ["Clerk cannot be reached"] * 11
    assert [step.waiting_until - step.at for step in waits[:6] if step.waiting_until] == [30, 60, 120, 240, 480, 600]
    assert (steps[-1].sum, steps[-1].calls, steps[-1].budget.used) == (Sum(25, sent=25), 3, 3)
    assert stage.invited() == Counter(people(25))


def test_a_clerk_out_of_reach_for_hours_pauses_the_job(place: Place) -> None:
    """After twelve times in a row the run ends with the reason; the rows wait, and resuming invites everyone."""
    stage = Stage(place)
    with stage.ledger() as ledger:
        with stage.client(Between(stage.backend.transport(), refusing(99))) as client:
            job = ledger.job(checked(people(25)))
            with pytest.raises(NotReachable, match="cannot be reached"):
                stage.steps(job, client)
        assert job.sum() == Sum(25, left=25)
        assert job.record.state is JobState.PAUSED
        with stage.client() as client:
            assert stage.steps(job, client)[-1].sum == Sum(25, sent=25)


def test_reads_that_fail_leave_rows_unknown_and_are_made_again(place: Place) -> None:
    """A list that cannot be read is no proof of absence: with ignore_existing a post would invite twice."""
    stage = Stage(place)
    stage.backend.faults(
        [
            {"method": "POST", "do": "drop", "when": "after"},
            {"method": "GET", "path": "/v1/invitations", "do": "status", "status": 503, "times": 30},
        ]
    )
    job = stage.send(checked(people(5), ignore_existing=True))
    assert job.sum() == Sum(5, sent=5)
    assert stage.invited() == Counter(people(5))
    assert len(stage.posts()) == 1


def test_the_invitation_of_yesterday_is_not_taken_for_ours(place: Place) -> None:
    """With ignore_existing an old open invitation says nothing about a call that Clerk may never have seen."""
    stage = Stage(place)
    stage.backend.seed({"invitations": [{"email_address": "ada@example.com", "created_at": YESTERDAY}]})
    stage.backend.faults([{"method": "POST", "do": "drop"}])
    job = stage.send(checked(["ada@example.com"], ignore_existing=True))
    assert job.sum() == Sum(1, sent=1)
    assert stage.invited() == Counter({"ada@example.com": 2})


def test_six_hundred_people_keep_to_the_hour_and_waste_no_call(tmp_path: Path) -> None:
    """Sixty calls at 25 an hour: done in the third hour, by Clerk's record never more than 25 in any sixty minutes."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(600)))
    assert job.sum() == Sum(600, sent=600)
    assert [call["status"] for call in stage.posts()] == [200] * 60
    assert_within_the_hour(stage.posts(), 25)
    assert 2 * 3600 <= stage.clock.now() - NOON < 2 * 3600 + 60
    assert job.calls() == 60


def test_without_limits_of_our_own_clerks_429_is_still_obeyed(tmp_path: Path) -> None:
    """--limits off posts as fast as Clerk answers, and then waits as long as Clerk says."""
    stage = Stage(tmp_path)
    job = stage.send(checked(people(600)), limits="off")
    assert job.sum() == Sum(600, sent=600)
    assert_within_the_hour([call for call in stage.posts() if call["status"] == 200], 25)
    assert sum(call["status"] == 429 for call in stage.posts()) == 2
