"""Mapping: which column feeds which parameter, the defaults, which columns become metadata."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clerkbulk.contract.address import PADDING
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.people.cells import ABSENT, Json
from clerkbulk.people.column_names import (
    EVERY_PARAMETER,
    METADATA_PARAMETERS,
    PARAMETERS,
    Confidence,
    fold,
    nearest,
    own_name,
)
from clerkbulk.people.feed import Feed, laid_over, merge_metadata
from clerkbulk.people.guess import Column, guess_address, guess_parameter, is_used_as, listed, map_option, sampled
from clerkbulk.people.parameter import Named, metadata_header, must_belong, only_for, parameter_named, parse_default
from clerkbulk.people.table import Cell, Table

__all__ = ["Confidence", "Feed", "Mapping", "map_columns", "merge_metadata", "parse_default"]


@dataclass(frozen=True, slots=True)
class Mapping:
    """What happens to each column of a table on its way to the parameters of a target's invitations."""

    target: Target
    feeds: tuple[Feed, ...]
    """In the order of the documented parameters; several only for metadata."""
    defaults: tuple[tuple[str, Json], ...] = ()
    """Wire name and value, for rows whose cell is empty; a metadata object is laid under the row's own keys."""
    unused: tuple[str, ...] = ()
    """Columns that feed nothing: nothing of them is sent."""
    notes: tuple[str, ...] = ()
    """Sentences for the reader: what was guessed, what else it could have been, and how to say so."""
    foreign: tuple[tuple[str, str], ...] = ()
    """Columns whose cells are for a parameter that only the other kind of target has, each with its wire name."""

    def feeds_of(self, parameter: str) -> tuple[Feed, ...]:
        """Return the columns that feed a parameter (wire name)."""
        return tuple(feed for feed in self.feeds if feed.parameter == parameter)

    def to_json(self) -> dict[str, Any]:
        """Return the mapping as ``check --format json`` shows it."""
        target = {"kind": self.target.kind}
        if isinstance(self.target, Organization):
            target["organization_id"] = self.target.organization_id
        return {
            "target": target,
            "columns": [
                {"parameter": f.parameter, "column": f.column, "key": f.key, "confidence": f.confidence.value}
                for f in self.feeds
            ],
            "defaults": dict(self.defaults),
            "unused": list(self.unused),
            "notes": list(self.notes),
        }


def map_columns(
    table: Table,
    target: Target,
    *,
    columns: AbstractMapping[str, str] | None = None,
    defaults: AbstractMapping[str, Cell] | None = None,
    metadata: Sequence[str] = (),
) -> Mapping:
    """Decide which column of the table feeds which parameter of the target's invitations.

    columns says so outright, from parameter (either spelling, ``public_metadata.team`` for one key) to column; an empty
    column forbids a guess. defaults are for rows whose cell is empty; text is read like a cell. metadata lists columns
    that become keys of the public metadata under the names they have in the table. Everything else is guessed, and
    shown.

    Raises InputError for an unknown parameter or column, a parameter of the other endpoint, two columns for one
    parameter, a default that cannot be read, and when no column could be the addresses.
    """
    given, forbidden, notes = _given(table, target, columns or {}, metadata)
    guessed, more_notes, foreign = _guessed(sampled(table), target, given, forbidden)
    order = PARAMETERS[target.kind]
    feeds = sorted((*given, *guessed), key=lambda feed: order.index(feed.parameter))
    used = {feed.column for feed in feeds}
    return Mapping(
        target=target,
        feeds=tuple(feeds),
        defaults=_defaults(target, defaults or {}),
        unused=tuple(name for i, name in enumerate(table.columns) if name not in used or name in table.columns[:i]),
        notes=(*notes, *more_notes),
        foreign=tuple(foreign),
    )


def _given(
    table: Table, target: Target, columns: AbstractMapping[str, str], metadata: Sequence[str]
) -> tuple[list[Feed], set[Named], list[str]]:
    """Return the feeds the user named, the guesses the user forbade, and notes."""
    typed: dict[Named, str] = {}
    feeds: dict[Named, Feed] = {}
    forbidden: set[Named] = set()
    notes: list[str] = []
    for name, column in columns.items():
        named = parameter_named(name)
        if column.strip(PADDING):
            must_belong(named, target)
        if named in typed:
            raise InputError(f"`{typed[named]}` and `{name}` are the same parameter: keep one of the two.")
        typed[named] = name
        if column.strip(PADDING):
            feeds[named] = Feed(named.parameter, _column_named(table, column), named.path, Confidence.GIVEN)
        else:
            forbidden.add(named)
    for name in metadata:
        column = _column_named(table, name)
        named = _as_metadata(column)
        must_belong(named, target)
        if named in feeds and feeds[named].column != column:
            raise InputError(
                f"Columns `{feeds[named].column}` and `{column}` both feed {named}: keep one, "
                f"or give one another key, such as {map_option(f'{named}_2', column)}."
            )
        if named.path and name != column and "." not in name:
            key = Named(named.parameter, (name,))
            notes.append(f"Column `{column}` becomes {named}; for the other spelling: {map_option(str(key), column)}.")
        feeds[named] = Feed(named.parameter, column, named.path, Confidence.GIVEN)
    return list(feeds.values()), forbidden, notes


def _as_metadata(column: str) -> Named:
    """Return what a column listed as metadata feeds: what its header says, else one key of the public metadata."""
    if header := metadata_header(column):
        return header[0]
    own = own_name(column)
    return Named(own) if own in METADATA_PARAMETERS else Named("public_metadata", (column.strip(PADDING),))


def _column_named(table: Table, typed: str) -> str:
    if typed in table.columns:
        return typed
    alike = [column for column in dict.fromkeys(table.columns) if fold(column) and fold(column) == fold(typed)]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise InputError(f"`{typed}` could be column {' or '.join(f'`{name}`' for name in alike)}: write it exactly.")
    meant = nearest(typed, table.columns)
    hint = f"did you mean `{meant}`?" if meant else f"there are {listed(table.columns)}."
    raise InputError(f"There is no column `{typed}`: {hint}")


def _guessed(
    columns: Sequence[Column], target: Target, given: Sequence[Feed], forbidden: set[Named]
) -> tuple[list[Feed], list[str], list[tuple[str, str]]]:
    """Return the feeds guessed for what the user left open, notes, and the columns for the other kind of target."""
    feeds: list[Feed] = []
    notes: list[str] = []
    foreign: list[tuple[str, str]] = []
    settled = {Named(feed.parameter, feed.path) for feed in given} | forbidden
    taken = {feed.column for feed in given}
    if Named("email_address") in forbidden:
        raise InputError("`email_address` is mapped to no column, and nobody can be invited without an address.")
    if Named("email_address") not in settled:
        # A column that was only listed as metadata may well be the addresses too.
        whole = {feed.column for feed in given if not feed.path}
        address = guess_address([column for column in columns if column.name not in whole])
        feeds += [Feed("email_address", name, (), address.confidence) for name in [address.column] if name]
        notes += address.notes
    taken |= {feed.column for feed in feeds}
    for named, (confidence, names) in _metadata_headers([c for c in columns if c.name not in taken]).items():
        taken |= set(names)
        if named.parameter not in PARAMETERS[target.kind]:
            if not forbidden & {named, Named(named.parameter)}:
                filled = [c.name for c in columns if c.name in names and c.filled]
                foreign += [(name, named.parameter) for name in filled[:1]]
                notes += [] if filled else [_foreign(names[0], named.parameter)]
        elif named not in settled and Named(named.parameter) not in forbidden:
            feeds.append(Feed(named.parameter, names[0], named.path, confidence))
            notes += [f"{listed(names)} mean the same key: `{names[0]}` was chosen."] if len(names) > 1 else []
    left = [column for column in columns if column.name not in taken]
    for parameter in EVERY_PARAMETER:
        if parameter == "email_address" or Named(parameter) in settled:
            continue
        guess = guess_parameter(left, parameter)
        if parameter not in PARAMETERS[target.kind]:
            is_meant = any(c.name == guess.column and is_used_as(parameter, c) for c in left)
            foreign += [(guess.column, parameter)] if guess.column and is_meant else []
            notes += [_foreign(guess.column, parameter)] if guess.column and not is_meant else []
            continue
        notes += guess.notes
        feeds += [Feed(parameter, guess.column, (), guess.confidence)] if guess.column else []
    return feeds, notes, foreign


def _metadata_headers(columns: Sequence[Column]) -> dict[Named, tuple[Confidence, list[str]]]:
    """Return the metadata keys that headers name, each with the columns that name it, the surest first."""
    found: dict[Named, tuple[Confidence, list[str]]] = {}
    for column in columns:
        if header := metadata_header(column.name):
            named, confidence = header
            before, names = found.get(named, (confidence, []))
            surer = confidence is Confidence.EXACT and before is not Confidence.EXACT
            found[named] = (confidence, [column.name, *names]) if surer else (before, [*names, column.name])
    return found


def _foreign(column: str, parameter: str) -> str:
    return f"Column `{column}` is not sent: {parameter} exists only for invitations to {only_for(parameter)}."


def _defaults(target: Target, given: AbstractMapping[str, Cell]) -> tuple[tuple[str, Json], ...]:
    typed: dict[Named, str] = {}
    values: dict[str, Json] = {}
    for name, value in sorted(given.items(), key=lambda pair: len(parameter_named(pair[0]).path)):
        named = parameter_named(name)
        must_belong(named, target)
        if named in typed:
            raise InputError(f"`{typed[named]}` and `{name}` are the same parameter: keep one of the two.")
        typed[named] = name
        read = parse_default(name, value)
        if read is ABSENT:
            continue
        for key in reversed(named.path):
            read = {key: read}
        below = values.get(named.parameter)
        values[named.parameter] = laid_over(below, read) if isinstance(below, dict) and isinstance(read, dict) else read
    return tuple(sorted(values.items(), key=lambda pair: PARAMETERS[target.kind].index(pair[0])))
