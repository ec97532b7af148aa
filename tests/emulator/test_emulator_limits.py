"""Hourly limits, the ten-second limit, and how long one must wait."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.emulator.limits import Window

HOUR = 3_600_000
BULK, SINGLE = "/v1/invitations/bulk", "/v1/invitations"
ORG_BULK, ORG_SINGLE = "/v1/organizations/org_acme/invitations/bulk", "/v1/organizations/org_acme/invitations"


def _call(clerk: Any, target: str, number: int) -> Any:
    item = {"email_address": f"p{number}@example.com"}
    if "organizations" in target:
        item["role"] = "org:member"
    # A live key, so that the ten-second limit of 1000 requests stays out of the way.
    return clerk.ask("POST", target, [item] if target.endswith("bulk") else item, key="sk_live_fake")


@pytest.fixture
def limited(make: Any) -> Any:
    clerk = make("documented")
    clerk.backend.seed({"organizations": [{"id": "org_acme"}, {"id": "org_b"}]})
    return clerk


@pytest.mark.parametrize(("target", "most"), [(BULK, 25), (SINGLE, 100), (ORG_BULK, 50), (ORG_SINGLE, 250)])
def test_each_endpoint_takes_its_documented_calls_an_hour(limited: Any, target: str, most: int) -> None:
    """After the last call of the hour comes 429 with Retry-After; waiting exactly so long lets one in."""
    for number in range(most):
        assert _call(limited, target, number).status == 200
        limited.clock.advance(1)
    response = _call(limited, target, most)
    assert response.status == 429
    assert response.header("retry-after") == str(3600 - most)
    (error,) = response.document()["errors"]
    assert (error["code"], error["message"], "meta" in error) == ("too_many_requests", "Too many requests", False)
    limited.clock.advance(3600 - most - 1)
    assert _call(limited, target, most).header("retry-after") == "1"
    limited.clock.advance(1)
    assert _call(limited, target, most).status == 200
    assert _call(limited, target, most + 1).status == 429


def test_the_lanes_have_budgets_of_their_own(limited: Any) -> None:
    """Using one endpoint up leaves the others, and all reads, open."""
    for number in range(26):
        last = _call(limited, BULK, number)
    assert last.status == 429
    assert _call(limited, SINGLE, 100).status == 200
    assert _call(limited, ORG_BULK, 100).status == 200
    assert limited.ask("GET", "/v1/invitations", key="sk_live_fake").status == 200


def test_two_keys_share_the_instances_budget(limited: Any) -> None:
    """The hour belongs to the instance, not to the key."""
    for number in range(25):
        assert _call(limited, BULK, number).status == 200
    item = [{"email_address": "other@example.com"}]
    assert limited.ask("POST", BULK, item, key="sk_live_other").status == 429


@pytest.mark.parametrize(("scope", "status"), [("instance", 429), ("organization", 200)])
def test_hourly_scope(make: Any, scope: str, status: int) -> None:
    """The organization limits count for the instance, or for each organization, as set."""
    clerk = make("documented", hourly_scope=scope)
    clerk.backend.seed({"organizations": [{"id": "org_acme"}, {"id": "org_b"}]})
    for number in range(50):
        assert _call(clerk, ORG_BULK, number).status == 200
    assert _call(clerk, "/v1/organizations/org_b/invitations/bulk", 99).status == status
    assert _call(clerk, ORG_BULK, 99).status == 429


@pytest.mark.parametrize(("window", "wait"), [("sliding", 3600), ("fixed", 1800)])
def test_window(make: Any, window: str, wait: int) -> None:
    """A sliding hour ends an hour after its first call; a fixed one at the full hour."""
    clerk = make("documented", window=window)
    clerk.clock.advance(1800)
    for number in range(25):
        assert _call(clerk, BULK, number).status == 200
    assert _call(clerk, BULK, 99).header("retry-after") == str(wait)
    clerk.clock.advance(wait)
    for number in range(100, 125):
        assert _call(clerk, BULK, number).status == 200


@pytest.mark.parametrize(
    ("answer", "refused_counts", "blocked_counts"),
    [("yes", True, True), ("only_4xx", True, False), ("no", False, False)],
)
def test_refused_calls_count(make: Any, answer: str, refused_counts: bool, blocked_counts: bool) -> None:
    """Whether a 400 and a 429 use up the hour is as set."""
    clerk = make("documented", refused_calls_count=answer)
    assert _call(clerk, BULK, 0).status == 200
    for _ in range(24):
        assert _call(clerk, BULK, 0).status == 400
    assert _call(clerk, BULK, 1).status == (429 if refused_counts else 200)
    clerk.backend.reset()
    for number in range(25):
        _call(clerk, BULK, number)
    clerk.clock.advance(1800)
    for _ in range(25):
        assert _call(clerk, BULK, 99).status == 429
    clerk.clock.advance(1800)
    assert _call(clerk, BULK, 99).status == (429 if blocked_counts else 200)


@pytest.mark.parametrize(("key", "most"), [("sk_test_fake", 100), ("sk_live_fake", 1000)])
def test_everything_together_is_limited_by_ten_seconds(limited: Any, key: str, most: int) -> None:
    """100 requests in ten seconds on a development instance, 1000 in production (documented)."""
    for _ in range(most):
        assert limited.ask("GET", "/v1/instance", key=key).status == 200
    limited.clock.advance(3)
    response = limited.ask("GET", "/v1/instance", key=key)
    assert (response.status, response.header("retry-after")) == (429, "7")
    limited.clock.advance(7)
    assert limited.ask("GET", "/v1/instance", key=key).status == 200


def test_limits_off_means_none(clerk: Any) -> None:
    """With limits off neither the hour nor the ten seconds are counted."""
    for number in range(120):
        assert clerk.ask("POST", SINGLE, {"email_address": f"p{number}@example.com"}).status == 200


@given(
    budget=st.integers(1, 6),
    steps=st.lists(st.integers(0, HOUR), min_size=1, max_size=60),
    kind=st.sampled_from(["sliding", "fixed"]),
)
def test_a_window_never_lets_too_many_in_and_its_wait_is_true(budget: int, steps: list[int], kind: str) -> None:
    """No sliding hour, or no clock hour, holds more calls than the budget; who waits as told is let in."""
    window, now, let_in = Window(budget, 3600, kind=kind), 1_800_014_400_123, list[int]()
    for step in steps:
        now += step
        if wait := window.wait(now):
            now += wait * 1000
            assert window.wait(now) == 0
        window.count(now)
        let_in.append(now)
    for begin in let_in if kind == "sliding" else [time - time % HOUR for time in let_in]:
        assert sum(begin <= time < begin + HOUR for time in let_in) <= budget
