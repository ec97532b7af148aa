"""Incidence: how journeys end as the days go by: accepted, joined otherwise, expired, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.curves import LABEL, Line, draw_curves, shading
from clerkbulk.onboarding.plots.reading import EVERYBODY, Row, by_group, rows
from clerkbulk.onboarding.plots.sheet import MARGIN, TEXT, Sheet, drawing, inches, nothing, room_in, shortened
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.wording import percent
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ("group", "end", "days", "probability", "low", "high", "at_risk")
ENDS = {"accepted": "Accepted", "joined": "Joined", "expired": "Expired", "revoked": "Revoked"}
"""What each end is called; its place is that of its dashes and its mark."""
MOST_PANELS = 6
_HEIGHT = 2.2


@drawing
def incidence_plot(frame: Any, *, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None) -> Figure:
    """Draw the share of journeys that have ended each way by each day, a panel a group.

    frame is the incidence frame. Of more than six groups the largest are drawn, and the note says so. Raises
    InputError for another frame, or without matplotlib.
    """
    groups = {
        name: ends
        for name, lines in by_group(rows(frame, _COLUMNS, "incidence")).items()
        if (ends := _ends(lines, theme))
    }
    heading = title or "How invitations end"
    if not groups:
        return nothing(width, theme, heading, "Nothing to draw: nobody has been invited yet, so the frame is empty.")
    kept = set(sorted(groups, key=lambda name: -groups[name][0].people)[:MOST_PANELS])
    shown = {name: ends for name, ends in groups.items() if name in kept}
    head = inches(TEXT) + 0.08 if len(shown) > 1 else 0.0
    panel = head + 0.24 + max(_HEIGHT, 4 * LABEL) + 0.48
    people = counted(sum(ends[0].people for ends in groups.values()), "person", "people")
    note = f"{people} invited" + (
        f"; the {len(shown)} largest of {len(groups)} groups" if len(groups) > len(shown) else ""
    )
    joined = any(line.name == ENDS["joined"] for ends in shown.values() for line in ends)
    caption = " ".join(
        [
            "Aalen-Johansen: each share is one of all invited; who is in none of them still has a link that works.",
            "Joined: in, but not by the link." if joined else "",
            max((shading(ends) for ends in shown.values()), key=len),
        ]
    )
    says = " ".join(f"{_named(name)}: {_spoken(ends)}." for name, ends in shown.items())
    sheet = Sheet(width, theme, title=heading, note=note, caption=caption, body=panel * len(shown) - 0.06, says=says)
    for number, (name, ends) in enumerate(shown.items()):
        top = panel * number
        if len(shown) > 1:
            size = f", n = {ends[0].people:,}"
            label = shortened(_named(name), room_in(width) - 1.0, TEXT, bold=True) + size
            sheet.write(MARGIN, top + inches(TEXT) / 2, label, weight="bold")
        draw_curves(
            sheet, ends, top=top + head + 0.24, height=panel - head - 0.72, y="ended so, % of people invited"
        )  # fmt: skip
    return sheet.figure


def _ends(lines: Sequence[Row], theme: Theme) -> list[Line]:
    paints = (theme.inside, theme.otherwise, theme.gone, theme.revoked)
    whole = [line for line in lines if line["days"] is not None and line["probability"] is not None]
    people = max((line["at_risk"] or 0 for line in whole), default=0)
    last = max((line["days"] for line in whole), default=0.0)
    found = []
    for number, ((end, label), paint) in enumerate(zip(ENDS.items(), paints, strict=True)):
        of_it = sorted((line for line in whole if line["end"] == end), key=lambda line: line["days"])
        if not people or not of_it:
            continue
        if end != "accepted":
            of_it = _from_the_first(of_it)
            if not of_it:
                continue
        if of_it[-1]["days"] < last:
            of_it.append({**of_it[-1], "days": last})
        banded = all(line["low"] is not None and line["high"] is not None for line in of_it)
        found.append(
            Line(
                name=label,
                label=f"{percent(of_it[-1]['probability'])} by day {last:.0f}",
                days=[line["days"] for line in of_it],
                share=[line["probability"] for line in of_it],
                low=[line["low"] for line in of_it] if banded else (),
                high=[line["high"] for line in of_it] if banded else (),
                at_risk=[people, *(line["at_risk"] or 0 for line in of_it[1:])],
                colour=number,
                paint=paint,
            )
        )
    return found


def _from_the_first(lines: Sequence[Row]) -> list[Row]:
    """Return the lines from the first share above 0 on, the rise to it included; none where nobody has met the end.

    Before it is a line along the axis, of which one hides the next.
    """
    first = next((at for at, line in enumerate(lines) if line["probability"]), len(lines))
    if first in {0, len(lines)}:
        return list(lines[first:])
    return [{**lines[first - 1], "days": lines[first]["days"]}, *lines[first:]]


def _spoken(ends: Sequence[Line]) -> str:
    by = max(line.days[-1] for line in ends)
    shares = ", ".join(f"{line.name.lower()} {percent(line.share[-1])}" for line in ends)
    return f"by day {by:.0f} of {ends[0].people:,} people {shares}"


def _named(name: str) -> str:
    return "Everybody" if name == EVERYBODY else name
