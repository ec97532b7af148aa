"""Rehearse: the whole job against the emulator, in virtual time, through everything that goes wrong."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.unknown import UNKNOWNS
from clerkbulk.rehearsal import VirtualClock
from clerkbulk.rehearsal.trouble import CRASHES, Death, Where, draw
from clerkbulk.rehearsal.witness import Wronged, invited, wronged
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.schedule import schedule
from clerkbulk.sending.state import Sum

ACME = cb.Organization("org_acme")
BOTH = Pace((Lane.BULK, Lane.SINGLE))
MONDAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
QUESTIONS = [one for one in UNKNOWNS if one.name not in {"empty_call", "eleven_items", "repeated_address"}]


def people(number: int, *more: str, target: cb.Application | cb.Organization | None = None, **cells: Any) -> cb.Checked:
    """Return a checked table of so many people, more addresses as typed, and the same cells for everybody."""
    if target is not None:
        cells = {"role": "org:member", **cells}
    addresses = [*(f"p{place}@example.com" for place in range(number)), *more]
    return cb.check([{"email_address": address, **cells} for address in addresses], target or cb.Application())


@pytest.fixture(autouse=True)
def no_network_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no socket be opened and no key be read: a rehearsal needs neither."""

    def refuse(*_: object) -> None:
        raise AssertionError("A rehearsal must not open a connection.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("CLERK_SECRET_KEY", raising=False)
    monkeypatch.setenv("CLERK_API_URL", "http://nowhere.invalid")


def test_a_calm_run_takes_the_bounds_hours_but_for_a_margin_and_not_a_call_too_many() -> None:
    """600 people and one mistake: 60 calls in two hours and four seconds, and everyone is accounted for."""
    done = cb.rehearse(people(600, "nobody"), faults=False)
    assert done.to_json() == {
        "hours": 2.0011,
        "bound_hours": 2.0,
        "calls": 60,
        "least_calls": 60,
        "twice": 0,
        "lost": 0,
        "target": {"kind": "application"},
        "rows": 601,
        "invitations": 600,
        "known": 0,
        "runs": [
            {
                "faults": False,
                "hours": 2.0011,
                "bound_hours": 2.0,
                "calls": 60,
                "least_calls": 60,
                "twice": 0,
                "lost": 0,
                "lanes": [
                    {"lane": "bulk", "calls": 60, "least_calls": 60},
                    {"lane": "single", "calls": 0, "least_calls": 0},
                ],
                "sum": {
                    "rows": 601, "sent": 600, "already_there": 0, "refused": 0, "withdrawn": 0, "invalid": 1,
                    "unknown": 0, "left": 0,
                },
                "reason": None,
                "crashes": 0,
                "lost_replies": 0,
                "throttled": 0,
                "server_errors": 0,
            }
        ],
    }  # fmt: skip
    assert done.ok


def test_with_trouble_everything_goes_wrong_and_nobody_is_wronged() -> None:
    """Three crashes, two replies lost behind the work, five 429 in a row, four 503: and everyone exactly once."""
    calm, troubled = cb.rehearse(people(300), seed=7).runs
    assert (calm.faults, troubled.faults) == (False, True)
    assert (calm.crashes, calm.lost_replies, calm.throttled, calm.server_errors) == (0, 0, 0, 0)
    assert (troubled.crashes, troubled.lost_replies) == (CRASHES, 2)
    assert (troubled.throttled, troubled.server_errors) == (5, 4)
    assert troubled.sum == Sum(300, sent=300)
    assert (troubled.twice, troubled.lost, troubled.reason) == (0, 0, None)
    # What was refused is called again; what has done its work is not. A crash repeats no call that has left.
    assert sum(troubled.calls.values()) == 30 + 5 + 3


def test_not_even_whoever_may_be_invited_twice_is() -> None:
    """With ignore_existing Clerk would let a second invitation through: it is the job that sends none."""
    for seed in range(3):
        run = cb.rehearse(people(60, ignore_existing=True), seed=seed).runs[1]
        assert (run.sum, run.twice, run.lost) == (Sum(60, sent=60), 0, 0)


def test_the_same_seed_draws_the_same_trouble_and_another_seed_another() -> None:
    """A rehearsal can be repeated, call by call; the calm run is the same under every seed."""
    table = people(120)
    first, again, other = (cb.rehearse(table, seed=seed).to_json() for seed in (3, 3, 4))
    assert first == again
    assert first["runs"][0] == other["runs"][0]
    assert draw(3, 12) == draw(3, 12)
    assert draw(3, 12) != draw(4, 12)


@pytest.mark.parametrize("number", [0, 1, 2, 15])
def test_however_few_the_people_are_they_meet_trouble(number: int) -> None:
    """One call is enough for a crash, a lost reply, the 429 and the 503; without anybody there is nothing to meet."""
    _, troubled = cb.rehearse(people(number, "nobody"), seed=number).runs
    assert troubled.sum == Sum(number + 1, sent=number, invalid=1)
    some = bool(number)
    assert troubled.crashes == CRASHES * some
    assert (troubled.lost_replies >= 1, troubled.throttled, troubled.server_errors >= 3) == (some, 5 * some, some)
    assert (troubled.twice, troubled.lost) == (0, 0)


def test_whom_clerk_is_said_to_know_is_left_out_of_the_hours_and_the_calls() -> None:
    """Of 300 people a tenth is known, half as users, half with an open invitation, from the first rows to the last."""
    done = cb.rehearse(people(300), known=0.1)
    for run in done.runs:
        assert run.sum == Sum(300, sent=270, already_there=30)
        assert (run.twice, run.lost) == (0, 0)
    assert (done.known, done.calm.bound.calls, done.calm.bound.hours) == (30, 27, 1.0)
    assert sum(done.calm.calls.values()) == 27


def test_whoever_is_to_be_invited_in_spite_of_an_open_invitation_is_known_as_a_user() -> None:
    """An open invitation keeps nobody out whose row says ignore_existing; the bound counts on thirty people less."""
    done = cb.rehearse(people(300, ignore_existing=True), known=0.1, faults=False)
    assert done.calm.sum == Sum(300, sent=270, already_there=30)
    assert sum(done.calm.calls.values()) == done.calm.bound.calls == 27


def test_the_organization_the_roles_and_the_inviters_of_a_table_are_there() -> None:
    """Rows that name a role of their own and an inviter find both, and a seat for everybody."""
    table = people(120, target=ACME, role="org:billing", inviter_user_id="user_boss")
    done = cb.rehearse(table, known=0.05)
    assert done.to_json()["target"] == {"kind": "organization", "organization_id": "org_acme"}
    for run in done.runs:
        assert run.sum == Sum(120, sent=114, already_there=6)
        assert (run.twice, run.lost, run.bound.calls) == (0, 0, 12)


def test_both_lanes_and_the_hours_of_the_day_are_kept_to() -> None:
    """The pace is that of the real job: a fifth of each hour has room for 70 people, or for 50 in the bulk lane."""
    both = cb.rehearse(people(100), pace=Pace(BOTH.lanes, 0.2), start=MONDAY)
    assert (both.calm.hours, both.calm.bound.hours) == (pytest.approx(3602 / 3600), 1.0)
    assert both.calm.calls == {Lane.BULK: 8, Lane.SINGLE: 20}
    assert (both.calm.bound.bulk, both.calm.bound.single) == (10, 0)
    assert all(not run.twice and not run.lost for run in both.runs)
    # Five calls at 8, five at 9, and on the next morning the others.
    mornings = cb.rehearse(people(120), pace=Pace(share=0.2, schedule=schedule("8-10")), start=MONDAY, faults=False)
    assert (mornings.calm.hours, mornings.calm.bound.hours) == (24.0, 24.0)


def test_a_start_between_two_seconds_is_no_start_before_the_first_call() -> None:
    """What leaves at once leaves after 0 hours, whatever the fraction of the second."""
    done = cb.rehearse(people(1), start=datetime(2027, 3, 1, 8, 0, 0, 999_999, tzinfo=UTC), faults=False)
    assert str(done.to_json()["hours"]) == "0.0"


def test_waves_are_waited_for() -> None:
    """Ten, a hundred, and everybody else an hour apart, as the bound has them."""
    done = cb.rehearse(people(200), pace=Pace(waves=(10, 100), wave_gap=3600.0), seed=2)
    assert done.calm.bound.hours == 2.0
    assert done.calm.hours == pytest.approx(2.0, rel=0.01)
    assert [run.sum for run in done.runs] == [Sum(200, sent=200)] * 2


def test_time_that_clerk_takes_is_time_that_the_job_takes() -> None:
    """With two seconds an answer the 25 calls of the first hour leave one after the other."""
    quick, slow = (cb.rehearse(people(250), latency=latency, faults=False).calm.hours for latency in (0.0, 2.0))
    assert quick == 0.0
    assert slow > 24 * 2 / 3600


def test_an_open_question_can_be_answered_otherwise() -> None:
    """A window that does not slide changes nothing for who keeps to a sliding one; a wrong word is refused."""
    done = cb.rehearse(people(300), answers={"window": "fixed", "atomicity": "partial", "refused_calls_count": "yes"})
    assert [run.sum for run in done.runs] == [Sum(300, sent=300)] * 2
    with pytest.raises(cb.InputError, match=r"There is no open question 'windows': did you mean window\?"):
        cb.rehearse(people(1), answers={"windows": "fixed"})
    with pytest.raises(cb.InputError, match="window is 'round', and can be: sliding, fixed"):
        cb.rehearse(people(1), answers={"window": "round"})


@pytest.mark.parametrize("wrong", [{"known": -0.1}, {"known": 1.01}, {"latency": -1.0}, {"latency": 31.0}])
def test_numbers_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    """A share is from 0 to 1, a latency from 0 to 30 seconds."""
    with pytest.raises(cb.InputError, match="from 0 to"):
        cb.rehearse(people(1), **wrong)


def test_the_rehearsal_is_watched_step_by_step_and_leaves_no_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step of both runs is shown, with a sum that holds; the ledgers lay in a temporary folder, and are gone."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[tuple[bool, Sum]] = []
    cb.rehearse(people(40), show=lambda faults, progress: seen.append((faults, progress.sum)))
    assert [faults for faults, _ in seen] == sorted(faults for faults, _ in seen)
    assert {faults for faults, _ in seen} == {False, True}
    assert {sum_.rows for _, sum_ in seen} == {40}
    assert [sum_ for faults, sum_ in seen if not faults][-1] == Sum(40, sent=40)
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 10**9),
    st.integers(1, 45),
    st.sampled_from([None, ACME]),
    st.sampled_from([Pace(), BOTH, Pace(share=0.1), Pace(waves=(3, 10))]),
    st.sampled_from([0.0, 0.2]),
    st.fixed_dictionaries({one.name: st.sampled_from(one.answers) for one in QUESTIONS}),
)
def test_whatever_is_drawn_nobody_is_wronged(
    seed: int, number: int, target: cb.Organization | None, pace: Pace, known: float, answers: dict[str, str]
) -> None:
    """Any trouble, any answer to the open questions: the job comes to its end, everyone exactly once."""
    done = cb.rehearse(people(number, target=target), seed=seed, pace=pace, known=known, answers=answers)
    for run in done.runs:
        assert (run.twice, run.lost, run.reason, run.sum.open) == (0, 0, None, 0)
        assert run.sum.sent + run.sum.already_there == number
        assert run.bound.hours <= run.hours
        assert run.bound.calls <= sum(run.calls.values())
    assert done.ok


def test_every_place_to_die_in_is_drawn_and_each_death_falls_into_the_job() -> None:
    """A process dies around a call, or at one of the transactions behind it, before or after it is durable."""
    deaths = [death for seed in range(100) for death in draw(seed, 30).deaths]
    assert {death.where for death in deaths} == set(Where)
    assert {death.calls for death in deaths} == set(range(30))
    assert Death(calls=0, where=Where.BEFORE_CALL) in deaths
    by_transaction = [death for death in deaths if death.where in {Where.BEFORE_DURABLE, Where.AFTER_DURABLE}]
    assert {death.transactions for death in by_transaction} == {1, 2, 3, 4, 5, 6}


def test_the_witness_tells_whoever_was_wronged(tmp_path: Path) -> None:
    """What a job says is held against what was made: an invitation too many is seen, and one that is missing."""
    from clerkbulk.emulator.backend import Backend

    clock = VirtualClock(MONDAY.timestamp())
    clerk = Backend(clock=clock)
    clerk.seed({"users": [{"email_address": "p1@example.com"}]})
    table = people(4, "nobody")
    with (
        cb.Ledger(tmp_path / "ledger.db", clock=clock) as ledger,
        cb.Client("sk_live_fake", api_url="http://127.0.0.1", transport=clerk.transport(), clock=clock) as client,
    ):
        job = ledger.job(table)
        job.preflight(client)
        for _ in job.run(client):
            pass
        results = list(job.results())
    lines = {str(result.email_address): result.line for result in results}

    def judged(*known: str) -> Wronged:
        return wronged(results, invited(clerk.state(), table.target, MONDAY.timestamp()), known)

    assert judged("p1@example.com") == Wronged()
    # Nobody has said that p1 was known before: their line says so, and no invitation does.
    assert judged() == Wronged(lost=(lines["p1@example.com"],))
    clerk.seed({"invitations": [{"email_address": "P3@example.com"}, {"email_address": "stranger@example.com"}]})
    assert judged("p1@example.com") == Wronged(twice=(lines["p3@example.com"],))
    # An invitation of yesterday is none of ours.
    yesterday = int(MONDAY.timestamp() - 86_400) * 1000
    clerk.seed({"invitations": [{"email_address": "p2@example.com", "created_at": yesterday}]})
    assert judged("p1@example.com") == Wronged(twice=(lines["p3@example.com"],))
    clerk.reset()
    everyone: Sequence[int] = [lines[f"p{place}@example.com"] for place in (0, 2, 3)]
    assert judged("p1@example.com") == Wronged(lost=tuple(everyone))
