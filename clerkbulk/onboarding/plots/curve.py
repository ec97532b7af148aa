"""Curve: how many had accepted after so many days, how sure that is, and how many were still at risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.curves import (
    LABEL,
    MOST_CURVES,
    Line,
    at_risk_height,
    draw_at_risk,
    draw_curves,
    line_of,
    shading,
)
from clerkbulk.onboarding.plots.reading import EVERYBODY, Row, by_group, rows
from clerkbulk.onboarding.plots.sheet import Sheet, drawing, nothing
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.wording import days_said, percent
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ("group", "days", "at_risk", "accepted", "others", "probability", "low", "high")
TITLE = "How long people take to accept"
NOTHING = "Nothing to draw: nobody has been invited yet, so the frame is empty."
_METHOD = "Kaplan-Meier: the share that would have accepted had no link ended otherwise."


@drawing
def curve_plot(
    frame: Any, *, quartiles: Any = None, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None
) -> Figure:
    """Draw the share who accepted over the days since the first invitation, the people at risk below.

    frame is the curve frame; quartiles, if given, marks when half had accepted. Of more than eight groups the largest
    are named and the others thin lines. Raises InputError for another frame, or without matplotlib.
    """
    lines, others = largest(by_group(rows(frame, COLUMNS, "curve")))
    heading = title or TITLE
    if not lines:
        return nothing(width, theme, heading, NOTHING)
    halves = _halves(quartiles)
    height = max(2.5, LABEL * len(lines))
    said = [_half_said(line.name, halves[line.name], len(lines) > 1) for line in lines if line.name in halves]
    caption = " ".join([_METHOD, shading(lines, others), *said, left_out(others)])
    sheet = Sheet(
        width, theme, title=heading, note=note(lines, others), caption=caption,
        body=0.24 + height + 0.5 + at_risk_height(len(lines)), says=" ".join([spoken(lines), *said]),
    )  # fmt: skip
    ax, ticks = draw_curves(sheet, lines, top=0.24, height=height, y="accepted, % of people invited", faint=others)
    draw_at_risk(sheet, lines, ticks, top=0.24 + height + 0.46)
    for line in lines:
        half = halves.get(line.name, {}).get("days")
        if half is not None:
            ax.plot([half, half], [0, 0.5], color=theme.soft, linewidth=0.8, linestyle=(0, (2, 2)), zorder=2.8)
            ax.plot([half], [0.5], zorder=4, **sheet.marker(line.colour))
    return sheet.figure


def largest(groups: Mapping[str, Sequence[Row]]) -> tuple[list[Line], list[Line]]:
    """Return the curves to name, in the frame's order, and those that there is no room to name."""
    found = [line for name, lines in groups.items() if (line := line_of(_named(name), lines, 0))]
    if len(found) > MOST_CURVES:
        by_size = sorted(found, key=lambda line: -line.people)[: MOST_CURVES - 1]
        named = [line for line in found if any(line is one for one in by_size)]
    else:
        named = found
    others = [line for line in found if not any(line is one for one in named)]
    return [_coloured(line, number) for number, line in enumerate(named)], others


def note(lines: Sequence[Line], others: Sequence[Line]) -> str:
    """Return the line below the title: how many people, in how many groups."""
    people = counted(sum(line.people for line in (*lines, *others)), "person", "people")
    groups = len(lines) + len(others)
    return f"{people} invited" + (f", in {groups} groups" if groups > 1 else "")


def left_out(others: Sequence[Line]) -> str:
    """Return the sentence about groups that are not named."""
    if not others:
        return ""
    people = counted(sum(line.people for line in others), "person", "people")
    return f"Thin lines: {counted(len(others), 'smaller group')} with {people} in them."


def spoken(lines: Sequence[Line]) -> str:
    """Return the curves in words."""
    return " ".join(
        f"{line.name}: {percent(line.share[-1])} of {line.people:,} people accepted by day {line.days[-1]:.0f}."
        for line in lines
    )


def _named(name: str) -> str:
    return "Everybody" if name == EVERYBODY else name


def _coloured(line: Line, number: int) -> Line:
    from dataclasses import replace

    return replace(line, colour=number)


def _halves(quartiles: Any) -> dict[str, Row]:
    if quartiles is None:
        return {}
    lines = by_group(rows(quartiles, ("group", "share", "days", "low", "high"), "quartiles"))
    return {_named(name): line for name, found in lines.items() for line in found if line["share"] == 0.5}


def _half_said(name: str, half: Row, grouped: bool) -> str:
    whose = f"Half of {name}" if grouped else "Half"
    if half["days"] is None:
        return f"{whose}: not reached so far."
    low, high = days_said(half["low"], unit=False), days_said(half["high"], unit=False)
    unsure = "" if half["low"] is None else f" ({low} to {high if half['high'] is not None else 'open end'})"
    return f"{whose} had accepted after {days_said(half['days'])}{unsure}."
