"""The view of onboarding: the report's answer, every picture with its numbers, pickers, files, and nobody's address."""

from __future__ import annotations

import json
import sys
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from arrivals import Visitor, read_csv, told
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets import Widget
from seeing import every, has, named, press, sees, words

import clerkbulk as cb
from clerkbulk.onboarding.report.answer import answer
from clerkbulk.widgets.onboarding_picks import read_picks
from clerkbulk.widgets.onboarding_pictures import PICTURES
from clerkbulk.widgets.onboarding_source import OnboardingSource
from clerkbulk.widgets.onboarding_view import OnboardingPart

TODAY = date(2026, 10, 31)


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(told())


@pytest.fixture(scope="module")
def regular() -> Visitor:
    """Somebody who leaves everything as it was found."""
    return Visitor(told())


def table(part: OnboardingPart) -> list[list[str]]:
    """Return the first table in sight, its head first."""
    found = next(node for node in every(part.view()) if node["t"] == "table")
    return [found["head"], *found["rows"]]


def as_text(name: str, content: bytes) -> str:
    """Return everything that can be read in a file."""
    return str(parquet.read_table(BytesIO(content)).to_pydict()) if name.endswith(".parquet") else content.decode()


def number_of(part: OnboardingPart, question: str) -> str:
    """Return what a card answers."""
    card = next(node for node in every(part.view()) if node.get("label") == question)
    return str(card["k"][1]["text"])


def test_the_first_thing_seen_is_the_answer_of_the_report(visitor: Visitor) -> None:
    """How many are in, how many are not, will we make it: the same words, whatever is picked below."""
    for card in answer(told()).cards():
        assert sees(visitor.part, card.question)
        assert sees(visitor.part, card.says)
    assert number_of(visitor.part, "How many are in?") == "8"
    assert number_of(visitor.part, "How many are not?") == "4"
    assert sees(visitor.part, "67 % of 12 people invited, 1 of them without the link")
    assert sees(visitor.part, "2 can still accept, 1 expired, 1 revoked")
    assert sees(visitor.part, "Besides: 1 to be invited.")
    (bar,) = [node for node in every(visitor.part.view()) if node["t"] == "parts"]
    assert [(words_, number) for words_, number, _ in bar["parts"]] == [
        ("in by the link", 7), ("in without the link", 1), ("open", 2), ("expired or revoked", 2),
    ]  # fmt: skip


def test_a_goal_is_answered_with_whether_it_will_be_reached(visitor: Visitor) -> None:
    """Half of thirteen takes seven, who are in already; all of them cannot be."""
    visitor.pick(goal="50", until="2026-11-20")
    assert number_of(visitor.part, "Will we make it?") == "Yes, as far as can be told"
    assert sees(visitor.part, "in by Fri 20 Nov 2026")
    assert sees(visitor.part, "the goal of 50 % takes 7.")
    visitor.pick(goal="100")
    assert number_of(visitor.part, "Will we make it?") == "No, not at this pace"
    visitor.pick(goal="")
    assert not sees(visitor.part, "Will we make it?")


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("goal", "120", "above 0 and up to 100"), ("goal", "half", "a share in per cent"), ("goal", "nan", "above 0"),
        ("until", "2026-10-30", "This day is over"), ("until", "0026-10-30", "between 2000 and 2199"),
        ("at_least", "0", "1 or more"), ("at_least", "2.5", "whole number"), ("silent", "-1", "0 or more"),
        ("as_of", "2026-11-01", "known up to 31 Oct 2026"), ("first", "soon", "such as 2026-12-24"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_the_rest_stays(
    regular: Visitor, name: str, typed: str, said: str
) -> None:
    """What was typed stays in the field; the answer and the picture are those of before; put right, it is gone."""
    before = regular.part.reckoned
    regular.pick(**{name: typed})
    assert said in named(regular.part, name)["error"]
    assert named(regular.part, name)["value"] == typed
    assert regular.part.reckoned is before
    regular.pick(**{name: ""})
    assert "error" not in named(regular.part, name)


@given(st.dictionaries(st.sampled_from(["first", "last", "as_of", "until", "goal", "at_least", "silent"]), st.text()))
def test_whatever_is_typed_is_a_pick_or_wrong_and_never_an_accident(typed: dict[str, str]) -> None:
    """Any text in any field."""
    picks, wrong = read_picks({"what": "funnel", **typed}, TODAY)
    assert (picks is None) == bool(wrong)
    assert wrong.keys() <= typed.keys()


@pytest.mark.parametrize("what", PICTURES)
def test_every_picture_is_drawn_in_two_widths_with_its_numbers(visitor: Visitor, what: str) -> None:
    """And says in words what it shows, for who does not see it."""
    visitor.pick(by="team", at_least="1", what=what)
    (picture,) = [node for node in every(visitor.part.view()) if node["t"] == "picture"]
    assert picture["svg"].startswith("<svg")
    assert picture["narrow"].startswith("<svg")
    assert picture["svg"] != picture["narrow"]
    assert len(picture["label"]) > 40
    assert table(visitor.part)[1:]


def test_groups_are_counted_by_what_people_have(visitor: Visitor) -> None:
    """Team is a word of these people's metadata; each group's numbers stand in a line, small groups together."""
    options = [key for key, _ in named(visitor.part, "by")["options"]]
    assert options == ["", "role", "domain", "wave", "weekday", "hour", "week", "job", "organization", "team"]
    visitor.pick(by="team", at_least="1")
    assert [row[:4] for row in table(visitor.part)] == [
        ["group", "planned", "invited", "accepted"],
        ["orbit", "9 · 100 %", "8 · 89 %", "6 · 67 %"],
        ["radio", "4 · 100 %", "4 · 100 %", "1 · 25 %"],
    ]
    visitor.pick(at_least="5")
    assert [row[:4] for row in table(visitor.part)][1:] == [["(others)", "13 · 100 %", "12 · 92 %", "7 · 54 %"]]


def test_quartiles_of_groups_are_said_in_words(visitor: Visitor) -> None:
    """What was not reached is said so, not left empty."""
    visitor.pick(what="curve", by="team", at_least="1")
    head, orbit, radio = table(visitor.part)
    assert head == ["group", "people", "a quarter", "half", "three quarters"]
    assert orbit[:2] == ["orbit", "8"]
    assert orbit[3].startswith("4 days (")
    assert radio[4].startswith("not reached")


def test_a_comparison_asks_what_to_compare(visitor: Visitor) -> None:
    """Without groups there is nothing to draw; with them the test is said in a sentence."""
    visitor.pick(what="comparison")
    assert sees(visitor.part, "pick what to group by")
    visitor.pick(by="team", at_least="1")
    assert sees(visitor.part, "Log-rank test: chi-square")
    assert [row[:3] for row in table(visitor.part)][1:] == [["orbit", "8", "6"], ["radio", "4", "1"]]


def test_a_picture_of_everybody_says_that_groups_are_not_for_it(visitor: Visitor) -> None:
    """The picker stands still and says why; the group is kept for the next picture."""
    visitor.pick(by="team", what="over_time")
    assert named(visitor.part, "by")["disabled"]
    assert named(visitor.part, "by")["help"] == "This picture is of everybody together."
    assert table(visitor.part)[1] == ["31 Oct 2026", "1", "2", "7", "1", "1", "1"]
    visitor.pick(what="funnel")
    assert named(visitor.part, "by")["value"] == "team"


def test_the_day_of_the_invitation_says_whom_all_of_it_is_about(visitor: Visitor) -> None:
    """Answer, picture, reminders: those invited in October are the eight of orbit."""
    visitor.pick(first="2026-10-01")
    assert sees(visitor.part, "Only people invited from 1 Oct 2026.")
    assert number_of(visitor.part, "How many are in?") == "6"
    assert sees(visitor.part, "Download the list (2)")
    visitor.pick(last="2026-10-10")
    assert number_of(visitor.part, "How many are in?") == "0"
    assert sees(visitor.part, "Nobody was silent for so long.")
    visitor.pick(last="2026-09-30")
    assert "before the day it begins with" in named(visitor.part, "last")["error"]
    visitor.pick(first="")
    assert number_of(visitor.part, "How many are in?") == "2"


def test_an_earlier_day_is_shown_as_it_stood_at_its_end(visitor: Visitor) -> None:
    """On 13 October two of orbit had accepted, and the link that expired later was open; one reminds now."""
    visitor.pick(as_of="2026-10-13")
    assert sees(visitor.part, "As it stood at the end of 13 Oct 2026.")
    assert number_of(visitor.part, "How many are in?") == "4"
    assert sees(visitor.part, "7 can still accept, 1 revoked")
    assert named(visitor.part, "until")["value"] == "2026-10-27"
    assert sees(visitor.part, "Download the list (3)")
    visitor.pick(as_of="2026-10-31")
    assert number_of(visitor.part, "How many are in?") == "8"


def test_the_list_of_whom_to_remind_has_the_addresses(visitor: Visitor) -> None:
    """The longest silent first; fewer when it takes longer to be silent."""
    press(visitor.part, "Download the list (3)")
    visitor.part.wait()
    ((name, content, kind),) = visitor.files
    assert (name, kind) == ("to-remind-2026-10-31.csv", "text/csv")
    assert [(line["person"], line["line"], line["days_silent"]) for line in read_csv(content)] == [
        ("p11@example.com", "11", "40.0"), ("p7@example.com", "7", "20.0"), ("p8@example.com", "8", "20.0"),
    ]  # fmt: skip
    visitor.pick(silent="30")
    assert sees(visitor.part, "Download the list (1)")


@pytest.mark.parametrize("what", ["report", "csv", "parquet"])
def test_files_name_nobody_unless_that_is_asked_for(visitor: Visitor, what: str) -> None:
    """Then their names say so."""
    visitor.pick(by="team", at_least="1")
    name, files = visitor.take(what)
    assert "2026-10-31." in name
    assert not [one for one, content in files.items() if "@example" in as_text(one, content)]
    visitor.pick(people=True)
    name, files = visitor.take(what)
    assert "2026-10-31-with-addresses." in name
    assert [one for one, content in files.items() if "p11@example.com" in as_text(one, content)]


def test_the_frames_are_those_of_the_groups_and_days_picked(visitor: Visitor) -> None:
    """As CSV, every frame a file, times in ISO 8601."""
    visitor.pick(by="team", at_least="1", first="2026-10-01")
    _, files = visitor.take("csv")
    assert {"table.csv", "funnel.csv", "curve.csv", "funnel-by-team.csv"} <= files.keys()
    lines = read_csv(files["table.csv"])
    assert [line["invited_at"] for line in lines] == ["2026-10-11T14:13:20+00:00"] * 8
    assert "person" not in lines[0]
    assert {line["group"] for line in read_csv(files["funnel-by-team.csv"])} == {"orbit"}


def test_nothing_of_anybody_rests_in_a_trait() -> None:
    """The state that is saved with a notebook has no address, no key, no picture, whatever was done with the form."""
    view = cb.OnboardingView(told())
    view.part.hear("what", "curve")
    view.part.hear("people", True)
    view.part.hear("take", "csv")
    view.part.wait()  # type: ignore[attr-defined]
    other = cb.OnboardingView("nowhere.db")
    other.part.hear("secret_key", "sk_test_fakeplanted")
    saved = json.dumps(Widget.get_manager_state(widgets=[view, other])["state"], default=str)
    assert not [word for word in ("p1@example.com", "fakeplanted", "How long people take", "orbit") if word in saved]
    assert {name for name in view.keys if not name.startswith("_")} <= {"layout", "tabbable", "tooltip"}
    other.part.look.access.forget()  # type: ignore[attr-defined]


def test_without_matplotlib_the_numbers_are_there_and_how_to_get_the_pictures(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same table, and the name of the extra."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    visitor.pick(what="curve")
    assert sees(visitor.part, "pip install 'clerkbulk[plots]'")
    assert not [node for node in every(visitor.part.view()) if node["t"] == "picture"]
    assert table(visitor.part)[0] == ["of the people", "have accepted within"]
    visitor.pick(take="report")
    assert visitor.files == []
    assert sum("pip install 'clerkbulk[plots]'" in said for said in words(visitor.part)) == 2


def test_what_was_drawn_once_is_not_drawn_again(visitor: Visitor) -> None:
    """Going back to a picture shows the very same one."""
    first = visitor.part.reckoned
    assert first is not None
    visitor.pick(what="curve")
    visitor.pick(what="funnel")
    assert visitor.part.reckoned is not None
    assert visitor.part.reckoned.picture is first.picture


@pytest.mark.parametrize(("name", "value"), [("what", "nothing"), ("take", "all"), ("by", "nobody"), ("odd", 3)])
def test_what_no_page_sends_does_no_harm(regular: Visitor, name: str, value: Any) -> None:
    """A picture, file or group that is not there: at most a sentence, and the view stands."""
    regular.pick(**{name: value})
    assert regular.files == []
    assert number_of(regular.part, "How many are in?") == "8"
    regular.pick(by="")


def test_onboarding_that_was_told_already_asks_for_no_key(visitor: Visitor) -> None:
    """It is as of its moment: there is nothing to look at Clerk for."""
    assert not has(visitor.part, "look")
    assert not has(visitor.part, "secret_key")
    assert sees(visitor.part, "As of Sat 2026-10-31 14:13 UTC. Clerk was looked at Sat 2026-10-31 14:13 UTC.")


def test_a_ledger_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """The view says so."""
    part = OnboardingPart(OnboardingSource(tmp_path / "onboarding.db"))
    part.wait()
    assert sees(part, f"There is no ledger {tmp_path / 'onboarding.db'} yet.")
    assert list(tmp_path.iterdir()) == []
