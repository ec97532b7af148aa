"""Guard: cells that a spreadsheet would run are marked as text, in a way that can be taken back exactly.

A cell that begins with one of TRIGGERS is taken for a formula when a CSV file is opened in a spreadsheet. One
apostrophe in front makes it text. A cell that already begins with apostrophes and then a trigger gets one more, so that
taking one away is always the exact way back.
"""

from __future__ import annotations

import re

TRIGGERS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001 - the full-width forms are triggers too
"""The first characters of a cell that spreadsheets act on (OWASP, CSV Injection)."""

_RISKY = re.compile(f"'*[{re.escape(TRIGGERS)}]")
_GUARDED = re.compile(f"'+[{re.escape(TRIGGERS)}]")


def guard(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would run; leave every other cell as it is."""
    return "'" + cell if _RISKY.match(cell) else cell


def unguard(cell: str) -> str:
    """Take back what guard() did, exactly, for every text."""
    return cell[1:] if _GUARDED.match(cell) else cell
