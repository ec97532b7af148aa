"""Outcomes: what running the contract came to, for a notebook, a test, and the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from html import escape
from pathlib import Path
from typing import Any, Final, Literal, overload

from clerkbulk.contract.cases.case import Case
from clerkbulk.contract.cases.every import CASES
from clerkbulk.emulator.instance import Settings
from clerkbulk.errors import InputError
from clerkbulk.suite.desk import ContractTarget
from clerkbulk.suite.emulated import EmulatedTarget
from clerkbulk.suite.running import Outcome, Verdict, run_cases

_TARGETS: Final = ("emulator", "cassettes")


class Outcomes(Sequence[Outcome]):
    """What each case came to, in order. target says what they were run against."""

    def __init__(self, target: str, outcomes: Iterable[Outcome]) -> None:
        self.target = target
        self._outcomes = tuple(outcomes)

    @overload
    def __getitem__(self, at: int) -> Outcome: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, at: int | slice) -> Outcome | Sequence[Outcome]:
        return self._outcomes[at]

    def __len__(self) -> int:
        return len(self._outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._outcomes)

    @property
    def counts(self) -> dict[str, int]:
        """How many cases hold, differ, were not run."""
        counted = Counter(outcome.verdict for outcome in self._outcomes)
        return {verdict.value: counted[verdict] for verdict in Verdict}

    @property
    def differing(self) -> tuple[Outcome, ...]:
        """The cases that did not come back as the contract has them."""
        return tuple(outcome for outcome in self._outcomes if outcome.verdict is Verdict.DIFFERS)

    @property
    def answers(self) -> dict[str, str]:
        """How the questions that Clerk's documents leave open were answered, by question."""
        return {
            outcome.case.question: outcome.answer
            for outcome in self._outcomes
            if outcome.case.question and outcome.answer is not None and outcome.verdict is Verdict.HOLDS
        }

    @property
    def sentence(self) -> str:
        """What it came to in a sentence."""
        said = ", ".join(f"{number} {name}" for name, number in self.counts.items() if number)
        number = len(self._outcomes)
        return f"{number} case{'' if number == 1 else 's'} against {self.target}: {said or 'none'}"

    def to_json(self) -> dict[str, Any]:
        """Return ``target``, ``sum``, ``answers`` and ``cases``."""
        return {
            "target": self.target,
            "sum": {name.replace(" ", "_"): number for name, number in self.counts.items()},
            "answers": self.answers,
            "cases": [outcome.to_json() for outcome in self._outcomes],
        }

    def to_frame(self, library: Literal["pandas", "polars"] = "pandas") -> Any:
        """Return a frame with a row a case: case, verdict, mark, answer, promise, source, differences (a text)."""
        columns: dict[str, list[Any]] = {
            "case": [outcome.case.name for outcome in self._outcomes],
            "verdict": [outcome.verdict.value for outcome in self._outcomes],
            "mark": [outcome.case.fact.mark.value for outcome in self._outcomes],
            "answer": [outcome.answer for outcome in self._outcomes],
            "promise": [outcome.case.promise for outcome in self._outcomes],
            "source": [outcome.case.fact.source for outcome in self._outcomes],
            "differences": ["; ".join(outcome.differences) for outcome in self._outcomes],
        }
        if library == "polars":
            import polars

            return polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String))
        import pandas as pd

        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        return f"<{self.sentence}>"

    def _repr_html_(self) -> str:
        rows = [
            (outcome.verdict.value, outcome.case.name, "; ".join(outcome.differences) or (outcome.why or ""))
            for outcome in self._outcomes
            if outcome.verdict is not Verdict.HOLDS
        ]
        rows += [("answer", question, answer) for question, answer in self.answers.items()]
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in rows
        )
        return f"<p>{escape(self.sentence)}</p>" + (f"<table>{body}</table>" if rows else "")


def run_contract(
    target: ContractTarget | Literal["emulator", "cassettes"] = "emulator",
    cases: str | Iterable[str] = "*",
    *,
    settings: Settings | None = None,
) -> Outcomes:
    """Run the contract's cases, those whose names match, and return what each came to.

    settings is for the emulator: how it answers open questions, and what else an instance can be. Raises InputError for
    a pattern that names no case, and what a live target raises.
    """
    chosen = choose([cases] if isinstance(cases, str) else list(cases))
    if isinstance(target, str):
        target = target_named(target, settings=settings)
    elif settings is not None:
        raise InputError("settings are the emulator's; a target that is handed in has its own.")
    return Outcomes(target.name, run_cases(chosen, target))


def choose(patterns: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases whose names match one of the patterns; all without one. Raises InputError for a stray one."""
    for pattern in patterns:
        if not any(fnmatchcase(case.name, pattern) for case in CASES):
            near = get_close_matches(pattern, [case.name for case in CASES], 1)
            hint = f"did you mean {near[0]}?" if near else "clerkbulk contract --list has all."
            raise InputError(f"There is no case {pattern!r}: {hint}")
    return tuple(case for case in CASES if not patterns or any(fnmatchcase(case.name, one) for one in patterns))


def target_named(name: str, *, settings: Settings | None = None, cassettes: Path | None = None) -> ContractTarget:
    """Return the emulator, set up by settings, or the cassettes of a folder (else our own). Raises InputError."""
    if name == "emulator":
        return EmulatedTarget(settings)
    if name == "cassettes" and settings is None:
        from clerkbulk.suite.cassette import CassetteTarget

        return CassetteTarget(cassettes)
    if name == "cassettes":
        raise InputError("settings are the emulator's; cassettes are what they are.")
    raise InputError(f"The target is {name!r}, and can be {' or '.join(_TARGETS)}, or one that was made.")
