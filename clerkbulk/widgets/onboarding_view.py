"""OnboardingView: how onboarding goes, with pickers for picture, groups and dates."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, tzinfo
from typing import Any, Final

from clerkbulk.contract.target import Target
from clerkbulk.onboarding.onboarding import Onboarding
from clerkbulk.onboarding.report.page import AT_LEAST
from clerkbulk.people.wording import counted
from clerkbulk.sending.client import Client
from clerkbulk.widgets import nodes
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.errands import Errands, Then
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.onboarding_files import CSV, PARQUET, REPORT, File, Wanted, file_of, reminders
from clerkbulk.widgets.onboarding_look import OnboardingLook
from clerkbulk.widgets.onboarding_picks import SILENT_DAYS, read_picks
from clerkbulk.widgets.onboarding_pictures import PICTURES
from clerkbulk.widgets.onboarding_reckoning import Reckoned, Reckoning
from clerkbulk.widgets.onboarding_source import OnboardingSource, Where
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.plot_style import plot_style
from clerkbulk.widgets.screen import Screen
from clerkbulk.widgets.words import in_a_form

RECKON: Final = "reckon"
TAKE: Final = "take"
"""Hand over a file; the value says which."""
REMIND: Final = "remind"
PEOPLE: Final = "people"
SOON: Final = 0.3
"""Seconds a pick is waited for: most are answered by then, and are seen at once."""
_STAGE_COLOURS: Final = {"accepted": "in", "joined": "otherwise", "open": "open", "ended": "gone"}
"""Colours of clerkbulk.onboarding.plots by the parts of the answer, as the picture day by day has them."""
_GROUPS: Final = {
    "role": "role", "domain": "domain of the address", "wave": "wave of the sending", "job": "job",
    "weekday": "weekday of the invitation", "hour": "hour of the invitation", "week": "week of the invitation",
    "organization": "organization",
}  # fmt: skip


class OnboardingPart(Part):
    """Shows how onboarding goes: the answer, one picture with its numbers, whom to remind, and what can be taken away.

    Everything that takes time is done beside it: looks at Clerk in one queue, what is reckoned and drawn in another,
    so that one can pick while Clerk is looked at.
    """

    def __init__(self, source: OnboardingSource | Onboarding, access: Access | None = None) -> None:
        super().__init__()
        self.errands = Errands()
        self.reckoning: Reckoning | None = None
        self.reckoned: Reckoned | None = None
        self.typed: dict[str, str] = {
            "what": "funnel", "by": "", "at_least": str(AT_LEAST), "silent": str(SILENT_DAYS),
        }  # fmt: skip
        self.wrong: dict[str, str] = {}
        self.with_people = False
        self.look: OnboardingLook | None = None
        if isinstance(source, Onboarding):
            self._take(source)
        else:
            self.look = OnboardingLook(source, access or Access(), self._take)
            self.look.read()

    def hear(self, name: str, value: Any) -> None:
        """Take a pick, a button, a key, or the page's question whether anything has changed."""
        self._settle()
        if self.look is not None and self.look.hear(name, value):
            pass
        elif name in _PICKED and (name != "what" or value in PICTURES):
            self.typed[name] = str(value)
            self._reckon()
        elif name == PEOPLE:
            self.with_people = bool(value)
        elif name == TAKE and str(value) in _FILES:
            self._begin_file(str(value))
        elif name == REMIND:
            self._begin_reminders()
        self.show()

    def wait(self) -> None:
        """Wait for everything under way: for whoever has no page that asks. Raises TimeoutError."""
        if self.look is not None:
            self.look.errands.wait()
        self.errands.wait()

    def _settle(self) -> None:
        if self.look is not None:
            self.look.errands.settle()
        self.errands.settle()

    def _take(self, told: Onboarding) -> None:
        """Show another telling: what was picked stays picked, where it can be."""
        self.reckoning = Reckoning(told)
        if self.typed["by"] not in self.reckoning.keys:
            self.typed["by"] = ""
        # A day that lay ahead may be over by now.
        for name in read_picks(self.typed, self.reckoning.today)[1]:
            del self.typed[name]
        self._reckon()

    def _reckon(self) -> None:
        reckoning = self.reckoning
        if reckoning is None:
            return
        picks, self.wrong = read_picks(self.typed, reckoning.today)
        if picks is None:
            return

        def work() -> Then:
            reckoned = reckoning.reckon(picks)
            return lambda: self._show_of(reckoning, reckoned)

        self.errands.begin(RECKON, lambda: "Drawing what was picked.", work)
        with suppress(TimeoutError):
            self.errands.wait(SOON)

    def _show_of(self, reckoning: Reckoning, reckoned: Reckoned) -> None:
        if reckoning is self.reckoning:
            self.reckoned = reckoned

    def _begin_file(self, what: str) -> None:
        reckoning, reckoned = self.reckoning, self.reckoned
        if reckoning is None or reckoned is None:
            return
        picks, people = reckoned.picks, self.with_people

        def work() -> Then:
            wanted = Wanted(reckoning.narrowed(picks.span), picks, reckoned.until, people)
            return self._handing_over(file_of(what, wanted))

        self.errands.begin(TAKE, lambda: f"Writing: {_FILES[what]}.", work)

    def _begin_reminders(self) -> None:
        reckoning, reckoned = self.reckoning, self.reckoned
        if reckoning is None or reckoned is None:
            return
        picks = reckoned.picks

        def work() -> Then:
            return self._handing_over(reminders(reckoning.to_remind(picks.span), picks.silent))

        self.errands.begin(REMIND, lambda: "Writing the list of whom to remind.", work)

    def _handing_over(self, file: File) -> Then:
        return lambda: self.download(file.name, file.content, file.kind)

    # What is to be seen.

    def view(self) -> Node:
        """Return the answer, the pickers, the picture and its numbers, whom to remind, and what can be taken away."""
        queues = [self.errands] if self.look is None else [self.look.errands, self.errands]
        pulse = next((queue.pulse() for queue in queues if queue.is_under_way()), [])
        return nodes.box(
            [
                nodes.text("Onboarding", as_="h2"),
                nodes.box(self._head(), key="head"),
                nodes.box(self._look(), key="look"),
                nodes.box(self._body(), key="body"),
                *pulse,
            ],
            as_="section",
            label="Onboarding",
        )

    def _head(self) -> list[Node]:
        reckoning = self.reckoning
        if reckoning is None:
            if self.look is None or self.look.errands.is_under_way() or self.look.errands.trouble:
                return []
            where = self.look.source.ledger
            said = "Nothing was seen yet: look at Clerk." if where is None else f"There is no ledger {where} yet."
            return [nodes.notice(said)]
        told = reckoning.told
        as_of = f"As of {_moment(told.at)}."
        if told.looked_at is None:
            never = "Clerk was never looked at in full: this is what was sent, and not all that came of it."
            return [nodes.text(told.title, as_="strong"), nodes.text(as_of, tone="dim"), nodes.notice(never)]
        looked = f"Clerk was looked at {_moment(datetime.fromtimestamp(told.looked_at, told.zone))}."
        return [nodes.text(told.title, as_="strong"), nodes.text(f"{as_of} {looked}", tone="dim")]

    def _look(self) -> list[Node]:
        if self.look is None:
            return []
        return self.look.view(is_first=self.reckoning is None or self.reckoning.told.looked_at is None)

    def _body(self) -> list[Node]:
        reckoning, reckoned = self.reckoning, self.reckoned
        if reckoning is None or reckoned is None:
            return self.errands.view(RECKON)
        picks = reckoned.picks
        pictures = [(name, kind.label, None, None) for name, kind in PICTURES.items()]
        return [
            nodes.box(self._answer(reckoned), key="answer"),
            nodes.box(self._goal(reckoned.until), as_="fields", label="The goal", key="goal"),
            nodes.choices("what", "Picture", self.typed["what"], pictures),
            nodes.box(self._pickers(reckoning), as_="fields", label="Who and when", key="pickers"),
            nodes.box(self.errands.view(RECKON), key="going"),
            nodes.box(
                [nodes.box(piece, key=f"{picks.what}-{at}") for at, piece in enumerate(reckoned.picture) if piece],
                as_="beside",
                key="picture",
            ),
            nodes.box(
                [self._reminders(reckoned), self._files()], as_="cards", key="away",
            ),
        ]  # fmt: skip

    def _answer(self, reckoned: Reckoned) -> list[Node]:
        told, span = reckoned.answer, reckoned.picks.span
        tones = {None: None, True: "good", False: "bad"}
        cards = [
            nodes.box(
                [nodes.text(one.question, as_="h3"), nodes.text(one.number, as_="strong", tone="big"),
                 nodes.text(one.says, tone="dim")],
                as_="card", tone=tones[one.is_good], label=one.question, key=str(at),
            )
            for at, one in enumerate(told.cards())
        ]  # fmt: skip
        whole = [(words, number, _STAGE_COLOURS[name]) for name, words, number in told.parts() if number]
        said = [span.says, span.as_of and f"As it stood at the end of {span.as_of:%-d %b %Y}.", told.uninvited_says]
        forecast = nodes.text(f"Of who will come by the link: {told.outlook.says}", tone="dim")
        return [
            *(nodes.text(words, as_="strong") for words in said[:2] if words),
            nodes.box(cards, as_="cards"),
            *([nodes.parts("Everybody invited", whole)] if whole else []),
            *(nodes.text(words, tone="dim") for words in said[2:] if words),
            nodes.details("How the forecast was made", [forecast]),
        ]

    def _goal(self, until: date) -> list[Node]:
        shown = self.typed.get("until") or until.isoformat()
        return [
            self._field("goal", "To be in (%)", placeholder="80", help_="Of all who are or will be invited."),
            self._field("until", "By the end of", kind="date", value=shown, help_="The day of the forecast, too."),
        ]

    def _pickers(self, reckoning: Reckoning) -> list[Node]:
        takes = PICTURES[self.typed["what"]].takes_groups
        options = [("", "everybody together"), *((key, _GROUPS.get(key, key)) for key in reckoning.keys)]
        return [
            self._field("by", "Group by", kind="select", options=options, disabled=not takes,
                        help_=None if takes else "This picture is of everybody together."),
            self._field("at_least", "Smallest group", kind="number", disabled=not takes,
                        help_="Smaller ones are counted together, so that nobody is found in one."),
            self._field("first", "First invited from", kind="date"),
            self._field("last", "First invited up to", kind="date"),
            self._field("as_of", "As it stood at the end of", kind="date", help_="Empty: now."),
        ]  # fmt: skip

    def _reminders(self, reckoned: Reckoned) -> Node:
        many = counted(reckoned.silent, "person", "people")
        said = f"{many} can still accept or be invited again, and were silent for so long."
        label = f"Download the list ({reckoned.silent:,})"
        busy = not reckoned.silent or self.errands.is_under_way(REMIND)
        return nodes.box(
            [
                nodes.text("Whom to remind", as_="h3"),
                self._field("silent", "Silent for at least (days)", kind="number"),
                nodes.text(said if reckoned.silent else "Nobody was silent for so long."),
                *self.errands.view(REMIND),
                nodes.box([nodes.button(REMIND, label, disabled=busy)], as_="row"),
                nodes.text("CSV with the addresses, as of now.", tone="dim"),
            ],
            as_="card", label="Whom to remind", key="reminders",
        )  # fmt: skip

    def _files(self) -> Node:
        busy = self.errands.is_under_way(TAKE)
        # A box of its own for each: they share a name, and a page tells neighbours apart by it.
        buttons = [
            nodes.box([nodes.button(TAKE, label, value=name, disabled=busy)], key=name)
            for name, label in _FILES.items()
        ]  # fmt: skip
        people = (
            "Every file names people: the report has a table of everybody."
            if self.with_people else "No file has an address in it."
        )  # fmt: skip
        return nodes.box(
            [
                nodes.text("Take away", as_="h3"),
                nodes.field(PEOPLE, "With the people's addresses", self.with_people, kind="checkbox"),
                nodes.text(people, tone="dim"),
                *self.errands.view(TAKE),
                nodes.box(buttons, as_="row"),
                nodes.text("Of those shown here, with the groups picked.", tone="dim"),
            ],
            as_="card", label="Take away", key="files",
        )  # fmt: skip

    def _field(self, name: str, label: str, *, value: str | None = None, **given: Any) -> Node:
        shown = self.typed.get(name, "") if value is None else value
        wrong = self.wrong.get(name)
        return nodes.field(name, label, shown, error=None if wrong is None else in_a_form(wrong), **given)


_PICKED: Final = {"what", "by", "at_least", "first", "last", "as_of", "until", "goal", "silent"}
_FILES: Final = {REPORT: "The report (HTML)", CSV: "All numbers (CSV)", PARQUET: "All numbers (Parquet)"}


class OnboardingView(Screen):
    """How onboarding goes, to look at and pick from: of a ledger, of everything at Clerk, or of an Onboarding.

    source is a Ledger, the way to one, an Onboarding that cb.onboarding has returned, or None for everything at Clerk;
    client stands in for a key, else CLERK_SECRET_KEY is used, or a key is typed into the form, where it does not stay.
    What was seen before is shown at once; a button looks at Clerk. The rest as cb.onboarding takes it.
    """

    _css = str(Screen._css) + plot_style()

    def __init__(
        self,
        source: Onboarding | Where | None = "onboarding.db",
        client: Client | None = None,
        *,
        job: str | None = None,
        target: Target | None = None,
        zone: str | tzinfo = "UTC",
        share: float = 0.5,
    ) -> None:
        if isinstance(source, Onboarding):
            super().__init__(OnboardingPart(source))
        else:
            super().__init__(OnboardingPart(OnboardingSource(source, job, target, zone, share), Access(client)))


def _moment(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M %Z}"
