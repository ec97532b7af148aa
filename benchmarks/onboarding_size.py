"""What it takes to look at a large instance: seconds, reads and memory, the first time and each time after.

    python -m benchmarks.onboarding_size [INVITATIONS] [FOLDER]

An emulated instance is filled directly: a third of the invited has accepted and has an account, a tenth was revoked.
Looked at with a ledger's file, and pages of 500 over a transport without a network; the time in between is virtual.
Then another process, which has never seen the instance, tells how onboarding goes from the file: every journey, every
frame, the report with two groupings.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import clerkbulk as cb
from clerkbulk.contract.target import Application
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.onboarding.journeys import journeys
from clerkbulk.onboarding.looking.look import look
from clerkbulk.onboarding.onboarding import Onboarding
from clerkbulk.sending.client import Client

NOON = 1_800_014_400.0
DAY = 86_400.0


def filled(clock: VirtualClock, number: int) -> Backend:
    """Return an instance with so many invitations that were made twenty days ago, ten a second."""
    backend = Backend(limits="documented", clock=clock)
    begin = int((clock.now() - 20 * DAY) * 1000)
    status = {0: "accepted", 1: "accepted", 2: "accepted", 3: "revoked"}
    invitations = [
        {"email_address": f"p{place}@example.com", "status": status.get(place % 10, "pending"),
         "created_at": begin + place // 10 * 1000, "public_metadata": {"team": f"team {place % 7}"}}
        for place in range(number)
    ]  # fmt: skip
    users = [
        {"email_address": f"p{place}@example.com", "created_at": begin + place * 100 + DAY_MS,
         "last_sign_in_at": begin + place * 100 + DAY_MS, "last_active_at": begin + place * 100 + DAY_MS}
        for place in range(number)
        if place % 10 < 3
    ]  # fmt: skip
    backend.seed({"invitations": invitations, "users": users})
    return backend


DAY_MS = int(DAY * 1000)


def main() -> None:
    """Look three times: at everything, at nothing new, and when one in a hundred has accepted."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = sys.argv[2] if len(sys.argv) > 2 else None
    clock = VirtualClock(NOON)
    backend = filled(clock, number)
    print(f"{number:,} invitations; the emulator itself: {_megabytes():,.0f} MB")
    with (
        tempfile.TemporaryDirectory(dir=folder) as place,
        cb.Ledger(Path(place) / "ledger.db", clock=clock) as ledger,
        Client("sk_live_fake", transport=backend.transport(), clock=clock) as client,
    ):
        file = Path(place) / "ledger.db"
        for what, changed in (("first look", 0), ("nothing new", 0), ("one in a hundred accepted", number // 100)):
            world = backend._world
            pending = [one for one in world.invitations if one.is_pending][:changed]
            for one in pending:
                world.put_invitation(replace(one, status="accepted", updated_at=backend.now()))
            clock.advance(DAY)
            begin, began, reads = time.perf_counter(), clock.now(), client.reads
            for _ in look(ledger.begin, client, "ins_bench", [Application()], clock=clock, whom=None):
                pass
            took, waited = time.perf_counter() - begin, clock.now() - began
            print(
                f"{what}: {took:.1f} s and {waited:.0f} s of waiting for our share of the limit, "
                f"{client.reads - reads:,} reads, {_megabytes():,.0f} MB with the emulator, "
                f"file {file.stat().st_size / 1e6:,.0f} MB"
            )
        ledger.close()
        subprocess.run([sys.executable, "-m", "benchmarks.onboarding_size", "--tell", str(file)], check=True)


FRAMES = ("table", "funnel", "curve", "quartiles", "incidence", "cohorts", "over_time", "sources", "open", "back_test")


def tell(path: str) -> None:
    """Tell how onboarding goes, as of the last look of a ledger; print what each part takes."""
    begin = time.perf_counter()
    with cb.Ledger(path) as ledger:
        now = NOON + 3 * DAY
        gathered = journeys(ledger.begin, "ins_bench", now=now, ledger_rows=False)
    told = Onboarding(gathered.journeys, now, looked_at=now, title="a benchmark")
    print(f"told by another process: {len(told.journeys):,} journeys in {time.perf_counter() - begin:.1f} s")
    framed = time.perf_counter()
    for name in FRAMES:
        getattr(told, name)()
    print(f"{len(FRAMES)} frames (pandas): {time.perf_counter() - framed:.1f} s")
    reported = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        replace(told).report(file, by=["team", "week"])  # of one that has not worked out anything yet
        took, size = time.perf_counter() - reported, file.stat().st_size
    print(f"report with two groupings: {took:.1f} s, {size / 1000:,.0f} KB")
    print(f"journeys and report together: {time.perf_counter() - begin - (reported - framed):.1f} s", end="")
    print(f", {_megabytes():,.0f} MB at most")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--tell"]:
        tell(sys.argv[2])
    else:
        main()
