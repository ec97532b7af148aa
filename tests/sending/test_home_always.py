"""Copies, drawn: a ledger is copied at random moments, and every copy tries to go on; Clerk's record is the witness."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from copies import copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stage import Crash, CrashingLedger, Stage, assert_sum, assert_within_the_hour, checked, people

from clerkbulk.errors import LedgerError
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, Sum

FILES = ("a.db", "b.db", "c.db")
FILE = st.sampled_from(FILES)
WAIT = st.sampled_from([0.0, 5.0, 61.0, 3700.0])
RUNS = st.one_of(
    st.fixed_dictionaries({"left_at": st.integers(1, 14)}),
    st.fixed_dictionaries({"dies_at": st.integers(1, 40), "after": st.booleans()}),
)
DEEDS = st.one_of(
    st.tuples(st.just("run"), FILE, RUNS, WAIT),
    st.tuples(st.just("copy"), FILE, FILE, WAIT),
    st.tuples(st.just("settle"), FILE, st.none(), WAIT),
)
FAULTS = st.fixed_dictionaries(
    {
        "method": st.just("POST"),
        "do": st.sampled_from(["drop", "html", "pass"]),
        "when": st.sampled_from(["before", "after"]),
    }
)


def run(stage: Stage, path: Path, table: Any, end: dict[str, Any]) -> Sum | None:
    """Run until the end that is drawn; return the sum of a job that is done."""
    if "dies_at" in end:
        ledger: Ledger = CrashingLedger(path, clock=stage.clock, **end)
    else:
        ledger = Ledger(path, clock=stage.clock)
    with ledger, stage.client() as client:
        job = ledger.job(table)
        steps = job.run(client)
        for step, progress in enumerate(steps, 1):
            assert_sum(progress)
            if step == end.get("left_at"):
                steps.close()  # type: ignore[attr-defined]
                return None
        return job.sum() if job.record.state is JobState.DONE else None


def settle(stage: Stage, path: Path) -> None:
    with Ledger(path, clock=stage.clock) as ledger, stage.client() as client:
        ledger.settle_copy(client)


def do(stage: Stage, folder: Path, table: Any, deed: tuple[Any, ...]) -> None:
    """Do one thing with one of the files; what is refused changes nothing."""
    verb, name, more, _ = deed
    path = folder / name
    if not path.exists():
        return
    try:
        if verb == "run":
            run(stage, path, table, more)
        elif verb == "settle":
            settle(stage, path)
        elif more != name:
            copy(path, folder / more)
    except (LedgerError, Crash):
        return


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DEEDS, max_size=14), st.lists(FAULTS, max_size=5), st.booleans(), FILE)
def test_whichever_copy_goes_on_nobody_is_invited_twice_and_nobody_is_lost(
    deeds: list[tuple[Any, ...]], faults: list[dict[str, Any]], ignore_existing: bool, last: str
) -> None:
    """Copied over each other, run, killed and settled in any order: sent means one invitation, and all are sent."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stage = Stage(folder)
        table = checked(people(35), ignore_existing=ignore_existing)
        with Ledger(folder / "a.db", clock=stage.clock) as ledger:
            ledger.job(table)
        stage.backend.faults(faults)
        for deed in deeds:
            do(stage, folder, table, deed)
            stage.clock.advance(deed[-1])
        path = next(path for path in (folder / last, folder / "a.db") if path.exists())
        stage.clock.advance(700)
        settle(stage, path)
        for _ in range(10):
            if (sum_ := run(stage, path, table, {})) is not None:
                break
        assert sum_ == Sum(35, sent=35)
        assert stage.invited() == Counter(people(35))
        assert_within_the_hour(stage.posts(), 25)
