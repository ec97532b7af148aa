"""The dry run in the step that sends: it sends nothing, can be ended, and leaves the form hearing."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from desk import TEST, people
from seeing import has, named, press, sees, words

import clerkbulk as cb
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.send_step import SendPart


def test_a_dry_run_sends_nothing(desk: Any) -> None:
    """It tells hours and calls, and neither the instance nor the ledger has heard of it."""
    form = desk(people(300), rehearse=cb.rehearse)
    form.press("Dry run")
    assert form.see(
        "Dry run: 300 people in 30 calls, 1.0 hours. Nobody was invited twice and nobody forgotten; once more with "
        "crashes, lost replies, 429 and 503, with the same end. Nothing was sent."
    )
    assert form.clerk.calls() == []
    assert not form.where.exists()
    form.hear("share", "0.8")
    assert not form.see("Dry run: 300 people"), "what was said of another pace"


def test_without_a_rehearsal_there_is_no_dry_run(desk: Any) -> None:
    """The roof hands it in, or the form does without."""
    assert not has(desk(people(3)).part, "rehearse")


def test_a_dry_run_can_be_ended(tmp_path: Path) -> None:
    """Whoever has seen enough of it presses a button; nothing is said of it, and another can begin."""
    draft = Draft()
    draft.take(people(2000))
    part = SendPart(draft, Access(environ={}), str(tmp_path / "a.db"), rehearse=cb.rehearse)
    part.errands.wait()
    press(part, "Dry run")
    press(part, "End the dry run")
    part.errands.wait()
    assert not any(said.startswith("Dry run:") for said in words(part))
    assert not named(part, "rehearse").get("disabled")
    press(part, "Dry run")
    part.hear("share", "0.5")
    part.errands.wait()
    assert not any(said.startswith("Dry run:") for said in words(part)), "it was of another pace"


def test_the_form_goes_on_hearing_while_it_reads(tmp_path: Path) -> None:
    """A dry run that takes long shows how far it is; a key is taken meanwhile, and the pulse takes its end over."""
    draft = Draft()
    draft.take(people(3))
    go, clock = threading.Event(), VirtualClock(1_800_255_600.0)

    def slow(*given: Any, **options: Any) -> Any:
        go.wait(30)
        return cb.rehearse(*given, **options)

    part = SendPart(draft, Access(environ={}), str(tmp_path / "a.db"), rehearse=slow, clock=clock)
    part.errands.wait()
    press(part, "Dry run")
    assert sees(part, "Rehearsing: 0 of 3 people; nothing is sent.")
    assert has(part, "pulse")
    assert named(part, "look")["disabled"] is True
    part.hear("secret_key", "pk_test_fake")
    assert "publishable key" in named(part, "secret_key")["error"]
    go.set()
    part.errands.wait()
    assert sees(part, "Dry run: 3 people in 1 call, at once")
    assert not has(part, "pulse")


def test_a_defect_is_told_and_the_form_lives(tmp_path: Path) -> None:
    """What is no error of ours is a sentence too, and the button can be pressed again."""
    draft = Draft()
    draft.take(people(3))

    def broken(*given: Any, **options: Any) -> Any:
        raise ZeroDivisionError(f"with {TEST}")

    part = SendPart(draft, Access(environ={}), str(tmp_path / "a.db"), rehearse=broken)
    part.errands.wait()
    press(part, "Dry run")
    part.errands.wait()
    assert sees(part, "clerkbulk itself failed (ZeroDivisionError: with [removed])")
    assert not named(part, "rehearse").get("disabled")
