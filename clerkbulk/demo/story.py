"""The story of a job: what happened, call by call and wait by wait, in sentences for somebody who watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clerkbulk.emulator.backend import Backend
from clerkbulk.rehearsal.mortal import Crash
from clerkbulk.sending.state import JobState, RowState, Sum

if TYPE_CHECKING:
    from clerkbulk import Client, Job, Progress


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. at is seconds since 1970, of the instance's clock."""

    at: float
    what: str
    """invited, refused, lost, waiting, crashed, resumed, or the state in which the job ended."""
    subject: str
    sentence: str

    def to_json(self) -> dict[str, str]:
        """Return the moment as ``demo --format json`` has it."""
        at = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"at": at, "what": self.what, "subject": self.subject, "sentence": self.sentence}


def tell(job: Job, client: Client, backend: Backend, reborn: Callable[[], Job]) -> Iterator[Moment]:
    """Run a job to its end and tell what happens as it happens; backend is the instance that client reaches.

    reborn returns the job as the next process finds it, after one that has died on the way.
    """
    story = _Story(job, backend)
    while True:
        try:
            for progress in job.run(client):
                yield from story.after(progress)
        except Crash:
            job = reborn()
            yield from story.crashed(job)
        else:
            return


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Calls in a row that did not go well, until it is known what became of their people."""

    at: float
    first: int
    last: int
    people: int
    lost: bool
    before: Sum
    lines: frozenset[int]
    """Lines whose fate was open after the last of them."""


class _Story:
    """Remembers what has been told: calls that went well are told together, troubles once they are settled."""

    def __init__(self, job: Job, backend: Backend) -> None:
        self._job, self._backend = job, backend
        self._began = backend.clock.now()
        self._posts = len(self._calls_made())
        self._made = 0
        self._told = 0
        self._told_sent = 0
        self._sum = job.sum()
        self._trouble: _Trouble | None = None

    def after(self, progress: Progress) -> Iterator[Moment]:
        """Tell what is new since the last step."""
        new = self._calls_made()[self._posts + self._made :]
        bad = [call for call in new if call["status"] != 200]
        self._made += len(new)
        if bad:
            if self._trouble is None:
                yield from self._invited(progress.at, self._made - 1, progress.sum.sent)
            self._trouble = self._troubled(progress, bad[-1])
        elif self._trouble is not None and progress.state is not JobState.WAITING and not progress.sum.unknown:
            yield self._settled(self._trouble, progress.sum)
            self._trouble = None
        self._sum = progress.sum
        if progress.state is JobState.RUNNING:
            return
        if self._trouble is None:
            yield from self._invited(progress.at, self._made, progress.sum.sent)
        if progress.state is JobState.WAITING and progress.waiting_until is not None:
            sentence = f"until {hour_of(progress.waiting_until)}, {progress.reason or 'as Clerk asks'}"
            yield Moment(progress.at, "waiting", "waiting", sentence)
        else:
            ended = progress.reason or f"after {spoken(progress.at - self._began)} of virtual time"
            yield Moment(progress.at, progress.state.value, progress.state.value, ended)

    def crashed(self, job: Job) -> Iterator[Moment]:
        """Tell that the process is gone whose last call nobody has written the answer of, and that job goes on."""
        self._job, at, sum_ = job, self._backend.clock.now(), job.sum()
        yield from self._invited(at, self._made, sum_.sent)
        (call,) = self._calls_made()[self._posts + self._made :]
        self._made += 1
        lines = frozenset(result.line for result in job.results() if result.state is RowState.UNKNOWN)
        self._trouble = _Trouble(at, self._made, self._made, call["items"], lost=True, before=sum_, lines=lines)
        yield Moment(at, "crashed", _calls(self._made, self._made), "the sender dies before the answer is written down")
        yield Moment(at, "resumed", "resumed", "another one goes on from the ledger")

    def _calls_made(self) -> list[dict[str, int]]:
        return [call for call in self._backend.calls() if call["method"] == "POST"]

    def _invited(self, at: float, last: int, sent: int) -> Iterator[Moment]:
        if last > self._told:
            yield Moment(at, "invited", _calls(self._told + 1, last), f"{sent - self._told_sent} people invited")
            self._told, self._told_sent = last, sent

    def _troubled(self, progress: Progress, call: dict[str, int]) -> _Trouble:
        lines = frozenset(result.line for result in self._job.results() if result.state is RowState.UNKNOWN)
        before = self._trouble
        return _Trouble(
            at=progress.at,
            first=before.first if before else self._made,
            last=self._made,
            people=call["items"] + (before.people if before else 0),
            lost=call["status"] == 0,
            before=before.before if before else self._sum,
            lines=lines,
        )

    def _settled(self, trouble: _Trouble, now: Sum) -> Moment:
        self._told = trouble.last
        subject = _calls(trouble.first, trouble.last)
        if trouble.lost:
            found = [r for r in self._job.results() if r.line in trouble.lines and r.state is RowState.SENT]
            there = sum(r.invited_at is not None and r.invited_at.timestamp() <= trouble.at for r in found)
            self._told_sent += there
            sentence = f"no answer; looked up, not resent: {there} are invited"
            return Moment(trouble.at, "lost", subject, sentence)
        known, kept_out = now.already_there - trouble.before.already_there, now.refused - trouble.before.refused
        aside = [f"{known} known already"] if known else []
        aside += [f"{kept_out} not let in"] if kept_out else []
        again = trouble.people - known - kept_out
        sentence = f"refused; looked up: {', '.join(aside) or 'nobody is to blame'}, {again} go again"
        return Moment(trouble.at, "refused", subject, sentence)


def _calls(first: int, last: int) -> str:
    return f"call {first}" if first == last else f"calls {first}-{last}"


def hour_of(at: float) -> str:
    """Return the time of day, UTC: the demo looks the same everywhere."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M")


def spoken(seconds: float) -> str:
    """Return a duration in hours and minutes, or in seconds when it is short."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in ((hours, "hour"), (minutes, "minute"))]
    return " ".join(part for part, number in zip(parts, (hours, minutes), strict=True) if number)
