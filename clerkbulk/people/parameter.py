"""How users and headers name a parameter, and the values they give it for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clerkbulk.contract.address import PADDING
from clerkbulk.contract.target import Target
from clerkbulk.errors import InputError
from clerkbulk.people.cells import Absent, CellError, Json, convert, metadata_value
from clerkbulk.people.column_names import (
    EVERY_PARAMETER,
    METADATA_PARAMETERS,
    PARAMETERS,
    Confidence,
    fold,
    nearest,
    own_name,
    parameter_meant,
    parameter_misspelled,
)
from clerkbulk.people.table import Cell

# `metadata.team` is what people write when there is one kind of metadata on their mind: the one browsers can read.
_BY_FOLD = {fold(name): name for name in EVERY_PARAMETER} | {"metadata": "public_metadata"}
_ONLY_FOR = {"application": "the application", "organization": "organizations"}


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter by its wire name, or one key of its metadata; path is empty for the whole value."""

    parameter: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join((self.parameter, *self.path))


def parameter_named(name: str) -> Named:
    """Read a parameter's name in either spelling, ``public_metadata.team`` for a key, ``public_metadata.a.b`` nested.

    Keys are never respelled. Raises InputError for a name that no endpoint documents.
    """
    head, *path = name.strip(PADDING).split(".")
    parameter = _BY_FOLD.get(fold(head))
    if parameter is None:
        meant = parameter_meant(head) or parameter_misspelled(head) or nearest(head, EVERY_PARAMETER)
        hint = f"did you mean `{meant}`?" if meant else f"there are {', '.join(EVERY_PARAMETER)}."
        raise InputError(f"There is no parameter `{head}`: {hint}")
    if path and parameter not in METADATA_PARAMETERS:
        raise InputError(f"`{name}` cannot be: only public_metadata and private_metadata have keys.")
    if not all(path):
        raise InputError(f"`{name}` has an empty key: write it like {parameter}.team.")
    return Named(parameter, tuple(path))


def metadata_header(header: str) -> tuple[Named, Confidence] | None:
    """Read a header such as ``public_metadata.team`` as one key of the metadata; None for any other header."""
    head, dot, _ = header.strip(PADDING).partition(".")
    if not dot or _BY_FOLD.get(fold(head)) not in METADATA_PARAMETERS:
        return None
    try:
        named = parameter_named(header)
    except InputError:
        return None
    return named, Confidence.EXACT if own_name(head) else Confidence.SYNONYM


def must_belong(named: Named, target: Target) -> None:
    """Raise InputError for a parameter that the target's endpoint does not have."""
    if named.parameter in PARAMETERS[target.kind]:
        return
    owner = next(kind for kind, names in PARAMETERS.items() if named.parameter in names)
    way_out = " (name one with --org ORG_ID)" if owner == "organization" else ""
    raise InputError(
        f"`{named.parameter}` exists only for invitations to {_ONLY_FOR[owner]}{way_out}, "
        f"and these go to {target}: leave it out."
    )


def only_for(parameter: str) -> str:
    """Return the words for the one kind of target that has the parameter."""
    return next(_ONLY_FOR[kind] for kind, names in PARAMETERS.items() if parameter in names)


def parse_default(parameter: str, value: Cell) -> Json | Absent:
    """Read the value that a parameter (either spelling, or one metadata key) has for everybody.

    Text is read like a cell. ABSENT for an empty text or None: no default after all. Raises InputError for an unknown
    parameter, for an address (everybody has their own), and for a value that cannot be read.
    """
    named = parameter_named(parameter)
    if named.parameter == "email_address":
        raise InputError("`email_address` cannot have a default: everybody has their own.")
    try:
        return metadata_value(value) if named.path else convert(named.parameter, value)
    except CellError as error:
        hint = f" Did you mean {error.suggestion}?" if error.suggestion else ""
        raise InputError(f"The default of `{named}` cannot be read: {error.sentence}{hint}") from None


def parse_pairs(option: str, pairs: Sequence[str]) -> dict[str, str]:
    """Read the values of a repeated option, each ``PARAMETER=TEXT``, into one mapping by the parameter's wire name.

    Raises InputError for one without ``=``, for an unknown parameter, and for a parameter named twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{option} {pair!r} cannot be read: write it like {option} PARAMETER=VALUE.")
        named = str(parameter_named(name))
        if named in found:
            raise InputError(f"{option} names `{named}` twice, as {found[named]!r} and as {text!r}: keep one.")
        found[named] = text
    return found
