"""What a person may see: text whose control characters stand there as pictures, and are not obeyed by a terminal."""

from __future__ import annotations

import re

import click

# The line end and the tab mean what they say. Half characters (lone surrogates) have no bytes to be printed as.
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DELETE = 0x7F


def visible(text: str) -> str:
    """Return text that is safe to print: ``␛`` for an escape, ``\\x9b`` and ``\\ud800`` for what has no picture."""
    return _ODD.sub(_picture, text.replace("\r\n", "\n"))


def say(text: str, *, err: bool = False) -> None:
    """Print a line, visible() throughout, on standard output or standard error."""
    click.echo(visible(text), err=err)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == _DELETE:
        return "␡"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
