"""Whose invitation is it? What a look at Clerk finds is taken for ours only when it can be nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

import clerkbulk as cb
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.transport import transport
from clerkbulk.errors import LedgerError
from clerkbulk.sending.client import Client

NOON = 1_800_014_400.0


class Ahead:
    """A clock that shows another time than the one it goes by."""

    def __init__(self, clock: VirtualClock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds

    def now(self) -> float:
        return self._clock.now() + self._seconds

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


def run_to_the_end(job: cb.Job, client: Client) -> cb.Sum:
    for _ in job.run(client):
        pass
    return job.sum()


@pytest.mark.parametrize("ahead", [-86_400, -300, 0, 0.4, 300, 86_400])
def test_a_wrong_clock_invites_nobody_twice(tmp_path: Path, ahead: float) -> None:
    """With the answer lost after the work was done, the invitation is found and ours, however wrong our clock is."""
    theirs = VirtualClock(NOON + 0.7)
    ours = Ahead(theirs, ahead)
    clerk = Backend(clock=theirs)
    client = Client("sk_live_fake", api_url="http://127.0.0.1:1", transport=transport(clerk), clock=ours)
    checked = cb.check("ada@example.com\nbob@example.com", defaults={"ignore_existing": True})
    job = cb.Ledger(tmp_path / "a.db", clock=ours).job(checked)
    clerk.faults([{"method": "POST", "when": "after", "do": "drop"}])
    assert run_to_the_end(job, client).sent == 2
    assert len(clerk.state()["invitations"]) == 2


def test_a_refused_call_is_not_taken_for_the_invitation_of_a_moment_ago(tmp_path: Path) -> None:
    """Sent from one ledger and at once from another: the second says already there, not sent."""
    clock = VirtualClock(NOON + 0.3)
    clerk = Backend(clock=clock)
    clerk.seed({"organizations": [{"id": "org_2abc", "name": "Acme"}]})
    client = Client("sk_live_fake", api_url="http://127.0.0.1:1", transport=transport(clerk), clock=clock)
    people = [f"p{i}@example.com" for i in range(12)]
    checked = cb.check(people, cb.Organization("org_2abc"), defaults={"role": "org:member"})
    assert run_to_the_end(cb.Ledger(tmp_path / "a.db", clock=clock).job(checked), client).sent == 12
    clock.advance(3.0)
    second = run_to_the_end(cb.Ledger(tmp_path / "b.db", clock=clock).job(checked), client)
    assert (second.sent, second.already_there) == (0, 12)
    # The same people for another role a moment later: whatever Clerk says of the role, these are not our invitations.
    other = cb.check(people, cb.Organization("org_2abc"), defaults={"role": "org:pilot"})
    third = run_to_the_end(cb.Ledger(tmp_path / "c.db", clock=clock).job(other), client)
    assert third.sent == 0
    assert len(clerk.state()["organization_invitations"]) == 12


def test_a_run_left_half_way_says_that_nobody_is_at_work(tmp_path: Path) -> None:
    """A second Ctrl-C, or a notebook's loop left early, ends in paused, not in running."""
    clock = VirtualClock(NOON)
    clerk = Backend(clock=clock)
    client = Client("sk_live_fake", api_url="http://127.0.0.1:1", transport=transport(clerk), clock=clock)
    job = cb.Ledger(tmp_path / "a.db", clock=clock).job(cb.check([f"p{i}@example.com" for i in range(30)]))
    steps = job.run(client)
    for _ in range(2):
        next(steps)
    steps.close()
    assert (job.record.state, job.record.reason) == ("paused", "interrupted")
    assert run_to_the_end(job, client).sent == 30


@pytest.mark.parametrize(
    "where",
    ["mysql://someone:secret1@db.example.com/x", "postgresql+asyncpg://someone:secret1@db.example.com/x", "sqlite://"],
)
def test_a_ledger_that_is_neither_a_file_nor_on_postgresql_is_refused(where: str) -> None:
    """Without locks that we know two processes would invite the same people; the password is not shown."""
    with pytest.raises(LedgerError, match="file on a local disk, or a PostgreSQL database") as error:
        cb.Ledger(where)
    assert "secret1" not in str(error.value)


def test_a_ledger_named_by_its_sqlite_url_is_the_file(tmp_path: Path) -> None:
    """It gets the file's mode and locks."""
    cb.Ledger(f"sqlite:///{tmp_path / 'a.db'}")
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600
    (tmp_path / "b.db").touch(0o644)
    cb.Ledger(tmp_path / "b.db")
    assert (tmp_path / "b.db").stat().st_mode & 0o777 == 0o600


def test_half_a_character_can_be_kept(tmp_path: Path) -> None:
    """A lone surrogate in a cell reaches the ledger and comes back with the results."""
    job = cb.Ledger(tmp_path / "a.db").job(cb.check([{"email": "ada@example.com", "x": "\ud800"}]))
    assert [result.cells for result in job.results()] == [("ada@example.com", "\ud800")]
