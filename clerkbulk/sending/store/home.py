"""Home: the one file in which a ledger's jobs may be sent, written down in the ledger itself.

Two copies of a ledger would each send what the other has sent already. So a copy is looked at freely, and sends nothing
before it has been settled (takeover.py). What tells a copy is its file: another number, another birth, another volume.
The name may change, and so may the machine's: a container has another name each time it starts.

What cannot be noticed from within: a whole machine, or a whole disk, that was cloned or set back to a snapshot. After
that, ``clerkbulk resume --settle-copy`` on the one that goes on, and delete the other.
"""

from __future__ import annotations

import os
import shlex
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from clerkbulk.errors import LedgerError
from clerkbulk.sending import tables
from clerkbulk.sending.store.birth import born
from clerkbulk.sending.store.mark import read_gone, read_mark, write_gone, write_mark

CAME = "came here in a copy of the ledger, or with an older state of it"
"""Written down for every job when a ledger gets a new home: nothing of it is sent before it is settled."""


@dataclass(frozen=True, slots=True)
class Place:
    """A file on a machine. Numbers that the system or the disk does not tell are None."""

    machine: str
    path: str
    device: int
    inode: int
    volume: int | None
    """What its disk calls itself, whichever device that happens to be since the machine was started."""
    born: int | None
    """When the file was made, in nanoseconds since 1970."""

    @classmethod
    def of(cls, path: Path) -> Self:
        """Return where a file is. Raises OSError when there is none."""
        path = path.resolve()
        stat = path.stat()
        named = os.statvfs(path).f_fsid if hasattr(os, "statvfs") else 0
        # Some disks (XFS) give the device's number for their own, and that changes when the machine is started anew.
        volume = None if named in {0, stat.st_dev} else named
        return cls(socket.gethostname(), str(path), stat.st_dev, stat.st_ino, volume, born(path))

    @classmethod
    def read(cls, machine: str, path: str, file: str) -> Self:
        """Return the place whose file was written down."""
        device, inode, volume, birth = (None if word == "-" else int(word) for word in file.split(":"))
        return cls(machine, path, device or 0, inode or 0, volume, birth)

    @property
    def file(self) -> str:
        """What is written down of the file: device, inode, volume and birth."""
        known = (self.device, self.inode, self.volume, self.born)
        return ":".join("-" if number is None else str(number) for number in known)

    def is_same_file(self, other: Place) -> bool:
        """Whether two places are one file; a file on another machine may have the same numbers by chance.

        A birth and a number are shared by no other file, but by those of a volume that was cloned. Where the birth is
        not known, volume or device must do, and then the machine must be the same too.
        """
        if self.inode != other.inode:
            return False
        both_named = self.volume is not None and other.volume is not None
        if self.born is not None and other.born is not None:
            return self.born == other.born and (not both_named or self.volume == other.volume)
        same_disk = self.volume == other.volume if both_named else self.device == other.device
        return same_disk and self.machine == other.machine


class HomeFile:
    """The file of an open ledger, and whether it is the ledger's home."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._opened = self._number()

    def settle_in(self, connection: sa.Connection, now: float) -> Place:
        """Return the ledger's home: this file if none was written down, for then the ledger has just been made."""
        found = home_of(connection)
        if found is None:
            write_home(connection, found := Place.of(self.path), now)
        return found

    def is_in_place(self) -> bool:
        """Whether the file still is where it was when it was opened: nobody has deleted, renamed or replaced it."""
        return self._number() == self._opened

    def is_older(self, connection: sa.Connection) -> bool:
        """Whether the ledger in it does not know of calls made from this file, or that its home went elsewhere."""
        return read_gone(self.path) != "" or read_mark(self.path) > last_call(connection)

    def require(self, connection: sa.Connection, now: float) -> None:
        """Raise LedgerError unless the ledger is at home here, knows all its calls, and has only this one name."""
        here, home = Place.of(self.path), self.settle_in(connection, now)
        if not home.is_same_file(here):
            raise LedgerError(_copied(here, home))
        if self.is_older(connection):
            raise LedgerError(
                f"The ledger {self.path} was put back to an older state: calls were made after it that it does not "
                "know of. Sending from it now would invite people twice. Put the newest copy back. If there is none: "
                f"{way_out(self.path)}"
            )
        if self.path.stat().st_nlink > 1:
            raise LedgerError(
                f"The ledger {self.path} has a second name (a hard link): SQLite keeps a log for each name, and "
                "programs that use different ones would not see what the other sends. Delete one name, and go on."
            )
        if (home.machine, home.path) != (here.machine, here.path):
            values = {"machine": here.machine, "path": here.path, "file": here.file}
            connection.execute(tables.home.update().values(values))

    def require_sound(self, connection: sa.Connection) -> None:
        """Raise LedgerError for a file with pages that are damaged, also where nobody has looked yet.

        About 20 ms for 50,000 rows.
        """
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if said != "ok":
            raise LedgerError(
                f"The ledger {self.path} is damaged ({said}). Send nothing from it: put its newest copy in its place, "
                f"and go on with {way_out(self.path)}"
            )

    def mark(self, calls: int) -> None:
        """Keep in mind how many calls were made from this file."""
        write_mark(self.path, calls)

    def gone_to(self) -> Place | None:
        """Return where the ledger's home went from this file, whatever the ledger in it says."""
        words = read_gone(self.path).split("\n")
        return Place.read(*words) if len(words) == 3 else None

    def _number(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_dev, stat.st_ino


def home_of(connection: sa.Connection) -> Place | None:
    """Return the ledger's home as written down."""
    home = tables.home
    found = connection.execute(sa.select(home.c.machine, home.c.path, home.c.file)).one_or_none()
    return None if found is None else Place.read(*found)


def write_home(connection: sa.Connection, place: Place, now: float) -> None:
    """Make a place the ledger's home."""
    connection.execute(tables.home.delete())
    connection.execute(
        tables.home.insert().values(id=1, machine=place.machine, path=place.path, file=place.file, since=now)
    )


def leave_home(path: Path, to: Place | None) -> None:
    """Keep in mind at a file where the ledger's home went from it, also if an older state is put back into it.

    None: nowhere, it is at home there.
    """
    write_gone(path, "" if to is None else "\n".join((to.machine, to.path, to.file)))


def last_call(connection: sa.Connection) -> int:
    """Return the number of the last call that the ledger knows of."""
    return connection.execute(sa.select(sa.func.max(tables.attempt.c.id))).scalar() or 0


def settled_in(instance_id: str) -> str:
    """Return what is written down for a job when it has been settled in an instance."""
    return f"settled in {instance_id} after {CAME}"


def require_settled(connection: sa.Connection, job_id: str, instance_id: str, path: Path) -> None:
    """Raise LedgerError for a job that came in a copy and has not been settled in the instance yet."""
    line = tables.transition
    last = (
        sa.select(sa.func.max(line.c.id))
        .where(line.c.job_id == job_id, line.c.batch_id.is_(None), line.c.reason == sa.bindparam("reason"))
    )  # fmt: skip
    came = connection.execute(last, {"reason": CAME}).scalar()
    if came is None:
        return
    settled = connection.execute(last, {"reason": settled_in(instance_id)}).scalar()
    if settled is None or settled < came:
        raise LedgerError(
            f"{job_id} came here in a copy of the ledger, and what the other copy has sent of it in instance "
            f"{instance_id} is not known yet: {way_out(path)}"
        )


def way_out(path: Path) -> str:
    """Return the command that settles a copy."""
    return f"clerkbulk resume --ledger {shlex.quote(str(path))} --settle-copy"


def _copied(here: Place, home: Place) -> str:
    there = f"{home.path} on {home.machine}"
    still = " (still there)" if is_there(home) else ""
    return (
        f"This ledger is a copy, or was moved to another disk: its home is {there}{still}, and this is {here.path} on "
        f"{here.machine}. Sending from two copies would invite people twice. If the other one is still used, go on "
        f"there. If not: {way_out(Path(here.path))}"
    )


def is_there(place: Place) -> bool:
    """Whether a place can be reached from here and still holds the file written down."""
    try:
        return Place.of(Path(place.path)).is_same_file(place)
    except OSError:
        return False
