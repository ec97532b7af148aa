"""Batches: ten items at most, packed by bytes, in order, exact as bytes, held to the schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.target import Application, Organization
from clerkbulk.errors import InputError
from clerkbulk.people.batch import LARGEST_BODY, Batch, batches, compact_json, encoded, packed
from clerkbulk.people.check import check


def people(count: int, **others: Any) -> list[dict[str, Any]]:
    return [{"email_address": f"p{i}@example.com", **others} for i in range(count)]


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (9, [9]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])]
)
def test_a_call_carries_ten_at_most(count: int, sizes: list[int]) -> None:
    """Everyone is in exactly one call, in the order of the table, and calls are as full as they may be."""
    checked = check(people(count)) if count else check("email\n")
    made = batches(checked)
    assert [len(batch) for batch in made] == sizes
    assert [item for batch in made for item in batch] == list(checked.items)
    assert [line for batch in made for line in batch.lines] == list(checked.lines)


def test_lines_that_are_no_invitations_leave_no_gap() -> None:
    """Calls are filled over bad lines; each batch knows the lines it comes from."""
    rows = people(12)
    rows[3] = {"email_address": "nobody"}
    first, second = batches(check(rows))
    assert first.lines == (1, 2, 3, 5, 6, 7, 8, 9, 10, 11)
    assert second.lines == (12,)


def test_large_items_make_smaller_calls() -> None:
    """A body takes 128 KB at most: organization invitations with two full metadata objects go seven at a time."""
    full = {"a": "x" * (8 * 1024 - 8)}
    rows = people(20, public_metadata=full, private_metadata=full)
    made = batches(check(rows, Organization("org_1"), defaults={"role": "org:member"}))
    assert [len(batch) for batch in made] == [7, 7, 6]
    assert all(len(batch.encoded()) <= LARGEST_BODY for batch in made)


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(1, 10), st.integers(2, 120))
def test_packing_leaves_nobody_out_and_is_as_tight_as_can_be(sizes: list[int], most: int, largest: int) -> None:
    """Runs follow each other, keep both limits unless one item alone is larger, and none could take one more."""
    items = [{"a": "x" * size} for size in sizes]
    runs = list(packed(items, most, largest))
    assert [i for run in runs for i in run] == list(range(len(items)))
    for run in runs:
        assert 1 <= len(run) <= most
        assert len(run) == 1 or len(encoded(items[run.start : run.stop])) <= largest
        if run.stop < len(items) and len(run) < most:
            assert len(encoded(items[run.start : run.stop + 1])) > largest


_JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), _JSON, max_size=4))
def test_a_body_is_exact_as_bytes(metadata: dict[str, Any]) -> None:
    """Whatever JSON can hold comes back equal, to the last digit of a number."""
    items = [{"email_address": "ada@example.com", "public_metadata": metadata}]
    body = encoded(items)
    assert json.loads(body) == items
    assert repr(json.loads(body)) == repr(items)  # 1 stays 1 and 1.0 stays 1.0


def test_a_body_is_compact_json() -> None:
    """The wire form of one call, byte by byte."""
    checked = check([{"email": "zoë@example.com", "team": 'a "b"\n\u2028c'}], metadata=["team"])
    (batch,) = batches(checked)
    text = '[{"email_address":"zoë@example.com","public_metadata":{"team":"a \\"b\\"\\n\u2028c"}}]'
    assert batch.to_json() == text
    assert batch.encoded() == text.encode()


def test_a_batch_is_its_body_and_knows_where_it_goes() -> None:
    """As a sequence it is the items; endpoint and keys come with it."""
    (batch,) = batches(check(["Ada@example.com", "zoë@bücher.example"], Organization("org_9"), defaults={"role": "x"}))
    assert list(batch) == batch.body == list(batch.items) == batch[0:]
    assert batch[0]["email_address"] == "ada@example.com"
    assert batch.keys == ("ada@example.com", "zoë@xn--bcher-kva.example")
    assert batch.endpoint.path_for(batch.target) == "/v1/organizations/org_9/invitations/bulk"


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ([], "there are 0 items, and at least 1 must be there"),
        ([{"email_address": f"p{i}@example.com"} for i in range(11)], "there are 11 items, and no more than 10"),
        ([{"email_address": "ada@example.com", "notify": None}], "[0].notify: is null"),
        ([{"email_address": "ada@example.com", "role": "org:member"}], "[0].role: is unknown"),
        ([{"email_address": "Ada@example.com"}], "it is sent as ada@example.com"),
        ([{"redirect_url": "https://example.com"}], "[0].email_address: is missing"),
    ],
)
def test_a_body_that_does_not_hold_to_its_schema_never_leaves(items: list[dict[str, Any]], fault: str) -> None:
    """Nulls, unknown keys, eleven items or none: an error that names the lines, instead of a body."""
    batch = Batch(Application(), (4, 9), tuple(items))
    with pytest.raises(InputError) as raised:
        batch.to_json()
    assert str(raised.value).startswith("The body for lines 4, 9 does not hold to its schema and was not sent: ")
    assert fault in str(raised.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": {1, 2}}, object()])
def test_compact_json_refuses_what_json_cannot_hold(value: Any) -> None:
    """NaN and objects that are no JSON are an error, never a text that no reader takes."""
    with pytest.raises((ValueError, TypeError)):
        compact_json(value)
