"""Groups: the people by role, domain, wave, time of sending or any metadata, none smaller than may be shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from clerkbulk.contract.target import Organization
from clerkbulk.errors import InputError
from clerkbulk.onboarding.journey import Journey

NONE = "(none)"
"""Who has no value: no role, no such metadata, never invited."""
OTHERS = "(others)"
"""The groups that were too small to be shown, together."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Reading = Callable[[Journey, tzinfo], str | None]


def grouped(journeys: Sequence[Journey], by: str, *, zone: tzinfo, at_least: int = 1) -> dict[str, list[Journey]]:
    """Return the journeys by group, everybody in exactly one, in a sensible order; the last may be ``(others)``.

    by is role, domain, wave, organization, job; weekday, hour, week (the Monday's date) of the first sending, in the
    zone; or a key of the metadata, as ``metadata.role`` where it is called like one of these. Groups of fewer than
    at_least people are merged; while they are fewer together, the next smallest group goes in too. Who was invited to
    several targets is one person. Only when there are fewer people than at_least is there a group smaller than that,
    and its name does not say what they have in common. Raises InputError for a by that nobody has, naming what there
    is.
    """
    read = _reading(journeys, by)
    found: dict[str, list[Journey]] = {}
    for journey in journeys:
        value = read(journey, zone)
        found.setdefault(NONE if value is None else value, []).append(journey)
    return _merged(dict(sorted(found.items(), key=_order)), at_least)


def keys_of(journeys: Sequence[Journey]) -> list[str]:
    """Return what grouped() takes for these journeys: its own words, then the keys of their metadata."""
    keys = sorted({key for journey in journeys for key in journey.metadata})
    return [*_READINGS, *(f"metadata.{key}" if key in _READINGS else key for key in keys)]


def _merged(groups: dict[str, list[Journey]], at_least: int) -> dict[str, list[Journey]]:
    if at_least <= 1:
        return groups
    people = {name: {journey.key for journey in them} for name, them in groups.items()}
    merged = {name for name, them in people.items() if len(them) < at_least}
    if not merged:
        return groups
    merged |= {OTHERS} & groups.keys()
    together = set().union(*(people[name] for name in merged))
    for name in sorted(groups.keys() - merged, key=lambda name: len(people[name])):
        if len(together) >= at_least:
            break
        merged.add(name)
        together |= people[name]
    others = [journey for name, them in groups.items() if name in merged for journey in them]
    return {name: them for name, them in groups.items() if name not in merged} | {OTHERS: others}


def _order(group: tuple[str, list[Journey]]) -> tuple[bool, int, int, str]:
    """Weekdays as they come, numbers by size, all else by name; who has none is last."""
    name = group[0]
    if name in WEEKDAYS:
        return False, 0, WEEKDAYS.index(name), name
    return name == NONE, *((1, int(name), name) if name.isascii() and name.isdecimal() else (2, 0, name.casefold()))


def _reading(journeys: Sequence[Journey], by: str) -> Reading:
    if by in _READINGS:
        return _READINGS[by]
    key = by if any(by in journey.metadata for journey in journeys) else by.removeprefix("metadata.")
    if journeys and not any(key in journey.metadata for journey in journeys):
        raise InputError(f"Nobody has {by!r}. These people can be grouped by {', '.join(keys_of(journeys))}.")
    return lambda journey, zone: _as_text(journey.metadata.get(key))


def _as_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _sent(journey: Journey, zone: tzinfo) -> datetime | None:
    at = journey.invited_at
    return None if at is None else datetime.fromtimestamp(at, UTC).astimezone(zone)


def _weekday(journey: Journey, zone: tzinfo) -> str | None:
    sent = _sent(journey, zone)
    return None if sent is None else WEEKDAYS[sent.weekday()]


def _hour(journey: Journey, zone: tzinfo) -> str | None:
    sent = _sent(journey, zone)
    return None if sent is None else f"{sent.hour:02}:00"


def _week(journey: Journey, zone: tzinfo) -> str | None:
    sent = _sent(journey, zone)
    return None if sent is None else (sent.date() - timedelta(days=sent.weekday())).isoformat()


def _organization(journey: Journey, zone: tzinfo) -> str | None:
    return journey.target.organization_id if isinstance(journey.target, Organization) else None


def _wave(journey: Journey, zone: tzinfo) -> str | None:
    return None if journey.wave is None else str(journey.wave)


_READINGS: dict[str, Reading] = {
    "role": lambda journey, zone: journey.role,
    "domain": lambda journey, zone: journey.domain or None,
    "wave": _wave,
    "weekday": _weekday,
    "hour": _hour,
    "week": _week,
    "job": lambda journey, zone: journey.job_id,
    "organization": _organization,
}
