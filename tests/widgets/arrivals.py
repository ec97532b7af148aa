"""Arrivals: a small onboarding whose every number can be counted on one's fingers, and somebody who looks at it."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC
from typing import Any

from travellers import DAY, T0, invited, planned

from clerkbulk.onboarding.course import Point
from clerkbulk.onboarding.journey import Stage
from clerkbulk.onboarding.onboarding import Onboarding
from clerkbulk.widgets.onboarding_source import OnboardingSource
from clerkbulk.widgets.onboarding_view import OnboardingPart

NOW = T0 + 40 * DAY
"""2026-10-31 14:13:20 UTC."""


def told(now: float = NOW, **more: Any) -> Onboarding:
    """Return onboarding of twelve people invited and one who is not.

    Orbit, invited on 11 October: six have accepted after 1 to 6 days, two have not. Radio, invited on 21 September:
    one accepted after 2 days, one joined after 3, one link expired after 30 days and one was revoked after 5.
    """
    orbit = {"metadata": {"team": "orbit"}, "role": "org:member", "sent": T0 + 20 * DAY}
    radio = {"metadata": {"team": "radio"}, "role": "org:admin", "sent": T0}
    journeys = [invited(number, accepted=float(number), **orbit) for number in range(1, 7)]
    journeys += [invited(7, **orbit), invited(8, **orbit)]
    journeys += [invited(9, accepted=2.0, **radio), invited(10, joined=3.0, **radio)]
    journeys += [
        invited(11, stage=Stage.EXPIRED, ended=30, **radio),
        invited(12, stage=Stage.REVOKED, ended=5, **radio),
    ]
    journeys.append(planned(13, metadata={"team": "orbit"}, role="org:member"))
    course = (Point(T0, 4, 4), Point(T0 + 20 * DAY, 12, 12), Point(now + DAY, 13, None))
    given = {"looked_at": now, "sending_course": course, "to_come": (now + DAY,), "secret": b"s", "title": "Staff"}
    return Onboarding(tuple(journeys), now, "pandas", UTC, **{**given, **more})


class Visitor:
    """Somebody who looks at the view: picks, presses, and gets files."""

    def __init__(self, source: Onboarding | OnboardingSource, **given: Any) -> None:
        self.part = OnboardingPart(source, **given)
        self.files: list[tuple[str, bytes, str]] = []
        self.part.attach(lambda: None, lambda name: None, lambda *file: self.files.append(file))
        self.part.wait()

    def pick(self, **picked: Any) -> None:
        """Pick one thing after the other, and wait until it is seen."""
        for name, value in picked.items():
            self.part.hear(name, value)
            self.part.wait()

    def take(self, what: str) -> tuple[str, dict[str, bytes]]:
        """Return a file that is handed over: its name, and what is in it by name."""
        self.pick(take=what)
        name, content, _ = self.files[-1]
        if not name.endswith(".zip"):
            return name, {name: content}
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return name, {one: archive.read(one) for one in archive.namelist()}


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Return the lines of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
