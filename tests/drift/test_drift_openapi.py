"""Reading an OpenAPI document: what can be read is, and what cannot is refused in a sentence, whatever it is."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest
from clerks_spec import SPEC, needs_spec, spec_copy
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.drift.compare import compare
from clerkbulk.drift.difference import Drift
from clerkbulk.drift.openapi import Place, read_spec
from clerkbulk.errors import InputError

SMALL = {"openapi": "3.0.3", "paths": {"/invitations/bulk": {"post": {"operationId": "CreateBulkInvitations"}}}}

UNREADABLE = [
    ("", "holds empty, and an object is wanted"),
    ("- 1\n", "holds a list, and an object is wanted"),
    ('{"openapi": ', "is no JSON: line 1, Expecting value."),
    ("openapi: [3", "is no YAML: line 1, expected ',' or ']', but got '<stream end>'."),
    ("openapi: 2026-99-99\n", "is no YAML: month must be in 1..12."),
    ("? {a: b}\n: c\n", "is no YAML: line 1, found unhashable key."),
    ("swagger: '2.0'\n", "This is no OpenAPI 3 document: it has no line openapi: 3...."),
    ("openapi: '2.0'\n", "This is no OpenAPI 3 document: it has openapi: '2.0'."),
    ("openapi: 3.0.3\n", "This OpenAPI document has no paths, so there is no call to compare."),
    ('{"a":' * 20_000, "is nested too deeply to be an OpenAPI document."),
]


@pytest.mark.parametrize(("text", "sentence"), UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """What is wrong is said, with the line where there is one."""
    (tmp_path / "spec.yml").write_text(text)
    with pytest.raises(InputError) as caught:
        read_spec(tmp_path / "spec.yml")
    assert sentence in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The path is said, and where Clerk's documents are."""
    with pytest.raises(InputError) as caught:
        read_spec(tmp_path / "none.yml")
    assert str(caught.value) == (
        f"There is no file {tmp_path / 'none.yml'}. Clerk's documents: github.com/clerk/openapi-specs, bapi."
    )


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A file in another encoding is refused, not guessed."""
    (tmp_path / "spec.yml").write_bytes(b"openapi: \xff\xfe")
    with pytest.raises(InputError, match="cannot be read"):
        read_spec(tmp_path / "spec.yml")


def test_yaml_without_its_reader_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML a YAML file is refused with the extra that brings it, and JSON is read."""
    real = builtins.__import__

    def without_yaml(name: str, *rest: Any) -> Any:
        if name == "yaml":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_yaml)
    (tmp_path / "spec.yml").write_text("openapi: 3.0.3\npaths: {}\n")
    with pytest.raises(
        InputError, match=r"PyYAML, which reads it, is not installed: pip install 'clerkbulk\[contract\]'"
    ):
        read_spec(tmp_path / "spec.yml")
    (tmp_path / "spec.json").write_text(json.dumps(SMALL))
    assert read_spec(tmp_path / "spec.json") == SMALL


@needs_spec
def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    """The same document in JSON has the same differences."""
    document = spec_copy()
    (tmp_path / "spec.json").write_text(json.dumps(document))
    assert read_spec(tmp_path / "spec.json") == document == read_spec(SPEC)
    assert compare(read_spec(tmp_path / "spec.json")) == compare(document)


# References.


def place(document: dict[str, Any]) -> Place:
    """Return a document to walk in."""
    return Place(document, "#", lambda name: document)


def test_a_reference_is_followed_through_escapes_and_chains() -> None:
    """~1, ~0 and percent signs are read as JSON pointers and URLs write them; a number counts as the key it is."""
    document = {"a": {"$ref": "#/b/x~1y~0%20z"}, "b": {"x/y~ z": {"$ref": "#/c/200"}}, "c": {200: {"found": True}}}
    found = place(document).get("a")
    assert found is not None
    assert (found.value, found.pointer) == ({"found": True}, "#/c/200")


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"a": {"$ref": "#/a"}}, "The $ref at #/a in the OpenAPI document leads in a circle."),
        (
            {"a": {"$ref": "#/none"}},
            "The $ref at #/a in the OpenAPI document names #/none, and that is not there. A file that was cut must "
            "keep what its parts refer to.",
        ),
        ({"a": {"$ref": 5}}, "The $ref at #/a in the OpenAPI document is a number, not a text."),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(document: dict[str, Any], sentence: str) -> None:
    """Circles, holes and odd values end in a sentence with the place."""
    with pytest.raises(InputError) as caught:
        place(document).get("a")
    assert str(caught.value) == sentence


def test_a_reference_to_another_file_is_refused() -> None:
    """One document is compared; a second file is never opened."""
    document = {**SMALL, "paths": {"/invitations/bulk": {"$ref": "./other.yml#/x"}}}
    with pytest.raises(
        InputError, match=r"refers to another file, ./other.yml: hand over the one that holds everything"
    ):
        compare(document)


# Documents that are anything.


def test_a_document_of_another_service_is_refused() -> None:
    """An OpenAPI document without a single call of ours is not compared."""
    with pytest.raises(InputError, match="None of the calls we make is in this OpenAPI document"):
        compare({"openapi": "3.1.0", "paths": {"/pets": {"get": {}}}})


@pytest.mark.parametrize("document", [None, [], "openapi", 3, {}, {"openapi": 3}, {"openapi": "3.0", "paths": []}])
def test_what_is_no_document_is_refused(document: Any) -> None:
    """Whatever is handed over, the answer is a sentence."""
    with pytest.raises(InputError, match=r"\.$"):
        compare(document)


CIRCLES = [
    {"$ref": "#/components/schemas/a"},
    {"allOf": [{"$ref": "#/components/schemas/a"}, {"$ref": "#/components/schemas/a"}]},
    {"oneOf": [{"$ref": "#/components/schemas/a"}, {"$ref": "#/components/schemas/a"}]},
    {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/a"}]},
]


@pytest.mark.parametrize("schema", CIRCLES)
def test_a_schema_in_a_circle_is_refused(schema: Any) -> None:
    """A schema that is made of itself ends in a sentence, soon."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/a"}}}}
    document = {
        "openapi": "3.1.0",
        "paths": {"/invitations/bulk": {"post": {"requestBody": body}}},
        "components": {"schemas": {"a": schema}},
    }
    with pytest.raises(InputError, match=r"circle|without end"):
        compare(document)


KEYWORDS = (
    "type", "properties", "items", "required", "enum", "const", "allOf", "oneOf", "anyOf", "$ref", "nullable",
    "default", "minimum", "maximum", "exclusiveMaximum", "additionalProperties", "schema", "content",
    "application/json", "200", "in", "name", "parameters", "requestBody", "responses",
    "description", "email_address", "data",
)  # fmt: skip
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 400) | st.floats() | st.text(max_size=4)
    | st.sampled_from(["object", "array", "string", "#/components", "#/paths", "path", "query", "limit"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(KEYWORDS) | st.integers(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(operation=ODD, components=ODD, rest=ODD)
def test_no_document_makes_it_fail_in_another_way(operation: Any, components: Any, rest: Any) -> None:
    """However malformed a document is, the outcome is a drift or an InputError with a sentence."""
    paths = {"/invitations/bulk": {"post": operation}, "/invitations": {"get": operation, "parameters": rest}}
    document = {"openapi": "3.0.3", "paths": paths, "components": components, "info": rest, "security": rest}
    try:
        outcome: Drift | InputError = compare(document)
    except InputError as error:
        outcome = error
    assert str(outcome if isinstance(outcome, InputError) else outcome.sentence).endswith((".", ")."))


@needs_spec
@settings(deadline=None, max_examples=60)
@given(data=st.data(), odd=ODD)
def test_no_hole_in_clerks_document_makes_it_fail_in_another_way(data: st.DataObject, odd: Any) -> None:
    """Anything in place of any part of Clerk's document is a difference, nothing, or an InputError with a sentence."""
    document = spec_copy()
    holder: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(holder, key=str) if isinstance(holder, dict) else range(len(holder))))
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 6)) == 0:
            break
        holder = inner
    holder[key] = odd
    try:
        compare(document).to_json()
    except InputError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either is right
