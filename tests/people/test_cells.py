"""Cells: what people type, what becomes of it, and the exact words where it cannot be read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from clerkbulk.contract.fault import shown
from clerkbulk.contract.invitation import Invitation, OrganizationInvitation
from clerkbulk.errors import InputError
from clerkbulk.people.cells import ABSENT, DEEPEST, KINDS, CellError, convert, metadata_value

NOT_A_FLAG = "{} is neither yes nor no: write yes or no."
NOT_WHOLE = "{} is not a whole number: write digits only, such as 30."
NOT_JSON = '{} is not JSON ({}): write an object like {{"team": "core"}}.'
NOT_AN_OBJECT = '{} is {}, not an object: write it like {{"team": "core"}}.'


def test_every_documented_parameter_has_a_kind() -> None:
    """No parameter of either endpoint is without a reading, and there is no reading without a parameter."""
    assert set(KINDS) == {*Invitation.parameters(), *OrganizationInvitation.parameters()}


@pytest.mark.parametrize("parameter", sorted(KINDS))
@pytest.mark.parametrize("cell", [None, "", "  ", "\u00a0\u200b", "\ufeff\t\r\n"])
def test_an_empty_cell_means_not_given(parameter: str, cell: Any) -> None:
    """What looks empty is empty, whatever invisible character is in it."""
    assert convert(parameter, cell) is ABSENT
    assert metadata_value(cell) is ABSENT


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (("yes", "Yes", " YES ", "y", "true", "TRUE", "t", "on", "1", "1.0", "x", "X", "✓", "✔", "☑"), True),
        (("ja", "Ja", "J", "wahr", "WAHR", "oui", "Oui", "vrai", "si", "Sí", "si\u0301", "sim", "tak", "да"), True),
        ((True, 1, 1.0, Decimal("1.00"), np.True_, np.int64(1)), True),
        (("no", "No", " NO\u00a0", "n", "false", "FALSE", "f", "off", "0", "0.0", "✗"), False),
        (("nein", "Nein", "falsch", "non", "faux", "falso", "nee", "não", "nie", "nej", "нет"), False),
        ((False, 0, 0.0, -0.0, Decimal(0), np.False_), False),
    ],
)
def test_yes_and_no_are_understood_as_people_type_them(words: tuple[Any, ...], value: bool) -> None:
    """Words of several languages, ticks, ones and zeros."""
    assert [convert("notify", word) for word in words] == [value] * len(words)
    assert all(convert("ignore_existing", word) is value for word in words)


@pytest.mark.parametrize(
    "cell", ["maybe", "o", "-", "?", "2", "10", "ok", "yes!", "NA", "☒", 2, 0.5, math.nan, [], {}, date(2026, 1, 2)]
)
def test_what_can_be_read_both_ways_is_no_flag(cell: Any) -> None:
    """Nothing is taken for yes or no by guessing."""
    with pytest.raises(CellError) as caught:
        convert("notify", cell)
    assert caught.value.sentence == NOT_A_FLAG.format(shown(cell))
    assert caught.value.suggestion is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("30", 30),
        (" 30 ", 30),
        ("30.0", 30),
        ("30.00", 30),
        ("007", 7),
        ("+7", 7),
        ("-1", -1),
        (30, 30),
        (30.0, 30),
        (Decimal("30.0"), 30),
        (np.int64(30), 30),
        (np.float64(30.0), 30),
    ],
)
def test_whole_numbers_are_read_as_spreadsheets_write_them(cell: Any, value: int) -> None:
    """30.0 is what a workbook makes of 30."""
    read = convert("expires_in_days", cell)
    assert (read, type(read)) == (value, int)


@pytest.mark.parametrize(
    ("cell", "suggestion"),
    [
        ("30 days", "30"),
        ("30d", "30"),
        ("30 Tage", "30"),
        ("30 jours", "30"),
        ("30,0", "30"),
        ("٣٠", "30"),
        ("３０ days", "30"),
        ("4 weeks", None),
        ("a month", None),
        ("1e2", None),
        ("0x1e", None),
        ("30.5", None),
        ("1,000", None),
        ("1.000", None),
        ("1_000", None),
        ("−5", None),
        ("9" * 5000, None),
        ("NA", None),
        (30.5, None),
        (math.nan, None),
        (math.inf, None),
        (Decimal("1E+1000000"), None),
        (Decimal("sNaN"), None),
        (date(2026, 1, 2), None),
        ([30], None),
    ],
)
def test_what_is_no_whole_number_is_refused_with_the_number_meant(cell: Any, suggestion: str | None) -> None:
    """A unit or foreign digits are not read past, but what was meant is offered."""
    with pytest.raises(CellError) as caught:
        convert("expires_in_days", cell)
    assert (caught.value.sentence, caught.value.suggestion) == (NOT_WHOLE.format(shown(cell)), suggestion)


def test_a_yes_is_not_the_number_one() -> None:
    """Python thinks that True is 1; a spreadsheet's TRUE is not one day."""
    with pytest.raises(CellError) as caught:
        convert("expires_in_days", True)
    assert caught.value.sentence == "True is a yes or no, not a whole number: write digits only, such as 30."


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  Ada@Example.com\u00a0", "Ada@Example.com"),
        ("\u202aada@example.com\u202c\r\n", "ada@example.com"),
        ("\ufefforg:member\u200b", "org:member"),
        ("Org: Member", "Org: Member"),
        ("NA", "NA"),
        (42, "42"),
        (42.0, "42"),
        (42.5, "42.5"),
        (np.str_(" a "), "a"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_text_is_trimmed_and_otherwise_left_alone(cell: Any, text: str) -> None:
    """Blanks and invisible marks around it go; case and inner blanks are for the contract to judge."""
    assert convert("role", cell) == text
    assert type(convert("role", cell)) is str


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (True, "True is a yes or no, not text: write it as text."),
        (date(2026, 1, 2), "datetime.date(2026, 1, 2) is a date or time, not text: write it as text."),
        (["a"], "['a'] is a list, not text: write it as text."),
        ({"a": 1}, "{'a': 1} is an object, not text: write it as text."),
        (b"x", "b'x' is a value of type bytes, not text: write it as text."),
        (math.nan, "nan is no JSON number: leave the cell empty, or write it as text."),
        ("a\ud800", "'a\\ud800' holds half a character (a lone surrogate): type it anew."),
    ],
)
def test_what_is_not_text_is_refused_where_text_is_needed(cell: Any, sentence: str) -> None:
    """No str() of something odd ever becomes a role or an address."""
    with pytest.raises(CellError) as caught:
        convert("role", cell)
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('{"team": "core"}', {"team": "core"}),
        (' {"a": {"b": [1, null, " x "]}}\n', {"a": {"b": [1, None, " x "]}}),
        ("{}", {}),
        ('{"say": "“hi”"}', {"say": "“hi”"}),
        ('{"n": 1.0, "f": 1.5, "z": -0.0}', {"n": 1, "f": 1.5, "z": 0}),
        ({"snake_case": 1, "camelCase": 2, "with space": 3}, {"snake_case": 1, "camelCase": 2, "with space": 3}),
        ({"a": np.array([1, 2]), "b": pd.Timestamp("2026-01-02 03:04")}, {"a": [1, 2], "b": "2026-01-02T03:04:00"}),
    ],
)
def test_an_object_is_taken_from_json_text_or_from_a_typed_cell(cell: Any, value: dict[str, Any]) -> None:
    """Keys and nested text stay exactly as typed."""
    assert json.dumps(convert("public_metadata", cell)) == json.dumps(value)
    assert json.dumps(convert("private_metadata", cell)) == json.dumps(value)


@pytest.mark.parametrize(
    ("cell", "sentence", "suggestion"),
    [
        ("core", NOT_JSON.format("'core'", "Expecting value at character 1"), None),
        ("{", NOT_JSON.format("'{'", "Expecting property name enclosed in double quotes at character 2"), None),
        ("null", NOT_AN_OBJECT.format("'null'", "null"), None),
        ("[1]", NOT_AN_OBJECT.format("'[1]'", "a list"), None),
        ("42", NOT_AN_OBJECT.format("'42'", "a number"), None),
        ('"a"', NOT_AN_OBJECT.format("'\"a\"'", "text"), None),
        ("true", NOT_AN_OBJECT.format("'true'", "a yes or no"), None),
        (["a"], NOT_AN_OBJECT.format("['a']", "a list"), None),
        (7, NOT_AN_OBJECT.format("7", "a number"), None),
        ('{"a": 1, "a": 2}', "The key 'a' stands twice in one object: keep one of them.", None),
        ('{"a": NaN}', "NaN is no JSON number: leave it out, or write it as text.", None),
        ('{"a": -Infinity}', "-Infinity is no JSON number: leave it out, or write it as text.", None),
        ('{"a": 1e999}', "inf is no JSON number: leave the cell empty, or write it as text.", None),
        ({"a": math.nan}, "nan is no JSON number: leave the cell empty, or write it as text.", None),
        ({1: "a"}, "The key 1 is not text: keys of a JSON object are text.", None),
        ('{"a": "\\ud800"}', "'\\ud800' holds half a character (a lone surrogate): type it anew.", None),
        ('{"a":' + "9" * 5000 + "}", None, None),
        ("{“team”: “core”}", "'{“team”: “core”}' has curly quotes where JSON needs straight ones.", '{"team": "core"}'),
        (
            "{‘team’: ‘core’}",
            "'{‘team’: ‘core’}' has curly quotes where JSON needs straight ones.",
            '{"team": "core"}',
        ),
        (
            "{'team': None}",
            "\"{'team': None}\" is written the Python way; JSON has double quotes, true, false, null.",
            '{"team": null}',
        ),
    ],
)
def test_what_is_no_object_is_refused_with_a_way_out(cell: Any, sentence: str | None, suggestion: str | None) -> None:
    """Metadata is an object, without repeated keys, NaN or half characters; slips are offered mended."""
    with pytest.raises(CellError) as caught:
        convert("public_metadata", cell)
    assert caught.value.suggestion == suggestion
    assert sentence is None or caught.value.sentence == sentence


def test_nesting_ends_somewhere_and_a_loop_ends_there_too() -> None:
    """Neither a deep text nor an object that holds itself exhausts the stack."""
    looped: dict[str, Any] = {}
    looped["self"] = looped
    inside = json.loads('{"a":' * (DEEPEST - 1) + "1" + "}" * (DEEPEST - 1))
    assert convert("public_metadata", inside) == inside
    for cell in (looped, '{"a":' * 200 + "1" + "}" * 200, '{"a":' * 100_000 + "1" + "}" * 100_000):
        with pytest.raises(CellError, match=f"nested more than {DEEPEST} levels deep"):
            convert("public_metadata", cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("00042", "00042"),
        ("1e5", "1e5"),
        ("true", "true"),
        ("null", "null"),
        ('{"a": 1}', '{"a": 1}'),
        (" core\u00a0", "core"),
        (42, 42),
        (42.0, 42),
        (4.2, 4.2),
        (1e300, 1e300),
        (True, True),
        (Decimal("1.10"), 1.1),
        (Decimal("1.1234567890123456789"), "1.1234567890123456789"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "2026-01-02T03:04:00+00:00"),
        (time(3, 4), "03:04:00"),
        (["a", 1.0], ["a", 1]),
        ({"a": {"b": None}}, {"a": {"b": None}}),
        (np.int32(7), 7),
        (np.float32(0.5), 0.5),
        (np.bool_(False), False),
        (np.datetime64("2026-01-02T03:04", "ns"), "2026-01-02T03:04:00"),
        (np.array(["a", "b"]), ["a", "b"]),
        (pd.Timestamp("2026-01-02"), "2026-01-02T00:00:00"),
    ],
)
def test_one_metadata_key_keeps_the_type_of_its_cell(cell: Any, value: Any) -> None:
    """Text is never taken for a number; a typed cell keeps its JSON type; dates become ISO 8601 text."""
    read = metadata_value(cell)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    "cell", [math.nan, -math.inf, Decimal("NaN"), b"x", timedelta(1), {1, 2}, pd.NaT, pd.NA, 1 + 2j, object()]
)
def test_what_json_cannot_hold_never_becomes_metadata(cell: Any) -> None:
    """Nothing is turned into text behind the user's back."""
    with pytest.raises(CellError) as caught:
        metadata_value(cell)
    assert caught.value.sentence.startswith(f"{shown(cell)} is ")
    assert "leave the cell empty" in caught.value.sentence


def test_a_long_cell_is_cut_visibly_in_the_sentence() -> None:
    """The sentence stays readable; an ellipsis shows that there is more."""
    assert shown("x" * 58) == "'" + "x" * 58 + "'"
    assert shown("x" * 100) == "'" + "x" * 57 + "…'"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
@example({"": ""})
def test_typed_objects_and_their_json_text_are_read_alike(value: dict[str, Any]) -> None:
    """Whatever JSON can say is kept, with equal values under equal keys, whether it came as text or as an object."""
    assert convert("public_metadata", value) == value
    assert convert("public_metadata", json.dumps(value)) == value


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(),
        st.binary(),
        st.dates(),
        st.datetimes(),
        st.timedeltas(),
        st.uuids(),
    ),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text() | st.integers(), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(sorted(KINDS)), ANYTHING)
def test_any_cell_becomes_json_or_one_cell_error(parameter: str, cell: Any) -> None:
    """Whatever a cell holds, the answer is a value that JSON can carry in UTF-8, ABSENT, or a CellError."""
    for read in (partial(convert, parameter), metadata_value):
        value, sentence = _answer(read, cell)
        assert (
            sentence.endswith(".") or value is ABSENT or json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
        )


def _answer(read: Callable[[Any], Any], cell: Any) -> tuple[Any, str]:
    try:
        return read(cell), ""
    except CellError as error:
        return None, error.sentence


@given(st.integers(0, 400).map(lambda days: f"{days} days") | st.text(st.characters(categories=["Nd"]), min_size=1))
def test_the_suggested_number_can_be_read(text: str) -> None:
    """What is offered instead of a bad number is the good one."""
    try:
        convert("expires_in_days", text)
    except CellError as error:
        suggestion = error.suggestion
        event("refused")
    else:
        suggestion = text
    assert suggestion is None or isinstance(convert("expires_in_days", suggestion), int)


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=3))
def test_an_object_in_pythons_spelling_is_offered_in_jsons(value: dict[str, Any]) -> None:
    """What str() made of a dictionary, somewhere upstream, is not sent as such; the mended text means the same."""
    with_none = {"made by": "str()", "nothing": None, **value}
    with pytest.raises(CellError) as caught:
        convert("public_metadata", str(with_none))
    assert convert("public_metadata", caught.value.suggestion) == with_none


def test_a_cell_error_is_an_input_error() -> None:
    """Whoever catches what cannot be read catches bad cells too."""
    with pytest.raises(InputError, match="neither yes nor no"):
        convert("notify", "maybe")
