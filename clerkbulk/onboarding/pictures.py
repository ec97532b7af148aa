"""Pictures: which frame each plot is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from clerkbulk.errors import InputError
from clerkbulk.onboarding import plots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from clerkbulk.onboarding.onboarding import Onboarding

_Drawn = Callable[["Onboarding", "str | None", int, dict[str, Any]], "Figure"]


def picture(shown: Onboarding, what: str, by: str | None, at_least: int, look: Mapping[str, Any]) -> Figure:
    """Draw a plot of onboarding. Raises InputError for one that there is not, or what it needs and was not given."""
    if what not in PICTURES:
        raise InputError(f"There is no picture {what!r}; there are: {', '.join(PICTURES)}.")
    draw, takes_groups = PICTURES[what]
    if by is not None and not takes_groups:
        raise InputError(f"The picture {what!r} takes no groups: leave by out, or narrow with only().")
    return draw(shown, by, at_least, dict(look))


def _comparison(shown: Onboarding, by: str | None, at_least: int, look: dict[str, Any]) -> Figure:
    if by is None:
        raise InputError("A comparison is between groups: say by what, such as by='role'.")
    tested = shown.compare(by, at_least=at_least)
    return plots.comparison_plot(shown.curve(by, at_least=at_least), comparison=tested, **look)


def _curve(shown: Onboarding, by: str | None, at_least: int, look: dict[str, Any]) -> Figure:
    quartiles = shown.quartiles(by, at_least=at_least)
    return plots.curve_plot(shown.curve(by, at_least=at_least), quartiles=quartiles, **look)


def _forecast(shown: Onboarding, by: str | None, at_least: int, look: dict[str, Any]) -> Figure:
    if "until" not in look:
        raise InputError("A forecast is for a day: give until=datetime.date(...).")
    return plots.forecast_plot(shown.over_time(), shown.forecast(look.pop("until")), **look)


PICTURES: Mapping[str, tuple[_Drawn, bool]] = {
    "funnel": (lambda shown, by, least, look: plots.funnel_plot(shown.funnel(by, at_least=least), **look), True),
    "curve": (_curve, True),
    "incidence": (
        lambda shown, by, least, look: plots.incidence_plot(shown.incidence(by, at_least=least), **look), True,
    ),
    "cohorts": (lambda shown, by, least, look: plots.cohort_plot(shown.cohorts(), **look), False),
    "over_time": (lambda shown, by, least, look: plots.over_time_plot(shown.over_time(), **look), False),
    "comparison": (_comparison, True),
    "sending": (lambda shown, by, least, look: plots.sending_plot(shown.sending(), **look), False),
    "forecast": (_forecast, False),
}  # fmt: skip
"""Every picture by name, and whether it can be drawn by groups."""
