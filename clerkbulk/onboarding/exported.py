"""Exported: organization webhooks as somebody's own receiver has kept them, JSON lines of one event each.

A line may be

- the envelope as it was posted: ``{"object": "event", "type": ..., "data": {...}, "timestamp": ..., ...}``;
- the envelope under ``payload``, ``event``, ``body`` or ``message``, as an object or as JSON text, with the delivery's
  id beside it as ``svix-id``, ``svix_id``, ``delivery_id``, ``message_id``, or ``id`` (if it is a Svix one), or in
  ``headers``: such as
  ``{"id": "msg_...", "payload": {...}}`` and ``{"headers": {"svix-id": "msg_..."}, "body": "{...}"}``.

An event without a delivery's id is known again by its type, invitation and time. Exported events are not signed: read
only what you kept yourself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clerkbulk.errors import InputError
from clerkbulk.onboarding.event import Event, NotAnEvent, is_of_invitations, keep, read_event
from clerkbulk.sending.during.call import Begin

_INSIDE = ("payload", "event", "body", "message")
_IDS = ("svix-id", "svix_id", "delivery_id", "message_id")


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no event, by its number in the file (from 1), and why in a sentence."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds. Lines = events + repeated + other + bad + blank ones."""

    events: tuple[Event, ...]
    repeated: int
    """Lines that told of an event once more."""
    other: int
    """Lines of other kinds of events."""
    bad: tuple[BadLine, ...]


def read_events(source: str | os.PathLike[str] | Iterable[str | bytes]) -> Exported:
    """Read exported events from a file or from lines. Raises InputError for a file that cannot be read."""
    events: dict[str, Event] = {}
    repeated = other = 0
    bad = []
    with _lines(source) as lines:
        for number, line in enumerate(lines, 1):
            try:
                event = _event(line, number)
            except NotAnEvent as error:
                bad.append(BadLine(number, f"Line {number} is not an event: {error}."))
                continue
            if event is None:
                other += bool(line.strip())
            elif event.delivery_id in events:
                repeated += 1
            else:
                events[event.delivery_id] = event
    return Exported(tuple(events.values()), repeated, other, tuple(bad))


def keep_events(begin: Begin, events: Iterable[Event], *, instance_id: str | None = None, now: float) -> int:
    """Keep events in the ledger; return how many were new. instance_id is for events that do not say of which they are.

    Events of another instance than instance_id are left out. now is seconds since 1970. Raises InputError for an event
    of which nobody says of which instance it is.
    """
    ours = [one for one in events if instance_id is None or one.instance_id in {None, instance_id}]
    return keep(begin, ours, instance_id, now)


def _event(line: str | bytes, number: int) -> Event | None:
    """Return the event of a line; None for a blank line and for other kinds of events. Raises NotAnEvent."""
    text = _decoded(line).lstrip("\ufeff" if number == 1 else "").strip()
    if not text:
        return None
    told = _parsed(text)
    if not isinstance(told, Mapping):
        raise NotAnEvent("it is no JSON object")
    if "data" in told and "type" in told:
        return read_event(told) if is_of_invitations(told) else None
    for name in _INSIDE:
        inside = _parsed(told[name]) if isinstance(told.get(name), str) else told.get(name)
        if isinstance(inside, Mapping) and "type" in inside:
            return read_event(inside, _delivery_id(told)) if is_of_invitations(inside) else None
    raise NotAnEvent(f"it has no type and data, and nothing that has under {', '.join(_INSIDE)}")


def _delivery_id(told: Mapping[str, Any]) -> str | None:
    headers = told.get("headers")
    lower = {str(name).lower(): value for name, value in headers.items()} if isinstance(headers, Mapping) else {}
    # An id may be the line's own, of the table it was kept in.
    own = told.get("id") if str(told.get("id")).startswith("msg_") else None
    found = [lower.get("svix-id"), *(told.get(name) for name in _IDS), own]
    return next((one for one in found if isinstance(one, str) and one and one.isprintable()), None)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NotAnEvent("it is no JSON") from None


def _decoded(line: str | bytes) -> str:
    if isinstance(line, str):
        return line
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise NotAnEvent("it is not UTF-8") from None


@contextmanager
def _lines(source: str | os.PathLike[str] | Iterable[str | bytes]) -> Iterator[Iterable[str | bytes]]:
    if not isinstance(source, str | os.PathLike):
        yield source
        return
    try:
        with Path(source).open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror}. Pass the path of a JSONL file.") from None
