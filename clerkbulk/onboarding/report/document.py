"""Document: the report as one JSON document, and as Parquet files of the tidy frames."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clerkbulk.errors import InputError
from clerkbulk.onboarding.report.answer import Answer
from clerkbulk.people.private_file import open_private
from clerkbulk.people.wording import counted

if TYPE_CHECKING:
    from clerkbulk.onboarding.onboarding import Onboarding

_WHOLE = ("funnel", "quartiles", "incidence", "cohorts", "over_time", "sending", "sources")
"""Frames of everybody together."""
_GROUPED = ("funnel", "quartiles", "curve", "compare")
"""Frames by groups."""


def document(
    shown: Onboarding, answer: Answer, *, by: Sequence[str] = (), at_least: int = 1, people: str | None = None
) -> dict[str, Any]:
    """Return the report as JSON: the answer, every frame as a list of objects, and groups; times in ISO 8601, UTC.

    people is None for no line about a single person, or "show" or "hash" for the table and the list of who can be
    reminded.
    """
    plain = shown.in_library("none")
    told: dict[str, Any] = {
        "title": shown.title,
        "as_of": _iso(shown.at),
        "looked_at": None if shown.looked_at is None else _iso(datetime.fromtimestamp(shown.looked_at, shown.zone)),
        "people": len(shown.journeys),
        "left_out": shown.left_out,
        **answer.to_json(),
        **{name: _records(getattr(plain, name)()) for name in _WHOLE},
        "curve": _records(plain.curve()),
        "forecast": _records(plain.forecast(answer.outlook.until)),
        "back_test": _records(plain.back_test()),
        "groups": {
            one: {name: _records(getattr(plain, name)(one, at_least=at_least)) for name in _GROUPED} for one in by
        },
    }
    if people is not None:
        told |= {"table": _records(plain.table(people)), "nudge": _records(plain.open(people=people))}
    return told


def write_parquet(
    shown: Onboarding,
    folder: str | os.PathLike[str],
    *,
    by: Sequence[str] = (),
    at_least: int = 1,
    people: str = "omit",
) -> list[Path]:
    """Write each frame as a Parquet file into a folder, made when missing; return the files.

    Groups go into files of their own (``funnel-by-role.parquet``). With people="show" only its owner can read the file
    that has the addresses. Raises InputError without pyarrow, and when a file cannot be written.
    """
    arrow = shown.in_library("pyarrow")
    where = Path(folder)
    written = []
    try:
        import pyarrow.parquet as parquet

        where.mkdir(parents=True, exist_ok=True)
        for name, frame in tidy_frames(arrow, by, at_least, people):
            # Only one frame is about single people.
            is_private = name == "table" and people == "show"
            path = where / f"{name}.parquet"
            with open_private(path) if is_private else path.open("wb") as file:
                parquet.write_table(frame, file)
            written.append(path)
    except ModuleNotFoundError:
        raise InputError("Parquet needs an extra: pip install 'clerkbulk[parquet]'.") from None
    except OSError as error:
        raise InputError(
            f"{where} cannot hold the Parquet files ({error.strerror or error}); {counted(len(written), 'file')} "
            "written. Name another folder."
        ) from None
    return written


def tidy_frames(shown: Onboarding, by: Sequence[str], at_least: int, people: str) -> Iterator[tuple[str, Any]]:
    """Yield every frame by the name of its file, without an ending, in the library of what is shown."""
    yield "table", shown.table(people)
    for name in (*_WHOLE, "curve", "back_test"):
        yield name, getattr(shown, name)()
    for one in by:
        for name in _GROUPED:
            yield f"{name}-by-{_file_name(one)}", getattr(shown, name)(one, at_least=at_least)


def _file_name(by: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in by)


def _records(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, map(_json, row), strict=True)) for row in zip(*columns.values(), strict=True)]


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return _iso(value)
    return value.isoformat() if isinstance(value, date) else value


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
