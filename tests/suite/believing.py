"""Desks that stand between a case and the emulator: one believes what it likes, one spoils an answer on its way."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clerkbulk.contract.cases.case import Ask, Case
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS
from clerkbulk.emulator.instance import Settings
from clerkbulk.suite.desk import Answer, Desk
from clerkbulk.suite.emulated import EmulatedTarget
from clerkbulk.suite.running import Outcome, run_case

Spoil = Callable[[Answer, Mapping[str, str]], Answer]
"""Makes another answer of one; gets the names of the case, too."""
NUMBERS = {question.name for question in UNKNOWN_NUMBERS}
ANSWERS: Mapping[str, tuple[str, ...]] = {
    **{question.name: question.answers for question in UNKNOWNS},
    "metadata_limit": ("8192", "4096"),
}
"""The answers of each open question; of a number, those that have been told."""


def settings_with(answers: Mapping[str, str]) -> Settings:
    """Return the emulator's settings with these answers to open questions."""
    return Settings.from_document(
        {name: int(answer) if name in NUMBERS else answer for name, answer in answers.items()}
    )


@dataclass
class Passing:
    """A desk that hands everything on to another one."""

    desk: Desk

    @property
    def names(self) -> Mapping[str, str]:
        return self.desk.names

    def call(self, ask: Ask) -> Answer:
        return self.desk.call(ask)

    def wait(self, seconds: float) -> None:
        self.desk.wait(seconds)

    def believed(self, question: str) -> str | None:
        return self.desk.believed(question)

    def left_over(self) -> tuple[str, ...]:
        return self.desk.left_over()


@dataclass
class Believing(Passing):
    """A desk that takes an answer for true, or none, whatever is behind it."""

    belief: str | None

    def believed(self, question: str) -> str | None:
        return self.belief


def run_believing(case: Case, truth: Mapping[str, str], belief: str | None) -> Outcome:
    """Run a case where the emulator gives some answers and the desk believes another one, or none."""
    with EmulatedTarget(settings_with(truth)).desk(case) as desk:
        return run_case(case, Believing(desk, belief))


@dataclass
class Spoiling(Passing):
    """A desk that spoils the answer to one step, counted from 1."""

    step: int
    spoil: Spoil
    calls: int = 0

    def call(self, ask: Ask) -> Answer:
        answer = self.desk.call(ask)
        self.calls += 1
        return self.spoil(answer, self.names) if self.calls == self.step else answer


def run_spoiled(case: Case, step: int, spoil: Spoil) -> Outcome:
    """Run a case whose answer to one step, counted from 1, is spoilt on its way."""
    with EmulatedTarget().desk(case) as desk:
        return run_case(case, Spoiling(desk, step, spoil))


def with_status(answer: Answer, _: Mapping[str, str]) -> Answer:
    """Return an answer with a status nobody expects."""
    return replace(answer, status=299)


def with_body(document: Any) -> Spoil:
    """Return what puts another body in the place of an answer's own."""
    return lambda answer, _: replace(answer, body=json.dumps(document).encode())


def with_header(name: str) -> Spoil:
    """Return what puts something odd in a header."""
    return lambda answer, _: replace(answer, headers={**answer.headers, name.lower(): "odd"})
