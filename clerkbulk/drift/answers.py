"""What a call is answered: the statuses, the form of success, the envelope of errors; ours beside Clerk's document."""

from __future__ import annotations

from collections.abc import Iterator

from clerkbulk.contract.error_code import ERROR_CODES
from clerkbulk.drift.asking import JSON
from clerkbulk.drift.believed import ERRORS, Call, Schema, place_of
from clerkbulk.drift.comparing import Spot, read
from clerkbulk.drift.difference import Difference, Grade
from clerkbulk.drift.openapi import Place
from clerkbulk.drift.shape import shape_of

HANDLED = tuple(sorted({str(status) for known in ERROR_CODES for status in known.statuses}))
"""The statuses of the error codes we know; each is handled wherever it comes."""


def answer_differences(call: Call, place: Place) -> Iterator[Difference]:
    """Yield what differs in what is answered. Raises InputError where the document is malformed."""
    responses = place.get("responses")
    listed = {status: answer.resolved() for status, answer in responses.mapping().items()} if responses else {}
    yield from _statuses(call, place, listed)
    success = [status for status in listed if status.startswith("2")]
    if not success:
        yield Spot(call.operation, "reply").differs(
            Grade.BREAKING, "gone", place.pointer, "no success",
            "ours reads what a successful call answers; Clerk's document has no such answer. Ask what comes instead.",
        )  # fmt: skip
    for status in success:
        yield from _success(call, listed[status])
    for status, answer in listed.items():
        if status[:1] in "45d":  # 4xx, 5xx and default
            yield from _refusal(call, answer)


def _statuses(call: Call, place: Place, listed: dict[str, Place]) -> Iterator[Difference]:
    spot = Spot(call.operation, "statuses")
    for status in sorted(listed.keys() - set(call.statuses)) if call.statuses else ():
        yield spot.differs(
            Grade.NEW, f"status {status}", listed[status].pointer, "listed",
            f"ours does not find {status} listed; Clerk's document lists it. {_what_becomes_of(status)}",
        )  # fmt: skip
    for status in call.statuses:
        if status not in listed:
            yield spot.differs(
                Grade.WORDING, f"status {status}", place.pointer, "not listed",
                f"ours finds {status} listed; Clerk's document lists it no longer. We go on handling it.",
            )  # fmt: skip
    if not call.neighbour and not set(HANDLED) <= listed.keys():
        yield spot.differs(
            Grade.WORDING, "unlisted statuses", "#/paths", "not listed",
            f"ours handles {', '.join(HANDLED)} on every call; Clerk's document lists some of them.",
        )  # fmt: skip


def _what_becomes_of(status: str) -> str:
    if status.startswith("2"):
        return "It is read as a success."
    return "It is handled already." if status in HANDLED else "We know no code of it: its first digit decides."


def _success(call: Call, answer: Place) -> Iterator[Difference]:
    spot = Spot(call.operation, "reply", call.neighbour)
    described = answer.get("content", JSON, "schema")
    if described is None:
        yield spot.differs(
            Grade.BREAKING, "content type", answer.pointer, "no JSON",
            f"ours reads {JSON}; Clerk's document answers none. It cannot be read any longer: change what reads it.",
        )  # fmt: skip
        return
    own = _fitting(call, described)
    if own is not call.replies[0]:
        first = _form(call.replies[0])
        yield spot.differs(
            Grade.NEW, "form", described.resolved().pointer, _form(own),
            f"ours expects {first}; Clerk's document answers {_form(own)}. We read both.",
        )  # fmt: skip
    yield from read((place_of(own),), (described,), spot)


def _fitting(call: Call, described: Place) -> Schema:
    """Return the one of the forms we read that the document's answer has; the first when it has none."""
    theirs = shape_of((described,))
    for own in call.replies:
        shape = shape_of((place_of(own),))
        if shape.types == theirs.types and ("data" in shape.properties) == ("data" in theirs.properties):
            return own
    return call.replies[0]


def _form(own: Schema) -> str:
    shape = shape_of((place_of(own),))
    if "array" in shape.types:
        return "a bare array"
    return "an object with data" if "data" in shape.properties else "one object"


def _refusal(call: Call, answer: Place) -> Iterator[Difference]:
    spot = Spot(call.operation, "errors")
    described = answer.get("content", JSON, "schema")
    if described is None:
        yield spot.differs(
            Grade.NEW, "content type", answer.pointer, "no JSON",
            "ours reads Clerk's envelope of errors; Clerk's document describes no JSON here. Without a code "
            "the status decides.",
        )  # fmt: skip
        return
    yield from read((place_of(ERRORS),), (described,), spot)
