"""Comparison: the curves of groups beside each other, and whether they differ by more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clerkbulk.onboarding.plots.curve import COLUMNS, NOTHING, largest, left_out, note, spoken
from clerkbulk.onboarding.plots.curves import LABEL, draw_curves, shading
from clerkbulk.onboarding.plots.reading import by_group, rows
from clerkbulk.onboarding.plots.sheet import Sheet, drawing, nothing
from clerkbulk.onboarding.plots.style import LIGHT, WIDE, Theme
from clerkbulk.onboarding.plots.wording import chance_said
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TESTED = ("group", "chi_square", "degrees_of_freedom", "p_value")


@drawing
def comparison_plot(
    frame: Any, *, comparison: Any = None, width: float = WIDE, theme: Theme = LIGHT, title: str | None = None
) -> Figure:
    """Draw the curves of groups, each named where it ends; the log-rank test of them stands in the caption.

    frame is the curve frame by group, comparison the comparison frame. Of more than eight groups the largest are named
    and the others thin lines. Raises InputError for another frame, or without matplotlib.
    """
    lines, others = largest(by_group(rows(frame, COLUMNS, "curve")))
    heading = title or "Who accepts faster"
    if not lines:
        return nothing(width, theme, heading, NOTHING)
    tested = _tested(comparison)
    height = max(2.6, LABEL * len(lines))
    caption = " ".join([tested, left_out(others), shading(lines, others), "n: people invited."])
    sheet = Sheet(
        width, theme, title=heading, note=note(lines, others), caption=caption, body=0.24 + height + 0.42,
        says=f"{spoken(lines)} {tested}",
    )  # fmt: skip
    draw_curves(sheet, lines, top=0.24, height=height, y="accepted, % of people invited", faint=others)
    return sheet.figure


def _tested(comparison: Any) -> str:
    if comparison is None:
        return ""
    found = rows(comparison, _TESTED, "comparison")
    if len(found) < 2:
        return "One group: there is nothing to compare it with."
    first = found[0]
    if first["p_value"] is None or first["chi_square"] is None:
        return "Log-rank test: there are too few acceptances to tell the groups apart."
    freedom = counted(int(first["degrees_of_freedom"]), "degree of freedom", "degrees of freedom")
    return (
        f"Log-rank test of no difference: χ² = {first['chi_square']:,.1f}, {freedom}, "
        f"p {chance_said(first['p_value'])} (the chance of so much difference if the groups were alike)."
    )
