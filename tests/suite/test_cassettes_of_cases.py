"""The cases' cassettes: one for each, whole, free of secrets, and no older than the schemas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from clerkbulk.contract.cases.case import Ask, Case, Expect, Step
from clerkbulk.contract.cases.every import CASES
from clerkbulk.contract.fact import Fact, Mark
from clerkbulk.errors import ClerkbulkError, InputError
from clerkbulk.suite.cassette import CassetteTarget, RecordingTarget, folder, path_of, schemas_hash
from clerkbulk.suite.desk import Answer, Desk, NotHere
from clerkbulk.suite.emulated import EmulatedTarget
from clerkbulk.suite.running import Outcome, Verdict, run_cases
from clerkbulk.suite.scrubbing import leaks

FILES = sorted(folder().glob("*.yaml"))
every_cassette = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
INVITE = Case(
    name="a-case",
    promise="Somebody is invited.",
    fact=Fact(Mark.DOCUMENTED, "the tests"),
    rows=(),
    steps=(
        Step(Ask("POST", "/v1/invitations", {"email_address": "{ada}", "notify": False}), Expect(200)),
        Step(Ask("GET", "/v1/invitations", query=(("query", "{ada}"),)), Expect(200)),
    ),
)


def record(case: Case, where: Path) -> Outcome:
    (outcome,) = run_cases([case], RecordingTarget(EmulatedTarget(), where, at="2026-01-02", spec="abc"))
    return outcome


def replay(case: Case, where: Path) -> Outcome:
    (outcome,) = run_cases([case], CassetteTarget(where))
    return outcome


def quickly_loaded(text: str) -> Any:
    """Return a cassette's document: libyaml reads it ten times as quickly as Python does."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for pair in value.items():
            yield from texts(pair)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, bytes | str):
        yield value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def test_each_case_has_its_cassette_and_each_cassette_its_case() -> None:
    """Nothing is left out, and nothing is left over from a case that is gone: make record."""
    assert sorted(path.stem for path in FILES) == sorted(case.name for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_case_holds_in_its_cassette(case: Case) -> None:
    """Each call is found, each answer is as the contract has it, and no recorded call is left unplayed."""
    outcome = replay(case, folder())
    assert (outcome.verdict, outcome.differences) == (Verdict.HOLDS, ())


@every_cassette
def test_nothing_secret_is_in_a_cassette(path: Path) -> None:
    """No key, ticket, token, real address or machine: not in the file, and not behind its escapes and folds."""
    text = path.read_text(encoding="utf-8")
    assert leaks(text) == []
    assert {leak for one in texts(quickly_loaded(text)) for leak in leaks(one)} == set()


@every_cassette
def test_a_cassette_says_when_from_what_and_by_which_schemas_and_none_is_older_than_they_are(path: Path) -> None:
    """Its day, its origin, the version and the hash of the schemas: after a change of these it is recorded again."""
    said = quickly_loaded(path.read_text(encoding="utf-8"))["metadata"]
    assert (said["case"], said["api_version"], said["schemas"]) == (path.stem, "2026-05-12", schemas_hash())
    assert said["recorded_from"] == "clerkbulk emulator, never Clerk"
    assert len(said["recorded_at"]) == len("2026-01-02")


def test_recording_again_gives_the_same_but_for_the_day(tmp_path: Path) -> None:
    """What stands in the cassettes is what the emulator answers today; if not: make record, and look at the changes."""
    for outcome in run_cases(CASES, RecordingTarget(EmulatedTarget(), tmp_path, at="2026-01-02")):
        assert outcome.verdict is Verdict.HOLDS
    again = {path.name: quickly_loaded(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*.yaml")}
    for path in FILES:
        kept, new = quickly_loaded(path.read_text(encoding="utf-8")), again.pop(path.name)
        assert kept["interactions"] == new["interactions"], path.name
    assert again == {}


def test_a_recording_holds_what_was_said_and_by_what(tmp_path: Path) -> None:
    """The calls in order, and beside them the case, day, origin, version and both hashes."""
    assert record(INVITE, tmp_path).verdict is Verdict.HOLDS
    kept = quickly_loaded((tmp_path / "a-case.yaml").read_text(encoding="utf-8"))
    assert [one["request"]["method"] for one in kept["interactions"]] == ["POST", "GET"]
    assert kept["interactions"][0]["request"]["headers"]["authorization"] == ["Bearer REMOVED"]
    assert kept["metadata"] == {
        "case": "a-case",
        "recorded_at": "2026-01-02",
        "recorded_from": "clerkbulk emulator, never Clerk",
        "api_version": "2026-05-12",
        "schemas": schemas_hash(),
        "spec": "abc",
    }
    assert replay(INVITE, tmp_path).verdict is Verdict.HOLDS


def test_a_cassette_that_is_not_played_whole_differs(tmp_path: Path) -> None:
    """A case that has lost its last step is no replay of what was recorded."""
    record(INVITE, tmp_path)
    shorter = Case("a-case", INVITE.promise, INVITE.fact, (), INVITE.steps[:1])
    outcome = replay(shorter, tmp_path)
    assert outcome.verdict is Verdict.DIFFERS
    assert outcome.differences == ("the cassette goes on with GET /v1/invitations",)


@pytest.mark.parametrize("said", ["schemas: 0000", "other: 1"])
def test_a_cassette_recorded_by_other_schemas_differs_whoever_keeps_it(tmp_path: Path, said: str) -> None:
    """Recordings do not age unnoticed, in nobody's suite; one that does not say by which schemas differs too."""
    record(INVITE, tmp_path)
    path = tmp_path / "a-case.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(f"schemas: {schemas_hash()}", said), encoding="utf-8")
    outcome = replay(INVITE, tmp_path)
    assert outcome.verdict is Verdict.DIFFERS
    assert outcome.differences == ("the cassette was recorded by other schemas than today's: record it again",)


def test_a_call_the_cassette_does_not_know_differs_and_says_to_record_again(tmp_path: Path) -> None:
    """Nothing is sent anywhere instead."""
    record(INVITE, tmp_path)
    other = Step(Ask("POST", "/v1/invitations", {"email_address": "{bob}", "notify": False}), Expect(200))
    outcome = replay(Case("a-case", INVITE.promise, INVITE.fact, (), (other,)), tmp_path)
    assert outcome.verdict is Verdict.DIFFERS
    assert "the cassette has no answer to POST /v1/invitations" in outcome.differences[0]


def test_a_case_without_a_cassette_is_not_run_and_says_how_to_get_one(tmp_path: Path) -> None:
    """It neither holds nor differs."""
    outcome = replay(INVITE, tmp_path)
    assert outcome.verdict is Verdict.NOT_RUN
    assert outcome.why == "there is no cassette a-case.yaml: record it with clerkbulk contract --record"


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda text: "}{ : [", "it is not YAML"),
        (lambda text: text[: text.index("response:")] + "'", "it is not YAML"),
        (lambda text: "x: !!python/object/apply:os.getcwd []\n" + text, "it is not YAML"),
        (lambda text: "- 1\n", "it is not what vcrpy writes"),
        (lambda text: text.replace("interactions:", "others:"), "it is not what vcrpy writes"),
        (lambda text: text.replace("      string:", "      other:"), "it is not what vcrpy writes"),
        (lambda text: text.replace("code: 200", "code: ok"), "it is not what vcrpy writes"),
        (lambda text: "", "it holds no call"),
    ],
)  # fmt: skip
def test_a_cassette_that_cannot_be_read_is_named(tmp_path: Path, damage: Callable[[str], str], why: str) -> None:
    """What is wrong with the file, and what to do: neither a traceback nor an answer of Clerk's that is another."""
    record(INVITE, tmp_path)
    path = path_of(INVITE, tmp_path)
    path.write_text(damage(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError, match=rf"a-case\.yaml cannot be played: {why}.* clerkbulk contract --record"):
        replay(INVITE, tmp_path)


def test_where_no_cassette_can_be_written_nothing_is_called(tmp_path: Path) -> None:
    """A folder that cannot be made is said before the first call, not after it."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file cannot be written to"):
        record(INVITE, tmp_path / "file")


class Strangers:
    """A live instance's stand-in: its names are real people's, and its answers tell about others."""

    name = "live"

    def __init__(self, extra: str = "") -> None:
        self._extra = extra

    @contextmanager
    def desk(self, case: Case) -> Iterator[Desk]:
        with EmulatedTarget().desk(case) as desk:
            desk.names = {**desk.names, "ada": "ada.x7+clerk_test@corp.example.org", "org": "org_2RealOne"}
            yield desk


def test_a_recording_from_a_live_instance_names_nobody(tmp_path: Path) -> None:
    """The run's own addresses become the cassettes' names, strangers' get new ones, both in calls and in answers."""
    (outcome,) = run_cases([INVITE], RecordingTarget(Strangers(), tmp_path, at="2026-01-02"))
    assert outcome.verdict is Verdict.HOLDS
    text = (tmp_path / "a-case.yaml").read_text(encoding="utf-8")
    assert "corp" not in text
    assert "ada@example.com" in text
    assert "ada%40example.com" in text
    assert "recorded_from: a development instance of Clerk" in text
    assert replay(INVITE, tmp_path).verdict is Verdict.HOLDS


def test_a_recording_with_a_secret_in_it_is_not_written(tmp_path: Path) -> None:
    """A key where nobody looks for one, in a search for instance, stops the recording with its reason."""
    key = "sk_live_" + "0" * 20
    case = Case(
        "a-case", "x", INVITE.fact, (), (Step(Ask("GET", "/v1/invitations", query=(("query", key),)), Expect(200)),)
    )
    with pytest.raises(ClerkbulkError, match=r"a-case\.yaml was not written: it would hold a secret key"):
        list(run_cases([case], RecordingTarget(EmulatedTarget(), tmp_path, at="2026-01-02")))
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_breaks_off_leaves_the_older_one(tmp_path: Path) -> None:
    """An error half way neither writes nor removes a cassette."""
    record(INVITE, tmp_path)
    before = (tmp_path / "a-case.yaml").read_bytes()

    class Broken:
        names: Mapping[str, str] = {}

        def call(self, ask: Ask) -> Answer:
            raise NotHere("broken")

    class Breaking:
        name = "emulator"

        @contextmanager
        def desk(self, case: Case) -> Iterator[Any]:
            yield Broken()

    with pytest.raises(KeyError):
        list(run_cases([INVITE], RecordingTarget(Breaking(), tmp_path, at="2026-03-04")))
    assert (tmp_path / "a-case.yaml").read_bytes() == before
    assert path_of(INVITE, tmp_path).is_file()
