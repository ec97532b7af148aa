"""The capability file: what live runs have found out, kept for the emulator and the planner. TOML, or JSON by name."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clerkbulk.contract.capability import Capabilities, Finding
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS
from clerkbulk.errors import InputError
from clerkbulk.suite.running import Outcome, Verdict

_NUMBERS = {question.name for question in UNKNOWN_NUMBERS}


@dataclass(frozen=True, slots=True)
class Found:
    """What a run has found out. contradicting says of which questions it has found two answers, and so none."""

    findings: tuple[Finding, ...] = ()
    contradicting: tuple[str, ...] = ()


def found_in(
    outcomes: Iterable[Outcome],
    *,
    at: float,
    instance: str,
    api_url: str,
    probed: Mapping[str, str] | None = None,
) -> Found:
    """Return what cases, and probes (answers by question), have found in an instance; at is seconds since 1970."""
    answers: dict[str, set[str]] = {question: {answer} for question, answer in (probed or {}).items()}
    for outcome in outcomes:
        holds = outcome.verdict is Verdict.HOLDS
        if holds and outcome.case.question is not None and outcome.answer is not None:
            answers.setdefault(outcome.case.question, set()).add(outcome.answer)
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
    findings = [
        Finding(question, int(only) if question in _NUMBERS else only, moment, instance, api_url)
        for question, given in answers.items()
        if len(given) == 1
        for only in given
    ]
    contradicting = [
        f"{question} was found to be {' and '.join(sorted(given))}: neither is kept."
        for question, given in answers.items()
        if len(given) > 1
    ]
    return Found(tuple(findings), tuple(contradicting))


def read_capabilities(path: str | Path) -> Capabilities:
    """Return what a capability file holds. Raises InputError."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text) if _is_json(path) else tomllib.loads(text)
    except OSError as error:
        raise InputError(f"The capability file {path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"The capability file {path} is not {_kind(path)}: {error}.") from None
    try:
        return Capabilities.from_document(document)
    except InputError as error:
        raise InputError(f"The capability file {path}: {error}") from None


def write_capabilities(path: str | Path, capabilities: Capabilities) -> None:
    """Write a capability file, whole or not at all. Raises InputError."""
    path = Path(path)
    text = json.dumps(capabilities.to_document(), indent=2) + "\n" if _is_json(path) else capabilities.to_toml()
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise InputError(f"The capability file {path} cannot be written: {error.strerror or error}.") from None


def _is_json(path: Path) -> bool:
    return path.suffix.lower() == ".json"


def _kind(path: Path) -> str:
    return "JSON" if _is_json(path) else "TOML"
