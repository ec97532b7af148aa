"""What the live target finds out is what is so: shown against emulated instances set to each possible answer."""

from __future__ import annotations

from typing import Any

import pytest
from instances import creating_calls, every_invitation, instance, live, pending

from clerkbulk.contract.cases.case import Case
from clerkbulk.contract.cases.every import CASES
from clerkbulk.contract.unknown import UNKNOWNS, unknown
from clerkbulk.suite.live import CALLS
from clerkbulk.suite.running import Verdict, run_cases

NUMBERS = {"metadata_limit": (4096, 8192)}
"""Answers tried of questions whose answer is a number."""
ASKED = [case for case in CASES if case.question and not case.why_not_live]
ANSWERED = [
    (case, answer)
    for case in ASKED
    for answer in (NUMBERS[case.question] if case.question in NUMBERS else unknown(str(case.question)).answers)
]


@pytest.mark.parametrize(("case", "answer"), ANSWERED, ids=[f"{case.question} {answer}" for case, answer in ANSWERED])
def test_what_is_found_is_what_is_so(case: Case, answer: Any) -> None:
    """Set to each possible answer, the instance is found to give that answer, and is left without an invitation."""
    with instance(**{str(case.question): answer}) as clerk:
        with live(clerk) as target:
            (outcome,) = run_cases([case], target)
        assert (outcome.verdict, outcome.answer) == (Verdict.HOLDS, str(answer)), outcome
        assert target.left == ()
        assert pending(clerk) == []
        assert all("+clerk_test@" in one["email_address"] for one in every_invitation(clerk))
        assert creating_calls(clerk, bulk=True) <= CALLS
        assert clerk.backend.account()["settings"][str(case.question)] == answer


def test_what_the_issue_names_is_found() -> None:
    """The questions that the live run is there for have a case that is run there."""
    named = {
        "atomicity",
        "result_order",
        "param_name_form",
        "empty_call",
        "eleven_items",
        "ignore_existing_users",
        "stored_case",
    }
    assert named <= {case.question for case in ASKED}


@pytest.mark.parametrize("at", [0, -1])
def test_all_answers_changed_at_once_are_found(at: int) -> None:
    """With every question set to its first or its last answer, one run finds them all but what it does not ask."""
    changed = {question.name: question.answers[at] for question in UNKNOWNS}
    asked = {str(case.question) for case in ASKED}
    with instance(**{name: answer for name, answer in changed.items() if name in asked}) as clerk:
        with live(clerk, calls=25) as target:
            outcomes = list(run_cases(ASKED, target))
        found = {outcome.case.question: outcome.answer for outcome in outcomes if outcome.answer is not None}
        assert found == {**{name: changed[name] for name in asked if name in changed}, "metadata_limit": "8192"}
        assert pending(clerk) == []
