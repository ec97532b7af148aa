"""Forecast: who has accepted so far, and how many will have by a day, with the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.dates import date_ticks, day_number
from clerkbulk.onboarding.plots.reading import Row, day, rows
from clerkbulk.onboarding.plots.sheet import Sheet, drawing, nothing
from clerkbulk.onboarding.plots.steps import every_nth
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.timeline import BODY, Named, timeline
from clerkbulk.onboarding.plots.wording import day_said
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORECAST = ("by", "accepted_now", "expected", "low", "high", "open", "planned")
_MOST_DAYS = 400


@drawing
def forecast_plot(
    over_time: Any, forecast: Any, *, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None
) -> Figure:
    """Draw the people who have accepted so far, and from there to how many are expected by the day of the forecast.

    over_time and forecast are the frames of these names; a forecast for several days is drawn through all of them.
    Raises InputError for other frames, or without matplotlib.
    """
    past = [line for line in rows(over_time, ("date", "accepted"), "over_time") if line["date"] is not None]
    past = sorted((line for line in past if line["accepted"] is not None), key=lambda line: day(line["date"]))
    coming = [line for line in rows(forecast, _FORECAST, "forecast") if line["by"] and line["expected"] is not None]
    coming.sort(key=lambda line: day(line["by"]))
    heading = title or "How many will have accepted"
    if not coming:
        return nothing(width, theme, heading, "Nothing to draw: there is no forecast.")
    end = coming[-1]
    kept = [past[at] for at in every_nth(len(past), _MOST_DAYS)]
    days = [day_number(day(line["date"])) for line in kept]
    counts = [int(line["accepted"]) for line in kept]
    ahead = [day_number(day(line["by"])) for line in coming]
    now = int(end["accepted_now"] or 0)
    began = min([*days, *ahead])
    # Where the forecast sets out: the last day there is, with what is known now.
    out = max((one for one in days if one <= ahead[0]), default=ahead[0])
    marks = [(out, now, now, now), *((at, *_interval(line)) for at, line in zip(ahead, coming, strict=True))]
    named = [
        Named(end["expected"], f"{end['expected']:,.0f} expected", f"{_between(end)}", theme.inside),
        Named(now, f"{now:,} so far", day_said(_last(past)) if past else "", theme.inside),
    ]
    by = day_said(day(end["by"]))
    says = (
        f"{counted(now, 'person', 'people')} accepted so far; {end['expected']:,.0f} expected by {by}, {_between(end)}."
    )
    sheet = Sheet(
        width, theme, title=heading, note=_note(end, by), body=BODY, says=says,
        caption="Dashed: expected. Shaded: interval of the forecast, drawn evenly up to its day.",
    )  # fmt: skip
    most = max(*counts, *(mark[3] for mark in marks), 1) if counts else max(mark[3] for mark in marks)
    last = max([*days, *ahead])
    ax = timeline(
        sheet, first=began, last=last if last > began else began + 1, most=most, named=named, x="date", ticks=date_ticks
    )  # fmt: skip
    if days:
        ax.plot(days, counts, label="accepted", linewidth=2, clip_on=False, zorder=4, **sheet.dashes(0, theme.inside))
    ax.plot([out, ax.get_xlim()[1]], [now, now], color=theme.inside, linewidth=0.7, linestyle=(0, (1, 1.5)), zorder=2)
    ax.plot([out], [now], clip_on=False, zorder=6, **sheet.marker(0, theme.inside))
    xs = [mark[0] for mark in marks]
    ax.fill_between(
        xs, [mark[2] for mark in marks], [mark[3] for mark in marks], color=theme.inside, alpha=0.16, linewidth=0,
        zorder=2,
    )  # fmt: skip
    ax.plot(
        xs, [mark[1] for mark in marks], label="expected", linewidth=1.8, clip_on=False, zorder=4,
        **sheet.dashes(1, theme.inside),
    )  # fmt: skip
    at, expected, low, high = marks[-1]
    ax.plot([at, at], [low, high], color=theme.inside, linewidth=2.4, clip_on=False, zorder=5, label="interval")
    ax.plot([at], [expected], clip_on=False, zorder=6, **sheet.marker(1, theme.inside))
    return sheet.figure


def _interval(line: Row) -> tuple[float, float, float]:
    expected = float(line["expected"])
    return (
        expected,
        expected if line["low"] is None else float(line["low"]),
        expected if line["high"] is None else float(line["high"]),
    )


def _between(line: Row) -> str:
    _, low, high = _interval(line)
    return f"{low:,.0f} to {high:,.0f}"


def _note(line: Row, by: str) -> str:
    open_now, planned = (int(line[name] or 0) for name in ("open", "planned"))
    note = f"By {by}; {counted(open_now, 'person', 'people')} can still accept"
    return note + (f", {planned:,} are still to be invited" if planned else "")


def _last(past: list[Row]) -> Any:
    return day(past[-1]["date"])
