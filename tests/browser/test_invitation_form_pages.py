"""One invitation as a form, in every front: what somebody types, sees, copies and gets back."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from form import Form
from fronts import Front, Lab
from playwright.sync_api import Page, expect

EVERYWHERE = pytest.mark.parametrize("front", ["lab", "notebook", "voila", "marimo"], indirect=True)
JUPYTER = pytest.mark.parametrize("front", ["lab", "notebook"], indirect=True)
CELL = """
from pathlib import Path
import json
from clerkbulk.widgets.invitation_form import InvitationForm
form = InvitationForm()
def tell(change):
    value = form.value and form.value.to_wire()
    new = Path({told!r} + ".new")
    new.write_text(json.dumps({{"value": value, "list": form.records()}}))
    new.replace({told!r})
form.observe(tell, "value")
form
"""


def shown(front: Front, page: Page, told: Path) -> Form:
    return front.show(page, CELL.format(told=str(told)))


def soon(told: Path, key: str, wanted: Any) -> None:
    """Expect what the kernel has, within a quarter of a minute."""
    deadline = time.monotonic() + 15
    while not told.exists() or not (text := told.read_text()) or json.loads(text)[key] != wanted:
        assert time.monotonic() < deadline, told.read_text() if told.exists() else "nothing was told"
        time.sleep(0.05)


@EVERYWHERE
def test_an_address_typed_becomes_the_value_in_the_kernel(front: Front, page: Page, tmp_path: Path) -> None:
    """While it is wrong the field says why; when it is right the payload is there, can be copied, and is .value."""
    told = tmp_path / "told.json"
    form = shown(front, page, told)
    form.type("E-mail address (required)", "ada@example,com")
    form.sees("Did you mean ada@example.com?")
    expect(form.field("E-mail address (required)")).to_have_attribute("aria-invalid", "true")
    form.fill("E-mail address (required)", "ada@example.com")
    form.sees_no("Did you mean")
    soon(told, "value", {"email_address": "ada@example.com"})

    form.press("curl")
    form.sees("curl --fail-with-body")
    form.press("JSON")
    form.sees_no("curl --fail-with-body")
    form.press("Copy")
    form.sees("Copied")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert copied == [{"email_address": "ada@example.com"}]

    form.press("Add to the list")
    form.sees("1 person on the list")
    form.type("E-mail address (required)", "bob@example.com")
    soon(told, "value", {"email_address": "bob@example.com"})
    soon(told, "list", [{"email_address": "ada@example.com"}])


@JUPYTER
def test_typing_never_reaches_the_notebook(front: Front, page: Page, tmp_path: Path) -> None:
    """'d d' deletes a cell, 'x' cuts it, 'a' makes one: in a field they are letters, on a button they are nothing."""
    form = shown(front, page, tmp_path / "told.json")
    form.type("E-mail address (required)", "ddxa")
    form.holds("E-mail address (required)", "ddxa")
    form.button("Clear the form").focus()
    for key in ("d", "d", "x", "a", "b"):
        page.keyboard.press(key)
    form.holds("E-mail address (required)", "ddxa")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(1)


@JUPYTER
def test_a_page_loaded_again_shows_the_same_state(front: Lab, page: Page, tmp_path: Path) -> None:
    """The state is in the kernel: the page comes back to it without the cell being run again."""
    form = shown(front, page, tmp_path / "told.json")
    form.fill("E-mail address (required)", "ada@example.com")
    form.sees('"email_address": "ada@example.com"')
    front.save(page)
    page.reload()
    again = Form(page).is_there()
    again.holds("E-mail address (required)", "ada@example.com")
    again.fill("E-mail address (required)", "bob@example.com")
    again.sees('"email_address": "bob@example.com"')


@JUPYTER
def test_a_saved_notebook_holds_nobodys_address(front: Lab, page: Page, tmp_path: Path) -> None:
    """Also with the state of widgets saved, which is what keeps everything that a widget synchronises."""
    form = shown(front, page, tmp_path / "told.json")
    form.fill("E-mail address (required)", "ada.lovelace@example.com")
    form.sees('"email_address": "ada.lovelace@example.com"')
    form.press("Add to the list")
    form.sees("1 person on the list")
    saved = front.save(page)
    assert "ada.lovelace" not in saved
    assert "InvitationForm" in saved
