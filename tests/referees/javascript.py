"""Clerk's JavaScript SDK, called from Python: one Node process for as many calls as there are tests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from npm_packages import JS

KEY = "sk_test_fake"


class Thrown(Exception):  # noqa: N818 - it carries what the SDK threw, whatever its name there
    """What a call of the SDK threw: the error's own fields, as a JavaScript program reads them."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(json.dumps(error))
        self.error = error


class JavaScript:
    """A Node process with the SDK loaded; ``sdk(url, "invitations.createInvitationBulk", [...])`` makes a call."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(JS / "sdk.cjs")], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, url: str, call: str, *args: Any) -> Any:
        """Return what the SDK returned, as JSON. Raises Thrown."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"apiUrl": url, "secretKey": KEY, "call": call, "args": args}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        if "error" in said:
            raise Thrown(said["error"])
        return said.get("value")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(60)
