"""The checks: one function a rule, and the function's name is the rule's name in issues, reports and tests.

Each judges one value and returns None, a sentence, or a sentence and a suggestion. What the contract's models refuse is
found by ``invalid_address`` and ``invalid_value``, with the models' own validators, so that a row that passes here is
an invitation there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from clerkbulk.contract.address import SPECIAL_USE, Address, AddressError, parse_address
from clerkbulk.contract.fault import sentence, shown
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.contract.metadata import TOKEN_METADATA, metadata_size
from clerkbulk.contract.redirect_url import doubt_about_redirect_url
from clerkbulk.people.issue import Severity

Verdict = str | tuple[str, str] | None


class Finding(NamedTuple):
    """What a rule found about a value, before anyone knows on which lines the value stands."""

    rule: str
    severity: Severity
    message: str
    suggestion: str | None = None


LINE_RULES: Mapping[str, str] = {
    "ragged_line": "A line has as many cells as the table has columns.",
    "unclosed_quote": "A quotation mark that opens a cell is closed again.",
    "stray_quote": "A quotation mark stands where one can.",
    "swallowed_lines": "A cell in quotation marks holds no rows of its own.",
    "nul_character": "No cell holds a NUL character.",
    "unreadable_line": "A record of JSON, JSONL or a list can be read as a person.",
    "doubled_key": "A record has each key once, and each parameter in one spelling.",
    "half_character": "A text consists of whole characters.",
    "uncorrected_line": "A line that was broken is corrected before it comes back in a results sheet.",
}
"""The rules about lines as lines, judged while reading, each with what must hold."""

BROKEN_LINES = LINE_RULES.keys() - {"nul_character", "half_character"}
"""Those after which a line's cells are not what stood there: taken for themselves they may look right."""


def find(rule: Callable[..., Verdict], severity: Severity, *arguments: object) -> tuple[Finding, ...]:
    """Ask a rule; return its finding in a tuple, or nothing."""
    verdict = rule(*arguments)
    if verdict is None:
        return ()
    message, suggestion = verdict if isinstance(verdict, tuple) else (verdict, None)
    return (Finding(rule.__name__, severity, message, suggestion),)


# Addresses.


def missing_address(cell: str) -> Verdict:
    """Every row needs an address."""
    return None if cell.strip() else "There is no e-mail address in this line."


def invalid_address(cell: str) -> Verdict:
    """The cell must hold one e-mail address."""
    if len(cell) > LONGEST_CELL:
        return f"This is not an e-mail address: the cell has {len(cell):,} characters, and an address may have 254."
    try:
        parse_address(cell)
    except AddressError as error:
        message = f"This is not an e-mail address: {error}."
        suggestion = mended_address(cell)
        return (message, suggestion) if suggestion else message
    return None


def unpacked_address(address: Address) -> Verdict:
    """An address that stood inside something else, or among invisible characters, was taken out of it."""
    return f"{address.email} was {address.notes[0]}." if address.notes else None


def special_use_domain(address: Address) -> Verdict:
    """No mail reaches a reserved domain."""
    last = address.domain.rpartition(".")[2]
    return f"The domain ends in .{last}, which is reserved: no mail can arrive there." if last in SPECIAL_USE else None


def non_ascii_address(address: Address) -> Verdict:
    """Letters outside ASCII are allowed by the mail standard and refused by many systems."""
    if address.is_ascii:
        return None
    odd = "".join(dict.fromkeys(character for character in address.email if not character.isascii()))
    return f"The address has letters outside a-z ({odd}); many mail systems refuse those. Ask whether it is right."


def quoted_address(address: Address) -> Verdict:
    """A local part in quotes is legal and nearly always a slip."""
    return "The part before the @ is in quotes; that is legal and nearly always a slip." if address.is_quoted else None


ADDRESS_RULES: tuple[tuple[Callable[[Address], Verdict], Severity], ...] = (
    (unpacked_address, Severity.NOTE),
    (special_use_domain, Severity.WARNING),
    (non_ascii_address, Severity.WARNING),
    (quoted_address, Severity.WARNING),
)


def misspelt_domain(email: str, meant: Mapping[str, str]) -> Verdict:
    """A domain one slip away from a well-known one, or from the one most of the table uses."""
    local, _, domain = email.rpartition("@")
    if domain not in meant:
        return None
    return f"The domain {domain} is one slip away from {meant[domain]}.", f"{local}@{meant[domain]}"


def duplicate_address(email: str, first_line: int) -> Verdict:
    """One person is invited once: the first good line counts."""
    return f"{email} stands in line {first_line} already; only that line is invited."


def left_out_by_hand(line: int, excluded: Container[int]) -> Verdict:
    """A row that a person took out of the table is not invited, whatever is in it."""
    return "A person left this line out before the list was sent." if line in excluded else None


LONGEST_CELL = 500
"""Characters of a cell that are still looked through for an address: 254 of one, and a name around it."""
_TWO_ADDRESSES = re.compile(r"@[^@]*[,;\s/|][^@]*@")
_REPAIRS = (
    (re.compile(r"\s*[\[({<]at[\])}>]\s*|\s+at\s+|\uff20", re.IGNORECASE), "@"),
    (re.compile(r"\s*[\[({<](?:dot|punkt)[\])}>]\s*|\s+dot\s+", re.IGNORECASE), "."),
    (re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff]+"), ""),
    (re.compile(r"\s*([@.])\s*"), r"\1"),
    (re.compile(r",(?=[^@]*@)|(?<!\.[a-z]{2})(?<!\.[a-z]{3}),(?=[a-z]{2,})", re.IGNORECASE), "."),
    (re.compile(r"\.{2,}"), "."),
    (re.compile(r"@{2,}"), "@"),
    (re.compile(r"^[.,;:'\"<>()\[\]]+|[.,;:'\"<>()\[\]]+$"), ""),
    (re.compile(r"\.?@\.?"), "@"),
)
"""What people type for an address, and what they mean, in the order in which it is tried."""


def mended_address(cell: str) -> str | None:
    """Return the address that was probably meant, if the usual repairs, one after the other, make one of the cell."""
    if _TWO_ADDRESSES.search(cell):
        return None  # which of them is meant is not ours to say
    for pattern, by in _REPAIRS:
        before, cell = cell, pattern.sub(by, cell)
        if cell == before or "@" not in cell:
            continue
        try:
            return parse_address(cell).email
        except AddressError:
            continue
    return None


# The other parameters.


def missing_role(value: object) -> Verdict:
    """An organization invitation needs a role."""
    if value:
        return None
    return (
        "An organization invitation needs a role, such as org:member: type one here, or give all lines a default "
        "(--default role=org:member)."
    )


def unusual_role(role: str) -> Verdict:
    """Role keys look like org:member; others exist in old instances only."""
    if re.fullmatch(r"org:[a-z0-9_]+", role):
        return None
    message = f"Role keys look like org:member, and this is {shown(role)}; only old instances have others."
    suggestion = mended_role(role)
    return (message, suggestion) if suggestion else message


def mended_role(role: str) -> str | None:
    """Return the role key that was probably meant, if letters or digits are left to make one of."""
    key = re.sub(r"[^a-z0-9]+", "_", re.sub(r"^org\b", "", role.lower())).strip("_")
    return f"org:{'member' if key == 'basic_member' else key}" if key else None


def doubtful_redirect_url(url: str) -> Verdict:
    """A redirect URL that Clerk may take, and that should be looked at."""
    doubt = doubt_about_redirect_url(url)
    return f"About this redirect URL: {doubt}." if doubt else None


def large_metadata(metadata: Mapping[str, Any]) -> Verdict:
    """Public metadata that goes into the login token must stay small."""
    size = metadata_size(metadata)
    if size <= TOKEN_METADATA:
        return None
    return (
        f"The public metadata takes {size:,} bytes; if it goes into the login token, Clerk asks to keep it under "
        f"{TOKEN_METADATA:,} (1.2 KB)."
    )


VALUE_RULES: Mapping[str, tuple[Callable[[Any], Verdict], Severity]] = {
    "role": (unusual_role, Severity.WARNING),
    "redirect_url": (doubtful_redirect_url, Severity.WARNING),
    "public_metadata": (large_metadata, Severity.WARNING),
}


def invalid_value(parameter: str, value: object, item: type[Invitation] | type[OrganizationInvitation]) -> Verdict:
    """The value must be one that the parameter takes."""
    try:
        _adapter(item, parameter).validate_python(value)
    except ValidationError as error:
        sentences = dict.fromkeys(sentence(detail) for detail in error.errors(include_url=False))
        message = f"{parameter} cannot be sent: {'; '.join(sentences)}."
        suggestion = _mended(parameter, value, message)
        return (message, suggestion) if suggestion else message
    return None


def _mended(parameter: str, value: object, message: str) -> str | None:
    if parameter == "redirect_url" and "probably https://" in message:
        return f"https://{value}"
    return mended_role(str(value)) if parameter == "role" else None


def privileged_role(role: str, lines: list[int], rows: int) -> Verdict:
    """Many administrators in one table are rarely meant."""
    if len(lines) < 3 or (len(lines) < 20 and len(lines) * 10 <= rows):
        return None
    return (
        f"{len(lines)} of {rows} rows ask for {role}, which may change everything in the organization "
        f"(lines {_listed(lines)}). Check that this is meant."
    )


PRIVILEGED_ROLES = frozenset({"org:admin", "admin"})


def foreign_column(column: str, parameter: str, owner: str, target: str) -> Verdict:
    """A column for a parameter that the target does not have says that perhaps another target was meant."""
    if owner == target:
        return None
    message = (
        f"Column `{column}` is not sent: {parameter} exists only for invitations to {owner}, and these go to {target}."
    )
    forgotten = " Did you forget --org ORG_ID?" if owner == "organizations" else " Leave --org out to send it."
    return f"{message}{forgotten} If it is not to be sent, say --map {parameter}= (nothing behind the =)."


def _listed(lines: list[int], most: int = 8) -> str:
    return ", ".join(map(str, lines[:most])) + (f" and {len(lines) - most} more" if len(lines) > most else "")


_adapters: dict[tuple[str, str], TypeAdapter[Any]] = {}


def _adapter(item: type[Invitation] | type[OrganizationInvitation], parameter: str) -> TypeAdapter[Any]:
    """Return the model's own validator of one field."""
    key = (item.kind, parameter)
    if key not in _adapters:
        field = item.model_fields[parameter]
        kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        _adapters[key] = TypeAdapter(kind)
    return _adapters[key]
