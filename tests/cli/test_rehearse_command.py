"""clerkbulk rehearse: the whole job in virtual time, and what the real one takes."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from program import run

import clerkbulk as cb
from clerkbulk.cli.exits import Exit
from clerkbulk.cli.rehearse import exit_of
from clerkbulk.rehearsal.witness import Wronged

MONDAY = "2027-03-01T08:00"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Sixty people, one of whom is nobody."""
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "".join(f"p{number}@example.com\n" for number in range(59)) + "nobody\n")
    return path


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no socket be opened: a rehearsal needs neither key nor network."""

    def refuse(*_: object) -> None:
        raise AssertionError("A rehearsal must not open a connection.")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def rehearsed(*arguments: object, status: int = 0) -> dict[str, Any]:
    """Return the JSON of a rehearsal, the one document on standard output."""
    ran = run("rehearse", *arguments, "--format", "json")
    assert ran.status == status, ran.err
    document: dict[str, Any] = json.loads(ran.out)
    assert ran.out == json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return document


def test_the_json_has_what_programs_hold_on_to(people: Path) -> None:
    """hours, bound_hours, calls, least_calls, twice and lost are those of the calm run; each run stands in runs."""
    document = rehearsed(people, "--start", MONDAY, "--known", "0.1", "--seed", "5", status=1)
    names = ("hours", "bound_hours", "calls", "least_calls", "twice", "lost", "rows", "invitations", "known")
    assert {name: document[name] for name in names} == {
        "hours": 0.0, "bound_hours": 0.0, "calls": 6, "least_calls": 6, "twice": 0, "lost": 0, "rows": 60,
        "invitations": 59, "known": 6,
    }  # fmt: skip
    assert document["target"] == {"kind": "application"}
    calm, troubled = document["runs"]
    assert {name: calm[name] for name in names[:6]} == {name: document[name] for name in names[:6]}
    assert (calm["faults"], troubled["faults"]) == (False, True)
    assert [run["sum"]["sent"] for run in (calm, troubled)] == [53, 53]
    assert [run["sum"]["already_there"] for run in (calm, troubled)] == [6, 6]
    trouble = ("crashes", "lost_replies", "throttled", "server_errors", "twice", "lost")
    assert [troubled[name] for name in trouble] == [3, 2, 5, 4, 0, 0]
    assert [calm[name] for name in trouble] == [0] * 6


def test_people_read_the_figures_side_by_side_and_the_sum(people: Path) -> None:
    """Hours against the bound, calls against the least, nobody twice and nobody lost, and what was met."""
    ran = run("rehearse", people, "--start", MONDAY, "--seed", "5")
    assert ran.status == 1
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    title = lines.index("59 people: at once")
    assert lines[title + 1] == "calm with trouble"
    assert lines[title + 2].startswith("hours 0.00 0.")
    assert lines[title + 3] == "bound 0.00 0.00 Clerk's documented limits"
    assert lines[title + 4] == "bulk calls 6 14"
    assert lines[title + 5] == "least 6 6 fewest for that bound"
    assert lines[title + 6 : title + 8] == ["invited twice 0 0", "lost 0 0"]
    assert lines[-4:] == [
        "calm 60 rows = 59 sent + 1 invalid",
        "with trouble 60 rows = 59 sent + 1 invalid",
        "3 crashes, 2 lost replies, 5 answers 429, 4 answers 5xx",
        "Nobody invited twice and nobody lost, by the emulator's own record.",
    ]


def test_hours_of_the_day_lanes_and_share_are_those_of_the_real_job(people: Path) -> None:
    """From Monday 8:00 with a tenth of the hour: two calls at 8, two at 9, the last two on Tuesday at 8."""
    mornings = (people, "--start", MONDAY, "--hours", "8-10", "--share", "0.1", "--no-faults")
    document = rehearsed(*mornings, status=1)
    assert (document["hours"], document["bound_hours"], document["calls"]) == (24.0, 24.0, 6)
    assert len(document["runs"]) == 1
    both = rehearsed(*mornings, "--lanes", "both", status=1)
    assert (both["hours"], both["bound_hours"]) == (1.0006, 1.0)
    lanes = [{"lane": "bulk", "calls": 4, "least_calls": 4}, {"lane": "single", "calls": 19, "least_calls": 19}]
    assert both["runs"][0]["lanes"] == lanes


def test_an_organization_is_there_with_its_roles_and_seats(tmp_path: Path) -> None:
    """The table's own organization and role are made up; nothing is wrong with the table, so the status is 0."""
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "".join(f"p{number}@example.com\n" for number in range(30)))
    document = rehearsed(path, "--org", "org_acme", "--default", "role=org:pilot", "--set", "window=fixed")
    assert document["target"] == {"kind": "organization", "organization_id": "org_acme"}
    assert [run["sum"]["sent"] for run in document["runs"]] == [30, 30]


def test_the_same_seed_says_the_same(people: Path) -> None:
    """Two rehearsals with the same seed and start are the same to the letter."""
    first, again, other = (
        run("rehearse", people, "--start", MONDAY, "--seed", seed, "--format", "json").out for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_nobody_to_invite_is_said(tmp_path: Path) -> None:
    """A header alone is no job and no error."""
    path = tmp_path / "people.csv"
    path.write_text("email\n")
    ran = run("rehearse", path)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.endswith("\nNobody to invite.\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--known", "1.5"], "Invalid value for '--known': 1.5 is not in the range 0<=x<=1."),
        (["--known", "nan"], "The share of people Clerk knows already is a number from 0 to 1, not nan."),
        (["--latency", "-1"], "Invalid value for '--latency': -1.0 is not in the range 0<=x<=30."),
        (["--set", "window"], "--set window: write QUESTION=ANSWER, such as window=fixed, each question once."),
        (["--set", "window=fixed", "--set", "window=sliding"], "each question once."),
        (["--set", "atomicty=partial"], "There is no open question 'atomicty': did you mean atomicity?"),
        (["--set", "window=round"], "window is 'round', and can be: sliding, fixed."),
        (["--set", "secret_keys=x"], "There is no open question 'secret_keys'"),
        (["--start", "tomorrow"], "--start tomorrow: write a time such as"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(people: Path, options: list[str], said: str) -> None:
    """Exit status 2, what was wrong and what to write instead."""
    ran = run("rehearse", people, *options)
    assert ran.status == 2
    assert said in ran.err


def test_whoever_is_wronged_in_a_rehearsal_has_found_a_defect(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 70, which lines, how to see it again, and the wish for a report; nobody wronged is 0."""
    checked = cb.check("ada@example.com, bob@example.com")
    done = cb.rehearse(checked, seed=4)
    assert exit_of(done, checked, 4) is Exit.DONE
    assert capsys.readouterr().err == ""
    calm, troubled = done.runs
    wronged = replace(troubled, wronged=Wronged(twice=tuple(range(2, 15)), lost=(40,)))
    assert exit_of(replace(done, runs=(calm, wronged)), checked, 4) is Exit.BROKEN
    assert capsys.readouterr().err == (
        "Error: clerkbulk itself failed, with trouble, --seed 4. invited twice: line 2, line 3, line 4, line 5, "
        "line 6, line 7, line 8, line 9, line 10, line 11 and 3 more; lost: line 40. Please report it. "
        "Nothing was sent to Clerk.\n"
    )
    unfinished = replace(calm, reason="it stopped")
    assert exit_of(replace(done, runs=(unfinished, troubled)), checked, 4) is Exit.BROKEN
    assert "without trouble, --seed 4. the job did not come to its end: it stopped." in capsys.readouterr().err
