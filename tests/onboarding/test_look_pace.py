"""The pace of looking: a share of Clerk's general limit, a 429 obeyed and told, and how many reads a look takes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from lookout import APP, DAY, NOON, Lookout

from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.errors import ClerkRefused, InputError
from clerkbulk.onboarding.looking.reads_pace import ReadsPace
from clerkbulk.sending import seen


@pytest.mark.parametrize(
    ("environment", "share", "most"),
    [("production", 0.5, 500), ("development", 0.5, 50), ("production", 1, 1000), ("development", 0.001, 1)],
)
def test_no_ten_seconds_hold_more_than_the_share(environment: str, share: float, most: int) -> None:
    """Wherever they begin; and no read waits longer than it must."""
    clock = VirtualClock(NOON)
    pace = ReadsPace(environment, share, clock)
    times = []
    for _ in range(3 * most):
        clock.advance(0.001)
        clock.sleep(pace.wait())
        pace.note(1)
        times.append(clock.now())
    assert all(times[place + most] - times[place] >= 10 - 1e-6 for place in range(2 * most))
    assert times[-1] - times[0] <= 20 + 0.001 * most + 1e-6


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    """Reads that were noted in what is the future now do not count for ever."""
    clock = VirtualClock(NOON)
    pace = ReadsPace("development", 0.5, clock)
    pace.note(50)
    assert pace.wait() == 10.0
    pace._clock = VirtualClock(NOON - DAY)
    assert pace.wait() == 0.0


@pytest.mark.parametrize("share", [0, -1, 1.01, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """Above 0 and at most 1."""
    out = Lookout()
    with pytest.raises(InputError, match="a share of Clerk's general rate limit, above 0 and at most 1"):
        out.look(share=share)


def test_a_look_keeps_to_its_share_and_says_what_it_waits_for() -> None:
    """A development instance, 100 requests in ten seconds: a tenth of it is ten, and the look tells until when."""
    out = Lookout(limits="documented")
    people = [f"p{number}@example.com" for number in range(3000)]
    whole = out.look(whom=people, share=0.1)
    times = [call["time"] / 1000 for call in whole.calls]
    assert len(times) == 34
    assert all(times[place + 10] - times[place] >= 10 for place in range(len(times) - 10))
    waits = [step for step in whole.steps if step.waiting_until is not None]
    assert len(waits) == 3
    assert all(step.part == "users" and not step.finished for step in waits)


class Refusing(httpx.BaseTransport):
    """Refuses so many requests for a list with 429."""

    def __init__(self, out: Lookout, number: int) -> None:
        self._inner, self.left, self.refused = out.backend.transport(), number, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.left and "invitations" in request.url.path:
            self.left -= 1
            self.refused += 1
            date = self._inner.handle_request(request).headers["date"]
            return httpx.Response(429, json={"errors": []}, headers={"retry-after": "7", "date": date})
        return self._inner.handle_request(request)


def test_too_many_requests_are_waited_for_where_it_can_be_seen() -> None:
    """The customer's own application has used the limit up: the look waits, says so, and ends right."""
    out = Lookout()
    out.invite("ada@example.com")
    refusing = Refusing(out, 9)
    steps: list[Any] = list(out.looking((APP,), client=out.client_through(refusing)))
    waits = [step.waiting_until for step in steps if step.waiting_until is not None]
    assert (refusing.refused, len(waits)) == (9, 2)
    assert all(wait > NOON + 10 for wait in waits)
    assert out.statuses() == out.truth()


def test_a_limit_that_never_ends_is_an_error_after_a_while() -> None:
    """Nobody waits for ever; what was read is kept."""
    out = Lookout()
    with pytest.raises(ClerkRefused, match="429"):
        list(out.looking((APP,), client=out.client_through(Refusing(out, 10_000))))
    assert out.clock.now() - NOON > 100


def test_a_hundred_thousand_take_two_hundred_and_a_few_pages_and_nothing_new_a_few_reads() -> None:
    """Five hundred a page, ten of which are seen twice: 100,000 invitations are 205 pages, whatever the number says.

    Here a tenth of that: 10,000 are 21 pages, and the first page of each list.
    """
    out = Lookout()
    made = [{"email_address": f"p{number}@example.com", "created_at": int((NOON - DAY) * 1000) + number}
            for number in range(10_000)]  # fmt: skip
    out.backend.seed({"invitations": made})
    first = out.look()
    assert len(first.queries("/v1/invitations")) == 4 + 21 + 3
    assert len(out.table(seen.invitation)) == 10_000
    out.clock.advance(DAY)
    second = out.look()
    assert len(second.queries("/v1/invitations")) == 4
    assert second.reads == 7
