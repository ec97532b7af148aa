"""One of several processes that send from one ledger: a thread for each of two jobs, until the hour is used up."""

from __future__ import annotations

import sys
import threading

import clerkbulk as cb
from clerkbulk.contract.endpoint import Lane
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.client import Client
from clerkbulk.sending.state import JobState

PEOPLE = 300
PACES = {"bulk": Pace(share=0.4), "both": Pace((Lane.BULK, Lane.SINGLE), 0.4)}
"""The same people in two tables that differ in a cell, in different lanes; two fifths of each hour."""


def send(where: str, url: str, lanes: str) -> None:
    """Send one of the tables until its calls of the hour are used up; complain of anything else."""
    rows = [{"email_address": f"p{n}@example.com", "lanes": lanes} for n in range(PEOPLE)]
    checked = cb.check(rows, metadata=["lanes"], defaults={"ignore_existing": True})
    with cb.Ledger(where) as ledger, Client("sk_test_fake", api_url=url) as client:
        for progress in ledger.job(checked).run(client, pace=PACES[lanes]):
            if progress.state is JobState.WAITING:
                assert "calls of the hour used" in str(progress.reason), progress.reason
                return
    raise AssertionError("the hour was never used up")


def main(where: str, url: str) -> None:
    """Send both tables at once."""
    failed: list[BaseException] = []

    def guarded(lanes: str) -> None:
        try:
            send(where, url, lanes)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=guarded, args=[lanes]) for lanes in PACES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(*sys.argv[1:])
