"""Words: numbers, times and sentences as forms say them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from clerkbulk.people.wording import counted
from clerkbulk.sending.state import Sum

MOST_LINES: Final = 12
"""Line numbers shown of a group; the downloads have all of them."""
_COMMANDS: Final = (
    (re.compile(r" \((?:without )?--[^)]*\)"), ""),
    (re.compile(r"send with --decide \w+=send"), "say so where the list is looked at before sending"),
    (re.compile(r"(?::| \() ?clerkbulk resume(?: job_\w+)?\)?"), ""),
)
"""What sentences say to people in a terminal, and what a form says instead."""


def in_a_form(sentence: str) -> str:
    """Return a sentence without the options and commands of a terminal."""
    for found, instead in _COMMANDS:
        sentence = found.sub(instead, sentence)
    return sentence


def numbers(lines: Sequence[int]) -> str:
    """Return numbers with commas between them, the first ones of many."""
    more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
    return f"{', '.join(map(str, lines[:MOST_LINES]))}{more}"


def lines_in_words(lines: Sequence[int]) -> str:
    """Return line numbers, the first ones of many: lines 2, 3 and 12 more."""
    return f"{'line' if len(lines) == 1 else 'lines'} {numbers(lines)}"


def clock_time(at: float, now: float, zone: tzinfo | None = None) -> str:
    """Return a time to the minute that has come by then, the day too when it is another; seconds since 1970.

    zone None is the machine's own.
    """
    moment = datetime.fromtimestamp(-(-at // 60) * 60, zone).astimezone(zone)
    today = datetime.fromtimestamp(now, zone).astimezone(zone).date()
    return moment.strftime("%H:%M %Z" if moment.date() == today else "%a %Y-%m-%d %H:%M %Z")


def sum_in_words(sum_: Sum) -> str:
    """Return rows = sent + already there + ...: every state that has rows, and sent in any case."""
    states = [f"{number:,} {name.replace('_', ' ')}" for name, number in sum_.shown()]
    return f"{counted(sum_.rows, 'row')} = {' + '.join(states)}"
