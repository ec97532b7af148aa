"""Owner: which run of which process makes a call, and whether it can still be at it."""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_AT_WORK: set[str] = set()
"""The runs of this very process that may have a call in flight."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One run of one process. machine tells process numbers of different machines and containers apart."""

    machine: str
    pid: int
    started: str
    """When the process began, as the kernel counts it: process numbers are used again."""
    run: str

    @classmethod
    def here(cls) -> Self:
        """Return a new run of this process."""
        return cls(_machine(), os.getpid(), _started(os.getpid()) or "", secrets.token_hex(4))

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the owner that str() has written down."""
        machine, pid, started, run = text.rsplit(" ", 3)
        return cls(machine, int(pid), started, run)

    def __str__(self) -> str:
        return f"{self.machine} {self.pid} {self.started} {self.run}"

    @property
    def name(self) -> str:
        """What a person calls it: the process and its machine."""
        return f"process {self.pid} on {self.machine.partition('/')[0]}"

    def begin(self) -> None:
        """Say that calls of this run may be in flight from now on."""
        _AT_WORK.add(self.run)

    def end(self) -> None:
        """Say that no call of this run is in flight any more."""
        _AT_WORK.discard(self.run)

    @property
    def is_of_this_machine(self) -> bool:
        """Whether this machine can say what became of it."""
        return self.machine == _machine()

    def is_at_work(self) -> bool:
        """Whether the run may still be waiting for an answer. Meant for owners of this machine."""
        if self.pid == os.getpid() and self.started == (_started(self.pid) or ""):
            return self.run in _AT_WORK
        return _started(self.pid) == self.started


def _machine() -> str:
    """Return what tells this machine from others, as far as the system says.

    Two containers can share a host name, and have their own process numbers. So can two machines that share a ledger on
    a server, clones above all: what tells them apart is the moment each was started.
    """
    known = [socket.gethostname()]
    with suppress(OSError):
        known.append(os.readlink("/proc/self/ns/pid"))
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").partition("-")[0])
    return "/".join(known).replace(" ", "_")


def _started(pid: int) -> str | None:
    """Return when a process began, in clock ticks since the machine did; None when there is no such process."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _unknown_start(pid)
    except ProcessLookupError:
        return None
    # proc(5): the state is field 3, the start time field 22. A zombie has ended, and waits to be noticed.
    return None if state in "ZX" else fields[18]


def _unknown_start(pid: int) -> str | None:
    """Say for a system without /proc whether there is such a process at all."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return ""
