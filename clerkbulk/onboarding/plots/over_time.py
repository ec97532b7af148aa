"""Over time: where everybody stood at the end of each day, one on top of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.dates import date_ticks, day_number
from clerkbulk.onboarding.plots.reading import day, rows
from clerkbulk.onboarding.plots.sheet import Sheet, drawing, nothing
from clerkbulk.onboarding.plots.steps import every_nth
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.timeline import BODY, Named, timeline
from clerkbulk.onboarding.plots.wording import day_said
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STAGES = {
    "accepted": "Accepted",
    "joined": "Joined",
    "open": "Open",
    "expired": "Expired",
    "revoked": "Revoked",
    "waiting": "Not invited yet",
}
"""From below, as a bar of the same people has them from the left: the column, and what it is called."""
MOST_DAYS = 160
_JOINED = " Joined: in, but not by the link."


@drawing
def over_time_plot(frame: Any, *, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None) -> Figure:
    """Draw how many people were accepted, open, expired and so on at the end of each day.

    frame is the over_time frame. Of more than 160 days every second, third, ... is drawn, which the caption says.
    Raises InputError for another frame, or without matplotlib.
    """
    lines = [line for line in rows(frame, ("date", *STAGES), "over_time") if line["date"]]
    lines.sort(key=lambda line: day(line["date"]))
    heading = title or "Where people stand, day by day"
    if not any(line[stage] for line in lines for stage in STAGES):
        return nothing(width, theme, heading, "Nothing to draw: on no day was anybody planned or invited.")
    kept = [lines[at] for at in every_nth(len(lines), MOST_DAYS)]
    stages = [stage for stage in STAGES if any(line[stage] for line in kept)]
    fills = _fills(theme)
    days = [day_number(day(line["date"])) for line in kept]
    edges = [*days, days[-1] + (days[-1] - days[-2] if len(days) > 1 else 1)]
    total = max(sum(line[stage] or 0 for stage in stages) for line in kept)
    named, layers, below = [], [], [0] * len(kept)
    for stage in stages:
        above = [low + (line[stage] or 0) for low, line in zip(below, kept, strict=True)]
        layers.append((stage, below, above))
        middle, count = (below[-1] + above[-1]) / 2, above[-1] - below[-1]
        named.append(Named(middle, STAGES[stage], f"{count:,}", fills[stage], is_area=True))
        below = above
    until = day(kept[-1]["date"])
    said = ", ".join(f"{one.name.lower()} {one.label}" for one in named)
    thinner = "" if len(kept) == len(lines) else f"; {len(kept)} of {len(lines):,} days are drawn, evenly"
    sheet = Sheet(
        width, theme, title=heading, body=BODY,
        note=f"{counted(below[-1], 'person', 'people')} at the end of {day_said(until)}",
        caption=f"Counts at the end of each day{thinner}." + (_JOINED if "joined" in stages else ""),
        says=f"At the end of {day_said(until)}: {said}.",
    )  # fmt: skip
    ax = timeline(sheet, first=edges[0], last=edges[-1], most=total, named=named, x="date", ticks=date_ticks)
    for stage, low, high in layers:
        ax.fill_between(
            edges, [*low, low[-1]], [*high, high[-1]], step="post", facecolor=fills[stage], edgecolor=theme.paper,
            linewidth=0.5, zorder=2, label=stage,
        )  # fmt: skip
    return sheet.figure


def _fills(theme: Theme) -> dict[str, str]:
    colours = (theme.inside, theme.otherwise, theme.open, theme.gone, theme.revoked, theme.waiting)
    return dict(zip(STAGES, colours, strict=True))
