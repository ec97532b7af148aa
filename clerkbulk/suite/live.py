"""A live development instance as a target: addresses for tests, no mail, few calls, and nothing left behind."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Any, Final, Self

from clerkbulk.contract.cases.case import Ask, Case, Need
from clerkbulk.contract.endpoint import HOUR
from clerkbulk.contract.secret_key import SecretKey
from clerkbulk.contract.target import Organization
from clerkbulk.errors import InputError, NotReachable
from clerkbulk.sending.api_url import checked_url
from clerkbulk.sending.clock import Clock
from clerkbulk.suite.cast import Cast, find_cast
from clerkbulk.suite.cleaning import Cleaning
from clerkbulk.suite.desk import Answer, NotHere, addresses
from clerkbulk.suite.harmless import MARKER, addresses_in, harm, is_marked
from clerkbulk.suite.paced import PacedWire, retry_after
from clerkbulk.suite.wire import Wire

CALLS: Final = 12
"""Bulk calls of an endpoint's hour that a run may spend unless told otherwise: about half of the scarcest, 25."""
SINGLES_PER_CALL: Final = 4
"""Single calls that may be spent for each bulk call: the hour has 100 of the one for 25 of the other (documented)."""
LONGEST_WAIT: Final = 120.0
"""Seconds a case may let pass here; ours to choose."""
_RUN: Final = re.compile(r"[a-z0-9]{1,16}")


def _nobody_listens(sentence: str) -> None:
    """Take a sentence nobody wants to hear."""


class LiveTarget:
    """Runs the cases against a development instance. Used in a with block; what it made is revoked at the end.

    run is a short token (lower-case letters, digits) that no other run has: it makes the addresses this run's own.
    organization_id and user_address name what the cases need; the user is looked for where none is named. At most
    calls bulk calls of each of the two endpoints are made, and four times as many single ones of each. Waits, and the
    pace of reads, are taken from clock; say is told of the wait at the end, a minute, which some runs need.

    Raises InputError for a live key, an address without the marker, or a run that is no token; nothing was sent then.
    Its desks raise KeyRefused and NotReachable: no case after that would come to anything.
    """

    name = "live"

    def __init__(
        self,
        secret_key: SecretKey | str,
        api_url: str,
        *,
        run: str,
        clock: Clock,
        organization_id: str | None = None,
        user_address: str | None = None,
        calls: int = CALLS,
        say: Callable[[str], None] = _nobody_listens,
    ) -> None:
        try:
            key = secret_key if isinstance(secret_key, SecretKey) else SecretKey(secret_key)
        finally:
            del secret_key  # as in Client
        if key.environment != "development":
            raise InputError(
                "This is a live key: the cases are run against a development instance only, with a key that starts "
                "with sk_test_. Nothing was sent."
            )
        if not _RUN.fullmatch(run):
            raise InputError(f"{run!r} is no token of a run: up to 16 lower-case letters and digits.")
        if user_address is not None and not is_marked(user_address):
            raise InputError(f"{user_address} is without {MARKER}: the cases write to addresses with it only.")
        if organization_id is not None:
            organization_id = Organization(organization_id).organization_id
        self.api_url = checked_url(api_url)
        self.run, self.clock, self.calls, self._say = run, clock, calls, say
        self._fingerprint = key.fingerprint
        self.organization_id, self._user_address = organization_id, user_address
        self._raw_wire = Wire(key.reveal(), self.api_url)
        self.wire = PacedWire(self._raw_wire, clock)
        self._cleaning = Cleaning(self.wire, clock, organization_id)
        self._instance: str | None = None
        self._cast: Cast | None = None
        self._numbers = count(1)
        self._spending = _Spending(calls, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._cleaning.finish(self._say)
        finally:
            self._raw_wire.__exit__(None, None, None)

    @property
    def left(self) -> tuple[str, ...]:
        """What may still be pending in the instance because it could not be revoked, a sentence each."""
        return self._cleaning.left

    @property
    def spent(self) -> Mapping[str, int]:
        """How many creating calls were made, by path, ``{organization_id}`` in the place of any."""
        return dict(self._spending.made)

    @property
    def instance(self) -> str:
        """The id of the instance; the key's fingerprint where Clerk does not tell.

        Raises KeyRefused and NotReachable, and InputError for an instance that is no development instance.
        """
        if self._instance is None:
            self._instance = self._first_contact()
        return self._instance

    @contextmanager
    def desk(self, case: Case) -> Iterator[LiveDesk]:
        """Open a desk whose addresses nobody has used before; what was made at it is revoked when it is closed."""
        if why := case.why_not_live:
            raise NotHere(why)
        if (longest := max((step.wait for step in case.steps), default=0.0)) > LONGEST_WAIT:
            raise NotHere(f"it lets {longest:g} seconds pass")
        _ = self.instance
        names = self._names(case)
        self._spending.afford(case.calls)
        with self._settled(LiveDesk(self, names, self._cleaning, self._spending)) as desk:
            yield desk

    @contextmanager
    def probe_desk(self, calls: int) -> Iterator[LiveDesk]:
        """Open a desk for a probe, which may make so many creating calls of its own and wait as long as it likes."""
        _ = self.instance
        spending = _Spending(calls, self.clock, obeys_429=False)
        try:
            with self._settled(LiveDesk(self, self._addresses(), self._cleaning, spending)) as desk:
                yield desk
        finally:
            self._spending.made.update(spending.made)

    @property
    def cast(self) -> Cast:
        """Who is there. Raises what reads raise, and InputError for an organization that is not there."""
        if self._cast is None:
            self._cast = find_cast(self.wire, self.organization_id, self._user_address)
        return self._cast

    @contextmanager
    def _settled(self, desk: LiveDesk) -> Iterator[LiveDesk]:
        try:
            yield desk
        except NotHere:
            self._clean()
            raise
        except BaseException:
            self._cleaning.clean()
            raise
        self._clean()

    def _clean(self) -> None:
        self._cleaning.clean()
        if self._cleaning.trouble is not None:
            raise self._cleaning.trouble

    def _first_contact(self) -> str:
        answer = self.wire.call(Ask("GET", "/v1/instance"))
        if answer.status >= 500:
            raise NotReachable(f"{self.api_url} answered {answer.status}: try again later.", sent=True)
        try:
            got = json.loads(answer.body) if answer.status == 200 else {}
        except ValueError:
            got = None
        if not isinstance(got, dict):
            raise NotReachable(f"What answers at {self.api_url} is not Clerk: check CLERK_API_URL.", sent=True)
        if got.get("environment_type") == "production":
            raise InputError("The key opens a production instance: the cases are run against development ones only.")
        return str(got.get("id") or f"key_{self._fingerprint}")

    def _names(self, case: Case) -> dict[str, str]:
        if not case.needs:
            return self._addresses()
        for need in sorted(case.needs):
            if why := self.cast.absent.get(need):
                raise NotHere(why)
        people = sum(_people(step.ask) for step in case.steps if "{org}" in step.ask.path)
        if Need.ORGANIZATION in case.needs and self.cast.seats is not None and people > self.cast.seats:
            raise NotHere(
                f"it invites {people} to the organization, which has {self.cast.seats} seats left: raise its "
                "membership limit in the Dashboard"
            )
        return {**self._addresses(), **self.cast.names}

    def _addresses(self) -> dict[str, str]:
        return addresses(f"{{name}}.{self.run}{next(self._numbers)}{MARKER}@example.com")

    def is_ours(self, address: str) -> bool:
        """Whether nobody but this run has ever used an address."""
        return re.search(rf"\.{self.run}\d+{re.escape(MARKER)}@example\.com\s*$", address, re.IGNORECASE) is not None


class LiveDesk:
    """A desk at the live instance."""

    def __init__(self, target: LiveTarget, names: Mapping[str, str], cleaning: Cleaning, spending: _Spending) -> None:
        self._target, self.names, self._cleaning, self._spending = target, names, cleaning, spending

    def call(self, ask: Ask) -> Answer:
        """Make one call. Raises NotHere, and makes none, where it could do harm or costs more than was allowed."""
        if why := harm(ask):
            raise NotHere(f"a call was not made: {why}")
        if ask.method == "POST" and self._cleaning.is_strangers(ask.path.split("/")[-2]):
            raise NotHere("a call was not made: it would revoke an invitation that is not the suite's")
        if ask.creates:
            self._spending.spend(ask.path)
            self._cleaning.before(ask, is_ours=all(map(self._target.is_ours, addresses_in(ask.body))))
        try:
            answer = self._target.wire.call(ask)
        except NotReachable as lost:
            # No difference: the case says nothing of lost answers. Whether Clerk is there at all, the cleaning tells.
            raise NotHere(f"an answer was lost ({str(lost).rstrip('.')}): run the case again") from None
        self._cleaning.after(ask, answer)
        if ask.creates and answer.status == 429:
            self._spending.refused(ask.path, retry_after(answer) or 0)
        return answer

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._target.clock.sleep(seconds)

    def believed(self, question: str) -> str | None:
        """Return None: it is to be found out."""
        return None

    def left_over(self) -> tuple[str, ...]:
        """Return nothing: what was left behind is the run's to say."""
        return ()

    def revoke_known(self) -> None:
        """Revoke what was made so far, as far as answers have named it. Raises NotReachable and KeyRefused."""
        self._cleaning.revoke_known()


@dataclass(slots=True)
class _Spending:
    """The creating calls of a run: most bulk ones of each path, and SINGLES_PER_CALL times as many single ones."""

    most: int
    clock: Clock
    made: Counter[str] = field(default_factory=Counter)
    obeys_429: bool = True
    """Off: the one who spends wants to meet the limit."""
    blocked: dict[str, float] = field(default_factory=dict)
    """Until when a path's hour is used up, by whomever."""

    def afford(self, planned: Mapping[str, int]) -> None:
        """Raise NotHere where so many calls more, by path, are not allowed."""
        more: Counter[str] = Counter()
        for path, number in planned.items():
            more[_hour_of(path)] += number
        for path, number in more.items():
            if (until := self.blocked.get(path, 0.0)) > self.clock.now():
                minutes = -(-(until - self.clock.now()) // 60)
                raise NotHere(f"the hour of {path} is used up: run it again in {minutes:.0f} minutes")
            if self.made[path] + number > self._most(path):
                left = self._most(path) - self.made[path]
                said = f"{number} call{'s' if number > 1 else ''} of {path}"
                raise NotHere(f"it makes {said}, and {left} may still be made: --calls allows more")

    def spend(self, path: str) -> None:
        """Count a call that is about to leave. Raises NotHere where it is not allowed."""
        self.afford({path: 1})
        self.made[_hour_of(path)] += 1

    def refused(self, path: str, seconds: int) -> None:
        """Note a 429: no case says what it expects of an hour that others have used up. Raises NotHere."""
        if self.obeys_429:
            self.blocked[_hour_of(path)] = self.clock.now() + (seconds or HOUR)
            raise NotHere(f"the hour of {path} is used up by others: run it again in {seconds or HOUR} seconds")

    def _most(self, path: str) -> int:
        return self.most if path.endswith("/bulk") else self.most * SINGLES_PER_CALL


def _hour_of(path: str) -> str:
    """Return the path as limits speak of it: they are not scoped to one organization."""
    return re.sub(r"/organizations/[^/]*/", "/organizations/{organization_id}/", path)


def _people(ask: Ask) -> int:
    """Return how many people a creating call invites at most."""
    if not ask.creates:
        return 0
    body: Any = ask.body
    if isinstance(body, bytes):
        try:
            body = json.loads(body)
        except ValueError:
            return 0
    return len(body) if isinstance(body, list) else 1
