"""Cohorts: a heat map. A row is a week of sending, a column how many weeks later, a cell the share who had accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.reading import Row, day, rows
from clerkbulk.onboarding.plots.sheet import MARGIN, SMALL, Sheet, drawing, measured, nothing
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.wording import day_said
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ("week", "invited", "weeks_since", "accepted", "share", "complete")
MOST_WEEKS = 26
_CELL = 0.235
_LEAST, _WIDEST = 0.37, 0.62
"""Inches: a cell is at least as wide as its number, and no wider than looks like a map."""


@drawing
def cohort_plot(frame: Any, *, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None) -> Figure:
    """Draw the share who had accepted so many weeks after the week in which they were invited.

    frame is the cohorts frame. At most the latest 26 weeks are drawn, and as many columns as there is room for; the
    note says what is left out. Raises InputError for another frame, or without matplotlib.
    """
    lines = [line for line in rows(frame, _COLUMNS, "cohorts") if line["week"] is not None and line["invited"]]
    heading = title or "Accepted, by the week of the invitation"
    if not lines:
        return nothing(width, theme, heading, "Nothing to draw: nobody has been invited yet, so there is no week.")
    invited = {day(line["week"]): int(line["invited"]) for line in lines}
    weeks = sorted(invited)[-MOST_WEEKS:]
    names = {week: day_said(week, year=at == 0 or week.year != weeks[at - 1].year) for at, week in enumerate(weeks)}
    name_room = max(measured(name, SMALL) for name in names.values())
    left = MARGIN + name_room + max(*(measured(f"{invited[week]:,}", SMALL) for week in weeks), 0.3) + 0.26
    later = max(line["weeks_since"] for line in lines if day(line["week"]) in names)
    columns = min(later + 1, int((width - left - MARGIN) / _LEAST))
    cell = min((width - left - MARGIN) / columns, _WIDEST)
    note = f"{counted(sum(invited[week] for week in weeks), 'person', 'people')}, % of those invited in the week"
    note += f"; the latest {len(weeks)} of {len(invited)} weeks" if len(invited) > len(weeks) else ""
    note += f"; the first {columns} of {later + 1} columns" if later >= columns else ""
    shown = [line for line in lines if day(line["week"]) in names and line["weeks_since"] < columns]
    caption = "Weeks are full weeks since the first invitation of each person."
    if any(line["complete"] is not True for line in shown):
        caption = "+ so far: not all of that week have been observed so long. " + caption
    top, height = 0.38, _CELL * len(weeks)
    sheet = Sheet(
        width, theme, title=heading, note=note, caption=caption, body=top + height, says=_spoken(shown, weeks, invited)
    )
    ax = sheet.axes(left, top, cell * columns, height)
    ax.set_xlim(0, columns)
    ax.set_ylim(len(weeks), 0)
    ax.spines["bottom"].set_visible(False)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.tick_params(axis="x", length=0, pad=1)
    ax.set_xticks([at + 0.5 for at in range(columns)], labels=[str(at) for at in range(columns)])
    ax.set_yticks([])
    sheet.name_x(ax, "weeks since the invitation")
    sheet.write(MARGIN, top - 0.1, "week of", points=SMALL, color=theme.soft)
    sheet.write(left - 0.1, top - 0.1, "people", points=SMALL, color=theme.soft, ha="right")
    for row, week in enumerate(weeks):
        y = top + _CELL * (row + 0.5)
        sheet.write(MARGIN, y, names[week], points=SMALL)
        sheet.write(left - 0.1, y, f"{invited[week]:,}", points=SMALL, ha="right")
    _cells(sheet, ax, shown, weeks)
    return sheet.figure


def _cells(sheet: Sheet, ax: Any, lines: Sequence[Row], weeks: Sequence[date]) -> None:
    from matplotlib.patches import Rectangle

    rank = {week: at for at, week in enumerate(weeks)}
    for line in lines:
        row, column, share = rank[day(line["week"])], int(line["weeks_since"]), line["share"]
        fill, ink = sheet.theme.heat_of(share) if share is not None else (sheet.theme.paper, sheet.theme.soft)
        ax.add_patch(
            Rectangle((column, row), 1, 1, facecolor=fill, edgecolor=sheet.theme.paper, linewidth=1.4, zorder=2)
        )
        said = "?" if share is None else f"{100 * share:.0f}" + ("" if line["complete"] is True else "+")
        ax.text(
            column + 0.5, row + 0.5, said, ha="center", va="center_baseline", color=ink, fontsize=SMALL,
            fontfamily="DejaVu Sans", zorder=3, parse_math=False,
        )  # fmt: skip


def _spoken(lines: Sequence[Row], weeks: Sequence[date], invited: Mapping[date, int]) -> str:
    said = []
    for week in weeks[-8:]:
        last = max((line for line in lines if day(line["week"]) == week), key=lambda line: line["weeks_since"])
        share = "not known" if last["share"] is None else f"{100 * last['share']:.0f} %"
        said.append(f"Of {invited[week]:,} people of the week of {day_said(week)}, {share} had accepted.")
    return " ".join(said)
