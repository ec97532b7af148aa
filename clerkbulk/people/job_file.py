"""The job file: how a table is read and mapped, as a small TOML file that a team keeps under version control.

::

    organization = "org_2abc"        # absent: the application

    [columns]                        # parameter = column
    email_address = "E-Mail"

    [defaults]
    role = "org:member"

    [metadata]
    columns = ["team"]

    [read]
    sheet = "People"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, cast

from clerkbulk.contract.address import PADDING
from clerkbulk.contract.fault import shown
from clerkbulk.contract.target import Application, Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.people.cells import ABSENT, Json
from clerkbulk.people.column_names import fold, nearest
from clerkbulk.people.mapping import Mapping as ColumnMapping
from clerkbulk.people.parameter import Named, must_belong, parameter_named, parse_default

_SECTIONS: Final = ("organization", "columns", "defaults", "metadata", "read")
_SECRET_NAMES: Final = frozenset(("secretkey", "clerksecretkey", "apikey"))
_SECRET_TEXT: Final = re.compile(r"sk_(?:test|live)_", re.IGNORECASE)
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_ESCAPES: Final = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user said about how to read the file; None: found out while reading."""

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None


@dataclass(frozen=True, slots=True)
class JobFile:
    """What a job file says. Pairs instead of dictionaries, so that it is frozen through and through."""

    organization: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    """Parameter (``public_metadata.team`` for a key) and column; an empty column forbids a guess."""
    defaults: tuple[tuple[str, Json], ...] = ()
    """Parameter and value."""
    metadata: tuple[str, ...] = ()
    """Columns that become keys of the public metadata."""
    read: ReadOptions = field(default_factory=ReadOptions)

    @property
    def target(self) -> Target:
        """Where the invitations go. Raises InputError for what is no organization id."""
        return Application() if self.organization is None else Organization(self.organization)

    @classmethod
    def of(cls, mapping: ColumnMapping, read: ReadOptions | None = None) -> JobFile:
        """Return the job file that maps the same table in the same way, with every guess written down."""
        columns: list[tuple[str, str]] = []
        metadata: list[str] = []
        for feed in mapping.feeds:
            if feed.parameter == "public_metadata" and feed.path == (feed.column.strip(PADDING),):
                metadata.append(feed.column)
            else:
                columns.append((str(Named(feed.parameter, feed.path)), feed.column))
        target = mapping.target
        return cls(
            organization=target.organization_id if isinstance(target, Organization) else None,
            columns=tuple(columns),
            defaults=mapping.defaults,
            metadata=tuple(metadata),
            read=read or ReadOptions(),
        )

    def dump(self) -> str:
        """Return the file's text.

        Raises InputError for a secret key, and for what TOML cannot hold: null and half characters (lone surrogates).
        """
        _refuse_secrets(self._as_table(), "The job file")
        lines = [] if self.organization is None else [f"organization = {_written(self.organization)}"]
        for name, table in self._as_table().items():
            if isinstance(table, dict) and table:
                lines += ["", f"[{name}]", *(f"{_key(key)} = {_written(value)}" for key, value in table.items())]
        return "\n".join(lines).lstrip("\n") + "\n"

    def save(self, path: str | Path) -> None:
        """Write the file, in the place of one that is there. Raises InputError when it cannot be written."""
        text = self.dump()
        try:
            Path(path).write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise InputError(f"The job file {path} cannot be written: {error.strerror}.") from error

    def _as_table(self) -> dict[str, Any]:
        read = {f.name: value for f in fields(self.read) if (value := getattr(self.read, f.name)) is not None}
        return {
            "organization": self.organization,
            "columns": dict(self.columns),
            "defaults": dict(self.defaults),
            "metadata": {"columns": list(self.metadata)} if self.metadata else {},
            "read": read,
        }


def load(path: str | Path) -> JobFile:
    """Read a job file. Raises InputError, naming file and key, for anything that is not one."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"The job file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"The job file {path} is not UTF-8 text (byte {error.start + 1}): save it as UTF-8."
        ) from error
    return parse(text, str(path))


def parse(text: str, name: str = "job file") -> JobFile:
    """Read a job file's text; name is what errors call it. Raises InputError as load() does."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{name} is not TOML: {error}.") from None
    _refuse_secrets(table, name)
    _known(table, _SECTIONS, name, "")
    organization = _typed(table, "organization", str, name, None)
    try:
        target: Target = Application() if organization is None else Organization(organization)
        job = JobFile(
            organization=organization,
            columns=_columns(_typed(table, "columns", dict, name, {}), target, name),
            defaults=_defaults(_typed(table, "defaults", dict, name, {}), target),
            metadata=_metadata(_typed(table, "metadata", dict, name, {}), name),
            read=_read(_typed(table, "read", dict, name, {}), name),
        )
    except InputError as error:
        message = str(error)
        raise InputError(message if message.startswith(name) else f"{name}: {message}") from None
    return job


def _known(table: Mapping[str, Any], known: Collection[str], name: str, section: str) -> None:
    for key in table:
        if key not in known:
            meant = nearest(key, known)
            hint = f"did you mean {section}{meant}?" if meant else f"there are {', '.join(known)}."
            raise InputError(f"{name} has an unknown key {section}{key}: {hint}")


def _typed(table: Mapping[str, Any], key: str, kind: type, name: str, default: Any, section: str = "") -> Any:
    value = table.get(key, default)
    if value is default or (isinstance(value, kind) and not isinstance(value, bool)):
        return value
    words = {str: "text in quotes", int: "a whole number", dict: "a section", list: "a list of column names"}
    raise InputError(f"{name}: {section}{key} must be {words[kind]}, and is {shown(value)}.")


def _columns(table: Mapping[str, Any], target: Target, name: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for key, value in _flat(table):
        named = parameter_named(key)
        must_belong(named, target)
        if not isinstance(value, str):
            raise InputError(f"{name}: columns.{key} must be the name of a column in quotes, and is {shown(value)}.")
        if str(named) in found:
            raise InputError(
                f"{name}: columns names {named} twice, as {found[str(named)]!r} and as {value!r}: keep one."
            )
        found[str(named)] = value
    return tuple(found.items())


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Undo what TOML makes of a dotted key without quotes: ``public_metadata.team = "Team"`` is a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _defaults(table: Mapping[str, Any], target: Target) -> tuple[tuple[str, Json], ...]:
    found: dict[str, Json] = {}
    for key, value in table.items():
        named = parameter_named(key)
        must_belong(named, target)
        if str(named) in found:
            raise InputError(f"defaults names {named} twice: keep one.")
        read = parse_default(key, value)
        if read is not ABSENT:
            found[str(named)] = read
    return tuple(found.items())


def _metadata(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    _known(table, ("columns",), name, "metadata.")
    columns = _typed(table, "columns", list, name, [], "metadata.")
    if odd := [column for column in columns if not isinstance(column, str)]:
        raise InputError(f"{name}: metadata.columns must be a list of column names, and has {shown(odd[0])} in it.")
    return tuple(cast("list[str]", columns))


def _read(table: Mapping[str, Any], name: str) -> ReadOptions:
    kinds = {f.name: int if f.name == "header_line" else str for f in fields(ReadOptions)}
    _known(table, kinds, name, "read.")
    return ReadOptions(**{key: _typed(table, key, kind, name, None, "read.") for key, kind in kinds.items()})


def _refuse_secrets(value: Any, name: str) -> None:
    """Look through names and values alike; the sentence never repeats what was found."""
    for key, inner in value.items() if isinstance(value, dict) else ():
        if fold(key) in _SECRET_NAMES:
            raise _secret(name)
        _refuse_secrets(key, name)
        _refuse_secrets(inner, name)
    for inner in value if isinstance(value, list) else ():
        _refuse_secrets(inner, name)
    if isinstance(value, str) and _SECRET_TEXT.search(value):
        raise _secret(name)


def _secret(name: str) -> InputError:
    return InputError(
        f"{name} holds a secret key, and job files are shared: keys belong in CLERK_SECRET_KEY. "
        "Take it out, and replace the key in the Clerk Dashboard if the file has been seen by others."
    )


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _written(key)


def _written(value: Json) -> str:
    """Write one value as TOML, always on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise InputError(f"A job file cannot hold the half character in {shown(value)}: type it anew.")
        return f'"{"".join(_escaped(character) for character in value)}"'
    if isinstance(value, list):
        return f"[{', '.join(_written(item) for item in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_written(item)}" for key, item in value.items()) + "}"
    raise InputError("A job file cannot hold null, which TOML does not have: leave the key out.")


def _escaped(character: str) -> str:
    if escape := _ESCAPES.get(character):
        return escape
    return f"\\u{ord(character):04x}" if ord(character) < 0x20 or ord(character) == 0x7F else character
