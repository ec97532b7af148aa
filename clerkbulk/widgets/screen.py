"""Screen: a form on a page. Python holds the state and says what is to be seen; the page draws it and reports back.

Nothing of it is a synced trait: traits are saved with a notebook, and a notebook with widget state must hold nobody's
address, no key and no file. Everything travels by custom message; when a page is loaded again it asks for the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import anywidget

from clerkbulk.widgets.part import Part
from clerkbulk.widgets.upload import Uploads

PIECE: Final = 512 * 1024
"""Bytes of one message: front ends cut off longer ones (1 MB in some, see static/screen.js)."""


def _module() -> str:
    static = files("clerkbulk.widgets") / "static"
    library = (static / "preact.mjs").read_text(encoding="utf-8")
    # One module without an import, because a page may have no network: what the library exports becomes an object.
    code, _, exported = library.rpartition("export{")
    names = exported.partition("}")[0].split(",")
    pairs = ",".join(":".join(reversed(name.split(" as "))) for name in names)
    return f"{code}\nconst preact={{{pairs}}};\n{(static / 'screen.js').read_text(encoding='utf-8')}"


def _style() -> str:
    return (files("clerkbulk.widgets") / "static" / "screen.css").read_text(encoding="utf-8")


class Screen(anywidget.AnyWidget):
    """Shows one part, and hands it what people do."""

    _esm = _module()
    _css = _style()

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part
        self._uploads = Uploads()
        part.attach(self._show, self._focus, self._download)
        self.on_msg(self._hear)

    def _show(self) -> None:
        self.send({"kind": "view", "view": self.part.view()})

    def _focus(self, name: str) -> None:
        self.send({"kind": "focus", "name": name})

    def _download(self, name: str, content: bytes, kind: str) -> None:
        pieces = [content[start : start + PIECE] for start in range(0, len(content), PIECE)] or [b""]
        for at, piece in enumerate(pieces):
            ended = at == len(pieces) - 1
            self.send({"kind": "file", "file": name, "type": kind, "download": name, "ended": ended}, [piece])

    def _hear(self, _: object, message: Mapping[str, Any], buffers: Sequence[memoryview | bytes]) -> None:
        match message:
            case {"kind": "hello"}:
                self._show()
            case {"kind": "event", "name": str(name), "value": value} | {
                "kind": "secret",
                "name": str(name),
                "value": value,
            }:
                self.part.hear(name, value)
            case {"kind": "page", "grid": str(grid), "start": int(start), "stop": int(stop)}:
                self.send({"kind": "rows", "grid": grid, "start": start, "rows": self.part.rows(grid, start, stop)})
            case {"kind": "upload", "name": str(name)}:
                self._uploaded(name, message, buffers)

    def _uploaded(self, name: str, message: Mapping[str, Any], buffers: Sequence[memoryview | bytes]) -> None:
        file = self._uploads.take(message, bytes(buffers[0]) if buffers else b"")
        self.send({"kind": "ack", "upload": message.get("upload")})
        if file is not None:
            self.part.hear(name, file)
