"""A table of which nothing stands any more is sent anew: everybody was refused by Clerk, or withdrawn."""

from __future__ import annotations

from pathlib import Path

from stage import Place, Stage, checked, people

from clerkbulk.sending.before.preflight import Bucket, Policy
from clerkbulk.sending.state import Sum


def test_a_table_that_was_wholly_refused_is_a_new_job_when_it_comes_again(place: Place) -> None:
    """The cause may be gone: the same three are invited then. The old job keeps what was said of them."""
    refusing = Stage(place, blocklist=("*@example.com",))
    first = refusing.send(checked(people(3)))
    stage = Stage(place)
    stage.clock.advance(7200)
    again = stage.send(checked(people(3)))
    assert (again.id != first.id, again.sum(), first.sum()) == (True, Sum(3, sent=3), Sum(3, refused=3))
    assert stage.send(checked(people(3))).id == again.id


def test_a_table_that_was_wholly_withdrawn_is_asked_about_anew(tmp_path: Path) -> None:
    """The same sheet again is a new job, and preflight finds that you have withdrawn them: you may decide to send."""
    stage = Stage(tmp_path)
    first = stage.send(checked(people(3)))
    with stage.ledger() as ledger, stage.client() as client:
        for _ in first.withdraw(client):
            pass
        again = ledger.job(checked(people(3)))
        found = again.preflight(client)
    assert again.id != first.id
    assert len(found.in_bucket(Bucket.WITHDRAWN_BY_YOU)) == 3


def test_whoever_else_is_in_it_keeps_it_the_same_job(tmp_path: Path) -> None:
    """One who is invited, or was left out by ourselves: the job is the one that knows it."""
    stage = Stage(tmp_path, blocklist=("p1@example.com",))
    mixed = stage.send(checked(people(2)))
    with stage.ledger() as ledger, stage.client() as client:
        assert ledger.job(checked(people(2))).id == mixed.id
        listed = ledger.job(checked(people(2, 50)))
        listed.preflight(client, Policy(suppressed=frozenset({"example.com"})))
        stage.steps(listed, client)
        assert listed.sum() == Sum(2, refused=2)
        assert ledger.job(checked(people(2, 50))).id == listed.id
