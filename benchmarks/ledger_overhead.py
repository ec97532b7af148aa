"""What the ledger costs a call, at full durability: milliseconds, and as a ratio to a POST over loopback.

    python benchmarks/ledger_overhead.py [CALLS] [FOLDER]

One job of CALLS times ten people is sent to an emulator on a loopback port, without limits. What the ledger does per
call (settling's look for open calls, claim, close, progress) is everything but the POST itself.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.contract.target import Target
from clerkbulk.sending.client import Answer, Client

TARGET_MS = 10.0
"""The reach set in the design, ledger overhead per call."""


class Timed:
    """A client whose creating calls are timed."""

    def __init__(self, client: Client) -> None:
        self._client, self.seconds = client, 0.0

    def create(self, target: Target, items: list[dict[str, object]], lane: Lane = Lane.BULK) -> Answer:
        """Post, and add up the time it takes."""
        begin = time.perf_counter()
        answer = self._client.create(target, items, lane)
        self.seconds += time.perf_counter() - begin
        return answer

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)


def measure(calls: int, folder: str | None) -> tuple[float, float]:
    """Return milliseconds a call of the ledger, and of the POST."""
    rows = [{"email_address": f"p{n}@example.com"} for n in range(10 * calls)]
    checked = cb.check(rows)
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        cb.Emulator(limits="off") as clerk,
        clerk.client() as client,
        cb.Ledger(Path(place) / "ledger.db") as ledger,
    ):
        client.create(checked.target, [{"email_address": "warm@example.com"}])
        timed = Timed(client)
        job = ledger.job(checked)
        begin = time.perf_counter()
        for progress in job.run(timed, limits="off"):  # type: ignore[arg-type]
            assert progress.sum.rows == 10 * calls
        took = time.perf_counter() - begin
        assert job.sum().sent == 10 * calls
    return (took - timed.seconds) / calls * 1000, timed.seconds / calls * 1000


def main() -> None:
    """Measure three times and print the best, which is the machine's noise left out."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    folder = sys.argv[2] if len(sys.argv) > 2 else None
    ours, post = min(measure(calls, folder) for _ in range(3))
    print(
        f"{calls} calls of ten: ledger {ours:.2f} ms a call, POST over loopback {post:.2f} ms, ratio {ours / post:.2f}"
    )
    print(f"target under {TARGET_MS:.0f} ms: {'met' if ours < TARGET_MS else 'missed'}")


if __name__ == "__main__":
    main()
