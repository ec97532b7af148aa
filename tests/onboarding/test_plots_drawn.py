"""Plots: what is drawn is what the frame says."""

from __future__ import annotations

import random
from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from easel import day_of, lines, table, texts
from matplotlib.colors import to_hex

from clerkbulk.onboarding import plots
from clerkbulk.onboarding.plots import DARK, LIGHT

CURVE = "group days at_risk accepted others probability low high"
TWO_GROUPS = table(
    CURVE,
    ("orbit", 0.0, 4, 0, 0, 0.0, 0.0, 0.0),
    ("orbit", 2.0, 4, 1, 0, 0.25, 0.05, 0.7),
    ("orbit", 6.0, 3, 1, 1, 0.5, 0.2, 0.9),
    ("harbor", 0.0, 2, 0, 0, 0.0, 0.0, 0.0),
    ("harbor", 10.0, 2, 2, 0, 1.0, 1.0, 1.0),
)


def test_a_curve_runs_through_the_points_of_the_frame() -> None:
    """Each group is a line of steps from day 0 through every day of its frame."""
    figure = plots.curve_plot(TWO_GROUPS)
    assert lines(figure) == {
        "orbit": ([0.0, 2.0, 6.0], [0.0, 0.25, 0.5]),
        "harbor": ([0.0, 10.0], [0.0, 1.0]),
    }
    assert {line.get_drawstyle() for line in figure.axes[0].get_lines() if line.get_label() in TWO_GROUPS["group"]} == {
        "steps-post"
    }


def test_numbers_at_risk_are_of_just_before_each_day() -> None:
    """At risk on a day: who is neither in nor ended just before it; after the last step, who is left."""
    said = texts(plots.curve_plot(TWO_GROUPS, width=5.2))
    at = said.index("at risk: still open, invited at least that long ago")
    ticks = [one for one in said[:at] if one in {"0", "2", "4", "6", "8", "10"}]
    rows = [one for one in said[at + 1 :] if one.isdigit()]
    assert set(ticks) >= {"0", "2", "4", "6", "8", "10"}
    assert rows == ["4", "4", "3", "3", "1", "1", "2", "2", "2", "2", "2", "2"]


def test_a_band_is_the_interval_of_the_frame() -> None:
    """The shaded area stands between low and high at each day."""
    (band, _) = plots.curve_plot(TWO_GROUPS).axes[0].collections
    places = {(round(float(x), 6), round(float(y), 6)) for x, y in band.get_paths()[0].vertices}
    assert {(2.0, 0.05), (2.0, 0.7), (6.0, 0.2), (6.0, 0.9)} <= places


def test_a_long_curve_is_thinned_where_nobody_can_see_it() -> None:
    """Of 20,000 steps so few are drawn that the picture is small, and nowhere is it off by more than 1 in 160."""
    made = random.Random(6)  # noqa: S311 - no secret
    days = sorted(made.expovariate(0.2) for _ in range(20_000))
    share = [0.7 * (at + 1) / len(days) for at in range(len(days))]
    rows = (("everybody", day, len(days) - at, 1, 0, share[at], share[at], share[at]) for at, day in enumerate(days))
    (xs, ys) = lines(plots.curve_plot(table(CURVE, *rows)))["Everybody"]
    assert len(xs) < 400
    assert (xs[0], xs[-1], ys[-1]) == (days[0], days[-1], share[-1])
    for day in (made.uniform(days[0], days[-1]) for _ in range(500)):
        true = share[bisect_right(days, day) - 1]
        near = [ys[bisect_right(xs, day + off) - 1] for off in (0.0, days[-1] / 160)]
        assert near[0] - 0.7 / 160 <= true <= near[1] + 0.7 / 160


def test_half_is_marked_where_the_quartiles_have_it() -> None:
    """The marked day is the median of the frame; the caption says it with its interval, or that it is not reached."""
    quartiles = table(
        "group people share days low high says",
        ("orbit", 4, 0.25, 2.0, 1.0, 6.0, ""),
        ("orbit", 4, 0.5, 6.0, 2.0, None, ""),
        ("harbor", 2, 0.5, None, None, None, ""),
    )
    figure = plots.curve_plot(TWO_GROUPS, quartiles=quartiles)
    places = [(list(line.get_xdata()), list(line.get_ydata())) for line in figure.axes[0].get_lines()]
    assert ([6.0, 6.0], [0, 0.5]) in places
    caption = " ".join(texts(figure))
    assert "Half of orbit had accepted after 6.0 days (2.0 to open end)." in caption
    assert "Half of harbor: not reached so far." in caption


def test_a_comparison_draws_the_same_lines_and_says_the_test() -> None:
    """The curves are the frame's; the log-rank test stands below with its numbers, and what is shaded."""
    tested = table(
        "group people observed expected chi_square degrees_of_freedom p_value",
        ("orbit", 4, 2.0, 2.5, 1352.44, 1, 0.0312),
        ("harbor", 2, 2.0, 1.5, 1352.44, 1, 0.0312),
    )
    figure = plots.comparison_plot(TWO_GROUPS, comparison=tested)
    assert lines(figure) == lines(plots.curve_plot(TWO_GROUPS))
    caption = " ".join(texts(figure))
    assert "χ² = 1,352.4, 1 degree of freedom, p = 0.031" in caption
    assert "Shaded: confidence interval." in caption


def test_a_funnel_has_bars_as_long_as_its_numbers() -> None:
    """A bar is the people of a step; who is in otherwise comes after it, then of whom it is not known."""
    frame = table(
        "group step people otherwise not_known of_first of_previous",
        ("everybody", "planned", 200, 0, 0, 1.0, None),
        ("everybody", "invited", 180, 0, 0, 0.9, 0.9),
        ("everybody", "accepted", 100, 20, 0, 0.5, 0.5556),
        ("everybody", "first_sign_in", 90, 0, 7, 0.45, 0.9),
    )
    figure = plots.funnel_plot(frame)
    bars = [(bar.get_x(), bar.get_width(), to_hex(bar.get_facecolor())) for bar in figure.axes[0].patches]
    tracks = [bar for bar in bars if bar[2] == LIGHT.grid]
    assert tracks == [(0, 200, LIGHT.grid)] * 4
    assert [bar for bar in bars if bar[2] != LIGHT.grid] == [
        (0, 200, LIGHT.line), (0, 180, LIGHT.line), (0, 100, LIGHT.inside), (100, 20, LIGHT.otherwise),
        (0, 90, LIGHT.inside), (90, 7, LIGHT.paper),
    ]  # fmt: skip
    said = texts(figure)
    assert {"200 people", "180 people · 90 %", "100 people · 50 % · 56 % of the step before"} <= set(said)
    assert "Light blue: in, but not by the link (Accepted 20)." in " ".join(said)
    assert "Dotted: not known, or not yet (First sign-in 7)." in " ".join(said)


def test_ends_are_lines_of_their_shares() -> None:
    """Each end is a line from its first to the last day anybody was observed; one that nobody met is not drawn."""
    columns = "group end days probability low high at_risk"
    frame = table(
        columns,
        ("everybody", "accepted", 0.0, 0.0, 0.0, 0.0, 10),
        ("everybody", "accepted", 3.0, 0.4, 0.2, 0.7, 10),
        ("everybody", "expired", 0.0, 0.0, 0.0, 0.0, 10),
        ("everybody", "expired", 30.0, 0.3, 0.1, 0.5, 5),
        ("everybody", "revoked", 0.0, 0.0, 0.0, 0.0, 10),
    )
    assert lines(plots.incidence_plot(frame)) == {
        "Accepted": ([0.0, 3.0, 30.0], [0.0, 0.4, 0.4]),
        "Expired": ([30.0, 30.0], [0.0, 0.3]),
    }


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_cell_of_the_map_is_a_share(theme: plots.Theme) -> None:
    """Row and column are the cohort and its age; the number is in %, + while the week is not over, ? when unknown."""
    frame = table(
        "week invited weeks_since accepted share complete",
        (date(2026, 9, 21), 40, 0, 10, 0.25, True),
        (date(2026, 9, 21), 40, 1, 40, 1.0, True),
        (date(2026, 9, 28), 8, 0, 0, 0.0, False),
        (date(2026, 10, 5), 3, 0, None, None, False),
    )
    figure = plots.cohort_plot(frame, theme=theme)
    (ax,) = figure.axes
    cells = {patch.get_xy(): to_hex(patch.get_facecolor()) for patch in ax.patches}
    heat = theme.heat
    assert cells == {(0, 0): heat[1], (1, 0): heat[6], (0, 1): heat[0], (0, 2): theme.paper}
    said = {(text.get_position(), text.get_text()) for text in ax.texts}
    assert said == {((0.5, 0.5), "25"), ((1.5, 0.5), "100"), ((0.5, 1.5), "0+"), ((0.5, 2.5), "?")}
    written = texts(figure)
    assert {"21 Sep 2026", "28 Sep", "5 Oct", "40", "8", "3"} <= set(written)


def test_days_are_stacked_in_the_order_of_the_reports_bar() -> None:
    """From below: accepted, joined, open, expired, revoked, not invited yet; each as thick as its people."""
    frame = table(
        "date waiting open accepted joined expired revoked",
        (date(2026, 3, 28), 50, 30, 10, 5, 3, 2),
        (date(2026, 3, 29), 0, 40, 40, 8, 7, 5),
    )
    figure = plots.over_time_plot(frame)
    layers = {str(one.get_label()): one for one in figure.axes[0].collections}
    assert list(layers) == ["accepted", "joined", "open", "expired", "revoked", "waiting"]
    assert [to_hex(one.get_facecolor()[0]) for one in layers.values()] == [
        LIGHT.inside, LIGHT.otherwise, LIGHT.open, LIGHT.gone, LIGHT.revoked, LIGHT.waiting,
    ]  # fmt: skip

    def thick(stage: str) -> list[tuple[float, float]]:
        places = layers[stage].get_paths()[0].vertices
        days = sorted({float(x) for x, _ in places})
        ends = [sorted({float(y) for x, y in places if x == day}) for day in (days[0], days[-1])]
        return [(of[0], of[-1]) for of in ends]

    assert thick("accepted") == [(0, 10), (0, 40)]
    assert thick("joined") == [(10, 15), (40, 48)]
    assert thick("open") == [(15, 45), (48, 88)]
    assert thick("revoked") == [(48, 50), (95, 100)]
    assert thick("waiting") == [(50, 100), (100, 100)]
    said = [text.get_text() for text in figure.texts]
    assert said[said.index("Not invited yet") + 1] == "0"  # seen on the first day, so it is named
    assert said[said.index("Open") + 1] == "40"


def test_a_forecast_ends_in_its_interval() -> None:
    """The dashed line goes from what is known to what is expected; the bar at its end is the interval."""
    past = table("date accepted", (date(2026, 3, 1), 3), (date(2026, 3, 2), 20))
    ahead = table(
        "by accepted_now expected low high open planned", (date(2026, 3, 12), 20, 31.4, 25.0, 40.0, 60, 5)
    )  # fmt: skip
    found = lines(plots.forecast_plot(past, ahead))
    assert (found["accepted"][1], found["expected"][1], found["interval"][1]) == ([3, 20], [20, 31.4], [25, 40])
    assert [day_of(x) for x in found["expected"][0]] == [date(2026, 3, 2), date(2026, 3, 12)]
    said = texts(plots.forecast_plot(past, ahead))
    assert {"31 expected", "25 to 40", "20 so far"} <= set(said)
    assert "By 12 Mar 2026; 60 people can still accept, 5 are still to be invited" in said


def test_a_sending_is_drawn_against_its_plan() -> None:
    """Both lines are steps through the frame's points; the note says how far it is from the plan, and when."""
    begun = datetime(2026, 3, 28, 22, tzinfo=UTC)
    steps = ((0, 0, 0), (1, 100, 80), (2, 200, 150), (3, 300, None))
    frame = table("at planned actual", *((begun + timedelta(hours=at), plan, sent) for at, plan, sent in steps))
    figure = plots.sending_plot(frame)
    found = lines(figure)
    assert (found["planned"][1], found["actual"][1]) == ([0, 100, 200, 300], [0, 80, 150])
    hours = [round((x - found["planned"][0][0]) * 24, 6) for x in found["planned"][0]]
    assert hours == [0, 1, 2, 3]
    assert "150 of 300 people invited by 29 Mar 2026, 00:00 UTC, 50 behind the plan" in texts(figure)


ONE_CALL: Any = table("at planned actual", (datetime(2026, 3, 2, 8, 3, tzinfo=UTC), 7, 7))


def test_a_plan_of_one_call_is_seen() -> None:
    """One point is a line over an hour and a mark, on an axis with times of day."""
    figure = plots.sending_plot(ONE_CALL)
    marks = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o"]
    assert [list(mark.get_ydata()) for mark in marks] == [[7]]
    assert "08:30" in texts(figure)
    assert "7 of 7 people invited by 2 Mar 2026, 08:03 UTC, as planned" in texts(figure)
