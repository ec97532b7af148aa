"""Page: the report as one self-contained HTML file, without personal data unless that is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from clerkbulk.errors import InputError
from clerkbulk.onboarding.plots import stylesheet
from clerkbulk.onboarding.report import sections
from clerkbulk.onboarding.report.answer import Answer, answer
from clerkbulk.onboarding.report.definitions import DEFINITIONS
from clerkbulk.onboarding.report.markup import bar, card, paragraph, section
from clerkbulk.people.private_file import open_private

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding

LARGEST = 2_000_000
"""Bytes of a report at most, so that it can be mailed."""
AT_LEAST = 5
"""People of a group at least, so that nobody is found in a small one."""


def write_report(
    shown: Onboarding,
    path: str | os.PathLike[str],
    *,
    by: Sequence[str] = (),
    at_least: int = AT_LEAST,
    until: date | None = None,
    goal: float | None = None,
    people: bool = False,
) -> None:
    """Write the report as one HTML file; arguments as report_html() has them. Raises InputError.

    With people only its owner can read the file.
    """
    text = report_html(shown, by=by, at_least=at_least, until=until, goal=goal, people=people)
    try:
        with open_private(path) if people else Path(path).open("wb") as file:
            file.write(text.encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror or error}): name another file.") from None


def report_html(
    shown: Onboarding,
    *,
    by: Sequence[str] = (),
    at_least: int = AT_LEAST,
    until: date | None = None,
    goal: float | None = None,
    people: bool = False,
) -> str:
    """Return the report as a page that needs nothing else: no script, no picture or font from elsewhere.

    by names groups to compare ("role", "team", ...), of at_least people each; until is the day of the forecast (in two
    weeks if not said) and goal the share of people (0 to 1) to be in by then; people adds a line about every person.
    Raises InputError without matplotlib, and when the page would be larger than 2 MB.
    """
    plain = shown.in_library("none")
    told = answer(plain, until=until, goal=goal)
    body = "".join(
        (
            _head(shown),
            _first_screen(told),
            sections.funnel(plain),
            sections.time_to_accept(plain),
            sections.over_days(plain, told.outlook.until),
            sections.weeks(plain),
            *(sections.groups(plain, one, at_least) for one in by),
            sections.still_open(plain),
            sections.everyone(plain) if people else "",
            sections.how_obtained(plain),
            _definitions(),
        )
    )
    style = stylesheet() + files("clerkbulk.onboarding.report").joinpath("report.css").read_text(encoding="utf-8")
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Onboarding: {escape(shown.title)}</title><style>{style}</style></head>"
        f"<body>{body}</body></html>\n"
    )
    if (size := len(page.encode())) > LARGEST:
        smaller = "leave --people out (Parquet files hold everybody)" if people else "ask for fewer groups"
        raise InputError(f"The report would be {size / 1e6:.1f} MB, and 2 MB are the most: {smaller}.")
    return page


def _head(shown: Onboarding) -> str:
    as_of = f"As of {_moment(shown.at)}."
    if shown.looked_at is None:
        as_of += " Clerk was never looked at: this is what was sent, and nothing of what came of it."
    else:
        looked = datetime.fromtimestamp(shown.looked_at, shown.zone)
        as_of += f" Clerk was looked at on {_moment(looked)}."
    return f"<header><h1>{escape(shown.title)}</h1>{paragraph(as_of, 'quiet')}</header>"


def _first_screen(told: Answer) -> str:
    kinds = {None: "", True: "words good", False: "words bad"}
    cards = "".join(card(one.question, one.number, one.says, kind=kinds[one.is_good]) for one in told.cards())
    said = (told.uninvited_says, f"Forecast of who will come by the link: {told.outlook.says}")
    below = "".join(paragraph(words, "quiet") for words in said if words)
    return f'<div class="cards">{cards}</div>{bar(told.parts())}{below}'


def _definitions() -> str:
    items = "".join(f"<dt>{escape(term)}</dt><dd>{escape(says)}</dd>" for term, says in DEFINITIONS)
    return section("Definitions", f"<dl>{items}</dl>")


def _moment(at: datetime) -> str:
    return f"{at:%A %-d %B %Y, %H:%M %Z}"
