"""Running cases: each call goes out, and each answer is compared with what the case expects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from clerkbulk.contract.cases.case import NOTHING, Ask, Case, Expect, Step
from clerkbulk.contract.cases.match import MISSING, Place, as_matcher, filled, find, shown
from clerkbulk.contract.json_schema import faults as schema_faults
from clerkbulk.errors import NotReachable
from clerkbulk.suite.desk import Answer, ContractTarget, Desk, NotHere


class Verdict(StrEnum):
    """What running a case came to."""

    HOLDS = "holds"
    DIFFERS = "differs"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What running one case came to. answer is what an open question was found to be answered with."""

    case: Case
    verdict: Verdict
    differences: tuple[str, ...] = ()
    answer: str | None = None
    why: str | None = None
    """Why it was not run."""

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as JSON."""
        case = self.case
        return {
            "case": case.name,
            "promise": case.promise,
            "mark": case.fact.mark.value,
            "source": case.fact.source,
            "verdict": self.verdict.value,
            "differences": list(self.differences),
            "question": case.question,
            "answer": self.answer,
            "why_not_run": self.why,
        }


def run_cases(cases: Sequence[Case], target: ContractTarget) -> Iterator[Outcome]:
    """Run cases one after another and yield what each came to. Raises what the target's desks raise."""
    for case in cases:
        try:
            # The desk is closed before the outcome is handed out: whoever stops asking leaves nothing behind.
            with target.desk(case) as desk:
                outcome = run_case(case, desk)
        except NotHere as why:
            outcome = Outcome(case, Verdict.NOT_RUN, why=str(why))
        yield outcome


def run_case(case: Case, desk: Desk) -> Outcome:
    """Run one case at a desk. After a step that differs the others are not made: they may hang on it."""
    names = dict(desk.names)
    open_answers: list[str] | None = None
    for number, step in enumerate(case.steps, 1):
        if step.wait:
            desk.wait(step.wait)
        try:
            answer = desk.call(_filled(step.ask, names))
        except NotReachable as error:
            return Outcome(case, Verdict.DIFFERS, (f"step {number}: {error}",))
        judged = {name: compare(expect, answer, names) for name, expect in _expectations(step).items()}
        fitting = [name for name, differences in judged.items() if not differences]
        if isinstance(step.expect, Mapping):
            open_answers = [name for name in fitting if open_answers is None or name in open_answers]
            if not open_answers:
                return Outcome(case, Verdict.DIFFERS, tuple(_none_of(number, judged)))
            fitting = open_answers
        elif not fitting:
            return Outcome(case, Verdict.DIFFERS, tuple(f"step {number}: {one}" for one in judged[""]))
        names.update(_kept(_expectations(step)[fitting[0]], answer, names))
    if left := desk.left_over():
        return Outcome(case, Verdict.DIFFERS, left)
    return _settled(case, desk, open_answers)


def compare(expect: Expect, answer: Answer, names: Mapping[str, str]) -> list[str]:
    """Return how an answer differs from what is expected, a sentence each; empty: not at all. Pure."""
    try:
        document = json.loads(answer.body)
    except ValueError:
        document = MISSING
    statuses = expect.status if isinstance(expect.status, tuple) else (expect.status,)
    if answer.status not in statuses:
        return [f"the status is {answer.status}{_said(document)}, not {' or '.join(map(str, statuses))}"]
    differences = []
    if expect.schema is not None:
        differences += [f"the body: {fault}" for fault in schema_faults(expect.schema, document)]
    if expect.each is not None:
        listed = document.get("data") if isinstance(document, dict) else document
        for at, item in enumerate(listed if isinstance(listed, list) else []):
            differences += [f"item {at}: {fault}" for fault in schema_faults(expect.each, item)]
        if not isinstance(listed, list):
            differences.append(f"the body is {shown(document)}, not a list")
    holds = dict(expect.holds) if expect.code is None else {"errors/0/code": expect.code, **expect.holds}
    for path, wanted in holds.items():
        value, around = find(document, path, names)
        if fault := as_matcher(wanted).fault(Place(value, around, answer.time, names, answer.headers)):
            differences.append(f"{filled(path, names) or 'the body'} {fault}")
    for name, wanted in expect.headers.items():
        value = answer.headers.get(name.lower(), MISSING)
        if fault := as_matcher(wanted).fault(Place(value, answer.headers, answer.time, names)):
            differences.append(f"header {name} {fault}")
    for path in expect.keep.values():
        if find(document, path, names)[0] is MISSING:
            differences.append(f"{path} is nothing, and the steps that follow need it")
    return differences


def _settled(case: Case, desk: Desk, answers: list[str] | None) -> Outcome:
    if case.question is None or answers is None:
        return Outcome(case, Verdict.HOLDS)
    believed = desk.believed(case.question)
    if believed is not None and believed not in answers:
        said = f"{case.question} was found to be {' or '.join(answers)}, and is said to be {believed}"
        return Outcome(case, Verdict.DIFFERS, (said,), answer=answers[0])
    return Outcome(case, Verdict.HOLDS, answer=believed or (answers[0] if len(answers) == 1 else None))


def _expectations(step: Step) -> Mapping[str, Expect]:
    return step.expect if isinstance(step.expect, Mapping) else {"": step.expect}


def _none_of(number: int, judged: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, differences in judged.items():
        yield f"step {number}: not {name}: {'; '.join(differences) or 'an earlier step was answered otherwise'}"


def _filled(ask: Ask, names: Mapping[str, str]) -> Ask:
    raw = ask.body is NOTHING or isinstance(ask.body, bytes)
    return replace(
        ask,
        path=str(filled(ask.path, names)),
        body=ask.body if raw else filled(ask.body, names),
        query=tuple((name, str(filled(value, names))) for name, value in ask.query),
        headers={name: None if value is None else str(filled(value, names)) for name, value in ask.headers.items()},
    )


def _kept(expect: Expect, answer: Answer, names: Mapping[str, str]) -> dict[str, str]:
    document = json.loads(answer.body) if expect.keep else None
    return {name: str(find(document, path, names)[0]) for name, path in expect.keep.items()}


def _said(document: Any) -> str:
    code, _ = find(document, "errors/0/code", {})
    return f" ({code})" if isinstance(code, str) else ""
