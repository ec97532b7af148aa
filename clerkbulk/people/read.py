"""read: the door for people, whatever form they come in. Dispatch only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clerkbulk.errors import InputError
from clerkbulk.people import origin as origins
from clerkbulk.people.delimited import scan_delimited
from clerkbulk.people.dialect import first_lines, recognise
from clerkbulk.people.encoding import Text, decoded
from clerkbulk.people.frame import is_frame, scan_frame, scan_parquet
from clerkbulk.people.json_text import scan_json
from clerkbulk.people.origin import SUFFIXES, Origin
from clerkbulk.people.pasted import holds_only_addresses, is_list_of_addresses, scan_pasted
from clerkbulk.people.records import scan_records
from clerkbulk.people.scan import Chunk, Scan, collect
from clerkbulk.people.table import Table
from clerkbulk.people.workbook import scan_workbook

__all__ = ["Chunk", "Scan", "read", "scan"]

_JSON = re.compile(r"\s*(?:\[\s*(?:[\[{\"\]\d]|$)|\{\s*(?:[\"}]|$))")


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the caller said about the source; None is left to be found out."""

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_line: int | None

    def only(self, what: str, *allowed: str) -> None:
        """Refuse a wish that means nothing here, rather than let it pass unheard."""
        for name in ("encoding", "delimiter", "sheet", "header_line"):
            if name not in allowed and getattr(self, name) is not None:
                raise InputError(f"{name}={getattr(self, name)!r} says nothing about {what}: leave it out.")


def read(
    people: Any,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_line: int | None = None,
) -> Table:
    """Read people into a Table.

    people is a path to a file (.csv, .tsv, .txt, .xlsx and other workbooks, .parquet, .jsonl, .ndjson, .json), an open
    file, bytes, pasted text (a str with an ``@`` or a line end that is not the name of a file), a pandas or polars
    frame, an Arrow table, a list of dicts, or a list of addresses. The content decides how it is read; a file name that
    says otherwise is noted. What was found out is in ``table.source`` and can be corrected: the encoding and delimiter
    of a text, the sheet of a workbook, the header's line (0: there is none).

    Nothing is judged but the lines themselves (``table.issues``), and nothing is left out but blank lines and titles
    above the header, which are noted. Raises InputError where there is nothing that can be read.
    """
    if isinstance(people, Table):
        return people
    return collect(scan(people, encoding=encoding, delimiter=delimiter, sheet=sheet, header_line=header_line))


def scan(
    people: Any,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_line: int | None = None,
) -> Scan:
    """Open people to be walked in chunks; takes what read() takes.

    CSV, JSONL and Parquet files are never held in memory as a whole; other sources are.
    """
    wishes = _Wishes(encoding, delimiter, sheet, header_line)
    if isinstance(people, str):
        return _scan_origin(_path_or_pasted(people), wishes)
    if isinstance(people, os.PathLike):
        return _scan_origin(origins.from_path(people), wishes)
    if isinstance(people, bytes | bytearray | memoryview):
        return _scan_origin(origins.from_bytes(bytes(people)), wishes)
    if is_frame(people):
        wishes.only("a frame")
        return scan_frame(people)
    if hasattr(people, "read"):
        return _scan_origin(origins.from_stream(people), wishes)
    if isinstance(people, Mapping | Iterable):
        wishes.only("records", "header_line")
        records = people if isinstance(people, Mapping | list | tuple) else list(people)
        return scan_records(records, name="records", kind="records", header_line=header_line)
    raise InputError(
        f"People cannot be read from {type(people).__name__}: hand in a path, an open file, pasted text, a frame, or a "
        f"list of dicts or addresses."
    )


def _path_or_pasted(people: str) -> Origin:
    if not people.strip():
        raise InputError("Nothing was handed in: give a path, or the addresses themselves.")
    try:
        exists = Path(people).exists()
    except (OSError, ValueError):
        return origins.from_text(people)  # too long for a path, or with characters no path has
    if exists:
        return origins.from_path(people)
    looks_like_path = Path(people).suffix.lower() in SUFFIXES and "\n" not in people
    if not looks_like_path and ("@" in people or "\n" in people or "\r" in people):
        return origins.from_text(people)
    return origins.from_path(people)


def _scan_origin(origin: Origin, wishes: _Wishes) -> Scan:
    promised = SUFFIXES.get(origin.suffix)
    kind = origin.kind()
    if kind == "workbook":
        wishes.only(f"the workbook {origin.name}", "sheet", "header_line")
        found = scan_workbook(origin, sheet=wishes.sheet, header_line=wishes.header_line)
        return _noted(found, promised, kind, origin, "a workbook")
    if kind == "parquet":
        wishes.only(f"the Parquet file {origin.name}")
        return _noted(scan_parquet(origin), promised, kind, origin, "Parquet")
    text = decoded(origin, wishes.encoding) if promised != "workbook" else _instead_of_workbook(origin, wishes.encoding)
    if _is_json(text, promised):
        wishes.only(f"the JSON of {origin.name}", "encoding")
        return _noted(scan_json(text), promised, "json", origin, "JSON")
    wishes.only(f"the text {origin.name}", "encoding", "delimiter", "header_line")
    return _noted(_scan_plain(text, promised, wishes), promised, "csv", origin, "delimited text")


def _instead_of_workbook(origin: Origin, encoding: str | None) -> Text:
    """Return the text in a file that is called a workbook, if it could be people. Raises InputError."""
    cure = "Fetch it again, or open it where it came from and save it as .xlsx or CSV."
    try:
        text = decoded(origin, encoding)
    except InputError as error:
        raise InputError(f"{origin.name} is not a workbook: its bytes are neither one nor text. {cure}") from error
    with text.open() as stream:
        if not any("@" in line for line in stream):
            raise InputError(f"{origin.name} is not a workbook: it is a text in which no address stands. {cure}")
    return text


def _scan_plain(text: Text, promised: str | None, wishes: _Wishes) -> Scan:
    """Tell a table from addresses side by side; a delimiter or header that was named says that it is a table."""
    if wishes.delimiter is None and wishes.header_line is None:
        with text.open() as stream:
            lines, whole = first_lines(stream)
        sample = recognise(lines, whole=whole).sample
        if holds_only_addresses(sample) or (promised in (None, "text") and is_list_of_addresses(sample)):
            return scan_pasted(text)
    return scan_delimited(text, delimiter=wishes.delimiter, header_line=wishes.header_line)


def _is_json(text: Text, promised: str | None) -> bool:
    with text.open() as stream:
        lines, _ = first_lines(stream, 100)
    if _JSON.match("".join(lines)):
        return True
    # In JSONL the first line may be the broken one, and a line may be no more than an address.
    return promised == "json" and any(line.lstrip().startswith(("{", '"')) for line in lines)


def _noted(scanned: Scan, promised: str | None, kind: str, origin: Origin, what: str) -> Scan:
    """Say so where the file's name promised something else than it holds."""
    if promised in (None, kind) or (promised == "text" and kind == "csv"):
        return scanned
    return scanned.with_note(
        f"{origin.name} holds {what}, whatever its ending {origin.suffix} says, and was read as that."
    )
