"""Funnel: how many people came how far, a bar a step, a small funnel a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.reading import Row, by_group, rows
from clerkbulk.onboarding.plots.sheet import MARGIN, TEXT, Sheet, drawing, inches, measured, nothing, shortened
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.wording import percent
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS = ("group", "step", "people", "otherwise", "not_known", "of_first", "of_previous")
STEPS = {
    "planned": "Planned",
    "invited": "Invited",
    "accepted": "Accepted",
    "first_sign_in": "First sign-in",
    "active_week_1": "Active in week 1",
    "active_week_2": "Active in week 2",
}
_NOT_IN = {"planned", "invited"}
"""Steps that bring nobody in: their bars are grey."""
MOST_PANELS = 8
_LEAST_PANEL = 2.0
_ROOMY = 2.5
_BETWEEN = 0.35
_STEP = inches(TEXT) + 0.24
_BAR = 0.14


@drawing
def funnel_plot(frame: Any, *, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None) -> Figure:
    """Draw how many people came to each step, as people and as a share of those planned.

    frame is the funnel frame. Of more than eight groups the largest are drawn, and the caption says how many are not.
    Raises InputError for another frame, or without matplotlib.
    """
    groups = by_group(rows(frame, _COLUMNS, "funnel"))
    heading = title or "How far people have come"
    shown = _largest({name: lines for name, lines in groups.items() if _first(lines)})
    if not shown:
        return nothing(width, theme, heading, "Nothing to draw: nobody is planned or invited yet.")
    across = min(len(shown), max(1, int((width - 2 * MARGIN + _BETWEEN) / (_LEAST_PANEL + _BETWEEN))))
    down = -(-len(shown) // across)
    heads = inches(TEXT) + 0.06 if len(shown) > 1 else 0.0
    panel = heads + _STEP * max(len(lines) for lines in shown.values())
    people = sum(_first(lines) for lines in groups.values())
    left = len(groups) - len(shown)
    note = f"{counted(people, 'person', 'people')}; bars show people, and % of the first step" + (
        f"; the {len(shown)} largest of {len(groups)} groups" if left else ""
    )
    sheet = Sheet(
        width, theme, title=heading, note=note, caption=_caption(shown), body=down * (panel + 0.2) - 0.2,
        says=_spoken(shown),
    )  # fmt: skip
    room = (width - 2 * MARGIN - _BETWEEN * (across - 1)) / across
    for number, (name, lines) in enumerate(shown.items()):
        x = MARGIN + (number % across) * (room + _BETWEEN)
        y = (number // across) * (panel + 0.2)
        if len(shown) > 1:
            size = f", n = {_first(lines):,}"
            label = shortened(name, room - measured(size, TEXT, bold=True), TEXT, bold=True) + size
            sheet.write(x, y + inches(TEXT) / 2, label, weight="bold")
        _panel(sheet, lines, x, y + heads, room)
    return sheet.figure


def _panel(sheet: Sheet, lines: Sequence[Row], left: float, top: float, room: float) -> None:
    theme, height = sheet.theme, _STEP * len(lines)
    most = max(max(_reach(line) for line in lines), 1)
    ax = sheet.axes(left, top, room, height)
    ax.set_xlim(0, most)
    ax.set_ylim(height, 0)
    ax.axis("off")
    for number, line in enumerate(lines):
        middle = number * _STEP + inches(TEXT) + _BAR / 2
        count, otherwise, unknown = (line[name] or 0 for name in ("people", "otherwise", "not_known"))
        ax.barh(middle, most, height=_BAR, color=theme.grid, linewidth=0, zorder=1)
        fill = theme.line if line["step"] in _NOT_IN else theme.inside
        ax.barh(middle, count, height=_BAR, color=fill, linewidth=0, zorder=3, label=line["step"])
        if otherwise:
            ax.barh(
                middle, otherwise, left=count, height=_BAR, color=theme.otherwise, linewidth=0, zorder=2,
                label="otherwise",
            )  # fmt: skip
        if unknown:
            ax.barh(
                middle, unknown, left=count + otherwise, height=_BAR * 0.82, facecolor=theme.paper,
                edgecolor=theme.soft, linestyle=(0, (1.5, 1.5)), linewidth=0.9, zorder=2,
            )  # fmt: skip
        y = top + number * _STEP + inches(TEXT) / 2
        said = _said(line, number, room)
        name = STEPS.get(line["step"], str(line["step"]))
        sheet.write(left, y, shortened(name, room - measured(said) - 0.1))
        sheet.write(left + room, y, said, ha="right")


def _said(line: Row, number: int, room: float) -> str:
    if line["people"] is None:
        return "not known"
    count = f"{line['people']:,}" if number and room < _ROOMY else counted(line["people"], "person", "people")
    if number == 0:
        return count
    said = f"{count} · {percent(line['of_first'])}"
    if number > 1 and room > 4.5 and line["of_previous"] is not None:
        said += f" · {percent(line['of_previous'])} of the step before"
    return said


def _caption(shown: Mapping[str, Sequence[Row]]) -> str:
    lines = [line for found in shown.values() for line in found]
    otherwise = {line["step"]: sum(one["otherwise"] or 0 for one in lines if one["step"] == line["step"])
                 for line in lines}  # fmt: skip
    unknown = {line["step"]: sum(one["not_known"] or 0 for one in lines if one["step"] == line["step"])
               for line in lines}  # fmt: skip
    said = []
    if any(otherwise.values()):
        said.append(f"Light blue: in, but not by the link ({_counts(otherwise)}).")
    if any(unknown.values()):
        said.append(f"Dotted: not known, or not yet ({_counts(unknown)}).")
    return " ".join(said)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{STEPS.get(step, step)} {count:,}" for step, count in counts.items() if count)


def _spoken(shown: Mapping[str, Sequence[Row]]) -> str:
    def of(name: str, lines: Sequence[Row]) -> str:
        steps = ", ".join(f"{STEPS.get(line['step'], line['step'])} {_said(line, at, _ROOMY)}"
                          for at, line in enumerate(lines))  # fmt: skip
        return f"{name}: {steps}." if len(shown) > 1 else f"{steps}."

    return " ".join(of(name, lines) for name, lines in shown.items())


def _first(lines: Sequence[Row]) -> int:
    return max((line["people"] or 0 for line in lines), default=0)


def _reach(line: Row) -> int:
    return sum(line[name] or 0 for name in ("people", "otherwise", "not_known"))


def _largest(groups: Mapping[str, Sequence[Row]]) -> dict[str, Sequence[Row]]:
    kept = set(sorted(groups, key=lambda name: -_first(groups[name]))[:MOST_PANELS])
    return {name: lines for name, lines in groups.items() if name in kept}
