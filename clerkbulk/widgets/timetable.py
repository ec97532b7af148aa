"""Timetable: a plan as a picture of ours, and as a table that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from html import escape
from itertools import pairwise
from typing import Final

from clerkbulk.contract.endpoint import HOUR
from clerkbulk.people.wording import counted
from clerkbulk.sending.before.plan import Burst, Plan
from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node
from clerkbulk.widgets.words import in_a_form

WIDTH: Final = 760
HEIGHT: Final = 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 10, 26
"""Room for the labels, in the picture's own units."""
_STEPS: Final = (1, 2, 3, 6, 12, 24, 48, 168, 336, 720)
"""Hours between two labels of the time; the narrowest that leaves room."""
_MOST_LABELS: Final = 9
_MOST_BURSTS: Final = 12
"""Bursts in the table; of more, the first and the last half are shown."""
_MOST_BANDS: Final = 400
_DEVELOPMENT: Final = "sk_test_"
_APART: Final = 80
"""Units between the labels of two moments."""


def timetable(plan: Plan, *, is_live: bool = False) -> list[Node]:
    """Return the plan's sentence, its picture, the same as a table, and the limits that shape it.

    is_live leaves out what concerns development keys only.
    """
    made = [nodes.text(f"{plan.sentence}.".replace("..", "."), as_="strong")]
    bursts = plan.bursts()
    if len(bursts) > 1:
        made.append(nodes.picture(timetable_svg(plan), timetable_label(plan)))
    if bursts:
        made.append(nodes.details("When the calls leave, as a table", [_table(plan, bursts)]))
    limits = [nodes.text(in_a_form(said), tone="dim") for said in plan.limits if not (is_live and _DEVELOPMENT in said)]
    if limits:
        made.append(nodes.details("Limits that apply", limits, is_open=True))
    made += [nodes.text(f"Faster: {in_a_form(way)}.") for way in plan.faster]
    return made


def timetable_label(plan: Plan) -> str:
    """Return in words what the picture shows."""
    bursts = plan.bursts()
    if not bursts:
        return plan.sentence
    zone = plan.pace.schedule.zone
    most = max(burst.people for burst in bursts)
    said = [
        f"How many people are invited as the hours go by: {counted(len(bursts), 'burst')} of at most "
        f"{counted(most, 'person', 'people')}, the first on {_at(bursts[0].at, zone)}, "
        f"the last on {_at(bursts[-1].at, zone)}."
    ]
    if not plan.pace.schedule.is_always:
        said.append(f"Calls leave only from {plan.pace.schedule}.")
    if bursts[-1].wave > 1:
        said.append(f"In {bursts[-1].wave} waves.")
    return " ".join(said)


def timetable_svg(plan: Plan) -> str:
    """Return the picture: time to the right, people invited upwards, closed hours shaded, waves parted by a line.

    Colours are the form's own (screen.css), so it is light and dark as that is. It holds numbers and times only.
    """
    bursts, zone = plan.bursts(), plan.pace.schedule.zone
    if not bursts:
        return ""
    first = min(plan.start, bursts[0].at)
    span = max(bursts[-1].at - first, HOUR / 4) * 1.02

    def x(at: float) -> float:
        return _LEFT + (at - first) / span * (WIDTH - _LEFT - _RIGHT)

    def y(people: float) -> float:
        return HEIGHT - _BOTTOM - people / max(plan.people, 1) * (HEIGHT - _TOP - _BOTTOM)

    floor = y(0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-size="12" font-family="inherit" aria-hidden="true" focusable="false">'
    ]
    for start, end in _closed(plan, first, first + span):
        parts.append(
            f'<rect x="{x(start):.1f}" y="{_TOP}" width="{x(end) - x(start):.1f}" height="{floor - _TOP}" '
            'fill="var(--cb-line)" opacity="0.4"/>'
        )
    for share in (0, 0.5, 1):
        people = round(plan.people * share)
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(people):.1f}" y2="{y(people):.1f}" '
            'stroke="var(--cb-line)"/>'
            f'<text x="{_LEFT - 8}" y="{y(people) + 4:.1f}" text-anchor="end" fill="var(--cb-soft)">{people:,}</text>'
        )
    for at, words in _ticks(first, span, zone):
        anchor = "start" if at == first else "middle" if x(at) < WIDTH - 40 else "end"
        parts.append(
            f'<line x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{floor:.1f}" y2="{floor + 4:.1f}" stroke="var(--cb-soft)"/>'
            f'<text x="{x(at):.1f}" y="{HEIGHT - 7}" text-anchor="{anchor}" fill="var(--cb-soft)">'
            f"{escape(words)}</text>"
        )
    parts += [
        f'<line x1="{x(burst.at):.1f}" x2="{x(burst.at):.1f}" y1="{_TOP}" y2="{floor:.1f}" stroke="var(--cb-warn)" '
        'stroke-dasharray="4 3"/>'
        for before, burst in pairwise(bursts)
        if burst.wave != before.wave
    ]
    steps = " ".join(f"H{x(burst.at):.1f} V{y(burst.so_far):.1f}" for burst in bursts)
    line = f"M{x(first):.1f} {floor:.1f} {steps} H{WIDTH - _RIGHT}"
    parts.append(f'<path d="{line} V{floor:.1f} Z" fill="var(--cb-info-back)" stroke="none"/>')
    parts.append(f'<path d="{line}" fill="none" stroke="var(--cb-accent)" stroke-width="2"/>')
    return "".join([*parts, "</svg>"])


def _closed(plan: Plan, start: float, end: float) -> list[tuple[float, float]]:
    """Return the stretches between start and end in which no call may leave."""
    schedule, at = plan.pace.schedule, start
    found: list[tuple[float, float]] = []
    if schedule.is_always:
        return []
    while at < end and len(found) < _MOST_BANDS:
        opens = schedule.next_open(at)
        if opens > at:
            found.append((at, min(opens, end)))
        # Hours begin and end on a minute of the clock; a quarter of an hour is fine enough for a picture.
        at = opens
        while at < end and schedule.is_open(at):
            at += HOUR / 4
    return found


def _ticks(first: float, span: float, zone: tzinfo) -> list[tuple[float, str]]:
    """Return moments to be labelled, on full hours of the zone, with their words."""
    step = next((hours for hours in _STEPS if span / HOUR / hours <= _MOST_LABELS), _STEPS[-1])
    begin = datetime.fromtimestamp(first, zone)
    day = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    moment = day
    found = [(first, f"{begin:%a %H:%M}")]
    room = span * _APART / (WIDTH - _LEFT - _RIGHT)
    while (at := moment.timestamp()) <= first + span:
        if at >= first + room:
            found.append((at, f"{moment:%a %d %b}" if moment.hour == 0 else f"{moment:%H:%M}"))
        moment = moment + (timedelta(hours=step) if step < 24 else timedelta(days=step // 24))
    return found


def _table(plan: Plan, bursts: Sequence[Burst]) -> Node:
    zone, waves = plan.pace.schedule.zone, bursts[-1].wave > 1
    head = ["from", *(["wave"] if waves else []), "calls", "people", "so far"]
    rows = [
        [
            _at(burst.at, zone),
            *([str(burst.wave)] if waves else []),
            burst.words,
            f"{burst.people:,}",
            f"{burst.so_far:,}",
        ]
        for burst in bursts
    ]
    if len(rows) > _MOST_BURSTS:
        half = _MOST_BURSTS // 2
        gap = [f"… {len(rows) - 2 * half:,} more", *[""] * (len(head) - 1)]
        rows = [*rows[:half], gap, *rows[-half:]]
    return nodes.table("When the calls leave", head, rows, numbers=(len(head) - 2, len(head) - 1))


def _at(at: float, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(at, zone):%a %Y-%m-%d %H:%M %Z}"
