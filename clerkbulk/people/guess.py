"""Guessing what columns mean, from their headers and from what their cells hold.

A wrong guess invites the wrong people or gives them the wrong role, so a header alone is believed only for the address
and for a parameter's own name; every other guess must be backed by the cells.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clerkbulk.contract.address import PADDING
from clerkbulk.contract.fault import shown
from clerkbulk.contract.invitation import LONGEST_EXPIRY, SHORTEST_EXPIRY
from clerkbulk.errors import InputError
from clerkbulk.people.cells import ABSENT, CellError, Json, convert
from clerkbulk.people.column_names import (
    AddressHeader,
    Confidence,
    address_header,
    is_about_somebody_else,
    own_name,
    parameter_meant,
    parameter_misspelled,
)
from clerkbulk.people.table import Cell, Table

SAMPLE: Final = 2000
"""Rows a guess looks at most, spread evenly over the table."""
_BACKING: Final = 0.8
"""The share of a column's filled cells that must look right: a few slips do not hide what a column is."""
_ADDRESS: Final = re.compile(r"[^\s@]@[^\s@]")
_ROLE: Final = re.compile(r"org:\S+|(?:org:? ?)?(?:admin|member|basic[_ ]member|guest[_ ]member)", re.IGNORECASE)
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+|/\S*", re.IGNORECASE)
_USER_ID: Final = re.compile(r"user_[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name and those of its sampled cells that are not empty."""

    name: str
    filled: tuple[Cell, ...]
    addresses: int
    """How many of the filled cells hold something like an address."""

    @property
    def holds_addresses(self) -> bool:
        """Whether most of the filled cells hold something like an address."""
        return 2 * self.addresses > len(self.filled)


@dataclass(frozen=True, slots=True)
class Guess:
    """What was found for a parameter: the column, if any, and what the reader should know of the choice."""

    column: str | None
    confidence: Confidence
    notes: tuple[str, ...] = ()


def sampled(table: Table) -> tuple[Column, ...]:
    """Look at the columns of a table; of columns with the same name only the first is kept."""
    step = 1
    while step * SAMPLE < len(table.rows):
        step *= 2  # doubled, so that a table read piece by piece, of unknown length, has the same sample
    rows = table.rows[::step]
    columns: dict[str, Column] = {}
    for place, name in enumerate(table.columns):
        filled = tuple(cell for row in rows if not _is_empty(cell := row.cells[place]))
        addresses = sum(1 for cell in filled if isinstance(cell, str) and _ADDRESS.search(cell))
        columns.setdefault(name, Column(name, filled, addresses))
    return tuple(columns.values())


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip(PADDING))


def map_option(parameter: str, column: str) -> str:
    """Return the command line's words for "this column feeds this parameter", quoted for a shell."""
    return f"--map {shlex.quote(f'{parameter}={column}')}"


def listed(names: Sequence[str]) -> str:
    """Return names as they stand in a sentence: `Name`, `Team` and `Note`."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def guess_address(columns: Sequence[Column]) -> Guess:
    """Choose the column of the people's addresses.

    Its own name decides; then the header, best for a plain word, then a work address, and so on in the order of
    AddressHeader, among the columns that are not nearly empty of addresses; last a column whose cells hold them. Raises
    InputError when there is none, or when the cells alone would have to decide between several.
    """
    headed = {column.name: header for column in columns if (header := address_header(column.name)) is not None}
    others = [column for column in columns if column.name not in headed and _may_hold_addresses(column)]
    own = [column for column in columns if headed.get(column.name) is not AddressHeader.SOMEBODY_ELSE]
    named = [column for column in own if column.name in headed and not _is_disproved(column, headed[column.name])]
    fullest = max((column.addresses for column in named), default=0)

    def place(column: Column) -> tuple[bool, bool, AddressHeader]:
        header = headed[column.name]
        return header is not AddressHeader.OWN_NAME, 2 * column.addresses < fullest, header

    if named and (fullest or not others or headed[min(named, key=place).name] is AddressHeader.OWN_NAME):
        chosen = min(named, key=place)
        confidence = {
            AddressHeader.OWN_NAME: Confidence.EXACT,
            AddressHeader.MISSPELLED: Confidence.TYPO,
        }.get(headed[chosen.name], Confidence.SYNONYM)
    elif len(others) == 1:
        chosen, confidence = others[0], Confidence.CONTENT
    else:
        raise InputError(_no_address(columns, others))
    rivals = [c.name for c in columns if c is not chosen and c.holds_addresses]
    return Guess(chosen.name, confidence, _address_notes(chosen.name, confidence, rivals))


def _may_hold_addresses(column: Column) -> bool:
    return column.holds_addresses and not is_about_somebody_else(column.name) and own_name(column.name) is None


def _is_disproved(column: Column, header: AddressHeader) -> bool:
    return header is AddressHeader.MISSPELLED and bool(column.filled) and not column.addresses


def _address_notes(chosen: str, confidence: Confidence, rivals: Sequence[str]) -> tuple[str, ...]:
    notes = []
    if confidence is Confidence.CONTENT:
        notes.append(
            f"Column `{chosen}` feeds email_address (content): no header says so, but its cells hold addresses."
        )
    elif confidence is not Confidence.EXACT:
        notes.append(f"Column `{chosen}` feeds email_address ({confidence}).")
    if rivals:
        verb = "holds" if len(rivals) == 1 else "hold"
        notes.append(
            f"{listed(rivals)} {verb} addresses too and `{chosen}` was chosen; "
            f"to use another: {map_option('email_address', rivals[0])}."
        )
    return tuple(notes)


def _no_address(columns: Sequence[Column], others: Sequence[Column]) -> str:
    how = '--map email_address=COLUMN (in Python: columns={"email_address": "COLUMN"})'
    if others:
        return f"{listed([c.name for c in others])} hold addresses and no header decides: say which one with {how}."
    if not columns:
        return "The table has no columns, so there is nobody to invite."
    names = listed([column.name for column in columns])
    sentence = f"No column could be the addresses; the columns are {names}. Say which one holds them with {how}."
    theirs = [column.name for column in columns if column.holds_addresses and is_about_somebody_else(column.name)]
    if theirs:
        sentence += f" {listed(theirs)} holds addresses, but its name says that they are somebody else's."
    return sentence


def guess_parameter(columns: Sequence[Column], parameter: str) -> Guess:
    """Choose the column of any other parameter: by its own name, else by a header that its cells back."""
    candidates = [(how, column) for column in columns if (how := _header_means(column.name, parameter)) is not None]
    backed = [(how, column) for how, column in candidates if how is Confidence.EXACT or is_backed(parameter, column)]
    notes = [_unbacked(parameter, column) for how, column in candidates if (how, column) not in backed]
    if not backed:
        return Guess(None, Confidence.SYNONYM, tuple(notes))
    backed.sort(key=lambda pair: list(Confidence).index(pair[0]))
    how, chosen = backed[0]
    if how is not Confidence.EXACT:
        notes.insert(0, f"Column `{chosen.name}` feeds {parameter} ({how}).")
    notes += [
        f"Column `{rival.name}` could be {parameter} too and `{chosen.name}` was chosen; "
        f"to use the other: {map_option(parameter, rival.name)}."
        for _, rival in backed[1:]
    ]
    return Guess(chosen.name, how, tuple(notes))


def _header_means(header: str, parameter: str) -> Confidence | None:
    if own_name(header) == parameter:
        return Confidence.EXACT
    if parameter_meant(header) == parameter:
        return Confidence.SYNONYM
    return Confidence.TYPO if parameter_meant(header) is None and parameter_misspelled(header) == parameter else None


def is_backed(parameter: str, column: Column) -> bool:
    """Whether the cells of a column look like values of the parameter."""
    fits = sum(1 for cell in column.filled if _looks_like(parameter, cell))
    return bool(column.filled) and fits >= _BACKING * len(column.filled)


def is_used_as(parameter: str, column: Column) -> bool:
    """Whether any cell of a column looks like a value of the parameter: somebody had it in mind."""
    return any(_looks_like(parameter, cell) for cell in column.filled)


def _looks_like(parameter: str, cell: Cell) -> bool:
    try:
        value = convert(parameter, cell)
    except CellError:
        return False
    return value is not ABSENT and _LOOKS.get(parameter, _anything)(value)


def _anything(value: Json) -> bool:
    return True


def _matches(pattern: re.Pattern[str]) -> Callable[[Json], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_LOOKS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "role": _matches(_ROLE),
    "redirect_url": _matches(_URL),
    "inviter_user_id": _matches(_USER_ID),
    "template_slug": lambda value: value in ("invitation", "waitlist_invitation"),
    "expires_in_days": lambda value: isinstance(value, int) and SHORTEST_EXPIRY <= value <= LONGEST_EXPIRY,
}


def _unbacked(parameter: str, column: Column) -> str:
    odd = next((cell for cell in column.filled if not _looks_like(parameter, cell)), None)
    why = "it is empty" if odd is None else f"its cells do not look like it ({shown(odd)})"
    return (
        f"Column `{column.name}` sounds like {parameter}, but {why}, so it is not sent; "
        f"to use it: {map_option(parameter, column.name)}."
    )
