"""Curves: a share that rises with the days, a line a group, each named where it ends; and who was still at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.reading import Row
from clerkbulk.onboarding.plots.sheet import MARGIN, SMALL, Sheet, inches, measured, shortened
from clerkbulk.onboarding.plots.steps import day_ticks, share_ticks, spread, thinned
from clerkbulk.onboarding.plots.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CURVES = 8
_FEW = 3
"""Up to so many curves have their bands; more would only blur each other."""
_LEFT = 0.46
AT_RISK = "at risk: still open, invited at least that long ago"
"""What the numbers below a curve count: neither in nor ended just before that day, and observed until then."""
LABEL = inches(SMALL, 2) + 0.03
"""Inches from label to label: two lines each."""
ROW = 0.17
"""Inches from row to row of those at risk."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve to draw. Days since the first invitation; shares from 0 to 1; a band may be lacking."""

    name: str
    label: str
    """What stands where it ends, below its name."""
    days: Sequence[float]
    share: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    at_risk: Sequence[int] = ()
    leaving: int = 0
    """Who went with the last step: after it, so many fewer are at risk than before."""
    colour: int = 0
    """Which of the series: dashes, mark and colour."""
    paint: str = ""
    """A colour of its own in place of the series'."""

    @property
    def people(self) -> int:
        """At risk at the beginning."""
        return self.at_risk[0] if self.at_risk else 0

    def still_at_risk(self, day: float) -> int:
        """Return how many were at risk just before a day."""
        for at, days in enumerate(self.days):
            if days >= day:
                return self.at_risk[at]
        return max(self.at_risk[-1] - self.leaving, 0)


def line_of(name: str, lines: Sequence[Row], colour: int) -> Line | None:
    """Return the curve of a group's lines of the curve frame; None where nobody is in it. Lines with gaps are left."""
    whole = [line for line in lines if line["days"] is not None and line["probability"] is not None]
    whole.sort(key=lambda line: line["days"])
    people = max((line["at_risk"] or 0 for line in whole), default=0)
    if not people:
        return None
    banded = all(line["low"] is not None and line["high"] is not None for line in whole)
    last = whole[-1]
    return Line(
        name=name,
        label=f"{percent(last['probability'])}, n = {people:,}",
        days=[line["days"] for line in whole],
        share=[line["probability"] for line in whole],
        low=[line["low"] for line in whole] if banded else (),
        high=[line["high"] for line in whole] if banded else (),
        at_risk=[line["at_risk"] or 0 for line in whole],
        leaving=(last["accepted"] or 0) + (last["others"] or 0),
        colour=colour,
    )


def label_room(lines: Sequence[Line], width: float) -> float:
    """Return how many inches the labels on the right take."""
    widest = max(max(measured(line.name, SMALL, bold=True), measured(line.label, SMALL)) for line in lines)
    return min(widest, 0.31 * width) + 0.18 + MARGIN


def are_banded(lines: Sequence[Line], others: Sequence[Line]) -> bool:
    """Say whether the bands of curves are drawn: those of many would hide each other."""
    return len(lines) <= _FEW and not others and any(line.low for line in lines)


def shading(lines: Sequence[Line], others: Sequence[Line] = ()) -> str:
    """Return the sentence that says what is shaded; nothing where nothing is."""
    return "Shaded: confidence interval." if are_banded(lines, others) else ""


def draw_curves(
    sheet: Sheet, lines: Sequence[Line], *, top: float, height: float, y: str, faint: Sequence[Line] = ()
) -> tuple[Axes, list[float]]:
    """Draw curves in a box of the sheet, named on the right. Returns the axes, and which days are named below."""
    right = label_room(lines, sheet.width)
    width = sheet.width - _LEFT - right
    last = max(line.days[-1] for line in (*lines, *faint)) or 1.0
    ax = sheet.axes(_LEFT, top, width, height)
    bands = are_banded(lines, faint)
    most = max(max(line.high if bands and line.high else line.share) for line in (*lines, *faint))
    shares = share_ticks(most)
    ceiling = shares[-1]
    wide_number = max((measured(f"{line.people:,}", SMALL) for line in lines), default=0.0)
    ticks = day_ticks(last, max(2, min(int(width / (wide_number + 0.16)), 9)))
    ax.set_xlim(0, last)
    ax.set_ylim(-0.012 * ceiling, 1.02 * ceiling)
    ax.set_xticks(ticks, labels=[f"{tick:,g}" for tick in ticks])
    ax.set_yticks(shares, labels=[f"{100 * share:g}" for share in shares])
    ax.grid(axis="y", color=sheet.theme.grid, linewidth=0.7)
    for line in faint:
        kept = thinned(line.days, line.share, 40)
        _steps(ax, line, kept, color=sheet.theme.line, linewidth=0.7, zorder=2, label="_faint")
    for line in lines:
        kept = thinned(line.days, line.share)
        if bands and line.low:
            ax.fill_between(
                [line.days[at] for at in kept], [line.low[at] for at in kept], [line.high[at] for at in kept],
                step="post", alpha=0.16, linewidth=0, color=line.paint or sheet.theme.series[line.colour], zorder=2.5,
            )  # fmt: skip
        _steps(ax, line, kept, linewidth=1.8, zorder=3, label=line.name, **sheet.dashes(line.colour, line.paint))
    sheet.name_axes(ax, "days since the first invitation", y)
    _name(sheet, lines, box=(_LEFT, top, width, height), last=last, limits=ax.get_ylim(), room=right)
    return ax, ticks


def draw_at_risk(sheet: Sheet, lines: Sequence[Line], ticks: Sequence[float], *, top: float) -> None:
    """Write how many were at risk at each tick: a row a line, its mark before it."""
    theme = sheet.theme
    last = max(line.days[-1] for line in lines) or 1.0
    right = label_room(lines, sheet.width)
    width = sheet.width - _LEFT - right
    sheet.write(MARGIN, top + ROW / 2, AT_RISK, points=SMALL, color=theme.soft)
    for number, line in enumerate(lines, 1):
        y = top + ROW * (number + 0.5)
        if len(lines) > 1:
            sheet.line([MARGIN + 0.05], [y], **sheet.marker(line.colour))
        for tick in ticks:
            x = _LEFT + width * tick / last
            sheet.write(x, y, f"{line.still_at_risk(tick):,}", points=SMALL, ha="center")
        if len(lines) > 1:
            x = _LEFT + width + 0.18
            sheet.write(x, y, shortened(line.name, right - 0.18 - MARGIN, SMALL), points=SMALL, color=theme.soft)


def at_risk_height(lines: int) -> float:
    """Return how many inches the numbers at risk take."""
    return ROW * (lines + 1)


def _steps(ax: Axes, line: Line, kept: Sequence[int], **look: Any) -> None:
    ax.plot(
        [line.days[at] for at in kept], [line.share[at] for at in kept], drawstyle="steps-post", clip_on=False,
        solid_capstyle="butt", **look,
    )  # fmt: skip


def _name(
    sheet: Sheet, lines: Sequence[Line], *, box: tuple[float, float, float, float], last: float,
    limits: tuple[float, float], room: float,
) -> None:  # fmt: skip
    left, top, width, height = box
    bottom, above = limits
    ends = [top + height * (above - line.share[-1]) / (above - bottom) for line in lines]
    places = spread(ends, LABEL, top - 0.1, top + height + 0.12)
    for line, end, place in zip(lines, ends, places, strict=True):
        x = left + width * line.days[-1] / last
        sheet.line([x], [end], zorder=4, **sheet.marker(line.colour, line.paint))
        bend = [left + width + 0.06] if abs(place - end) > 0.02 or x < left + width - 0.01 else []
        sheet.line(
            [x, *bend, left + width + 0.15], [end, *([end] * len(bend)), place],
            color=line.paint or sheet.theme.series[line.colour], linewidth=0.7, linestyle=(0, (1, 1)) if bend else "-",
        )  # fmt: skip
        name = shortened(line.name, room - 0.18 - MARGIN, SMALL, bold=True)
        sheet.write(left + width + 0.18, place - inches(SMALL) / 2, name, points=SMALL, weight="bold")
        sheet.write(left + width + 0.18, place + inches(SMALL) / 2, line.label, points=SMALL)
