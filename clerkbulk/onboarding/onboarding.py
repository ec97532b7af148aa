"""Onboarding: how it goes, as of one moment: each number as a typed frame, each picture as a figure, and the report."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from clerkbulk.errors import InputError
from clerkbulk.onboarding import tidy
from clerkbulk.onboarding.course import Point
from clerkbulk.onboarding.frames import Library, frame_of
from clerkbulk.onboarding.hiding import People
from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.statistics.cohorts import cohorts
from clerkbulk.onboarding.statistics.forecast import BackTest, Forecast, back_test, forecast
from clerkbulk.onboarding.statistics.funnel import funnel
from clerkbulk.onboarding.statistics.groups import grouped
from clerkbulk.onboarding.statistics.incidence import cumulative_incidence
from clerkbulk.onboarding.statistics.logrank import logrank
from clerkbulk.onboarding.statistics.nudge import nudge
from clerkbulk.onboarding.statistics.over_time import over_time
from clerkbulk.onboarding.statistics.spell import Spell, spells
from clerkbulk.onboarding.statistics.survival import Curve, kaplan_meier
from clerkbulk.people.pause import collection_paused

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Made = TypeVar("Made")
EVERYBODY = "everybody"
_NAMED = 20
"""Groups that an error names at most."""
QUARTILES = (0.25, 0.5, 0.75)
CONFIDENCE = 0.95
"""Of every band and interval, if not said otherwise."""


@dataclass(frozen=True, slots=True, repr=False)
class Onboarding:
    """The journeys of everybody, as of now (seconds since 1970), and what can be said of them.

    Frames are made with library ("pandas", "polars", "pyarrow", or "none" for a dict of lists); their columns stand in
    clerkbulk.onboarding.columns. Days, weeks and hours are those of zone. by splits a number into groups: "role",
    "domain", "wave", "weekday", "hour", "week" (of the first invitation), "job", "organization", or a key of the
    metadata; groups of fewer people than at_least are merged into "(others)".
    """

    journeys: tuple[Journey, ...]
    now: float
    library: Library = "pandas"
    zone: tzinfo = UTC
    looked_at: float | None = None
    """When Clerk was last looked at in full; None: never, and all is told from what was sent."""
    left_out: int = 0
    """Rows that never were people to invite: invalid ones, and those of purged jobs."""
    sending_course: tuple[Point, ...] = ()
    to_come: tuple[float, ...] = ()
    """When each person who still waits is to be invited."""
    secret: bytes = field(default=b"", repr=False)
    """Keys the hashes of people."""
    title: str = ""
    _known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def in_library(self, library: Library) -> Onboarding:
        """Return the same, of which frames are made with another library."""
        made = replace(self, library=library)
        object.__setattr__(made, "_known", self._known)  # what is known of the people does not hang on it
        return made

    # Narrowing.

    def invited_between(self, first: date | None = None, last: date | None = None) -> Onboarding:
        """Return the same of those first invited on the days from first to last, both included.

        Neither plan nor sending is known of some people apart, nor who of those still to be invited is among them.
        """
        begins = self._start_of(first) if first else float("-inf")
        ends = self._start_of(last + timedelta(days=1)) if last else float("inf")
        kept = [one for one in self.journeys if one.invited_at is not None and begins <= one.invited_at < ends]
        return replace(self, journeys=tuple(kept), to_come=(), sending_course=())

    def only(self, by: str, group: str) -> Onboarding:
        """Return the same of one group, as invited_between() does. Raises InputError for a group that is not there."""
        groups = grouped(self.journeys, by, zone=self.zone)
        if group not in groups:
            known = sorted(groups)[:_NAMED]
            more = f" and {len(groups) - _NAMED:,} more" if len(groups) > _NAMED else ""
            raise InputError(f"Nobody is in {group!r} by {by}; there are: {', '.join(known) or 'none'}{more}.")
        return replace(self, journeys=tuple(groups[group]), to_come=(), sending_course=())

    def as_of(self, moment: datetime | date) -> Onboarding:
        """Return the same as it stood at an earlier moment (of a day: its end), as far as it is known today.

        Raises InputError for a later one, and for a datetime that does not say in which zone it is.
        """
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise InputError(f"{moment} may be in any zone: give one that says which, or a day.")
        at = moment.timestamp() if isinstance(moment, datetime) else self._start_of(moment + timedelta(days=1))
        if at > self.now:
            raise InputError(f"{moment} is after this was looked at: nothing is known of it.")
        stood = tuple(one.as_of(at) for one in self.journeys)
        so_far = tuple(point if point.at <= at else replace(point, actual=None) for point in self.sending_course)
        return replace(self, journeys=stood, now=at, to_come=(), sending_course=so_far)

    # Frames.

    def table(self, people: str = "show", metadata: Sequence[str] | None = None) -> Any:
        """Return one line a person and target, with the history of the invitations and how sure each time is.

        people is "show" (addresses), "hash" (keyed: the same person has the same hash whenever this ledger is asked) or
        "omit". metadata names the metadata keys to be columns; by default all with "show", and none otherwise.
        """
        columns, rows = tidy.table(self.journeys, self.now, People(people), self.secret, metadata)
        return frame_of("table", rows, self.library, columns)

    def funnel(self, by: str | None = None, *, at_least: int = 1) -> Any:
        """Return how many came how far: planned, invited, accepted, first sign-in, active in week 1 and 2."""
        steps = self._each("funnel", by, at_least, lambda some: funnel(some, self.now))
        return frame_of("funnel", tidy.funnel(steps), self.library)

    def curve(self, by: str | None = None, *, at_least: int = 1, confidence: float = CONFIDENCE) -> Any:
        """Return who had accepted by how many days, of people whose link still worked (Kaplan-Meier, log-log bands)."""
        return frame_of("curve", tidy.curves(self.curves(by, at_least, confidence)), self.library)

    def curves(self, by: str | None = None, at_least: int = 1, confidence: float = CONFIDENCE) -> list[Curve]:
        """Return the curves of curve() as objects to be asked: ``curve.at(7)``, ``curve.quantile(0.5).says()``."""
        return self._once(
            ("curves", by, at_least, confidence),
            lambda: [
                kaplan_meier(some, group=name, confidence=confidence)
                for name, some in self._spells(by, at_least).items()
            ],
        )

    def quartiles(self, by: str | None = None, *, at_least: int = 1, confidence: float = CONFIDENCE) -> Any:
        """Return by how many days a quarter, half and three quarters had accepted, "not reached" said in words."""
        rows = tidy.quartiles(self.curves(by, at_least, confidence), QUARTILES)
        return frame_of("quartiles", rows, self.library)

    def incidence(self, by: str | None = None, *, at_least: int = 1, confidence: float = CONFIDENCE) -> Any:
        """Return how journeys have ended by how many days, each end competing with the others (Aalen-Johansen)."""
        found = self._once(
            ("incidence", by, at_least, confidence),
            lambda: {
                name: cumulative_incidence(some, confidence=confidence)
                for name, some in self._spells(by, at_least).items()
            },
        )
        return frame_of("incidence", tidy.incidences(found), self.library)

    def compare(self, by: str, *, at_least: int = 1) -> Any:
        """Return whether the groups take differently long to accept: the log-rank test over all of them."""
        tested = self._once(("compare", by, at_least), lambda: logrank(self._spells(by, at_least)))
        return frame_of("comparison", tidy.comparison(tested), self.library)

    def cohorts(self) -> Any:
        """Return by the week of the first invitation how many had accepted after how many weeks."""
        cells = self._once("cohorts", lambda: cohorts(self.journeys, self.now, zone=self.zone))
        return frame_of("cohorts", tidy.cohorts(cells), self.library)

    def over_time(self) -> Any:
        """Return how many people were where at the end of each day."""
        days = self._once("over_time", lambda: over_time(self.journeys, self.now, zone=self.zone))
        return frame_of("over_time", tidy.over_time(days), self.library)

    def sending(self) -> Any:
        """Return how many should have been invited by when, by plan, and how many were; empty without a ledger."""
        return frame_of("sending", tidy.course(self.sending_course), self.library)

    def forecast(self, by: date, *, confidence: float = 0.9) -> Any:
        """Return how many will have accepted by the end of a day, with an interval, as a frame of one line."""
        return frame_of("forecast", [tidy.forecast(by, self.forecast_for(by, confidence=confidence))], self.library)

    def forecast_for(self, by: date, *, confidence: float = 0.9) -> Forecast:
        """Return the same as an object; says tells it in words. Raises InputError for a day in the past."""
        at = self._start_of(by + timedelta(days=1))
        if at <= self.now:
            raise InputError(f"{by} is over: a forecast is for a day to come.")
        return self._once(
            ("forecast", at, confidence),
            lambda: forecast(self.journeys, self.now, at, confidence=confidence, planned=self.to_come),
        )

    def back_test(self, days: float = 7, *, confidence: float = 0.9) -> Any:
        """Return what forecasts for so many days ahead would have said on earlier days, and what came."""
        return frame_of(
            "back_test", tidy.back_test(self.back_tested(days, confidence=confidence), self.zone), self.library
        )

    def back_tested(self, days: float = 7, *, confidence: float = 0.9) -> BackTest:
        """Return the same as an object; says tells it in a sentence."""
        return self._once(
            ("back_test", days, confidence),
            lambda: back_test(self.journeys, self.now, days, confidence=confidence),
        )

    def open(self, silent_days: float = 0, *, people: str = "show") -> Any:
        """Return who can be reminded, the longest silent first; ``clerkbulk remind --only`` takes the list."""
        rows = tidy.nudges(nudge(self.journeys, self.now, silent_days=silent_days), People(people), self.secret)
        columns = tidy.columns_for("nudge", People(people))
        return frame_of("nudge", rows, self.library, columns)

    def sources(self) -> Any:
        """Return what says when people accepted, how many of them each, and how sure it is."""
        return frame_of("sources", tidy.sources(self.journeys), self.library)

    # To look at.

    def plot(self, what: str, by: str | None = None, *, at_least: int = 1, **look: Any) -> Figure:
        """Return a figure: funnel, curve, incidence, cohorts, over_time, comparison, sending or forecast.

        look are width (inches), theme and title, as the functions of clerkbulk.onboarding.plots take them; a forecast
        takes until (a day). Raises InputError without matplotlib, and for a picture that there is not.
        """
        from clerkbulk.onboarding.pictures import picture

        return picture(self, what, by, at_least, look)

    def report(self, path: str | os.PathLike[str], **given: Any) -> None:
        """Write the report as one HTML file; see clerkbulk.onboarding.report.page for what it takes."""
        from clerkbulk.onboarding.report.page import write_report

        write_report(self, path, **given)

    def counts(self) -> Mapping[Stage, int]:
        """Return how many people are in each stage; together they are everybody."""
        return tidy.counted(self.journeys)

    @property
    def at(self) -> datetime:
        """The moment all this is as of."""
        return datetime.fromtimestamp(self.now, self.zone)

    def _groups(self, by: str | None, at_least: int) -> Mapping[str, Sequence[Journey]]:
        if by is None:
            return {EVERYBODY: self.journeys}
        return self._once(
            ("groups", by, at_least), lambda: grouped(self.journeys, by, zone=self.zone, at_least=at_least)
        )

    def _spells(self, by: str | None, at_least: int) -> Mapping[str, list[Spell]]:
        return self._each("spells", by, at_least, lambda some: spells(some, self.now))

    def _each(
        self, what: str, by: str | None, at_least: int, make: Callable[[Sequence[Journey]], Made]
    ) -> Mapping[str, Made]:
        groups = self._groups(by, at_least)
        return self._once((what, by, at_least), lambda: {name: make(some) for name, some in groups.items()})

    def _once(self, what: Hashable, make: Callable[[], Made]) -> Made:
        """Work something out, the first time it is asked for: a report asks for the same things many times."""
        if what not in self._known:
            with collection_paused():
                self._known[what] = make()
        made: Made = self._known[what]
        return made

    def _start_of(self, day: date) -> float:
        return datetime.combine(day, time(), self.zone).timestamp()

    def __repr__(self) -> str:
        return f"<Onboarding of {len(self.journeys)} people as of {self.at:%Y-%m-%d %H:%M %Z}>"

    def _repr_html_(self) -> str:
        from clerkbulk.onboarding.showing import onboarding_html

        return onboarding_html(self)
