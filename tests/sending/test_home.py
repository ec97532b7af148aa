"""Home: a ledger that was copied, moved or put back to an older state sends nothing before it has been settled."""

from __future__ import annotations

import os
import socket
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from copies import Copies, copy, refused
from stage import people

from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.state import Sum
from clerkbulk.sending.store.birth import born
from clerkbulk.sending.store.home import Place
from clerkbulk.sending.store.mark import read_mark, write_mark
from clerkbulk.sending.store.takeover import Settled

HERE = Place("ada", "/data/a.db", device=65024, inode=12, volume=7, born=1_795_310_925_376_101_897)


@pytest.mark.parametrize(
    ("there", "same"),
    [
        (HERE, True),
        (replace(HERE, path="/data/b.db"), True),
        (replace(HERE, machine="3f2c1a", device=1), True),
        (replace(HERE, inode=13), False),
        (replace(HERE, born=HERE.born and HERE.born + 1), False),
        (replace(HERE, volume=8), False),
        (replace(HERE, volume=None, device=1), True),
        (replace(HERE, born=None), True),
        (replace(HERE, born=None, device=1), True),
        (replace(HERE, born=None, machine="ben"), False),
        (replace(HERE, born=None, volume=8), False),
        (replace(HERE, born=None, volume=None), True),
        (replace(HERE, born=None, volume=None, device=1), False),
        (replace(HERE, born=None, volume=None, machine="ben"), False),
    ],
)
def test_a_file_is_known_by_number_and_birth_and_else_by_its_disk_and_machine(there: Place, same: bool) -> None:
    """A container has another name each time, and disks other numbers; two files by chance the same number."""
    assert HERE.is_same_file(there) is same
    assert there.is_same_file(HERE) is same


@pytest.mark.parametrize("place", [HERE, replace(HERE, volume=None, born=None)])
def test_a_file_is_read_as_it_was_written_down(place: Place) -> None:
    """What is not known stays not known."""
    assert Place.read(place.machine, place.path, place.file) == place
    assert HERE.file == "65024:12:7:1795310925376101897"


def test_a_birth_is_told_where_the_disk_knows_it(tmp_path: Path) -> None:
    """No file, no birth; a file made later was born later, also under a number that was used before."""
    path = tmp_path / "a"
    assert born(path) is None
    path.touch()
    first = born(path)
    path.unlink()
    path.touch()
    assert first is None or (born(path) or 0) > first


def test_a_copy_is_looked_at_freely_and_sends_nothing(tmp_path: Path) -> None:
    """Status and results work anywhere; whatever may send says which file is the ledger's home, and the two ways on."""
    stage = Copies(tmp_path, 25)
    stage.some(1)
    path = stage.copy()
    with stage.opened(path) as ledger, stage.client() as client:
        job = ledger.find()
        assert job.sum() == Sum(25, sent=10, left=15)
        assert len(job.results().only("sent")) == 10
        for send in (job.bind, job.preflight, lambda client: next(job.run(client))):
            with pytest.raises(LedgerError) as caught:
                send(client)
            assert str(caught.value) == (
                f"This ledger is a copy, or was moved to another disk: its home is {stage.file} on "
                f"{socket.gethostname()} (still there), and this is {path} on {socket.gethostname()}. Sending from two "
                "copies would invite people twice. If the other one is still used, go on there. If not: clerkbulk "
                f"resume --ledger {path} --settle-copy"
            )
    assert len(stage.posts()) == 1
    assert stage.rest() == Sum(25, sent=25)


def test_a_ledger_of_another_name_or_on_a_machine_of_another_name_is_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved within a disk, a container started anew: no copy, and the new name is written down."""
    stage = Copies(tmp_path, 25)
    stage.some(1)
    stage.file = stage.file.rename(tmp_path / "renamed.db")
    if born(stage.file) is not None:
        monkeypatch.setattr(socket, "gethostname", lambda: "3f2c1a")
    assert stage.rest() == Sum(25, sent=25)
    with stage.opened() as ledger, ledger.begin() as connection:
        assert connection.execute(sa.select(tables.home.c.path)).scalar() == str(stage.file)


def test_a_copy_that_gets_the_number_of_the_original_is_noticed(tmp_path: Path) -> None:
    """rm, cp: many disks give the number out again at once; the birth is another one."""
    stage = Copies(tmp_path, 25)
    stage.some(1)
    backup = stage.copy("backup.db")
    stage.file.unlink()
    copy(backup, stage.file)
    assert "This ledger is a copy" in refused(stage)


def test_an_older_state_written_over_the_ledger_is_noticed(tmp_path: Path) -> None:
    """A copy over it (cp backup.db onboarding.db): the same file, and it does not know of calls made from it."""
    stage = Copies(tmp_path)
    write_mark(tmp_path, 1)
    if not read_mark(tmp_path):
        pytest.skip("this disk keeps no extended attributes")
    stage.some(1)
    backup = stage.copy("backup.db")
    stage.some(2)
    copy(backup, stage.file)
    assert refused(stage) == (
        f"The ledger {stage.file} was put back to an older state: calls were made after it that it does not know of. "
        "Sending from it now would invite people twice. Put the newest copy back. If there is none: clerkbulk "
        f"resume --ledger {stage.file} --settle-copy"
    )
    assert stage.settle() == Settled(str(stage.file), moved=True, retired=None, jobs=1, invitations=20)
    assert stage.rest() == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))


def test_an_emptied_file_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    """Whoever was invited from it would be invited again."""
    stage = Copies(tmp_path, 25)
    stage.some(1)
    if not read_mark(stage.file):
        pytest.skip("this disk keeps no extended attributes")
    os.truncate(stage.file, 0)
    assert refused(stage) == (
        f"{stage.file} was emptied, and calls were made from it. Put its newest copy in its place."
    )


def test_a_ledger_with_two_names_sends_nothing(tmp_path: Path) -> None:
    """A hard link: each name has a log of its own, and each program reads only one of them."""
    stage = Copies(tmp_path, 25)
    stage.some(1)
    (tmp_path / "again.db").hardlink_to(stage.file)
    assert "has a second name (a hard link)" in refused(stage)
    (tmp_path / "again.db").unlink()
    assert stage.rest() == Sum(25, sent=25)
