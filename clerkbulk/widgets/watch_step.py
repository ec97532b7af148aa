"""WatchStep: where a job stands, and what can be done about it. It is read from the ledger, whoever sends."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from clerkbulk.errors import ClerkbulkError
from clerkbulk.people.wording import counted
from clerkbulk.sending.clock import Clock, SystemClock
from clerkbulk.sending.during.at_work import GONE, Attendance
from clerkbulk.sending.during.watching import glance
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import JobRecord, Ledger
from clerkbulk.sending.progress import Limits, Progress
from clerkbulk.sending.state import JobState, Sum
from clerkbulk.widgets import nodes
from clerkbulk.widgets.access import FORGET, Access
from clerkbulk.widgets.errands import PULSE, Errands, Then
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.outcomes import SHEETS, Cause, causes, sheet
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen
from clerkbulk.widgets.words import clock_time, in_a_form, numbers, sum_in_words

PAUSE: Final = "pause"
GO_ON: Final = "go_on"
STOP: Final = "stop"
STOP_NOW: Final = "stop_now"
KEEP_ON: Final = "keep_on"
DOWNLOAD: Final = "download"
AT_WORK: Final = 2.0
"""Seconds between two looks at the ledger while somebody is at work: each takes its lock for a moment."""
AT_REST: Final = 10.0
"""Seconds between two looks while nobody is: somebody may let the job go on from elsewhere."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the last look at the ledger has found."""

    record: JobRecord
    progress: Progress
    here: Attendance


class WatchPart(Part):
    """Shows a job of a ledger, and lets people pause it, let it go on, stop it, and take its results.

    Without a job it is the ledger's unfinished one, or else the newest: a kernel that was started anew finds it there.
    A ledger that is not there yet is not made.
    """

    def __init__(
        self,
        ledger: Ledger | str | os.PathLike[str],
        job_id: str | None = None,
        access: Access | None = None,
        *,
        limits: Limits | str = Limits.DOCUMENTED,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.access = access or Access()
        self.errands = Errands()
        self.job_id = job_id
        self.trouble: str | None = None
        self._ledger = ledger
        self._limits = Limits(limits)
        self._clock = clock or (ledger.clock if isinstance(ledger, Ledger) else SystemClock())
        self._seen: _Seen | None = None
        self._causes: tuple[object, list[Cause]] = (None, [])
        self._asks_to_stop = False
        self.poll(self._clock.now())

    def follow(self, job: Job) -> None:
        """Show another job of the same ledger from now on."""
        self.job_id, self._seen, self._asks_to_stop = job.id, None, False
        self.poll(self._clock.now())
        self.show()

    def poll(self, now: float) -> None:
        """Read where the job stands at now, seconds since 1970. What goes wrong is shown, and read again later."""
        try:
            job = self._job()
            if job is None:
                return
            progress, here = glance(self.ledger, job.id, now)
            self._seen, self.trouble = _Seen(job.record, progress, here), None
            self.job_id = job.id
            told = (job.id, progress.sum.refused, progress.sum.invalid)
            if self._causes[0] != told:
                # Only then: to put thousands of rows into words takes a moment, and sent ones need none.
                self._causes = told, causes(job.results()) if any(told[1:]) else []
        except ClerkbulkError as error:
            self.trouble = str(error)

    def hear(self, name: str, value: Any) -> None:
        """Take a button, or the page's question whether anything has changed."""
        self.errands.settle()
        if self.access.hear(name, value):
            self.errands.trouble.pop(GO_ON, None)
        elif name in {PAUSE, STOP_NOW}:
            self._pause()
        elif name == GO_ON:
            self._begin_going_on()
        elif name == STOP:
            self._asks_to_stop = True
            self.focus(KEEP_ON)
        elif name == DOWNLOAD:
            self._begin_download(str(value))
        if name in {STOP_NOW, KEEP_ON, GO_ON, PAUSE}:
            self._asks_to_stop = False
        self.poll(self._clock.now())
        self.show()

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened now if it was not. Raises LedgerError."""
        if not isinstance(self._ledger, Ledger):
            self._ledger = Ledger(self._ledger)
        return self._ledger

    def _job(self) -> Job | None:
        """Return the job, None while the ledger has none or is not there."""
        where = self._ledger
        if not isinstance(where, Ledger) and "://" not in str(where) and not Path(where).exists():
            return None
        return self.ledger.find(self.job_id) if self.job_id or self.ledger.jobs() else None

    def _pause(self) -> None:
        try:
            if (job := self._job()) is not None:
                job.pause()
            self.errands.trouble.pop(PAUSE, None)
        except ClerkbulkError as error:
            self.errands.trouble[PAUSE] = str(error)

    def _begin_going_on(self) -> None:
        self.poll(self._clock.now())
        client, seen = self.access.client, self._seen
        if client is None or seen is None or self.errands.is_under_way(GO_ON):
            return
        if seen.here.is_at_work or not seen.progress.sum.open or seen.progress.state is JobState.NEW:
            return
        job = Job(self.ledger, seen.record.id)

        def work() -> Then:
            with self.access.using(client):
                job.start(client, limits=self._limits)
            return _nothing

        self.errands.begin(GO_ON, lambda: "Starting the process that sends.", work)

    def _begin_download(self, which: str) -> None:
        job = self._job()
        if job is None or which not in SHEETS:
            return

        def work() -> Then:
            name, content = sheet(job.results(), which)
            return lambda: self.download(name, content)

        self.errands.begin(DOWNLOAD, lambda: f"Writing the sheet: {SHEETS[which].lower()}.", work)

    # What is to be seen.

    def view(self) -> Node:
        """Return where the job stands, what became of whom, and the buttons."""
        title, seen = nodes.text("Watch", as_="h2"), self._seen
        said = [nodes.notice(in_a_form(self.trouble), tone="error")] if self.trouble else []
        going = [node for name in (PAUSE, GO_ON, DOWNLOAD) for node in self.errands.view(name)]
        soon = self.errands.pulse()
        if seen is None:
            nothing = nodes.notice("Nothing was sent yet: plan and send first.")
            pulse = nodes.pulse(PULSE, AT_REST)
            return nodes.box([title, *(said or [nothing]), pulse], as_="section", label="Watch")
        progress, people = seen.progress, seen.record.rows - seen.progress.sum.invalid
        settled = people - progress.sum.open
        return nodes.box(
            [
                title,
                nodes.text(f"{seen.record.source_name} → {seen.record.target}, {seen.record.id}", as_="strong"),
                nodes.box([self._state(seen)], key="state"),
                nodes.box([*said, *going], key="said"),
                nodes.progress(settled, people, f"{settled:,} of {counted(people, 'person', 'people')} settled"),
                nodes.text(self._hour(seen)),
                nodes.text(sum_in_words(progress.sum)),
                nodes.box([self._buttons(seen)], key="buttons"),
                nodes.box(self._why(), key="causes"),
                self._sheets(progress.sum),
                *(soon or [nodes.pulse(PULSE, AT_WORK if seen.here.is_at_work else AT_REST)]),
            ],
            as_="section",
            label="Watch",
        )

    def _state(self, seen: _Seen) -> Node:
        words, tone = state_in_words(seen.progress, seen.here)
        who = ", ".join(owner.name for owner in seen.here.present)
        return nodes.notice(f"{words}{f' At work on it: {who}.' if who else ''}", tone=tone)

    def _hour(self, seen: _Seen) -> str:
        """Return the budget: 25 of 25 used, next call 14:32."""
        hour, now = seen.progress.budget, seen.progress.at
        calls = f"{counted(seen.progress.calls, 'call')} made by this job."
        if not seen.progress.sum.open:
            return f"{hour.sentence}; {calls}"
        return f"{hour.sentence}, {_next_call(seen.progress, now)}; {calls}"

    def _buttons(self, seen: _Seen) -> Node:
        state, here = seen.progress.state, seen.here
        if not seen.progress.sum.open or state is JobState.NEW:
            return nodes.box([], key="none")
        if self._asks_to_stop:
            return nodes.notice(
                self._meaning_of_stop(seen),
                tone="warning",
                children=[
                    nodes.box(
                        [
                            nodes.button(STOP_NOW, "Stop", tone="danger"),
                            nodes.button(KEEP_ON, "Do not stop", tone="plain"),
                        ],
                        as_="row",
                    )
                ],
            )
        busy = self.errands.is_under_way(GO_ON)
        if here.is_at_work and not here.pause_asked:
            made = [nodes.button(PAUSE, "Pause"), nodes.button(STOP, "Stop …", tone="danger")]
            return nodes.box(made, as_="row", label="The job")
        rests = not here.is_at_work
        go_on = nodes.button(GO_ON, "Go on", tone="primary", disabled=busy or self.access.client is None or not rests)
        if not rests:
            return nodes.box([go_on], as_="row", label="The job", key="resting")
        waits = [nodes.button(PAUSE, "Pause")] if state is JobState.WAITING else []
        forget = [nodes.button(FORGET, "Forget the key", tone="small")] if self.access.client is not None else []
        with_key = self.access.notice() if self.access.client is not None else self.access.view()
        buttons = nodes.box([go_on, *waits, *forget], as_="row", label="The job", key="go-on")
        return nodes.box([nodes.box([with_key], key="key"), buttons], key="resting")

    def _meaning_of_stop(self, seen: _Seen) -> str:
        sum_ = seen.progress.sum
        return (
            "To stop means: the call in flight is heard out, and nothing more leaves. Who is invited stays invited "
            f"({sum_.sent:,} by now), and nobody is taken back. {sum_.open:,} who are not stay in the ledger: Go on "
            "takes them up again, tomorrow too."
        )

    def _why(self) -> list[Node]:
        found = self._causes[1]
        if not found:
            return []
        rows = [[cause.reason, f"{len(cause.lines):,}", numbers(cause.lines), cause.remedy] for cause in found]
        return [nodes.table("Not invited, by cause", ["cause", "rows", "lines", "what to do"], rows, numbers=(1,))]

    def _sheets(self, sum_: Sum) -> Node:
        for_now = sum(cause.for_now for cause in self._causes[1])
        chosen = sum(len(cause.lines) for cause in self._causes[1] if cause.is_choice)
        sizes = {"all": sum_.rows, "errors": sum_.refused + sum_.invalid - chosen, "todo": sum_.open + for_now}
        busy = self.errands.is_under_way(DOWNLOAD)
        buttons = [
            nodes.button(DOWNLOAD, f"{label} ({sizes[which]:,})", value=which, disabled=busy or not sizes[which])
            for which, label in SHEETS.items()
        ]
        # A box of its own for each: they share a name, and a page tells neighbours apart by it.
        boxes = [nodes.box([button], key=f"sheet-{button['value']}") for button in buttons]
        return nodes.box([nodes.text("The sheet back, as CSV:", as_="span"), *boxes], as_="row", key="sheets")


class WatchStep(Screen):
    """The fifth step by itself, for a ledger. Arguments as WatchPart has them."""

    def __init__(
        self,
        ledger: Ledger | str | os.PathLike[str] = "onboarding.db",
        job_id: str | None = None,
        access: Access | None = None,
    ) -> None:
        super().__init__(WatchPart(ledger, job_id, access))


def state_in_words(progress: Progress, here: Attendance) -> tuple[str, str]:
    """Return what a job really does, in words, and the tone of the notice that says so."""
    state, now = progress.state, progress.at
    asked = " Asked to pause: the call in flight is heard out first." if here.pause_asked and here.is_at_work else ""
    if here.is_interrupted(state):
        return f"Interrupted: {GONE}.", "warning"
    reason = in_a_form(progress.reason or "").rstrip(".")
    why = f": {reason}" if reason else ""
    match state:
        case JobState.WAITING if progress.waiting_until is not None:
            until = clock_time(progress.waiting_until, now)
            if here.is_at_work or progress.waiting_until > now:
                return f"Waiting until {until}{why}.{asked}", "info"
            return f"Waiting since {until}{why}: let it go on.", "warning"
        case JobState.RUNNING | JobState.WAITING:
            return f"Sending.{asked}", "info"
        case JobState.PAUSED:
            return "Paused: nothing leaves until you let it go on.", "warning"
        case JobState.STOPPED:
            return f"Stopped{why}.", "error"
        case JobState.DONE:
            return "Done: everybody is settled.", "ok"
        case _:
            return "Never begun: look at it in Plan and send.", "info"


def _next_call(progress: Progress, now: float) -> str:
    at = max(progress.budget.next_call_at, progress.waiting_until or 0.0)
    return f"next call {clock_time(at, now)}" if at > now else "the next call may leave now"


def _nothing() -> None:
    """Leave it to the next look at the ledger."""
