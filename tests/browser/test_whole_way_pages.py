"""A person's whole way in a browser: from an ugly file to everybody invited, on the emulator."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from fronts import Front
from playwright.sync_api import Page

import clerkbulk as cb

EVERYWHERE = pytest.mark.parametrize("front", ["lab", "notebook", "app"], indirect=True)
CELL = """
import os
import clerkbulk as cb
os.environ["CLERK_API_URL"] = {url!r}
cb.BulkInvite(ledger={ledger!r})
"""
BULK = "/v1/invitations/bulk"


def ugly_file(folder: Path) -> Path:
    """Return a file as somebody's spreadsheet writes it: the wrong column looks like the right one, and so on."""
    lines = ["E-Mail;Vorname;Kontakt;Team"]
    for n in range(32):
        domain = "gmial.com" if n in {3, 9, 15} else "example.com"
        lines.append(f"boss@example.com;Person {n}; Person{n}@{domain} ;T{n % 3}")
    lines += ["boss@example.com;Typo;person.at.example.com;T1", "boss@example.com;Leaver;leaver@example.com;T2"]
    path = folder / "Ugly export (final).csv"
    path.write_text("\n".join(lines), encoding="cp1252")
    return path


@EVERYWHERE
def test_from_an_ugly_file_to_everybody_invited(front: Front, page: Page, clerk: cb.Emulator, tmp_path: Path) -> None:
    """Upload, remap, fix, take a suggestion for all, leave one out, plan, send, pause, go on, reload, download."""
    form = front.show(page, CELL.format(url=clerk.url, ledger=str(tmp_path / "onboarding.db")))
    form.upload(ugly_file(tmp_path))
    form.sees("34 rows in Ugly export (final).csv")

    form.press("Next: Columns")
    form.choose("E-mail address (required)", "Kontakt")
    form.tick("Team")
    form.press("Next: Review")
    form.sees("1 that cannot be sent")
    form.press("Errors")
    form.edit("person.at.example.com", "typo@example.com")
    form.press("All")
    form.sees("34 ready")
    form.press("Warnings")
    form.cell("gmial.com").click()
    form.sees("Line 5")
    form.press("Use it for all 3 alike")
    form.sees("3 cells changed")
    form.press("All")
    form.fill("Find in the cells", "leaver")
    form.cell("leaver@example.com").click()
    form.sees("Line 35")
    form.press("Leave this row out")
    form.fill("Find in the cells", "")
    form.sees("33 ready")

    clerk.faults([{"do": "pass", "path": f"{BULK}$"}, {"do": "delay", "seconds": 4, "path": f"{BULK}$"}])
    form.press("Next: Plan and send")
    form.give_key()
    form.press("Look who is there already")
    form.press("Invite 33 people")
    form.press("Pause")
    form.sees("Paused: nothing leaves until you let it go on.")
    assert 0 < len(clerk.state()["invitations"]) < 33

    form = front.come_back(page)
    form.sees("Paused: nothing leaves until you let it go on.")
    form.give_key()
    form.press("Go on")
    form.sees("Done: everybody is settled.")
    sheet = form.download("All rows (34)")
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 34
    assert [row["Kontakt"] for row in rows if "left this line out" in row["clerkbulk_reason"]] == ["leaver@example.com"]

    invited = {one["email_address"]: one["public_metadata"] for one in clerk.state()["invitations"]}
    expected = {f"person{n}@{'gmail.com' if n in {3, 9, 15} else 'example.com'}": f"T{n % 3}" for n in range(32)}
    expected["typo@example.com"] = "T1"
    assert {address.lower(): about["Team"] for address, about in invited.items()} == expected
