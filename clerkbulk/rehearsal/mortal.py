"""Mortal: a ledger and an emulator for a process that dies when its time has come, and whose successor goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.exchange import Request, Response
from clerkbulk.emulator.fault import Fault
from clerkbulk.rehearsal.trouble import Death, Where
from clerkbulk.sending.ledger import Ledger


class Crash(BaseException):
    """The process is gone. No Exception: nobody may catch it and go on."""


class _Undone(Exception):  # noqa: N818 - no error: it takes a transaction back
    """What a dead process would have written."""


class Fate:
    """When the processes of a rehearsal die, one after the other."""

    def __init__(self) -> None:
        self._deaths: deque[Death] = deque()
        self._calls = 0
        self._transactions = 0
        self.crashes = 0
        """How many have died."""
        self.is_dead = False
        """Whether the process is gone. What still runs of it, clean-up above all, leaves no trace."""

    def expect(self, deaths: Sequence[Death]) -> None:
        """Say when processes are to die, in order."""
        self._deaths.extend(deaths)

    def be_born(self) -> None:
        """Begin the next process."""
        self.is_dead = False
        self._transactions = 0

    def call(self, *, left: bool) -> None:
        """Let a call leave, or its answer arrive. Raises Crash."""
        self._calls += left
        where = Where.BEFORE_CALL if left else Where.AFTER_CALL
        # The call that is leaving is one after those that have left.
        if (death := self._next()) and death.where is where and self._calls > death.calls:
            self._die()

    def transaction(self, *, durable: bool) -> None:
        """Let a transaction begin to be durable, or be it. Raises Crash."""
        if not (death := self._next()) or death.where in {Where.BEFORE_CALL, Where.AFTER_CALL}:
            return
        if self._calls < death.calls:
            return
        self._transactions += not durable
        if self._transactions == death.transactions and durable == (death.where is Where.AFTER_DURABLE):
            self._die()

    def _next(self) -> Death | None:
        return self._deaths[0] if self._deaths and not self.is_dead else None

    def _die(self) -> None:
        self._deaths.popleft()
        self.crashes += 1
        self.is_dead = True
        raise Crash


class MortalLedger(Ledger):
    """A ledger whose process dies as its fate says."""

    def __init__(self, fate: Fate, *args: Any, **kwargs: Any) -> None:
        self._fate = fate
        super().__init__(*args, **kwargs)

    @contextmanager
    def begin(self) -> Iterator[Any]:
        """Open a transaction. Raises Crash before or after it is durable."""
        if self._fate.is_dead:
            with suppress(_Undone), super().begin() as connection:
                yield connection
                raise _Undone
            return
        with super().begin() as connection:
            yield connection
            self._fate.transaction(durable=False)
        self._fate.transaction(durable=True)


class MortalBackend(Backend):
    """An emulator that takes its time, and whose caller may die on the way to it or back."""

    def __init__(self, fate: Fate, latency: float, **settings: Any) -> None:
        self._fate, self._latency = fate, latency
        super().__init__(**settings)

    def take_fault(self, request: Request) -> Fault | None:
        """Return what the script has for a request that arrives. Raises Crash for a call that never does."""
        if request.method == "POST":
            self._fate.call(left=True)
        return super().take_fault(request)

    def answer_under(self, request: Request, fault: Fault | None) -> Response:
        """Answer a request; the answer takes the latency. Raises Crash behind a call that has done its work."""
        response = super().answer_under(request, fault)
        self.clock.sleep(self._latency)
        if request.method == "POST":
            self._fate.call(left=False)
        return response
