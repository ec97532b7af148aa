"""The program run as from a shell, in this process: arguments in; exit status, output and error output back."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest.mock import patch

from clerkbulk.cli import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run of the program came to."""

    status: int
    out: str
    err: str


def run(*arguments: object, typed: bytes = b"", environment: Mapping[str, str] | None = None) -> Ran:
    """Run ``clerkbulk ARGUMENTS``; typed is standard input. No Clerk key or address is there unless given."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CLERK_")} | dict(
        environment or {}
    )
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["clerkbulk", *map(str, arguments)]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8")),
        patch.dict(os.environ, ours, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            status = 0
        except SystemExit as left:
            status = int(left.code or 0)
    return Ran(status, out.getvalue(), err.getvalue())
