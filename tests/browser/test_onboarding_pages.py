"""The view of onboarding on real pages: in JupyterLab from the key to the files, and by itself in every colour."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from arrivals import told
from bare import shown
from form import Form
from fronts import Lab
from playwright.sync_api import Page, expect
from test_accessible_pages import complaints

import clerkbulk as cb
from clerkbulk.onboarding.plots import DARK, LIGHT
from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen

CELL = "import clerkbulk as cb, os\nos.environ['CLERK_API_URL'] = {url!r}\ncb.OnboardingView({ledger!r})"
PICTURES = (
    "Funnel", "Time to accept", "How journeys end", "Groups compared", "Week by week", "Day by day", "Forecast",
    "Plan and sending",
)  # fmt: skip


@pytest.mark.parametrize("front", ["lab"], indirect=True)
def test_from_a_key_to_the_list_of_whom_to_remind(front: Lab, page: Page, clerk: cb.Emulator, tmp_path: Path) -> None:
    """What was sent is there at once; Clerk is looked at; one picks, sees, and takes away; nothing is saved of it."""
    ledger = tmp_path / "onboarding.db"
    table = "email_address,team\n" + "".join(f"p{at}@example.com,{'orbit' if at % 3 else 'radio'}\n" for at in range(9))
    with cb.Ledger(ledger) as made, clerk.client() as client:
        for _ in made.job(cb.check(table, metadata=["team"])).run(client, limits="off"):
            pass
    clerk.accept(email_address="p4@example.com")

    form = front.show(page, CELL.format(url=clerk.url, ledger=str(ledger)))
    form.sees("0 % of 9 people invited")
    form.give_key()
    form.press("Look at Clerk now")
    form.sees("11 % of 9 people invited")
    form.choose("Group by", "team")
    form.fill("Smallest group", "1")
    form.sees("The funnel by group")
    expect(form.root.locator(".cb-picture svg:visible text").filter(has_text="orbit")).to_be_visible()
    form.fill("Silent for at least (days)", "0")
    with form.download("Download the list (8)").open(newline="") as sheet:
        reminded = {line["person"] for line in csv.DictReader(sheet)}
    assert reminded == {f"p{at}@example.com" for at in range(9)} - {"p4@example.com"}
    saved = front.save(page)
    assert "OnboardingView" in saved
    assert not [word for word in ("p4@example.com", "sk_test_fake", "orbit") if word in saved]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_picture_shuts_anybody_out(page: Page, axe: Path, *, dark: bool) -> None:
    """Contrast, names, roles and order of every picture with its numbers, and of a field that is wrong."""
    form = shown(page, cb.OnboardingView(told()), dark=dark)
    form.choose("Group by", "team")
    form.fill("Smallest group", "1")
    said = {}
    for picture in PICTURES:
        form.press(picture)
        expect(form.button(picture)).to_have_attribute("aria-pressed", "true")
        expect(form.root.locator(".cb-picture svg:visible")).to_be_visible()
        said[picture] = complaints(form, axe)
    form.fill("To be in (%)", "120")
    form.sees("A goal is above 0")
    said["wrong"] = complaints(form, axe)
    assert {what: found for what, found in said.items() if found} == {}


def colour(form: Form) -> str:
    """Return the colour of the first bar of the funnel as the page paints it."""
    code = "at => getComputedStyle(at).fill"
    bars = form.root.locator(".cb-wide path[style*='--cb-in']")
    return str(bars.first.evaluate(code))


def rgb(theme_colour: str) -> str:
    red, green, blue = (int(theme_colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


@pytest.mark.parametrize("asked", ["light", "dark"])
@pytest.mark.parametrize("lab", ["light", "dark", None])
def test_a_picture_is_as_dark_as_the_form(page: Page, asked: str, lab: str | None) -> None:
    """JupyterLab's theme counts; where there is none, what the reader's machine asks for."""
    page.emulate_media(color_scheme=asked)  # type: ignore[arg-type]
    form = shown(page, cb.OnboardingView(told()), dark=None if lab is None else lab == "dark")
    theme = {"light": LIGHT, "dark": DARK}[lab or asked]
    assert colour(form) == rgb(theme.inside)


@pytest.mark.parametrize("width", [420, 700, 1090, 1600])
def test_nothing_stands_out_of_the_page(page: Page, width: int) -> None:
    """A narrow page shows the narrow picture; whatever is picked, nothing makes the page scroll sideways."""
    page.set_viewport_size({"width": width, "height": 900})
    form = shown(page, cb.OnboardingView(told()))
    form.choose("Group by", "team")
    for picture in PICTURES:
        form.press(picture)
        expect(form.button(picture)).to_have_attribute("aria-pressed", "true")
        if picture == "Time to accept":
            drawn = form.root.locator(".cb-picture svg:visible").bounding_box()
            assert drawn is not None
            assert 340 < drawn["width"] <= 860  # larger, its letters would be headlines
            fits = "cb-narrow" if width < 540 else "cb-wide"
            expect(form.root.locator(".cb-picture svg:visible").locator("..")).to_have_class(f"cb-drawing {fits}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, picture


def test_the_keyboard_does_it_all(page: Page) -> None:
    """Tab to a picture and press it, choose a group by its first letter, type a goal."""
    form = shown(page, cb.OnboardingView(told()))
    form.button("Funnel").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    form.sees("How long people take to accept")
    expect(form.button("Time to accept")).to_be_focused()
    form.field("Group by").focus()
    page.keyboard.type("team")
    expect(form.field("Group by")).to_have_value("team")
    form.field("To be in (%)").focus()
    page.keyboard.type("50")
    form.sees("Yes, as far as can be told")
    expect(form.field("To be in (%)")).to_be_focused()


class Drawn(Part):
    """Shows one drawing."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.svg = svg

    def view(self) -> Node:
        return nodes.box([nodes.text("A drawing", as_="h2"), nodes.picture(self.svg, "A drawing")])


@pytest.mark.parametrize(
    "inside",
    [
        "<script>window.ran = true</script>", '<rect onload="window.ran = true"/>', "<image href='x'/>",
        "<foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='x' onerror='ran = true'/></foreignObject>",
        "<use href='https://example.com/x#y'/>", "<rect style='fill: url(https://example.com/x#y)'/>", "<a/>", "<rect",
        "<use xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='data:x'/>", "<animate attributeName='href'/>",
    ],
)  # fmt: skip
def test_a_drawing_that_does_more_than_draw_is_not_shown(page: Page, inside: str) -> None:
    """Nothing of it runs or is fetched; words stand in its place. The same without it is drawn."""
    whole = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><style>h2 {{ display: none }}</style>{}</svg>"
    part = Drawn(whole.format(inside))
    form = shown(page, Screen(part))
    form.sees("This drawing is none of ours, and is not shown.")
    assert form.root.locator("svg").count() == 0
    assert page.evaluate("'ran' in window") is False


def test_a_drawing_of_shapes_is_shown(page: Page) -> None:
    """And a style sheet in it holds for nothing of the page."""
    svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><style>h2 { display: none }</style><rect/></svg>"
    form = shown(page, Screen(Drawn(svg)))
    expect(form.root.locator("svg rect")).to_have_count(1)
    assert form.root.locator("svg style").count() == 0
