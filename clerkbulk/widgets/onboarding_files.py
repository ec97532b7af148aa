"""OnboardingFiles: what a form hands over of onboarding: the report, the tidy frames, whom to remind."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clerkbulk.onboarding.as_csv import csv_of
from clerkbulk.onboarding.report.document import tidy_frames, write_parquet
from clerkbulk.onboarding.report.page import report_html
from clerkbulk.widgets.onboarding_pictures import MATPLOTLIB

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding
    from clerkbulk.widgets.onboarding_picks import Picks

REPORT: Final = "report"
CSV: Final = "csv"
PARQUET: Final = "parquet"


@dataclass(frozen=True, slots=True)
class File:
    """A file to be handed over; kind is its media type."""

    name: str
    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What it is to be of: onboarding as it is shown, the picks, and whether people are named in it."""

    shown: Onboarding
    picks: Picks
    until: date
    people: bool

    @property
    def by(self) -> tuple[str, ...]:
        """The groups that were picked."""
        return (self.picks.by,) if self.picks.by else ()

    def name(self, what: str, ending: str) -> str:
        """Return the name of a file, which says when it has addresses."""
        return f"{what}-{self.shown.at:%Y-%m-%d}{'-with-addresses' if self.people else ''}{ending}"


def file_of(what: str, wanted: Wanted) -> File:
    """Return one of FILES. Raises InputError without what it needs (matplotlib, pyarrow)."""
    return FILES[what](wanted)


def reminders(shown: Onboarding, silent_days: float) -> File:
    """Return who has been silent for so many days and can be reminded, with the addresses, as CSV."""
    frame = shown.in_library("none").open(silent_days, people="show")
    return File(f"to-remind-{shown.at:%Y-%m-%d}.csv", csv_of(frame), "text/csv")


def _report(wanted: Wanted) -> File:
    with MATPLOTLIB:
        page = report_html(
            wanted.shown, by=wanted.by, at_least=wanted.picks.at_least, until=wanted.until, goal=wanted.picks.goal,
            people=wanted.people,
        )  # fmt: skip
    return File(wanted.name("onboarding-report", ".html"), page.encode(), "text/html")


def _csv_frames(wanted: Wanted) -> File:
    plain = wanted.shown.in_library("none")
    frames = tidy_frames(plain, wanted.by, wanted.picks.at_least, _shown_as(wanted))
    return File(
        wanted.name("onboarding-csv", ".zip"),
        _zipped({f"{name}.csv": csv_of(frame) for name, frame in frames}),
        "application/zip",
    )


def _parquet_frames(wanted: Wanted) -> File:
    with tempfile.TemporaryDirectory(prefix="clerkbulk-") as folder:
        written = write_parquet(
            wanted.shown, folder, by=wanted.by, at_least=wanted.picks.at_least, people=_shown_as(wanted)
        )
        files = {path.name: Path(path).read_bytes() for path in written}
    return File(wanted.name("onboarding-parquet", ".zip"), _zipped(files), "application/zip")


def _shown_as(wanted: Wanted) -> str:
    return "show" if wanted.people else "omit"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            # A date of its own: the same frames make the same file.
            about = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, content)
    return packed.getvalue()


FILES: Final[Mapping[str, Callable[[Wanted], File]]] = {REPORT: _report, CSV: _csv_frames, PARQUET: _parquet_frames}
"""What can be handed over, by name."""
