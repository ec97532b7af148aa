"""Plots: what is written on them can be read, says its unit and of how many people it is."""

from __future__ import annotations

from typing import Any

import pytest
from easel import GROUPED, LONG, PLOTS, crowd, cut_off, drawn, on_each_other, texts, told

from clerkbulk.onboarding.plots.style import PHONE, WIDE

AXES = {
    "funnel": ["bars show people, and % of the first step"],
    "curve": ["accepted, % of people invited", "days since the first invitation"],
    "incidence": ["ended so, % of people invited", "days since the first invitation"],
    "cohorts": ["% of those invited in the week", "weeks since the invitation", "people"],
    "over_time": ["people", "date"],
    "comparison": ["accepted, % of people invited", "days since the first invitation"],
    "sending": ["people", "time, UTC"],
    "forecast": ["people", "date"],
}
OF_HOW_MANY = {
    "funnel": "120 people; bars",
    "curve": "n = 108",
    "incidence": "108 people invited",
    "cohorts": "108 people, %",
    "over_time": "120 people at the end of 26 Oct 2026",
    "comparison": "n = 36",
    "sending": "60 of 108 people invited",
    "forecast": "can still accept, 0 are",
}


@pytest.mark.parametrize("what", PLOTS)
@pytest.mark.parametrize("width", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_plot_says_what_it_counts_and_stays_on_its_paper(what: str, width: float) -> None:
    """Axes have names with units, n is there, no text is cut off and none covers another, on a page and on a phone."""
    figure = drawn(what, told(crowd(120)), width=width)
    said = " ".join(texts(figure))
    assert [name for name in AXES[what] if name not in said] == []
    assert what == "forecast" or OF_HOW_MANY[what] in said
    assert cut_off(figure) == []
    assert on_each_other(figure) == []
    assert figure.get_size_inches()[0] == width


@pytest.mark.parametrize("what", sorted(GROUPED))
@pytest.mark.parametrize("width", [WIDE, PHONE], ids=["wide", "phone"])
def test_many_groups_of_long_names_have_room(what: str, width: float) -> None:
    """Eleven groups, some of whose names fill a page: names are shortened, and every text keeps its place."""
    teams = [LONG, LONG.upper(), "W" * 90, "\N{LATIN SMALL LETTER U WITH DIAERESIS}ber " * 20]
    teams += ["$\\frac{1}{0}$ <b>&amp;</b>", "a_b^c", *"defgh"]
    shown = told(crowd(220, teams))
    figure = shown.plot(what, "team", width=width)
    assert cut_off(figure) == []
    assert on_each_other(figure) == []
    said = texts(figure)
    assert any("…" in one for one in said)
    assert any("11 groups" in one for one in said)


@pytest.mark.parametrize("what", ["curve", "comparison"])
def test_shading_is_told_where_something_is_shaded(what: str) -> None:
    """Up to three groups have their intervals; of more, none is drawn and none is spoken of."""
    for teams, shaded in ((("a", "b", "c"), True), (("a", "b", "c", "d"), False)):
        figure = told(crowd(120, teams)).plot(what, "team")
        bands = figure.axes[0].collections
        assert bool(bands) is shaded
        assert ("Shaded: confidence interval." in " ".join(texts(figure))) is shaded


def test_the_smallest_groups_are_thin_lines_and_counted() -> None:
    """Of more than eight groups seven are named; the caption says how many people the others have."""
    figure = told(crowd(220, [f"team {number}" for number in range(11)])).plot("comparison", "team")
    caption = " ".join(texts(figure))
    assert "Thin lines: 4 smaller groups with 72 people in them." in caption
    faint = [line for line in figure.axes[0].get_lines() if line.get_label() == "_faint"]
    assert len(faint) == 4


@pytest.mark.parametrize(("width", "least"), [(2.0, "3"), (50.0, "3")])
def test_a_figure_nobody_could_read_is_refused(width: float, least: str) -> None:
    """Narrower than a phone or wider than a wall: the message says which widths there are."""
    refused: Any = pytest.raises(ValueError, match=f"{least} to 40 inches wide")
    with refused:
        drawn("funnel", told(crowd(10)), width=width)
