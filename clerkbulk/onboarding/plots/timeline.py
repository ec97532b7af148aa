"""Timeline: axes of people over dates, with what is named at their right edge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clerkbulk.onboarding.plots.sheet import MARGIN, SMALL, Sheet, inches, measured
from clerkbulk.onboarding.plots.steps import count_ticks, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 2.5
TOP = 0.24
BODY = TOP + HEIGHT + 0.56
"""Inches a timeline takes, its names and its dates with it."""
_PATCH = 0.1


@dataclass(frozen=True, slots=True)
class Named:
    """A label at the right edge: where it belongs in people, its two lines, and the colour of what it names."""

    at: float
    name: str
    label: str
    colour: str
    is_area: bool = False
    """An area is shown as a patch of its colour before the name, since an area may be too pale for a line."""


def timeline(
    sheet: Sheet, *, first: float, last: float, most: float, named: Sequence[Named], x: str,
    ticks: Callable[[float, float, int], list[tuple[float, str]]],
) -> Axes:  # fmt: skip
    """Return axes from a day to another (days since 1970) and from no people to the most, named on the right."""
    numbers = count_ticks(most)
    left = max(measured(f"{numbers[-1]:,}", SMALL) + 0.18, 0.4)
    widest = [max(measured(one.name, SMALL, bold=True), measured(one.label, SMALL)) for one in named]
    patches = _PATCH + 0.06 if any(one.is_area for one in named) else 0.0
    right = max(widest, default=0.0) + 0.23 + patches + MARGIN
    width = sheet.width - left - right
    ax = sheet.axes(left, TOP, width, HEIGHT)
    ax.set_xlim(first, last)
    ax.set_ylim(0, max(numbers[-1], 1))
    ax.set_yticks(numbers, labels=[f"{number:,}" for number in numbers])
    places = ticks(first, last, max(2, int(width / (measured("28 May", SMALL) + 0.14))))
    ax.set_xticks([place for place, _ in places], labels=[said for _, said in places])
    ax.grid(axis="y", color=sheet.theme.grid, linewidth=0.7)
    sheet.name_axes(ax, x, "people")
    top = max(numbers[-1], 1)
    ends = [TOP + HEIGHT * (1 - one.at / top) for one in named]
    middles = spread(ends, inches(SMALL, 2) + 0.03, TOP - 0.12, TOP + HEIGHT + 0.12)
    for one, end, middle in zip(named, ends, middles, strict=True):
        edge = left + width
        leader = (
            {"color": sheet.theme.line, "linewidth": 0.7} if one.is_area else {"color": one.colour, "linewidth": 1.4}
        )
        first = middle - inches(SMALL) / 2
        if one.is_area:
            sheet.patch(edge + 0.23, first, _PATCH, fill=one.colour)
        sheet.line([edge + 0.03, edge + 0.09, edge + 0.19], [end, end, first if one.is_area else middle], **leader)
        sheet.write(edge + 0.23 + patches, first, one.name, points=SMALL, weight="bold")
        sheet.write(edge + 0.23 + patches, middle + inches(SMALL) / 2, one.label, points=SMALL)
    return ax
