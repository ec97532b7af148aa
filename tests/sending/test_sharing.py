"""Several processes at one ledger, with Clerk's own record as the witness: nobody twice, one hour for all."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from stage import NOON, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.contract.endpoint import APPLICATION_BULK, APPLICATION_SINGLE
from clerkbulk.sending import tables
from clerkbulk.sending.during.call import Call, Sender, claim
from clerkbulk.sending.ledger import Ledger


def test_processes_that_send_the_same_people_in_different_lanes_invite_nobody_twice(place: Place) -> None:
    """Two processes with two jobs each: 10 bulk and 40 single calls in the hour, all of them used, none too many."""
    script = str(Path(__file__).with_name("sharing.py"))
    place.open().close()
    with cb.Emulator(limits="off") as clerk:
        processes = [
            subprocess.Popen([sys.executable, script, place.where, clerk.url], stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        errors = [process.communicate(timeout=120)[1] for process in processes]
        posts = [call for call in clerk.backend.calls() if call["method"] == "POST"]
        invited = Counter(item["email_address"] for item in clerk.backend.state()["invitations"])
    assert errors == ["", ""]
    assert Counter(str(call["path"]) for call in posts) == {APPLICATION_BULK.path: 10, APPLICATION_SINGLE.path: 40}
    assert {call["status"] for call in posts} == {200}
    assert (len(invited), set(invited.values())) == (140, {1})
    states = "SELECT state, count(*) FROM row WHERE state IN ('sent', 'unknown') GROUP BY state"
    assert place.ask(states) == [("sent", 140)]


class Claims:
    """Claims by many threads at once, each on a ledger of its own, without calls in between."""

    def __init__(self, stage: Stage) -> None:
        self.calls: list[Call] = []
        self._stage, self._threads = stage, list[threading.Thread]()

    def begin(self, sender: Sender, threads: int) -> None:
        """Let so many threads claim with one sender until nothing more can be claimed."""
        for _ in range(threads):
            ledger = self._stage.ledger()
            self._threads.append(threading.Thread(target=self._take, args=[ledger, sender]))

    def run(self) -> list[Call]:
        """Let them all begin, and return what they claimed."""
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join(60)
        return self.calls

    def _take(self, ledger: Ledger, sender: Sender) -> None:
        with ledger:
            while isinstance(call := claim(ledger.begin, [sender], NOON, NOON), Call):
                self.calls.append(call)


def bound(ledger: Ledger, table: cb.Checked) -> str:
    """Begin a job and tie it to an instance; return its id."""
    job = ledger.job(table)
    with ledger.begin() as connection:
        connection.execute(sa.update(tables.job).where(tables.job.c.id == job.id).values(instance_id="ins_1"))
    return job.id


def test_the_hour_is_never_exceeded_however_many_claim_at_once(place: Place) -> None:
    """Two jobs, eight threads, seven calls an hour: seven are claimed."""
    stage = Stage(place)
    claims = Claims(stage)
    with stage.ledger() as ledger:
        for first in (1, 101):
            job_id = bound(ledger, checked(people(100, first)))
            claims.begin(Sender(job_id, APPLICATION_BULK, "account", "here 1 2 3", 7), 4)
    calls = claims.run()
    assert len(calls) == 7
    assert len({row.key for call in calls for row in call.passengers}) == 70


@pytest.mark.parametrize("accounts", [("bulk", "single"), ("bulk", "bulk"), ("https://a bulk", "https://b bulk")])
def test_a_person_in_two_jobs_is_claimed_by_one_of_them_whatever_their_lanes(
    place: Place, accounts: tuple[str, str]
) -> None:
    """Jobs that share no hour share the people all the same; also where one reaches Clerk by another address."""
    stage = Stage(place)
    with stage.ledger() as ledger:
        claims = Claims(stage)
        for account, team in zip(accounts, ("red", "blue"), strict=True):
            rows = [{"email_address": address, "team": team} for address in people(120)]
            job_id = bound(ledger, cb.check(rows, metadata=["team"]))
            endpoint = APPLICATION_SINGLE if account == "single" else APPLICATION_BULK
            claims.begin(Sender(job_id, endpoint, account, "here 1 2 3", None), 3)
        calls = claims.run()
    assert Counter(row.key for call in calls for row in call.passengers) == Counter(people(120))
