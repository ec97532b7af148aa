"""Frames: rows become a frame of the user's library, whose columns and types do not depend on what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from clerkbulk.errors import InputError
from clerkbulk.onboarding.columns import FRAMES, Column, Kind

Library = Literal["pandas", "polars", "pyarrow", "none"]
"""The user's choice of a library of frames; "none": a dict of lists by column."""


def frame_of(name: str, rows: Iterable[Sequence[Any]], library: Library, columns: Sequence[Column] = ()) -> Any:
    """Return a frame of FRAMES by its name, or of the columns given instead.

    rows are sequences in the order of the columns: datetimes are aware, days are dates, nothing is None. Raises
    InputError for a library that is not installed, or not one of them.
    """
    wanted = tuple(columns) or FRAMES[name]
    values = list(zip(*rows, strict=True)) or [()] * len(wanted)
    by_name = {column.name: (column, list(cells)) for column, cells in zip(wanted, values, strict=True)}
    if library not in _MAKERS:
        raise InputError(f"Frames are made with {', '.join(_MAKERS)}, not with {library}.")
    try:
        return _MAKERS[library](by_name)
    except ModuleNotFoundError as error:
        raise InputError(f"Frames need {error.name}: pip install {error.name}, or ask for another library.") from None


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


def _arrow(columns: Mapping[str, tuple[Column, list[Any]]]) -> Any:
    import pyarrow as pa

    kinds = {
        Kind.TEXT: pa.string(),
        Kind.WHOLE: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.MOMENT: pa.timestamp("us", "UTC"),
        Kind.DATE: pa.date32(),
        Kind.TRUTH: pa.bool_(),
    }
    return pa.table({name: pa.array(cells, kinds[column.kind]) for name, (column, cells) in columns.items()})


def _plain(columns: Mapping[str, tuple[Column, list[Any]]]) -> Any:
    return {name: cells for name, (_, cells) in columns.items()}


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


_MAKERS: Mapping[str, Callable[[Mapping[str, tuple[Column, list[Any]]]], Any]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _arrow,
    "none": _plain,
}
