"""Part: a piece of a form as plain Python. It has state, says what is to be seen, and hears what people do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clerkbulk.widgets.nodes import Node


class Part:
    """A piece of a form. Whatever shows it attaches itself; without anybody it works all the same, as in a test."""

    def __init__(self) -> None:
        self._shows: list[Callable[[], None]] = []
        self._focuses: list[Callable[[str], None]] = []
        self._downloads: list[Callable[[str, bytes, str], None]] = []

    def attach(
        self,
        show: Callable[[], None],
        focus: Callable[[str], None],
        download: Callable[[str, bytes, str], None],
    ) -> None:
        """Let somebody show this part: show again, put the cursor into a field, hand over a file."""
        self._shows.append(show)
        self._focuses.append(focus)
        self._downloads.append(download)

    def view(self) -> Node:
        """Return what is to be seen now."""
        raise TypeError(f"{type(self).__name__} shows nothing")

    def hear(self, name: str, value: Any) -> None:
        """Take what somebody has done: the name of a field or button, and its value; then show again."""

    def rows(self, grid: str, start: int, stop: int) -> list[dict[str, Any]]:
        """Return rows of a grid that have come into sight."""
        return []

    def show(self) -> None:
        """Show again, wherever this part is shown."""
        for show in self._shows:
            show()

    def focus(self, name: str) -> None:
        """Put the cursor into a field or onto a button."""
        for focus in self._focuses:
            focus(name)

    def download(self, name: str, content: bytes, kind: str = "text/csv") -> None:
        """Hand a file over to whoever looks at this part."""
        for download in self._downloads:
            download(name, content, kind)
