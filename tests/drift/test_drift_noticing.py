"""Whatever changes in what Clerk's document says of invitations is told, or stands in the list of what we leave."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from clerks_spec import needs_spec, spec_copy
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.drift.believed import CALLS
from clerkbulk.drift.compare import compare
from clerkbulk.errors import InputError

pytestmark = needs_spec

Path = tuple[str | int, ...]
ANOTHER = {"string": "integer", "integer": "string", "boolean": "string", "object": "string", "array": "object"}
MAPS = {"properties", "paths", "responses", "content", "schemas"}
"""Where keys are names, so that one can be another."""
NOT_COMPARED: set[str | int] = {
    "tags",
    "title",
    "example",
    "examples",
    "x-speakeasy-group",
    "x-speakeasy-name-override",
}
OF_ANSWERS = {"additionalProperties", "format", "description", "minimum", "maximum", "default"}
"""What is not compared of an answer."""


@functools.cache
def _roots() -> tuple[Path, ...]:
    """Return the places of the calls about invitations, and of every component they lead to."""
    document = spec_copy()
    found: list[Path] = [
        ("paths", call.path, call.method.lower()) for call in CALLS if not call.neighbour and call.path
    ]
    for place in found:
        for reference in _references(_there(document, place)):
            component = tuple(reference.removeprefix("#/").split("/"))
            if component not in found:
                found.append(component)
    return tuple(found)


def _references(node: Any) -> Iterator[str]:
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _references(inner)
    if isinstance(node, dict) and "$ref" in node:
        yield node["$ref"]


def _there(document: Any, place: Path) -> Any:
    for step in place:
        document = document[step]
    return document


def _mutations(node: Any, place: Path) -> Iterator[tuple[str, Path, Any]]:
    """Yield every single change of a part: what is done, where, and with what."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in entries:
        here = (*place, key)
        yield "delete", here, None
        if isinstance(node, dict) and place[-1] in MAPS:
            yield "rename", here, f"{key}2"
        match inner:
            case bool():
                yield "put", here, not inner
            case int():
                yield "put", here, inner + 1
                yield "put", here, inner - 1
            case str():
                yield "put", here, ANOTHER.get(inner, f"{inner}2") if key == "type" else f"{inner} changed"
            case list():
                yield "append", here, "another"
        yield from _mutations(inner, here)


def _overlooked(done: str, place: Path, before: Any, beside: Any) -> bool:
    """Say whether a change is one of those that drift.NOT_LOOKED_AT names."""
    last, is_name = place[-1], place[-2] == "properties"
    in_path = "parameters" in place and isinstance(beside, dict) and beside.get("in") == "path"
    return not is_name and (
        bool(NOT_COMPARED & set(place))
        or (last in OF_ANSWERS and ("responses" in place or place[:2] == ("components", "schemas")))
        or (last in ("description", "required") and in_path)
        or (last == "description" and place[-2] == "requestBody")
        or (done == "delete" and _means_the_same_without(last, before, beside))
        or (done == "append" and place[-5:] == ("allOf", 1, "properties", "status", "enum"))
    )


def _means_the_same_without(last: object, before: Any, beside: Any) -> bool:
    return (
        before is False
        or (last == "additionalProperties" and before is True)
        or (last == "type" and bool({"properties", "items", "enum", "allOf"} & beside.keys()))
    )


@functools.cache
def _every_mutation() -> tuple[tuple[str, Path, Any], ...]:
    document = spec_copy()
    return tuple(
        (done, place, given)
        for root in _roots()
        for done, place, given in _mutations(_there(document, root), root)
        if not _overlooked(done, place, _there(document, place), _there(document, place[:-1]))
    )


def _change(document: Any, done: str, place: Path, given: Any) -> None:
    holder = _there(document, place[:-1])
    match done:
        case "delete":
            del holder[place[-1]]
        case "rename":
            holder[given] = holder.pop(place[-1])
        case "append":
            holder[place[-1]].append(given)
        case _:
            holder[place[-1]] = given


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_every_single_change_is_told(data: st.DataObject) -> None:
    """Delete, rename, change or add anything in the calls about invitations: it is told, or refused as malformed."""
    done, place, given_value = data.draw(st.sampled_from(_every_mutation()))
    document = spec_copy()
    _change(document, done, place, given_value)
    try:
        differences = compare(document).differences
    except InputError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either a difference or a sentence
    else:
        assert differences


def test_what_is_looked_at_is_most_of_it() -> None:
    """Of all single changes that can be made, at least two thirds are looked at."""
    document = spec_copy()
    every = sum(1 for root in _roots() for _ in _mutations(_there(document, root), root))
    assert len(_every_mutation()) > every * 2 / 3
