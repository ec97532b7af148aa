"""The capability file: what was found out, kept so that the emulator and the planner can read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clerkbulk.contract.capability import Capabilities, Finding
from clerkbulk.contract.cases.case import Case
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.contract.unknown import UNKNOWN_NUMBERS, UNKNOWNS
from clerkbulk.emulator.instance import Settings
from clerkbulk.errors import InputError
from clerkbulk.suite.capabilities import found_in, read_capabilities, write_capabilities
from clerkbulk.suite.running import Outcome, Verdict

URL = "https://api.clerk.com"


def _finding(question: str, answer: str | int, at: str = "2026-11-22T08:00:00Z", instance: str = "ins_a") -> Finding:
    return Finding(question, answer, at, instance, URL)


TABLE = {
    "answer": "fixed",
    "mark": "recorded",
    "at": "2026-11-22T08:00:00Z",
    "instance": "ins_a",
    "api_url": "https://api.clerk.com",
}


def test_a_file_says_what_was_found_when_and_where(tmp_path: Path) -> None:
    """A TOML file has a table a question: the answer, the mark, the time, the instance and the address."""
    path = tmp_path / "clerk.toml"
    write_capabilities(path, Capabilities().with_findings([_finding("window", "fixed"), _finding("listing_lag", 3)]))
    assert path.read_text() == (
        "clerkbulk_capabilities = 1\n"
        "\n"
        "[window]\n"
        'answer = "fixed"\n'
        'mark = "recorded"\n'
        'at = "2026-11-22T08:00:00Z"\n'
        'instance = "ins_a"\n'
        'api_url = "https://api.clerk.com"\n'
        "\n"
        "[listing_lag]\n"
        "answer = 3\n"
        'mark = "recorded"\n'
        'at = "2026-11-22T08:00:00Z"\n'
        'instance = "ins_a"\n'
        'api_url = "https://api.clerk.com"\n'
    )


findings = st.builds(
    lambda answer, hour, instance: _finding(answer[0], answer[1], f"2026-11-22T{hour:02}:00:00Z", instance),
    st.sampled_from(
        [
            *((question.name, answer) for question in UNKNOWNS for answer in question.answers),
            *((question.name, number) for question in UNKNOWN_NUMBERS for number in (0, 7, 8192)),
        ]
    ),
    st.integers(0, 23),
    st.sampled_from(["ins_a", "ins_b", "key_0123"]),
)


@given(st.lists(findings), st.sampled_from([".toml", ".json"]))
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, found: list[Finding], end: str
) -> None:
    """Whatever was found, of however many instances: a file of either kind reads as it was written."""
    path = tmp_path_factory.mktemp("capabilities") / f"clerk{end}"
    written = Capabilities().with_findings(found)
    write_capabilities(path, written)
    assert read_capabilities(path) == written


@given(st.lists(findings), st.lists(findings))
def test_the_newest_finding_is_the_answer(before: list[Finding], after: list[Finding]) -> None:
    """Merged with an older file or a newer one, the latest finding of a question is the answer."""
    merged = Capabilities().with_findings(before).with_findings(after)
    for question, answer in merged.answers.items():
        latest = max(one.at for one in [*before, *after] if one.question == question)
        assert answer in [one.answer for one in [*before, *after] if (one.question, one.at) == (question, latest)]
    pairs = [(one.question, one.instance) for one in merged.findings]
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == {(one.question, one.instance) for one in [*before, *after]}


def test_an_older_finding_does_not_win() -> None:
    """A finding of yesterday, merged in today, changes nothing."""
    today = Capabilities().with_findings([_finding("window", "fixed")])
    assert today.with_findings([_finding("window", "sliding", "2026-11-21T08:00:00Z")]) == today


def test_what_another_instance_has_answered_stays_beside() -> None:
    """Two instances that disagree are both kept: the newer is the answer, the older stands under others."""
    merged = Capabilities().with_findings(
        [_finding("window", "sliding"), _finding("window", "fixed", "2026-11-23T08:00:00+01:00", "ins_b")]
    )
    assert merged.answers == {"window": "fixed"}
    assert merged.to_document()["window"] == {
        "answer": "fixed",
        "mark": "recorded",
        "at": "2026-11-23T07:00:00Z",
        "instance": "ins_b",
        "api_url": URL,
        "others": [{**TABLE, "answer": "sliding"}],
    }
    found = merged.of("window", "ins_a")
    assert found is not None
    assert found.answer == "sliding"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "it has no clerkbulk_capabilities = 1: it is no capability file."),
        ([], "it has no clerkbulk_capabilities = 1: it is no capability file."),
        ({"clerkbulk_capabilities": 2}, "its format is 2, and 1 is the one that can be read."),
        ({"clerkbulk_capabilities": 1, "windows": TABLE}, "there is no open question 'windows'; did you mean window?"),
        ({"clerkbulk_capabilities": 1, "window": "fixed"}, "window is 'fixed'; it should be a table with an answer."),
        (
            {"clerkbulk_capabilities": 1, "window": {**TABLE, "answer": "tumbling"}},
            "window: answer is 'tumbling', and can be: sliding, fixed.",
        ),
        (
            {"clerkbulk_capabilities": 1, "listing_lag": {**TABLE, "answer": "3"}},
            "listing_lag: answer is '3', and is a whole number of seconds, 0 or more.",
        ),
        (
            {"clerkbulk_capabilities": 1, "window": {**TABLE, "at": "yesterday"}},
            "window: at is a time such as 2026-11-22T08:00:00Z, not 'yesterday'.",
        ),
        (
            {"clerkbulk_capabilities": 1, "window": {**TABLE, "at": "2026-11-22T08:00:00"}},
            "window: at is a time such as 2026-11-22T08:00:00Z, not '2026-11-22T08:00:00'.",
        ),
        (
            {"clerkbulk_capabilities": 1, "window": {"answer": "fixed", "at": "2026-11-22T08:00:00Z"}},
            "window: instance is a text, not None.",
        ),
        (
            {"clerkbulk_capabilities": 1, "window": {**TABLE, "mark": ["sure"]}},
            "window: mark is ['sure'], and can be: documented, recorded, mocked, third party, inferred, unknown.",
        ),
        (
            {"clerkbulk_capabilities": 1, "window": {**TABLE, "colour": "red"}},
            "window has a key 'colour'; there are: answer, mark, at, instance, api_url, others.",
        ),
        (
            {"clerkbulk_capabilities": 1, "window": {**TABLE, "others": TABLE}},
            "window: others is a list of tables.",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, document: Any, words: str) -> None:
    """A file that cannot be read as it is names the place, what stands there, and what can."""
    path = tmp_path / "clerk.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError) as told:
        read_capabilities(path)
    assert str(told.value) == f"The capability file {path}: {words}"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [("a.toml", "= 1", "is not TOML"), ("a.json", "{", "is not JSON"), ("none.toml", None, "cannot be read")],
)
def test_a_file_that_is_none_is_said(tmp_path: Path, name: str, text: str | None, words: str) -> None:
    """What is missing, or neither TOML nor JSON, is an error of the input that names the file."""
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=f"{name} {words}"):
        read_capabilities(tmp_path / name)


@pytest.mark.parametrize("name", ["a.toml", "a.json"])
def test_a_file_that_a_windows_editor_has_saved_is_read(tmp_path: Path, name: str) -> None:
    """The mark such an editor puts before the text says nothing."""
    write_capabilities(tmp_path / name, Capabilities())
    text = (tmp_path / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(f"\ufeff{text}", encoding="utf-8")
    assert read_capabilities(tmp_path / name) == Capabilities()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """Where writing fails, what was there before stays, and no half of a file lies about."""
    path = tmp_path / "clerk.toml"
    path.mkdir()
    with pytest.raises(InputError, match=r"clerk\.toml cannot be written"):
        write_capabilities(path, Capabilities().with_findings([_finding("window", "fixed")]))
    assert [entry.name for entry in tmp_path.iterdir()] == ["clerk.toml"]
    with pytest.raises(InputError, match="cannot be written"):
        write_capabilities(tmp_path / "no-folder" / "clerk.toml", Capabilities())


def _outcome(question: str | None, answer: str | None) -> Outcome:
    case = Case("a-case", "A promise.", Fact(Mark.UNKNOWN, "a test"), (), (), question=question)
    return Outcome(case, Verdict.HOLDS, answer=answer)


def test_findings_are_taken_from_outcomes_and_probes() -> None:
    """Each question with one answer is a finding; one with two is none, and that is said."""
    outcomes = [
        _outcome("atomicity", "partial"),
        _outcome("metadata_limit", "4096"),
        _outcome("stored_case", "lower"),
        _outcome("stored_case", "as_sent"),
        _outcome("list_query", None),
        _outcome(None, None),
    ]
    found = found_in(outcomes, at=1_800_014_400.0, instance="ins_a", api_url=URL, probed={"window": "fixed"})
    when = "2027-01-15T12:00:00Z"
    assert set(found.findings) == {
        Finding("window", "fixed", when, "ins_a", URL),
        Finding("atomicity", "partial", when, "ins_a", URL),
        Finding("metadata_limit", 4096, when, "ins_a", URL),
    }
    assert found.contradicting == ("stored_case was found to be as_sent and lower: neither is kept.",)


@pytest.mark.parametrize("at", [0, -1])
def test_the_emulator_answers_as_was_found(at: int) -> None:
    """Settings made of capabilities give each question the answer that was found, whichever it is."""
    found = [_finding(question.name, question.answers[at]) for question in UNKNOWNS]
    found += [_finding(question.name, 7) for question in UNKNOWN_NUMBERS]
    settings = Settings.from_capabilities(Capabilities().with_findings(found)).to_document()
    assert {name: settings[name] for name in (one.question for one in found)} == {
        one.question: one.answer for one in found
    }
