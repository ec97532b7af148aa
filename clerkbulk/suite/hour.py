"""Hour: what no case can find out, because it takes a whole hour's calls and more than an hour's time.

An hour is filled in two groups that lie apart. When the first group is an hour old and the second is not, what is let
in tells whether the window slides: the first group's calls, or all of them. Refused calls within the first group, and
calls made while the hour is used up, tell whether those count: so much less is let in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from clerkbulk.contract.cases.case import Ask
from clerkbulk.contract.endpoint import APPLICATION_BULK, HOUR, ORGANIZATION_BULK, Endpoint
from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.contract.unknown import unknown
from clerkbulk.suite.desk import Answer, NotHere
from clerkbulk.suite.live import LiveDesk, LiveTarget
from clerkbulk.suite.paced import retry_after

REFUSED: Final = 5
"""Calls of the first group that are refused with a 4xx. The numbers make every way of counting come to another sum."""
FIRST: Final = 7
"""Calls of the first group that are let in."""
THROTTLED: Final = 4
"""Calls made while the hour is used up."""
GAP: Final = HOUR / 3
"""Seconds between the two groups."""
INTO_THE_HOUR: Final = 60.0
"""Seconds after a full hour at which the first group begins: windows that begin at full hours have both groups."""
MARGIN: Final = 5.0
"""Seconds added to waits, for two clocks."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What was let in, in the order in which it was tried. limit is the documented number of calls an hour."""

    limit: int
    second: int
    """Calls of the second group that were let in before the first 429."""
    throttled: int
    """429s until the last group."""
    after: int | None
    """Calls let in when the first group was over an hour old; None: by then the second would have been, too."""
    refused: int = REFUSED
    first: int = FIRST

    @property
    def counted_4xx(self) -> bool | None:
        """Whether refused calls counted; None where that cannot be told."""
        return {self.limit - self.first - self.refused: True, self.limit - self.first: False}.get(self.second)

    @property
    def counted_first(self) -> int:
        """How many calls of the first group counted."""
        return self.first + (self.refused if self.counted_4xx else 0)


@dataclass(frozen=True, slots=True)
class HourFound:
    """Answers by question, and what could not be found out, a sentence each."""

    answers: Mapping[str, str] = field(default_factory=dict)
    not_found: tuple[str, ...] = ()


def most_calls(endpoint: Endpoint) -> int:
    """Return how many creating calls the probe makes of an endpoint at most."""
    return REFUSED + FIRST + endpoint.calls_per_hour + 1 + THROTTLED + FIRST + REFUSED + 1


def read_hour(seen: Observed) -> HourFound:
    """Say what follows from what was let in. Pure."""
    if seen.second == seen.limit:
        # A whole hour's calls beside those of the first group: a new window began between the two.
        said = (
            "refused_calls_count: a new window began between the two groups, so what counted in the old is not known."
        )
        return HourFound({"window": "fixed"}, (said,))
    if seen.counted_4xx is None:
        said = (
            f"window, refused_calls_count: {seen.first + seen.second} calls were let in before the first 429, which "
            f"fits no way of counting {seen.limit} an hour. Does anybody else use the instance?"
        )
        return HourFound({}, (said,))
    counted, after = seen.counted_first, seen.after
    if after is None:
        said = "Retry-After asked to wait until the whole hour was over, when every window lets all calls in."
        if seen.counted_4xx:
            return HourFound({}, (f"window, refused_calls_count: {said}",))
        return HourFound({"refused_calls_count": "no"}, (f"window: {said}",))
    if after > counted:
        if not seen.counted_4xx:
            return HourFound({"window": "fixed", "refused_calls_count": "no"})
        said = "refused_calls_count: yes or only_4xx; whether a 429 counts makes no difference to a fixed window."
        return HourFound({"window": "fixed"}, (said,))
    if after == counted:
        return HourFound({"window": "sliding", "refused_calls_count": "only_4xx" if seen.counted_4xx else "no"})
    if after == counted - seen.throttled and seen.counted_4xx:
        return HourFound({"window": "sliding", "refused_calls_count": "yes"})
    said = f"window, refused_calls_count: {after} calls were let in after an hour, where {counted} had grown that old."
    return HourFound({}, (said,))


def read_429(answer: Answer) -> HourFound:
    """Say what a 429 tells of its own form. Pure."""
    try:
        error = json.loads(answer.body)["errors"][0]
        code, meta = error["code"], error.get("meta") or {}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return HourFound({}, ("limit_code, resets_in: the 429 has no error that could be read.",))
    answers, not_found = {}, []
    if code in unknown("limit_code").answers:
        answers["limit_code"] = code
    else:
        not_found.append(f"limit_code: it is {code!r}, which is none of those known.")
    seconds, resets_in = retry_after(answer), meta.get("resets_in")
    if resets_in is None:
        answers["resets_in"] = "absent"
    elif isinstance(resets_in, int | float) and seconds is not None:
        fitting = [unit for unit, each in (("seconds", 1), ("milliseconds", 1000)) if _near(resets_in / each, seconds)]
        if len(fitting) == 1:
            answers["resets_in"] = fitting[0]
    if "resets_in" not in answers:
        not_found.append(f"resets_in: it is {resets_in!r}, and Retry-After is {seconds!r}.")
    return HourFound(answers, tuple(not_found))


def probe_hour(
    target: LiveTarget, say: Callable[[str], None], *, other_organization_id: str | None = None
) -> HourFound:
    """Find out about the hour of a bulk call: window, refused_calls_count, limit_code, resets_in, hourly_scope.

    Takes two to three hours on the target's clock, and all of an hour's calls of one endpoint: of the organization's
    when there is another organization to compare with, which hourly_scope needs; else of the application's. Nobody
    else may call it meanwhile. say is told of every wait. Every invitation is revoked as soon as it is made. Raises
    KeyRefused and NotReachable.
    """
    there: Target = Application()
    endpoint = APPLICATION_BULK
    if target.organization_id is not None and other_organization_id is not None:
        there, endpoint = Organization(target.organization_id), ORGANIZATION_BULK
    other = None if other_organization_id is None else endpoint.path_for(Organization(other_organization_id))
    try:
        with target.probe_desk(most_calls(endpoint)) as desk:
            return _Probe(target, desk, endpoint, endpoint.path_for(there), say).run(
                other if endpoint is ORGANIZATION_BULK else None
            )
    except NotHere as why:
        return HourFound({}, (f"window, refused_calls_count: the probe was broken off, {why}.",))


class _Probe:
    """One run of the probe."""

    def __init__(
        self, target: LiveTarget, desk: LiveDesk, endpoint: Endpoint, path: str, say: Callable[[str], None]
    ) -> None:
        self._clock, self._wire, self._desk, self._say = target.clock, target.wire, desk, say
        self._limit, self._path = endpoint.calls_per_hour, path
        self._made = 0

    def run(self, other_path: str | None) -> HourFound:
        self._wait_for_a_clean_hour()
        for _ in range(REFUSED):
            self._make_one(self._path, "nobody", wanted=range(400, 429))
        for _ in range(FIRST):
            self._make_one(self._path, wanted=(200,))
        first_over = self._clock.now()
        self._wait_until(first_over + GAP, "the second group of calls")
        second_begins = self._clock.now()
        second, blocked = self._fill(self._limit + 1)
        if blocked is None:
            said = f"window, refused_calls_count: {second + FIRST} calls were let in within an hour, and no 429 came."
            return HourFound({}, (said,))
        form = read_429(blocked)
        last = blocked
        for _ in range(THROTTLED - 1):
            last = self._make_one(self._path, wanted=(429,))
        scope, throttled = self._scope(other_path, THROTTLED)
        seen = Observed(self._limit, second, throttled, None)
        until = max(first_over + HOUR + MARGIN, self._clock.now() + (retry_after(last) or 0) + 1)
        if seen.counted_4xx is not None and until < second_begins + HOUR:
            self._wait_until(until, "the first group to be an hour old")
            after, _ = self._fill(seen.counted_first + 1)
            seen = Observed(self._limit, second, throttled, after)
        hour = read_hour(seen)
        answers = {**hour.answers, **form.answers, **scope.answers}
        return HourFound(answers, (*hour.not_found, *form.not_found, *scope.not_found))

    def _wait_for_a_clean_hour(self) -> None:
        ahead = self._wire.call(Ask("GET", "/v1/instance")).time / 1000 - self._clock.now()
        clean = self._clock.now() + HOUR + MARGIN
        full_hour = -(-(clean + ahead - INTO_THE_HOUR) // HOUR) * HOUR
        self._wait_until(full_hour + INTO_THE_HOUR - ahead, "an hour in which nothing was called")

    def _wait_until(self, moment: float, what: str) -> None:
        self._say(f"Waiting until {datetime.fromtimestamp(moment, UTC):%H:%M} UTC for {what}.")
        self._desk.wait(max(0.0, moment - self._clock.now()))

    def _fill(self, most: int) -> tuple[int, Answer | None]:
        """Make calls until a 429, most at most; return how many were let in, and the 429 if there was one."""
        for number in range(most):
            answer = self._make_one(self._path, wanted=(200, 429))
            if answer.status == 429:
                return number, answer
        return most, None

    def _scope(self, other_path: str | None, throttled: int) -> tuple[HourFound, int]:
        """Ask another organization while the hour of the first is used up; return the number of 429s by then, too."""
        if other_path is None:
            return HourFound({}, ("hourly_scope: it takes two organizations (--org, --other-org).",)), throttled
        answer = self._make_one(other_path, wanted=(200, 429))
        if answer.status == 200:
            return HourFound({"hourly_scope": "organization"}), throttled
        return HourFound({"hourly_scope": "instance"}), throttled + 1

    def _make_one(self, path: str, address: str | None = None, *, wanted: Any) -> Answer:
        """Invite one person nobody has invited, and revoke it at once. Raises NotHere for another status."""
        self._made += 1
        name, at, rest = self._desk.names["ada"].partition(".")
        item: dict[str, Any] = {"email_address": address or f"{name}{self._made}{at}{rest}", "notify": False}
        if "/organizations/" in path:
            item["role"] = "org:member"
        answer = self._desk.call(Ask("POST", path, [item]))
        self._desk.revoke_known()
        if answer.status not in wanted:
            raise NotHere(f"call {self._made} of {path} was answered {answer.status}")
        return answer


def _near(given: float, seconds: int) -> bool:
    # Retry-After is rounded up to whole seconds.
    return abs(given - seconds) <= 2
