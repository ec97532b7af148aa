"""clerkbulk remind: shows who is silent, asks, and invites them again, once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from calling import Program

import clerkbulk as cb

DAY = 86_400


@pytest.fixture
def ledger(program: Program, clerk: cb.Emulator, tmp_path: Path) -> Path:
    """Return a ledger with a job whose fifteen people were invited eight days ago; one of them has accepted."""
    people, where = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\n" + "".join(f"p{n}@example.com\n" for n in range(1, 16)))
    assert program("send", people, "--ledger", where, "--yes").status == 0
    clerk.accept(email_address="p2@example.com")
    clerk.advance(8 * DAY)
    return where


def statuses(clerk: cb.Emulator) -> Counter[str]:
    return Counter(one["status"] for one in clerk.state()["invitations"])


BEFORE = {"pending": 14, "accepted": 1}
AFTER = {"revoked": 14, "pending": 14, "accepted": 1}


def test_the_silent_are_shown_asked_about_and_invited_again(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """A no does nothing, not even a job; a yes sends the reminder, and says what it is called."""
    said = program("remind", "--ledger", ledger, typed="n\n")
    assert (said.status, statuses(clerk)) == (3, BEFORE)
    assert re.search(r"14 +silent for 7 days or longer", said.out)
    assert re.search(r"1 +accepted", said.out)
    assert "Invite them again?" in said.err
    assert "other jobs" not in program("status", "--ledger", ledger).out
    said = program("remind", "--ledger", ledger, typed="y\n")
    assert (said.status, statuses(clerk)) == (0, AFTER)
    assert re.search(r"The reminder is job_[0-9a-f]{8}\. 14 people in 2 calls", said.err)
    assert "people.csv (reminder) → the application" in said.out
    assert "14 rows = 14 sent" in said.out


def test_status_and_results_tell_one_story(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """Each job names the other, and the original says when each person was reminded."""
    program("remind", "--ledger", ledger, "--yes")
    reminder = program("status", "--ledger", ledger, "--format", "json").json()
    original = reminder["reminds"]
    document = program("status", original, "--ledger", ledger, "--format", "json").json()
    assert (document["reminders"], document["reminds"]) == ([reminder["job"]], None)
    said = program("status", original, "--ledger", ledger).out
    assert f"reminded by {reminder['job']} (people.csv (reminder)), done: 14 rows = 14 sent" in said
    assert "other jobs" not in said
    assert f"reminds people of {original} (people.csv)" in program("status", "--ledger", ledger).out
    told = {
        one["email_address"]: one["reason"]
        for one in program("results", original, "--ledger", ledger, "--format", "json").json()
    }
    assert re.fullmatch(
        rf"The person is invited\. Reminded on \d{{4}}-\d\d-\d\d: invited again, inv_\w+ \({reminder['job']}\)\.",
        told["p1@example.com"],
    )
    assert told["p2@example.com"] == "The person is invited."


def test_when_nobody_is_silent_it_says_so_and_exits_0(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """Too recent, or reminded already: the reminder's id means the same people."""
    said = program("remind", "--ledger", ledger, "--silent-for", 9, "--yes")
    assert (said.status, statuses(clerk)) == (0, BEFORE)
    assert re.search(r"14 +invited too recently", said.out)
    assert "Nobody is to be reminded." in said.out
    program("remind", "--ledger", ledger, "--yes")
    clerk.advance(30 * DAY)
    for job in ((), (program("status", "--ledger", ledger, "--format", "json").json()["job"],)):
        said = program("remind", *job, "--ledger", ledger, "--yes")
        assert said.status == 0
        assert re.search(r"14 +reminded before: nobody is reminded twice", said.out)
    assert len(clerk.state()["invitations"]) == 29


def test_a_dry_run_does_nothing_and_json_has_the_lines(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """No job is made, nothing is asked."""
    said = program("remind", "--ledger", ledger, "--dry-run")
    assert said.status == 0
    assert "14 people would be invited again. Nothing was done." in said.out
    document = program("remind", "--ledger", ledger, "--dry-run", "--format", "json").json()
    assert (document["silent"], document["silent_for"]) == (14, 7)
    assert document["lines"] == [2, *range(4, 17)]
    assert document["others"] == [{"why": "accepted", "says": "accepted", "count": 1, "lines": [3]}]
    assert statuses(clerk) == BEFORE


def test_a_reminder_that_was_not_finished_goes_on(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """The same command, or resume with its id."""
    stop = {
        "method": "POST",
        "path": "/v1/invitations/bulk$",
        "do": "status",
        "status": 402,
        "code": "insufficient_seats",
    }
    clerk.faults([{"method": "POST", "path": "/v1/invitations/bulk$", "do": "pass"}, stop])
    said = program("remind", "--ledger", ledger, "--yes", "--format", "json")
    assert (said.status, said.json()["sent"]) == (3, 10)
    reminder = said.json()["job"]
    said = program("remind", "--ledger", ledger, "--dry-run")
    assert said.out == (
        f"Going on with the reminder {reminder} of people.csv: 4 people left.\n"
        "4 people would be invited again. Nothing was done.\n"
    )
    said = program("remind", "--ledger", ledger)
    assert (said.status, statuses(clerk)) == (0, AFTER)


def test_a_live_key_wants_the_number_of_people(
    program: Program, clerk: cb.Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--yes alone is not enough."""
    monkeypatch.setenv("CLERK_SECRET_KEY", "sk_live_fake")
    people, where = tmp_path / "people.csv", tmp_path / "a.db"
    people.write_text("email\np1@example.com\np2@example.com\n")
    assert program("send", people, "--ledger", where, "--confirm", 2).status == 0
    clerk.advance(8 * DAY)
    said = program("remind", "--ledger", where, "--yes")
    assert (said.status, statuses(clerk)) == (2, {"pending": 2})
    assert "confirm the number of people with --confirm 2" in said.err
    assert program("remind", "--ledger", where, "--confirm", 2).status == 0
    assert statuses(clerk) == {"revoked": 2, "pending": 2}


def test_a_reminder_made_elsewhere_and_never_confirmed_is_asked_about(
    program: Program, clerk: cb.Emulator, ledger: Path
) -> None:
    """A notebook made it and did not run it: resume points here, and here is the question."""
    with cb.Ledger(ledger) as opened, cb.Client.from_env() as client:
        made = opened.find().remind(client)
        assert made is not None
    said = program("resume", made.id, "--ledger", ledger)
    assert said.status == 2
    assert "was never confirmed: begin it with clerkbulk remind --ledger " in said.err
    said = program("remind", "--ledger", ledger)
    assert (said.status, statuses(clerk)) == (2, BEFORE)
    said = program("remind", "--ledger", ledger, "--yes")
    assert (said.status, statuses(clerk)) == (0, AFTER)


def test_the_pace_of_the_reminder_can_be_chosen(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """Hours, share and lanes as send has them."""
    said = program("remind", "--ledger", ledger, "--yes", "--lanes", "both", "--share", 0.12)
    assert (said.status, statuses(clerk)) == (0, AFTER)
    made = [call for call in clerk.calls() if call["items"] and call["method"] == "POST"][2:]
    assert Counter(call["items"] for call in made) == {10: 1, 1: 4}


def test_silent_for_must_be_days(program: Program, clerk: cb.Emulator, ledger: Path) -> None:
    """A negative number is wrong usage."""
    assert program("remind", "--ledger", ledger, "--silent-for", -1).status == 2
    assert statuses(clerk) == BEFORE
