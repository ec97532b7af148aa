"""A process that dies: what was durable stays, what was not is gone, and what still runs of it leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

import clerkbulk as cb
from clerkbulk.rehearsal import VirtualClock
from clerkbulk.rehearsal.mortal import Crash, Fate, MortalBackend, MortalLedger
from clerkbulk.rehearsal.trouble import Death, Where

ADA = cb.check("ada@example.com")


def jobs(path: Path) -> int:
    """Count the jobs that a new process finds."""
    with cb.Ledger(path) as ledger:
        return len(ledger.jobs())


@pytest.mark.parametrize(("where", "kept"), [(Where.BEFORE_DURABLE, 0), (Where.AFTER_DURABLE, 1)])
def test_a_death_at_a_transaction_undoes_it_or_comes_too_late_to(tmp_path: Path, where: Where, kept: int) -> None:
    """The second transaction writes a job: whoever dies before its end has written none."""
    path, fate = tmp_path / "ledger.db", Fate()
    fate.expect([Death(0, where, transactions=2)])
    with MortalLedger(fate, path) as ledger:
        assert ledger.jobs() == []
        with pytest.raises(Crash):
            ledger.job(ADA)
    assert (jobs(path), fate.crashes, fate.is_dead) == (kept, 1, True)


def test_a_dead_process_leaves_no_trace_and_the_next_one_lives(tmp_path: Path) -> None:
    """Clean-up that still runs may believe what it writes; nothing of it is there for the next process."""
    path, fate = tmp_path / "ledger.db", Fate()
    fate.expect([Death(0, Where.BEFORE_DURABLE, transactions=1)])
    with MortalLedger(fate, path) as ledger:
        with pytest.raises(Crash):
            ledger.jobs()
        ledger.job(ADA)
    assert jobs(path) == 0
    fate.be_born()
    with MortalLedger(fate, path) as ledger:
        ledger.job(ADA)
    assert (jobs(path), fate.crashes) == (1, 1)


@pytest.mark.parametrize(("where", "made"), [(Where.BEFORE_CALL, 1), (Where.AFTER_CALL, 2)])
def test_a_death_around_a_call_comes_before_or_after_its_work(where: Where, made: int) -> None:
    """The second call never reaches Clerk, or has done its work when nobody is left to read the answer."""
    clock, fate = VirtualClock(), Fate()
    fate.expect([Death(1, where)])
    backend = MortalBackend(fate, 0.5, clock=clock)
    with cb.Client("sk_test_fake", api_url="http://127.0.0.1", transport=backend.transport(), clock=clock) as client:
        client.create(cb.Application(), [{"email_address": "ada@example.com"}])
        assert list(client.invitations(cb.Application()))
        with pytest.raises(Crash):
            client.create(cb.Application(), [{"email_address": "bob@example.com"}])
    assert len(backend.state()["invitations"]) == made
    posts = [call for call in backend.calls() if call["method"] == "POST"]
    assert len(posts) == made
    # An answer takes the latency; a call that never leaves takes no time.
    assert clock.now() == VirtualClock().now() + 0.5 * (made + 1)
