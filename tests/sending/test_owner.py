"""Whose call it is, and whether they can still be at it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from clerkbulk.sending.during.owner import Owner


def test_an_owner_is_written_down_and_read_again() -> None:
    """What the ledger has is enough to find the process again."""
    mine = Owner.here()
    assert Owner.read(str(mine)) == mine
    assert mine.pid == os.getpid()
    assert mine.is_of_this_machine


def test_a_run_of_this_process_is_at_work_between_its_begin_and_its_end() -> None:
    """Two runs of one process, in a notebook say, can tell which of them is still at it."""
    mine, other = Owner.here(), Owner.here()
    assert mine != other
    assert not mine.is_at_work()
    mine.begin()
    assert mine.is_at_work()
    assert not other.is_at_work()
    mine.end()
    assert not mine.is_at_work()


def test_another_process_is_at_work_as_long_as_it_lives() -> None:
    """Also when it has ended and its parent has not noticed yet."""
    code = "from clerkbulk.sending.during.owner import Owner; print(Owner.here(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        theirs = Owner.read(child.stdout.readline().strip())
        assert theirs.pid == child.pid
        assert theirs.is_of_this_machine
        assert theirs.is_at_work()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not theirs.is_at_work()
        child.wait()
        assert not theirs.is_at_work()


def test_a_process_number_used_again_is_another_process() -> None:
    """Numbers come round again, most of all in containers, where everybody is number 1 or 7."""
    assert not replace(Owner.here(), pid=os.getppid(), started="12").is_at_work()
    mine = replace(Owner.here(), started="12")
    mine.begin()
    assert not mine.is_at_work()
    mine.end()


def test_the_processes_of_another_machine_cannot_be_asked() -> None:
    """Nor can those of another container or a clone that has the same host name: each was started by itself."""
    assert not replace(Owner.here(), machine="elsewhere").is_of_this_machine
    host, processes, boot = Owner.here().machine.split("/")
    assert boot == Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
    for other in (f"{host}/pid:[1]/{boot}", f"{host}/{processes}/00000000"):
        assert not replace(Owner.here(), machine=other).is_of_this_machine
