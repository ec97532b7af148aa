"""Takeover: a copy that is settled knows what the other has sent; one of them is at home at any time."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from copies import Copies, copy, refused
from stage import ACME, NOON, Stage, assert_within_the_hour, checked, people

import clerkbulk as cb
from clerkbulk.contract.target import Target
from clerkbulk.errors import LedgerError, NotNow
from clerkbulk.sending import tables
from clerkbulk.sending.before.preflight import Policy
from clerkbulk.sending.state import Sum
from clerkbulk.sending.store.home import Place
from clerkbulk.sending.store.mark import read_mark, write_mark
from clerkbulk.sending.store.takeover import Settled


@pytest.mark.parametrize("target", [None, ACME])
def test_a_settled_copy_knows_what_the_other_has_sent(tmp_path: Path, target: Target | None) -> None:
    """Found by reading, with its id and the reason; a dated line each; the rest is sent, and nobody twice."""
    stage = Copies(tmp_path, target=target)
    stage.some(1)
    path = stage.copy()
    stage.some(2)
    settled = stage.settle(path)
    assert settled == Settled(str(path), moved=True, retired=str(stage.file), jobs=1, invitations=20)
    with stage.opened(path) as ledger:
        job = ledger.find()
        assert job.sum() == Sum(60, sent=30, left=30)
        found = [result for result in job.results() if result.code == "other_copy"]
        assert [result.line for result in found] == list(range(11, 31))
        assert {result.reason for result in found} == {"Invited by another copy of the ledger."}
        assert None not in {result.invitation_id for result in found}
        assert job.calls() == 3
        with ledger.begin() as connection:
            lines = connection.execute(
                sa.select(tables.transition.c.reason).where(tables.transition.c.line.is_(None))
            ).scalars()
            assert "came here in a copy of the ledger, or with an older state of it" in set(lines)
    assert stage.rest(path) == Sum(60, sent=60)
    assert stage.invited("organization_invitations" if target else "invitations") == Counter(people(60))


def test_only_one_of_two_copies_can_send_at_any_time(tmp_path: Path) -> None:
    """Whoever takes over tells the other, as far as it can be reached; the other can take over again."""
    stage = Copies(tmp_path)
    stage.some(1)
    first, second = stage.copy("first.db"), stage.copy("second.db")
    stage.settle(first)
    assert f"its home is {first} on" in refused(stage)
    stage.some(1, first)
    assert stage.settle(second) == Settled(str(second), moved=True, retired=str(first), jobs=1, invitations=10)
    assert f"its home is {second} on" in refused(stage, first)
    stage.some(1, second)
    assert stage.settle().retired == str(second)
    assert stage.rest() == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))


def test_a_backup_put_back_over_a_former_home_is_no_home_either(tmp_path: Path) -> None:
    """It says that it is at home, and knows all the calls made from that file; the home has moved on all the same."""
    stage = Copies(tmp_path)
    stage.some(1)
    if not read_mark(stage.file):
        pytest.skip("this disk keeps no extended attributes")
    backup, other = stage.copy("backup.db"), stage.copy()
    stage.settle(other)
    stage.some(2, other)
    copy(backup, stage.file)
    assert "was put back to an older state" in refused(stage)
    assert stage.settle() == Settled(str(stage.file), moved=True, retired=str(other), jobs=1, invitations=20)
    assert f"its home is {stage.file} on" in refused(stage, other)
    assert stage.rest() == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))


def test_a_run_at_work_ends_at_its_next_call_when_its_ledger_is_no_home_any_more(tmp_path: Path) -> None:
    """The home is looked at in the very transaction that claims a call."""
    stage = Copies(tmp_path)
    with stage.opened() as ledger, stage.client() as client:
        run = ledger.job(stage.table).run(client)
        while not stage.posts():
            next(run)
        elsewhere = replace(Place.of(stage.file), inode=1, path="/elsewhere/a.db")
        with ledger.begin() as connection:
            connection.execute(tables.home.update().values(path=elsewhere.path, file=elsewhere.file))
        with pytest.raises(LedgerError, match=r"its home is /elsewhere/a\.db"):
            list(run)
    assert len(stage.posts()) == 1


def test_what_the_other_copy_has_sent_counts_for_the_hour(tmp_path: Path) -> None:
    """Twenty-five calls there, none left here before the hour is over."""
    stage = Copies(tmp_path, 280)
    stage.some(1)
    path = stage.copy()
    stage.some(24)
    assert stage.settle(path).invitations == 240
    assert stage.rest(path) == Sum(280, sent=280)
    assert_within_the_hour(stage.posts(), 25)
    assert {call["status"] for call in stage.posts()} == {200}


def test_a_copy_made_before_anything_was_sent_learns_all_of_it(tmp_path: Path) -> None:
    """The other copy has even tied the job to its instance."""
    stage = Copies(tmp_path, 25)
    with stage.opened() as ledger:
        ledger.job(stage.table)
    path = stage.copy()
    assert stage.rest() == Sum(25, sent=25)
    stage.clock.advance(61)
    stage.file.unlink()
    assert stage.settle(path) == Settled(str(path), moved=True, retired=None, jobs=1, invitations=25)
    assert stage.rest(path) == Sum(25, sent=25)
    assert stage.invited() == Counter(people(25))


def test_a_row_that_was_unclear_when_they_parted_is_sent_once_by_either(tmp_path: Path) -> None:
    """The answer got lost; the original looks it up and sends it again; the copy looks it up as well."""
    stage = Copies(tmp_path, 20)
    stage.backend.faults([{"do": "drop", "method": "POST", "when": "before"}])
    stage.some(1)
    with stage.opened() as ledger:
        assert ledger.find().sum() == Sum(20, unknown=10, left=10)
    path = stage.copy()
    assert stage.rest() == Sum(20, sent=20)
    stage.clock.advance(61)
    stage.file.unlink()
    assert stage.settle(path).invitations == 10
    assert stage.rest(path) == Sum(20, sent=20)
    assert stage.invited() == Counter(people(20))


def test_an_unclear_row_keeps_its_invitation_from_the_other_jobs(tmp_path: Path) -> None:
    """The same person waits in two jobs: the one whose call got lost has sent it, and the other one says so."""
    stage = Copies(tmp_path, 10)
    second = checked(people(5), ignore_existing=True)
    with stage.opened() as ledger, stage.client() as client:
        ledger.job(second).bind(client)
    stage.backend.faults([{"do": "drop", "method": "POST", "when": "after"}])
    stage.some(1)
    path = stage.copy()
    stage.file.unlink()
    assert stage.settle(path).invitations == 0
    assert stage.rest(path) == Sum(10, sent=10)
    with stage.opened(path) as ledger, stage.client() as client:
        job = ledger.job(second)
        stage.steps(job, client)
        assert job.sum() == Sum(5, already_there=5)
    assert stage.invited() == Counter(people(10))


def test_whom_a_preflight_had_left_out_is_not_sent_again_either(tmp_path: Path) -> None:
    """The other copy let them in by another policy."""
    stage = Copies(tmp_path, 12)
    shut, open_ = (Policy(allowed_domains=frozenset({domain})) for domain in ("example.org", "example.com"))
    with stage.opened() as ledger, stage.client() as client:
        ledger.job(stage.table).preflight(client, shut)
    path = stage.copy()
    with stage.opened() as ledger, stage.client() as client:
        ledger.job(stage.table).preflight(client, open_)
    assert stage.rest() == Sum(12, sent=12)
    stage.clock.advance(61)
    assert stage.settle(path).invitations == 12
    with stage.opened(path) as ledger, stage.client() as client:
        ledger.job(stage.table).preflight(client, open_)
    assert stage.rest(path) == Sum(12, sent=12)
    assert stage.invited() == Counter(people(12))


def test_an_older_invitation_and_one_with_other_content_are_nobodys_of_ours(tmp_path: Path) -> None:
    """Only what was made after they parted, with the same role or metadata, is another copy's."""
    stage = Copies(tmp_path, 12)
    stage.table = cb.check([{"email_address": a, "team": "red"} for a in people(12)], metadata=["team"],
                           defaults={"ignore_existing": True})  # fmt: skip
    hour = 3_600_000
    red, blue = {"team": "red"}, {"team": "blue"}
    seeds = [("p1", NOON * 1000 - 2 * hour, red), ("p2", NOON * 1000 + 1000, blue), ("p3", NOON * 1000 + 1000, red)]
    with stage.opened() as ledger:
        ledger.job(stage.table)
    path = stage.copy()
    stage.backend.seed({"invitations": [
        {"email_address": f"{name}@example.com", "created_at": at, "public_metadata": data} for name, at, data in seeds
    ]})  # fmt: skip
    stage.clock.advance(120)
    assert stage.settle(path).invitations == 1
    assert stage.rest(path) == Sum(12, sent=12)
    assert Counter(stage.invited().values()) == Counter({1: 10, 2: 2})


def test_a_copy_is_not_settled_while_the_original_may_be_at_work(tmp_path: Path) -> None:
    """By its lease, by its process, by a call of the last minute; each says until when, and nothing is changed."""
    stage = Copies(tmp_path)
    with stage.opened() as ledger, stage.client() as client:
        run = ledger.job(stage.table).run(client)
        while not stage.posts():
            next(run)
        path = stage.copy()
        run.close()  # type: ignore[attr-defined]
    reason = (
        f"The ledger {path} has made a call only now, and Clerk's lists may not show yet what it did: try again at "
    )
    with pytest.raises(NotNow) as caught:
        stage.settle(path)
    assert str(caught.value) == reason + "2027-01-15 12:01:00 UTC."
    stage.clock.advance(61)
    with stage.opened(path) as ledger:
        line = {"id": "elsewhere/pid:[1] 7 1234 cafe", "job_id": ledger.find().id, "began_at": NOON}
        with ledger.begin() as connection:
            connection.execute(tables.worker.insert().values(**line, lease_until=NOON + 240))
    with pytest.raises(NotNow) as caught:
        stage.settle(path)
    assert str(caught.value) == (
        f"The ledger {path} may be at work until 2027-01-15 12:04:00 UTC: elsewhere/pid:[1] was sending from it. Go on "
        "there; or end that, wait until then, and try again."
    )
    stage.clock.advance(180)
    assert stage.settle(path).moved
    assert stage.rest(path) == Sum(60, sent=60)


def test_another_copy_that_has_sent_within_the_last_minute_is_still_at_work(tmp_path: Path) -> None:
    """It cannot be reached from here, but what it has just done can be seen."""
    stage = Copies(tmp_path)
    stage.some(1)
    path = stage.copy()
    stage.file = stage.file.rename(tmp_path / "out-of-sight.db")
    stage.some(1, wait=30)
    with pytest.raises(NotNow, match="has invited people within the last minute: it is still at work"):
        stage.settle(path)
    assert "This ledger is a copy" in refused(stage, path)
    stage.clock.advance(31)
    assert stage.settle(path).invitations == 10


def test_jobs_of_another_instance_are_held_until_they_are_settled_with_their_own_key(tmp_path: Path) -> None:
    """What cannot be read with this key is not sent with the other one either."""
    stage = Copies(tmp_path, 20)
    other = Stage(tmp_path)
    other.clock = stage.clock
    other.backend._world.ids.instance = lambda: "ins_production"  # type: ignore[method-assign]
    theirs = checked(people(20, first=101))
    stage.some(1)
    with other.ledger() as ledger, other.client() as client:
        run = ledger.job(theirs).run(client)
        while not other.posts():
            next(run)
        run.close()  # type: ignore[attr-defined]
    stage.clock.advance(61)
    path = stage.copy()
    assert stage.settle(path).jobs == 1
    with stage.opened(path) as ledger, other.client() as client:
        job = ledger.job(theirs)
        with pytest.raises(LedgerError, match=f"{job.id} came here in a copy of the ledger, and .* is not known yet"):
            job.bind(client)
        assert ledger.settle_copy(client) == Settled(str(path), moved=False, retired=None, jobs=1, invitations=0)
        other.steps(job, client)
        assert job.sum() == Sum(20, sent=20)
    assert stage.rest(path) == Sum(20, sent=20)


def test_a_copy_whose_original_is_damaged_goes_on(tmp_path: Path) -> None:
    """The backup is what is left; nobody can be told."""
    stage = Copies(tmp_path)
    stage.some(1)
    backup = stage.copy("backup.db")
    stage.some(1)
    with stage.file.open("r+b") as file:
        file.write(b"\xff" * 4096)
    assert stage.settle(backup) == Settled(str(backup), moved=True, retired=None, jobs=1, invitations=10)
    assert stage.rest(backup) == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))


def test_a_copy_that_cannot_read_from_clerk_stays_one(tmp_path: Path) -> None:
    """Nothing is half settled."""
    stage = Copies(tmp_path)
    stage.some(1)
    path = stage.copy()
    stage.file.unlink()
    stage.backend.faults([{"do": "status", "status": 500, "method": "GET", "times": 40}])
    with pytest.raises(cb.ClerkRefused):
        stage.settle(path)
    stage.backend.faults([])
    assert "This ledger is a copy" in refused(stage, path)
    assert stage.settle(path).moved
    assert stage.rest(path) == Sum(60, sent=60)


def test_the_original_goes_on_when_a_copy_could_not_be_settled(tmp_path: Path) -> None:
    """What it was told is taken back."""
    stage = Copies(tmp_path)
    stage.some(1)
    path = stage.copy()
    stage.backend.faults([{"do": "pass", "method": "GET", "times": 2}, {"do": "drop", "method": "GET", "times": 40}])
    with pytest.raises(cb.NotReachable):
        stage.settle(path)
    stage.backend.faults([])
    assert "This ledger is a copy" in refused(stage, path)
    assert stage.rest() == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))


def test_a_home_at_work_is_not_told_anything(tmp_path: Path) -> None:
    """The copy is old and quiet, the original is not."""
    stage = Copies(tmp_path)
    stage.some(1)
    path = stage.copy()
    with stage.opened() as ledger, stage.client() as client:
        run = ledger.job(stage.table).run(client)
        next(run)
        with pytest.raises(NotNow, match=f"The ledger's home, {stage.file}, is at work: process {os.getpid()} of"):
            stage.settle(path)
        assert sum(1 for _ in run) > 5
    assert stage.invited() == Counter(people(60))


def test_nobody_is_reminded_by_two_copies(tmp_path: Path) -> None:
    """Half of a reminder was sent when they parted, the other half by the original: once each, as ever."""
    stage = Copies(tmp_path, 20)
    stage.rest()
    stage.clock.advance(8 * 86_400)
    with stage.opened() as ledger, stage.client() as client:
        reminder = ledger.job(stage.table).remind(client)
        assert reminder is not None
        run = reminder.run(client)
        while reminder.sum().sent == 0:
            next(run)
        run.close()  # type: ignore[attr-defined]
        path = stage.copy()
        stage.steps(reminder, client)
    stage.clock.advance(9 * 86_400)
    assert stage.settle(path).invitations == 10
    with stage.opened(path) as ledger, stage.client() as client:
        stage.steps(ledger.find(reminder.id), client)
        assert ledger.find(reminder.id).sum() == Sum(20, sent=20)
        assert ledger.job(stage.table).remind(client) is None
    assert Counter(item["status"] for item in stage.backend.state()["invitations"]) == {"revoked": 20, "pending": 20}


def test_settling_by_hand_what_nobody_could_notice_finds_what_was_sent(tmp_path: Path) -> None:
    """A disk set back to a snapshot: file and mark are as they were, and the person at it says so."""
    stage = Copies(tmp_path)
    stage.some(1)
    backup = stage.copy("backup.db")
    stage.some(1)
    copy(backup, stage.file)
    write_mark(stage.file, 1)
    assert stage.settle() == Settled(str(stage.file), moved=False, retired=None, jobs=1, invitations=10)
    assert stage.rest() == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))
