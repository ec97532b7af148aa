"""Reading a frame: the columns a plot needs, as plain Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from clerkbulk.errors import InputError

Row = Mapping[str, Any]
"""One line of a frame. What is missing is None, dates are datetime.date, moments are aware and UTC."""
NO_GROUP = "(none)"
EVERYBODY = "everybody"


def rows(frame: Any, columns: Sequence[str], what: str) -> list[Row]:
    """Return the lines of a frame, with these columns of it: any frame, or a dict of lists. what names it in errors.

    Raises InputError for what is no frame, and for a frame without one of the columns.
    """
    table: Any = frame if isinstance(frame, Mapping) else _table(frame, what)
    there = list(table if isinstance(frame, Mapping) else table.columns)
    missing = [name for name in columns if name not in there]
    if missing:
        raise InputError(
            f"The {what} frame lacks {', '.join(missing)}; it has {', '.join(map(str, there)) or 'no columns'}."
            f" Hand in the frame as onboarding returns it."
        )
    cells = [[_plain(cell) for cell in _cells(table[name])] for name in columns]
    return [dict(zip(columns, values, strict=True)) for values in zip(*cells, strict=True)]


def _cells(column: Any) -> list[Any]:
    return list(column) if isinstance(column, Sequence) else list(column.to_list())


def _table(frame: Any, what: str) -> Any:
    import narwhals as nw

    try:
        return nw.from_native(frame, eager_only=True)
    except TypeError as error:
        raise InputError(f"A {type(frame).__name__} is no frame: hand in the {what} frame of onboarding.") from error


def by_group(lines: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the lines of each group, in the order in which groups first appear."""
    groups: dict[str, list[Row]] = {}
    for line in lines:
        name = line["group"]
        groups.setdefault(NO_GROUP if name is None else " ".join(str(name).split()) or NO_GROUP, []).append(line)
    return groups


def day(value: date | datetime | str) -> date:
    """Return the calendar day of a cell. pandas keeps days as midnights, which is the day as it stands."""
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def moment(value: datetime | str) -> datetime:
    """Return a moment in UTC; one without a zone is UTC already."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _plain(cell: Any) -> Any:
    if cell is None or type(cell).__name__ in {"NAType", "NaTType"} or (isinstance(cell, float) and cell != cell):
        return None
    return cell.to_pydatetime(warn=False) if hasattr(cell, "to_pydatetime") else cell
