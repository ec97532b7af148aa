"""Plots: colours that can be seen, and that mean one thing on a page."""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import combinations, pairwise

import pytest
from easel import crowd, drawn, told
from matplotlib.colors import to_rgb

from clerkbulk.onboarding import plots
from clerkbulk.onboarding.plots import DARK, LIGHT, Theme
from clerkbulk.onboarding.plots.style import DASHES, MARKERS

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """Return relative luminance as WCAG 2.2 defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_reckoned_as_the_guideline_does() -> None:
    """Black on white is 21 to 1; the grey #767676 on white is the well known 4.54."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.005)


@THEMES
def test_text_has_a_contrast_of_four_and_a_half(theme: Theme) -> None:
    """On the paper, and the numbers on every colour of the heat map (WCAG 2.2, 1.4.3)."""
    for colour in (theme.ink, theme.soft):
        assert contrast(colour, theme.paper) >= 4.5
    for step in range(len(theme.heat)):
        fill, ink = theme.heat_of((step + 0.5) / len(theme.heat))
        assert fill == theme.heat[step]
        assert contrast(fill, ink) >= 4.5, fill


@THEMES
def test_lines_have_a_contrast_of_three(theme: Theme) -> None:
    """Axes, the lines of groups and of ends, and the bars that are read (WCAG 2.2, 1.4.11)."""
    for colour in (theme.line, *theme.series, theme.inside, theme.otherwise, theme.gone, theme.revoked):
        assert contrast(colour, theme.paper) >= 3, colour


@THEMES
def test_neighbours_in_a_stack_are_told_apart_in_grey(theme: Theme) -> None:
    """Layers that lie on each other differ in lightness too: in, open, ended, not invited yet."""
    stack = (theme.inside, theme.otherwise, theme.open, theme.gone, theme.revoked, theme.waiting)
    for one, other in pairwise(stack):
        assert contrast(one, other) >= 1.5, (one, other)


def test_lines_are_told_apart_without_colour() -> None:
    """Each of the eight has dashes and a mark of its own."""
    assert len(set(DASHES)) == len(set(MARKERS)) == len(LIGHT.series) == len(DARK.series) == 8


@THEMES
def test_series_are_told_apart_without_a_kind_of_cone(theme: Theme) -> None:
    """The first five, as somebody sees them who lacks red, green or blue cones (Machado et al. 2009), stay apart."""
    lacking = {
        "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        "red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
        "green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
        "blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
    }

    def seen(colour: str, by: str) -> list[float]:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        r, g, b = (sum(m * v for m, v in zip(row, linear, strict=True)) for row in lacking[by])
        cones = (
            0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
            0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
            0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b,
        )
        x, y, z = (max(cone, 0) ** (1 / 3) for cone in cones)
        return [
            0.2104542553 * x + 0.793617785 * y - 0.0040720468 * z,
            1.9779984951 * x - 2.428592205 * y + 0.4505937099 * z,
            0.0259040371 * x + 0.7827717662 * y - 0.808675766 * z,
        ]  # Oklab

    for by in lacking:
        for one, other in combinations(theme.series[:5], 2):
            apart = sum((a - b) ** 2 for a, b in zip(seen(one, by), seen(other, by), strict=True)) ** 0.5
            assert apart >= 0.065, (by, one, other)


def test_a_colour_has_one_variable() -> None:
    """A picture drawn light is right when dark: what shares a colour in one theme shares it in the other."""
    pairs = {name: (dict(LIGHT.variables())[name], dark) for name, dark in DARK.variables()}
    for (one, (light, dark)), (other, (its_light, its_dark)) in combinations(pairs.items(), 2):
        assert (light == its_light) == (dark == its_dark), (one, other)


def test_every_colour_of_a_picture_follows_the_page() -> None:
    """No colour stands in an SVG alone: each is a variable that stylesheet() sets."""
    named = dict(re.findall(r"(--[\w-]+):(#[0-9a-f]{6});", plots.stylesheet()))
    shown = told(crowd(120))
    for what in ("funnel", "cohorts", "over_time", "comparison", "forecast", "sending", "incidence"):
        text = plots.svg(drawn(what, shown))
        variables = re.findall(r"var\((--[\w-]+), (#[0-9a-f]{6})\)", text)
        assert variables
        assert {name for name, _ in variables} <= set(named)
        assert set(variables) <= set(LIGHT.variables())
        alone = set(re.findall(r"#[0-9a-f]{3,8}\b(?!-)", re.sub(r"var\([^)]*\)|#cb[^)\"]*", "", text)))
        assert alone == set()


def test_dark_is_for_screens() -> None:
    """A page printed from a dark screen is light: the dark values hold on screens alone."""
    style = plots.stylesheet(".report")
    light, _, dark = style.partition("@media screen and (prefers-color-scheme: dark){")
    assert light == ".report{" + "".join(f"{name}:{colour};" for name, colour in LIGHT.variables()) + "}"
    assert dark == ".report{" + "".join(f"{name}:{colour};" for name, colour in DARK.variables()) + "}}"


def test_the_reports_bar_has_the_colours_of_its_plots() -> None:
    """One colour means one thing on a page: the bar has the plots' variables and sets none itself."""
    style = files("clerkbulk.onboarding.report").joinpath("report.css").read_text(encoding="utf-8")
    known = dict(LIGHT.variables())
    bar = dict(re.findall(r"\.(accepted|joined|open|ended)\{background:var\((--cb-[a-z]+)\)\}", style))
    assert bar == {"accepted": "--cb-in", "joined": "--cb-otherwise", "open": "--cb-open", "ended": "--cb-gone"}
    assert set(bar.values()) <= set(known)
    assert set(re.findall(r"(--cb-[\w-]+):", style)).isdisjoint(known)
    assert "@media (prefers-color-scheme" not in style
