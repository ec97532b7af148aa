"""Every case can fail: each thing it expects is spoilt once on its way, and the case differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from believing import Spoil, run_spoiled, with_body, with_header, with_status

from clerkbulk.contract.address import address_key
from clerkbulk.contract.cases.case import Case, Expect, Step
from clerkbulk.contract.cases.every import CASES
from clerkbulk.contract.cases.match import filled
from clerkbulk.suite.desk import Answer
from clerkbulk.suite.emulated import EmulatedTarget
from clerkbulk.suite.running import Verdict, run_case

ODD = {"odd": True}
"""Stands where nobody expects it."""


def _expected(case: Case, step: Step) -> Expect:
    """Return what the emulator's answer to a step is held to: of an open question, that of its assumed answer."""
    if not isinstance(step.expect, Mapping):
        return step.expect
    if case.question is None:
        # One of several, and nobody says which: all of them expect a status, and some a code.
        return Expect(0, code=next((expect.code for expect in step.expect.values() if expect.code), None))
    with EmulatedTarget().desk(case) as desk:
        return step.expect[desk.believed(case.question) or ""]


def _spoils(expect: Expect) -> Iterator[tuple[str, Spoil]]:
    yield "status", with_status
    for name in expect.headers:
        yield f"header {name}", with_header(name)
    if expect.schema is not None or expect.each is not None:
        yield "body", with_body([ODD])
    for path in [*expect.holds, *(["errors/0/code"] if expect.code else [])]:
        yield path or "the body", _odd_at(path)


def _odd_at(path: str) -> Spoil:
    """Return what puts something odd at a place of an answer's body; what is not there yet is made."""

    def spoil(answer: Answer, names: Mapping[str, str]) -> Answer:
        document: Any = json.loads(answer.body)
        if not path:
            return replace(answer, body=json.dumps(ODD).encode())
        around = document
        *way, last = filled(path, names).split("/")
        for part in way:
            around = _step(around, part)
        if not isinstance(around, list):
            around[last] = ODD
        elif int(last) < len(around):
            around[int(last)] = ODD
        else:
            around.append(ODD)
        return replace(answer, body=json.dumps(document).encode())

    return spoil


def _step(around: Any, part: str) -> Any:
    if part.startswith("["):
        return next(one for one in around if address_key(one["email_address"]) == address_key(part[1:-1]))
    if isinstance(around, list):
        return around[int(part)]
    return around.setdefault(part, {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_differs_when_anything_it_expects_is_spoilt(case: Case) -> None:
    """Status, code, header, shape and every place it speaks of: none can be other than promised and go unnoticed."""
    missed = []
    for number, step in enumerate(case.steps, 1):
        for what, spoil in _spoils(_expected(case, step)):
            if run_spoiled(case, number, spoil).verdict is not Verdict.DIFFERS:
                missed.append(f"step {number}: {what}")
    assert missed == []


def test_a_case_that_is_not_spoilt_does_not_differ() -> None:
    """It is the spoiling that the cases notice."""
    with EmulatedTarget().desk(CASES[0]) as desk:
        assert run_case(CASES[0], desk).verdict is Verdict.HOLDS
    assert run_spoiled(CASES[0], 1, lambda answer, _: answer).verdict is Verdict.HOLDS
