"""Once, drawn: random people, instances, faults and crashes, with the emulator's own record as the witness."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stage import ACME, NOON, Crash, CrashingLedger, Stage, assert_sum, assert_within_the_hour, checked, people

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.contract.unknown import UNKNOWNS
from clerkbulk.errors import ClerkRefused, NotReachable
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, Sum

YESTERDAY = (NOON - 86_400) * 1000
AFTER_OR_BEFORE = st.sampled_from(["before", "after"])
POST_FAULTS = st.one_of(
    st.fixed_dictionaries(
        {"do": st.just("status"), "status": st.sampled_from([500, 502, 503, 504, 408, 409]), "when": AFTER_OR_BEFORE}
    ),
    # A refusal that names nobody, although the work was done: every row must be looked up.
    st.fixed_dictionaries(
        {"do": st.just("status"), "status": st.sampled_from([400, 403, 413, 418, 422]), "when": st.just("after")}
    ),
    st.fixed_dictionaries({"do": st.just("status"), "status": st.just(401)}),
    st.fixed_dictionaries(
        {
            "do": st.just("status"),
            "status": st.just(403),
            "code": st.sampled_from(["organization_membership_quota_exceeded", "user_quota_exceeded"]),
            "when": AFTER_OR_BEFORE,
        }
    ),
    st.fixed_dictionaries(
        {
            "do": st.just("status"),
            "status": st.just(429),
            "headers": st.sampled_from([{}, {"retry-after": "0"}, {"retry-after": "77"}, {"retry-after": "4000"}]),
        }
    ),
    st.fixed_dictionaries({"do": st.sampled_from(["html", "garbage", "drop"]), "when": AFTER_OR_BEFORE}),
    st.fixed_dictionaries({"do": st.just("html"), "status": st.just(200), "when": AFTER_OR_BEFORE}),
    st.fixed_dictionaries({"do": st.just("truncate")}),
    st.fixed_dictionaries({"do": st.just("delay"), "seconds": st.sampled_from([5, 59, 61, 300])}),
    st.fixed_dictionaries({"do": st.just("pass"), "times": st.integers(1, 3)}),
).map(lambda fault: {"method": "POST", **fault})
GET_FAULTS = st.fixed_dictionaries(
    {
        "method": st.just("GET"),
        "do": st.sampled_from(["status", "drop", "html", "garbage", "truncate", "pass"]),
        "status": st.sampled_from([500, 503]),
        "times": st.integers(1, 6),
    }
).map(lambda fault: fault if fault["do"] == "status" else {k: v for k, v in fault.items() if k != "status"})
SETTINGS = st.fixed_dictionaries(
    {
        question.name: st.sampled_from(question.answers)
        for question in UNKNOWNS
        if question.name not in {"empty_call", "eleven_items", "repeated_address"}
    }
)
ENDS = st.one_of(
    st.fixed_dictionaries({"dies_at": st.integers(1, 60), "after": st.booleans()}),
    st.fixed_dictionaries({"left_at": st.integers(1, 12)}),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[cb.Checked, dict[str, str]]:
    """Return a checked table and what is odd about some of its people."""
    target: Target = draw(st.sampled_from([cb.Application(), ACME]))
    addresses = people(draw(st.integers(1, 32)))
    odd = draw(st.dictionaries(st.sampled_from(addresses), st.sampled_from(["user", "pending", "blocked"]), max_size=4))
    rows = [{"email_address": address} for address in addresses]
    rows += draw(st.lists(st.sampled_from([{"email_address": "nobody"}, {"email_address": ""}]), max_size=2))
    if target == ACME:
        return cb.check(rows, target, defaults={"role": "org:member"}), odd
    return cb.check(rows, target, defaults={"ignore_existing": draw(st.booleans())}), odd


def seed(stage: Stage, target: Target, odd: Mapping[str, str]) -> None:
    """Let people be users, members or invited before anything is sent."""
    organization = {"organization_id": "org_acme"} if target == ACME else {}
    users = [address for address, what in odd.items() if what == "user"]
    stage.backend.seed(
        {
            "users": [{"email_address": address} for address in users],
            "memberships": [{"email_address": address, **organization} for address in users] if organization else [],
            "invitations": [
                {"email_address": address, "created_at": YESTERDAY, **organization}
                for address, what in odd.items()
                if what == "pending"
            ],
        }
    )


def one_run(stage: Stage, table: cb.Checked, end: Mapping[str, Any]) -> Sum | None:
    """Run until it is over, or ends as told: the process dies at a transaction, or the loop is left at a step."""
    if "dies_at" in end:
        ledger: Ledger = CrashingLedger(stage.path, clock=stage.clock, **end)
    else:
        ledger = stage.ledger()
    try:
        with ledger, stage.client() as client:
            job = ledger.job(table)
            run = job.run(client)
            for step, progress in enumerate(run, 1):
                assert_sum(progress)
                if step == end.get("left_at"):
                    run.close()  # type: ignore[attr-defined]
                    return None
            return job.sum() if job.record.state is JobState.DONE else None
    except (Crash, ClerkRefused, NotReachable):
        return None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tables(),
    SETTINGS,
    st.lists(st.one_of(POST_FAULTS, POST_FAULTS, GET_FAULTS), max_size=12),
    st.lists(st.tuples(ENDS, st.sampled_from([0.0, 1.0, 59.0, 61.0, 4000.0])), max_size=6),
)
def test_nobody_twice_nobody_lost(
    drawn: tuple[cb.Checked, dict[str, str]],
    answers: dict[str, Any],
    faults: list[dict[str, Any]],
    ends: list[tuple[dict[str, Any], float]],
) -> None:
    """Whatever is drawn: sent means exactly one invitation of ours, anything else none, and the hour is kept."""
    table, odd = drawn
    with tempfile.TemporaryDirectory() as folder:
        blocked = tuple(address for address, what in odd.items() if what == "blocked")
        stage = Stage(Path(folder), blocklist=blocked, **answers)
        seed(stage, table.target, odd)
        stage.backend.faults(faults)
        for end, pause in ends:
            one_run(stage, table, end)
            stage.clock.advance(pause)
        for _ in range(20):
            if (sum_ := one_run(stage, table, {})) is not None:
                break
        assert sum_ is not None, "the job does not come to an end"
        assert sum_.open == 0
        kind = "organization_invitations" if table.target == ACME else "invitations"
        made = stage.backend.state()[kind]
        ours = Counter(item["email_address"].lower() for item in made if item["created_at"] >= NOON * 1000)
        with stage.ledger() as ledger:
            results = ledger.job(table).results()
        for result in results:
            if result.state == "invalid":
                continue
            assert result.email_address is not None
            assert ours[result.email_address] == (1 if result.state == "sent" else 0), result
            if result.email_address not in odd:
                assert result.state == "sent", result
            if odd.get(result.email_address) == "blocked":
                assert result.state == "refused", result
        assert_within_the_hour(stage.posts(), 50 if table.target == ACME else 25)


def test_a_crash_at_every_single_transaction_of_a_job_loses_nobody_and_invites_nobody_twice(tmp_path: Path) -> None:
    """The process dies at the first, the second, ... transaction, before and after it is durable; the next goes on."""
    table = checked(people(25), ignore_existing=True)
    deaths = 0
    for after in (False, True):
        for dies_at in range(1, 200):
            folder = tmp_path / f"{after}-{dies_at}"
            folder.mkdir()
            stage = Stage(folder)
            stage.backend.faults([{"do": "pass", "method": "POST"}, {"do": "drop", "method": "POST", "when": "after"}])
            done = one_run(stage, table, {"dies_at": dies_at, "after": after})
            if done is not None:
                break
            deaths += 1
            assert one_run(stage, table, {}) == Sum(25, sent=25)
            assert stage.invited() == Counter(people(25))
        else:
            raise AssertionError("the job never came to an end")
    assert deaths > 30
