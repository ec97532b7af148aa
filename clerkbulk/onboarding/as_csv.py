"""A frame as CSV, for spreadsheets and for ``clerkbulk remind --only``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from clerkbulk.people.guard import guard


def csv_of(frame: Mapping[str, list[Any]]) -> bytes:
    """Return a frame (a dict of lists) as CSV in UTF-8: times in ISO 8601, UTC.

    Cells that a spreadsheet would run are guarded; clerkbulk.people.guard.unguard() is the way back.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(guard, frame))
    writer.writerows(map(_cell, row) for row in zip(*frame.values(), strict=True))
    written = text.getvalue()
    # Spreadsheets need the mark then; scripts are spared it otherwise.
    return written.encode("utf-8" if written.isascii() else "utf-8-sig", "backslashreplace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return guard(value) if isinstance(value, str) else str(value)
