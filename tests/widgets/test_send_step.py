"""Plan and send: what is shown before the yes, and that nothing leaves without it; the emulator's record is witness."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from desk import LIVE, TEST, people
from seeing import has, named, press, sees, words

import clerkbulk as cb
from clerkbulk.sending.job import Job
from clerkbulk.widgets.access import Access
from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.send_step import SendPart, SendStep


def test_a_development_key_sends_everybody_once(desk: Any) -> None:
    """Look, press one button, and a process of its own invites everybody, each once."""
    form = desk(people(25))
    assert form.see("Development instance at http://127.0.0.1")
    assert not form.see("LIVE")
    form.press("Look who is there already")
    assert form.see("25 of 25 people ready")
    assert form.posts() == 0
    form.press("Invite 25 people")
    (job,) = form.started
    assert form.see(f"{job.id} is on its way")
    form.to_the_end()
    assert form.invited() == Counter({f"p{place}@example.com": 1 for place in range(1, 26)})


def test_two_clicks_start_one_job(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second click, while the first is under way and after it, starts nothing: one worker, everybody once."""
    form = desk(people(30))
    form.press("Look who is there already")
    workers = []
    start = Job.start

    def counted(*given: Any, **options: Any) -> Any:
        workers.append(start(*given, **options))
        return workers[-1]

    monkeypatch.setattr(Job, "start", counted)
    form.part.hear("send", True)
    form.part.hear("send", True)
    form.part.errands.wait()
    form.hear("send")
    assert len(workers) == 1
    assert len(form.started) == 1
    form.to_the_end()
    assert set(form.invited().values()) == {1}
    assert len(form.invited()) == 30


@pytest.mark.parametrize("typed", ["", "24", "250", "yes", "25 people", "-25", "2 5"])
def test_a_live_key_without_the_right_number_sends_nothing(desk: Any, typed: str) -> None:
    """The button is closed, and a message that presses it all the same is refused with a sentence."""
    form = desk(people(25), key=LIVE)
    assert form.see("LIVE. This key opens a production instance at http://127.0.0.1")
    form.press("Look who is there already")
    form.hear("confirm", typed)
    assert named(form.part, "send")["disabled"] is True
    form.hear("send")
    assert form.see("Type 25 first, the number of people. Nothing was sent.")
    assert (form.posts(), form.started) == (0, [])


def test_a_live_key_with_the_number_sends(desk: Any) -> None:
    """The number of people, typed, opens the button."""
    form = desk(people(12), key=LIVE)
    form.press("Look who is there already")
    form.hear("confirm", " 12 ")
    form.press("Invite 12 people for real")
    form.to_the_end()
    assert len(form.invited()) == 12


def test_the_number_is_typed_anew_after_another_look(desk: Any) -> None:
    """What was typed for one look does not confirm the next."""
    form = desk(people(12), key=LIVE)
    form.press("Look who is there already")
    form.hear("confirm", "12")
    press(form.part, "Look again")
    form.part.hear("confirm", "12")
    form.part.hear("send", True)
    form.part.errands.wait()
    assert form.see("Wait until everybody was looked up again. Nothing was sent.")
    assert named(form.part, "confirm")["value"] == ""
    form.hear("send")
    assert form.see("Type 12 first, the number of people. Nothing was sent.")
    assert (form.posts(), form.started) == (0, [])


def test_who_is_there_already_is_left_out_and_questions_are_asked(desk: Any, clerk: cb.Emulator) -> None:
    """A user is left out by default, a revoked invitation has to be decided about, and until then nothing leaves."""
    clerk.seed(
        {
            "users": [{"email_addresses": ["p1@example.com"]}],
            "invitations": [{"email_address": "p2@example.com", "status": "revoked"}],
        }
    )
    form = desk(people(4))
    form.press("Look who is there already")
    user, before = named(form.part, "decide:already_user"), named(form.part, "decide:invited_before")
    assert (user["label"], user["value"]) == ("1 person: users already", "skip")
    assert user["help"].startswith("Line 2.")
    assert before["value"] == "ask"
    assert before["warning"] == "Decide about them first."
    assert [key for key, _ in before["options"]] == ["ask", "skip", "send"]
    assert named(form.part, "send")["disabled"] is True
    form.hear("send")
    assert form.see("Decide about everybody first. Nothing was sent.")
    assert form.posts() == 0
    form.hear("decide:invited_before", "skip")
    form.press("Invite 2 people")
    form.to_the_end()
    assert set(form.invited()) == {"p2@example.com", "p3@example.com", "p4@example.com"}
    assert form.posts() == 1


def test_what_stops_can_be_left_out(desk: Any, clerk: cb.Emulator) -> None:
    """An unknown role stops the job, says so, and the others can be invited without those people."""
    clerk.seed({"organizations": [{"id": "org_acme", "name": "Acme"}]})
    sheet = "email_address,role\na@example.com,org:member\nb@example.com,org:pilot\nc@example.com,org:admin\n"
    form = desk(sheet, cb.Organization("org_acme"))
    form.press("Look who is there already")
    stop = named(form.part, "decide:role_unknown")
    assert stop["value"] == "stop"
    assert stop["error"].startswith("Nothing is sent while anybody is here")
    assert form.see("Privileged: 1 person as org:admin, who can manage members")
    form.hear("send")
    assert form.posts() == 0
    form.hear("decide:role_unknown", "skip")
    form.press("Invite 2 people")
    form.to_the_end()
    assert set(form.invited()) == {"a@example.com", "c@example.com"}


def test_the_pace_is_read_as_the_command_line_reads_it(desk: Any) -> None:
    """Hours, share and waves change the timetable; what cannot be read says so beside its field."""
    form = desk(people(600))
    form.hear("start", "2027-01-18T07:00")
    assert form.see("600 people in 60 calls: 2.0 hours, the last one leaves Mon 2027-01-18 09:00 UTC.")
    form.hear("hours", "8-18")
    form.hear("tz", "Europe/Berlin")
    assert form.see("600 people in 60 calls: 3.0 hours, the last one leaves Mon 2027-01-18 10:00 CET.")
    form.hear("share", "0.4")
    assert form.see("600 people in 60 calls: 6.0 hours")
    for name, wrong, said in (
        ("hours", "18-8", "'18-8' are no hours: write 8-18 or 8:30-17:00, the earlier one first."),
        ("tz", "Berlin", "There is no time zone 'Berlin': write one like Europe/Berlin or America/New_York."),
        ("share", "2", "The share is a part of the hour's calls, above 0 and at most 1, not 2.0."),
        ("share", "all", "'all' is no number: write one such as 0.8."),
        ("waves", "10,100", "'10,100' are no waves"),
        ("start", "tomorrow", "tomorrow: write a time such as 2026-11-23T08:00"),
    ):
        before = named(form.part, name)["value"]
        form.hear(name, wrong)
        assert named(form.part, name)["error"].startswith(said)
        assert form.see("Correct the fields above.")
        form.hear(name, before)
        assert named(form.part, name).get("error") is None
    assert form.see("600 people in 60 calls: 6.0 hours")
    assert form.clerk.calls() == []


def test_the_chosen_pace_is_the_jobs(desk: Any) -> None:
    """The process that sends keeps to what was chosen here: a start in the far future, and so nobody is invited yet."""
    form = desk(people(5))
    form.press("Look who is there already")
    form.hear("start", "2099-01-01T08:00")
    form.hear("hours", "8-18")
    form.press("Invite 5 people")
    (job,) = form.started
    pace = job.timetable().pace
    assert (str(pace.schedule), pace.start) == ("08:00 to 18:00 UTC", 4_070_937_600.0)
    assert job.attendance().is_at_work
    assert form.posts() == 0


def test_the_key_is_nowhere(desk: Any, clerk: cb.Emulator) -> None:
    """Not in what is shown, not in a repr, not in the widget's state; typed in, forgotten, and typed in again."""
    form = desk(people(3), key=LIVE)
    form.press("Look who is there already")
    screen = SendStep(form.draft, form.part.access, str(form.where))
    assert isinstance(screen.part, SendPart)
    screen.part.errands.wait()
    for shown in (form.part.view(), screen.part.view(), repr(form.part.access), screen.get_state(), repr(screen)):
        assert LIVE.removeprefix("sk_live_") not in json.dumps(shown, default=repr)
    form.press("Forget the key")
    assert named(form.part, "secret_key")["kind"] == "secret"
    assert not has(form.part, "decide:ready")
    assert named(form.part, "look")["disabled"] is True
    form.hear("send")
    assert form.posts() == 0
    form.hear("secret_key", "pk_test_whatever")
    assert "publishable key" in named(form.part, "secret_key")["error"]
    assert "whatever" not in json.dumps(form.part.view())
    form.hear("secret_key", TEST)
    assert form.see("Development instance at http://127.0.0.1")
    assert TEST.removeprefix("sk_test_") not in json.dumps(form.part.view())


def test_a_key_in_the_environment_that_is_none_says_so(tmp_path: Path) -> None:
    """The sentence names the variable, and a key can be typed."""
    draft = Draft()
    draft.take(people(2))
    part = SendPart(draft, Access(environ={"CLERK_SECRET_KEY": "hunter2"}), str(tmp_path / "a.db"))
    part.errands.wait()
    said = named(part, "secret_key")["error"]
    assert said.startswith("CLERK_SECRET_KEY: This is not a Clerk secret key")
    assert "hunter2" not in str(part.view())


def test_what_clerk_refuses_is_a_sentence(desk: Any, clerk: cb.Emulator) -> None:
    """An organization that is not there, and a Clerk that does not answer: told where the button is, nothing sent."""
    form = desk("email_address,role\na@example.com,org:member\n", cb.Organization("org_nowhere"))
    form.press("Look who is there already")
    assert form.see("There is no organization org_nowhere in this instance: check the id")
    clerk.stop()
    form.press("Look who is there already")
    assert any("http://127.0.0.1" in said or "reached" in said for said in words(form.part))
    assert form.started == []


def test_a_list_that_changes_after_the_look_is_not_sent(desk: Any) -> None:
    """Another list needs another look, also when this step was not told of the change."""
    form = desk(people(3))
    form.press("Look who is there already")
    form.draft.revision.exclude([2])
    form.hear("send")
    assert form.see("The list has changed since it was looked up: look it up again. Nothing was sent.")
    form.part.refresh()
    form.part.errands.wait()
    assert named(form.part, "look")["label"] == "Look who is there already"
    assert form.see("2 invitations to the application. 1 row left out by hand.")
    assert form.posts() == 0


def test_the_same_list_again_finds_the_same_job(desk: Any) -> None:
    """A kernel that was started anew looks the list up again: nobody is left, and the job can be watched."""
    first = desk(people(3))
    first.press("Look who is there already")
    first.press("Invite 3 people")
    first.to_the_end()
    again = desk(people(3))
    again.press("Look who is there already")
    assert again.see("Nobody is left to invite: this very list was sent before.")
    again.press("Watch it")
    assert [job.id for job in again.started] == [job.id for job in first.started]
    assert again.posts() == 1


def test_nothing_to_send_is_said(tmp_path: Path) -> None:
    """Without people the step says where they come from."""
    part = SendPart(Draft(), Access(environ={}), tmp_path / "a.db")
    assert sees(part, "There are no people yet")
    part.hear("look", True)
    part.hear("send", True)
    assert list(tmp_path.iterdir()) == []


def test_a_timetable_of_another_pace_is_not_shown(tmp_path: Path) -> None:
    """What was being worked out when a field went wrong does not come back."""
    draft = Draft()
    draft.take(people(600))
    part = SendPart(draft, Access(environ={}), str(tmp_path / "a.db"))
    part.hear("lanes", "both")
    part.hear("share", "2")
    part.errands.wait()
    assert sees(part, "Correct the fields above.")
    assert not sees(part, "600 people in")
