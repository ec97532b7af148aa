"""Looking at Clerk from the view: what was seen before is shown at once, a look can be stopped, and picks stay."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from arrivals import NOW, Visitor, told
from desk import people
from seeing import every, has, named, press, sees
from test_onboarding_view import number_of
from travellers import DAY

import clerkbulk as cb
from clerkbulk.onboarding.looking.look import Looked
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.onboarding_source import OnboardingSource


@pytest.fixture
def ledger(clerk: cb.Emulator, tmp_path: Path) -> Path:
    """A ledger whose job has invited four people, of whom one has accepted since."""
    where = tmp_path / "onboarding.db"
    with cb.Ledger(where) as ledger, clerk.client() as client:
        for _ in ledger.job(cb.check(people(4))).run(client, limits="off"):
            pass
    clerk.accept(email_address="p2@example.com")
    return where


def visit(clerk: cb.Emulator, source: OnboardingSource, key: str | None = None) -> Visitor:
    environ = {"CLERK_API_URL": clerk.url} | ({"CLERK_SECRET_KEY": key} if key else {})
    return Visitor(source, access=Access(environ=environ))


def as_the_page_asks(visitor: Visitor) -> None:
    """Ask whether anything has changed, for as long as the view wants to be asked."""
    for _ in range(1000):
        pulse = [node["name"] for node in every(visitor.part.view()) if node["t"] == "pulse"]
        if not pulse:
            return
        time.sleep(0.02)
        visitor.part.hear(pulse[0], True)
    raise AssertionError("The view asks on and on.")


def gone(visitor: Visitor) -> None:
    look = visitor.part.look
    assert look is not None
    look.access.forget()
    if isinstance(look.source.ledger, cb.Ledger):
        look.source.ledger.close()


def test_what_was_seen_before_is_shown_at_once_and_a_look_tells_the_rest(clerk: cb.Emulator, ledger: Path) -> None:
    """First what was sent, without a key; then a key is typed, Clerk is looked at, and one is in; picks stay."""
    visitor = visit(clerk, OnboardingSource(ledger))
    assert number_of(visitor.part, "How many are in?") == "0"
    assert sees(visitor.part, "Clerk was never looked at")
    assert not has(visitor.part, "look")
    reads = len(clerk.calls())

    visitor.pick(what="over_time", secret_key="sk_test_fake")
    assert len(clerk.calls()) == reads
    press(visitor.part, "Look at Clerk now")
    as_the_page_asks(visitor)
    assert number_of(visitor.part, "How many are in?") == "1"
    assert number_of(visitor.part, "How many are not?") == "3"
    assert not sees(visitor.part, "never looked at")
    assert named(visitor.part, "what")["value"] == "over_time"
    assert {call["method"] for call in clerk.calls()[reads:]} == {"GET"}
    gone(visitor)


def test_everything_at_clerk_is_told_without_a_ledger(clerk: cb.Emulator, ledger: Path) -> None:
    """Nothing is there before the first look; then everybody at Clerk is."""
    visitor = visit(clerk, OnboardingSource(None), key="sk_test_fake")
    assert sees(visitor.part, "Nothing was seen yet: look at Clerk.")
    press(visitor.part, "Look at Clerk now")
    visitor.part.wait()
    assert number_of(visitor.part, "How many are in?") == "1"
    gone(visitor)


class Patient(OnboardingSource):
    """Looks until it is told to stop, as a look at a large instance does."""

    begun: threading.Event

    def tell(self, client: Any = None, progress: Any = None, stop: Any = None) -> Any:
        if client is not None:
            progress(Looked("users", 3, 1500, 3000, False))
            self.begun.set()
            assert stop.wait(30)
        return super().tell(client, progress, stop)


def test_a_look_says_how_far_it_is_and_can_be_stopped(clerk: cb.Emulator, ledger: Path) -> None:
    """Meanwhile one can pick; once stopped, what was known is shown, and the next look can begin."""
    source = Patient(ledger)
    source.begun = threading.Event()
    visitor = visit(clerk, source, key="sk_test_fake")
    press(visitor.part, "Look at Clerk now")
    assert source.begun.wait(30)
    assert sees(visitor.part, "Looking at Clerk: users, 1,500 of 3,000 read.")
    visitor.part.hear("what", "over_time")
    visitor.part.errands.wait()
    assert visitor.part.reckoned is not None
    assert visitor.part.reckoned.picks.what == "over_time"
    press(visitor.part, "Stop looking")
    assert named(visitor.part, "stop_looking")["disabled"] or has(visitor.part, "look")
    visitor.part.wait()
    assert sees(visitor.part, "Clerk was never looked at in full")
    assert not named(visitor.part, "look").get("disabled")
    gone(visitor)


class Daily(OnboardingSource):
    """Tells another day each time."""

    days = 0

    @property
    def is_there(self) -> bool:
        return True

    def tell(self, client: Any = None, progress: Any = None, stop: Any = None) -> Any:
        shown = told(now=NOW + self.days * DAY)
        self.days += 7
        return shown


def test_a_day_that_is_over_at_the_next_look_is_picked_no_more(clerk: cb.Emulator) -> None:
    """The goal stays, the forecast is for two weeks from then, and what is shown is of the new look."""
    visitor = visit(clerk, Daily(None), key="sk_test_fake")
    visitor.pick(until="2026-11-02", goal="80")
    assert sees(visitor.part, "in by Mon 2 Nov 2026")
    press(visitor.part, "Look at Clerk now")
    visitor.part.wait()
    assert sees(visitor.part, "As of Sat 2026-11-07")
    assert "error" not in named(visitor.part, "until")
    assert sees(visitor.part, "in by Sat 21 Nov 2026")
    assert named(visitor.part, "goal")["value"] == "80"
    gone(visitor)


def test_a_key_that_opens_nothing_is_said_and_what_was_known_stays(clerk: cb.Emulator, ledger: Path) -> None:
    """The numbers of before stand below; another key takes the words away."""
    visitor = visit(clerk, OnboardingSource(ledger), key="sk_test_fake")
    clerk.faults([{"method": "GET", "do": "status", "status": 401, "times": 9}])
    press(visitor.part, "Look at Clerk now")
    visitor.part.wait()
    assert visitor.part.look is not None
    assert visitor.part.look.errands.trouble.keys() == {"look"}
    assert number_of(visitor.part, "How many are not?") == "4"
    visitor.pick(secret_key="sk_test_fake")
    assert visitor.part.look.errands.trouble == {}
    gone(visitor)


def test_a_ledger_that_has_invited_nobody_says_so(clerk: cb.Emulator, tmp_path: Path) -> None:
    """In the ledger's own words, and there is nothing to pick."""
    where = tmp_path / "onboarding.db"
    cb.Ledger(where).close()
    visitor = visit(clerk, OnboardingSource(where))
    assert sees(visitor.part, f"in {os.fspath(where)} has invited anybody yet.")
    assert not has(visitor.part, "what")
    gone(visitor)
