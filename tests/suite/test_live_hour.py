"""What is found out about the hour itself: in virtual time, against emulated instances that count in each way."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import httpx
import pytest
from instances import NOON, creating_calls, every_invitation, instance, live, pending

from clerkbulk.contract.endpoint import APPLICATION_BULK, ORGANIZATION_BULK
from clerkbulk.contract.unknown import unknown
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.server import Emulator
from clerkbulk.suite.desk import Answer
from clerkbulk.suite.hour import HourFound, Observed, most_calls, probe_hour, read_429, read_hour

WINDOWS, COUNTS = unknown("window").answers, unknown("refused_calls_count").answers


def _probe(clerk: Emulator, **changed: Any) -> tuple[HourFound, list[str]]:
    said: list[str] = []
    with live(clerk) as target:
        found = probe_hour(target, said.append, **changed)
    assert target.left == ()
    assert pending(clerk) == []
    assert all("+clerk_test@" in one["email_address"] for one in every_invitation(clerk))
    return found, said


@pytest.mark.parametrize(("window", "count"), [*product(WINDOWS, COUNTS)])
@pytest.mark.parametrize("start", [0, 1700, 3550])
def test_the_hour_is_found_to_be_as_it_is(window: str, count: str, start: int) -> None:
    """Window and counting of refused calls are found, at whatever minute the probe begins.

    Whether a 429 counts makes no difference to a fixed window: then it is not found, and that is said.
    """
    with instance(window=window, refused_calls_count=count) as clerk:
        clerk.advance(start)
        found, said = _probe(clerk)
        calls = creating_calls(clerk, bulk=True)
    wanted = {"window": window, "refused_calls_count": count}
    if window == "fixed" and count != "no":
        del wanted["refused_calls_count"]
        assert "whether a 429 counts makes no difference" in found.not_found[0]
    assert {name: found.answers[name] for name in found.answers if name in ("window", "refused_calls_count")} == wanted
    assert calls <= most_calls(APPLICATION_BULK) == 55
    assert len(said) == 3
    assert said[0].startswith("Waiting until ")


@pytest.mark.parametrize("scope", unknown("hourly_scope").answers)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("count", COUNTS)
def test_whose_hour_it_is_is_found_with_two_organizations(scope: str, window: str, count: str) -> None:
    """With a second organization it is found whether both share an hour; the rest is found on the organization's."""
    with instance(hourly_scope=scope, window=window, refused_calls_count=count) as clerk:
        found, _ = _probe(clerk, other_organization_id="org_other")
        assert found.answers["hourly_scope"] == scope
        assert found.answers["window"] == window
        if window == "sliding" or count == "no":
            assert found.answers["refused_calls_count"] == count
        assert creating_calls(clerk, bulk=True) <= most_calls(ORGANIZATION_BULK)


@pytest.mark.parametrize("code", unknown("limit_code").answers)
@pytest.mark.parametrize("resets_in", unknown("resets_in").answers)
def test_the_form_of_a_429_is_found(code: str, resets_in: str) -> None:
    """Its code, and whether meta.resets_in is there and in which unit, are read off the 429 that is met."""
    with instance(limit_code=code, resets_in=resets_in) as clerk:
        found, _ = _probe(clerk)
        assert (found.answers["limit_code"], found.answers["resets_in"]) == (code, resets_in)


def test_an_hour_others_use_too_is_not_guessed_at() -> None:
    """Where somebody else's calls take part of the hour nothing is found of it, and the reason is said."""
    with instance() as clerk, live(clerk) as target:

        def somebody_else(said: str) -> None:
            if "second group" in said:
                for number in range(3):
                    _invite_elsewhere(clerk, number)

        found = probe_hour(target, somebody_else)
    assert "window" not in found.answers
    assert "refused_calls_count" not in found.answers
    assert "Does anybody else use the instance?" in found.not_found[0]


def _invite_elsewhere(clerk: Emulator, number: int) -> None:
    item = {"email_address": f"other{number}@example.net"}
    headers = {"Authorization": "Bearer sk_test_fake"}
    answer = httpx.post(f"{clerk.url}/v1/invitations/bulk", json=[item], headers=headers, trust_env=False)
    assert answer.status_code == 200


def test_without_a_limit_nothing_is_found() -> None:
    """An instance that never answers 429 is asked no more than stated, and that no 429 came is said."""
    with Emulator(limits="off", clock=VirtualClock(NOON)) as clerk:
        found, _ = _probe(clerk)
        assert found.answers == {}
        assert found.not_found == (
            "window, refused_calls_count: 33 calls were let in within an hour, and no 429 came.",
        )
        assert creating_calls(clerk, bulk=True) <= most_calls(APPLICATION_BULK)


def test_a_wait_of_more_than_an_hour_tells_nothing_of_the_window() -> None:
    """Where Retry-After is so long that every window is over by then, the window is not guessed at."""
    with instance() as clerk:
        made = {"do": "pass", "method": "POST", "path": "/v1/invitations/bulk$", "times": 25}
        blocked = {**made, "do": "status", "status": 429, "headers": {"Retry-After": "7200"}, "times": 4}
        clerk.faults([made, blocked])
        found, said = _probe(clerk)
        assert found.answers == {"limit_code": "too_many_requests", "resets_in": "absent"}
        assert found.not_found[0].startswith("window, refused_calls_count: Retry-After asked to wait until the whole")
        assert len(said) == 2


def test_a_broken_probe_leaves_nothing() -> None:
    """A lost reply in the middle ends the probe with its reason, and what was made is revoked."""
    with instance() as clerk:
        script = [{"do": "pass", "method": "POST", "path": "/v1/invitations/bulk", "times": 8}]
        clerk.faults([*script, {"do": "drop", "when": "after", "method": "POST", "path": "/v1/invitations/bulk"}])
        found, _ = _probe(clerk)
        assert found.answers == {}
        assert "the probe was broken off, an answer was lost" in found.not_found[0]


@pytest.mark.parametrize(
    ("seen", "answers"),
    [
        (Observed(25, second=13, throttled=4, after=12), {"window": "sliding", "refused_calls_count": "only_4xx"}),
        (Observed(25, second=13, throttled=4, after=8), {"window": "sliding", "refused_calls_count": "yes"}),
        (Observed(25, second=13, throttled=4, after=13), {"window": "fixed"}),
        (Observed(25, second=18, throttled=4, after=7), {"window": "sliding", "refused_calls_count": "no"}),
        (Observed(25, second=18, throttled=4, after=8), {"window": "fixed", "refused_calls_count": "no"}),
        (Observed(25, second=25, throttled=4, after=None), {"window": "fixed"}),
        (Observed(25, second=18, throttled=4, after=None), {"refused_calls_count": "no"}),
        (Observed(25, second=13, throttled=4, after=None), {}),
        (Observed(25, second=13, throttled=4, after=5), {}),
        (Observed(25, second=18, throttled=4, after=3), {}),
        (Observed(25, second=15, throttled=4, after=12), {}),
        (Observed(50, second=38, throttled=5, after=7), {"window": "sliding", "refused_calls_count": "yes"}),
    ],
)
def test_what_follows_from_what_was_let_in(seen: Observed, answers: dict[str, str]) -> None:
    """Each sum has one reading; one that has none is no finding, and what is not found is named with the reason."""
    found = read_hour(seen)
    assert found.answers == answers
    missing = [name for name in ("window", "refused_calls_count") if name not in answers]
    named = "".join(said.partition(": ")[0] for said in found.not_found)
    assert named == ", ".join(missing)


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        ({"errors": [{"code": "too_many_requests"}]}, {"limit_code": "too_many_requests", "resets_in": "absent"}),
        ({"errors": [{"code": "slow_down", "meta": {"resets_in": 90}}]}, {"resets_in": "seconds"}),
        ({"errors": [{"code": "slow_down", "meta": {"resets_in": 89500}}]}, {"resets_in": "milliseconds"}),
        ({"errors": [{"code": "slow_down", "meta": {"resets_in": 7}}]}, {}),
        ({"errors": []}, {}),
        ("no", {}),
    ],
)
def test_a_429_is_read_as_it_is(body: Any, answers: dict[str, str]) -> None:
    """What a 429 does not say, or says in no unit that fits Retry-After, is not found."""
    found = read_429(Answer(429, {"retry-after": "90"}, json.dumps(body).encode(), 0))
    assert found.answers == answers
    assert bool(found.not_found) == (len(answers) < 2)
