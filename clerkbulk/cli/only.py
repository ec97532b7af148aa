"""--only: a list of people, as ``clerkbulk report --nudge`` writes it, that narrows what a command does."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clerkbulk.cli.exits import Refusal
from clerkbulk.contract.address import address_key
from clerkbulk.people.guard import unguard

_ADDRESS = ("email_address", "email", "address", "person", "key")
_LINE = ("line",)
_JOB = ("job", "job_id")


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of the list: an address key, or else a line; and the job that has the line, where the list says so."""

    person: int | str
    job_id: str | None


def read_listed(name: str) -> tuple[Listed, ...]:
    """Read a CSV file (or ``-``: standard input) with a column of addresses or of lines, and perhaps one of jobs.

    An address is taken before a line; what is called person may be a hash, and then the line is taken. Raises Refusal
    for what cannot be read, naming the line of the file.
    """
    text = _text(name)
    head = next((line for line in text.splitlines() if line.strip()), "")
    rows = csv.reader(text.splitlines(), delimiter=max(",;\t", key=head.count))
    found = [(rows.line_num, row) for row in rows if any(cell.strip() for cell in row)]
    if not found:
        raise Refusal(f"{name} is empty: it needs a column email_address or line. Nothing was done.")
    columns = {cell.strip().casefold(): i for i, cell in reversed(list(enumerate(found[0][1])))}
    if not columns.keys() & {*_ADDRESS, *_LINE}:
        raise Refusal(
            f"{name} begins with {', '.join(found[0][1])!r}, and has no column email_address, person or line: "
            "its first line must name the columns. Nothing was done."
        )
    return tuple(_listed(name, at, row, columns) for at, row in found[1:])


def _text(name: str) -> str:
    try:
        read = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return read.decode("utf-8-sig")
    except OSError as error:
        raise Refusal(f"{name} cannot be read ({error.strerror or error}). Nothing was done.") from None
    except UnicodeDecodeError:
        raise Refusal(f"{name} is no CSV file in UTF-8: save it as one. Nothing was done.") from None


def _listed(name: str, at: int, row: list[str], columns: dict[str, int]) -> Listed:
    job_id = next(_cells(row, columns, _JOB), None)
    address = next((cell for cell in _cells(row, columns, _ADDRESS) if "@" in cell), None)
    if address is not None:
        return Listed(address_key(address), job_id)
    line = next(_cells(row, columns, _LINE), "")
    if not (line.isascii() and line.isdecimal()):
        raise Refusal(
            f"{name}, line {at}: there is neither an address nor the number of a line. Write the list with addresses "
            "or lines (in Python: people='show'). Nothing was done."
        )
    return Listed(int(line), job_id)


def _cells(row: list[str], columns: dict[str, int], names: tuple[str, ...]) -> Iterator[str]:
    """Yield what stands in the columns of these names, where something does, as it was before it was guarded."""
    for name in names:
        if (i := columns.get(name)) is not None and i < len(row) and (cell := unguard(row[i].strip())):
            yield cell
