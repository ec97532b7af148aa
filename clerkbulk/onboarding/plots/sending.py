"""Sending: how many people should have been invited by now, and how many were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.dates import moment_number, moment_ticks
from clerkbulk.onboarding.plots.reading import moment, rows
from clerkbulk.onboarding.plots.sheet import Sheet, drawing, nothing
from clerkbulk.onboarding.plots.steps import thinned
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.timeline import BODY, Named, timeline
from clerkbulk.onboarding.plots.wording import day_said
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHORT = 3.0
"""Days: of a shorter sending the time of day is said too."""


@drawing
def sending_plot(frame: Any, *, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None) -> Figure:
    """Draw how many people were invited against how many the plan has, both counted from the beginning.

    frame is the sending frame; its times are shown in UTC. Raises InputError for another frame, or without matplotlib.
    """
    lines = [line for line in rows(frame, ("at", "planned", "actual"), "sending") if line["at"] is not None]
    lines.sort(key=lambda line: moment(line["at"]))
    series = {
        name: ([moment_number(moment(line["at"])) for line in known], [int(line[name]) for line in known])
        for name in ("planned", "actual")
        if (known := [line for line in lines if line[name] is not None])
    }
    heading = title or "Invited, against the plan"
    if not series:
        return nothing(width, theme, heading, "Nothing to draw: there is no plan, and nothing has been sent.")
    first, last = (moment_number(moment(lines[at]["at"])) for at in (0, -1))
    # Neither colour nor mark of people who are in: who was invited is not yet. The plan is a broad line, so that it is
    # seen on both sides of a sending that kept to it.
    looks = {"planned": ("Planned", theme.line, 5.0), "actual": ("Invited", theme.ink, 1.6)}
    named = [Named(series[name][1][-1], looks[name][0], f"{series[name][1][-1]:,}", looks[name][1]) for name in series]
    note, says = _said(series)
    sheet = Sheet(
        width, theme, title=heading, note=note, body=BODY, says=says,
        caption="People, counted from the first call on." + (" Broad line: the plan." if "planned" in series else ""),
    )  # fmt: skip
    most = max(max(counts) for _, counts in series.values())
    last = last if last > first else first + 1 / 24
    ax = timeline(sheet, first=first, last=last, most=most, named=named, x="time, UTC", ticks=moment_ticks)
    for name, (times, counts) in series.items():
        kept = thinned(times, counts)
        _, colour, weight = looks[name]
        xs, ys = [times[at] for at in kept], [counts[at] for at in kept]
        ax.plot(
            xs, ys, drawstyle="steps-post", clip_on=False, linewidth=weight, label=name, zorder=3 + (name == "actual"),
            color=colour, solid_capstyle="butt",
        )  # fmt: skip
        if name == "planned":  # which stays what it is; nothing is known of the sending yet to come
            ax.plot([xs[-1], last], ys[-1:] * 2, color=colour, linewidth=weight, solid_capstyle="butt", clip_on=False)
        else:
            ax.plot([xs[-1], last], ys[-1:] * 2, color=colour, linewidth=0.7, linestyle=(0, (1, 1.5)))
            ax.plot(xs[-1:], ys[-1:], clip_on=False, zorder=5, **sheet.marker(0, colour))
    return sheet.figure


def _said(series: dict[str, tuple[list[float], list[int]]]) -> tuple[str, str]:
    if "actual" not in series:
        note = f"{counted(series['planned'][1][-1], 'person', 'people')} planned, nobody invited yet"
        return note, f"{note}."
    times, counts = series["actual"]
    until = _until(times[-1], is_short=times[-1] - times[0] < _SHORT)
    if "planned" not in series:
        note = f"{counted(counts[-1], 'person', 'people')} invited by {until}; there is no plan"
        return note, f"{note}."
    by_then = [count for at, count in zip(*series["planned"], strict=True) if at <= times[-1]]
    gap = counts[-1] - (by_then[-1] if by_then else 0)
    against = "as planned" if gap == 0 else f"{abs(gap):,} {'ahead of' if gap > 0 else 'behind'} the plan"
    note = f"{counts[-1]:,} of {counted(series['planned'][1][-1], 'person', 'people')} invited by {until}, {against}"
    return note, f"{note}."


def _until(number: float, *, is_short: bool) -> str:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)
    return f"{day_said(at.date())}, {at:%H:%M} UTC" if is_short else day_said(at.date())
