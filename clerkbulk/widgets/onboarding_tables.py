"""OnboardingTables: the numbers behind each picture, as small tables. Frames are dicts of lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from clerkbulk.onboarding.onboarding import EVERYBODY
from clerkbulk.onboarding.plots.funnel import STEPS
from clerkbulk.onboarding.plots.wording import chance_said, day_said, percent
from clerkbulk.widgets import nodes
from clerkbulk.widgets.nodes import Node

Frame = dict[str, list[Any]]
DAYS_SHOWN: Final = 14
WEEKS_SHOWN: Final = 12
_MARKS: Final = (7.0, 14.0, 30.0, 60.0)
"""Days at which it is said how journeys had ended."""
_SHARES: Final = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters"}
_NONE: Final = "\N{EN DASH}"
_ENDS: Final = {"accepted": "accepted", "joined": "in without the link", "expired": "expired", "revoked": "revoked"}


def funnel_table(frame: Frame) -> Node:
    """Return the steps of everybody below each other, or those of each group beside each other."""
    groups = _by_group(frame, "step", "people", "otherwise", "not_known", "of_first", "of_previous")
    if list(groups) == [EVERYBODY]:
        lines = groups[EVERYBODY]
        rows = [
            [STEPS[step], f"{people:,}", _share(first), _share(before), _some(otherwise), _some(unknown)]
            for step, people, otherwise, unknown, first, before in lines
        ]
        head = ["step", "people", "of planned", "of the step before", "in without the link", "not known, or not yet"]
        return nodes.table("The funnel in numbers", *_filled(head, rows), numbers=range(1, 6))
    steps = [step for step, *_ in next(iter(groups.values()), [])]
    rows = [[name, *(_people(people, of_first) for _, people, _, _, of_first, _ in lines)]
            for name, lines in groups.items()]  # fmt: skip
    head = ["group", *(STEPS[step].lower() for step in steps)]
    return nodes.table("The funnel by group: people, % of planned", head, rows, numbers=range(1, len(head)))


def quartile_table(frame: Frame) -> Node:
    """Return by when a quarter, half and three quarters had accepted, in words."""
    groups = _by_group(frame, "people", "share", "says")
    shares = list(_SHARES)
    if list(groups) == [EVERYBODY]:
        rows = [[_SHARES[share].capitalize(), says] for _, share, says in groups[EVERYBODY]]
        return nodes.table("How long people take to accept", ["of the people", "have accepted within"], rows)
    rows = []
    for name, lines in groups.items():
        says = {share: words for _, share, words in lines}
        rows.append([name, f"{lines[0][0]:,}", *(says[share] for share in shares)])
    head = ["group", "people", *_SHARES.values()]
    return nodes.table("How long people take to accept, by group", head, rows, numbers=(1,))


def incidence_table(frame: Frame) -> Node:
    """Return how many journeys had ended how after some days."""
    last = max(frame["days"], default=0.0)
    marks = [mark for mark in _MARKS if mark <= last] or [last]
    groups = _by_group(frame, "end", "days", "probability", "low", "high")
    rows = []
    for name, lines in groups.items():
        for end, words in _ENDS.items():
            points = [point for point in lines if point[0] == end]
            if any(point[2] for point in points):
                rows.append([name, words, *(_at(points, mark) for mark in marks)])
    head = ["group", "end", *(f"by day {mark:g}" if mark == int(mark) else f"by day {mark:.1f}" for mark in marks)]
    if list(groups) == [EVERYBODY]:
        head, rows = head[1:], [row[1:] for row in rows]
    return nodes.table(
        "How journeys end: share, and its interval", head, rows, numbers=range(len(head) - len(marks), len(head))
    )


def cohort_table(frame: Frame) -> Node:
    """Return the newest weeks of invitations, and how many of each had accepted when."""
    weeks: dict[date, list[tuple[Any, ...]]] = {}
    for week, *cell in _lines(frame, "week", "invited", "weeks_since", "share", "complete"):
        weeks.setdefault(week, []).append(tuple(cell))
    shown = dict(list(weeks.items())[-WEEKS_SHOWN:])
    most = min(max((cells[-1][1] for cells in shown.values()), default=0), 4)
    rows = []
    for week, cells in reversed(shown.items()):
        by = {since: f"{percent(share)}{'' if complete else ' so far'}" for _, since, share, complete in cells}
        rows.append([day_said(week), f"{cells[0][0]:,}", *(by.get(since, "") for since in range(most + 1))])
    head = ["week of", "invited", *(f"week {since}" for since in range(most + 1))]
    return nodes.table(_newest("Accepted by week of invitation", len(weeks), WEEKS_SHOWN, "weeks"), head, rows,
                       numbers=range(1, len(head)))  # fmt: skip


def over_time_table(frame: Frame) -> Node:
    """Return where people stood on the newest days."""
    names = ("waiting", "open", "accepted", "joined", "expired", "revoked")
    days = list(_lines(frame, "date", *names))
    rows = [[day_said(day), *(f"{number:,}" for number in counts)] for day, *counts in reversed(days[-DAYS_SHOWN:])]
    head = ["end of", "to be invited", "open", "accepted", "in without the link", "expired", "revoked"]
    caption = _newest("Where people stood", len(days), DAYS_SHOWN, "days")
    return nodes.table(caption, *_filled(head, rows, none="0"), numbers=range(1, 7))


def comparison_table(frame: Frame) -> list[Node]:
    """Return how the groups compare, and what the log-rank test says of it."""
    lines = _lines(frame, "group", "people", "observed", "expected")
    rows = [[name, f"{people:,}", f"{came:,.0f}", f"{expected:,.1f}"] for name, people, came, expected in lines]
    chance = frame["p_value"][0] if frame["p_value"] else None
    if chance is None:
        said = "There is nothing to compare: fewer than two groups have people who could accept."
    else:
        freedom = frame["degrees_of_freedom"][0]
        said = (
            f"Log-rank test: chi-square {frame['chi_square'][0]:.1f} with {freedom} degrees of freedom, "
            f"p {chance_said(chance)}. "
        )
        said += (
            "The groups differ by more than chance." if chance < 0.05 else "Chance alone could make this difference."
        )
    head = ["group", "people", "accepted", "expected if all were alike"]
    return [nodes.table("The groups compared", head, rows, numbers=(1, 2, 3)), nodes.text(said)]


def sending_table(frame: Frame) -> Node:
    """Return how far the plan and the sending are."""
    points = list(_lines(frame, "at", "planned", "actual"))
    so_far = [point for point in points if point[2] is not None]
    rows = []
    for name, point in (("so far", so_far[-1:]), ("in the end", points[-1:])):
        for at, planned, actual in point:
            sent = _NONE if actual is None else f"{actual:,}"
            rows.append([name, f"{at:%Y-%m-%d %H:%M} UTC", _NONE if planned is None else f"{planned:,}", sent])
    return nodes.table("Plan and sending", ["", "at", "invited by plan", "invited"], rows, numbers=(2, 3))


def forecast_table(frame: Frame) -> Node:
    """Return what is expected."""
    names = ("by", "accepted_now", "expected", "low", "high", "open", "planned")
    rows: list[list[str]] = []
    for by, now, expected, low, high, is_open, planned in _lines(frame, *names):
        day = day_said(by)
        rows += [["accepted so far", f"{now:,}"], [f"expected by {day}", f"{expected:,.0f}"]]
        rows += [["with 90 % confidence", f"{low:,.0f} to {high:,.0f}"], ["can still accept", f"{is_open:,}"]]
        rows += [["still to be invited", f"{planned:,}"]]
    return nodes.table("The forecast in numbers", ["accepting by the link", "people"], rows, numbers=(1,))


def _lines(frame: Frame, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[name] for name in names), strict=True)


def _by_group(frame: Frame, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for group, *cells in _lines(frame, "group", *names):
        groups.setdefault(group, []).append(tuple(cells))
    return groups


def _filled(head: Sequence[str], rows: Iterable[Sequence[str]], none: str = "") -> tuple[list[str], list[list[str]]]:
    """Leave out the columns in which nothing is said, but for the first two."""
    rows = list(rows)
    kept = [at for at in range(len(head)) if at < 2 or any(row[at] not in {none, ""} for row in rows)]
    return [head[at] for at in kept], [[row[at] for at in kept] for row in rows]


def _at(points: Sequence[tuple[Any, ...]], mark: float) -> str:
    before = [point for point in points if point[1] <= mark]
    if not before:
        return percent(0.0)
    _, _, share, low, high = before[-1]
    return f"{percent(share)} ({100 * low:.0f} to {100 * high:.0f})"


def _people(people: int, of_first: float | None) -> str:
    return f"{people:,}" if of_first is None else f"{people:,} · {percent(of_first)}"


def _share(share: float | None) -> str:
    return "" if share is None else percent(share)


def _some(number: int) -> str:
    return f"{number:,}" if number else ""


def _newest(caption: str, there: int, shown: int, what: str) -> str:
    return f"{caption}: the newest {shown} of {there:,} {what}" if there > shown else caption
