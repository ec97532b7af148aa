"""A form for people in a hurry: 50,000 rows, and no mouse."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fronts import Front
from playwright.sync_api import Page, expect
from test_whole_way_pages import CELL

import clerkbulk as cb

EVERYWHERE = pytest.mark.parametrize("front", ["lab", "notebook", "app"], indirect=True)
MANY = """
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.review_step import ReviewStep
draft = Draft()
draft.take("email,team\\n" + "\\n".join(f"p{{n}}@example.com,T{{n % 9}}" for n in range({rows})) + "\\nwrong,T1\\n")
draft.revision
ReviewStep(draft)
"""
WIDE = """
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.review_step import ReviewStep
draft = Draft()
draft.take("email,team,place,note\\nada@example.com,T1,here,the end\\n")
ReviewStep(draft)
"""


@pytest.mark.parametrize("front", ["lab"], indirect=True)
def test_fifty_thousand_rows_are_drawn_and_edited(
    front: Front, page: Page, record_property: Callable[[str, object], None]
) -> None:
    """Only what is in sight is in the page, the last row is a key away, and an edit is judged at once."""
    form = front.show(page, MANY.format(rows=49_999))
    form.sees("50,000 rows = 49,999 ready + 1 that cannot be sent")
    told = []
    began = time.monotonic()
    form.press("Ready")
    form.press("All")
    form.cell("p0@example.com").click()
    told.append(f"filtered twice and drawn {time.monotonic() - began:.2f} s")
    began = time.monotonic()
    page.keyboard.press("Control+End")
    expect(form.cell("wrong")).to_be_visible()
    told.append(f"last row {time.monotonic() - began:.2f} s")
    assert form.root.get_by_role("row").count() < 60
    form.cell("wrong").dblclick()
    box = form.root.locator("input.cb-edit")
    box.fill("right@example.com")
    began = time.monotonic()
    box.press("Enter")
    form.sees("50,000 rows = 50,000 ready + 0 that cannot be sent")
    told.append(f"edit answered {time.monotonic() - began:.2f} s")
    record_property("on a page", f"50,000 rows in {front.name}: {', '.join(told)}")


@EVERYWHERE
def test_everybody_is_invited_with_the_keyboard_alone(
    front: Front, page: Page, clerk: cb.Emulator, tmp_path: Path
) -> None:
    """Tab, arrows, Enter, Space and letters are enough: paste, fix a cell, leave one out, send."""
    form = front.show(page, CELL.format(url=clerk.url, ledger=str(tmp_path / "keyboard.db")))

    def walk_to(name: str) -> None:
        """Press Tab until something of ours has that name, or the words of a label begin so."""
        wanted = "e => (e.labels?.[0]?.innerText ?? e.innerText ?? '').trim()"
        for _ in range(60):
            page.keyboard.press("Tab")
            now = page.evaluate(f"({wanted})(document.activeElement)")
            if now.startswith(name) and page.evaluate("!!document.activeElement.closest('.clerkbulk')"):
                return
        raise AssertionError(f"Tab never came to {name!r}")

    form.button("1 People" if form.root.get_by_role("button", name="1 People").count() else "People").focus()
    walk_to("Or paste addresses")
    page.keyboard.insert_text("email\nada@example.com\nwrong.example.com\nbob@example.com\n")
    expect(form.button("Read the pasted text")).to_be_enabled()
    walk_to("Read the pasted text")
    page.keyboard.press("Enter")
    form.sees("3 rows in")
    walk_to("Next: Columns")
    page.keyboard.press("Enter")
    form.sees("What is in the columns?")
    walk_to("Next: Review")
    page.keyboard.press("Space")
    form.sees("1 that cannot be sent")
    expect(form.cell("ada@example.com")).to_be_visible()
    walk_to("2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    form.sees("there is no @ in it")
    page.keyboard.press("F2")
    page.keyboard.press("Control+a")
    page.keyboard.type("eve@example.com")
    page.keyboard.press("Enter")
    form.sees("3 ready")
    form.sees("Line 4")
    page.keyboard.press("Space")
    form.sees("1 left out")
    walk_to("Next: Plan and send")
    page.keyboard.press("Enter")
    walk_to("Secret key")
    page.keyboard.type("sk_test_fake")
    page.keyboard.press("Enter")
    expect(form.button("Look who is there already")).to_be_enabled()
    walk_to("Look who is there already")
    page.keyboard.press("Enter")
    expect(form.button("Invite 2 people")).to_be_enabled(timeout=15_000)
    walk_to("Invite 2 people")
    page.keyboard.press("Enter")
    form.sees("Done: everybody is settled.")
    invited = sorted(one["email_address"] for one in clerk.state()["invitations"])
    assert invited == ["ada@example.com", "eve@example.com"]


@pytest.mark.parametrize("front", ["voila"], indirect=True)
def test_a_narrow_grid_follows_the_cursor_sideways(front: Front, page: Page) -> None:
    """Whoever goes to a column that is out of sight sees it."""
    page.set_viewport_size({"width": 340, "height": 900})
    form = front.show(page, WIDE)
    form.cell("ada@example.com").click()
    expect(form.cell("the end")).not_to_be_in_viewport()
    page.keyboard.press("End")
    expect(form.cell("the end")).to_be_in_viewport()
