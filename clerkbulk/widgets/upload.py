"""Uploads: files that arrive in pieces, written down as they come, so that their size does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that has arrived whole, in a folder of its own; its name is the one it had."""

    path: Path
    name: str
    size: int


class Uploads:
    """Takes pieces, in order, of any number of files."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[Path, int]] = {}

    def take(self, message: Mapping[str, Any], piece: bytes) -> UploadedFile | None:
        """Take a piece; return the file when it was the last one. A piece out of turn is dropped, and its file too."""
        upload, start = str(message.get("upload")), message.get("start")
        name = Path(str(message.get("file", "")).replace("\\", "/")).name or "people"
        if start == 0:
            self._open[upload] = (Path(mkdtemp(prefix="clerkbulk-")) / name, 0)
        path, arrived = self._open.get(upload, (None, -1))
        if path is None or start != arrived:
            self._open.pop(upload, None)
            return None
        with path.open("ab") as file:
            file.write(piece)
        arrived += len(piece)
        self._open[upload] = (path, arrived)
        if not message.get("ended"):
            return None
        del self._open[upload]
        return UploadedFile(path, name, arrived)
