"""How long ``import clerkbulk`` takes, against ``import clerk_backend_api``, in fresh processes in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys

TIMES = 7
_TIMED = "import time; began = time.perf_counter(); import {name}; print(time.perf_counter() - began)"


def seconds_of(name: str) -> float:
    """Import a package in a fresh process; return the seconds the import alone took."""
    ran = subprocess.run([sys.executable, "-c", _TIMED.format(name=name)], check=True, capture_output=True, text=True)
    return float(ran.stdout)


def main() -> None:
    """Print the medians and their ratio; a first round warms the disk up."""
    names = ("clerkbulk", "clerk_backend_api")
    rounds = [[seconds_of(name) for name in names] for _ in range(TIMES + 1)][1:]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"import clerkbulk          {ours * 1000:>7.1f} ms")
    print(f"import clerk_backend_api  {theirs * 1000:>7.1f} ms")
    print(f"ratio                     {ours / theirs:>7.3f}")


if __name__ == "__main__":
    main()
