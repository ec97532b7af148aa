"""What axe-core says of every step, in light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from form import Form
from fronts import Front, Voila
from playwright.sync_api import Page
from test_whole_way_pages import CELL, ugly_file

import clerkbulk as cb

COLOURS = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
VOILA = pytest.mark.parametrize("front", ["voila"], indirect=True)


def complaints(form: Form, axe: Path) -> list[Any]:
    """Return the serious and critical violations inside the form: rule, element, why."""
    if not form.page.evaluate("'axe' in window"):
        form.page.add_script_tag(path=axe)
    found = form.page.evaluate("axe.run('.clerkbulk', {resultTypes: ['violations']})")["violations"]
    return [
        (one["id"], node["html"][:160], node["failureSummary"])
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]


@COLOURS
@VOILA
def test_no_step_shuts_anybody_out(
    front: Voila, page: Page, axe: Path, clerk: cb.Emulator, tmp_path: Path, *, dark: bool
) -> None:
    """Contrast, names, roles and order: no serious violation, from the empty form to the finished job."""
    front.theme(dark=dark)
    form = front.show(page, CELL.format(url=clerk.url, ledger=str(tmp_path / "onboarding.db")))
    said = {"empty": complaints(form, axe)}
    form.upload(ugly_file(tmp_path))
    form.sees("34 rows in")
    said["people"] = complaints(form, axe)
    form.press("Next: Columns")
    form.choose("E-mail address (required)", "Kontakt")
    form.sees("as you said")
    said["columns"] = complaints(form, axe)
    form.press("Next: Review")
    form.press("Errors")
    form.cell("person.at.example.com").click()
    form.sees("Line 34")
    said["review"] = complaints(form, axe)
    form.press("Next: Plan and send")
    form.sees("Secret key")
    said["key"] = complaints(form, axe)
    form.give_key()
    form.press("Look who is there already")
    form.button("Invite 33 people").wait_for()
    said["send"] = complaints(form, axe)
    form.press("Invite 33 people")
    form.sees("Done: everybody is settled.")
    said["watch"] = complaints(form, axe)
    assert {step: found for step, found in said.items() if found} == {}


@COLOURS
@VOILA
def test_the_form_of_one_invitation_shuts_nobody_out(front: Front, page: Page, axe: Path, *, dark: bool) -> None:
    """The same for one invitation, with a mistake in it and without."""
    assert isinstance(front, Voila)
    front.theme(dark=dark)
    form = front.show(page, "from clerkbulk.widgets.invitation_form import InvitationForm\nInvitationForm()")
    form.fill("E-mail address (required)", "ada@example,com")
    form.sees("Did you mean ada@example.com?")
    assert complaints(form, axe) == []
    form.fill("E-mail address (required)", "ada@example.com")
    form.sees('"email_address": "ada@example.com"')
    form.press("Add to the list")
    form.sees("1 person on the list")
    assert complaints(form, axe) == []
