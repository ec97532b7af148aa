"""Tidy: the rows of every frame, in the order of its columns, made of what the statistics return."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import median
from typing import Any

from clerkbulk.contract.target import Organization
from clerkbulk.errors import InputError
from clerkbulk.onboarding.columns import FRAMES, Column, Kind
from clerkbulk.onboarding.course import Point
from clerkbulk.onboarding.hiding import People, pseudonym
from clerkbulk.onboarding.journey import DAY, Journey, Source, Stage
from clerkbulk.onboarding.statistics.cohorts import Cell
from clerkbulk.onboarding.statistics.forecast import BackTest, Forecast
from clerkbulk.onboarding.statistics.funnel import Step
from clerkbulk.onboarding.statistics.incidence import Incidence
from clerkbulk.onboarding.statistics.logrank import LogRank
from clerkbulk.onboarding.statistics.nudge import Nudged, order
from clerkbulk.onboarding.statistics.over_time import Day
from clerkbulk.onboarding.statistics.spell import End
from clerkbulk.onboarding.statistics.survival import Curve

_HIDDEN = {People.HASH: {"line", "domain"}, People.OMIT: {"line", "domain", "person"}}
"""Columns that lead back to a person, by what is asked. A domain may be somebody's own."""


def table(
    journeys: Iterable[Journey], now: float, people: People, secret: bytes, metadata: Sequence[str] | None
) -> tuple[tuple[Column, ...], Iterator[tuple[Any, ...]]]:
    """Return the columns of the table and its rows, one a journey.

    The rows are in the order of the sheet's lines, unless those are hidden: then their order tells nothing.
    """
    journeys = list(journeys)
    if people is not People.SHOW:
        journeys.sort(key=lambda one: pseudonym(f"{one.key} {one.target}", secret))
    if metadata is None:
        # A metadata value may name a person as well as an address does.
        metadata = _keys(journeys) if people is People.SHOW else ()
    elif journeys and (unknown := [key for key in metadata if not any(key in one.metadata for one in journeys)]):
        known = ", ".join(_keys(journeys)) or "none"
        raise InputError(f"Nobody has the metadata {', '.join(map(repr, unknown))}; there is: {known}.")
    columns = columns_for("table", people)
    added = tuple(Column(f"metadata.{key}", Kind.TEXT, f"metadata {key}", may_lack=True) for key in metadata)
    return (*columns, *added), (
        (*_line(one, now, people, secret), *(_text(one.metadata.get(key)) for key in metadata)) for one in journeys
    )


def columns_for(name: str, people: People) -> tuple[Column, ...]:
    """Return the columns of a frame about people, less those that lead back to them."""
    return tuple(column for column in FRAMES[name] if column.name not in _HIDDEN.get(people, set()))


def _who(key: str, line: int | None, people: People, secret: bytes) -> tuple[Any, ...]:
    if people is People.OMIT:
        return ()
    return (pseudonym(key, secret),) if people is People.HASH else (key, line)


def _line(one: Journey, now: float, people: People, secret: bytes) -> tuple[Any, ...]:
    accepted = one.acceptance
    ended_at, invited_at = one.ended_at, one.invited_at
    sign_in = one.first_sign_in
    weeks = [answer.value if one.is_in else None for answer in one.active_in_week]
    return (
        *_who(one.key, one.line, people, secret),
        one.job_id,
        one.target.kind,
        one.target.organization_id if isinstance(one.target, Organization) else None,
        one.role,
        *([one.domain] if people is People.SHOW else []),
        one.wave,
        one.stage.value,
        moment(invited_at),
        moment(one.last_invited_at),
        len(one.links),
        sum(link.ended_at is None for link in one.links),
        moment(accepted.time.at) if accepted else None,
        moment(accepted.time.earliest) if accepted else None,
        moment(accepted.time.latest) if accepted else None,
        accepted.source.value if accepted else None,
        accepted.time.uncertainty / 3600 if accepted else None,
        moment(one.joined_at),
        moment(ended_at),
        None if invited_at is None else max(0.0, (now if ended_at is None else ended_at) - invited_at) / DAY,
        moment(sign_in.at) if sign_in else None,
        moment(sign_in.latest) if sign_in else None,
        moment(one.last_active_at),
        *weeks,
    )


def _keys(journeys: Iterable[Journey]) -> list[str]:
    return sorted({key for one in journeys for key in one.metadata})


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def moment(at: float | None) -> datetime | None:
    """Return an aware time for seconds since 1970."""
    return None if at is None else datetime.fromtimestamp(at, UTC)


def counted(journeys: Iterable[Journey]) -> Mapping[Stage, int]:
    """Count people by stage; every stage is named."""
    counts = Counter(one.stage for one in journeys)
    return {stage: counts[stage] for stage in Stage}


def funnel(groups: Mapping[str, Sequence[Step]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the funnel."""
    for group, steps in groups.items():
        for step in steps:
            yield group, step.name, step.people, step.otherwise, step.not_known, step.of_first, step.of_previous


def curves(of_groups: Iterable[Curve]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the curves, each beginning at day 0."""
    for one in of_groups:
        if not one.points or one.points[0].days > 0:
            yield one.group, 0.0, one.people, 0, 0, 0.0, 0.0, 0.0
        for at in one.points:
            yield one.group, at.days, at.at_risk, at.accepted, at.others, at.probability, at.low, at.high


def quartiles(of_groups: Iterable[Curve], shares: Sequence[float]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the quartiles."""
    for one in of_groups:
        for share in shares:
            found = one.quantile(share)
            yield one.group, one.people, share, found.days, found.low, found.high, found.says()


def incidences(groups: Mapping[str, Mapping[End, Incidence]]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the incidences."""
    for group, ends in groups.items():
        for end, one in ends.items():
            for at in one.points:
                yield group, end.value, at.days, at.probability, at.low, at.high, at.at_risk


def comparison(tested: LogRank) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a log-rank test."""
    for one in tested.groups:
        result = (tested.chi_square, tested.degrees_of_freedom, tested.p_value)
        yield one.group, one.people, one.observed, one.expected, *result


def cohorts(cells: Iterable[Cell]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the cohorts."""
    for cell in cells:
        yield cell.week, cell.invited, cell.weeks_since, cell.accepted, cell.share, cell.complete


def over_time(days: Iterable[Day]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the status over days."""
    for day in days:
        count = day.people
        revoked = count[Stage.REVOKED] + count[Stage.MISSING]
        shown = (Stage.WAITING, Stage.OPEN, Stage.ACCEPTED, Stage.JOINED, Stage.EXPIRED)
        yield day.date, *(count[stage] for stage in shown), revoked


def course(points: Iterable[Point]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of plan against sending."""
    for point in points:
        yield moment(point.at), point.planned, point.actual


def forecast(by: date, made: Forecast) -> tuple[Any, ...]:
    """Return the row of a forecast."""
    return by, made.accepted_now, made.expected, made.low, made.high, made.open, made.planned


def back_test(made: BackTest, zone: tzinfo) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of forecasts that would have been made, and what came."""
    for one in made.tested:
        told = one.forecast
        yield (
            _last_day(one.made_at, zone),
            _last_day(told.by, zone),
            told.expected,
            told.low,
            told.high,
            one.came,
            one.held,
        )


def _last_day(at: float, zone: tzinfo) -> date:
    """Return the day whose end a moment is, or in which it lies."""
    return (datetime.fromtimestamp(at, zone) - timedelta(microseconds=1)).date()


def nudges(people: Iterable[Nudged], shown: People, secret: bytes) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of those who can be reminded."""
    if shown is not People.SHOW:
        # Equals are in the order of their addresses else.
        people = sorted(people, key=lambda one: (*order(one)[:-1], pseudonym(one.key, secret)))
    for one in people:
        who = _who(one.key, one.line, shown, secret)
        yield *who, one.job_id, one.days_silent, one.expires_in_days, one.reminders


def sources(journeys: Iterable[Journey]) -> Iterator[tuple[Any, ...]]:
    """Yield what dates the acceptances, the best source first."""
    found: dict[Source, list[float]] = {source: [] for source in Source}
    for one in journeys:
        if one.acceptance:
            found[one.acceptance.source].append(one.acceptance.time.uncertainty / 3600)
    for source, hours in found.items():
        yield source.value, len(hours), median(hours) if hours else None, max(hours, default=None)
