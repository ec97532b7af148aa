"""Reading: what one cell says about one parameter. Columns repeat themselves, so a text is judged once and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.address import address_key, parse_address
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.people.cells import ABSENT, CellError, convert, metadata_value
from clerkbulk.people.issue import Severity
from clerkbulk.people.rules import (
    ADDRESS_RULES,
    VALUE_RULES,
    Finding,
    find,
    invalid_address,
    invalid_value,
    missing_address,
    missing_role,
)
from clerkbulk.people.table import Cell

Item = type[Invitation] | type[OrganizationInvitation]


@dataclass(frozen=True, slots=True)
class Reading:
    """A value, or ABSENT, and what the rules found about it."""

    value: Any
    findings: tuple[Finding, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the row cannot be an invitation because of it."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class AddressReading:
    """An address, its comparison key, and what the rules found about it; email is empty where there is none."""

    email: str
    key: str
    findings: tuple[Finding, ...] = ()


def read_address(cell: Cell) -> AddressReading:
    """Judge a cell that should hold an address."""
    text = "" if cell is None else str(cell)
    findings = find(missing_address, Severity.ERROR, text) or find(invalid_address, Severity.ERROR, text)
    if findings:
        return AddressReading("", "", findings)
    address = parse_address(text)
    found = tuple(finding for rule, severity in ADDRESS_RULES for finding in find(rule, severity, address))
    return AddressReading(address.email, address_key(address.email), found)


def read_value(parameter: str, cell: Cell, item: Item, default: Any = ABSENT) -> Reading:
    """Judge a cell that should hold a whole parameter; an empty cell takes the default."""
    try:
        value = convert(parameter, cell)
    except CellError as error:
        return Reading(ABSENT, (unreadable(error),))
    return judge_value(parameter, default if value is ABSENT else value, item)


def read_key(cell: Cell) -> Reading:
    """Judge a cell that should hold the value of one metadata key."""
    try:
        return Reading(metadata_value(cell))
    except CellError as error:
        return Reading(ABSENT, (unreadable(error),))


def judge_value(parameter: str, value: Any, item: Item) -> Reading:
    """Judge a value that has the parameter's type already."""
    if value is ABSENT:
        return Reading(ABSENT, find(missing_role, Severity.ERROR, None) if parameter == "role" else ())
    if findings := find(invalid_value, Severity.ERROR, parameter, value, item):
        return Reading(ABSENT, findings)
    if parameter not in VALUE_RULES:
        return Reading(value)
    rule, severity = VALUE_RULES[parameter]
    return Reading(value, find(rule, severity, value))


def unreadable(error: CellError) -> Finding:
    """Turn a cell that cannot be read as what its parameter needs into a finding of ``invalid_value``."""
    return Finding(invalid_value.__name__, Severity.ERROR, error.sentence, error.suggestion)


class Readings(dict[str, Reading]):
    """The readings of one column's distinct texts, made on first sight.

    Other cells than text are judged one by one, because True, 1 and 1.0 would share an entry.
    """

    MOST = 100_000
    """Distinct texts that are remembered; a column of ids must not fill the memory."""

    def __init__(self, read: Callable[[Cell], Reading]) -> None:
        super().__init__()
        self._read = read
        self._flagged: set[str] = set()

    def __missing__(self, cell: str) -> Reading:
        if len(self) >= self.MOST:
            self.clear()
        reading = self[cell] = self._read(cell)
        if reading.findings:
            self._flagged.add(cell)
        return reading

    def of(self, cells: Sequence[Cell]) -> tuple[list[Any], list[tuple[int, Reading]]]:
        """Return the values of a column, and (position, reading) wherever a rule found something."""
        if set(map(type, cells)) == {str}:
            readings = list(map(self.__getitem__, cells))
            flagged = not self._flagged.isdisjoint(cells)
        else:
            readings = [self._read(cell) for cell in cells]
            flagged = True
        found = [(i, reading) for i, reading in enumerate(readings) if reading.findings] if flagged else []
        return [reading.value for reading in readings], found
