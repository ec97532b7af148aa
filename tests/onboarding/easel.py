"""What plots are drawn of in tests: people in all the ways they can be, frames by hand, and what stands in a figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from itertools import combinations
from typing import Any

from matplotlib.figure import Figure
from travellers import DAY, T0, invited, planned

from clerkbulk.onboarding.course import Point
from clerkbulk.onboarding.frames import Library
from clerkbulk.onboarding.journey import Between, Journey, Stage
from clerkbulk.onboarding.onboarding import Onboarding

PLOTS = ("funnel", "curve", "incidence", "cohorts", "over_time", "comparison", "sending", "forecast")
GROUPED = {"funnel", "curve", "incidence", "comparison"}
LONG = "Engineering and Platform Infrastructure, Berlin and Munich (contractors included)"


def table(columns: str, *rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Return a frame as a dict of lists: the names of its columns, and its rows."""
    return {name: [row[at] for row in rows] for at, name in enumerate(columns.split())}


def crowd(people: int, teams: Sequence[str] = ("orbit", "harbor", "meadow")) -> list[Journey]:
    """Return people of some teams, invited over three weeks: in, in otherwise, open, ended and still to be invited."""
    made = []
    for number in range(people):
        of: dict[str, Any] = {"metadata": {"team": teams[number % len(teams)]}}
        sent, late = T0 + (number * 7 % 21) * DAY, 0.4 + number % 9
        kind = number % 10
        if kind < 5:
            at = sent + late * DAY
            made.append(invited(number, sent, accepted=late, first_sign_in=Between(at, at, at), **of))
        elif kind == 5:
            made.append(invited(number, sent, joined=late, **of))
        elif kind == 6:
            made.append(invited(number, sent, ended=late + 3, stage=Stage.REVOKED, **of))
        elif kind == 7:
            made.append(invited(number, sent, ended=10.0, stage=Stage.EXPIRED, life=10 * DAY, **of))
        else:
            made.append(invited(number, sent, **of) if kind == 8 else planned(number, **of))
    return made


def told(
    journeys: Iterable[Journey], *, library: Library = "none", days: float = 35, zone: tzinfo = UTC
) -> Onboarding:  # fmt: skip
    """Return onboarding of some people as of so many days after the first invitation, with a course of sending."""
    known = tuple(journeys)
    people = sum(one.invited_at is not None for one in known)
    course = tuple(Point(T0 + at * DAY / 4, people * at // 8, people * at // 9 if at < 6 else None) for at in range(9))
    return Onboarding(known, T0 + days * DAY, library, zone, sending_course=course if known else ())


def drawn(what: str, shown: Onboarding, *, compared: str = "team", **look: Any) -> Figure:
    """Draw a plot of PLOTS of everybody; a comparison is of teams, or of other groups."""
    if what == "forecast":
        look["until"] = datetime.fromtimestamp(shown.now + 14 * DAY, shown.zone).date()
    return shown.plot(what, compared if what == "comparison" else None, **look)


def texts(figure: Figure) -> list[str]:
    """Return all that is written in a figure, from top to bottom."""
    return [text for text, _ in _written(figure)]


@lru_cache(maxsize=2)
def _written(figure: Figure) -> list[tuple[str, Any]]:
    """Draw a figure and return its texts with the boxes they take, from top to bottom."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    pen = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    found = [one for one in figure.findobj(Text) if one.get_visible() and one.get_text()]
    boxes = [(one.get_text(), one.get_window_extent(pen)) for one in found]  # type: ignore[attr-defined]
    return sorted(boxes, key=lambda one: -one[1].y1)


def cut_off(figure: Figure) -> list[str]:
    """Return the texts that do not wholly stand on the figure."""
    paper = figure.bbox
    return [
        text
        for text, box in _written(figure)
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > paper.x1 + 0.5 or box.y1 > paper.y1 + 0.5
    ]


def on_each_other(figure: Figure) -> list[tuple[str, str]]:
    """Return pairs of texts that cover each other by more than a hair."""
    hair = 1.5
    return [
        (one, other)
        for (one, a), (other, b) in combinations(_written(figure), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > hair and min(a.y1, b.y1) - max(a.y0, b.y0) > 2 * hair
    ]


def lines(figure: Figure) -> dict[str, tuple[list[float], list[float]]]:
    """Return what each named line of a figure's axes runs through."""
    return {
        str(line.get_label()): ([float(x) for x in line.get_xdata()], [float(y) for y in line.get_ydata()])
        for ax in figure.axes
        for line in ax.get_lines()
        if not str(line.get_label()).startswith("_")
    }


def day_of(number: float) -> date:
    """Return the calendar day of a place on an axis of dates."""
    return datetime.fromtimestamp(number * DAY, UTC).date()
