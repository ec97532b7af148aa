"""Shape: what a schema says of one value, in one vocabulary for our JSON Schemas and for OpenAPI 3.0 and 3.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from clerkbulk.drift.openapi import LONGEST_TRAIL, Place, escaped, kind_of, shown
from clerkbulk.errors import InputError

LEAST: Final = ("minimum", "minLength", "minItems", "minProperties")
"""Bounds from below."""
MOST: Final = ("maximum", "maxLength", "maxItems", "maxProperties")
"""Bounds from above."""
_READ: Final = {
    *LEAST, *MOST, "type", "nullable", "enum", "const", "default", "required", "properties", "additionalProperties",
    "items", "allOf", "oneOf", "anyOf", "$ref", "deprecated", "exclusiveMinimum", "exclusiveMaximum",
}  # fmt: skip
_EXPLAINING: Final = {
    "title", "description", "example", "examples", "$schema", "$id", "$defs", "$comment", "xml", "externalDocs",
    "readOnly", "writeOnly", "discriminator",
}  # fmt: skip

Places = tuple[Place, ...]
"""Schemas that all hold for the same value."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What one or more schemas together say of a value. Values are as shown() writes them."""

    pointer: str
    types: frozenset[str]
    """JSON types without null; empty when none is stated and none can be told."""
    nullable: bool
    enum: tuple[str, ...] | None
    default: str | None
    least: Mapping[str, float]
    most: Mapping[str, float]
    rules: Mapping[str, str]
    """Every other keyword that narrows: pattern, format, not, ..."""
    required: frozenset[str]
    properties: Mapping[str, Places]
    additional: str
    """Whether an object may have other properties: open, closed, or bound (open to those that hold to a schema)."""
    items: Places
    alternatives: tuple[Places, ...]
    """The shapes of which one must hold, each complete in itself; empty when there is no choice."""
    deprecated: bool
    described_at: str
    """Where the properties are described, which may be in a schema that several share."""

    def below(self, name: str) -> str:
        """Return the pointer of a property, or of where it would stand."""
        return f"{self.described_at}/properties/{escaped(name)}"


def shape_of(places: Places) -> Shape:
    """Return what the schemas say together. Raises InputError when one is malformed or leads in a circle."""
    choices: list[list[Place]] = []
    parts = [part for place in places for part in _parts(place, choices, frozenset())]
    left: list[Place] = []
    for passed, choice in enumerate(choices):  # grows while it is walked: what is no choice may hold others
        if passed > LONGEST_TRAIL:
            raise InputError(f"The schema at {places[0].pointer} in the OpenAPI document leads in a circle.")
        if len(choice) == 1:
            parts += _parts(choice[0], choices, frozenset())
        left = left or (choice if len(choice) > 1 else [])
    return _merged(parts, places[0].resolved().pointer, [] in choices, left)


def _parts(place: Place, choices: list[list[Place]], trail: frozenset[str]) -> Iterator[Place]:
    """Yield the schemas that hold together, free of references and allOf; collect the choices they leave."""
    if place.pointer in trail or len(trail) > LONGEST_TRAIL:
        raise InputError(f"The schema at {place.pointer} in the OpenAPI document leads in a circle.")
    if isinstance(place.value, bool):
        return
    trail |= {place.pointer}
    entries = place.mapping()
    if "$ref" in entries:
        yield from _parts(place.referred(place.value["$ref"]), choices, trail)
    for inner in entries["allOf"].entries() if "allOf" in entries else ():
        yield from _parts(inner, choices, trail)
    for keyword in ("oneOf", "anyOf"):
        if keyword not in entries:
            continue
        options = entries[keyword].entries()
        choice = [option for option in options if not _is_null(option)]
        if len(choice) < len(options):
            choices.append([])
        if choice:
            choices.append(choice)
    taken = ("$ref", "allOf", "oneOf", "anyOf")
    yield Place({key: inner.value for key, inner in entries.items() if key not in taken}, place.pointer, place.home)


def _is_null(place: Place) -> bool:
    return isinstance(place.value, Mapping) and place.value.get("type") in ("null", ["null"])


def _merged(parts: list[Place], pointer: str, nullable: bool, choice: list[Place]) -> Shape:
    types: frozenset[str] | None = None
    enum: tuple[str, ...] | None = None
    properties: dict[str, Places] = {}
    said = [part.mapping() for part in parts]
    for entries in said:
        if (own := _types(entries)) is not None:
            nullable = nullable or "null" in own
            types = own - {"null"} if types is None else types & own
        if (values := _enum(entries)) is not None:
            enum = values if enum is None else tuple(value for value in enum if value in values)
        nullable = nullable or _flag(entries, "nullable")
        for name, inner in _mapping(entries, "properties").items():
            properties[name] = (*properties.get(name, ()), inner)
    items = tuple(entries["items"] for entries in said if "items" in entries)
    enum = enum if enum is None else tuple(value for value in enum if value != "null")
    return Shape(
        pointer=pointer,
        types=_told(types, enum, properties, items),
        nullable=nullable,
        enum=enum,
        default=next((shown(entries["default"].value) for entries in said if "default" in entries), None),
        least={word: max(found) for word in LEAST if (found := [*_bounds(said, word)])},
        most={word: min(found) for word in MOST if (found := [*_bounds(said, word)])},
        rules={
            keyword: shown(inner.value)
            for entries in said
            for keyword, inner in entries.items()
            if keyword not in _READ | _EXPLAINING and not keyword.startswith("x-")
        },
        required=frozenset(name for entries in said for name in _names(entries)),
        properties=properties,
        additional=_additional(said),
        items=items,
        alternatives=tuple((*parts, option) for option in choice),
        deprecated=any(_flag(entries, "deprecated") for entries in said),
        described_at=next((part.pointer for part in parts if "properties" in part.value), pointer),
    )


def _types(entries: Mapping[str, Place]) -> frozenset[str] | None:
    if "type" not in entries:
        return None
    stated = entries["type"].value
    types = [stated] if isinstance(stated, str) else stated
    if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
        raise InputError(f"{entries['type'].pointer} in the OpenAPI document names no type.")
    return frozenset(types)


def _told(
    types: frozenset[str] | None, enum: tuple[str, ...] | None, properties: Mapping[str, Places], items: Places
) -> frozenset[str]:
    """Return the types; where none is stated, those that the values, properties or items give away."""
    if types is not None:
        return types
    if enum and all(value.startswith("'") for value in enum):
        return frozenset({"string"})
    if enum and set(enum) <= {"true", "false"}:
        return frozenset({"boolean"})
    return frozenset({"object"} if properties else {"array"} if items else ())


def _enum(entries: Mapping[str, Place]) -> tuple[str, ...] | None:
    if "const" in entries:
        return (shown(entries["const"].value),)
    return tuple(shown(inner.value) for inner in entries["enum"].entries()) if "enum" in entries else None


def _bounds(said: list[dict[str, Place]], word: str) -> Iterator[float]:
    """Yield what each schema says; a bound that is itself excluded counts as the next whole number."""
    exclusive = {"minimum": ("exclusiveMinimum", 1), "maximum": ("exclusiveMaximum", -1)}.get(word)
    for entries in said:
        step = 0
        if exclusive and exclusive[0] in entries:
            beside = entries[exclusive[0]]
            if beside.value is True:  # as OpenAPI 3.0 says it
                step = exclusive[1]
            elif beside.value is not False:
                yield _number(beside) + exclusive[1]
        if word in entries:
            yield _number(entries[word]) + step


def _number(place: Place) -> float:
    if isinstance(place.value, bool) or not isinstance(place.value, int | float):
        raise InputError(f"{place.pointer} in the OpenAPI document is {kind_of(place.value)}; a number belongs there.")
    return place.value


def _flag(entries: Mapping[str, Place], keyword: str) -> bool:
    return keyword in entries and entries[keyword].value is True


def _mapping(entries: Mapping[str, Place], keyword: str) -> dict[str, Place]:
    return entries[keyword].mapping() if keyword in entries else {}


def _names(entries: Mapping[str, Place]) -> list[str]:
    # Swagger 2 and careless hands write required: true beside the type; it says nothing of properties.
    if "required" not in entries or isinstance(entries["required"].value, bool):
        return []
    return [str(inner.value) for inner in entries["required"].entries()]


def _additional(said: list[dict[str, Place]]) -> str:
    stated: list[Any] = [entries["additionalProperties"].value for entries in said if "additionalProperties" in entries]
    if any(value is False for value in stated):
        return "closed"
    return "bound" if any(isinstance(value, Mapping) and value for value in stated) else "open"
