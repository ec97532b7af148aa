"""The ledger: its owner's alone, the same job for the same table, and a sentence for whatever is no ledger."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stage import ACME, Stage, checked, people

import clerkbulk as cb
from clerkbulk.errors import LedgerError
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState, Sum


def test_the_file_and_its_helpers_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    """It holds people's addresses; -wal and -shm hold them too."""
    before = os.umask(0)
    try:
        stage = Stage(tmp_path)
        with stage.ledger() as ledger, stage.client() as client:
            next(ledger.job(checked(people(3))).run(client))
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"onboarding.db": 0o600, "onboarding.db-wal": 0o600, "onboarding.db-shm": 0o600}


def a_folder(path: Path) -> None:
    path.mkdir()


def a_text_file(path: Path) -> None:
    path.write_text("email\nada@example.com\n" * 100)


def a_damaged_ledger(path: Path) -> None:
    Ledger(path).close()
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)


def a_newer_ledger(path: Path) -> None:
    with Ledger(path) as ledger, ledger.begin() as connection:
        connection.exec_driver_sql("INSERT INTO migration VALUES (9999, 'from the future', 0)")


def a_database_of_something_else(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title)")


def a_file_in_no_folder(path: Path) -> None:
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (a_folder, "{path} is a folder: name a file in it, such as {path}/onboarding.db."),
        (
            a_text_file,
            "{path} is not a ledger (file is not a database). Name another file; a new one is made where there is "
            "none. If it was one, it is damaged: put its newest copy in its place.",
        ),
        (
            a_damaged_ledger,
            "{path} is not a ledger (database disk image is malformed). Name another file; a new one is made where "
            "there is none. If it was one, it is damaged: put its newest copy in its place.",
        ),
        (a_newer_ledger, "{path} was written by a newer clerkbulk: upgrade clerkbulk to go on."),
        (a_database_of_something_else, "{path} is a database of something else (it has songs)."),
        (a_file_in_no_folder, "There is no folder {path.parent} for the ledger people.db: make it first."),
    ],
)
def test_what_is_no_ledger_is_refused_with_a_sentence_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    """Nothing is written into a file that is not ours."""
    path = tmp_path / "folder" / "people.db"
    path.parent.mkdir()
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(LedgerError) as caught:
        Ledger(path)
    assert str(caught.value) == sentence.format(path=path)
    assert (path.read_bytes() if path.is_file() else b"") == before or make is a_newer_ledger


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            "database or disk is full",
            "The ledger {path} cannot be read or written (database or disk is full). Make room on its disk and see "
            "that the disk is in order, then go on: nothing is lost.",
        ),
        (
            "attempt to write a readonly database",
            "The ledger {path} cannot be read or written (attempt to write a readonly database). Make the file and its "
            "folder writable, then go on: nothing is lost.",
        ),
    ],
)
def test_without_a_durable_intent_nothing_is_sent(tmp_path: Path, error: str, sentence: str) -> None:
    """A full disk, a file made read-only on the way: the error says what to do, and then the job goes on."""
    stage = Stage(tmp_path)
    table = checked(people(25))
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        run = job.run(client)
        assert [next(run).sum.sent for _ in range(2)] == [0, 10]
        with ledger.begin() as connection:
            fails = f"CREATE TRIGGER fails BEFORE INSERT ON attempt BEGIN SELECT RAISE(ABORT, '{error}'); END"
            connection.exec_driver_sql(fails)
        # RAISE ends as an error of constraints; the disk's own errors are of this kind.
        _as_of_the_disk(ledger)
        with pytest.raises(LedgerError) as caught:
            list(run)
        assert str(caught.value) == sentence.format(path=stage.path)
        assert len(stage.posts()) == 1
    with closing(sqlite3.connect(stage.path)) as connection:
        connection.execute("DROP TRIGGER fails")
    job = stage.send(table)
    assert job.sum() == Sum(25, sent=25)
    assert max(stage.invited().values()) == 1


def _as_of_the_disk(ledger: Ledger) -> None:
    def translate(context: sa.engine.ExceptionContext) -> None:
        if isinstance(context.original_exception, sqlite3.IntegrityError):
            original = sqlite3.OperationalError(str(context.original_exception))
            raise sa.exc.OperationalError(None, None, original)

    sa.event.listen(ledger._database.engine, "handle_error", translate)


def test_a_ledger_that_may_not_be_written_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    """Not even the machine's administrator can make a file there."""
    with pytest.raises(LedgerError, match=r"The ledger /proc/new\.db cannot be written .*\. Nothing was sent\."):
        Ledger("/proc/new.db")


def test_a_damaged_page_met_on_the_way_is_a_sentence_too(tmp_path: Path) -> None:
    """Not every damage shows when the file is opened."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger:
        ledger.job(checked(people(2000)))
    half = stage.path.stat().st_size // 2
    with stage.path.open("r+b") as file:
        file.seek(half)
        file.write(os.urandom(half))
    with stage.ledger() as ledger, pytest.raises(LedgerError, match="damaged or no ledger at all"):
        ledger.find().results()


def test_the_same_table_in_another_order_is_the_same_job(tmp_path: Path) -> None:
    """A re-sorted file sent again invites nobody again."""
    stage = Stage(tmp_path)
    addresses = people(40)
    first = stage.send(checked(addresses))
    addresses = addresses[::3] + addresses[1::3] + addresses[2::3]
    again = stage.send(checked(addresses))
    assert again.id == first.id
    assert len(stage.posts()) == 4


def test_the_same_table_for_another_target_is_another_job(tmp_path: Path) -> None:
    """An application's invitation and an organization's are two things."""
    stage = Stage(tmp_path)
    first, second = stage.send(checked(people(5))), stage.send(checked(people(5), ACME))
    assert first.id != second.id
    assert (first.sum(), second.sum()) == (Sum(5, sent=5), Sum(5, sent=5))


def test_a_changed_table_is_another_job_that_sends_only_what_is_new(tmp_path: Path) -> None:
    """One person more, one whose metadata changed, all the others the same: one invitation."""
    stage = Stage(tmp_path)
    rows = [{"email_address": address, "team": "red"} for address in people(20)]
    first = stage.send(cb.check(rows, metadata=["team"]))
    rows[3]["team"] = "blue"
    rows.append({"email_address": "new@example.com", "team": "red"})
    second = stage.send(cb.check(rows, metadata=["team"]))
    assert second.id != first.id
    assert second.sum() == Sum(21, sent=1, already_there=20)
    told = second.results()[3]
    assert told.reason == f"Invited by {first.id} (records, line 4)."
    revoked = f"Nothing to do. If that invitation was revoked, withdraw line 4 of {first.id}, then send again "
    revoked += "with --decide withdrawn_by_you=send."
    assert (told.remedy, told.code) == (revoked, "other_job")
    assert len(stage.posts()) == 3


def test_a_corrected_table_sends_what_was_invalid(tmp_path: Path) -> None:
    """Correct the line and send the sheet again: that is what the results say, and it is enough."""
    stage = Stage(tmp_path)
    first = stage.send(checked([*people(3), "eve(at)example.com"]))
    assert first.sum() == Sum(4, sent=3, invalid=1)
    second = stage.send(checked([*people(3), "eve@example.com"]))
    assert second.sum() == Sum(4, sent=1, already_there=3)


def test_a_job_nobody_began_holds_nobody(tmp_path: Path) -> None:
    """Somebody said no, corrected the table and sent that: everyone in it is invited."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        declined = ledger.job(checked(people(5)))
        declined.bind(client)
    job = stage.send(checked(people(6)))
    assert job.sum() == Sum(6, sent=6)
    with stage.ledger() as ledger:
        assert ledger.find().id == job.id


def test_people_invited_to_another_instance_are_not_invited_to_this_one(tmp_path: Path) -> None:
    """A trial on the development instance takes nobody's invitation to the production instance away."""
    trial, real = Stage(tmp_path), Stage(tmp_path)
    real.backend._world.ids.instance = lambda: "ins_production"  # type: ignore[method-assign]
    trial.send(checked(people(5)))
    job = real.send(checked(people(6)))
    assert job.sum() == Sum(6, sent=6)
    assert len(real.invited()) == 6
    with (
        real.ledger() as ledger,
        real.client() as client,
        pytest.raises(LedgerError, match=r"was begun in instance ins_.*and this key belongs to ins_production"),
    ):
        list(ledger.job(checked(people(5))).run(client))


def test_jobs_are_found_by_id_by_its_beginning_or_as_the_unfinished_one(tmp_path: Path) -> None:
    """The newest unfinished, or else the newest; a beginning that fits several is refused."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, pytest.raises(LedgerError, match=r"There is no job in .* yet: clerkbulk send"):
        ledger.find()
    first = stage.send(checked(people(2)))
    with stage.ledger() as ledger, stage.client() as client:
        second = ledger.job(checked(people(2, first=11)))
        next(second.run(client))
        third = stage.send(checked(people(2, first=21)))
        assert ledger.find().id == second.id
        assert ledger.find(first.id).id == first.id
        assert ledger.find(first.id[:9]).id == first.id
        assert {record.id for record in ledger.jobs()} == {first.id, second.id, third.id}
        with pytest.raises(LedgerError, match="job_ fits 3 jobs"):
            ledger.find("job_")
        with pytest.raises(LedgerError, match="nothing is none of its jobs"):
            ledger.find("nothing")
        stage.steps(second, client)
        assert ledger.record(second.id).state is JobState.DONE
        with pytest.raises(LedgerError, match="There is no job job_0"):
            ledger.record("job_0")


def test_a_job_shows_itself_without_letting_cells_be_markup(tmp_path: Path) -> None:
    """In a notebook: name, target, state and sum, escaped."""
    stage = Stage(tmp_path)
    source = tmp_path / "<b>people.csv"
    source.write_text("email\nada@example.com\n")
    job = stage.send(cb.check(source))
    html = job._repr_html_()
    assert "&lt;b&gt;people.csv" in html
    assert "<b>people.csv" not in html
    assert repr(job) == f"<Job {job.id} of <b>people.csv to the application: done>"


def test_a_ledger_that_is_there_is_not_opened_beside_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To close a descriptor of the file gives away every lock this process has on it (POSIX): none is ever made."""
    with Ledger(tmp_path / "a.db"):
        opened: list[object] = []
        plain = os.open

        def watched(path: object, *more: Any, **named: Any) -> int:
            descriptor = plain(path, *more, **named)  # type: ignore[arg-type]
            opened.append(path)
            return descriptor

        monkeypatch.setattr(os, "open", watched)
        Ledger(tmp_path / "a.db").close()
        assert [path for path in opened if str(path).endswith("a.db")] == []
