"""Open questions: a case finds each answer, and a wrong belief comes to light."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from believing import ANSWERS, run_believing

from clerkbulk.contract.cases.case import Case
from clerkbulk.contract.cases.every import CASES
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS
from clerkbulk.suite.running import Verdict

WITHOUT_A_CASE = {
    "others_on_acceptance": "nobody can accept through the Backend API, so no sequence of calls shows it",
    "listing_lag": "a number of seconds, and a case has an expectation for each answer",
}
QUESTIONS = sorted({case.question for case in CASES if case.question is not None})
TOLD = [(question, answer) for question in QUESTIONS for answer in ANSWERS[question]]
CONFUSED = [(question, truth, belief) for question, truth in TOLD for belief in ANSWERS[question] if belief != truth]


def _cases(question: str) -> list[Case]:
    return [case for case in CASES if case.question == question]


def test_every_open_question_has_a_case_or_a_reason() -> None:
    """What Clerk does not document is looked for, or it is said why it cannot be."""
    names = {question.name for question in UNKNOWNS} | {question.name for question in UNKNOWN_NUMBERS}
    assert names - set(QUESTIONS) == set(WITHOUT_A_CASE)
    assert set(QUESTIONS) <= names


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_case_has_an_expectation_for_every_answer(question: str) -> None:
    """No answer is forgotten, and none is made up."""
    for case in _cases(question):
        open_steps = [step.expect for step in case.steps if isinstance(step.expect, Mapping)]
        assert open_steps
        for expectations in open_steps:
            assert set(expectations) == set(ANSWERS[question])


@pytest.mark.parametrize(("question", "answer"), TOLD)
def test_an_answer_is_found(question: str, answer: str) -> None:
    """Whoever believes it sees it hold; whoever believes nothing is told, or is told nothing rather than wrong."""
    found = set()
    for case in _cases(question):
        believing = run_believing(case, {question: answer}, answer)
        assert (believing.verdict, believing.answer) == (Verdict.HOLDS, answer), believing.differences
        asking = run_believing(case, {question: answer}, None)
        assert asking.verdict is Verdict.HOLDS
        found.add(asking.answer)
    # Of half a quota, one answer says no more than "as elsewhere": only both stages together show it.
    if (question, answer) == ("quota_half_way", "as_other_refusals"):
        assert found == {None}
    else:
        assert found - {None} == {answer}


@pytest.mark.parametrize(("question", "truth", "belief"), CONFUSED)
def test_a_wrong_belief_comes_to_light(question: str, truth: str, belief: str) -> None:
    """Where the emulator answers otherwise than it is said to, a case differs and says what was found."""
    outcomes = [run_believing(case, {question: truth}, belief) for case in _cases(question)]
    differing = [outcome for outcome in outcomes if outcome.verdict is Verdict.DIFFERS]
    assert differing
    for outcome in differing:
        assert outcome.answer is not None
        assert f"is said to be {belief}" in outcome.differences[0]
