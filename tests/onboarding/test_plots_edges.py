"""Plots: whatever onboarding can be, there is a picture of it, without a warning and with all of it on the paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from easel import PLOTS, cut_off, drawn, lines, on_each_other, table, texts, told
from travellers import DAY, T0, invited, planned

from clerkbulk.onboarding import plots
from clerkbulk.onboarding.columns import FRAMES
from clerkbulk.onboarding.frames import frame_of
from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.onboarding import Onboarding
from clerkbulk.onboarding.plots.dates import date_ticks, moment_ticks

PEOPLE: Mapping[str, list[Journey]] = {
    "one who is in": [invited(1, accepted=2.5)],
    "one who is in at once": [invited(1, accepted=0.0)],
    "one who is open": [invited(1)],
    "one who waits": [planned(1)],
    "everybody in": [invited(number, accepted=1.0 + number) for number in range(20)],
    "nobody in": [invited(number) for number in range(20)],
    "everybody expired": [invited(number, ended=30.0, stage=Stage.EXPIRED) for number in range(20)],
    "everybody revoked at once": [invited(number, ended=0.0, stage=Stage.REVOKED) for number in range(3)],
    "three years": [invited(number, T0 + number * 30 * DAY, accepted=number % 28) for number in range(36)],
}


def seen(figure: Any) -> str:
    """Hold a figure to what every figure is held to, and return all that stands on it."""
    assert cut_off(figure) == []
    assert on_each_other(figure) == []
    text = plots.svg(figure)
    assert "nan" not in text.replace("nance", "")
    return " ".join(texts(figure))


@pytest.mark.parametrize("who", PEOPLE)
def test_any_people_have_pictures(who: str) -> None:
    """One person, all or none of them in, three years: every plot is drawn, even as narrow as a phone."""
    shown = told(PEOPLE[who], days=3 * 365 if who == "three years" else 35)
    for what in PLOTS:
        assert seen(drawn(what, shown, compared="weekday", width=3.6))


@pytest.mark.parametrize("name", [name for name in PLOTS if name not in {"comparison", "forecast"}])
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "none"])
def test_an_empty_frame_is_a_figure_that_says_so(name: str, library: Any) -> None:
    """Before anybody is invited a plot says that there is nothing, in words."""
    draw = getattr(plots, {"cohorts": "cohort_plot"}.get(name, f"{name}_plot"))
    assert "Nothing to draw: " in seen(draw(frame_of(name, [], library, FRAMES[name]), width=3.6))


def test_an_empty_comparison_and_forecast_say_so_too() -> None:
    """Two frames each, both empty."""
    empty = {name: frame_of(name, [], "pandas", FRAMES[name]) for name in FRAMES}
    for figure in (
        plots.comparison_plot(empty["curve"], comparison=empty["comparison"]),
        plots.forecast_plot(empty["over_time"], empty["forecast"]),
    ):
        assert "Nothing to draw: " in seen(figure)


def test_a_forecast_without_a_past_is_drawn() -> None:
    """Nobody was looked at before: the forecast stands alone."""
    ahead = table("by accepted_now expected low high open planned", (date(2026, 4, 1), 0, 4.0, None, None, 9, 0))
    said = seen(plots.forecast_plot(frame_of("over_time", [], "polars", FRAMES["over_time"]), ahead))
    assert "4 expected" in said


def test_gaps_in_a_frame_are_left_out() -> None:
    """Nulls of every library: a line without a day or a share is no point, a share that is not known is said so."""
    curve = frame_of(
        "curve",
        [
            ("a", 0.0, 2, 0, 0, 0.0, 0.0, 0.0),
            ("a", None, 2, 0, 0, None, None, None),
            ("a", 3.0, 2, 1, 0, 0.5, None, None),
        ],
        "pandas",
        FRAMES["curve"],
    )
    figure = plots.curve_plot(curve)
    assert seen(figure)
    assert lines(figure) == {"a": ([0.0, 3.0], [0.0, 0.5])}
    assert list(figure.axes[0].collections) == []  # half a band is none
    steps = [("everybody", "planned", 5, 0, 0, 1.0, None), ("everybody", "accepted", 0, 0, 5, None, None)]
    assert "not known" in seen(plots.funnel_plot(frame_of("funnel", steps, "polars", FRAMES["funnel"])))


def test_shares_of_none_and_of_all_are_said_as_such() -> None:
    """0 % and 100 % are only said of nobody and of everybody."""
    steps = table(
        "group step people otherwise not_known of_first of_previous",
        ("everybody", "planned", 100_000, 0, 0, 1.0, None),
        ("everybody", "invited", 99_999, 0, 0, 0.99999, 0.99999),
        ("everybody", "accepted", 1, 0, 0, 0.00001, 0.00001),
        ("everybody", "first_sign_in", 0, 0, 0, 0.0, 0.0),
    )
    said = seen(plots.funnel_plot(steps))
    for one in ("99,999 people · >99 %", "1 person · <1 %", "0 people · 0 %"):
        assert one in said


def test_a_group_without_a_name_is_none() -> None:
    """A null among the groups is a group like others, called (none)."""
    rows = [(name, 0.0, 2, 0, 0, 0.0, 0.0, 0.0) for name in (None, "a")]
    rows += [(name, 3.0, 2, 1, 0, 0.5, 0.2, 0.9) for name in (None, "a")]
    said = seen(plots.comparison_plot(frame_of("curve", rows, "pandas", FRAMES["curve"])))
    assert "(none)" in said


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Pacific/Apia"])
def test_the_hour_that_is_twice_or_never_makes_no_gap(zone: str) -> None:
    """Over the change of summer time each day of the frame is drawn once, and days are a day apart."""
    begun = datetime(2026, 10, 20, tzinfo=ZoneInfo(zone)).timestamp()
    people = [invited(number, begun + number * 7_000, accepted=0.5) for number in range(200)]
    shown = Onboarding(tuple(people), begun + 20 * DAY, "pandas", ZoneInfo(zone))
    figure = shown.plot("over_time")
    assert seen(figure)
    (layer, *_) = figure.axes[0].collections
    days = sorted({round(float(x), 9) for x, _ in layer.get_paths()[0].vertices})
    assert days == [days[0] + at for at in range(len(shown.over_time()) + 1)]


def test_moments_of_a_zone_are_shown_in_utc() -> None:
    """A sending frame in local time, over the hour that is twice, is drawn at its moments."""
    berlin = ZoneInfo("Europe/Berlin")
    begun = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    rows = [((begun + timedelta(minutes=30 * at)).astimezone(berlin), 10 * at, 9 * at) for at in range(6)]
    figure = plots.sending_plot(table("at planned actual", *rows))
    xs = lines(figure)["planned"][0]
    assert [round((x - xs[0]) * 24, 6) for x in xs] == [0, 0.5, 1, 1.5, 2, 2.5]
    assert "00:00\n25 Oct" in seen(figure)


@pytest.mark.parametrize("room", [2, 3, 5, 8])
def test_an_axis_of_any_length_has_two_names_at_least_and_room_for_all(room: int) -> None:
    """From ten minutes to forty years: at least two ticks, no more than there is room for, the first with its date."""
    start = 20_514.37
    for length in (10 / 1440, 1 / 24, 0.4, 1.0, 2.9, 3.0, 9.0, 50.0, 200.0, 399.0, 500.0, 1_096.0, 14_600.0):
        ticks = moment_ticks(start, start + length, room)
        assert 2 <= len(ticks) <= room, (length, ticks)
        assert all(start - 0.01 <= at <= start + length + 0.01 for at, _ in ticks)
        assert "\n" in ticks[0][1]
    assert date_ticks(20_514, 20_514, room) == [(20_514, "2 Mar\n2026")]
