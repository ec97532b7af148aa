"""Purging: the people of a finished job are gone to the last byte, and everything that was counted is still there."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stage import NOON, Place, Stage, checked, people

import clerkbulk as cb
from clerkbulk.errors import InputError, LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.after import purging
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, RowState, Sum

PERSONAL = ("example.com", "example.net", "Lovelace", "Analyst", "inv_", "not allowed to access", "Given name")


def stage_of(place: Path | Place) -> Stage:
    """Return a stage on which one person is blocked and one has an account."""
    stage = Stage(place, limits="off", blocklist=("eve@example.com",))
    stage.backend.seed({"users": [{"email_address": "dee@example.com"}]})
    return stage


def rows(number: int = 40) -> list[dict[str, str]]:
    """Return a table with everything personal: names, addresses, metadata, one blocked, one user, one invalid."""
    special = ["eve@example.com", "dee@example.com", "cy@@example.net"]
    return [
        {"Given name": f"Ada {n}", "Family name": "Lovelace", "email": address, "title": "Analyst"}
        for n, address in enumerate([*special, *people(number)])
    ]


def table(number: int = 40) -> cb.Checked:
    return cb.check(rows(number), metadata=["title"])


def send(stage: Stage, sheet: cb.Checked, *, look: bool = True) -> Job:
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(sheet)
        if look:
            job.preflight(client)
        stage.steps(job, client, limits="off")
        return job


def on_disk(stage: Stage) -> list[str]:
    """Return what is personal and stands in any of the ledger's files."""
    files = [path for path in stage.path.parent.iterdir() if path.name.startswith(stage.path.name)]
    content = b"".join(path.read_bytes() for path in files)
    spelled = {word: (word.encode(), word.encode("utf-16-le")) for word in PERSONAL}
    return [word for word, forms in spelled.items() if any(form in content for form in forms)]


def purge(stage: Stage, job_id: str) -> list[str]:
    with stage.ledger() as ledger:
        return ledger.find(job_id).purge()


@pytest.fixture(params=["secure_delete=ON", "secure_delete=OFF"])
def deleting(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let SQLite write zeros over what it deletes, or leave it as it is: builds of it differ."""

    def choose(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA {request.param}")

    sa.event.listen(sa.Pool, "connect", choose)
    yield
    sa.event.remove(sa.Pool, "connect", choose)


@pytest.mark.usefixtures("deleting")
def test_not_a_byte_of_anybody_is_left_in_the_file_or_its_log(tmp_path: Path) -> None:
    """Searched for in the raw bytes, while the ledger is still open: names, addresses, metadata, ids, Clerk's words."""
    stage = stage_of(tmp_path)
    job = send(stage, table(), look=False)
    assert set(on_disk(stage)) == set(PERSONAL)
    with stage.ledger() as ledger:
        assert ledger.find(job.id).purge() == [job.id]
        assert on_disk(stage) == []
        assert (tmp_path / "onboarding.db-wal").stat().st_size == 0
    assert on_disk(stage) == []


def test_nothing_personal_is_left_in_any_table(place: Place) -> None:
    """On both databases: every cell of every table is read. The same table sent again is a new job then."""
    stage = stage_of(place)
    job = send(stage, table(), look=False)
    purge(stage, job.id)
    held = [str(row) for name in tables.metadata.tables for row in place.ask(f'SELECT * FROM "{name}"')]  # noqa: S608
    assert len(held) > 100
    assert [word for word in PERSONAL if any(word in row for row in held)] == []
    again = send(stage, table())
    assert again.id != job.id
    assert again.sum() == Sum(43, already_there=41, refused=1, invalid=1)


def test_what_was_counted_stays(tmp_path: Path) -> None:
    """Sum, states, codes, times, calls and the hour's budget; and it says since when."""
    stage = stage_of(tmp_path)
    job = send(stage, table(), look=False)
    with stage.ledger() as ledger:
        before = ledger.find(job.id)
        kept = (before.sum(), before.calls(), before.attempts(), [(r.line, r.state, r.code) for r in before.results()])
        times = [(r.invited_at, r.expires_at) for r in before.results()]
    assert kept[0] == Sum(43, sent=40, already_there=1, refused=1, invalid=1)
    stage.clock.advance(86_400)
    purge(stage, job.id)
    with stage.ledger() as ledger:
        after = ledger.find(job.id)
        results = after.results()
        assert (after.sum(), after.calls(), after.attempts(), [(r.line, r.state, r.code) for r in results]) == kept
        assert [(r.invited_at, r.expires_at) for r in results] == times
        assert (after.record.state, after.record.purged_at) == (JobState.DONE, NOON + 86_400)
        assert results.purged_at is not None
        assert f"{results.purged_at:%Y-%m-%d}" == "2027-01-16"
        assert repr(results) == "<Results: 43 rows of records, purged on 2027-01-16>"


PURGED = "The job was purged: to invite the person, send a sheet of your own with the line in it. It is a new job."


def test_what_is_left_of_a_row_is_still_told_in_words(tmp_path: Path) -> None:
    """By its state and code; without cells, address and id, and with nothing to do that a purged job cannot do."""
    stage = stage_of(tmp_path)
    job = send(stage, table(2))
    purge(stage, job.id)
    with stage.ledger() as ledger:
        results = ledger.find(job.id).results()
    told = [(r.line, r.state.value, r.reason, r.remedy) for r in results]
    assert told == [
        (1, "refused", "The instance's allow or block list, or its block on subaddresses, refuses the address.",
         PURGED),
        (2, "already_there", "The person has an account already.", "Nothing to do."),
        (3, "invalid", "The line is not an invitation.", PURGED),
        (4, "sent", "The person is invited.", "Nothing to do."),
        (5, "sent", "The person is invited.", "Nothing to do."),
    ]  # fmt: skip
    assert {(r.cells, r.email_address, r.invitation_id) for r in results} == {((), None, None)}
    assert results.columns == ()
    results.write(tmp_path / "back.csv")
    assert len((tmp_path / "back.csv").read_text().splitlines()) == 6
    assert results.to_json()[0]["cells"] == {}
    assert len(results.to_frame()) == 5


def test_the_same_table_sent_again_is_a_new_job_that_finds_everybody(tmp_path: Path) -> None:
    """Not the old one, silently done; nobody is invited twice, because preflight reads first."""
    stage = stage_of(tmp_path)
    first = send(stage, table())
    purge(stage, first.id)
    again = send(stage, table())
    assert again.id != first.id
    assert again.sum() == Sum(43, already_there=41, refused=1, invalid=1)
    assert stage.invited() == Counter(people(40))
    with stage.ledger() as ledger:
        assert {record.id for record in ledger.jobs()} == {first.id, again.id}
        assert ledger.find(again.id).changes() is None
        assert ledger.find(again.id).related() == []
    assert purge(stage, again.id) == [again.id]
    assert on_disk(stage) == []


def test_purging_one_job_leaves_the_others_alone(tmp_path: Path) -> None:
    """What another job has of the same people is its own: it stays until that job is purged."""
    stage = stage_of(tmp_path)
    first = send(stage, table(40))
    second = send(stage, table(41))
    purge(stage, first.id)
    with stage.ledger() as ledger:
        results = ledger.find(second.id).results()
    assert [r.email_address for r in results][-1] == "p41@example.com"
    assert all(r.invitation_id for r in results[3:])
    assert results[3].reason == f"Invited by {first.id} (records, line 4)."
    purge(stage, second.id)
    assert on_disk(stage) == []


def test_a_job_with_calls_of_unknown_outcome_is_refused(tmp_path: Path) -> None:
    """Of unknown rows nobody would ever know; nor is anybody forgotten while somebody is at work."""
    stage = stage_of(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(20)))
        run = job.run(client, limits="off")
        next(run), next(run)
        with pytest.raises(LedgerError, match=f"Somebody is at work on {job.id}: stop that first"):
            job.purge()
        run.close()
        with ledger.begin() as connection:
            left = tables.row.c.state == RowState.LEFT
            connection.execute(tables.row.update().where(left, tables.row.c.line > 12).values(state=RowState.UNKNOWN))
        with pytest.raises(InputError, match=f"{job.id} is not finished: of 8 rows it is not known"):
            job.purge()
        assert job.record.purged_at is None
        assert job.results()[5].email_address


def test_a_job_that_goes_on_by_itself_is_to_be_paused_first(tmp_path: Path) -> None:
    """A job whose process is gone, or that waits for its next tick, is not at rest: nobody has put an end to it."""
    stage = stage_of(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(20)))
        run = job.run(client, limits="off")
        next(run), next(run)
        run.close()
        with ledger.begin() as connection:
            connection.execute(tables.job.update().values(state="waiting"))
        with pytest.raises(InputError, match=f"not at rest.*clerkbulk pause {job.id}"):
            job.purge()
        assert job.sum().left == 10


@pytest.mark.parametrize("state", ["new", "paused", "stopped"])
def test_a_job_that_should_never_be_finished_can_be_forgotten(place: Place, state: str) -> None:
    """Whoever waits is never invited by it: withdrawn, with a date and a code, and the sum holds."""
    stage = stage_of(place)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(checked(people(20)))
        if state != "new":
            run = job.run(client, limits="off")
            next(run), next(run)
            run.close()
            with ledger.begin() as connection:
                connection.execute(tables.job.update().values(state=state))
        left = job.sum().left
        assert left == (20 if state == "new" else 10)
        job.purge()
        assert job.sum() == Sum(20, sent=20 - left, withdrawn=left)
        assert job.record.state == "done"
        told = job.results()[19]
        assert (told.state, told.code, told.reason) == (
            RowState.WITHDRAWN,
            "never_sent",
            "Never sent; the job was purged.",
        )
        assert [*job.run(client, limits="off")][-1].sum == job.sum()
    dated = "SELECT COUNT(*) FROM transition WHERE state = 'withdrawn' AND reason = 'never_sent'"
    assert stage.place.ask(dated) == [(left,)]


def test_purging_again_does_no_harm(tmp_path: Path) -> None:
    """It is how an interrupted one is finished; the day stays the first one."""
    stage = stage_of(tmp_path)
    job = send(stage, table(3))
    purge(stage, job.id)
    stage.clock.advance(86_400)
    assert purge(stage, job.id) == [job.id]
    with stage.ledger() as ledger:
        assert ledger.record(job.id).purged_at == NOON
        dated = tables.transition
        with ledger.begin() as connection:
            said = connection.execute(sa.select(dated.c.at).where(dated.c.reason == "purged")).scalars().all()
    assert said == [NOON]


def test_it_says_when_somebody_else_keeps_the_bytes_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that stays keeps the old content readable for itself: purge again when it has ended."""
    stage = stage_of(tmp_path)
    job = send(stage, table(3))
    monkeypatch.setattr("clerkbulk.sending.store.sqlite_file.BUSY", 0.1)
    with closing(sqlite3.connect(stage.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM row").fetchone()
        began = time.monotonic()
        with pytest.raises(LedgerError, match="its bytes may still lie in the file, which could not be rewritten"):
            purge(stage, job.id)
        assert time.monotonic() - began < 25
        assert on_disk(stage)
    purge(stage, job.id)
    assert on_disk(stage) == []


def test_its_reminders_are_purged_with_it(tmp_path: Path) -> None:
    """They are one story and hold the same people: either of them named, both forget."""
    stage = stage_of(tmp_path)
    first = send(stage, table(3))
    second = send(stage, table(4))
    with stage.ledger() as ledger:
        with ledger.begin() as connection:
            mine = tables.job.c.id == second.id
            connection.execute(tables.job.update().where(mine).values(reminds_id=first.id))
        assert ledger.find(second.id).purge() == [first.id, second.id]
    assert on_disk(stage) == []


def test_what_stands_in_the_place_of_a_code_goes_too(tmp_path: Path) -> None:
    """Clerk's codes are words; an answer of something in between may hold anything there."""
    stage = stage_of(tmp_path)
    job = send(stage, table(3))
    with stage.ledger() as ledger, ledger.begin() as connection:
        for table_ in (tables.row, tables.attempt):
            connection.execute(table_.update().values(code="no ada@example.com"))
        connection.execute(tables.transition.update().values(reason="no ada@example.com"))
        connection.execute(tables.job.update().values(reason="ada@example.com is nobody"))
    purge(stage, job.id)
    assert on_disk(stage) == []


def test_it_is_kept_from_nobody_by_a_crash_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are clean, the file is not rewritten yet: purging again does it."""
    stage = stage_of(tmp_path)
    job = send(stage, table(3))

    def dies(engine: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(purging, "_rewrite", dies)
    with pytest.raises(KeyboardInterrupt):
        purge(stage, job.id)
    monkeypatch.undo()
    assert Ledger(stage.path).record(job.id).purged_at == NOON
    purge(stage, job.id)
    assert on_disk(stage) == []
