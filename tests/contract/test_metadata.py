"""Metadata: its size in bytes, and what cannot be sent as metadata at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from generated_items import METADATA, tries
from hypothesis import given

from clerkbulk.contract.metadata import (
    DEEPEST_METADATA,
    LARGEST_METADATA,
    TOKEN_METADATA,
    MetadataError,
    metadata_size,
    sendable_metadata,
)


@pytest.mark.parametrize(
    ("metadata", "size"),
    [
        ({}, 2),
        ({"a": 1}, 7),
        ({"a": None, "b": [True, 1.5]}, 25),
        ({"ü": "é"}, 11),
        ({"a": "👋"}, 12),
        ({"a": '"\n'}, 12),
        ({"a": "x" * 8184}, 8192),
        ({"a": "é" * 4092}, 8192),
    ],
)
def test_the_size_of_metadata_is_counted_in_bytes_of_compact_json(metadata: dict[str, Any], size: int) -> None:
    """No spaces, UTF-8, letters as they are: an é takes two bytes, a waving hand four."""
    assert metadata_size(metadata) == size
    assert sendable_metadata(metadata) is metadata


def test_the_limits_are_8_kb_and_1_2_kb() -> None:
    """Clerk's figures, in bytes."""
    assert (LARGEST_METADATA, TOKEN_METADATA) == (8192, 1228)


def nested(levels: int) -> dict[str, Any]:
    """Return an object that holds lists in lists, so many levels in all."""
    inner: Any = []
    for _ in range(levels - 2):
        inner = [inner]
    return {"a": inner}


def itself() -> dict[str, Any]:
    """Return an object that holds itself."""
    metadata: dict[str, Any] = {"a": 1}
    metadata["b"] = metadata
    return metadata


TOO_LARGE = "it takes 8,193 bytes as JSON, and Clerk takes 8,192 (8 KB)"


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({"a": "x" * 8185}, TOO_LARGE),
        ({"a": "é" * 4092 + "x"}, TOO_LARGE),
        ({"aé": "é" * 4091 + "x"}, TOO_LARGE),
        ({"a": float("nan")}, "it holds NaN, Infinity or itself, which no JSON text can carry"),
        ({"a": [float("-inf")]}, "it holds NaN, Infinity or itself, which no JSON text can carry"),
        (itself(), "it holds NaN, Infinity or itself, which no JSON text can carry"),
        ({"a": "\ud800"}, "it holds half a character (a lone surrogate), which no JSON text can carry"),
        ({"\udfff": 1}, "it holds half a character (a lone surrogate), which no JSON text can carry"),
        ({"a": {1, 2}}, "it holds something that is not JSON (Object of type set is not JSON serializable)"),
        (nested(101), "it is nested more than 100 deep"),
        (nested(100_000), "it is nested too deeply"),
    ],
)
def test_metadata_that_cannot_be_sent_is_refused_in_a_sentence(metadata: dict[str, Any], sentence: str) -> None:
    """Too large by one byte, too deep by one level, or not JSON."""
    with pytest.raises(MetadataError) as refusal:
        sendable_metadata(metadata)
    assert str(refusal.value) == sentence


def test_metadata_may_be_as_deep_as_the_limit() -> None:
    """The hundredth level still passes."""
    assert sendable_metadata(nested(DEEPEST_METADATA)) == nested(DEEPEST_METADATA)


@tries(300)
@given(METADATA)
def test_the_size_is_the_length_of_what_goes_over_the_wire(metadata: dict[str, Any]) -> None:
    """metadata_size() counts exactly the bytes of the JSON text that is sent, and that text reads back the same."""
    text = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
    assert metadata_size(metadata) == len(text.encode())
    assert json.loads(text) == metadata
