"""What replies mean however odd they are: nothing in them may turn a sent invitation into a failure, or raise."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.contract.error_code import Concern
from clerkbulk.contract.reply import Created, Outcome, Refused, Sent, Unsure, Wait, read_reply, retry_after

ADA, BOB, EVE = "ada@example.com", "bob@example.org", "eve@example.net"
KEYS = (ADA, BOB, EVE)
JSON_TYPE = {"Content-Type": "application/json"}


MADE = {
    "object": "invitation",
    "id": "inv_1",
    "status": "pending",
    "created_at": 1,
    "expires_at": 2,
    "url": "https://x",
}


def wire(address: str, **more: Any) -> dict[str, Any]:
    return {**MADE, "id": f"inv_{address[:3]}", "email_address": address, **more}


def sent(document: Any, status: int = 200) -> Outcome:
    return read_reply(KEYS, status, JSON_TYPE, json.dumps(document).encode())


ALL_THREE = Sent(tuple(Created(key, f"inv_{key[:3]}", key, "pending", 1, 2) for key in KEYS))


def test_the_order_of_a_reply_means_nothing() -> None:
    """Whatever the order of the answer, each row gets its own invitation; in either shape, with any 2xx."""
    for order in permutations([wire(key) for key in KEYS]):
        assert sent(list(order)) == ALL_THREE
        assert sent({"data": list(order), "total_count": 99}, 201) == ALL_THREE


@pytest.mark.parametrize(
    "item",
    [
        {"email_address": ADA},
        {"email_address": " ADA@Example.COM "},
        {"email_address": ADA, "id": None, "status": 7, "created_at": "yesterday", "expires_at": True},
        {"email_address": ADA, "created_at": 1.5, "expires_at": [], "public_metadata": None, "revoked": "no"},
        {"email_address": ADA, "a_field_of_tomorrow": {"data": [{"email_address": BOB}]}},
        {"email_address": ADA, "data": None},
        {"email_address": ADA, "errors": [{"code": "duplicate_record"}]},
    ],
)
def test_a_field_too_many_or_too_few_is_still_sent(item: dict[str, Any]) -> None:
    """An item that names an address of the call was made, however odd the rest; the others are unsure, not failed."""
    crowd: list[Any] = [None, 3, "x", [], {}, item, {"id": "inv_9"}]
    documents: list[Any] = [item, [item], {"data": [item]}, {"data": item}, crowd]
    for document in documents:
        outcome = sent(document)
        assert isinstance(outcome, Sent)
        assert [one.key for one in outcome.created] == [ADA]
        assert outcome.unaccounted == (BOB, EVE)
        assert [one.created_at for one in outcome.created] == [None]


def test_an_address_twice_in_the_reply_is_one_row_and_the_fuller_item_counts() -> None:
    """Duplicates in a reply make no second row, and one without an id does not hide one that has it."""
    for document in ([wire(ADA), {"email_address": ADA}], [{"email_address": ADA.upper()}, wire(ADA)]):
        outcome = sent(document)
        assert isinstance(outcome, Sent)
        assert outcome.created == ALL_THREE.created[:1]


def test_addresses_nobody_asked_for_are_left_out() -> None:
    """An answer about other people makes nobody of this call sent."""
    assert sent([wire("zoe@example.com"), wire(ADA)]) == Sent(ALL_THREE.created[:1], (BOB, EVE))
    assert sent([wire("zoe@example.com")]) == Unsure("the answer 200 names none of the addresses of the call", 200)


def test_two_spellings_of_a_domain_are_one_address() -> None:
    """A domain beyond ASCII may come back in its IDNA spelling."""
    body = json.dumps([wire("zoë@xn--bcher-kva.example.com")]).encode()
    outcome = read_reply(["zoë@xn--bcher-kva.example.com"], 200, {}, body)
    assert isinstance(outcome, Sent)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'"ok"', b"7", b'{"data": []}', b'{"data": 3}', b"<html>welcome</html>", b"\xff\xfe",
     b'[{"email_address": null}]', b'[{"email_address": ["ada@example.com"]}]', b'{"data":[{"email_ad', b"[" * 100_000],
)  # fmt: skip
def test_a_success_that_names_nobody_is_unsure(body: bytes) -> None:
    """2xx without an address of the call: perhaps all was done, perhaps a proxy answered. It is looked up."""
    assert read_reply(KEYS, 200, {}, body) == Unsure("the answer 200 names none of the addresses of the call", 200)


@pytest.mark.parametrize(
    "body",
    [b"", b"404 page not found", b"<html></html>", b"{}", b'{"errors": []}',
     b'{"errors": {"code": "duplicate_record"}}', b'{"errors": ["duplicate_record", null]}'],
)  # fmt: skip
def test_a_refusal_without_an_error_goes_by_its_status(body: bytes) -> None:
    """An unreadable 404 stops the job and says what could not be read; it names nobody."""
    outcome = read_reply(KEYS, 404, {}, body)
    assert isinstance(outcome, Refused)
    assert (outcome.concern, outcome.named) == (Concern.JOB, ())
    assert outcome.sentence == "HTTP 404: the answer carries no error that could be read"


def test_an_error_with_wrong_types_everywhere_is_still_a_refusal() -> None:
    """Wrong types in an error are read as absent."""
    body = json.dumps({"errors": [{"code": 7, "message": [], "long_message": {}, "meta": "x"}], "meta": 3}).encode()
    outcome = read_reply(KEYS, 422, {}, body)
    assert isinstance(outcome, Refused)
    (problem,) = outcome.problems
    assert (problem.code, problem.message, problem.long_message, problem.meta) == (None, "", "", {})
    assert outcome.sentence == "no reason given"
    assert outcome.concern is Concern.BATCH


# Whatever comes.

_NAMES = st.sampled_from(
    ["errors", "data", "email_address", "code", "message", "long_message", "meta", "param_name", "email_addresses",
     "identifiers", "clerk_trace_id", "id", "status", "created_at", "expires_at", "total_count"]
)  # fmt: skip
_WORDS = st.sampled_from([*KEYS, "ADA@example.com", "resource_not_found", "duplicate_record", "conflict", "role", "@"])
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES | st.text(max_size=8), inner, max_size=6),
    max_leaves=25,
)
_ODD = st.none() | st.booleans() | st.integers() | st.floats() | _WORDS | st.lists(_WORDS, max_size=2)
_STATUSES = st.sampled_from([200, 201, 204, 301, 400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503]) | st.integers()
_DATES = st.text("0123456789 :,+-GMTJanFridayPMESTZ./", max_size=40)
_HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "retry-after", "Date", "X-Clerk-Trace-Id", "cf-ray"]), st.text(max_size=30) | _DATES
)


@settings(max_examples=400)
@given(status=_STATUSES, headers=_HEADERS, body=_JSON.map(json.dumps) | _JSON.map(json.dumps).map(str.encode))
def test_whatever_json_comes_it_is_read(status: int, headers: dict[str, str], body: bytes | str) -> None:
    """Any status, any headers and any JSON give an outcome that speaks of keys of the call only."""
    outcome = read_reply(KEYS, status, headers, body)
    match outcome:
        case Sent():
            keys = tuple(one.key for one in outcome.created)
            assert sorted((*keys, *outcome.unaccounted)) == sorted(KEYS)
            assert outcome.created
        case Refused():
            assert set(outcome.named) <= set(KEYS)
            assert outcome.problems
            assert outcome.sentence
        case Wait():
            assert status == 429
            assert outcome.seconds is None or outcome.seconds >= 0
        case Unsure():
            assert outcome.reason


@settings(max_examples=200)
@given(status=_STATUSES, headers=_HEADERS, body=st.binary(max_size=200) | st.text(max_size=200))
def test_whatever_comes_that_is_no_json_is_read(status: int, headers: dict[str, str], body: bytes | str) -> None:
    """Any bytes and any text give an outcome; nothing raises."""
    assert isinstance(read_reply(KEYS, status, headers, body), Sent | Refused | Wait | Unsure)


@settings(max_examples=150)
@given(
    status=st.integers(200, 299),
    named=st.lists(st.sampled_from(KEYS), min_size=1, unique=True),
    oddities=st.lists(st.dictionaries(_NAMES, _ODD, max_size=5), min_size=3, max_size=3),
    others=st.lists(_JSON, max_size=2),
    upper=st.booleans(),
    wrapped=st.booleans(),
    data=st.data(),
)
def test_whoever_a_success_names_is_sent_whatever_else_is_odd(
    status: int,
    named: list[str],
    oddities: list[dict[str, Any]],
    others: list[Any],
    upper: bool,
    wrapped: bool,
    data: st.DataObject,
) -> None:
    """A 2xx that names an address of the call always gives Sent with it; and the order of the reply never matters."""
    spelt = [text.upper() if upper else text for text in named]
    items = [{**odd, "email_address": text} for odd, text in zip(oddities, spelt, strict=False)]
    document: list[Any] = items + others
    outcome = read_reply(KEYS, status, {}, json.dumps({"data": document} if wrapped else document))
    assert isinstance(outcome, Sent)
    assert set(named) <= {one.key for one in outcome.created}
    shuffled = data.draw(st.permutations(document))
    assert read_reply(KEYS, status, {}, json.dumps(shuffled)) == read_reply(KEYS, status, {}, json.dumps(document))


@settings(max_examples=500)
@given(wait=_DATES | st.text(max_size=40), date=_DATES | st.just("Fri, 15 Jan 2027 12:00:00 GMT"))
def test_no_header_makes_the_wait_unreadable(wait: str, date: str) -> None:
    """Whatever stands in Retry-After and Date, there is a number of seconds from 0 up, or none."""
    seconds = retry_after({"Retry-After": wait, "Date": date})
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize("depth", [100, 900, 990, 5_000])
def test_a_deeply_nested_answer_is_read(depth: int) -> None:
    """Nesting near and beyond what Python follows raises nothing, wherever it sits."""
    nested = "[" * depth + "]" * depth
    for body in (
        nested,
        f'{{"errors":[{{"code":"resource_not_found","meta":{{"param_name":{nested}}}}}]}}',
        f'{{"data":[{{"email_address":"{ADA}","public_metadata":{nested}}}]}}',
    ):
        for status in (200, 404, 422, 500):
            read_reply(KEYS, status, {}, body)
