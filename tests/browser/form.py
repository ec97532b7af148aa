"""Form: a form of ours on a page, in the words of somebody who uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

PATIENCE = 15_000
"""Milliseconds for something to appear: a busy machine starts a kernel in ten seconds."""
# What the fronts themselves throw, whatever is shown in them.
NOISE = ("reading 'schema'", "ResizeObserver loop", "Canceled", "#RUNTIME-012")


class Form:
    """The first form on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".clerkbulk").first

    def is_there(self) -> Form:
        """Wait until Python has said what is to be seen."""
        expect(self.root.locator("h2").first).to_be_visible(timeout=PATIENCE)
        return self

    def field(self, label: str) -> Locator:
        """Return the field with a label."""
        return self.root.get_by_label(label, exact=True)

    def type(self, label: str, text: str) -> None:
        """Type into a field, key by key."""
        self.field(label).press_sequentially(text)

    def fill(self, label: str, text: str) -> None:
        """Put a text into a field, in place of what was there, and leave it."""
        self.field(label).fill(text)
        self.field(label).blur()

    def choose(self, label: str, option: str) -> None:
        """Choose from a dropdown by the words shown."""
        self.field(label).select_option(label=option)

    def tick(self, label: str) -> None:
        """Tick a box, and see it ticked once Python has heard of it."""
        self.field(label).click()
        expect(self.field(label)).to_be_checked(timeout=PATIENCE)

    def button(self, words: str) -> Locator:
        """Return the button whose words begin so: filters and steps have their number behind them."""
        return self.root.get_by_role("button", name=words).first

    def press(self, words: str) -> None:
        """Press a button."""
        self.button(words).click(timeout=PATIENCE)

    def upload(self, path: Path, label: str = "Drop a file here, or choose one") -> None:
        """Choose a file."""
        self.field(label).set_input_files(path)

    def give_key(self) -> None:
        """Type a key into the box that asks for one."""
        self.field("Secret key").fill("sk_test_fake")
        self.field("Secret key").press("Enter")

    def cell(self, text: str) -> Locator:
        """Return the cell of the grid that holds a text."""
        return self.root.get_by_role("gridcell").filter(has_text=text).first

    def edit(self, text: str, new: str) -> None:
        """Put another text into the cell that holds one."""
        self.cell(text).dblclick(timeout=PATIENCE)
        box = self.root.locator("input.cb-edit")
        box.fill(new)
        box.press("Enter")

    def download(self, words: str) -> Path:
        """Press a button that hands over a file, and return where it is."""
        with self.page.expect_download(timeout=PATIENCE) as coming:
            self.press(words)
        return coming.value.path()

    def sees(self, text: str, *, patience: int = PATIENCE) -> None:
        """Expect words somewhere on the form."""
        expect(self.root.get_by_text(text).first).to_be_visible(timeout=patience)

    def sees_no(self, text: str) -> None:
        """Expect words to be nowhere on the form."""
        expect(self.root.get_by_text(text)).to_have_count(0, timeout=PATIENCE)

    def holds(self, label: str, text: str) -> None:
        """Expect a field to hold a text."""
        expect(self.field(label)).to_have_value(text, timeout=PATIENCE)


class Watch:
    """What a page did that it must not: requests that leave the machine, and errors that nobody caught."""

    def __init__(self, page: Page) -> None:
        self.outside: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self._seen(request.url))
        page.on("websocket", lambda socket: self._seen(socket.url))
        page.on("pageerror", self._thrown)

    def _seen(self, url: str) -> None:
        if urlsplit(url).scheme not in {"data", "blob", "about"} and urlsplit(url).hostname != "127.0.0.1":
            self.outside.append(url)

    def _thrown(self, error: Any) -> None:
        if not any(words in str(error) for words in NOISE):
            self.errors.append(f"{error}\n{error.stack}")
