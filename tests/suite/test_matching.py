"""What a case can expect of a place in an answer: each matcher's verdict, in its own words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.cases.match import (
    DAY,
    MISSING,
    Absent,
    Addresses,
    After,
    AtLeast,
    Includes,
    InOrder,
    Is,
    Matcher,
    Now,
    OneOf,
    Place,
    SameAsHeader,
    Text,
    as_matcher,
    filled,
    find,
    shown,
)

NOON = 1_800_014_400_000
NAMES = {"ada": "ada@example.com", "ADA": "Ada@example.com", "bob": "bob@example.com", "id": "inv_1"}
ADA, BOB, EVE = ({"email_address": f"{name}@example.com"} for name in ("ada", "bob", "eve"))


def fault(matcher: Matcher, value: Any, around: Any = MISSING) -> str | None:
    return matcher.fault(Place(value, around, NOON, NAMES, {"x-clerk-trace-id": "0ab"}))


@pytest.mark.parametrize(
    ("matcher", "value"),
    [
        (Is("pending"), "pending"),
        (Is("{id}"), "inv_1"),
        (Is({"to": ["{ada}"], "n": 1}), {"n": 1, "to": ["ada@example.com"]}),
        (Is(None), None),
        (Absent(), MISSING),
        (OneOf((MISSING, False)), MISSING),
        (OneOf((MISSING, False)), False),
        (OneOf((None, "{id}")), "inv_1"),
        (Text("inv_[0-9]+"), "inv_12"),
        (Now(), NOON + 59_999),
        (Now(within=1), NOON - 1000),
        (AtLeast(1), 1),
        (AtLeast(1), "12"),
        (Addresses(("{ada}", "{bob}")), [BOB, ADA]),
        (Addresses(("{bob}", "{ada}"), in_order=True), [BOB, ADA]),
        (Addresses(("{ada}", "{ada}")), [ADA, ADA]),
        (Addresses(("{ada}",)), [{"email_address": "ADA@example.com"}]),
        (Addresses(()), []),
        (Includes(("{ada}",)), [BOB, ADA]),
        (Includes(("a", "{id}")), ["inv_1", "a"]),
        (Includes(("{ada}", "{bob}")), "ada@example.com, bob@example.com exist"),
        (InOrder(("{ada}", "{bob}")), [EVE, ADA, EVE, BOB]),
        (InOrder(()), []),
        (SameAsHeader("X-Clerk-Trace-Id"), "0ab"),
    ],
)
def test_what_is_as_expected_is_passed_over(matcher: Matcher, value: Any) -> None:
    """Nothing is said of a place that is as it should be."""
    assert fault(matcher, value) is None


@pytest.mark.parametrize(
    ("matcher", "value", "sentence"),
    [
        (Is("pending"), "revoked", 'is "revoked", not "pending"'),
        (Is("{id}"), MISSING, 'is nothing, not "inv_1"'),
        (Is(1), True, "is true, not 1"),
        (Is(1), 1.0, "is 1.0, not 1"),
        (Is({"n": 1}), {"n": True}, 'is {"n": true}, not {"n": 1}'),
        (Is([]), [ADA], 'is [{"email_address": "ada@example.com"}], not []'),
        (Absent(), None, "is null, and should be left out"),
        (Absent(), "x", 'is "x", and should be left out'),
        (OneOf((MISSING, "{id}", None)), "inv_2", 'is "inv_2", not nothing or "inv_1" or null'),
        (OneOf((False,)), 0, "is 0, not false"),
        (Text("inv_[0-9]+"), "inv_1\n", r'is "inv_1\n", not a text like inv_[0-9]+'),
        (Text(".+"), 3, "is 3, not a text like .+"),
        (Now(), NOON + 60_001, "is 1800014460001, not the time of the answer in milliseconds (1800014400000)"),
        (Now(), NOON // 1000, "is 1800014400, not the time of the answer in milliseconds (1800014400000)"),
        (Now(), float(NOON), "is 1800014400000.0, not the time of the answer in milliseconds (1800014400000)"),
        (AtLeast(1), 0, "is 0, not a whole number from 1"),
        (AtLeast(1), True, "is true, not a whole number from 1"),
        (AtLeast(1), "1.5", 'is "1.5", not a whole number from 1'),
        (AtLeast(0), MISSING, "is nothing, not a whole number from 0"),
        (Addresses(("{ada}",)), [], "lists nobody, not ada@example.com"),
        (Addresses(()), [ADA, BOB], "lists ada@example.com, bob@example.com, not nobody"),
        (Addresses(("{ada}",)), [ADA, ADA], "lists ada@example.com, ada@example.com, not ada@example.com"),
        (
            Addresses(("{ada}", "{bob}"), in_order=True),
            [BOB, ADA],
            "lists bob@example.com, ada@example.com, not ada@example.com, bob@example.com",
        ),
        (Addresses(()), {"data": []}, 'is {"data": []}, not a list'),
        (Includes(("{ada}", "{bob}")), [ADA], "is without bob@example.com"),
        (Includes(("{ada}",)), "nobody", "is without ada@example.com"),
        (Includes(("{ada}",)), None, "is null, neither a list nor a text"),
        (
            InOrder(("{ada}", "{bob}")),
            [BOB, EVE, ADA],
            "has bob@example.com, ada@example.com, not ada@example.com, bob@example.com",
        ),
        (InOrder(("{ada}",)), [EVE], "has nobody, not ada@example.com"),
        (InOrder(("{ada}",)), [ADA, ADA], "has ada@example.com, ada@example.com, not ada@example.com"),
        (InOrder(("{ada}",)), MISSING, "is nothing, not a list"),
        (SameAsHeader("X-Clerk-Trace-Id"), "0ac", 'is "0ac", and the header X-Clerk-Trace-Id is "0ab"'),
        (SameAsHeader("cf-ray"), MISSING, "is nothing, and the header cf-ray is nothing"),
        (SameAsHeader("cf-ray"), None, "is null, and the header cf-ray is nothing"),
    ],
)
def test_what_differs_is_said(matcher: Matcher, value: Any, sentence: str) -> None:
    """The sentence says what stands there and what should."""
    assert fault(matcher, value) == sentence


@pytest.mark.parametrize(
    ("value", "around", "sentence"),
    [
        (DAY + 7_000, {"created_at": 7_000}, None),
        (DAY + 12_000, {"created_at": 7_000}, None),
        (DAY + 12_001, {"created_at": 7_000}, f"is {DAY + 5_001} ms after created_at, not {DAY}"),
        (DAY, {}, f"is {DAY}, and created_at is nothing: both should be times in milliseconds"),
        (None, {"created_at": 1}, "is null, and created_at is 1: both should be times in milliseconds"),
        (DAY, MISSING, f"is {DAY}, and created_at is nothing: both should be times in milliseconds"),
    ],
)
def test_a_time_is_compared_with_its_neighbour(value: Any, around: Any, sentence: str | None) -> None:
    """Five seconds more or less are forgiven, and a neighbour that is no time is named."""
    assert fault(After("created_at", DAY), value, around) == sentence


def test_a_plain_value_is_a_matcher() -> None:
    """Whatever is no matcher must stand there as it is."""
    assert as_matcher("x") == Is("x")
    assert as_matcher(Absent()) == Absent()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", {"data": [{**ADA, "n": 1}, BOB, BOB], "total_count": 3}),
        ("total_count", 3),
        ("data/0/n", 1),
        ("data/[{ada}]/n", 1),
        ("data/[{ADA}]/n", 1),
        ("data/[ada@example.com]/n", 1),
        ("data/3", MISSING),
        ("data/first", MISSING),
        ("data/[{bob}]", MISSING),
        ("data/[eve@example.com]/n", MISSING),
        ("[{ada}]", MISSING),
        ("total_count/0", MISSING),
        ("nothing/at/all", MISSING),
    ],
)
def test_a_path_leads_to_its_place(path: str, found: Any) -> None:
    """By key, by position, by address (if one item alone has it); nowhere is MISSING."""
    document = {"data": [{**ADA, "n": 1}, BOB, BOB], "total_count": 3}
    assert find(document, path, NAMES)[0] == found


def test_a_place_knows_what_it_stands_in() -> None:
    """The object around the last part of a path; nothing is around the whole."""
    assert find({"data": [ADA]}, "data/0/email_address", NAMES) == ("ada@example.com", ADA)
    assert find([ADA], "", NAMES) == ([ADA], MISSING)


def test_an_address_with_a_slash_is_one_part() -> None:
    """A slash inside of brackets does not part anything."""
    assert find([{"email_address": "a/b@example.com", "n": 1}], "[a/b@example.com]/n", {})[0] == 1


def test_names_are_filled_in_wherever_texts_stand() -> None:
    """In keys, values, lists; a part of a name is cut out; anything but texts stays what it is."""
    template = {"{id}": ["{ada:.3}", {"n": 1, "none": None}, True], "raw": b"{id}"}
    assert filled(template, NAMES) == {"inv_1": ["ada", {"n": 1, "none": None}, True], "raw": b"{id}"}


def test_a_name_nobody_knows_is_an_error() -> None:
    """A typing mistake in a case does not go out as a text."""
    with pytest.raises(KeyError, match="aad"):
        filled("{aad}", NAMES)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def _doubled(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("{", "{{").replace("}", "}}")
    if isinstance(value, dict):
        return {_doubled(key): _doubled(inner) for key, inner in value.items()}
    return [_doubled(inner) for inner in value] if isinstance(value, list) else value


@given(JSON)
def test_doubled_braces_stand_for_themselves(document: Any) -> None:
    """Whatever JSON a case sends, it can be written down."""
    assert filled(_doubled(document), NAMES) == document


@given(JSON)
def test_a_document_is_what_it_is_and_nothing_else(document: Any) -> None:
    """A value matches itself, and never itself in a list."""
    matcher = Is(_doubled(document))
    assert fault(matcher, document) is None
    assert fault(matcher, [document]) is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MISSING, "nothing"),
        (None, "null"),
        ("é", '"é"'),
        ("x" * 98, '"' + "x" * 98 + '"'),
        ("x" * 99, '"' + "x" * 97 + '…"'),
        (list(range(50)), "[" + ", ".join(map(str, range(29))) + "…]"),
    ],
)
def test_a_value_is_shown_in_a_hundred_letters(value: Any, text: str) -> None:
    """Cut in the middle of what is too long, its last letter kept."""
    assert shown(value)[:40] == text[:40]
    assert len(shown(value)) <= 100
    assert shown(value)[-1] == text[-1]
    assert ("…" in shown(value)) == ("…" in text)
