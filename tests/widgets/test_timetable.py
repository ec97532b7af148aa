"""The timetable: a plan as a picture of ours, and the same in words and as a table."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.target import Application
from clerkbulk.sending.before.asked import asked_pace
from clerkbulk.sending.before.plan import Plan, plan
from clerkbulk.widgets.timetable import HEIGHT, WIDTH, timetable, timetable_label, timetable_svg

MONDAY_7 = 1_800_255_600.0
"""2027-01-18 07:00 UTC, a Monday."""


def made(people: int, **asked: object) -> Plan:
    return plan(Application(), people, MONDAY_7, asked_pace(**asked))  # type: ignore[arg-type]


def line_of(svg: str) -> list[tuple[float, float]]:
    """Return the corners of the line that climbs: x, y."""
    (path,) = re.findall(r'<path d="(M[^"Z]*)" fill="none"', svg)
    x, y = map(float, re.findall(r"[\d.]+", path.split("H")[0]))
    corners = [(x, y)]
    for letter, number in re.findall(r"([HV])([\d.]+)", path):
        x, y = (float(number), y) if letter == "H" else (x, float(number))
        corners.append((x, y))
    return corners


def test_the_picture_says_the_same_in_words() -> None:
    """600 people in 60 calls, 25 an hour: three bursts, and the words name them all."""
    (sentence, picture, table, limits, *faster) = timetable(made(600))
    assert sentence["text"] == "600 people in 60 calls: 2.0 hours, the last one leaves Mon 2027-01-18 09:00 UTC."
    assert picture["label"] == (
        "How many people are invited as the hours go by: 3 bursts of at most 250 people, the first on "
        "Mon 2027-01-18 07:00 UTC, the last on Mon 2027-01-18 09:00 UTC."
    )
    assert table["k"][0]["rows"] == [
        ["Mon 2027-01-18 07:00 UTC", "25 bulk", "250", "250"],
        ["Mon 2027-01-18 08:00 UTC", "25 bulk", "250", "500"],
        ["Mon 2027-01-18 09:00 UTC", "10 bulk", "100", "600"],
    ]
    assert limits["k"][0]["text"].startswith("25 calls an hour at POST /v1/invitations/bulk (")
    assert [way["text"] for way in faster] == ["Faster: both lanes: 1.0 hours sooner."]


def test_closed_hours_and_waves_are_drawn_and_said() -> None:
    """The hour before, three nights and the time after the fourth morning are shaded; a line parts two waves."""
    plan_ = made(900, hours="8-9", waves="250,rest")
    tree = ElementTree.fromstring(timetable_svg(plan_))  # noqa: S314 - our own picture
    shaded = [node for node in tree if node.tag.endswith("rect")]
    dashed = [node for node in tree if "stroke-dasharray" in node.attrib]
    assert (len(shaded), len(dashed)) == (5, 1)
    assert timetable_label(plan_).endswith("Calls leave only from 08:00 to 09:00 UTC. In 2 waves.")


def test_what_is_done_at_once_needs_no_picture() -> None:
    """One burst is a sentence; nobody is one, too."""
    assert [node["t"] for node in timetable(made(12))] == ["text", "details", "details"]
    assert [node["text"] for node in timetable(made(0)) if node["t"] == "text"] == ["Nobody to invite."]
    assert timetable_svg(made(0)) == ""


def test_no_option_of_the_command_line_is_named() -> None:
    """Who looks at a form types no options."""
    nodes = timetable(made(3000, share=0.5, hours="8-18", waves="100,rest", wave_gap=2.0))
    assert "--" not in str([{**node, "svg": ""} for node in nodes])


@given(
    people=st.integers(1, 4000),
    hours=st.sampled_from([None, "8-18", "0-1", "22:30-24"]),
    days=st.sampled_from([None, "mon-fri", "sun"]),
    tz=st.sampled_from([None, "Europe/Berlin", "Pacific/Chatham", "America/St_Johns"]),
    waves=st.sampled_from([None, "10,100,rest"]),
    lanes=st.sampled_from(["bulk", "both"]),
)
def test_the_picture_is_whole_whatever_the_plan(
    people: int, hours: str | None, days: str | None, tz: str | None, waves: str | None, lanes: str
) -> None:
    """It is well-formed, stays inside of its frame, and its line only rises, from nobody to everybody."""
    svg = timetable_svg(made(people, hours=hours, days=days, tz=tz, waves=waves, lanes=lanes))
    for node in ElementTree.fromstring(svg).iter():  # noqa: S314 - our own picture
        for name in ("x", "x1", "x2"):
            assert 0 <= float(node.get(name, 0)) <= WIDTH
        for name in ("y", "y1", "y2"):
            assert 0 <= float(node.get(name, 0)) <= HEIGHT
        assert float(node.get("width", 0)) >= 0
    corners = line_of(svg)
    assert all(x2 >= x1 and y2 <= y1 for (x1, y1), (x2, y2) in pairwise(corners))
    assert (corners[0][1], corners[-1][1]) == (HEIGHT - 26, 10)


@pytest.mark.parametrize("people", [600, 5000, 50_000])
def test_labels_of_the_time_stay_apart(people: int) -> None:
    """However long it takes, at most ten moments are written below."""
    words = re.findall(r'text-anchor="(?:middle|end)" fill="var\(--cb-soft\)">([^<]*)<', timetable_svg(made(people)))
    times = [word for word in words if ":" in word or " " in word]
    assert 2 <= len(times) <= 10
