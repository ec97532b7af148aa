"""The cases as they stand: they hold, they have names and sources, and a live instance can afford them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest
from believing import ANSWERS, settings_with

from clerkbulk.contract.cases import application, inputs, organization, questions, refusals, staged, states, throttling
from clerkbulk.contract.cases.calls import BULK, ORG_BULK, ORG_SINGLE, SINGLE
from clerkbulk.contract.cases.case import Case
from clerkbulk.contract.cases.every import CASES
from clerkbulk.contract.cases.match import filled
from clerkbulk.contract.endpoint import ENDPOINTS
from clerkbulk.contract.error_code import ERROR_CODES, Concern
from clerkbulk.suite.emulated import NAMES, EmulatedTarget
from clerkbulk.suite.harmless import harm
from clerkbulk.suite.live import CALLS, SINGLES_PER_CALL
from clerkbulk.suite.running import Verdict, run_cases

CREATING = (
    *application.CASES,
    *organization.CASES,
    *questions.CASES,
    *staged.CASES,
    *refusals.CASES,
    *inputs.CASES,
    *states.CASES,
    *throttling.CASES,
)
SCARCE = [case for case in CREATING if case.why_not_live is None]


def _failures(cases: Iterable[Case], answers: Mapping[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    outcomes = run_cases(tuple(cases), EmulatedTarget(settings_with(answers)))
    return [
        (outcome.case.name, (*outcome.differences, outcome.why or ""))
        for outcome in outcomes
        if outcome.verdict is not Verdict.HOLDS
    ]


def test_every_case_holds_on_the_emulator_as_it_is() -> None:
    """The emulator keeps every promise, under the answers that are assumed."""
    assert _failures(CASES, {}) == []


@pytest.mark.parametrize("place", [1, 2, 3])
def test_every_case_holds_whatever_the_open_questions_are_answered_with(place: int) -> None:
    """No case pretends to know: with each question's second, third or last answer at once, all of them hold."""
    answers = {name: of[min(place, len(of) - 1)] for name, of in ANSWERS.items()}
    assert _failures(CASES, answers) == []


def test_names_are_unique_and_written_with_dashes() -> None:
    """A name finds one case, in a table, a file name or a command."""
    names = [case.name for case in CASES]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_what_it_promises_and_on_what_it_stands(case: Case) -> None:
    """The promise is a sentence, the fact has a source, the rows name a section of the contract."""
    assert re.fullmatch(r"[A-Z0-9a-z_].+\.", case.promise)
    assert len(case.promise.split()) >= 4
    assert len(case.fact.source) >= 4
    assert [row for row in case.rows if not re.match(r"[1-6]\.[1-4] \S", row)] == []
    assert case.steps


def test_each_parameter_has_its_cases_in_both_lanes() -> None:
    """Every row of the two tables of parameters is tried alone and in bulk; what is wrong is refused in both."""
    lanes = {"1.2": (SINGLE, BULK), "1.3": (ORG_SINGLE, ORG_BULK)}
    for row in (*application.ROWS, *organization.ROWS):
        for path in lanes[row.split()[0]]:
            calls = [case for case in CREATING if row in case.rows and path in case.calls]
            statuses = {
                status
                for case in calls
                for step in case.steps
                for expect in (step.expect.values() if isinstance(step.expect, Mapping) else [step.expect])
                for status in (expect.status if isinstance(expect.status, tuple) else (expect.status,))
            }
            assert {200, 422} <= statuses, (row, path)


def test_each_code_that_a_creating_call_can_answer_with_has_a_case() -> None:
    """What the sender knows of refusals is what the contract shows; revoking has codes of its own."""
    rows = {row for case in CASES for row in case.rows}
    known = [code.code for code in ERROR_CODES if code.concern is not Concern.REVOCATION]
    # Answers where an end user's login is needed, which these calls never ask for; and a code of mocks.
    known = [code for code in known if code not in {"authentication_invalid", "rate_limit_exceeded"}]
    assert [code for code in known if f"3.3 {code}" not in rows] == []


def _calls(cases: Iterable[Case]) -> Counter[str]:
    """Count creating calls by the hour they are counted in; limits are not scoped to one organization."""
    made: Counter[str] = Counter()
    for case in cases:
        for path, number in case.calls.items():
            made[re.sub(r"/organizations/[^/]+/", "/organizations/{org}/", path)] += number
    return made


def test_a_live_instance_can_afford_what_creates() -> None:
    """The cases of creating that a live instance is asked for fit into what a run may spend unless told otherwise."""
    made = _calls(SCARCE)
    assert made[BULK] <= CALLS
    assert made[ORG_BULK] <= CALLS
    assert made[SINGLE] <= CALLS * SINGLES_PER_CALL
    assert made[ORG_SINGLE] <= CALLS * SINGLES_PER_CALL


def test_all_cases_of_a_live_instance_fit_into_its_hour() -> None:
    """With every call of the hour allowed, no case is left out."""
    made = _calls(case for case in CASES if case.why_not_live is None)
    hours = {endpoint.path.format(organization_id="{org}"): endpoint.calls_per_hour for endpoint in ENDPOINTS}
    assert set(made) <= set(hours)
    assert [(path, made[path]) for path, hour in hours.items() if made[path] > hour] == []


def test_a_live_instance_is_asked_every_open_question_before_a_run_has_spent_what_it_may() -> None:
    """Where a run may spend little, it is spent on what is not known."""
    asked = [case for case in CASES if case.why_not_live is None]
    last = max(place for place, case in enumerate(asked) if case.question is not None)
    made = _calls(asked[: last + 1])
    assert [path for path in (BULK, ORG_BULK) if made[path] > CALLS] == []
    assert [path for path in (SINGLE, ORG_SINGLE) if made[path] > CALLS * SINGLES_PER_CALL] == []


@pytest.mark.parametrize("case", SCARCE, ids=lambda case: case.name)
def test_nothing_that_creates_can_do_harm_at_a_live_instance(case: Case) -> None:
    """Nobody gets mail, nobody's address but the run's is used, and few places of the organization are taken."""
    names = {name: text.replace("@", "+clerk_test@") for name, text in NAMES.items()} | {"kept": "inv_1", "slug": "a"}
    asks = [step.ask for step in case.steps]
    for ask in asks:
        body = filled(ask.body, names) if isinstance(ask.body, (dict, list)) else ask.body
        assert harm(type(ask)(ask.method, ask.path.format_map(names), body)) is None
    taken = sum(
        len(ask.body) if isinstance(ask.body, list) else 1 for ask in asks if ask.path in {ORG_SINGLE, ORG_BULK}
    )
    assert taken <= 3
