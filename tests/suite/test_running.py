"""Running a case: what goes out, what is compared, when it stops, and what becomes of an open question."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from clerkbulk.contract.cases.case import Ask, Case, Expect, Need, Stage, Step
from clerkbulk.contract.cases.match import Absent, SameAsHeader
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.json_schema import SchemaName
from clerkbulk.errors import NotReachable
from clerkbulk.suite.desk import Answer, NotHere
from clerkbulk.suite.emulated import EmulatedTarget
from clerkbulk.suite.running import Outcome, Verdict, compare, run_case, run_cases

NAMES = {"ada": "ada@example.com", "org": "org_acme"}
NOON = 1_800_014_400_000
LIST = Ask("GET", "/v1/invitations")
INVITATION = {
    "object": "invitation",
    "id": "inv_1",
    "email_address": "ada@example.com",
    "public_metadata": {},
    "status": "pending",
    "created_at": NOON,
    "updated_at": NOON,
}
REFUSAL = {"errors": [{"code": "duplicate_record", "message": "no", "long_message": "no"}]}


def answer(status: int, document: Any = None, **headers: str) -> Answer:
    """Return an answer with this JSON, or these bytes, in its body."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, NOON)


def case(*steps: Step, **more: Any) -> Case:
    """Return a case with these steps."""
    return Case("a-case", "A promise.", Fact(Mark.DOCUMENTED, "a page"), ("1.1 base",), steps, **more)


class Reader:
    """A desk that reads its answers from a list, and notes what it was asked."""

    def __init__(self, *answers: Answer | Exception, believes: str | None = None, left: tuple[str, ...] = ()) -> None:
        self.names: Mapping[str, str] = NAMES
        self.said: list[Ask | float] = []
        self._answers, self._believes, self._left = iter(answers), believes, left

    def call(self, ask: Ask) -> Answer:
        self.said.append(ask)
        given = next(self._answers)
        if isinstance(given, Exception):
            raise given
        return given

    def wait(self, seconds: float) -> None:
        self.said.append(seconds)

    def believed(self, question: str) -> str | None:
        return self._believes

    def left_over(self) -> tuple[str, ...]:
        return self._left


@pytest.mark.parametrize(
    ("expect", "given", "differences"),
    [
        (Expect(200), answer(200, []), []),
        (Expect((400, 422)), answer(422, REFUSAL), []),
        (Expect(200), answer(400, REFUSAL), ["the status is 400 (duplicate_record), not 200"]),
        (Expect((400, 422)), answer(502, b"<html>"), ["the status is 502, not 400 or 422"]),
        (Expect(400, code="duplicate_record"), answer(400, REFUSAL), []),
        (
            Expect(400, code="not_this"),
            answer(400, REFUSAL),
            ['errors/0/code is "duplicate_record", not "not_this"'],
        ),
        (Expect(400, code="not_this"), answer(400, b"oh"), ['errors/0/code is nothing, not "not_this"']),
        (Expect(200, SchemaName.APPLICATION_REPLY_ITEM), answer(200, INVITATION), []),
        (
            Expect(200, SchemaName.APPLICATION_REPLY_ITEM),
            answer(200, {**INVITATION, "status": "lost"}),
            ["the body: status: is 'lost', and only 'pending' or 'accepted' or 'revoked' or 'expired' is allowed"],
        ),
        (Expect(200, each=SchemaName.APPLICATION_REPLY_ITEM), answer(200, [INVITATION]), []),
        (Expect(200, each=SchemaName.APPLICATION_REPLY_ITEM), answer(200, {"data": [INVITATION]}), []),
        (
            Expect(200, each=SchemaName.APPLICATION_REPLY_ITEM),
            answer(200, [INVITATION, {**INVITATION, "created_at": "noon"}]),
            ["item 1: created_at: is 'noon', and a whole number is wanted"],
        ),
        (
            Expect(200, each=SchemaName.APPLICATION_REPLY_ITEM),
            answer(200, {"items": []}),
            ['the body is {"items": []}, not a list'],
        ),
        (
            Expect(200, holds={"": Absent(), "0/id": "inv_2", "[{ada}]/url": Absent()}),
            answer(200, [{"id": "inv_1", "email_address": "ada@example.com", "url": "x"}]),
            [
                'the body is [{"id": "inv_1", "email_address": "ada@example.com", "url": "x"}], and should be left out',
                '0/id is "inv_1", not "inv_2"',
                '[ada@example.com]/url is "x", and should be left out',
            ],
        ),
        (Expect(200, headers={"Retry-After": "3", "X-None": Absent()}), answer(200, [], retry_after="3"), []),
        (
            Expect(200, headers={"Retry-After": "3"}),
            answer(200, [], retry_after="4"),
            ['header Retry-After is "4", not "3"'],
        ),
        (Expect(200, headers={"Retry-After": "3"}), answer(200, []), ['header Retry-After is nothing, not "3"']),
        (Expect(200, holds={"id": SameAsHeader("x-id")}), answer(200, {"id": "7"}, x_id="7"), []),
        (
            Expect(200, keep={"id": "0/id"}),
            answer(200, []),
            ["0/id is nothing, and the steps that follow need it"],
        ),
        (
            Expect(200, keep={"id": "id"}),
            answer(200, b"<html>"),
            ["id is nothing, and the steps that follow need it"],
        ),
    ],
)
def test_an_answer_is_compared(expect: Expect, given: Answer, differences: list[str]) -> None:
    """Status, schema, items, places, headers, what is to be kept: a sentence for each that differs."""
    assert compare(expect, given, NAMES) == differences


def test_a_body_that_is_no_json_fits_no_schema() -> None:
    """A page from a proxy is compared like any other answer."""
    found = compare(Expect(200, SchemaName.APPLICATION_REPLY), answer(200, b"<html>"), NAMES)
    assert found == ["the body: is nothing, and a list is wanted"]


def test_names_are_filled_in_before_a_call_leaves() -> None:
    """In path, query, headers and body; bytes are sent as they are."""
    asks = (
        Ask("POST", "/v1/organizations/{org}/invitations", {"to": "{ada}"}, (("query", "{ada}"),), {"X-Who": "{ada}"}),
        Ask("POST", "/v1/invitations", b'{"to": "{ada}"}', headers={"Content-Type": None}),
    )
    desk = Reader(answer(200), answer(200))
    assert run_case(case(*(Step(ask, Expect(200)) for ask in asks)), desk).verdict is Verdict.HOLDS
    assert desk.said == [
        Ask(
            "POST",
            "/v1/organizations/org_acme/invitations",
            {"to": "ada@example.com"},
            (("query", "ada@example.com"),),
            {"X-Who": "ada@example.com"},
        ),
        Ask("POST", "/v1/invitations", b'{"to": "{ada}"}', headers={"Content-Type": None}),
    ]


def test_what_is_kept_is_there_for_the_next_steps() -> None:
    """An id out of one answer stands in the next call and in what is expected of it."""
    steps = (
        Step(LIST, Expect(200, keep={"first": "0/id"})),
        Step(Ask("POST", "/v1/invitations/{first}/revoke"), Expect(200, holds={"id": "{first}"})),
    )
    desk = Reader(answer(200, [INVITATION]), answer(200, {"id": "inv_2"}))
    outcome = run_case(case(*steps), desk)
    assert desk.said[1] == Ask("POST", "/v1/invitations/inv_1/revoke")
    assert outcome.differences == ('step 2: id is "inv_2", not "inv_1"',)


def test_what_is_kept_does_not_outlive_its_case() -> None:
    """Each case begins with the names of the desk alone."""
    desk = Reader(answer(200, [INVITATION]), answer(200))
    run_case(case(Step(LIST, Expect(200, keep={"first": "0/id"}))), desk)
    assert desk.names == NAMES
    with pytest.raises(KeyError, match="first"):
        run_case(case(Step(Ask("GET", "/v1/{first}"), Expect(200))), desk)


def test_after_a_difference_no_step_is_made() -> None:
    """What follows may hang on it; all that differs in the step is said, with its number."""
    steps = (Step(LIST, Expect(200)), Step(LIST, Expect(200, holds={"a": 1, "b": 2})), Step(LIST, Expect(200)))
    desk = Reader(answer(200), answer(200, {}), answer(200))
    outcome = run_case(case(*steps), desk)
    assert outcome.verdict is Verdict.DIFFERS
    assert outcome.differences == ("step 2: a is nothing, not 1", "step 2: b is nothing, not 2")
    assert desk.said == [LIST, LIST]


def test_time_passes_before_the_call() -> None:
    """A step that waits waits first; one that does not asks for nothing."""
    desk = Reader(answer(200), answer(200))
    run_case(case(Step(LIST, Expect(200)), Step(LIST, Expect(200), wait=1.5)), desk)
    assert desk.said == [LIST, 1.5, LIST]


def test_no_answer_is_a_difference() -> None:
    """A call that gets none names its step, and the case is over."""
    desk = Reader(answer(200), NotReachable("Nobody is there.", sent=True), answer(200))
    outcome = run_case(case(*[Step(LIST, Expect(200))] * 3), desk)
    assert (outcome.verdict, outcome.differences) == (Verdict.DIFFERS, ("step 2: Nobody is there.",))
    assert len(desk.said) == 2


def test_a_dropped_connection_is_a_difference() -> None:
    """So it is at the emulator, too, when it was told to cut the connection."""
    dropped = case(Step(LIST, Expect(200)), Step(LIST, Expect(200)), stage=Stage(faults=({"do": "drop"},)))
    (outcome,) = run_cases([dropped], EmulatedTarget())
    assert outcome.differences == ("step 1: GET /v1/invitations got no answer (RemoteProtocolError).",)


def test_what_a_target_has_left_over_differs() -> None:
    """A cassette that goes on where the case ends does not hold, though every step did."""
    outcome = run_case(case(Step(LIST, Expect(200))), Reader(answer(200), left=("one call more",)))
    assert (outcome.verdict, outcome.differences) == (Verdict.DIFFERS, ("one call more",))


WHICH: Mapping[str, Expect] = {name: Expect(200, holds={"n": number}) for number, name in enumerate(("none", "one"))}
EITHER: Mapping[str, Expect] = {"none": Expect(200), "one": Expect(200), "two": Expect(201)}


def ask(*expectations: Mapping[str, Expect] | Expect, question: str | None = "number") -> Case:
    """Return a case with these expectations, one a step."""
    return case(*(Step(LIST, expect) for expect in expectations), question=question)


@pytest.mark.parametrize("number", [0, 1])
def test_an_open_question_finds_its_answer(number: int) -> None:
    """The expectation that fits names the answer."""
    outcome = run_case(ask(WHICH), Reader(answer(200, {"n": number})))
    assert (outcome.verdict, outcome.answer) == (Verdict.HOLDS, ("none", "one")[number])


def test_an_answer_nobody_thought_of_differs() -> None:
    """Each answer says why it is not the one."""
    outcome = run_case(ask(WHICH), Reader(answer(200, {"n": 2})))
    assert (outcome.verdict, outcome.answer) == (Verdict.DIFFERS, None)
    assert outcome.differences == ("step 1: not none: n is 2, not 0", "step 1: not one: n is 2, not 1")


@pytest.mark.parametrize("expectations", [(EITHER, WHICH), (WHICH, EITHER)])
def test_several_answered_steps_narrow_a_question(expectations: Sequence[Mapping[str, Expect]]) -> None:
    """What fits two answers at one step and one at another is that one, in whatever order they come."""
    outcome = run_case(ask(*expectations), Reader(answer(200, {"n": 1}), answer(200, {"n": 1})))
    assert (outcome.verdict, outcome.answer) == (Verdict.HOLDS, "one")


def test_steps_that_contradict_each_other_differ() -> None:
    """One answer at the first step and another at the second is none."""
    outcome = run_case(ask(WHICH, WHICH), Reader(answer(200, {"n": 0}), answer(200, {"n": 1})))
    assert outcome.differences == (
        "step 2: not none: n is 1, not 0",
        "step 2: not one: an earlier step was answered otherwise",
    )


def test_what_fits_two_answers_to_the_end_is_not_answered() -> None:
    """The case holds, and does not pretend to have found out."""
    outcome = run_case(ask(EITHER), Reader(answer(200)))
    assert (outcome.verdict, outcome.answer) == (Verdict.HOLDS, None)


def test_what_a_target_believes_must_be_found() -> None:
    """An instance that answers otherwise than it is set to differs; what is left open is as it is set."""
    found = run_case(ask(WHICH), Reader(answer(200, {"n": 1}), believes="none"))
    assert (found.verdict, found.answer) == (Verdict.DIFFERS, "one")
    assert found.differences == ("number was found to be one, and is said to be none",)
    assert run_case(ask(EITHER), Reader(answer(200), believes="one")).answer == "one"


def test_alternatives_without_a_question_answer_none() -> None:
    """Where Clerk may do this or that and nobody asks which, either holds, and anything else does not."""
    assert run_case(ask(WHICH, question=None), Reader(answer(200, {"n": 1}))).answer is None
    assert run_case(ask(WHICH, question=None), Reader(answer(200, {"n": 1}))).verdict is Verdict.HOLDS
    assert run_case(ask(WHICH, question=None), Reader(answer(200, {"n": 2}))).verdict is Verdict.DIFFERS


def test_a_question_keeps_names_by_the_answer_found() -> None:
    """Each expectation keeps what it names, and that of the answer counts."""
    keeping = {
        "none": Expect(200, holds={"n": 0}, keep={"x": "n"}),
        "one": Expect(200, holds={"n": 1}, keep={"x": "m"}),
    }
    desk = Reader(answer(200, {"n": 1, "m": "there"}), answer(200))
    run_case(case(Step(LIST, keeping), Step(Ask("GET", "/v1/{x}"), Expect(200)), question="number"), desk)
    assert desk.said[1] == Ask("GET", "/v1/there")


class Doors:
    """A target whose desks are those of a list; None is a case that cannot be run."""

    name = "doors"

    def __init__(self, *desks: Reader | None) -> None:
        self._desks = iter(desks)
        self.closed = 0

    @contextmanager
    def desk(self, case: Case) -> Iterator[Reader]:
        desk = next(self._desks)
        if desk is None:
            raise NotHere("there is no organization")
        yield desk
        self.closed += 1


def test_a_case_that_cannot_be_run_is_said_and_the_others_go_on() -> None:
    """It is not run, with the reason, whether that shows before the first call or in the middle."""
    target = Doors(None, Reader(NotHere("the hour is used up")), Reader(answer(200)))
    outcomes = list(run_cases([case(Step(LIST, Expect(200)))] * 3, target))
    assert [(outcome.verdict, outcome.why) for outcome in outcomes] == [
        (Verdict.NOT_RUN, "there is no organization"),
        (Verdict.NOT_RUN, "the hour is used up"),
        (Verdict.HOLDS, None),
    ]


def test_a_desk_is_closed_before_its_outcome_is_seen() -> None:
    """Whoever stops asking after the first outcome leaves no open desk behind."""
    target = Doors(Reader(answer(200)), Reader(answer(200)))
    outcomes = run_cases([case(Step(LIST, Expect(200)))] * 2, target)
    next(outcomes)
    assert target.closed == 1


def test_an_outcome_as_json() -> None:
    """All that a reader of the table sees, under names that last."""
    outcome = Outcome(ask(WHICH), Verdict.DIFFERS, ("step 1: no",), answer="one")
    assert outcome.to_json() == {
        "case": "a-case",
        "promise": "A promise.",
        "mark": "documented",
        "source": "a page",
        "verdict": "differs",
        "differences": ["step 1: no"],
        "question": "number",
        "answer": "one",
        "why_not_run": None,
    }
    assert Outcome(case(), Verdict.NOT_RUN, why="no key").to_json()["why_not_run"] == "no key"


def test_a_case_knows_what_it_takes_from_an_hour() -> None:
    """Creating calls by path; reads and revocations are free."""
    asks = (
        Ask("POST", "/v1/invitations"),
        Ask("POST", "/v1/invitations/bulk"),
        Ask("POST", "/v1/invitations"),
        Ask("POST", "/v1/invitations/inv_1/revoke"),
        Ask("GET", "/v1/invitations"),
    )
    assert case(*(Step(one, Expect(200)) for one in asks)).calls == {"/v1/invitations": 2, "/v1/invitations/bulk": 1}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, None),
        ({"needs": frozenset({Need.ORGANIZATION})}, None),
        ({"stage": Stage(calls_before={"/v1/invitations": 1})}, "what must be there before cannot be arranged"),
        ({"stage": Stage(settings={"monthly_emails": 1}), "not_live": "it takes a month"}, "it takes a month"),
        ({"not_live": "it takes a day"}, "it takes a day"),
    ],
)
def test_a_case_says_why_it_is_not_run_live(more: Mapping[str, Any], why: str | None) -> None:
    """A stage is reason enough; a reason of its own goes before."""
    said = case(**more).why_not_live
    assert said == why or (why is not None and said is not None and said.startswith(why))
