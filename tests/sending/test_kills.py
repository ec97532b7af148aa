"""Real kills: clerkbulk send and resume end by SIGKILL at random moments, and everyone is invited exactly once.

CLERKBULK_KILLS says how many (a dozen unless set); CLERKBULK_SEED begins another series.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import httpx
import killed
import pytest

KILLS = int(os.environ.get("CLERKBULK_KILLS", "12"))
A_ROUND = 12
"""Kills of one job."""
SEED = int(os.environ.get("CLERKBULK_SEED", "0"))
LIVES = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _quick_lives() -> None:
    """Start the server that forks the lives, with everything imported; it finds modules by PYTHONPATH alone."""
    LIVES.set_forkserver_preload(["killed"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()


@contextmanager
def emulating() -> Iterator[str]:
    """Run ``clerkbulk emulate --limits off`` and give its address."""
    command = [sys.executable, "-c", "from clerkbulk.cli import main; main()", "emulate", "--limits", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def control(url: str, door: str, document: Any = None) -> Any:
    method = "GET" if document is None else "POST"
    return httpx.request(method, f"{url}/_emulator/{door}", json=document, trust_env=False, timeout=60).json()


def script(chance: random.Random) -> list[dict[str, Any]]:
    """Return faults for a round: slow answers, so that kills meet calls in flight, and some that get lost."""
    deeds: list[dict[str, Any]] = [
        {"do": "delay", "seconds": 0.06, "times": 3},
        {"do": "drop", "when": "after"},
        {"do": "status", "status": 503, "when": "after"},
        {"do": "html", "when": "after"},
        {"do": "truncate"},
        {"do": "status", "status": 500},
    ]
    weights = [60, 2, 2, 2, 2, 1]
    return [{"method": "POST", **deed} for deed in chance.choices(deeds, weights, k=200)]


def one_life(arguments: list[str], url: str, folder: Path, dies_after: float | None) -> int | None:
    """Let the program live, and kill it so many seconds after it began to send; return its exit status."""
    errors = folder / "stderr.txt"
    errors.unlink(missing_ok=True)
    environment = {"CLERK_API_URL": url, "CLERK_SECRET_KEY": "sk_test_fake"}
    life = LIVES.Process(target=killed.live, args=(arguments, environment, str(errors)))
    life.start()
    if dies_after is not None:
        deadline = time.monotonic() + 60
        while life.is_alive() and not (errors.exists() and " running: " in errors.read_text()):
            assert time.monotonic() < deadline, errors.read_text()
            time.sleep(0.002)
        life.join(dies_after)
        life.kill()
    life.join(120)
    assert life.exitcode is not None, "the program does not end"
    assert life.exitcode in {0, -signal.SIGKILL}, errors.read_text()
    return life.exitcode


@pytest.mark.parametrize("number", range(-(-KILLS // A_ROUND)))
def test_killed_at_random_moments_and_everyone_is_invited_exactly_once(tmp_path: Path, number: int) -> None:
    """Clerk's own record is the witness: ignore_existing would let every second post through."""
    chance = random.Random(1000 * SEED + number)  # noqa: S311 - repeatable, not secret
    addresses = [f"p{n}@example.com" for n in range(80 * A_ROUND)]
    people, ledger = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\n" + "\n".join(addresses) + "\n")
    send = [
        "send",
        str(people),
        "--default",
        "ignore_existing=true",
        "--ledger",
        str(ledger),
        "--yes",
        "--limits",
        "off",
    ]
    resume = ["resume", "--ledger", str(ledger), "--limits", "off"]
    with emulating() as url:
        control(url, "faults", script(chance))
        kills = in_flight = 0
        while kills < A_ROUND:
            arguments = chance.choice([send, resume]) if ledger.exists() else send
            if one_life(arguments, url, tmp_path, chance.uniform(0, 0.4)) == 0:
                break
            kills += 1
            with closing(sqlite3.connect(ledger)) as connection:
                (count,) = connection.execute("SELECT count(*) FROM attempt WHERE ended_at IS NULL").fetchone()
                in_flight += count
        assert kills == A_ROUND, "the job was done before its kills: give it more people"
        assert in_flight > 0, "no kill met a call in flight: the test proves nothing"
        control(url, "faults", [])
        assert one_life(resume, url, tmp_path, None) == 0
        state = control(url, "state")
    invited = Counter(item["email_address"] for item in state["invitations"])
    assert Counter(invited.values()) == Counter({1: len(addresses)})
    assert set(invited) == set(addresses)
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("SELECT state, count(*) FROM row GROUP BY state").fetchall() == [("sent", 960)]
