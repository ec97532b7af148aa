"""Withdraw, drawn: after sending, reminding, faults and crashes nobody holds an invitation of ours."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reminders import DAY, accept, by_address, pending
from stage import ACME, Crash, CrashingLedger, Stage, checked, people
from test_once_always import EXAMPLES, GET_FAULTS, POST_FAULTS, SETTINGS
from test_remind_always import ENDS, remind_once

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, NotReachable
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, RowState

DEATHS = st.fixed_dictionaries({"dies_at": st.integers(1, 60), "after": st.booleans()})


def send(stage: Stage, table: cb.Checked, end: Mapping[str, Any]) -> str | None:
    """Send a table, or end as told; return the job's id, None where it was never begun."""
    if "dies_at" in end:
        ledger: Ledger = CrashingLedger(stage.place.where, clock=stage.clock, **end)
    else:
        ledger = stage.ledger()
    with suppress(Crash), ledger, stage.client() as client:
        run = ledger.job(table).run(client)
        for step, _ in enumerate(run, 1):
            if step == end.get("left_at"):
                run.close()  # type: ignore[attr-defined]
                break
    with stage.ledger() as ledger:
        record = ledger.job(table).record
        return None if record.state is JobState.NEW else record.id


def withdraw_once(stage: Stage, job_id: str, end: Mapping[str, Any]) -> bool:
    """Withdraw, or die at a transaction. Return whether it is over."""
    if end:
        ledger: Ledger = CrashingLedger(stage.place.where, clock=stage.clock, **end)
    else:
        ledger = stage.ledger()
    try:
        with ledger, stage.client() as client:
            job = ledger.find(job_id)
            for _ in job.withdraw(client):
                job.sum()
            return True
    except (Crash, ClerkRefused, NotReachable):
        return False


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([cb.Application(), ACME]),
    SETTINGS,
    st.integers(1, 23),
    st.one_of(st.none(), ENDS),
    st.lists(st.one_of(st.none(), ENDS), max_size=2),
    st.lists(st.integers(1, 23), max_size=3),
    st.lists(st.one_of(POST_FAULTS, POST_FAULTS, GET_FAULTS), max_size=8),
    st.lists(st.tuples(DEATHS, st.sampled_from([0.0, 61.0, 4000.0])), max_size=4),
)
def test_nobody_is_left_with_an_invitation_of_ours_and_nobody_gets_another(
    target: Target,
    answers: dict[str, Any],
    number: int,
    sending: dict[str, Any] | None,
    remindings: list[dict[str, Any] | None],
    accepting: list[int],
    faults: list[dict[str, Any]],
    deaths: list[tuple[dict[str, Any], float]],
) -> None:
    """Whatever is drawn: nothing of ours is open, and to go on afterwards invites only who was never invited."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), **answers)
        table = checked(people(number), target)
        job_id = send(stage, table, sending or {})
        if job_id is None:
            return
        stage.clock.advance(8 * DAY)
        for end in remindings:
            remind_once(stage, job_id, end or {})
        for place in accepting:
            if place <= number and pending(stage, target)[f"p{place}@example.com"]:
                accept(stage, f"p{place}@example.com", target)
        stage.backend.faults(faults)
        for end, pause in deaths:
            withdraw_once(stage, job_id, end)
            stage.clock.advance(pause)
        assert any(withdraw_once(stage, job_id, {}) for _ in range(20)), "the withdrawal does not come to an end"
        assert withdraw_once(stage, job_id, {})
        stage.backend.faults([])
        assert pending(stage, target) == {}
        story = by_address(stage, target)
        with stage.ledger() as ledger:
            results = {one.email_address: one for one in ledger.find(job_id).results()}
            for address, its in story.items():
                state = RowState.SENT if "accepted" in its else RowState.WITHDRAWN
                assert results[address].state is state, (results[address], its)
            never = {address for address in results if address not in story}
            assert {results[address].state for address in never} <= {RowState.LEFT}
            jobs = [record.id for record in ledger.jobs()]
            assert all(ledger.find(one).sum().unknown == 0 for one in jobs)
        with stage.ledger() as ledger, stage.client() as client:
            for one in jobs:
                stage.steps(ledger.find(one), client)
        assert set(pending(stage, target)) == never
