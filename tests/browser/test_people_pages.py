"""A file that is uploaded, in every front."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fronts import Front
from playwright.sync_api import Page

EVERYWHERE = pytest.mark.parametrize("front", ["lab", "notebook", "voila", "marimo"], indirect=True)
CELL = """
from clerkbulk.widgets.people_step import PeopleStep
PeopleStep()
"""
ARRIVING = """
from pathlib import Path
from clerkbulk.widgets import nodes
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen
class Arriving(Part):
    said = "nothing yet"
    def view(self):
        title, place = nodes.text("Arriving", as_="h2"), nodes.drop("file", "File", accept="")
        return nodes.box([title, place, nodes.text(self.said)])
    def hear(self, name, file):
        content = file.path.read_bytes()
        self.said = f"{len(content)} bytes, {sum(content[::65537])}"
        self.show()
Screen(Arriving())
"""
LEAVING = """
from clerkbulk.widgets import nodes
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import Screen
class Leaving(Part):
    def view(self):
        return nodes.box([nodes.text("Leaving", as_="h2"), nodes.button("get", "Get it")])
    def hear(self, name, value):
        self.download("big.bin", b"".join(bytes([n % 251]) * 4096 for n in range(3072)))
Screen(Leaving())
"""


@EVERYWHERE
def test_a_file_is_shown_as_it_was_read(front: Front, page: Page, tmp_path: Path) -> None:
    """What was found can be seen and corrected."""
    path = tmp_path / "people.csv"
    path.write_bytes("email;name\nada@example.com;Ädä\n".encode("cp1252"))
    form = front.show(page, CELL)
    form.upload(path)
    form.sees("1 row in people.csv, 2 columns.")
    form.sees("Ädä")
    form.choose("Encoding", "mac-roman")
    form.sees("ƒd‰")


@pytest.mark.parametrize(("front", "megabytes"), [("lab", 12), ("voila", 60), ("marimo", 12)], indirect=["front"])
def test_a_file_of_many_megabytes_arrives_whole(
    front: Front, page: Page, tmp_path: Path, record_property: Callable[[str, object], None], megabytes: int
) -> None:
    """Notebooks cut off messages of more than 10 MB without a word: it travels in pieces, in one front many."""
    path = tmp_path / "big.bin"
    content = bytes(range(256)) * (megabytes * 4096)
    path.write_bytes(content)
    form = front.show(page, ARRIVING)
    began = time.monotonic()
    form.upload(path, "File")
    form.sees(f"{megabytes * 2**20} bytes, {sum(content[::65537])}", patience=90_000)
    record_property("on a page", f"{megabytes} MB into {front.name}: {time.monotonic() - began:.1f} s")


@pytest.mark.parametrize("front", ["lab", "voila", "marimo"], indirect=True)
def test_a_sheet_of_12_megabytes_comes_back_whole(front: Front, page: Page) -> None:
    """A sheet of many rows is more than one message: every piece of it is there, in its place."""
    form = front.show(page, LEAVING)
    came = form.download("Get it").read_bytes()
    assert len(came) == 12 * 2**20
    assert came == b"".join(bytes([n % 251]) * 4096 for n in range(3072))
