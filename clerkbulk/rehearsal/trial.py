"""Trial: one run of a whole job against the emulator in virtual time, and what the emulator's own record says of it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clerkbulk.contract.endpoint import HOUR, Lane, endpoint_for
from clerkbulk.contract.target import Target
from clerkbulk.emulator.backend import Backend
from clerkbulk.emulator.clock import VirtualClock
from clerkbulk.emulator.instance import Settings
from clerkbulk.errors import ClerkRefused, NotReachable
from clerkbulk.people.checked import Checked
from clerkbulk.rehearsal.bounds import Bound, bound
from clerkbulk.rehearsal.mortal import Crash, Fate, MortalBackend, MortalLedger
from clerkbulk.rehearsal.trouble import draw
from clerkbulk.rehearsal.witness import Wronged, invited, wronged
from clerkbulk.rehearsal.world import settle
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.plan import timetable
from clerkbulk.sending.client import Client
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.progress import Progress
from clerkbulk.sending.state import JobState, Sum

KEY = "sk_live_trial"
"""A production key, to the emulator: a development instance mails a hundred people a month."""
RESTART = 30.0
"""Virtual seconds from the end of one process to the beginning of the next."""
_PATIENCE = 5
"""How often in a row a job may end without having got further before the trial gives it up."""
_LOOPBACK = "http://127.0.0.1"

Show = Callable[[bool, Progress], None]
"""Is shown whether the run is the one with trouble, and where its job stands, at every step."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What all runs of a rehearsal have in common."""

    checked: Checked
    pace: Pace
    start: float
    known: float
    seed: int
    settings: Settings
    latency: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the whole job, by the emulator's own record of calls and invitations."""

    faults: bool
    hours: float
    """Virtual hours from the start to the moment the last call left."""
    bound: Bound
    calls: Mapping[Lane, int]
    """Calls that left, by lane."""
    sum: Sum
    wronged: Wronged
    reason: str | None = None
    """Why the job did not come to its end; None if it did."""
    crashes: int = 0
    lost_replies: int = 0
    """Calls whose connection was cut before an answer came."""
    throttled: int = 0
    """Calls answered 429."""
    server_errors: int = 0
    """Calls answered 5xx."""

    @property
    def twice(self) -> int:
        """How many people were invited more than once."""
        return len(self.wronged.twice)

    @property
    def lost(self) -> int:
        """How many people were forgotten."""
        return len(self.wronged.lost)

    def to_json(self) -> dict[str, Any]:
        """Return the run as ``rehearse --format json`` has it."""
        return {
            "faults": self.faults,
            **self.figures(),
            "lanes": [
                {"lane": lane.value, "calls": number, "least_calls": least}
                for lane, number, least in zip(
                    Lane, self.calls.values(), (self.bound.bulk, self.bound.single), strict=True
                )
            ],
            "sum": self.sum.to_json(),
            "reason": self.reason,
            "crashes": self.crashes,
            "lost_replies": self.lost_replies,
            "throttled": self.throttled,
            "server_errors": self.server_errors,
        }

    def figures(self) -> dict[str, Any]:
        """Return what a rehearsal is for: the hours and calls against the least, and who was wronged."""
        return {
            "hours": round(self.hours, 4),
            "bound_hours": round(self.bound.hours, 4),
            "calls": sum(self.calls.values()),
            "least_calls": self.bound.calls,
            "twice": self.twice,
            "lost": self.lost,
        }


def run_trial(stage: Stage, *, faults: bool, show: Show) -> Trial:
    """Run the whole job once, as clerkbulk send does; with faults also through everything that goes wrong.

    A process that dies is followed by one that goes on from the ledger alone. Raises InputError.
    """
    checked, clock = stage.checked, VirtualClock(stage.start)
    fate = Fate()
    backend = MortalBackend(fate, stage.latency, clock=clock, settings=stage.settings, seed=stage.seed)
    known = settle(backend, checked, stage.known)
    people = len(checked.items) - len(known)
    if faults:
        trouble = draw(stage.seed, len(timetable(checked.target, people, stage.start, stage.pace)))
        fate.expect(trouble.deaths)
        backend.faults(list(trouble.script))
    with tempfile.TemporaryDirectory(prefix="clerkbulk-rehearsal-") as folder:
        path = Path(folder) / "rehearsal.db"
        reason = _to_the_end(path, backend, fate, stage, lambda progress: show(faults, progress))
        with Ledger(path, clock=clock) as ledger:
            job = ledger.job(checked)
            sum_, results = job.sum(), list(job.results())
    posts = [call for call in backend.calls() if call["method"] == "POST"]
    statuses = Counter(call["status"] for call in posts)
    return Trial(
        faults=faults,
        hours=(posts[-1]["time"] / 1000 - stage.start) / HOUR if posts else 0.0,
        bound=bound(checked.target, people, stage.pace, stage.start),
        calls=_by_lane(checked.target, posts),
        sum=sum_,
        wronged=wronged(results, invited(backend.state(), checked.target, stage.start), known),
        reason=reason,
        crashes=fate.crashes,
        lost_replies=statuses[0],
        throttled=statuses[429],
        server_errors=sum(number for status, number in statuses.items() if status >= 500),
    )


def _to_the_end(path: Path, backend: Backend, fate: Fate, stage: Stage, show: Callable[[Progress], None]) -> str | None:
    """Let one process after the other work on the job until it is done; return why it is not."""
    open_before, in_vain = -1, 0
    while True:
        fate.be_born()
        reason: str | None = None
        try:
            with (
                MortalLedger(fate, path, clock=backend.clock) as ledger,
                Client(KEY, api_url=_LOOPBACK, transport=backend.transport(), clock=backend.clock) as client,
            ):
                job, pace = _begin(ledger, client, stage)
                for progress in job.run(client, pace=pace):
                    show(progress)
                record, left = job.record, job.sum().open
                if record.state is JobState.DONE:
                    return None
                reason = record.reason
        except Crash:
            # Only so many are drawn: no reason to give up.
            backend.clock.sleep(RESTART)
            continue
        except (NotReachable, ClerkRefused) as error:
            reason, left = str(error), -1
        in_vain = in_vain + 1 if left == open_before else 0
        open_before = left
        if in_vain == _PATIENCE:
            return reason
        backend.clock.sleep(RESTART)


def _begin(ledger: Ledger, client: Client, stage: Stage) -> tuple[Job, Pace | None]:
    """Do what clerkbulk send does up to the first call; or, when the job was begun, what clerkbulk resume does."""
    if any(record.state is not JobState.NEW for record in ledger.jobs()):
        return ledger.find(), None
    job = ledger.job(stage.checked)
    job.preflight(client)
    return job, stage.pace


def _by_lane(target: Target, posts: Sequence[Mapping[str, Any]]) -> dict[Lane, int]:
    paths = Counter(call["path"] for call in posts)
    return {lane: paths[endpoint_for(target, lane).path_for(target)] for lane in Lane}
