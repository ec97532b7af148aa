"""Frames: pandas, polars and Arrow tables through narwhals, Parquet files through pyarrow."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from clerkbulk.errors import InputError
from clerkbulk.people.header import unique_names
from clerkbulk.people.origin import Origin
from clerkbulk.people.records import ADDRESSES
from clerkbulk.people.scan import Chunk, Findings, Scan
from clerkbulk.people.table import Cell, Source

if TYPE_CHECKING:
    import narwhals as nw

_SLICE = 50_000
"""Rows turned into Python objects at a time; the fastest of the sizes measured, for each of the libraries."""
_FRAMES = {"pandas": "pandas frame", "polars": "polars frame", "pyarrow": "Arrow table"}


def is_frame(people: object) -> bool:
    """Say whether something is a frame or a column of one, without importing a library of frames."""
    return type(people).__module__.partition(".")[0] in _FRAMES


def scan_frame(frame: Any) -> Scan:
    """Read a pandas or polars frame or an Arrow table; lines are positions from 1.

    Missing values of every kind come as None. A column of floats that are all whole and has gaps was a column of whole
    numbers once, and is one again. Objects in cells (dicts, lists) are handed on. A lazy frame is collected. Raises
    InputError for what is no frame.
    """
    import narwhals as nw

    library = type(frame).__module__.partition(".")[0]
    name = _FRAMES.get(library, "frame")
    if type(frame).__name__ == "LazyFrame":
        frame = frame.collect()
    if type(frame).__name__ == "Series":
        frame = frame.to_frame(frame.name or ADDRESSES)
    notes: tuple[str, ...] = ()
    if library == "pandas":
        frame, notes = _pandas_with_plain_names(frame)
    elif library == "pyarrow":
        frame, notes = _arrow_with_plain_names(frame)
    try:
        table = nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise InputError(f"A {type(frame).__name__} is no table: hand in a whole frame.") from error
    columns, repairs = unique_names(table.columns)
    whole = [at for at, name in enumerate(table.columns) if _was_whole(table[name])]

    def walk(found: Findings) -> Iterator[Chunk]:
        for start in range(0, len(table), _SLICE):
            records = _records(table[start : start + _SLICE], whole)
            chunk = found.without_blanks(Chunk(list(range(start + 1, start + 1 + len(records))), records))
            found.half_characters(columns, chunk)
            yield chunk

    return Scan(columns, Source(name=name, kind="frame", notes=notes + repairs), walk)


def scan_parquet(origin: Origin) -> Scan:
    """Read a Parquet file batch by batch; lines are positions from 1. Missing values as in scan_frame."""
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise InputError(
            f"Reading {origin.name} needs the extra for Parquet: pip install 'clerkbulk[parquet]'. Or save it as CSV."
        ) from error
    import narwhals as nw

    @contextmanager
    def opened() -> Iterator[Any]:
        try:
            with origin.open() as stream:
                yield parquet.ParquetFile(stream)
        except (arrow.ArrowInvalid, OSError) as error:
            raise InputError(
                f"{origin.name} begins like Parquet but is damaged or cut short: fetch it again."
            ) from error

    def pieces(names: list[str] | None = None) -> Generator[nw.DataFrame[Any]]:
        with opened() as file:
            for batch in file.iter_batches(batch_size=_SLICE, columns=names):
                table, _ = _arrow_with_plain_names(batch)
                yield nw.from_native(table, eager_only=True)

    def whole_floats(names: list[str]) -> bool:
        with closing(pieces(names)) as columns_of_floats:
            return _all_whole(columns_of_floats)

    with opened() as file:
        schema = file.schema_arrow
    columns, repairs = unique_names(schema.names)
    floats = [at for at, field in enumerate(schema) if arrow.types.is_floating(field.type)]
    whole = [at for at in floats if columns == tuple(schema.names) and whole_floats([schema.names[at]])]

    def walk(found: Findings) -> Iterator[Chunk]:
        line = 1
        for piece in pieces():
            records = _records(piece, whole)
            yield found.without_blanks(Chunk(list(range(line, line + len(records))), records))
            line += len(records)

    return Scan(columns, Source(name=origin.name, kind="parquet", notes=repairs), walk)


def _records(table: nw.DataFrame[Any], whole: list[int]) -> list[list[Cell]]:
    columns = [_cells(table[name]) for name in table.columns]
    for at in whole:
        columns[at] = [None if cell is None else int(cell) for cell in columns[at]]
    return list(map(list, zip(*columns, strict=True)))


def _cells(column: nw.Series[Any]) -> list[Cell]:
    import narwhals as nw

    cells = column.to_list()
    if column.dtype in (nw.Object, nw.Unknown, nw.Decimal, nw.Binary) or column.dtype.is_nested():
        return [_plain(cell) for cell in cells]
    if column.dtype.is_float() or column.is_null().any():
        return [None if _is_missing(cell) else cell for cell in cells]
    return cells


def _is_missing(cell: Cell) -> bool:
    """NaN and NaT are unlike themselves; pandas' NA answers no question and is known by its name."""
    return cell is None or type(cell).__name__ == "NAType" or (not isinstance(cell, str) and bool(cell != cell))


def _plain(cell: Cell) -> Cell:
    """Turn what only frames hold into what JSON could hold."""
    if isinstance(cell, str | dict | list):
        return cell
    if isinstance(cell, bytes):
        return _text(cell)
    if hasattr(cell, "tolist"):  # an array or scalar of numpy
        cell = cell.tolist()
        if isinstance(cell, list):
            return cell
    if _is_missing(cell):
        return None
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell


def _text(cell: bytes) -> Cell:
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell


def _was_whole(column: nw.Series[Any]) -> bool:
    if not column.dtype.is_float():
        return False
    return _all_whole([column.to_frame()])


def _all_whole(pieces: Iterable[nw.DataFrame[Any]]) -> bool:
    """Say whether a column of floats has gaps and holds nothing but whole numbers."""
    gaps = False
    for piece in pieces:
        column = piece[piece.columns[0]]
        filled = [cell for cell in column.to_list() if not _is_missing(cell)]
        if not all(map(float.is_integer, filled)):
            return False
        gaps = gaps or len(filled) < len(column)
    return gaps


def _pandas_with_plain_names(frame: Any) -> tuple[Any, tuple[str, ...]]:
    """Give a pandas frame text for names, each once, and make a named index the column that it means."""
    if any(name is not None for name in frame.index.names):
        names = [name for name in frame.index.names if name is not None and name not in frame.columns]
        frame = frame.reset_index(level=names)
    typed = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    columns, notes = unique_names(typed)
    return frame.set_axis(list(columns), axis="columns"), notes


def _arrow_with_plain_names(table: Any) -> tuple[Any, tuple[str, ...]]:
    import pyarrow as arrow

    if isinstance(table, arrow.RecordBatch):
        table = arrow.Table.from_batches([table])
    if not isinstance(table, arrow.Table):
        raise InputError(f"A {type(table).__name__} of pyarrow is no table: hand in a pyarrow.Table.")
    names, notes = unique_names(table.column_names)
    return table.rename_columns(list(names)), notes
