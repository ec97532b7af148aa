"""The screen: everything travels by message, nothing rests in a trait, files arrive whole, a loaded page comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import Widget

from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.part import Part
from clerkbulk.widgets.screen import PIECE, Screen
from clerkbulk.widgets.upload import UploadedFile


class Echo(Part):
    """Shows and keeps whatever it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[tuple[str, Any]] = []

    def view(self) -> Node:
        return nodes.box([nodes.text(f"{len(self.heard)} heard"), nodes.field("name", "Name", str(self.heard[-1:]))])

    def hear(self, name: str, value: Any) -> None:
        self.heard.append((name, value))
        self.show()

    def rows(self, grid: str, start: int, stop: int) -> list[dict[str, Any]]:
        return [{"line": at, "cells": []} for at in range(start, stop)]


class Page:
    """A page with a screen on it: what was sent to it, and what is done there."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        screen.send = lambda content, buffers=None: self.sent.append((content, list(buffers or [])))  # type: ignore[method-assign]

    def say(self, message: dict[str, Any], *buffers: bytes) -> None:
        self.screen._handle_custom_msg(message, list(buffers))

    def last(self, kind: str) -> dict[str, Any]:
        return next(message for message, _ in reversed(self.sent) if message["kind"] == kind)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def page(echo: Echo) -> Page:
    return Page(Screen(echo))


def test_a_page_that_is_loaded_again_gets_the_view_as_it_is(page: Page) -> None:
    """It says hello, and is told what there is to see; nothing was kept in the page."""
    page.say({"kind": "event", "name": "name", "value": "ada@example.com"})
    page.say({"kind": "hello"})
    assert page.last("view")["view"]["k"][0]["text"] == "1 heard"


def test_what_people_do_reaches_the_part_and_the_page_is_told(page: Page, echo: Echo) -> None:
    """A typed text, a button, a key."""
    page.say({"kind": "event", "name": "name", "value": "Ada"})
    page.say({"kind": "secret", "name": "key", "value": "sk_test_fake"})
    assert echo.heard == [("name", "Ada"), ("key", "sk_test_fake")]
    assert [message["kind"] for message, _ in page.sent] == ["view", "view"]


def test_nothing_that_was_typed_rests_in_a_trait(page: Page) -> None:
    """The state that is saved with a notebook has the code of the form, and nothing of anybody."""
    page.say({"kind": "event", "name": "name", "value": "ada@example.com"})
    page.say({"kind": "secret", "name": "key", "value": "sk_test_fake"})
    saved = json.dumps(Widget.get_manager_state(widgets=[page.screen])["state"], default=str)
    assert "ada@example.com" not in saved
    assert "sk_test_fake" not in saved
    synced = set(page.screen.keys)
    assert {name for name in synced if not name.startswith("_")} <= {"layout", "tabbable", "tooltip"}


def test_rows_are_given_as_they_come_into_sight(page: Page) -> None:
    """The page asks for a stretch and gets it."""
    page.say({"kind": "page", "grid": "rows", "start": 10, "stop": 13})
    assert [row["line"] for row in page.last("rows")["rows"]] == [10, 11, 12]


def test_a_file_arrives_whole_in_pieces_each_acknowledged(page: Page, echo: Echo) -> None:
    """Whatever its size; it keeps its name, in a folder of its own."""
    content = bytes(range(256)) * 5000
    for start in range(0, len(content), PIECE):
        piece = content[start : start + PIECE]
        ended = start + PIECE >= len(content)
        about = {"kind": "upload", "name": "file", "upload": "u1", "file": "people.csv", "size": len(content)}
        page.say({**about, "start": start, "ended": ended}, piece)
        assert page.last("ack")["upload"] == "u1"
    ((name, file),) = echo.heard
    assert name == "file"
    assert isinstance(file, UploadedFile)
    assert (file.name, file.size) == ("people.csv", len(content))
    assert Path(file.path).read_bytes() == content


@pytest.mark.parametrize("name", ["../../etc/people.csv", "C:\\people.csv", "/tmp/people.csv"])
def test_the_name_of_an_uploaded_file_leads_nowhere(page: Page, echo: Echo, name: str) -> None:
    """Only its last part counts."""
    page.say({"kind": "upload", "name": "file", "upload": "u", "file": name, "start": 0, "ended": True}, b"x")
    assert echo.heard[0][1].path.name == "people.csv"
    assert echo.heard[0][1].path.parent.name.startswith("clerkbulk-")


def test_a_piece_out_of_turn_makes_no_file(page: Page, echo: Echo) -> None:
    """Half a file is not taken for a whole one."""
    page.say({"kind": "upload", "name": "file", "upload": "u", "file": "a.csv", "start": 0, "ended": False}, b"abc")
    page.say({"kind": "upload", "name": "file", "upload": "u", "file": "a.csv", "start": 9, "ended": True}, b"xyz")
    assert echo.heard == []


def test_a_download_travels_in_messages_under_a_megabyte(page: Page, echo: Echo) -> None:
    """Some front ends cut off longer ones; the last piece says that it is the last."""
    echo.download("results.csv", b"x" * (2 * PIECE + 1))
    files = [(message, buffers) for message, buffers in page.sent if message["kind"] == "file"]
    assert [len(buffers[0]) for _, buffers in files] == [PIECE, PIECE, 1]
    assert [message["ended"] for message, _ in files] == [False, False, True]
    assert files[0][0]["file"] == "results.csv"


@pytest.mark.parametrize(
    "odd", [{}, {"kind": "event"}, {"kind": "page", "grid": 3}, {"kind": "nothing"}, {"kind": "event", "name": 3}]
)
def test_a_message_nobody_sends_is_no_error(page: Page, echo: Echo, odd: dict[str, Any]) -> None:
    """It is passed over."""
    page.say(odd)
    assert echo.heard == []


def test_the_code_of_the_page_stands_by_itself() -> None:
    """No import, no address of anything elsewhere: it works without a network."""
    module = str(Screen._esm)
    assert "import " not in module.replace("important", "")
    assert "http://" not in module.replace("http://www.w3.org", "")
    assert "https://" not in module
    assert "url(" not in str(Screen._css)
