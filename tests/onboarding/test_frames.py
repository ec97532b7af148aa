"""Frames of onboarding: typed whatever is in them, in the library that was asked for, as the documentation says."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from clerkbulk.errors import InputError
from clerkbulk.onboarding.columns import FRAMES, Column, Kind, describe
from clerkbulk.onboarding.frames import frame_of

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
VALUES: dict[Kind, Any] = {
    Kind.TEXT: "ada", Kind.WHOLE: 3, Kind.NUMBER: 2.5, Kind.MOMENT: AT, Kind.DATE: date(2026, 3, 29), Kind.TRUTH: True,
}  # fmt: skip


def row(columns: tuple[Column, ...], *, nulls: bool) -> tuple[Any, ...]:
    return tuple(None if nulls and column.may_lack else VALUES[column.kind] for column in columns)


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_frame_has_the_same_types_empty_full_and_with_nulls(name: str, library: Any) -> None:
    """What a column holds is said once: an empty frame, a full one and one with gaps can be put together."""
    full, gaps = row(FRAMES[name], nulls=False), row(FRAMES[name], nulls=True)
    frames = [frame_of(name, rows, library) for rows in ([], [full], [gaps], [full, gaps])]
    kinds = [list(frame.schema.types) if library == "pyarrow" else list(frame.dtypes) for frame in frames]
    assert kinds[1:] == [kinds[0]] * 3


def test_times_are_aware_and_days_are_days() -> None:
    """A moment is UTC in every library, and a day is a day."""
    rows = [(date(2026, 3, 23), 4, 1, 2, 0.5, False)]
    moments = [(AT, 3, None)]
    assert frame_of("sending", moments, "pandas")["at"].iloc[0] == pd.Timestamp("2026-03-29 01:30", tz="UTC")
    assert frame_of("sending", moments, "polars")["at"][0] == AT
    assert frame_of("sending", moments, "pyarrow")["at"].type == pa.timestamp("us", "UTC")
    assert frame_of("cohorts", rows, "pandas")["week"].iloc[0] == pd.Timestamp("2026-03-23")
    assert frame_of("cohorts", rows, "polars").schema["week"] == pl.Date
    assert frame_of("cohorts", rows, "none")["week"] == [date(2026, 3, 23)]


def test_a_null_whole_number_stays_whole() -> None:
    """A gap among whole numbers makes no floats of the others."""
    frame = frame_of("sending", [(AT, 7, None), (AT, 8, 5)], "pandas")
    assert str(frame["actual"].dtype) == "Int64"
    assert frame["actual"].iloc[1] == 5
    assert frame["actual"].isna().tolist() == [True, False]


def test_a_library_that_is_not_there_is_named() -> None:
    """Without pandas, the error says what to install; a library of another name is refused with the ones there are."""
    script = (
        "import sys; sys.modules['pandas'] = None\n"
        "from clerkbulk.errors import InputError\n"
        "from clerkbulk.onboarding.frames import frame_of\n"
        "try: frame_of('sending', [], 'pandas')\n"
        "except InputError as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told == "Frames need pandas: pip install pandas, or ask for another library.\n"
    with pytest.raises(InputError, match="Frames are made with pandas, polars, pyarrow, none, not with excel"):
        frame_of("sending", [], "excel")  # type: ignore[arg-type]


def test_the_documentation_lists_the_columns_that_there_are() -> None:
    """docs/onboarding.md holds the columns of every frame; python -c "...describe()" writes them anew."""
    page = (Path(__file__).parents[2] / "docs" / "onboarding.md").read_text(encoding="utf-8")
    assert page.endswith(describe())


def test_every_column_says_what_it_is() -> None:
    """Each column has a meaning, and each that counts or measures has a unit or says that there is none."""
    for name, columns in FRAMES.items():
        assert len({column.name for column in columns}) == len(columns), name
        for column in columns:
            assert column.says, (name, column.name)
            if column.kind is Kind.NUMBER:
                assert column.unit or column.name == "chi_square", (name, column.name)
