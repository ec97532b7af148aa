"""The same sheet back: the rows as they came in, and beside them what became of each."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from clerkbulk.errors import InputError
from clerkbulk.people.guard import guard
from clerkbulk.people.header import unique_names
from clerkbulk.people.table import Cell, Table

ENDINGS = (".csv", ".tsv", ".xlsx", ".jsonl", ".ndjson", ".parquet")
"""The kinds of sheet that can be written, by the ending of the file's name."""

_EXCEL_ROWS, _EXCEL_COLUMNS, _EXCEL_CHARACTERS = 1_048_576, 16_384, 32_767
"""Excel specifications and limits, "Worksheet and workbook specifications" (Microsoft)."""
_EXACT = 2**53


def write_sheet(
    target: str | os.PathLike[str] | IO[bytes] | IO[str],
    table: Table,
    added: Sequence[str],
    values: Mapping[int, Sequence[object]],
    *,
    ending: str | None = None,
) -> tuple[str, ...]:
    """Write the table with columns added to it, and return the names those were given.

    added are the names of the new columns, values their cells by line number; a line without values gets empty ones.
    The kind of sheet follows the ending of the file's name, or ending (``.csv`` for a stream unless said otherwise).
    CSV and TSV are UTF-8, with a BOM where anything is not ASCII: spreadsheets need it then, and scripts are spared it
    otherwise. Their cells are guarded against being run as formulas; a workbook holds texts as texts. Reading the sheet
    gives the original cells back, in CSV and TSV as text.

    A file is written under another name first and then moved into place, so that there is never half a sheet. Raises
    InputError for an ending that cannot be written, a wrong number of values, a cell too long for a workbook, or a file
    that cannot be written.
    """
    names, _ = unique_names([*table.columns, *added])
    rows = _Rows(names, table, values, len(added))
    rows.check()
    if not isinstance(target, str | os.PathLike):
        _write_to_stream(target, rows, ending or ".csv")
        return names[len(table.columns) :]
    path = Path(target)
    write = _writer(ending or path.suffix.lower(), path.name)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as stream:
            write(stream, rows)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}. Nothing was left there.") from error
    finally:
        part.unlink(missing_ok=True)
    return names[len(table.columns) :]


class _Rows:
    """The rows of the sheet: the original cells, then the added ones."""

    def __init__(
        self, names: tuple[str, ...], table: Table, values: Mapping[int, Sequence[object]], added: int
    ) -> None:
        self.names = names
        self.table = table
        self.values = values
        self.added = added

    def check(self) -> None:
        for line, cells in self.values.items():
            if len(cells) != self.added:
                raise InputError(
                    f"Line {line} has {len(cells)} values for {self.added} added columns: give one for each."
                )

    def __iter__(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        nothing = (None,) * self.added
        for line, cells in self.table.rows:
            yield line, (*cells, *self.values.get(line, nothing))

    def __len__(self) -> int:
        return len(self.table.rows)


_Writer = Callable[[BinaryIO, _Rows], None]


def _writer(ending: str, name: str) -> _Writer:
    writers: dict[str, _Writer] = {
        ".csv": _write_csv,
        ".tsv": _write_tsv,
        ".xlsx": _write_workbook,
        ".jsonl": _write_json_lines,
        ".ndjson": _write_json_lines,
        ".parquet": _write_parquet,
    }
    if ending not in writers:
        raise InputError(f"{name} cannot be written: its ending must be one of {', '.join(ENDINGS)}.")
    return writers[ending]


def _write_to_stream(stream: Any, rows: _Rows, ending: str) -> None:
    if not isinstance(stream, io.TextIOBase):
        _writer(ending, "The sheet")(stream, rows)
        return
    if ending not in (".csv", ".tsv", ".jsonl", ".ndjson"):
        raise InputError(f"A {ending} sheet is not text: hand in a stream of bytes, or the name of a file.")
    held = io.BytesIO()
    _writer(ending, "The sheet")(held, rows)
    stream.write(held.getvalue().decode("utf-8-sig"))


def _write_csv(stream: BinaryIO, rows: _Rows) -> None:
    _write_delimited(stream, rows, ",")


def _write_tsv(stream: BinaryIO, rows: _Rows) -> None:
    _write_delimited(stream, rows, "\t")


def _write_delimited(stream: BinaryIO, rows: _Rows, delimiter: str) -> None:
    text = io.StringIO(newline="")
    # With \r\n as line end the writer puts cells that hold either of the two into quotation marks.
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(map(guard, rows.names))
    for _, cells in rows:
        writer.writerow([guard(cell) if type(cell) is str else _guarded_text(cell) for cell in cells])
    written = text.getvalue()
    # A lone half of a surrogate pair, which JSON can bring in, is written as its escape rather than not at all.
    stream.write(written.encode("utf-8" if written.isascii() else "utf-8-sig", "backslashreplace"))


def _guarded_text(cell: Cell) -> str:
    """Write numbers bare, so that they stay numbers in a spreadsheet, and everything else guarded."""
    return repr(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else guard(_text(cell))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, bool | dict | list | tuple):
        return json.dumps(cell, ensure_ascii=False, default=_text)
    return str(cell)


def _whole_characters(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _write_json_lines(stream: BinaryIO, rows: _Rows) -> None:
    for _, cells in rows:
        line = json.dumps(dict(zip(rows.names, cells, strict=True)), ensure_ascii=False, default=_text)
        stream.write(line.encode("utf-8", "backslashreplace") + b"\n")


def _write_workbook(stream: BinaryIO, rows: _Rows) -> None:
    try:
        import xlsxwriter
    except ImportError as error:
        raise InputError(
            "Writing a workbook needs the extra for spreadsheets: pip install 'clerkbulk[excel]'. Or write .csv."
        ) from error
    if len(rows) >= _EXCEL_ROWS or len(rows.names) > _EXCEL_COLUMNS:
        raise InputError(f"A workbook has no room for {len(rows):,} rows of {len(rows.names):,} columns: write .csv.")
    for line, cells in rows:
        for name, cell in zip(rows.names, cells, strict=True):
            if len(text := _text(cell)) > _EXCEL_CHARACTERS:
                raise InputError(
                    f"The cell in line {line}, column {name!r}, has {len(text):,} characters; a workbook's cell holds "
                    f"{_EXCEL_CHARACTERS:,}. Nothing is cut off: write .csv instead."
                )
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, {**options, "constant_memory": True})
    sheet = book.add_worksheet("people")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
    for column, name in enumerate(rows.names):
        sheet.write_string(0, column, _whole_characters(name))
    sheet.freeze_panes(1, 0)
    for place, (_, cells) in enumerate(rows, start=1):
        for column, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, bool):
                sheet.write_boolean(place, column, cell)
            elif isinstance(cell, int | float) and abs(cell) < _EXACT:
                sheet.write_number(place, column, cell)
            elif isinstance(cell, date) and _fits_excel(cell):
                sheet.write_datetime(place, column, cell, moment if isinstance(cell, datetime) else day)
            else:
                sheet.write_string(place, column, _whole_characters(_text(cell)))
    book.close()


def _fits_excel(moment: date) -> bool:
    """Excel counts days from 1900, in thousandths of a second, and knows no time zones."""
    if moment.year < 1901:
        return False
    return not isinstance(moment, datetime) or (moment.tzinfo is None and moment.microsecond % 1000 == 0)


def _write_parquet(stream: BinaryIO, rows: _Rows) -> None:
    try:
        import pyarrow as arrow
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise InputError(
            "Writing Parquet needs the extra for it: pip install 'clerkbulk[parquet]'. Or write .csv."
        ) from error
    columns = list(zip(*(cells for _, cells in rows), strict=True)) or [()] * len(rows.names)
    arrays = []
    for cells in columns:
        try:
            if any(isinstance(cell, dict | list | tuple) for cell in cells):
                raise arrow.ArrowInvalid("cells of several shapes")
            arrays.append(arrow.array(cells, type=None if any(cell is not None for cell in cells) else arrow.string()))
        except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError, UnicodeEncodeError):
            texts = [None if cell is None else _whole_characters(_text(cell)) for cell in cells]
            arrays.append(arrow.array(texts, type=arrow.string()))
    parquet.write_table(arrow.table(arrays, names=list(map(_whole_characters, rows.names))), stream)
