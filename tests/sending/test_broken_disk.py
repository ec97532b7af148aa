"""Broken disks: full, read-only, damaged, locked, gone; nothing leaves without a durable intent, and nobody twice."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from copies import copy
from stage import Between, Stage, checked, people

import clerkbulk as cb
from clerkbulk.errors import LedgerError
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import Sum
from clerkbulk.sending.store import sqlite_file
from clerkbulk.sending.store.network_drive import Mount, mount_in

MOUNTS = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /mnt/share rw,relatime shared:1 - nfs4 server:/export rw,vers=4.2
41 27 0:41 / /mnt/share/local rw - xfs /dev/vdb rw
42 27 0:42 / /mnt/my\040files rw,relatime master:2 propagate_from:1 - cifs //server/files rw
43 27 0:43 / /home/ada/auto rw - autofs systemd-1 rw
44 43 0:44 / /home/ada/auto rw - nfs server:/home rw
45 27 0:45 / /home/ada/remote rw - fuse.sshfs ada@server:/data rw
46 27 0:46 / /mnt/c rw - 9p drvfs rw
47 27 0:47 / /data rw - zfs tank/data rw
a line of something else
"""


@pytest.mark.parametrize(
    ("path", "mount", "refused"),
    [
        ("/home/ada/a.db", Mount("/", "ext4"), False),
        ("/mnt/share/a.db", Mount("/mnt/share", "nfs4"), True),
        ("/mnt/share/deep/down/a.db", Mount("/mnt/share", "nfs4"), True),
        ("/mnt/share/local/a.db", Mount("/mnt/share/local", "xfs"), False),
        ("/mnt/shared/a.db", Mount("/", "ext4"), False),
        ("/mnt/my files/a.db", Mount("/mnt/my files", "cifs"), True),
        ("/home/ada/auto/a.db", Mount("/home/ada/auto", "nfs"), True),
        ("/home/ada/remote/a.db", Mount("/home/ada/remote", "fuse.sshfs"), True),
        ("/mnt/c/Users/a.db", Mount("/mnt/c", "9p"), True),
        ("/data/a.db", Mount("/data", "zfs"), False),
    ],
)
def test_a_path_lies_on_the_most_specific_mount(path: str, mount: Mount, refused: bool) -> None:
    """The last of several at the same folder; spaces are written in octal."""
    assert mount_in(MOUNTS, path) == mount
    assert mount.is_network_drive is refused


def test_where_nothing_is_told_nothing_is_refused() -> None:
    """Systems without /proc."""
    assert mount_in("", "/home/ada/a.db") is None


def test_a_ledger_on_a_network_drive_is_refused_when_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also to look at it: what is read there may be half written. No file is made."""
    monkeypatch.setattr(sqlite_file, "mount_of", lambda path: Mount("/mnt/share", "nfs4"))
    with pytest.raises(LedgerError) as caught:
        Ledger(tmp_path / "a.db")
    assert str(caught.value) == (
        f"{tmp_path / 'a.db'} lies on a network drive (nfs4, mounted at /mnt/share): machines do not see each other's "
        "locks there, and two of them would invite the same people. Put the ledger on a local disk; several machines "
        "share one on PostgreSQL (--ledger postgresql://USER@HOST/DATABASE)."
    )
    assert list(tmp_path.iterdir()) == []


# A full disk.


def fill(ledger: Ledger) -> None:
    """Let the ledger's disk be full from now on: SQLite itself says so at its next page."""
    with closing(ledger._database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        cursor.execute("PRAGMA cache_size=1")
        cursor.execute(f"PRAGMA max_page_count={pages}")


def lengthen(response: httpx.Response) -> httpx.Response:
    """Make an answer so long that it needs a page of its own."""
    return httpx.Response(response.status_code, headers={"Content-Type": "application/json"},
                          content=response.content + b" " * 100_000)  # fmt: skip


class Filling(httpx.BaseTransport):
    """Fills the ledger's disk when a call has arrived: its outcome cannot be written."""

    def __init__(self, stage: Stage, ledger: Ledger, at_call: int) -> None:
        self._stage, self._ledger, self._at_call = stage, ledger, at_call

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._stage.backend.transport().handle_request(request)
        if request.method == "POST" and len(self._stage.posts()) == self._at_call:
            response.read()
            fill(self._ledger)
            return lengthen(response)
        return response


def test_a_disk_that_is_full_when_the_answer_comes_leaves_rows_that_are_looked_up(tmp_path: Path) -> None:
    """The people are invited, and the ledger cannot say so: unknown, and never posted again."""
    stage = Stage(tmp_path)
    table = checked(people(25), ignore_existing=True)
    with stage.ledger() as ledger, stage.client(Filling(stage, ledger, 2)) as client:
        with pytest.raises(LedgerError) as caught:
            list(ledger.job(table).run(client))
        assert str(caught.value) == (
            f"The ledger {stage.path} cannot be read or written (database or disk is full). Make room on its disk and "
            "see that the disk is in order, then go on: nothing is lost."
        )
    assert len(stage.posts()) == 2
    with stage.ledger() as ledger:
        assert ledger.find().sum() == Sum(25, sent=10, unknown=10, left=5)
    assert stage.send(table).sum() == Sum(25, sent=25)
    assert stage.invited() == Counter(people(25))


LIMITED = """
import resource, sys
from clerkbulk.cli import main
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
main()
"""


def test_wherever_the_disk_is_full_nobody_is_lost_and_nobody_invited_twice(tmp_path: Path) -> None:
    """A real process, whose files may not grow beyond some size, again and again with a little more room."""
    source, ledger = tmp_path / "people.csv", tmp_path / "a.db"
    source.write_text("email\n" + "\n".join(people(60)) + "\n")
    send = ["send", source, "--ledger", ledger, "--default", "ignore_existing=true", "--limits", "off", "--yes",
            "--no-preflight"]  # fmt: skip
    with cb.Emulator(limits="off") as clerk:
        environment = {**os.environ, "CLERK_API_URL": clerk.url, "CLERK_SECRET_KEY": "sk_test_fake"}

        def live(limit: int) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-c", LIMITED, str(limit), *map(str, send)]
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

        said, ends = [], Counter[int]()
        sent_by_a_failed_one = 0
        for limit in (30_000, 150_000, 200_000, 230_000, 260_000, 300_000, 400_000, 10_000_000):
            ended = live(limit)
            ends[ended.returncode] += 1
            if ended.returncode == 2:
                said.append(ended.stderr)
                sent_by_a_failed_one = len(clerk.state()["invitations"])
            if ended.returncode == 0:
                break
        invited = Counter(item["email_address"] for item in clerk.state()["invitations"])
    assert invited == Counter(people(60))
    assert ends[0] == 1
    assert set(ends) <= {0, 2, 3}, said
    assert all("cannot be read or written (" in text or "is not a ledger" in text for text in said), said
    assert sent_by_a_failed_one > 0, "no disk was full in the middle: the test proves nothing"


# A disk or a file that may not be written.


def test_a_file_made_read_only_on_the_way_stops_the_run_before_the_next_call(tmp_path: Path) -> None:
    """Root may write all the same, so the disk says it: by an immutable database."""
    stage = Stage(tmp_path)
    table = checked(people(25))
    with stage.ledger() as ledger, stage.client() as client:
        run = ledger.job(table).run(client)
        while not stage.posts():
            next(run)
        with closing(ledger._database.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA query_only=ON")
        with pytest.raises(LedgerError, match="Make the file and its folder writable, then go on: nothing is lost"):
            list(run)
    assert len(stage.posts()) <= 1 + 1
    assert stage.send(table).sum() == Sum(25, sent=25)
    assert max(stage.invited().values()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_file_or_folder_is_refused_when_it_is_opened(tmp_path: Path, what: str) -> None:
    """Nothing was sent, and that is said."""
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "a.db"
    Ledger(path).close()
    locked = path if what == "file" else folder
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        with pytest.raises(LedgerError, match=r"cannot be (read or )?written"):
            Ledger(path)
    finally:
        locked.chmod(0o700)


# A damaged file.


def scribble(path: Path) -> None:
    """Write over the middle."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 3)
        file.write(os.urandom(size // 3))


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_in_a_page(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1000)


def no_head(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\0" * 100)


@pytest.mark.parametrize("damage", [scribble, cut_off, cut_in_a_page, no_head])
def test_a_damaged_ledger_sends_nothing_and_its_backup_goes_on(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """Whatever is broken, it is said before a call leaves; the backup is put in its place, settled, and goes on."""
    stage = Stage(tmp_path)
    table = checked(people(200), ignore_existing=True)
    with stage.ledger() as ledger, stage.client() as client:
        run = ledger.job(table).run(client)
        while len(stage.posts()) < 2:
            next(run)
        run.close()  # type: ignore[attr-defined]
    backup = copy(stage.path, tmp_path / "backup.db")
    with stage.ledger() as ledger, stage.client() as client:
        run = ledger.job(table).run(client)
        while len(stage.posts()) < 5:
            next(run)
        run.close()  # type: ignore[attr-defined]
    stage.clock.advance(61)
    damage(stage.path)
    with pytest.raises(LedgerError) as caught:
        stage.send(table)
    assert "put its newest copy in its place" in str(caught.value) or "put the newest copy of it" in str(caught.value)
    assert len(stage.posts()) == 5
    copy(backup, stage.path)
    with stage.ledger() as ledger, stage.client() as client:
        assert ledger.settle_copy(client).invitations == 30
    assert stage.send(table).sum() == Sum(200, sent=200)
    assert stage.invited() == Counter(people(200))


def test_damage_where_nobody_looks_yet_is_found_before_the_first_call(tmp_path: Path) -> None:
    """A run would have met it when it writes down an outcome: too late."""
    stage = Stage(tmp_path)
    with stage.ledger() as ledger, stage.client() as client:
        ledger.job(checked(people(25))).bind(client)
    ((page, size),) = stage.place.ask(
        "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = 'batch_by_job'"
    )
    with stage.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    with stage.ledger() as ledger, stage.client() as client, pytest.raises(LedgerError, match=r"is damaged \("):
        ledger.find().bind(client)
    assert stage.posts() == []


@pytest.mark.parametrize("keep", [0.0, 0.4, 0.9])
def test_a_log_that_was_cut_off_loses_no_more_than_reading_finds_again(tmp_path: Path, keep: float) -> None:
    """The last transactions lie in the -wal file until they are moved; without them the ledger is an older state."""
    stage = Stage(tmp_path)
    table = checked(people(60), ignore_existing=True)
    with stage.ledger() as ledger, stage.client() as client:
        run = ledger.job(table).run(client)
        while len(stage.posts()) < 3:
            next(run)
        broken = copy(stage.path, tmp_path / "broken.db")
        run.close()  # type: ignore[attr-defined]
    log = broken.with_name("broken.db-wal")
    os.truncate(log, int(log.stat().st_size * keep))
    stage.path.unlink()
    stage.clock.advance(61)
    with Ledger(broken, clock=stage.clock) as ledger, stage.client() as client:
        job = ledger.job(table)
        with pytest.raises(LedgerError, match=r"This ledger is a copy|came here in a copy|put back to an older state"):
            list(job.run(client))
        ledger.settle_copy(client)
        stage.steps(job, client)
        assert job.sum() == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))


# A file that is gone, or held.


def test_a_ledger_deleted_while_it_is_in_use_is_saved_and_goes_on(tmp_path: Path) -> None:
    """No call leaves that only a file without a name would know of; what it held is written to its place again."""
    stage = Stage(tmp_path)
    table = checked(people(60), ignore_existing=True)
    with stage.ledger() as ledger, stage.client() as client:
        run = ledger.job(table).run(client)
        while len(stage.posts()) < 2:
            next(run)
        for path in tmp_path.iterdir():
            path.unlink()
        with pytest.raises(LedgerError) as caught:
            list(run)
        assert str(caught.value) == (
            f"The ledger {stage.path} was deleted, renamed or replaced while it was in use. What it held was saved in "
            f"{stage.path}: go on with clerkbulk resume --ledger {stage.path} --settle-copy"
        )
        with pytest.raises(LedgerError, match="was deleted, renamed or replaced"):
            ledger.jobs()
    assert len(stage.posts()) == 2
    assert stat.S_IMODE(stage.path.stat().st_mode) == 0o600
    stage.clock.advance(61)
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table)
        assert (job.sum().sent, job.sum().unknown) in {(20, 0), (10, 10)}
        ledger.settle_copy(client)
        stage.steps(job, client)
        assert job.sum() == Sum(60, sent=60)
    assert stage.invited() == Counter(people(60))


def test_a_ledger_replaced_while_it_is_in_use_is_saved_beside_the_new_one(tmp_path: Path) -> None:
    """Whoever put something else there keeps it."""
    path = tmp_path / "a.db"
    with Ledger(path) as ledger:
        job = ledger.job(checked(people(3)))
        os.replace(copy(path, tmp_path / "b.db"), path)
        with pytest.raises(LedgerError, match=r"What it held was saved in .*a\.db\.rescued: go on with"):
            job.sum()
    with Ledger(tmp_path / "a.db.rescued") as saved:
        assert saved.find().sum() == Sum(3, left=3)


def test_a_ledger_that_another_program_holds_is_waited_for_and_then_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer with an open transaction: nothing is sent, nothing lost."""
    monkeypatch.setattr(sqlite_file, "BUSY", 0.1)
    stage = Stage(tmp_path)
    table = checked(people(25))
    with stage.ledger() as ledger, stage.client() as client:
        run = ledger.job(table).run(client)
        while not stage.posts():
            next(run)
        with closing(sqlite3.connect(stage.path, isolation_level=None)) as viewer:
            viewer.execute("BEGIN IMMEDIATE")
            with pytest.raises(LedgerError, match="Another program holds it: end that, then go on: nothing is lost"):
                list(run)
    assert len(stage.posts()) == 1
    assert stage.send(table).sum() == Sum(25, sent=25)
    assert max(stage.invited().values()) == 1


def test_a_ledger_held_when_the_answer_comes_leaves_rows_that_are_looked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a full disk: the outcome is not written, and found out by reading."""
    monkeypatch.setattr(sqlite_file, "BUSY", 0.1)
    stage = Stage(tmp_path)
    table = checked(people(25), ignore_existing=True)
    with closing(sqlite3.connect(stage.path, isolation_level=None, check_same_thread=False)) as viewer:

        def hold(request: httpx.Request) -> None:
            if request.method == "POST" and not viewer.in_transaction:
                viewer.execute("BEGIN IMMEDIATE")

        carrier = Between(stage.backend.transport(), hold)
        with stage.ledger() as ledger, stage.client(carrier) as client, pytest.raises(LedgerError, match="holds it"):
            list(ledger.job(table).run(client))
        viewer.execute("ROLLBACK")
    assert len(stage.posts()) == 1
    assert stage.send(table).sum() == Sum(25, sent=25)
    assert stage.invited() == Counter(people(25))
