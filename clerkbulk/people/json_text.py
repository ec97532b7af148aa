"""JSON and JSONL: one value over the whole text, or one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from clerkbulk.errors import InputError
from clerkbulk.people.encoding import Text
from clerkbulk.people.header import unique_names
from clerkbulk.people.records import ADDRESSES, Keys, doubled_key, keys_of, scan_records, unreadable
from clerkbulk.people.scan import Chunk, Findings, Scan
from clerkbulk.people.table import Cell, Source

_PIECE = 20_000
_LOOK = 100


def scan_json(text: Text) -> Scan:
    """Read JSON or JSONL, whichever the text is.

    In JSONL a line that does not parse becomes an issue and the rest is still read; the file is walked twice, once for
    the keys, and never held in memory. Raises InputError where nothing can be read at all.
    """
    with text.open() as stream:
        lines = [line for line in islice(stream, _LOOK) if line.strip()]
    values = list(map(_value_or_none, lines))
    if len(lines) > 1 and isinstance(values[0], dict | str):
        return _scan_lines(text)
    with text.open() as stream:
        whole = stream.read()
    twice: dict[int, str] = {}
    try:
        value = _parse(whole, twice)
    except ValueError as error:
        if any(isinstance(value, dict) for value in values):
            return _scan_lines(text)
        raise InputError(_broken(text.name, error)) from error
    return scan_records(
        value,
        name=text.name,
        kind="json",
        encoding=text.encoding,
        notes=text.notes,
        twice=partial(_key_given_twice, twice=twice),
    )


def _scan_lines(text: Text) -> Scan:
    """Read one object, or one address, a line."""
    with text.open() as stream:
        keys = keys_of(map(_value_or_none, stream))
    of_objects = bool(keys.columns)
    columns, repairs = unique_names(keys.columns or [ADDRESSES])
    source = Source(name=text.name, kind="jsonl", encoding=text.encoding, notes=text.notes + keys.notes + repairs)

    def walk(found: Findings) -> Iterator[Chunk]:
        with text.open() as stream:
            numbered = enumerate(stream, start=1)
            while piece := list(islice(numbered, _PIECE)):
                filled = [(number, line.strip()) for number, line in piece if line.strip()]
                found.blank += len(piece) - len(filled)
                if of_objects:
                    records = [_object(number, line, keys, found) for number, line in filled]
                else:
                    records = [_address(number, line, found) for number, line in filled]
                chunk = found.without_blanks(Chunk([number for number, _ in filled], records))
                found.half_characters(columns, chunk)
                yield chunk

    return Scan(columns, source, walk)


def _object(number: int, line: str, keys: Keys, found: Findings) -> list[Cell]:
    twice: dict[int, str] = {}
    try:
        value = _parse(line, twice)
    except ValueError as error:
        found.issues.append(unreadable(number, line, f"it is not JSON ({error}). Repair the line."))
        return [None] * len(keys.columns)
    if not isinstance(value, dict):
        found.issues.append(unreadable(number, line, "it is JSON, but not an object like the others."))
        return [None] * len(keys.columns)
    if (key := _key_given_twice(value, twice)) is not None:
        found.issues.append(doubled_key(number, key, line))
    return keys.cells(value, number, found)


def _address(number: int, line: str, found: Findings) -> list[Cell]:
    value = _value_or_none(line)
    if isinstance(value, str):
        return [value]
    found.issues.append(unreadable(number, line, "it is not a text in quotation marks like the others."))
    return [None]


def _value_or_none(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _parse(text: str, twice: dict[int, str]) -> Any:
    """Parse JSON; NaN and the infinities, which JSON does not have, become None. Raises ValueError.

    twice is filled with the identity of every object that gives a key two values, and that key.
    """

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            keys = [key for key, _ in pairs]
            twice[id(value)] = next(key for key in keys if keys.count(key) > 1)
        return value

    try:
        return json.loads(text, object_pairs_hook=made, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _key_given_twice(value: Any, twice: dict[int, str]) -> str | None:
    """Return a key that stands twice in a value or anywhere inside it."""
    if not twice:
        return None
    if id(value) in twice:
        return twice[id(value)]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((key for item in inner if (key := _key_given_twice(item, twice)) is not None), None)


def _broken(name: str, error: ValueError) -> str:
    if str(error).startswith("Extra data"):
        return (
            f"{name} holds several JSON values, each spread over several lines. Put one object on a line (jq -c .), "
            f"or all of them into one list."
        )
    return f"{name} is not JSON: {error}. Repair it there, or export it again."
