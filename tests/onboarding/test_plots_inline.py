"""Plots as SVG in a page: the same bytes for the same frame, nothing from elsewhere, and no two ids alike."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from easel import LONG, PLOTS, crowd, drawn, table, told
from matplotlib.figure import Figure

from clerkbulk.errors import InputError
from clerkbulk.onboarding import plots

SMALL_ENOUGH = 150_000
LIBRARIES: tuple[Any, ...] = ("pandas", "polars", "pyarrow")


def ids(text: str) -> list[str]:
    return re.findall(r'\bid="([^"]*)"', text)


@pytest.fixture(scope="module")
def pictures() -> dict[str, str]:
    shown = told(crowd(120))
    return {what: plots.svg(drawn(what, shown)) for what in PLOTS}


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_of_frames_gives_the_same_picture(library: Any, pictures: dict[str, str]) -> None:
    """pandas, polars, pyarrow and a dict of lists: byte for byte the same SVG, also when drawn again."""
    shown = told(crowd(120), library=library)
    for what in PLOTS:
        assert plots.svg(drawn(what, shown)) == pictures[what], what


def test_a_picture_does_not_depend_on_who_draws_it(pictures: dict[str, str]) -> None:
    """The reader's own matplotlib settings, such as grids and small ticks everywhere, change nothing."""
    import matplotlib as mpl

    own = {"font.size": 40, "svg.hashsalt": "x", "lines.linewidth": 9, "xtick.minor.visible": True, "axes.grid": True}
    own |= {"path.simplify": False, "svg.fonttype": "path", "xtick.direction": "in", "xtick.top": True}

    shown = told(crowd(120))
    with mpl.rc_context(own):
        assert plots.svg(drawn("curve", shown)) == pictures["curve"]
        assert plots.svg(drawn("over_time", shown)) == pictures["over_time"]


def test_a_picture_needs_nothing_else(pictures: dict[str, str]) -> None:
    """One well-formed svg element: no script, no link, no picture, no date, no comment; text is text."""
    for what, text in pictures.items():
        tree = ElementTree.fromstring(text)  # noqa: S314 - drawn by ourselves
        assert tree.tag == "{http://www.w3.org/2000/svg}svg"
        tags = {one.tag.rpartition("}")[2] for one in tree.iter()}
        assert tags.isdisjoint({"script", "image", "foreignObject", "a", "metadata", "link"})
        assert tags >= {"title", "desc", "text"}
        links = [value for one in tree.iter() for name, value in one.attrib.items() if name.endswith("href")]
        assert all(link.startswith("#") for link in links)
        assert set(re.findall(r"url\(([^)]{2})", text)) <= {"#c"}
        assert "<!--" not in text
        assert re.search(r"https?://(?!www\.w3\.org)", text) is None, what
        assert len(text) < SMALL_ENOUGH


def test_a_picture_is_told_to_who_cannot_see_it(pictures: dict[str, str]) -> None:
    """Title and description are there, with the numbers in words, and the element points to them."""
    tree = ElementTree.fromstring(pictures["over_time"])  # noqa: S314 - drawn by ourselves
    title, desc = (tree.find(f"{{http://www.w3.org/2000/svg}}{name}") for name in ("title", "desc"))
    assert title is not None
    assert desc is not None
    assert tree.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert (title.text, tree.get("role")) == ("Where people stand, day by day", "img")
    assert str(desc.text).startswith("At the end of 26 Oct 2026: accepted 60, joined 12, open 12, expired 12")


def test_what_an_id_is_for_is_there(pictures: dict[str, str]) -> None:
    """Every reference has its id, every id is referred to, and different pictures share none."""
    for text in pictures.values():
        asked = set(re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", text))
        asked |= set(re.findall(r'aria-labelledby="([^"]*)"', text)[0].split())
        assert asked == set(ids(text))
    together = [one for text in pictures.values() for one in ids(text)]
    assert len(together) == len(set(together))


def test_equal_pictures_on_a_page_have_ids_of_their_own() -> None:
    """The same figure twice: own tells them apart, and what is drawn stays the same."""
    shown = told(crowd(60))
    one, other = (plots.svg(drawn("comparison", shown), own=own) for own in ("comparison team", "comparison role"))
    assert set(ids(one)).isdisjoint(ids(other))
    strip = re.compile(r"\bcb[0-9a-f]{10}-")
    assert strip.sub("", one) == strip.sub("", other)


def test_a_report_of_equal_groups_has_each_id_once() -> None:
    """Two columns that say the same have the same picture twice on the page, and still no id twice."""
    journeys = crowd(60)
    for one in journeys:
        one.metadata["office"] = one.metadata["team"]  # type: ignore[index]
    from clerkbulk.onboarding.report.page import report_html

    found = ids(report_html(told(journeys), by=["team", "office"], at_least=1))
    assert len(found) == len(set(found))


def test_names_are_text_whatever_is_in_them() -> None:
    """A group's name that is markup, TeX or of another script is written as it is, in the picture and its words."""
    names = [
        "<b>1</b>",
        "$x^2$ &\\pi",
        "\N{CJK UNIFIED IDEOGRAPH-6771}\N{CJK UNIFIED IDEOGRAPH-4EAC}",
    ]
    shown = told(crowd(60, names))
    text = plots.svg(shown.plot("funnel", "team"))
    tree = ElementTree.fromstring(text)  # noqa: S314 - drawn by ourselves
    written = " ".join(one.text or "" for one in tree.iter() if one.tag.endswith("}text"))
    for name in names:
        assert name in written
    assert "<b>" not in text


HUGE = 100_000


def huge() -> dict[str, Figure]:
    """Draw what 100,000 people of three years would: every one with a time of their own."""
    days = [30 * (at + 1) / HUGE for at in range(HUGE)]
    shares = [0.8 * (at + 1) / HUGE for at in range(HUGE)]
    curve = {
        "group": ["everybody"] * HUGE, "days": days, "at_risk": list(range(HUGE, 0, -1)), "accepted": [1] * HUGE,
        "others": [0] * HUGE, "probability": shares, "low": shares, "high": shares,
    }  # fmt: skip
    begun = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
    sending = {
        "at": [begun + timedelta(minutes=at) for at in range(HUGE)], "planned": list(range(HUGE)),
        "actual": list(range(HUGE)),
    }  # fmt: skip
    first, years = date(2024, 1, 1), 3 * 365
    by_day = table(
        "date waiting open accepted joined expired revoked",
        *(
            (first + timedelta(at), HUGE - 90 * at, 30 * at, 30 * at, 10 * at, 15 * at, 5 * at)
            for at in range(years)
        ),
    )  # fmt: skip
    cohorts = table(
        "week invited weeks_since accepted share complete",
        *(
            (first + timedelta(7 * week), 640, since, 320, 0.5, True)
            for week in range(156)
            for since in range(156 - week)
        ),
    )
    ahead = table(
        "by accepted_now expected low high open planned", (date(2027, 1, 30), 32_820, 40_000.0, 3e4, 5e4, 9, 9)
    )
    return {
        "curve": plots.curve_plot(curve),
        "sending": plots.sending_plot(sending),
        "over_time": plots.over_time_plot(by_day),
        "cohorts": plots.cohort_plot(cohorts),
        "forecast": plots.forecast_plot(by_day, ahead),
    }


def test_a_hundred_thousand_people_are_a_small_picture() -> None:
    """Three years and a point for each of 100,000 people: no SVG is larger than 150 KB."""
    sizes = {what: len(plots.svg(figure).encode()) for what, figure in huge().items()}
    assert {what: size for what, size in sizes.items() if size >= SMALL_ENOUGH} == {}


def test_drawing_does_not_touch_the_readers_pyplot() -> None:
    """pyplot, and with it a window system, is never imported: drawing works on a server and in a thread."""
    code = (
        "import sys; from clerkbulk.onboarding import plots; assert 'matplotlib' not in sys.modules;"
        "plots.svg(plots.funnel_plot({name: [] for name in"
        " 'group step people otherwise not_known of_first of_previous'.split()}));"
        "assert 'matplotlib' in sys.modules; assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback of an import: an InputError that names the extra."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match=r"pip install 'clerkbulk\[plots\]'"):
        plots.funnel_plot({})


@pytest.mark.parametrize("wrong", [7, "text", [1, 2], object()])
def test_what_is_no_frame_is_named(wrong: Any) -> None:
    """The message says what was handed in, and what to hand in."""
    with pytest.raises(InputError, match=f"A {type(wrong).__name__} is no frame: hand in the funnel frame"):
        plots.funnel_plot(wrong)


def test_a_frame_of_something_else_is_named() -> None:
    """Handing the curve to the funnel says which columns are missing and which there are."""
    with pytest.raises(InputError, match=f"The funnel frame lacks step, .*; it has group, {LONG[:3]}"):
        plots.funnel_plot({"group": [], LONG[:3]: []})
