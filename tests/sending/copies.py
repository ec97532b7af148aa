"""Copying a ledger's file as people do: with cp, from outside, so that this process's locks on it stay."""

from __future__ import annotations

import subprocess
from pathlib import Path


def copy(source: Path, to: Path, *options: str) -> Path:
    """Copy a ledger's file, and its log if it has one; what lies at the other path is written over."""
    for ending in ("-wal", "-shm"):
        to.with_name(to.name + ending).unlink(missing_ok=True)
    subprocess.run(["cp", *options, str(source), str(to)], check=True)
    log = source.with_name(source.name + "-wal")
    if log.exists():
        subprocess.run(["cp", *options, str(log), str(to.with_name(to.name + "-wal"))], check=True)
    return to
