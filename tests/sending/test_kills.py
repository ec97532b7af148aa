"""Real kills: clerkbulk send, resume and tick end by SIGKILL at random moments, and everyone is invited exactly once.

CLERKBULK_KILLS says how many (a dozen unless set; make torture takes a thousand); CLERKBULK_SEED begins another series.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
import killed
import pytest
from postgres_server import binaries
from stage import FilePlace, Place

KILLS = int(os.environ.get("CLERKBULK_KILLS", "12"))
A_ROUND = 12
"""Kills of one job."""
SEED = int(os.environ.get("CLERKBULK_SEED", "0"))
LIVES = multiprocessing.get_context("forkserver")
BLOCKED = ("blocked1@example.net", "blocked2@example.net")
"""Whom Clerk refuses, by name; every round has them."""


@dataclass(frozen=True, slots=True)
class Round:
    """One job and how its lives are led."""

    title: str
    to: Sequence[str] = ()
    """Options of send."""
    people: int = 1500
    resumes: Sequence[str] = ("--limits", "off")
    in_pairs: bool = False
    """Two processes at a time work on the ledger; one is killed, and then the other."""
    on_postgres: bool = False

    @property
    def kind(self) -> str:
        """The emulator's word for its invitations."""
        return "organization_invitations" if "--org" in self.to else "invitations"


OFF = ("--limits", "off")
IGNORING = ("--default", "ignore_existing=true")
"""With it a second post would really invite twice: no refusal of Clerk's would save us."""
ORG = ("--org", "org_acme", "--default", "role=org:member")
LANES = ("--lanes", "both", "--share", "0.4")
"""Twenty bulk calls of an organization's hour, and then a hundred single ones."""
ROUNDS = (
    Round("ignoring what exists", (*IGNORING, "--no-preflight", *OFF)),
    Round("organization, two at a time", (*ORG, *OFF), in_pairs=True),
    Round("both lanes", (*ORG, *LANES, "--no-preflight"), people=250, resumes=()),
    Round("ignoring what exists, two at a time", (*IGNORING, *OFF), in_pairs=True),
    Round("on a server, ignoring what exists, two at a time", (*IGNORING, *OFF), in_pairs=True, on_postgres=True),
    Round("waves", (*ORG, "--waves", "5,50,200,rest", *OFF)),
    Round("on a server, both lanes", (*ORG, *LANES), people=250, resumes=(), on_postgres=True),
    Round("application, nothing ignored", OFF),
    Round("organization, without a look ahead", (*ORG, "--no-preflight", *OFF), in_pairs=True),
)


@dataclass
class Tally:
    """What all rounds have seen together."""

    kills: int = 0
    in_flight: int = 0
    """Calls without an outcome, found right after a kill."""
    people: int = 0
    lost: int = 0
    twice: int = 0
    commands: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        of = ", ".join(f"{count:,} of {name}" for name, count in sorted(self.commands.items()))
        return (
            f"{self.kills:,} kills ({of}), {self.in_flight:,} with a call in flight; of {self.people:,} people "
            f"{self.lost:,} lost, {self.twice:,} invited twice"
        )


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Return where everything is counted; what it comes to is shown at the end."""
    counted = Tally()
    yield counted
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        request.config.get_terminal_writer().line(f"\n{counted}")


@pytest.fixture(scope="module", autouse=True)
def _quick_lives() -> None:
    """Start the server that forks the lives, with everything imported; it finds modules by PYTHONPATH alone."""
    LIVES.set_forkserver_preload(["killed"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        forkserver.ensure_running()


@contextmanager
def emulating(folder: Path) -> Iterator[str]:
    """Run ``clerkbulk emulate --limits off`` and give its address."""
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"blocklist": list(BLOCKED)}))
    command = [sys.executable, "-c", "from clerkbulk.cli import main; main()", "emulate", "--limits", "off"]
    with subprocess.Popen([*command, "--settings", settings], stdout=subprocess.PIPE, text=True) as process:
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
        {"do": "drop"},
        {"do": "status", "status": 429, "headers": {"retry-after": "0"}},
        {"do": "status", "status": 409, "when": "after"},
        {"do": "status", "status": 400, "when": "after"},
    ]
    weights = [60, 2, 2, 2, 2, 1, 1, 1, 1, 1]
    return [{"method": "POST", **deed} for deed in chance.choices(deeds, weights, k=200)]


class Life:
    """One life of the program, which begins at once."""

    def __init__(self, arguments: Sequence[str], url: str, said: Path) -> None:
        self.command, self._said = arguments[0], said
        said.unlink(missing_ok=True)
        environment = {"CLERK_API_URL": url, "CLERK_SECRET_KEY": "sk_test_fake"}
        self._process: ForkServerProcess = LIVES.Process(
            target=killed.live, args=(list(arguments), environment, str(said))
        )
        self._process.start()

    def sends(self) -> bool:
        """Wait until it begins to send; say whether it does: it may be over before, or have nothing to do."""
        deadline = time.monotonic() + 60
        while self.is_alive and " running: " not in self.said:
            assert time.monotonic() < deadline, self.said
            time.sleep(0.002)
        return self.is_alive

    @property
    def is_alive(self) -> bool:
        """Whether it goes on."""
        return self._process.is_alive()

    def killed(self) -> bool:
        """Kill it; say whether it was still alive."""
        self._process.kill()
        return self.end() == -signal.SIGKILL

    def end(self, expected: Collection[int] = (0, 1, 3, -signal.SIGKILL)) -> int:
        """Wait for its end and return its exit status: of a kill, or of a program that knows what it leaves."""
        self._process.join(120)
        assert self._process.exitcode is not None, f"the program does not end: {self.said}"
        assert self._process.exitcode in expected, self.said
        return self._process.exitcode

    @property
    def said(self) -> str:
        """Everything it has said."""
        return self._said.read_text() if self._said.exists() else ""


class Witness:
    """Leads the lives of a round and counts."""

    def __init__(self, round_: Round, place: Place, folder: Path, url: str, chance: random.Random) -> None:
        self._round, self._place, self._folder, self._url, self._chance = round_, place, folder, url, chance
        self._people = folder / "people.csv"
        self._people.write_text("email\n" + "\n".join([*self.addresses, *BLOCKED]) + "\n")
        self._send = ["send", str(self._people), *round_.to, "--ledger", place.where, "--yes"]
        self.kills = self.in_flight = 0
        self.commands: Counter[str] = Counter()

    @property
    def addresses(self) -> list[str]:
        """Who is to be invited."""
        return [f"p{n}@example.com" for n in range(self._round.people)]

    def life(self, command: str, number: int = 1) -> Life:
        """Begin a life."""
        rest = [command, "--ledger", self._place.where, *self._round.resumes]
        return Life(self._send if command == "send" else rest, self._url, self._folder / f"said-{number}.txt")

    def kill_once(self) -> None:
        """Lead one life, or two at a time, to their violent ends."""
        begun = self.is_begun()
        first = self.life(self._chance.choice(["send", "resume", "tick"]) if begun else "send")
        lives = [first]
        # Only a life that has begun to send can be met in a call; the other one must find the job begun.
        if first.sends() and self._round.in_pairs:
            lives.append(self.life(self._chance.choice(["send", "resume"]), 2))
            lives[1].sends()
            self._chance.shuffle(lives)
        for life in lives:
            self._wait_for_calls(life, self._chance.randint(1, 7))
            if life.killed():
                self.kills += 1
                self.commands[life.command] += 1
                self.in_flight += self._open_calls()

    def _wait_for_calls(self, life: Life, more: int) -> None:
        """Wait until so many more calls have begun, however fast the machine is, and a moment longer."""
        wanted, deadline = self._calls() + more, time.monotonic() + 60
        while life.is_alive and self._calls() < wanted and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(self._chance.uniform(0, 0.07))

    def is_begun(self) -> bool:
        """Whether there is a job that has begun to send."""
        if isinstance(self._place, FilePlace) and not Path(self._place.where).exists():
            return False
        try:
            return self._calls() > 0
        except Exception:  # of whichever driver: the tables have not been made yet
            return False

    def finish(self) -> None:
        """Go on in peace until it is over."""
        for _ in range(5):
            if Life(["resume", "--ledger", self._place.where, *OFF], self._url, self._folder / "said.txt").end() == 1:
                return
        raise AssertionError((self._folder / "said.txt").read_text())

    def _calls(self) -> int:
        return int(self._place.ask("SELECT count(*) FROM attempt")[0][0])

    def _open_calls(self) -> int:
        return int(self._place.ask("SELECT count(*) FROM attempt WHERE ended_at IS NULL")[0][0])


@pytest.mark.parametrize("number", range(-(-KILLS // A_ROUND)))
def test_killed_at_random_moments_and_everyone_is_invited_exactly_once(
    request: pytest.FixtureRequest, tmp_path: Path, tally: Tally, number: int
) -> None:
    """Clerk's own record is the witness; the ledger says the same."""
    round_ = ROUNDS[number % len(ROUNDS)]
    chance = random.Random(1000 * SEED + number)  # noqa: S311 - repeatable, not secret
    on_server = round_.on_postgres and binaries() is not None
    place: Place = request.getfixturevalue("on_server") if on_server else FilePlace(tmp_path)
    with emulating(tmp_path) as url:
        control(url, "seed", {"organizations": [{"id": "org_acme", "name": "Acme"}]})
        control(url, "faults", script(chance))
        witness = Witness(round_, place, tmp_path, url, chance)
        while witness.kills < A_ROUND:
            open_ = not witness.is_begun() or place.ask("SELECT count(*) FROM row WHERE state IN ('left', 'unknown')")
            assert open_ != [(0,)], "the job was done before its kills: give it more people"
            witness.kill_once()
        control(url, "faults", [])
        witness.finish()
        invited = Counter(item["email_address"] for item in control(url, "state")[round_.kind])
    tally.kills += witness.kills
    tally.commands += witness.commands
    tally.in_flight += witness.in_flight
    tally.people += len(witness.addresses)
    tally.lost += len(set(witness.addresses) - set(invited))
    tally.twice += sum(count > 1 for count in invited.values())
    assert Counter(invited.values()) == Counter({1: round_.people})
    assert set(invited) == set(witness.addresses)
    assert witness.in_flight > 0, "no kill met a call in flight: the test proves nothing"
    lanes = {lane for (lane,) in place.ask("SELECT DISTINCT lane FROM batch")}
    assert lanes == ({"bulk", "single"} if "--lanes" in round_.to else {"bulk"})
    found = place.ask("SELECT state, count(*) FROM row GROUP BY state ORDER BY state")
    assert [tuple(line) for line in found] == [("refused", len(BLOCKED)), ("sent", round_.people)]
