"""OnboardingPictures: which pictures of onboarding a form offers, each with the numbers behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from clerkbulk.errors import InputError
from clerkbulk.onboarding import plots
from clerkbulk.onboarding.plots.style import PHONE, WIDE
from clerkbulk.widgets import nodes
from clerkbulk.widgets import onboarding_tables as tables
from clerkbulk.widgets.nodes import Node

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding

MATPLOTLIB: Final = threading.Lock()
"""Its settings belong to the whole process: while a plot is drawn in one thread, no other may begin one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a picture is to be of. by is None for everybody together; until is the day of a forecast."""

    shown: Onboarding
    by: str | None
    at_least: int
    until: date


@dataclass(frozen=True, slots=True)
class Made:
    """What is drawn, of frames that were made once, and the numbers behind it."""

    draw: Callable[..., Any]
    numbers: list[Node]


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the pictures. needs_groups says that there is nothing to see without."""

    label: str
    make: Callable[[Asked], Made]
    takes_groups: bool = False
    needs_groups: bool = False


def seen(what: str, asked: Asked) -> list[list[Node]]:
    """Return a picture and its numbers as two pieces of a view; without matplotlib, words in place of the picture.

    Raises InputError for groups that are not there.
    """
    kind = PICTURES[what]
    if kind.needs_groups and asked.by is None:
        return [[nodes.notice("Groups are compared here: pick what to group by.")], []]
    if not kind.takes_groups:
        asked = Asked(asked.shown, None, asked.at_least, asked.until)
    made = kind.make(asked)
    try:
        with MATPLOTLIB:
            wide, narrow = made.draw(width=WIDE), made.draw(width=PHONE)
            drawn = [plots.svg(wide), plots.svg(narrow)]
    except InputError as error:
        return [[nodes.notice(str(error), tone="warning")], made.numbers]
    label = ". ".join(line.rstrip(".") for line in str(wide.get_label()).splitlines())
    return [[nodes.picture(drawn[0], label, narrow=drawn[1])], made.numbers]


def _funnel(asked: Asked) -> Made:
    frame = asked.shown.funnel(asked.by, at_least=asked.at_least)
    return Made(lambda **look: plots.funnel_plot(frame, **look), [tables.funnel_table(frame)])


def _curve(asked: Asked) -> Made:
    frame = asked.shown.curve(asked.by, at_least=asked.at_least)
    quartiles = asked.shown.quartiles(asked.by, at_least=asked.at_least)
    table = tables.quartile_table(quartiles)
    return Made(lambda **look: plots.curve_plot(frame, quartiles=quartiles, **look), [table])


def _incidence(asked: Asked) -> Made:
    frame = asked.shown.incidence(asked.by, at_least=asked.at_least)
    return Made(lambda **look: plots.incidence_plot(frame, **look), [tables.incidence_table(frame)])


def _cohorts(asked: Asked) -> Made:
    frame = asked.shown.cohorts()
    return Made(lambda **look: plots.cohort_plot(frame, **look), [tables.cohort_table(frame)])


def _over_time(asked: Asked) -> Made:
    frame = asked.shown.over_time()
    return Made(lambda **look: plots.over_time_plot(frame, **look), [tables.over_time_table(frame)])


def _comparison(asked: Asked) -> Made:
    frame = asked.shown.curve(asked.by, at_least=asked.at_least)
    tested = asked.shown.compare(asked.by or "", at_least=asked.at_least)
    quartiles = tables.quartile_table(asked.shown.quartiles(asked.by, at_least=asked.at_least))
    numbers = [*tables.comparison_table(tested), quartiles]
    return Made(lambda **look: plots.comparison_plot(frame, comparison=tested, **look), numbers)


def _sending(asked: Asked) -> Made:
    frame = asked.shown.sending()
    numbers = [tables.sending_table(frame)] if frame["at"] else []
    return Made(lambda **look: plots.sending_plot(frame, **look), numbers)


def _forecast(asked: Asked) -> Made:
    days, frame = asked.shown.over_time(), asked.shown.forecast(asked.until)
    return Made(lambda **look: plots.forecast_plot(days, frame, **look), [tables.forecast_table(frame)])


PICTURES: Final[Mapping[str, Kind]] = {
    "funnel": Kind("Funnel", _funnel, takes_groups=True),
    "curve": Kind("Time to accept", _curve, takes_groups=True),
    "incidence": Kind("How journeys end", _incidence, takes_groups=True),
    "comparison": Kind("Groups compared", _comparison, takes_groups=True, needs_groups=True),
    "cohorts": Kind("Week by week", _cohorts),
    "over_time": Kind("Day by day", _over_time),
    "forecast": Kind("Forecast", _forecast),
    "sending": Kind("Plan and sending", _sending),
}
"""Every picture by the name that Onboarding.plot() has for it."""
