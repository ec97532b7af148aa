"""Remind, drawn: random answers of people and of Clerk, crashes and days; the emulator's own record is the witness."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reminders import DAY, accept, by_address, invitations, pending, sent_long_ago, where
from stage import ACME, Crash, CrashingLedger, Stage, assert_sum, checked, people
from test_once_always import EXAMPLES, GET_FAULTS, POST_FAULTS, SETTINGS

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkRefused, NotReachable
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, Sum

ENDS = st.one_of(
    st.fixed_dictionaries({"dies_at": st.integers(1, 90), "after": st.booleans()}),
    st.fixed_dictionaries({"left_at": st.integers(1, 12)}),
)
HAPPENS = st.sampled_from(["accepts", "joins", "revoked", "invited by somebody else"])


def remind_once(stage: Stage, job_id: str, end: Mapping[str, Any]) -> bool:
    """Remind, or end as told: the process dies at a transaction, or the loop is left. Return whether it is over."""
    if "dies_at" in end:
        ledger: Ledger = CrashingLedger(stage.place.where, clock=stage.clock, **end)
    else:
        ledger = stage.ledger()
    try:
        with ledger, stage.client() as client:
            reminder = ledger.find(job_id).remind(client)
            if reminder is None:
                return True
            run = reminder.run(client)
            for step, progress in enumerate(run, 1):
                assert_sum(progress)
                assert step < 3000, "the reminder does not come to an end"
                if step == end.get("left_at"):
                    run.close()  # type: ignore[attr-defined]
                    return False
            return reminder.record.state is JobState.DONE
    except (Crash, ClerkRefused, NotReachable):
        return False


def let_happen(stage: Stage, target: Target, address: str, what: str) -> None:
    """Let something happen to a person while a job is under way."""
    if what == "accepts" and pending(stage, target)[address]:
        accept(stage, address, target)
    elif what == "joins":
        known = {one["email_addresses"][0]["email_address"] for one in stage.backend.state()["users"]}
        if address not in known:
            seed: dict[str, Any] = {"users": [{"email_address": address}]}
            if target == ACME:
                seed["memberships"] = [{"email_address": address, **where(target)}]
            stage.backend.seed(seed)
    elif what == "revoked":
        for one in invitations(stage, target):
            if one["email_address"] == address and one["status"] == "pending":
                stage.backend.faults([])  # somebody at the Dashboard meets no faults of ours
                with stage.client() as dashboard:
                    dashboard.revoke(target, one["id"])
    elif what == "invited by somebody else" and not pending(stage, target)[address]:
        stage.backend.seed({"invitations": [{"email_address": address, "id": f"{address[:2]}", **where(target)}]})


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([cb.Application(), ACME]),
    SETTINGS,
    st.integers(1, 23),
    st.booleans(),
    st.sampled_from([3, 30]),
    st.sampled_from([3.0, 8.0, 31.0]),
    st.lists(st.tuples(st.integers(1, 23), st.sampled_from(["accepts", "joins", "revoked"])), max_size=4),
    st.lists(st.one_of(POST_FAULTS, POST_FAULTS, GET_FAULTS), max_size=10),
    st.lists(
        st.tuples(
            ENDS, st.sampled_from([0.0, 61.0, 4000.0]), st.integers(1, 23), st.sampled_from(["accepts", "joins"])
        ),
        max_size=5,
    ),
)
def test_nobody_holds_two_nobody_is_invited_thrice_and_nobody_is_lost(
    target: Target,
    answers: dict[str, Any],
    number: int,
    ignores: bool,
    valid: int,
    days: float,
    before: list[tuple[int, str]],
    faults: list[dict[str, Any]],
    ends: list[tuple[dict[str, Any], float, int, str]],
) -> None:
    """Whatever is drawn: at most one open invitation each, two in all, and none is taken from whom none is given."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder), **answers)
        options = {} if target == ACME else {"ignore_existing": ignores}
        job = sent_long_ago(stage, number, target, days, expires_in_days=valid, **options)
        everybody = people(number)
        for place, what in before:
            if place <= number:
                let_happen(stage, target, everybody[place - 1], what)
        were_pending = set(pending(stage, target))
        were_expired = {address for address, its in by_address(stage, target).items() if its[-1] == "expired"}
        stage.backend.faults(faults)
        for end, pause, place, what in ends:
            remind_once(stage, job.id, end)
            assert max(pending(stage, target).values(), default=0) <= 1
            stage.clock.advance(pause)
            if place <= number:
                let_happen(stage, target, everybody[place - 1], what)
        for _ in range(20):
            if remind_once(stage, job.id, {}):
                break
        else:
            raise AssertionError("the reminder does not come to an end")
        assert remind_once(stage, job.id, {})
        story = by_address(stage, target)
        assert max(map(len, story.values())) <= 2
        assert max(pending(stage, target).values(), default=0) <= 1
        there = {address for address, its in story.items() if "accepted" in its}
        there |= {one["email_addresses"][0]["email_address"] for one in stage.backend.state()["users"]}
        assert were_pending <= set(pending(stage, target)) | there
        if days >= 7:
            # Whoever was silent and could be asked again was: also those whose invitation had expired, but where an
            # expired one stands in the way and cannot be revoked.
            stuck = were_expired if target == ACME and answers["expired_invitations"] == "block" else set()
            for address in (were_pending | were_expired) - there - stuck:
                assert story[address][-1] == "pending", (address, story[address])
                assert len(story[address]) == 2, (address, story[address])
        else:
            assert all(len(its) == 1 for its in story.values())
        with stage.ledger() as ledger:
            assert all(ledger.find(record.id).sum().open == 0 for record in ledger.jobs())


@pytest.mark.parametrize(("target", "after"), [(cb.Application(), False), (ACME, True)], ids=str)
def test_a_crash_at_every_single_transaction_of_a_reminder_loses_nobody(
    tmp_path: Path, target: Target, after: bool
) -> None:
    """The process dies at the first, the second, ... transaction; between revocation and invitation too."""
    deaths = 0
    for dies_at in range(1, 200):
        folder = tmp_path / str(dies_at)
        folder.mkdir()
        stage = Stage(folder)
        job = stage.send(checked(people(3), target))
        stage.clock.advance(8 * DAY)
        path = "/v1/organizations/org_acme/invitations/bulk$" if target == ACME else "/v1/invitations/bulk$"
        stage.backend.faults([{"method": "POST", "path": path, "do": "drop", "when": "after"}])
        died = not remind_once(stage, job.id, {"dies_at": dies_at, "after": after})
        assert max(pending(stage, target).values(), default=0) <= 1
        if not died:
            break
        deaths += 1
        assert remind_once(stage, job.id, {})
        assert by_address(stage, target) == {address: ["revoked", "pending"] for address in people(3)}
        with stage.ledger() as ledger:
            assert [ledger.find(record.id).sum() for record in ledger.jobs()] == [Sum(3, sent=3)] * 2
    else:
        raise AssertionError("the reminder never came to an end")
    assert deaths > 20
