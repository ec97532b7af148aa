"""Frames: rows become a pandas or polars frame whose columns and types do not depend on what is in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from clerkbulk.errors import InputError
from clerkbulk.onboarding.columns import FRAMES, Column, Kind

Library = Literal["pandas", "polars"]
"""The user's choice of a library of frames."""


def frame_of(name: str, rows: Iterable[Sequence[Any]], library: Library, columns: Sequence[Column] = ()) -> Any:
    """Return a frame of FRAMES by its name, or of the columns given instead.

    rows are sequences in the order of the columns: datetimes are aware, days are dates, nothing is None. Raises
    InputError for a library that is not installed, or not one of the two.
    """
    wanted = tuple(columns) or FRAMES[name]
    values = list(zip(*rows, strict=True)) or [()] * len(wanted)
    by_name = {column.name: (column, list(cells)) for column, cells in zip(wanted, values, strict=True)}
    try:
        if library == "polars":
            return _polars(by_name)
        if library == "pandas":
            return _pandas(by_name)
    except ModuleNotFoundError as error:
        raise InputError(f"Frames need {error.name}: pip install {error.name}, or ask for the other library.") from None
    raise InputError(f"Frames are made with pandas or polars, not with {library}.")


def _pandas(columns: Mapping[str, tuple[Column, list[Any]]]) -> Any:
    import pandas as pd

    kinds = {
        Kind.TEXT: "string",
        Kind.NUMBER: "float64",
        Kind.MOMENT: "datetime64[us, UTC]",
        Kind.DATE: "datetime64[us]",
        Kind.TRUTH: "bool",
    }

    def dtype(column: Column) -> str:
        return ("Int64" if column.may_lack else "int64") if column.kind is Kind.WHOLE else kinds[column.kind]

    return pd.DataFrame({name: pd.Series(cells, dtype=dtype(column)) for name, (column, cells) in columns.items()})


def _polars(columns: Mapping[str, tuple[Column, list[Any]]]) -> Any:
    import polars as pl

    kinds: dict[Kind, Any] = {
        Kind.TEXT: pl.String,
        Kind.WHOLE: pl.Int64,
        Kind.NUMBER: pl.Float64,
        Kind.MOMENT: pl.Datetime("us", "UTC"),
        Kind.DATE: pl.Date,
        Kind.TRUTH: pl.Boolean,
    }
    schema = {name: kinds[column.kind] for name, (column, _) in columns.items()}
    return pl.DataFrame({name: cells for name, (_, cells) in columns.items()}, schema=schema)
