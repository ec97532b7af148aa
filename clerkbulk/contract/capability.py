"""Capability: what was found out of an instance about a question that Clerk's documents leave open. Pure.

A document has ``clerkbulk_capabilities = 1`` and a table for each question: the answer, the mark, when it was found,
in which instance, at which address. There is one finding a question and instance, the newest; the newest of all is
the answer. What other instances have answered stays beside it, under ``others``, agreeing or not: one instance's
answer is no proof of another's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final, Self

from clerkbulk.contract.fact import Mark
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS
from clerkbulk.errors import InputError

FORMAT: Final = 1
"""The number in the document; another one is another format."""
FORMAT_KEY: Final = "clerkbulk_capabilities"
_CHOICES: Final = {question.name: question.answers for question in UNKNOWNS}
_NUMBERS: Final = {question.name: question.unit for question in UNKNOWN_NUMBERS}
_KEYS: Final = ("answer", "mark", "at", "instance", "api_url")
_PLAIN: Final = re.compile(r"[\x20-\x7e]{1,300}")


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer that was found. at is ISO 8601 in UTC, to the second. Raises InputError for what cannot be one."""

    question: str
    answer: str | int
    at: str
    instance: str
    api_url: str
    mark: Mark = Mark.RECORDED

    def __post_init__(self) -> None:
        if why := _fault(self.question, self.answer):
            raise InputError(why)
        for name in ("instance", "api_url"):
            if not _PLAIN.fullmatch(getattr(self, name)):
                raise InputError(f"{self.question}: {name} is a short plain text, not {getattr(self, name)!r}.")
        object.__setattr__(self, "at", _utc(self.question, self.at))

    def to_document(self) -> dict[str, Any]:
        """Return the finding as it stands in a file, without its question."""
        return {name: getattr(self, name) for name in _KEYS}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Findings, at most one a question and instance."""

    findings: tuple[Finding, ...] = ()

    def of(self, question: str, instance: str | None = None) -> Finding | None:
        """Return what was found last about a question; with instance, in that one alone."""
        found = [one for one in self.findings if one.question == question and instance in {None, one.instance}]
        return max(found, key=_age, default=None)

    def others(self, finding: Finding) -> tuple[Finding, ...]:
        """Return what other instances have answered to the same question, the newest first."""
        beside = [one for one in self.findings if one.question == finding.question and one is not finding]
        return tuple(sorted(beside, key=_age, reverse=True))

    @property
    def answers(self) -> dict[str, str | int]:
        """What was found last about each question."""
        questions = dict.fromkeys(one.question for one in self.findings)
        return {question: found.answer for question in questions if (found := self.of(question)) is not None}

    def with_findings(self, found: Iterable[Finding]) -> Self:
        """Return these and further findings; of two about a question in one instance the newer one is kept."""
        kept = {(one.question, one.instance): one for one in self.findings}
        for one in found:
            known = kept.get((one.question, one.instance))
            if known is None or known.at <= one.at:
                kept[one.question, one.instance] = one
        return type(self)(tuple(sorted(kept.values(), key=lambda one: (_place(one.question), one.instance))))

    def to_document(self) -> dict[str, Any]:
        """Return them as a file has them."""
        document: dict[str, Any] = {FORMAT_KEY: FORMAT}
        for question in dict.fromkeys(one.question for one in self.findings):
            if (latest := self.of(question)) is not None:
                others = [one.to_document() for one in self.others(latest)]
                document[question] = {**latest.to_document(), **({"others": others} if others else {})}
        return document

    def to_toml(self) -> str:
        """Return them as TOML."""
        return "".join(f"{line}\n" for line in _toml_lines(self.to_document()))

    @classmethod
    def from_document(cls, document: Any) -> Self:
        """Read what to_document() has made, from JSON or TOML. Raises InputError that says what is wrong, and where."""
        if not isinstance(document, Mapping) or FORMAT_KEY not in document:
            raise InputError(f"it has no {FORMAT_KEY} = {FORMAT}: it is no capability file.")
        if document[FORMAT_KEY] is True or document[FORMAT_KEY] != FORMAT:
            raise InputError(f"its format is {document[FORMAT_KEY]!r}, and {FORMAT} is the one that can be read.")
        tables = [(name, table) for name, table in document.items() if name != FORMAT_KEY]
        return cls().with_findings(finding for name, table in tables for finding in _findings(name, table))


def _findings(question: str, table: Any) -> Iterator[Finding]:
    if not isinstance(table, Mapping):
        raise InputError(f"{question} is {table!r}; it should be a table with an answer.")
    others = table.get("others", [])
    if not isinstance(others, list) or not all(isinstance(one, Mapping) for one in others):
        raise InputError(f"{question}: others is a list of tables.")
    yield _finding(question, {name: value for name, value in table.items() if name != "others"})
    for one in others:
        yield _finding(question, one)


def _finding(question: str, table: Mapping[str, Any]) -> Finding:
    if why := _fault(question, table.get("answer")):
        raise InputError(why)
    if unknown := [name for name in table if name not in _KEYS]:
        raise InputError(f"{question} has a key {unknown[0]!r}; there are: {', '.join(_KEYS)}, others.")
    at, mark = table.get("at"), table.get("mark", Mark.RECORDED.value)
    at = at.isoformat() if isinstance(at, datetime) else at
    for name, value in (("at", at), ("instance", table.get("instance")), ("api_url", table.get("api_url"))):
        if not isinstance(value, str):
            raise InputError(f"{question}: {name} is a text, not {value!r}.")
    if mark not in list(Mark):
        raise InputError(f"{question}: mark is {mark!r}, and can be: {', '.join(Mark)}.")
    return Finding(question, table["answer"], str(at), table["instance"], table["api_url"], Mark(mark))


def _fault(question: str, answer: Any) -> str | None:
    if question in _NUMBERS:
        if type(answer) is int and answer >= 0:
            return None
        return f"{question}: answer is {answer!r}, and is a whole number of {_NUMBERS[question]}, 0 or more."
    if question not in _CHOICES:
        near = get_close_matches(question, [*_CHOICES, *_NUMBERS], 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join([*_CHOICES, *_NUMBERS])}."
        return f"there is no open question {question!r}; {hint}"
    if answer in _CHOICES[question]:
        return None
    return f"{question}: answer is {answer!r}, and can be: {', '.join(_CHOICES[question])}."


def _utc(question: str, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InputError(f"{question}: at is a time such as 2026-11-22T08:00:00Z, not {text!r}.")
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _age(finding: Finding) -> tuple[str, str]:
    return finding.at, finding.instance


def _place(question: str) -> int:
    return [*_CHOICES, *_NUMBERS].index(question)


def _toml_lines(document: Mapping[str, Any]) -> Iterator[str]:
    # Keys are names of ours, and texts are plain (Finding): what JSON makes of them is TOML, too.
    for name, value in document.items():
        if not isinstance(value, Mapping):
            yield f"{name} = {json.dumps(value)}"
            continue
        for head, table in [(f"[{name}]", value), *((f"[[{name}.others]]", one) for one in value.get("others", ()))]:
            yield ""
            yield head
            yield from (f"{key} = {json.dumps(inner)}" for key, inner in table.items() if key != "others")
