"""Outcomes: why people were not invited, grouped, and the sheets that a form hands back."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clerkbulk.sending.after.results import Result, Results
from clerkbulk.sending.entries import LEFT_OUT_BY_HAND
from clerkbulk.sending.state import RowState
from clerkbulk.widgets.words import in_a_form

SHEETS: Final = {"all": "All rows", "errors": "Errors only", "todo": "Still to do"}
_NAMES: Final = {"all": "results", "errors": "errors", "todo": "still-to-do"}
_WRONG: Final = (RowState.REFUSED, RowState.INVALID)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why rows were not invited, and what to do about them."""

    reason: str
    lines: tuple[int, ...]
    remedy: str
    for_now: int
    """How many of them can be sent as they are, when there is room or time."""
    is_choice: bool
    """Whether a person left them out by hand: nothing is wrong with them."""


def causes(results: Iterable[Result]) -> list[Cause]:
    """Group the refused, left out and invalid rows by why, the most first."""
    groups: defaultdict[tuple[RowState, str], list[Result]] = defaultdict(list)
    for result in results:
        if result.state in _WRONG:
            groups[result.state, result.code or result.reason].append(result)
    found = [
        Cause(
            _most_said([one.reason for one in rows]),
            tuple(one.line for one in rows),
            _most_said([one.remedy for one in rows]),
            sum(one.is_still_to_do for one in rows),
            _is_choice(rows[0]),
        )
        for rows in groups.values()
    ]
    return sorted(found, key=lambda cause: (-len(cause.lines), cause.lines))


def sheet(results: Results, which: str) -> tuple[str, bytes]:
    """Return the name and content of a sheet back, as CSV: all, errors, or todo (what can be sent as it is)."""
    chosen = results
    if which == "errors":
        wrong = results.only(*_WRONG)
        chosen = wrong.on_lines([one.line for one in wrong if not _is_choice(one)])
    elif which == "todo":
        chosen = results.still_to_do()
    stem = re.sub(r"[^\w.-]+", "-", Path(results.source_name).stem).strip("-.") or "people"
    with tempfile.TemporaryDirectory(prefix="clerkbulk-") as folder:
        path = Path(folder) / "sheet.csv"
        chosen.in_words(in_a_form).write(path)
        return f"{stem}-{_NAMES[which]}.csv", path.read_bytes()


def _is_choice(result: Result) -> bool:
    return result.code == LEFT_OUT_BY_HAND


def _most_said(sentences: Sequence[str]) -> str:
    """Return the sentence said most often, and whether there are others like it."""
    (first, _), *others = Counter(map(in_a_form, sentences)).most_common()
    return f"{first} (and alike)" if others else first
