"""What holds for all tests: none of them is timed; what they write lies in memory; who runs which, and how many."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

FRONTS = ("lab", "notebook", "voila", "marimo")
"""Where forms are shown, as the tests of pages name them."""
MEMORY = Path("/dev/shm")
ROOM = 2 << 30
"""Bytes that must be free in memory for temporary files to lie there: a run keeps a few hundred megabytes at a time."""

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def _write_to_memory() -> None:
    """Let temporary folders lie in memory where there is room, unless somebody has said where they shall be.

    A ledger waits for the disk at every commit, and the tests make many thousand of them. Whoever is killed finds the
    same again as on a disk; a power cut is not among the tests.
    """
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return
    runs_programs = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC  # one test installs some
    if runs_programs and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


_write_to_memory()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run one test more at a time than there are cores: many wait for another process, or for a page."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Let all pages of one front be tested by one process, so that its server is started once; those come first.

    Marks could name the groups, but pytest-xdist 3.8 writes them where pytest 9.2 does not look: it groups nothing.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFront(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path, _, rest = nodeid.partition("::")
            if "/browser/" not in path:
                return nodeid
            named = rest.partition("[")[2].removesuffix("]").split("-")
            return next((front for front in FRONTS if front in named), "app")

    return ByFront(config, log)
