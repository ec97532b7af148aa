"""A ledger that was copied, moved or put back, at the terminal: looked at freely, settled by one option."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from calling import KEY, Program

import clerkbulk as cb
from clerkbulk.sending.during import settling
from clerkbulk.sending.store import former_home, takeover
from clerkbulk.sending.store.mark import read_mark


@pytest.fixture
def clerk(monkeypatch: pytest.MonkeyPatch) -> Iterator[cb.Emulator]:
    """Return an emulator the environment points to; what it did shows in its lists at once."""
    for module in (takeover, former_home, settling):
        monkeypatch.setattr(module, "SETTLE", -5.0)
    with cb.Emulator(limits="off") as running:
        monkeypatch.setenv("CLERK_API_URL", running.url)
        monkeypatch.setenv("CLERK_SECRET_KEY", KEY)
        yield running


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("email,again\n" + "".join(f"p{n}@example.com,yes\n" for n in range(25)))
    return path


def begun(program: Program, clerk: cb.Emulator, people: Path, ledger: Path) -> None:
    """Send ten people; the second call is refused as a whole, and the job stops."""
    clerk.faults([{"do": "pass", "method": "POST"},
                  {"do": "status", "method": "POST", "status": 403, "code": "user_quota_exceeded"}])  # fmt: skip
    send = ("send", people, "--map", "ignore_existing=again", "--ledger", ledger, "--yes", "--limits", "off")
    assert program(*send, "--no-preflight").status == 3


def invited(clerk: cb.Emulator) -> Counter[str]:
    return Counter(item["email_address"] for item in clerk.state()["invitations"])


def everybody() -> Counter[str]:
    return Counter(f"p{n}@example.com" for n in range(25))


def sum_of(said: Any) -> dict[str, int]:
    document = json.loads(said.out)
    return {name: document[name] for name in ("sent", "left", "unknown")}


def test_a_copy_says_what_it_is_and_is_settled_by_one_option(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Status and results as ever; resume and send refuse with exit 2 and the command; that one goes on."""
    ledger, copied = tmp_path / "a.db", tmp_path / "b.db"
    begun(program, clerk, people, ledger)
    shutil.copyfile(ledger, copied)
    assert program("resume", "--ledger", ledger).status == 0
    assert sum_of(program("status", "--ledger", copied, "--format", "json")) == {"sent": 10, "left": 15, "unknown": 0}
    assert program("results", "--ledger", copied).status in {0, 1, 3}
    before = len(clerk.calls())
    for said in (
        program("resume", "--ledger", copied),
        program("send", people, "--map", "ignore_existing=again", "--ledger", copied, "--yes"),
    ):
        assert (said.status, "Not finished" in said.err) == (2, False)
        assert "This ledger is a copy, or was moved to another disk: its home is " in said.err
        assert f"If not: clerkbulk resume --ledger {copied} --settle-copy" in said.err
    assert [call["method"] for call in clerk.calls()[before:]] == ["GET"] * (len(clerk.calls()) - before)
    said = program("resume", "--ledger", copied, "--settle-copy", "--format", "json")
    assert said.status == 0
    assert "Read from Clerk: 15 invitations that this ledger did not know of, sent by another copy of it." in said.err
    assert f"{ledger} sends nothing any more: {copied} goes on." in said.err
    assert sum_of(said) == {"sent": 25, "left": 0, "unknown": 0}
    assert invited(clerk) == everybody()


def test_a_ledger_moved_to_another_disk_goes_on_when_it_is_settled(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """Nothing was sent meanwhile, and no time is lost."""
    ledger, moved = tmp_path / "a.db", tmp_path / "elsewhere.db"
    begun(program, clerk, people, ledger)
    shutil.copyfile(ledger, moved)
    ledger.unlink()
    assert program("resume", "--ledger", moved).status == 2
    said = program("resume", "--ledger", moved, "--settle-copy")
    assert said.status == 0
    assert "Read from Clerk: 0 invitations that this ledger did not know of" in said.err
    assert f"{moved} goes on. The other copy could not be told: see that nobody sends from it." in said.err
    assert invited(clerk) == everybody()


def test_a_renamed_ledger_needs_nothing(program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path) -> None:
    """The same file under another name."""
    begun(program, clerk, people, tmp_path / "a.db")
    ledger = (tmp_path / "a.db").rename(tmp_path / "b.db")
    assert program("resume", "--ledger", ledger).status == 0
    assert invited(clerk) == everybody()


def test_a_backup_put_back_over_the_ledger_is_noticed(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """The file is the same one; that calls were made from it since then, it keeps beside its content."""
    ledger, backup = tmp_path / "a.db", tmp_path / "backup.db"
    begun(program, clerk, people, ledger)
    if not read_mark(ledger):
        pytest.skip("this disk keeps no extended attributes")
    shutil.copyfile(ledger, backup)
    assert program("resume", "--ledger", ledger).status == 0
    shutil.copyfile(backup, ledger)
    said = program("resume", "--ledger", ledger)
    assert said.status == 2
    assert "was put back to an older state" in said.err
    said = program("resume", "--ledger", ledger, "--settle-copy")
    assert (said.status, "Read from Clerk: 15 invitations" in said.err) == (0, True)
    assert invited(clerk) == everybody()


def test_a_list_changed_in_the_ledger_is_refused(
    program: Program, clerk: cb.Emulator, people: Path, tmp_path: Path
) -> None:
    """With a database browser, say: exit 2, one sentence, nothing leaves."""
    ledger = tmp_path / "a.db"
    begun(program, clerk, people, ledger)
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("UPDATE row SET item = replace(item, 'p20@', 'q20@') WHERE line = 22")
        connection.commit()
    said = program("resume", "--ledger", ledger)
    assert said.status == 2
    assert "in the ledger is not the one that somebody said yes to" in said.err
    assert len(invited(clerk)) == 10
