"""Plots on a page of ours: light and dark as the form around them, and nothing in them that the page does not draw."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from arrivals import Visitor, told
from seeing import every

from clerkbulk.onboarding.plots import DARK, LIGHT
from clerkbulk.widgets.onboarding_pictures import PICTURES
from clerkbulk.widgets.plot_style import plot_style
from clerkbulk.widgets.screen import Screen

RULE = re.compile(r"(?P<where>[^{}]*?)\{(?P<what>[^{}]*)\}")


def rules(style: str) -> dict[str, dict[str, str]]:
    """Return the variables that are set under each condition: selectors, and the query around them."""
    found: dict[str, dict[str, str]] = {}
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    for line in style.replace("@media (prefers-color-scheme: dark) {", "").splitlines():
        for rule in RULE.finditer(line):
            variables = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", rule["what"]))
            found.setdefault(" ".join(rule["where"].split()), {}).update(variables)
    return found


def test_plots_are_dark_where_the_form_is_dark() -> None:
    """JupyterLab's dark theme is an attribute of the page: whatever makes the form dark makes its plots dark."""
    form = re.sub(r"\s+", " ", str(Screen._css))
    found = rules(plot_style())
    light, dark_asked, dark_lab = found
    assert (light, dark_asked, dark_lab) == (
        ".clerkbulk .cb-plot",
        ".clerkbulk:not(body[data-jp-theme-light='true'] *) .cb-plot",
        "body[data-jp-theme-light='false'] .clerkbulk .cb-plot",
    )
    for where in found:
        assert f"{where.removesuffix(' .cb-plot')} {{" in form
    assert found[light].items() <= dict(LIGHT.variables()).items()
    assert found[dark_asked] == found[dark_lab]
    assert found[dark_lab].items() <= dict(DARK.variables()).items()


def test_every_colour_of_a_plot_is_the_forms_or_the_plots() -> None:
    """Paper and ink are the form's own; all others are set for plots."""
    form, plots = str(Screen._css), rules(plot_style())[".clerkbulk .cb-plot"]
    for name, _ in LIGHT.variables():
        assert name in plots or f"{name}: var(" in form, name


def drawings() -> list[Any]:
    visitor = Visitor(told())
    visitor.pick(by="team", at_least="1")
    made = []
    for what in PICTURES:
        visitor.pick(what=what)
        made += [node for node in every(visitor.part.view()) if node["t"] == "picture"]
    return made


def test_the_page_draws_every_element_of_every_picture() -> None:
    """What is none of screen.js's shapes is not shown; so that nothing of ours must be."""
    (listed,) = re.findall(r"const SHAPES = new Set\(\[(.*?)\]\)", str(Screen._esm), re.DOTALL)
    shapes = set(re.findall(r"'(\w+)'", listed))
    made = drawings()
    assert len(made) == len(PICTURES)
    for node in made:
        for svg in (node["svg"], node["narrow"]):
            tree = ElementTree.fromstring(svg)  # noqa: S314 - drawn by ourselves
            assert {one.tag.rpartition("}")[2] for one in tree.iter()} - {"style"} <= shapes
            names = {name for one in tree.iter() for name in one.attrib}
            assert not [name for name in names if name.startswith("on")]


@pytest.mark.parametrize("planted", ["<script>alert(1)</script>", '"><image href="https://example.com/x">', "url(//x)"])
def test_what_people_are_called_stays_text_in_a_picture(planted: str) -> None:
    """The name of a group comes from a table: it is shown as it is, and runs nothing."""
    shown = told()
    for number, one in enumerate(shown.journeys):
        one.metadata["team"] = planted if number % 2 else "orbit"  # type: ignore[index]
    visitor = Visitor(shown)
    visitor.pick(by="team", at_least="1")
    (picture,) = [node for node in every(visitor.part.view()) if node["t"] == "picture"]
    tree = ElementTree.fromstring(picture["svg"])  # noqa: S314 - drawn by ourselves
    assert {one.tag.rpartition("}")[2] for one in tree.iter()}.isdisjoint({"script", "image", "foreignObject"})
    assert not [value for one in tree.iter() for value in one.attrib.values() if planted in value]
