"""Two at one ledger: never the same rows, one hour for both, nobody twice."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter

import httpx
import pytest
import sqlalchemy as sa
from stage import NOON, Between, Crash, Place, Stage, assert_within_the_hour, checked, people

import clerkbulk as cb
from clerkbulk.sending import tables
from clerkbulk.sending.before.preflight import Policy
from clerkbulk.sending.during.call import LONGEST
from clerkbulk.sending.state import JobState, Sum


def test_threads_share_the_hour_and_never_the_same_rows(place: Place) -> None:
    """Four senders of one job: everyone once, every call's rows its own, never more than 25 calls in sixty minutes."""
    stage = Stage(place)
    table = checked(people(600), ignore_existing=True)
    bodies: list[list[str]] = []

    def show(request: httpx.Request) -> None:
        if request.method == "POST":
            bodies.append([item["email_address"] for item in json.loads(request.content)])

    def send() -> None:
        with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), show)) as client:
            stage_steps.append([p.sum.open for p in ledger.job(table).run(client)])

    stage_steps: list[list[int]] = []
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [steps[-1] for steps in stage_steps] == [0] * 4
    assert Counter(address for body in bodies for address in body) == Counter(people(600))
    assert stage.invited() == Counter(people(600))
    assert [call["status"] for call in stage.posts()] == [200] * 60
    assert_within_the_hour(stage.posts(), 25)


def test_a_call_under_way_is_left_alone_by_everybody_else(place: Place) -> None:
    """While one run waits for its answer, another sends the rest, waits for the first, and settles nothing of it."""
    stage = Stage(place)
    table = checked(people(15), ignore_existing=True)
    other: list[Sum] = []

    def meanwhile(request: httpx.Request) -> None:
        if request.method != "POST" or other:
            return
        other.append(Sum(0))
        with stage.ledger() as ledger, stage.client() as client:
            job = ledger.job(table)
            for progress in job.run(client):
                other.append(progress.sum)
                if progress.reason == "another process is at work on the last rows" and len(other) > 60:
                    return

    with stage.ledger() as ledger, stage.client(Between(stage.backend.transport(), meanwhile)) as client:
        job = ledger.job(table)
        steps = stage.steps(job, client)
    assert stage.clock.now() > NOON + LONGEST  # longer than a call of another machine would have been waited for
    assert other[-1] == Sum(15, sent=5, unknown=10)
    assert stage.invited() == Counter(people(15))
    assert steps[-1].sum == Sum(15, sent=15)


def dies_in_a_call(stage: Stage, table: cb.Checked) -> None:
    """Let a run die while its first call is under way, after Clerk has done its work."""

    class Dies(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = stage.backend.transport().handle_request(request)
            if request.method == "POST":
                raise Crash
            return response

    with stage.ledger() as ledger, stage.client(Dies()) as client, pytest.raises(Crash):
        list(ledger.job(table).run(client))


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_call_whose_process_is_gone_is_looked_up(place: Place, elsewhere: bool) -> None:
    """On this machine at once; of another machine, which cannot be asked, when the call is surely over."""
    stage = Stage(place)
    table = checked(people(5), ignore_existing=True)
    dies_in_a_call(stage, table)
    with stage.ledger() as ledger, stage.client() as client:
        if elsewhere:
            with ledger.begin() as connection:
                connection.execute(tables.attempt.update().values(owner="elsewhere/pid:[1] 7 1234 cafe"))
        steps = stage.steps(ledger.job(table), client)
    assert steps[-1].sum == Sum(5, sent=5)
    assert steps[-1].at == (NOON + LONGEST if elsewhere else NOON)
    assert stage.invited() == Counter(people(5))


def test_a_lost_call_counts_for_the_hour_as_late_as_it_can_have_arrived(place: Place) -> None:
    """Nobody knows when it arrived; the twenty-sixth call waits for the latest moment it can have been."""
    stage = Stage(place)
    table = checked(people(260))
    dies_in_a_call(stage, table)
    stage.clock.advance(1000)
    with stage.ledger() as ledger, stage.client() as client:
        steps = stage.steps(ledger.job(table), client)
    assert steps[-1].sum == Sum(260, sent=260)
    assert steps[-1].at == NOON + LONGEST + 3602


def test_processes_that_open_a_new_ledger_at_the_same_moment_all_get_it(place: Place) -> None:
    """The tables are made once; nobody is told that the file is locked."""
    code = (
        "import sys; from clerkbulk.sending.ledger import Ledger; sys.stdin.readline()\n"
        "with Ledger(sys.argv[1]) as ledger: print(len(ledger.jobs()))"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, place.where],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    assert [child.communicate(timeout=60) for child in children] == [("0\n", "")] * 4


def test_two_jobs_of_one_ledger_share_the_hour(place: Place) -> None:
    """The limit is the instance's, not the job's: a second table waits for the first one's hour."""
    stage = Stage(place)
    stage.send(checked(people(200)))
    job = stage.send(checked(people(100, first=201)))
    assert job.sum() == Sum(100, sent=100)
    assert_within_the_hour(stage.posts(), 25)
    assert [call["status"] for call in stage.posts()] == [200] * 30


def test_a_person_in_two_jobs_that_run_side_by_side_is_invited_by_one_of_them(place: Place) -> None:
    """What is left in another job holds nobody; whoever comes first sends it, the other one says which job it was."""
    stage = Stage(place)
    first, second = checked(people(25), ignore_existing=True), checked(people(25, first=16), ignore_existing=True)
    with stage.ledger() as ledger, stage.client() as client:
        one, two = ledger.job(first), ledger.job(second)
        runs = [one.run(client), two.run(client)]
        for run in runs:
            assert next(run).sum == Sum(25, left=25)
        while runs:
            runs = [run for run in runs if next(run, None) is not None]
        assert one.sum().sent + two.sum().sent == 40
        assert one.sum().already_there + two.sum().already_there == 10
        assert (one.record.state, two.record.state) == (JobState.DONE, JobState.DONE)
        reasons = {r.reason for job in (one, two) for r in job.results() if r.state == "already_there"}
    assert stage.invited() == Counter(people(40))
    assert all(reason.startswith("Invited by job_") for reason in reasons)


def test_nobody_is_claimed_twice_by_raw_claims_in_many_threads(place: Place) -> None:
    """Claims alone, without a call in between: 200 rows, 8 threads, every row in one batch."""
    from clerkbulk.contract.endpoint import APPLICATION_BULK
    from clerkbulk.sending.during.call import Call, Sender, claim

    stage = Stage(place)
    with stage.ledger() as ledger:
        job = ledger.job(checked(people(200)))
        sender = Sender(job.id, APPLICATION_BULK, "account", "here 1 2 3", None)
        lines: list[int] = []

        def take() -> None:
            while isinstance(call := claim(ledger.begin, [sender], NOON, NOON), Call):
                lines.extend(passenger.line for passenger in call.passengers)

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        with ledger.begin() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(tables.batch)).scalar() == 20
    assert sorted(lines) == list(range(1, 201))


def test_whom_preflight_has_left_out_nobody_sends_while_it_looks_again(place: Place) -> None:
    """The same file is sent once more while a run is at work: its look takes a while, and suppressed people stay so."""
    stage = Stage(place)
    table = checked(people(25))
    policy = Policy(suppressed=frozenset({"p7@example.com", "p8@example.com"}))
    runs: list[Sum] = []

    def meanwhile(request: httpx.Request) -> None:
        if request.url.path == "/v1/users" and not runs:
            runs.append(Sum(0))
            with stage.ledger() as ledger, stage.client() as client:
                runs.append(stage.steps(ledger.job(table), client)[-1].sum)

    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        job.preflight(client, policy)
        with stage.client(Between(stage.backend.transport(), meanwhile)) as slow:
            job.preflight(slow, policy)
        assert job.sum() == runs[-1] == Sum(25, sent=23, refused=2)
        job.preflight(client, Policy(suppressed=frozenset({"p9@example.com"})))
        assert job.sum() == Sum(25, sent=23, refused=2)
        job.approve()
        assert job.sum() == Sum(25, sent=23, left=2)
    assert set(people(25)) - set(stage.invited()) == {"p7@example.com", "p8@example.com"}
