"""clerkbulk contract: the cases against each target, what they came to in words and JSON, and the exit status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from program import Ran, run

import clerkbulk as cb
from clerkbulk.contract.cases.every import CASES
from clerkbulk.emulator.instance import Settings
from clerkbulk.suite.cassette import folder

SPEC = Path(__file__).resolve().parents[3] / "shared" / "openapi" / "clerk-invitations.openapi.yml"
KEY = "sk_test_fake"


@pytest.fixture
def clerk() -> Iterator[cb.Emulator]:
    with cb.Emulator(settings=Settings(secret_keys=(KEY,))) as emulator:
        emulator.seed({"organizations": [{"id": "org_2abc"}]})
        yield emulator


def live(clerk: cb.Emulator, *arguments: object, key: str = KEY) -> Ran:
    environment = {"CLERK_SECRET_KEY": key, "CLERK_API_URL": clerk.url}
    return run("contract", "--target", "live", *arguments, environment=environment)


def json_of(ran: Ran) -> dict[str, object]:
    import json

    document: dict[str, object] = json.loads(ran.out)
    return document


def test_every_case_holds_against_the_emulator() -> None:
    """Without options all cases are run, each is one line, and the sum stands at the end."""
    ran = run("contract")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.count("holds    ") == len(CASES)
    assert f"{len(CASES)} cases against emulator: {len(CASES)} holds" in ran.out


def test_the_cassettes_hold_too_and_are_clerkbulks_own() -> None:
    """Nothing has to be named: they come with the package."""
    ran = run("contract", "--target", "cassettes", "--format", "json")
    assert ran.status == 0
    assert json_of(ran)["sum"] == {"holds": len(CASES), "differs": 0, "not_run": 0}


def test_json_says_of_each_case_what_it_stands_on_and_what_came_of_it() -> None:
    """One document, for programs: target, sum, answers and cases."""
    document = json_of(run("contract", "--case", "open-question-atomicity", "--format", "json"))
    assert document == {
        "target": "emulator",
        "sum": {"holds": 1, "differs": 0, "not_run": 0},
        "answers": {"atomicity": "all_or_nothing"},
        "cases": [
            {
                "case": "open-question-atomicity",
                "promise": next(case.promise for case in CASES if case.name == "open-question-atomicity"),
                "mark": "unknown",
                "source": "clerk-contract 4.1",
                "verdict": "holds",
                "differences": [],
                "question": "atomicity",
                "answer": "all_or_nothing",
                "why_not_run": None,
            }
        ],
    }


def test_settings_change_what_the_emulator_answers(tmp_path: Path) -> None:
    """A file of settings switches open questions, and the cases find the other answer."""
    (tmp_path / "partial.toml").write_text('atomicity = "partial"\n')
    ran = run("contract", "--settings", tmp_path / "partial.toml", "--case", "open-question-atomicity")
    assert ran.status == 0
    assert "partial" in ran.out


def test_a_difference_is_told_with_its_step_its_fact_and_status_1(tmp_path: Path) -> None:
    """A cassette in which Clerk answers otherwise: the promise, what came back, the source."""
    text = (folder() / "application-bulk-two.yaml").read_text(encoding="utf-8")
    (tmp_path / "application-bulk-two.yaml").write_text(text.replace('"status":"pending"', '"status":"accepted"'))
    ran = run("contract", "--target", "cassettes", "--cassettes", tmp_path, "--case", "application-bulk-two")
    assert ran.status == 1
    assert "differs  application-bulk-two" in ran.out
    assert 'status is "accepted", not "pending"' in ran.out
    assert "1 case against cassettes: 1 differs" in ran.out


def test_recording_writes_a_cassette_a_case_and_says_where(tmp_path: Path) -> None:
    """What was recorded can be replayed at once."""
    where = tmp_path / "mine"
    two = ("--cassettes", where, "--case", "application-bulk-ten", "--case", "application-bulk-two")
    ran = run("contract", "--record", *two, "--spec", __file__)
    assert ran.status == 0
    assert f"The cassettes are in {where}." in ran.out
    assert sorted(path.name for path in where.iterdir()) == ["application-bulk-ten.yaml", "application-bulk-two.yaml"]
    spec = yaml.safe_load((where / "application-bulk-two.yaml").read_text(encoding="utf-8"))["metadata"]["spec"]
    assert len(spec) == 64
    assert run("contract", "--target", "cassettes", *two).status == 0


def test_listing_runs_nothing_and_names_promise_and_mark() -> None:
    """What there is to choose from."""
    ran = run("contract", "--list", "--case", "application-bulk-two")
    assert ran.status == 0
    assert "application-bulk-two  documented  Two people are invited in one call" in ran.out
    assert "1 case" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--case", "aplication-bulk-two"],
            "There is no case 'aplication-bulk-two': did you mean application-bulk-two?",
        ),
        (["--org", "org_2abc"], "--org belongs to --target live, and this is --target emulator."),
        (["--capabilities", "x.toml"], "--capabilities belongs to --target live, and this is --target emulator."),
        (
            ["--target", "live", "--settings", "x"],
            "--settings belongs to --target emulator, and this is",
        ),
        (["--target", "cassettes", "--record"], "cassettes are recorded already"),
        (["--target", "cassettes", "--cassettes", "/nowhere"], "There is no folder /nowhere with cassettes."),
        (["--spec", "/nowhere.yml"], "/nowhere.yml"),
        (["--spec", "a.yml", "--case", "error-*"], "With --spec nothing is run, and --case would mean nothing."),
        (["--spec", "a.yml", "--target", "live"], "With --spec nothing is run, and --target would mean nothing."),
        (["--list", "--record"], "With --list nothing is run, and --record would mean nothing."),
        (
            ["--target", "live", "--other-org", "org_2xyz", "--org", "org_2abc"],
            "--other-org goes with --long and --org",
        ),
        (["--target", "live", "--other-org", "org_2xyz", "--long"], "--other-org goes with --long and --org"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(arguments: list[str], said: str) -> None:
    """Status 2, and nothing was run."""
    ran = run("contract", *arguments)
    assert ran.status == 2
    assert said in ran.err


def test_a_live_instance_is_asked_with_test_addresses_and_left_as_it_was(clerk: cb.Emulator, tmp_path: Path) -> None:
    """A few cases, everything revoked, no mail, and what was found out is kept where the emulator can read it."""
    found = tmp_path / "found.toml"
    ran = live(clerk, "--case", "open-question-stored-case", "--case", "application-bulk-ten", "--capabilities", found)
    assert (ran.status, ran.err) == (0, "")
    assert "2 cases against live: 2 holds" in ran.out
    state = clerk.state()
    assert {one["status"] for one in state["invitations"]} == {"revoked"}
    assert all("+clerk_test@example.com" in one["email_address"] for one in state["invitations"])
    assert '[stored_case]\nanswer = "lower"' in found.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [("bad.toml", "bad.toml: it has no clerkbulk_capabilities = 1"), ("none/a.toml", "there is no folder ")],
)
def test_a_file_that_cannot_take_findings_is_refused_before_the_run(
    clerk: cb.Emulator, tmp_path: Path, name: str, words: str
) -> None:
    """What could not be kept in the end is not looked for: nothing is sent."""
    (tmp_path / "bad.toml").write_text("window = 1\n", encoding="utf-8")
    ran = live(clerk, "--case", "application-bulk-ten", "--capabilities", tmp_path / name)
    assert ran.status == 2
    assert words in ran.err
    assert clerk.calls() == []


def test_what_may_be_left_is_said_also_when_clerk_goes_away(clerk: cb.Emulator) -> None:
    """Status 4, and on standard error whose invitations may still be pending."""
    bulk = {"method": "POST", "path": "/v1/invitations/bulk"}
    clerk.faults([{"do": "pass", **bulk}, {"do": "status", "status": 401, "method": "POST", "times": 50}])
    ran = live(clerk, "--case", "application-bulk-ten")
    assert ran.status == 4
    assert "@example.com was not revoked: " in ran.err


def test_a_live_key_and_no_key_are_refused_before_anything_is_sent(clerk: cb.Emulator) -> None:
    """The cases are for development instances."""
    ran = live(clerk, key="sk_live_fake")
    assert ran.status == 2
    assert "a development instance only" in ran.err
    missing = live(clerk, key="")
    assert missing.status == 2
    assert "CLERK_SECRET_KEY" in missing.err
    assert clerk.calls() == []


def test_a_key_clerk_does_not_know_ends_the_run_at_once(clerk: cb.Emulator) -> None:
    """One sentence and status 4, and not one difference a case."""
    ran = live(clerk, key="sk_test_other")
    assert ran.status == 4
    assert len(clerk.calls()) == 1


@pytest.mark.skipif(not SPEC.exists(), reason="Clerk's OpenAPI document is not beside this checkout")
def test_clerks_document_is_compared(tmp_path: Path) -> None:
    """No drift leaves with 0, drift with 1 and the grade of each difference."""
    same = run("contract", "--spec", SPEC)
    assert (same.status, same.err) == (0, "")
    assert same.out.startswith("No drift: Clerk's document 2026-05-12 says what we believe")
    changed = tmp_path / "changed.yml"
    changed.write_text(SPEC.read_text(encoding="utf-8").replace("maxItems: 10", "maxItems: 5"), encoding="utf-8")
    drift = run("contract", "--spec", changed)
    assert drift.status == 1
    assert "breaking  CreateBulkInvitations" in drift.out
