"""Calling the program in this process: arguments and environment in, exit status and both outputs out."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from clerkbulk.cli import main

KEY = "sk_test_fake"


@dataclass(frozen=True, slots=True)
class Said:
    """What the program said, and how it ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the one document on standard output."""
        return json.loads(self.out)


class Terminal(io.StringIO):
    """Standard input with somebody at it."""

    def isatty(self) -> bool:
        """Return True."""
        return True


Program = Callable[..., Said]


def program_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return the program: ``program("send", "people.csv", typed="5")``; typed is what somebody at a terminal types."""

    def call(*arguments: object, typed: str | None = None) -> Said:
        monkeypatch.setattr(sys, "argv", ["clerkbulk", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Terminal(typed))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return call
