"""Asked: what people type about how fast and when calls leave, read the same way by every face."""

from __future__ import annotations

from datetime import datetime, tzinfo

from clerkbulk.contract.endpoint import HOUR, Lane
from clerkbulk.errors import InputError
from clerkbulk.sending.before.pace import Pace, wave_sizes
from clerkbulk.sending.before.schedule import schedule

A_TIME = "write a time such as 2026-11-23T08:00 or 2026-11-23T08:00+01:00."


def asked_pace(
    *,
    hours: str | None = None,
    days: str | None = None,
    tz: str | None = None,
    share: float | None = None,
    lanes: str | None = None,
    waves: str | None = None,
    gate: float | None = None,
    wave_gap: float | None = None,
    limited: bool = True,
    start: float | None = None,
) -> Pace:
    """Make a pace: hours "8-18", days "mon-fri", tz "Europe/Berlin", lanes "bulk" or "both", waves "10,100,rest".

    wave_gap is in hours, start in seconds since 1970. What is None or empty is as if nobody had asked. Raises
    InputError.
    """
    return Pace(
        (Lane.BULK, Lane.SINGLE) if lanes == "both" else (Lane.BULK,),
        1.0 if share is None else share,
        schedule(hours or None, days or None, tz or None),
        limited,
        start,
        waves=wave_sizes(waves) if waves else (),
        gate=gate,
        wave_gap=(wave_gap or 0.0) * HOUR,
    )


def asked_moment(text: str, zone: tzinfo) -> float:
    """Read a time in ISO 8601, in zone unless it names its own; seconds since 1970. Raises InputError."""
    wrong = InputError(f"{text}: {A_TIME}")
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise wrong from None
    if not 2000 <= moment.year < 3000:
        # Python's calendar ends in 9999, and a plan goes on for a while.
        raise wrong
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
