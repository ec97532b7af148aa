"""clerkbulk plan: the timetable before anything is sent."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from program import run

SOURCE = "docs guides/how-clerk-works/system-limits.mdx, documented"
START = "2026-11-23T08:00"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Five thousand people; 2026-11-23 is a Monday."""
    path = tmp_path / "people.csv"
    path.write_text("email\n" + "".join(f"p{number}@example.com\n" for number in range(5000)))
    return path


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no socket be opened: a plan needs neither key nor network."""

    def refuse(*_: object) -> None:
        raise AssertionError("A plan must not open a connection.")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def plan(*arguments: object) -> dict[str, Any]:
    """Return the JSON of a plan."""
    ran = run("plan", *arguments, "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    document: dict[str, Any] = json.loads(ran.out)
    return document


def test_the_json_has_what_programs_hold_on_to(people: Path) -> None:
    """calls, hours, finish, lanes and limits, and one document on standard output."""
    ran = run("plan", people, "--start", START, "--lanes", "both", "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == json.dumps(json.loads(ran.out), ensure_ascii=False, indent=2) + "\n"
    assert json.loads(ran.out) == {
        "rows": 5000,
        "invalid": 0,
        "people": 5000,
        "calls": 1760,
        "hours": 14.0078,
        "start": "2026-11-23T08:00:00Z",
        "first_call": "2026-11-23T08:00:00Z",
        "finish": "2026-11-23T22:00:28Z",
        "lanes": [
            {"lane": "bulk", "calls": 360, "people": 3600, "calls_per_hour": 25},
            {"lane": "single", "calls": 1400, "people": 1400, "calls_per_hour": 100},
        ],
        "waves": [
            {
                "wave": 1,
                "people": 5000,
                "calls": 1760,
                "first_call": "2026-11-23T08:00:00Z",
                "last_call": "2026-11-23T22:00:28Z",
            }
        ],
        "limits": [
            f"25 calls an hour at POST /v1/invitations/bulk ({SOURCE}).",
            f"100 calls an hour at POST /v1/invitations ({SOURCE}).",
            "With a development key (sk_test_) only: its instance sends 100 e-mails a calendar month "
            "(docs test-emails-and-phones.mdx, documented).",
        ],
        "faster": [],
    }


@pytest.mark.parametrize(
    ("options", "calls", "finish"),
    [
        ((), 500, "2026-11-24T03:00:38Z"),
        (("--lanes", "bulk"), 500, "2026-11-24T03:00:38Z"),
        (("--lanes", "both"), 1760, "2026-11-23T22:00:28Z"),
        (("--share", "0.8"), 500, "2026-11-24T08:00:48Z"),
        (("--limits", "off"), 500, "2026-11-23T08:00:00Z"),
        (("--hours", "8-18"), 500, "2026-11-24T17:00:18Z"),
        (("--hours", "8-18", "--tz", "Europe/Berlin"), 500, "2026-11-25T07:00:00Z"),
        (("--hours", "8-18", "--days", "tue,thu", "--tz", "Europe/Berlin"), 500, "2026-11-26T16:00:18Z"),
        (("--days", "mon-fri", "--tz", "Europe/Berlin", "--share", "0.04"), 500, "2026-12-22T03:00:56Z"),
        (("--org", "org_acme", "--default", "role=org:member"), 500, "2026-11-23T17:00:18Z"),
        (("--org", "org_acme", "--default", "role=org:member", "--lanes", "both"), 1850, "2026-11-23T14:00:12Z"),
    ],
)  # fmt: skip
def test_each_option_shapes_the_timetable(people: Path, options: tuple[str, ...], calls: int, finish: str) -> None:
    """From Monday 8:00 UTC on: lanes, share, hours, days, zone, limits, target."""
    made = plan(people, "--start", f"{START}Z", *options)
    assert (made["people"], made["calls"]) == (5000, calls)
    assert made["finish"] == finish


@pytest.mark.parametrize(
    ("start", "zone", "expected"),
    [
        ("2026-11-23T08:00", None, "2026-11-23T08:00:00Z"),
        ("2026-11-23 08:00", None, "2026-11-23T08:00:00Z"),
        ("2026-11-23", None, "2026-11-23T00:00:00Z"),
        ("2026-11-23T08:00Z", "Europe/Berlin", "2026-11-23T08:00:00Z"),
        ("2026-11-23T08:00+05:30", "Europe/Berlin", "2026-11-23T02:30:00Z"),
        ("2026-11-23T08:00", "Europe/Berlin", "2026-11-23T07:00:00Z"),
        ("2026-07-23T08:00", "Europe/Berlin", "2026-07-23T06:00:00Z"),
        ("2026-07-23T08:00", "America/New_York", "2026-07-23T12:00:00Z"),
    ],
)
def test_the_start_is_in_the_zone_unless_it_names_its_own(
    people: Path, start: str, zone: str | None, expected: str
) -> None:
    """A time without an offset is taken as the clocks of --tz show it, of UTC without."""
    assert plan(people, "--start", start, *(["--tz", zone] if zone else []))["start"] == expected


def test_without_a_start_it_is_now(people: Path) -> None:
    """The plan begins when it is made."""
    before = datetime.now(UTC).replace(microsecond=0)
    start = datetime.fromisoformat(plan(people)["start"])
    assert before <= start <= datetime.now(UTC)


def test_people_read_hours_bursts_limits_and_what_would_be_faster(people: Path) -> None:
    """What it comes to in the first line; the bursts, the first and the last of many; local times."""
    ran = run("plan", people, "--start", START, "--hours", "8-18", "--days", "mon-fri", "--tz", "Europe/Berlin")
    assert (ran.status, ran.err) == (0, "")
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "5,000 people in 500 calls: 33.0 hours, the last one leaves Tue 2026-11-24 17:00 CET" in lines
    assert lines[lines.index("from calls people so far") + 1] == "Mon 11-23 08:00 25 bulk 250 250"
    assert "… 4 more" in lines
    assert "Tue 11-24 17:00 25 bulk 250 5,000" in lines
    text = " ".join(lines)
    assert f"limit 25 calls an hour at POST /v1/invitations/bulk ({SOURCE})." in text
    assert "faster both lanes (--lanes both): 5.0 hours sooner" in text
    assert "faster around the clock (without --hours and --days): 14.0 hours sooner" in text
    assert "only 08:00 to 18:00 Europe/Berlin on mon, tue, wed, thu, fri" in text
    assert max(map(len, ran.out.splitlines())) <= 120


def test_a_few_people_leave_at_once(tmp_path: Path) -> None:
    """No hours of waiting for one call; both lanes are named."""
    path = tmp_path / "few.csv"
    path.write_text("email\nada@example.com\nbob@example.com\n")
    ran = run("plan", path, "--start", START, "--lanes", "both")
    assert "2 people in 1 call, at once: Mon 2026-11-23 08:00 UTC" in ran.out
    assert "path   POST /v1/invitations/bulk" in ran.out
    assert "faster" not in ran.out


def test_rows_that_are_no_invitations_are_left_out_and_said(tmp_path: Path) -> None:
    """Exit 1 as check does; the good ones are planned."""
    path = tmp_path / "mixed.csv"
    path.write_text("email\nada@example.com\nnobody\n")
    ran = run("plan", path, "--start", START, "--format", "json")
    assert ran.status == 1
    assert json.loads(ran.out).items() >= {"rows": 2, "invalid": 1, "people": 1, "calls": 1}.items()


def test_nobody_to_invite_is_no_plan(tmp_path: Path) -> None:
    """A table without one good row: no calls, and no finish later than the start."""
    path = tmp_path / "none.csv"
    path.write_text("email\nnobody\n")
    ran = run("plan", path, "--start", START, "--format", "json")
    document = json.loads(ran.out)
    assert (ran.status, document["calls"], document["finish"]) == (1, 0, document["start"])
    assert "Nobody to invite." in run("plan", path, "--start", START).out


def test_invitations_that_expire_during_the_run_are_said(people: Path) -> None:
    """A day's validity and twenty hours fit; with a tenth of the hour they do not."""
    early = (
        "The first invitations expire after 1 day, before the last ones are sent (expires_in_days, OpenAPI document)."
    )
    options = ["--start", START, "--default", "expires_in_days=1"]
    assert early not in plan(people, *options)["limits"]
    assert early in plan(people, *options, "--share", "0.1")["limits"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--start", "monday"],
            "Error: --start monday: write a time such as 2026-11-23T08:00 or 2026-11-23T08:00+01:00.",
        ),
        (["--start", "23.11.2026"], "Error: --start 23.11.2026: write a time such as"),
        (["--start", "9999-12-31T23:00"], "Error: --start 9999-12-31T23:00: write a time such as"),
        (["--start", "0001-01-01"], "Error: --start 0001-01-01: write a time such as"),
        (["--hours", "18-8"], "Error: '18-8' are no hours: write 8-18 or 8:30-17:00, the earlier one first."),
        (["--days", "mo-fr"], "Error: 'mo-fr' are no days: write mon-fri, or mon,wed,fri."),
        (
            ["--tz", "Berlin"],
            "Error: There is no time zone 'Berlin': write one like Europe/Berlin or America/New_York.",
        ),
        (["--share", "0"], "Error: The share is a part of the hour's calls, above 0 and at most 1, not 0.0."),
        (["--share", "80"], "Error: The share is a part of the hour's calls, above 0 and at most 1, not 80.0."),
        (["--share", "nan"], "Error: The share is a part of the hour's calls, above 0 and at most 1, not nan."),
        (["--share", "half"], "Error: Invalid value for '--share': 'half' is not a valid float."),
        (["--lanes", "single"], "Error: Invalid value for '--lanes': 'single' is not one of 'bulk', 'both'."),
        (["--limits", "on"], "Error: Invalid value for '--limits': 'on' is not one of 'documented', 'off'."),
    ],
)
def test_what_was_said_wrongly_is_named(people: Path, options: list[str], sentence: str) -> None:
    """Exit 2, one sentence, nothing on standard output."""
    ran = run("plan", people, *options)
    assert (ran.status, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Traceback" not in ran.err


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Exit 2, as everywhere."""
    ran = run("plan", tmp_path / "nowhere.csv")
    assert (ran.status, ran.out) == (2, "")
    assert "nowhere.csv" in ran.err


def test_waves_stand_in_a_column_of_their_own(people: Path) -> None:
    """A small first wave is seen at once, with the time at which the next one begins."""
    ran = run("plan", people, "--start", START, "--waves", "10,100,rest", "--wave-gap", "24", "--gate", "0.02")
    assert ran.status == 0
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    at = lines.index("from wave calls people so far")
    assert lines[at + 1 : at + 4] == [
        "Mon 11-23 08:00 1 1 bulk 10 10",
        "Tue 11-24 08:00 2 10 bulk 100 110",
        "Wed 11-25 08:00 3 25 bulk 250 360",
    ]
    assert "Stops behind a wave of which Clerk refused more than 2%." in ran.out


def test_what_was_found_live_stands_among_the_limits(people: Path, tmp_path: Path) -> None:
    """With a capability file the plan is the same, and its limits say what was found, when and in which instance."""
    found = tmp_path / "clerk.toml"
    found.write_text(
        'clerkbulk_capabilities = 1\n[window]\nanswer = "fixed"\nat = "2026-11-22T08:00:00Z"\n'
        'instance = "ins_a"\napi_url = "https://api.clerk.com"\n'
    )
    without, with_file = plan(people, "--start", START), plan(people, "--start", START, "--capabilities", found)
    said = with_file["limits"].pop()
    assert with_file == without
    assert said == (
        "Found on 2026-11-22 in ins_a: the hour starts anew at fixed times; the plan keeps to a sliding one, which is "
        "stricter."
    )


def test_a_capability_file_that_is_none_is_exit_2(people: Path, tmp_path: Path) -> None:
    """A file that cannot be read as one is wrong input, and the sentence names it."""
    (tmp_path / "clerk.toml").write_text("window = 1\n")
    ran = run("plan", people, "--capabilities", tmp_path / "clerk.toml")
    assert ran.status == 2
    assert "clerk.toml: it has no clerkbulk_capabilities = 1: it is no capability file." in ran.err
