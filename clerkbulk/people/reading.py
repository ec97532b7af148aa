"""Reading: what one cell says about one parameter, and what the rules find about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

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


class Reading(NamedTuple):
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
    try:
        text = convert("email_address", cell)
    except CellError as error:
        return AddressReading("", "", (unreadable(error, invalid_address),))
    if not isinstance(text, str):
        return AddressReading("", "", find(missing_address, Severity.ERROR, ""))
    if findings := find(invalid_address, Severity.ERROR, text):
        return AddressReading("", "", findings)
    address = parse_address(cell if isinstance(cell, str) else text)  # as typed, to be told what was taken off
    found = tuple(finding for rule, severity in ADDRESS_RULES for finding in find(rule, severity, address))
    return AddressReading(address.email, address_key(address.email), found)


def read_value(parameter: str, cell: Cell, item: Item, default: Any = ABSENT) -> Reading:
    """Judge a cell that should hold a whole parameter; an empty cell takes the default."""
    reading = read_part(parameter, cell)
    if reading.findings:
        return reading
    if reading.value is ABSENT and default is not ABSENT:
        return Reading(default)  # judged when the checks began, once for all rows
    return judge_value(parameter, reading.value, item)


def read_part(parameter: str, cell: Cell) -> Reading:
    """Read a cell as what its parameter takes; whether the value may be sent is judged when all parts are together."""
    try:
        return Reading(convert(parameter, cell))
    except CellError as error:
        return Reading(ABSENT, (unreadable(error),))


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


def unreadable(error: CellError, rule: Callable[..., Any] = invalid_value) -> Finding:
    """Turn a cell that cannot be read as what its parameter needs into a finding."""
    return Finding(rule.__name__, Severity.ERROR, error.sentence, error.suggestion)
