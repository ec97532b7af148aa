"""BulkInvite: from a file to everybody invited, five steps in one form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

from clerkbulk.contract.target import Target
from clerkbulk.errors import ClerkbulkError, InputError
from clerkbulk.sending.before.organization import used_organizations
from clerkbulk.sending.client import Client
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger
from clerkbulk.sending.state import JobState
from clerkbulk.widgets import nodes
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.columns_step import ColumnsPart
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.dry_run import Rehearse
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.people_step import PeoplePart
from clerkbulk.widgets.review_step import ReviewPart
from clerkbulk.widgets.screen import Screen
from clerkbulk.widgets.send_step import SendPart
from clerkbulk.widgets.watch_step import WatchPart

STEPS: Final = (
    ("people", "People"), ("columns", "Columns"), ("review", "Review"), ("send", "Plan and send"), ("watch", "Watch"),
)  # fmt: skip

UNDER_WAY: Final = (JobState.RUNNING, JobState.WAITING, JobState.PAUSED, JobState.STOPPED)
"""States of a job that somebody has begun and that has not come to its end."""


class BulkInvitePart(Part):
    """Shows one of five parts, all of them on one draft, and leads from one to the next.

    A ledger in which a job is under way opens at the last step: whoever comes back finds it as it is.
    """

    def __init__(
        self, draft: Draft, access: Access, ledger: Ledger | str | os.PathLike[str], *, rehearse: Rehearse | None = None
    ) -> None:
        super().__init__()
        self.draft = draft
        self._ledger, self._access = ledger, access
        self.send = SendPart(draft, access, ledger, rehearse=rehearse, on_started=self._started)
        self.columns = ColumnsPart(draft, access)
        self.watch: WatchPart | None = None
        self.parts: dict[str, Part] = {
            "people": PeoplePart(draft),
            "columns": self.columns,
            "review": ReviewPart(draft),
            "send": self.send,
        }
        for name, part in self.parts.items():
            self._lead(name, part)
        self.step = "people" if draft.table is None else "columns"
        self._come_back()

    def view(self) -> Node:
        """Return the five steps and the one that is open."""
        at = [name for name, _ in STEPS].index(self.step)
        options = [(name, words, None, self._state(name)) for name, words in STEPS]
        last = at == len(STEPS) - 1
        beyond = None if last else STEPS[at + 1]
        ways = [
            nodes.button("back", f"Back to {STEPS[at - 1][1]}") if at > 0 and not last else None,
            nodes.button("next", f"Next: {beyond[1]}", tone="primary", disabled=self._state(beyond[0]) == "closed")
            if beyond is not None and beyond[0] != "watch"
            else None,
            nodes.button("anew", "Invite more people") if last else None,
        ]
        return nodes.box(
            [
                nodes.choices("step", "Steps", self.step, options, as_="steps"),
                nodes.box([self.parts[self.step].view()], key=self.step),
                nodes.box(ways, as_="row"),
            ],
            as_="section",
            label="Bulk invitation",
        )

    def hear(self, name: str, value: Any) -> None:
        """Take another step, or pass on what is meant for the open one."""
        names = [step for step, _ in STEPS]
        if name == "step":
            self.go(str(value))
        elif name == "next":
            self.go(names[names.index(self.step) + 1])
        elif name == "back":
            self.go(names[names.index(self.step) - 1])
        elif name == "anew":
            self.go("people")
        else:
            self.parts[self.step].hear(name, value)

    def rows(self, grid: str, start: int, stop: int) -> list[dict[str, Any]]:
        """Return rows of the open step's grid."""
        return self.parts[self.step].rows(grid, start, stop)

    def go(self, step: str) -> None:
        """Open another step; one that is closed stays so."""
        if step in self.parts and self._state(step) != "closed":
            self.step = step
            if step == "send":
                self.send.refresh()
        self.show()

    def _state(self, step: str) -> str | None:
        """Return done, closed, or nothing of a step."""
        ready = self._ready()
        if step == "people":
            return "done" if self.draft.table is not None else None
        if step == "columns":
            return "closed" if self.draft.table is None else "done" if self._ready() else None
        if step == "watch":
            return None if self.watch is not None else "closed"
        return "closed" if not ready else None

    def _ready(self) -> bool:
        is_mapped = self.draft.table is not None and self.draft.mapping is not None
        return is_mapped and self.columns.where_to.is_settled

    def _lead(self, name: str, part: Part) -> None:
        part.attach(lambda: self.show() if self.step == name else None, self.focus, self.download)

    def _started(self, job: Job) -> None:
        self._watch(job.id)
        self.step = "watch"
        self.show()

    def _watch(self, job_id: str) -> None:
        self.watch = WatchPart(self._ledger, job_id, self._access)
        self.parts["watch"] = self.watch
        self._lead("watch", self.watch)

    def _come_back(self) -> None:
        """Open the last step when the ledger has a job that is not finished; offer the organizations of all its jobs.

        A ledger that is not there stays so.
        """
        is_file = isinstance(self._ledger, str | os.PathLike) and "://" not in str(self._ledger)
        if is_file and not Path(str(self._ledger)).exists():
            return
        with suppress(ClerkbulkError), ExitStack() as opened:
            ledger = self._ledger
            if not isinstance(ledger, Ledger):
                ledger = opened.enter_context(Ledger(ledger))
            self.columns.where_to.used = used_organizations(ledger)
            job = ledger.find()
            if job.record.state in UNDER_WAY:
                self._watch(job.id)
                self.step = "watch"


class BulkInvite(Screen):
    """From a file to everybody invited. Show it in a notebook; run the cell again and it is where it was.

    people is anything ``cb.read`` takes (or nothing: a file is dropped into the form); target, columns, defaults and
    metadata are what the form begins with. ledger is a file, or the URL of a PostgreSQL database. client stands in for
    a key; else CLERK_SECRET_KEY is used, or a key is typed into the form, where it does not stay.
    """

    def __init__(
        self,
        people: Any = None,
        target: Target | None = None,
        *,
        columns: Mapping[str, str] | None = None,
        defaults: Mapping[str, Any] | None = None,
        metadata: Sequence[str] = (),
        ledger: Ledger | str | os.PathLike[str] = "onboarding.db",
        client: Client | None = None,
        rehearse: Rehearse | None = None,
    ) -> None:
        self.draft = Draft(target)
        if people is not None:
            self.draft.take(people)
        elif columns or metadata:
            raise InputError("columns and metadata name columns of people: hand people in too.")
        self.draft.decide(columns=columns, defaults=defaults, metadata=metadata)
        super().__init__(BulkInvitePart(self.draft, Access(client), ledger, rehearse=rehearse))
