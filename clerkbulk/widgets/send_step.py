"""SendStep: who is there already, when the calls leave, and the yes. Nothing leaves before it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, Final

from clerkbulk.errors import ClerkbulkError, InputError
from clerkbulk.people.checked import Checked
from clerkbulk.people.wording import counted
from clerkbulk.sending.before.pace import Pace
from clerkbulk.sending.before.plan import Plan, fewest_days, plan, unread_limits
from clerkbulk.sending.before.preflight import Bucket, Decision, Policy
from clerkbulk.sending.client import Client
from clerkbulk.sending.clock import Clock, SystemClock
from clerkbulk.sending.entries import LEFT_OUT_BY_HAND
from clerkbulk.sending.job import Job
from clerkbulk.sending.ledger import Ledger, fingerprint_of
from clerkbulk.sending.progress import Limits
from clerkbulk.sending.state import JobState
from clerkbulk.widgets import nodes
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.buckets import bucket_of, buckets, roles
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.dry_run import END, REHEARSE, DryRun, Rehearse
from clerkbulk.widgets.errands import Errands, Then
from clerkbulk.widgets.look import Look, look_up
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.pace_fields import PaceFields
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen
from clerkbulk.widgets.timetable import timetable

LOOK: Final = "look"
SEND: Final = "send"
WATCH: Final = "watch"
CONFIRM: Final = "confirm"
_PLAN: Final = "plan"


class SendPart(Part):
    """Shows what would be sent, takes decisions and the pace, and starts the process that sends.

    ledger is one that is open, or the path or URL of one: it is opened when people are first looked up. rehearse is
    clerkbulk.rehearse; without it there is no dry run. on_started is called with the job once its process is at work.
    """

    def __init__(
        self,
        draft: Draft,
        access: Access,
        ledger: Ledger | str | os.PathLike[str],
        *,
        rehearse: Rehearse | None = None,
        on_started: Callable[[Job], None] | None = None,
        limits: Limits | str = Limits.DOCUMENTED,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.draft, self.access = draft, access
        self.errands = Errands()
        self.fields = PaceFields()
        self.decisions: dict[Bucket, Decision] = {}
        self.job: Job | None = None
        """The job whose process was started here."""
        self._ledger = ledger
        self._dry_run = DryRun(rehearse, self.errands) if rehearse is not None else None
        self._on_started, self._limits = on_started, Limits(limits)
        self._clock = clock or (ledger.clock if isinstance(ledger, Ledger) else SystemClock())
        self._checked: Checked | None = None
        self._look: Look | None = None
        self._plan: Plan | None = None
        self._trouble: str | None = None
        self._typed = ""
        self._sent: str | None = None
        self.refresh()

    def refresh(self) -> None:
        """Take the draft as it is now; what was read of another list is forgotten. For whoever opens this step."""
        try:
            checked, self._trouble = self.draft.checked(), None
        except InputError as error:
            checked, self._trouble = None, str(error)
        known = self._look.fingerprint if self._look is not None else self._sent
        if known is not None and (checked is None or fingerprint_of(checked) != known):
            self._forget_look()
            self.job = self._sent = None
        self._checked = checked
        if self._dry_run is not None:
            self._dry_run.forget()
        self._replan()

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened now if it was not. Raises LedgerError."""
        if not isinstance(self._ledger, Ledger):
            self._ledger = Ledger(self._ledger)
        return self._ledger

    def hear(self, name: str, value: Any) -> None:
        """Take a key, an option, a decision, the number of people, or a button."""
        self.errands.settle()
        if self.access.hear(name, value):
            self._forget_look()
            self._replan()
        elif self.fields.hear(name, value):
            if self._dry_run is not None:
                self._dry_run.forget()
            self._replan()
        elif (bucket := bucket_of(name)) is not None:
            self.decisions[bucket] = Decision(value)
            self._begin_look()
        elif name == LOOK:
            self._begin_look()
        elif name == REHEARSE:
            self._begin_rehearsal()
        elif name == END:
            if self._dry_run is not None:
                self._dry_run.end()
        elif name == CONFIRM:
            self._typed = str(value)
        elif name == SEND:
            self._begin_sending()
        elif name == WATCH:
            self._watch()
        self.show()

    # Errands.

    def _begin_look(self) -> None:
        client, checked = self.access.client, self._checked
        if client is None or checked is None or self.errands.is_under_way(SEND):
            return
        policy, asked, before = Policy(dict(self.decisions)), self._asked(), client.reads

        def work() -> Then:
            with self.access.using(client):
                look = look_up(self.ledger, client, checked, policy)
            made = look.job.timetable(asked)
            return lambda: self._looked(client, look, made)

        what = counted(len(checked.items), "person", "people")
        self.errands.begin(
            LOOK, lambda: f"Reading what Clerk has of {what}: {counted(client.reads - before, 'read')} so far.", work
        )

    def _looked(self, client: Client, look: Look, made: Plan) -> None:
        # Somebody may have taken another key, or another list, meanwhile.
        if client is self.access.client and self._checked is not None:
            self._look, self._plan, self._typed = look, made, ""
            # The pace may be another one by now, or wrong.
            self._replan()

    def _forget_look(self) -> None:
        self._look, self._typed, self.decisions = None, "", {}

    def _asked(self) -> Pace | None:
        return self.fields.pace if self.fields.is_chosen else None

    def _replan(self) -> None:
        checked, look, pace = self._checked, self._look, self.fields.pace
        self._plan = self._plan if checked is not None and pace is not None else None
        if checked is None or pace is None:
            return
        asked = self._asked()

        def work() -> Then:
            if look is not None:
                made = look.job.timetable(asked)
            else:
                now, items = self._clock.now(), checked.items
                limits = unread_limits(checked.target, items)
                begin = max(now, pace.start or 0.0)
                made = plan(
                    checked.target, len(items), begin, pace, shortest_expiry=fewest_days(items), notes=limits
                )  # fmt: skip
            return lambda: self._planned(pace, made)

        self.errands.begin(_PLAN, lambda: "Working out the timetable.", work)

    def _planned(self, pace: Pace, made: Plan) -> None:
        if pace is self.fields.pace:
            self._plan = made

    def _begin_rehearsal(self) -> None:
        checked, look, pace = self._checked, self._look, self.fields.pace
        if self._dry_run is None or checked is None or not checked.items or pace is None or self._is_busy:
            return
        known = 1 - look.people / len(checked.items) if look is not None else 0.0
        self._dry_run.begin(checked, pace, max(known, 0.0), self._clock.now())

    def _begin_sending(self) -> None:
        look, client, pace = self._look, self.access.client, self._asked()
        if look is None or client is None or self.job is not None or self.errands.is_under_way(SEND):
            return
        refusal = self._refusal(look)
        if refusal is not None:
            self.errands.trouble[SEND] = refusal
            return

        def work() -> Then:
            with self.access.using(client):
                look.job.start(client, limits=self._limits, pace=pace)
            return lambda: self._begun(look)

        self.errands.begin(SEND, lambda: "Starting the process that sends.", work)

    def _refusal(self, look: Look) -> str | None:
        """Return why nothing is sent now, None when it may."""
        if self.errands.is_under_way(LOOK):
            return "Wait until everybody was looked up again. Nothing was sent."
        try:
            unchanged = fingerprint_of(self.draft.checked()) == look.fingerprint
        except ClerkbulkError as error:
            return f"{error} Nothing was sent."
        if not unchanged:
            return "The list has changed since it was looked up: look it up again. Nothing was sent."
        if self.fields.pace is None:
            return "Something is wrong about when and how fast: look at the fields. Nothing was sent."
        if look.undecided:
            return "Decide about everybody first. Nothing was sent."
        if not look.people:
            return "Nobody is left to invite. Nothing was sent."
        if self.access.is_live and not self._is_confirmed(look):
            return f"Type {look.people:,} first, the number of people. Nothing was sent."
        return None

    def _is_confirmed(self, look: Look) -> bool:
        return self._typed.strip().replace(",", "") == str(look.people)

    def _begun(self, look: Look) -> None:
        self.job, self._sent, self._look, self._typed = look.job, look.fingerprint, None, ""
        self._watch()

    def _watch(self) -> None:
        job = self.job or (self._look.job if self._look is not None else None)
        if job is not None and self._on_started is not None:
            self._on_started(job)

    # What is to be seen.

    def view(self) -> Node:
        """Return the instance, who is there already, the timetable, and the button that sends."""
        checked = self._checked
        title = nodes.text("Plan and send", as_="h2")
        if checked is None:
            said = self._trouble or "There are no people yet: go to the first step."
            return nodes.box([title, self.access.view(), nodes.notice(said)], as_="section", label="Plan and send")
        what = " ".join([f"{counted(len(checked.items), 'invitation')} to {checked.target}.", *_others(checked)])
        before = [] if self.job is not None else [
            self._already(), self.fields.view(), self._planned_view(), self._dry_run_view(),
        ]  # fmt: skip
        return nodes.box(
            [
                title,
                self.access.view(),
                nodes.text(what, as_="strong"),
                *before,
                self._yes(),
                *self.errands.pulse(),
            ],
            as_="section",
            label="Plan and send",
        )

    def _card(self, key: str, title: str, children: Sequence[Node]) -> Node:
        going = nodes.box(self.errands.view(key), key="errand")
        return nodes.box([nodes.text(title, as_="h3"), *children, going], as_="card", label=title, key=key)

    @property
    def _is_busy(self) -> bool:
        return self.errands.is_under_way(LOOK, REHEARSE, SEND)

    def _already(self) -> Node:
        look = self._look
        label = "Look again" if look is not None else "Look who is there already"
        idle = self.access.client is None or self._is_busy or self.job is not None
        first = look is None and self.access.client is not None
        button = nodes.button(LOOK, label, tone="primary" if first else "plain", disabled=idle)
        children: list[Node] = []
        if look is not None:
            children += [nodes.text(f"Instance {look.instance}.", tone="dim"), *buckets(look.found), *roles(look.roles)]
        else:
            why = "" if self.access.client else " It needs the key."
            children.append(nodes.text(f"Reads who is a user, a member or invited already; sends nothing.{why}"))
        return self._card(LOOK, "Who is there already?", [*children, nodes.box([button], as_="row", key="look-row")])

    def _planned_view(self) -> Node:
        if self._plan is None:
            said = "Correct the fields above." if self.fields.pace is None else "Working out the timetable …"
            return self._card(_PLAN, "Timetable", [nodes.text(said, tone="dim")])
        about = "" if self._look is not None else "Before anybody was looked up: who is there already costs no call."
        return self._card(
            _PLAN,
            "Timetable",
            [
                *timetable(self._plan, is_live=self.access.is_live),
                *([nodes.text(about, tone="dim")] if about else []),
            ],
        )

    def _dry_run_view(self) -> Node | None:
        if self._dry_run is None:
            return None
        disabled = self.fields.pace is None or self._is_busy or not (self._checked and self._checked.items)
        return self._card(REHEARSE, "Try it first", self._dry_run.view(disabled=disabled))

    def _yes(self) -> Node:
        look = self._look
        watch = nodes.box([nodes.button(WATCH, "Watch it", tone="primary")], as_="row", key="watch-row")
        if self.job is not None:
            said = f"{self.job.id} is on its way, in a process of its own: this page may be closed."
            return self._card(SEND, "Send", [nodes.notice(said, tone="ok"), watch])
        if look is None:
            return self._card(SEND, "Send", [nodes.text("First look who is there already.", tone="dim")])
        if look.is_at_work:
            said = f"{look.job.id}, this very list, is being sent at this moment."
            return self._card(SEND, "Send", [nodes.notice(said), watch])
        if not look.people:
            sent = look.state is not JobState.NEW
            why = "this very list was sent before" if sent else "everybody is there already, or cannot be invited"
            after = [watch] if sent else []
            return self._card(SEND, "Send", [nodes.notice(f"Nobody is left to invite: {why}.", tone="ok"), *after])
        return self._card(SEND, "Send", self._asking(look))

    def _asking(self, look: Look) -> list[Node]:
        people = counted(look.people, "person", "people")
        open_ = look.undecided
        closed = bool(open_) or self._is_busy or self.fields.pace is None
        made: list[Node] = []
        if open_:
            count = sum(len(look.found.in_bucket(bucket)) for bucket in open_)
            made.append(nodes.notice(f"Decide about {counted(count, 'person', 'people')} above first.", tone="warning"))
        if not self.access.is_live:
            made.append(nodes.button(SEND, f"Invite {people}", tone="primary", disabled=closed))
            return [*made[:-1], nodes.box(made[-1:], as_="row", key="send-row")]
        made.append(self.access.notice())
        typed, right = bool(self._typed.strip()), self._is_confirmed(look)
        field = nodes.field(
            CONFIRM, f"Type the number of people, {look.people:,}, to invite them", self._typed,
            error=f"This is not {look.people:,}." if typed and not right else None,
        )  # fmt: skip
        button = nodes.button(SEND, f"Invite {people} for real", tone="danger", disabled=closed or not right)
        return [
            *made,
            nodes.box([field], as_="fields", label="Are you sure?", key="confirm-box"),
            nodes.box([button], as_="row", key="send-row"),
        ]


def _others(checked: Checked) -> list[str]:
    """Say how many rows are no invitations: those that cannot be, and those that a person left out."""
    out = sum(issue.rule == LEFT_OUT_BY_HAND for issue in checked.issues)
    wrong = len(checked.invalid) - out
    return [
        *([f"{counted(wrong, 'row')} of the list cannot be sent: see Review."] if wrong else []),
        *([f"{counted(out, 'row')} left out by hand."] if out else []),
    ]


class SendStep(Screen):
    """The fourth step by itself, for a draft that has people. Arguments as SendPart has them."""

    def __init__(
        self,
        draft: Draft,
        access: Access | None = None,
        ledger: Ledger | str | os.PathLike[str] = "onboarding.db",
        *,
        rehearse: Rehearse | None = None,
        on_started: Callable[[Job], None] | None = None,
    ) -> None:
        self.draft = draft
        part = SendPart(draft, access or Access(), ledger, rehearse=rehearse, on_started=on_started)
        super().__init__(part)
