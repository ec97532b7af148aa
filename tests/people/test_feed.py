"""Feeds: a row's metadata out of several columns, and what happens when they contradict each other."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from clerkbulk.people.cells import ABSENT, CellError
from clerkbulk.people.mapping import Confidence, Feed, merge_metadata


def _feed(column: str, *path: str) -> Feed:
    return Feed("public_metadata", column, path, Confidence.GIVEN)


@pytest.mark.parametrize(
    ("parts", "default", "merged"),
    [
        ([], None, ABSENT),
        ([(_feed("A", "a"), ABSENT), (_feed("M"), ABSENT)], None, ABSENT),
        ([(_feed("A", "a"), ABSENT)], {"x": 1}, {"x": 1}),
        ([(_feed("A", "a"), 1), (_feed("B", "b", "c"), "2")], None, {"a": 1, "b": {"c": "2"}}),
        ([(_feed("M"), {})], None, {}),
        ([(_feed("M"), {"a": 1, "b": {"d": 4}}), (_feed("B", "b", "c"), 3)], None, {"a": 1, "b": {"d": 4, "c": 3}}),
        ([(_feed("M"), {"a": [1, 2]}), (_feed("A", "a"), [1, 2])], None, {"a": [1, 2]}),
        ([(_feed("A", "a"), 1)], {"a": 0, "x": {"y": 2}}, {"a": 1, "x": {"y": 2}}),
        ([(_feed("A", "x", "z"), 3)], {"x": {"y": 2}}, {"x": {"y": 2, "z": 3}}),
        ([(_feed("A", "x"), 3)], {"x": {"y": 2}}, {"x": 3}),
    ],
)
def test_a_rows_metadata_is_one_object_laid_over_the_default(parts: Any, default: Any, merged: Any) -> None:
    """Whole objects and single keys come together level by level; the row's own keys win over the default's."""
    before = copy.deepcopy((parts, default))
    assert merge_metadata(parts, default) == merged
    assert before == (parts, default)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            [(_feed("Metadata"), {"team": "core"}), (_feed("Team", "team"), "edge")],
            "`public_metadata.team` is 'core' in column `Metadata` and 'edge' in column `Team`: "
            "empty one of the two cells.",
        ),
        (
            [(_feed("A", "n"), True), (_feed("B", "n"), 1)],
            "`public_metadata.n` is True in column `A` and 1 in column `B`: empty one of the two cells.",
        ),
        (
            [(_feed("A", "a"), "x"), (_feed("B", "a", "b"), 1)],
            "`public_metadata.a` is 'x' in column `A` and {'b': 1} in column `B`: empty one of the two cells.",
        ),
    ],
)
def test_one_key_with_two_values_is_an_error_of_the_row(parts: Any, sentence: str) -> None:
    """Neither cell silently wins."""
    with pytest.raises(CellError) as caught:
        merge_metadata(parts)
    assert caught.value.sentence == sentence


def test_a_feed_reads_a_whole_value_or_one_key() -> None:
    """JSON text is an object where it is the whole value, and text where it is one key's value."""
    assert _feed("Metadata").convert('{"a": 1}') == {"a": 1}
    assert _feed("Note", "note").convert('{"a": 1}') == '{"a": 1}'
    assert (_feed("Metadata").key, _feed("A", "a").key, _feed("B", "b", "c").key) == (None, "a", "b.c")
