"""The report: what its first screen answers, what it shows of people, and that the page needs nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from travellers import DAY, T0, invited, planned

from clerkbulk.errors import InputError
from clerkbulk.onboarding.course import Point
from clerkbulk.onboarding.journey import Journey, Stage
from clerkbulk.onboarding.onboarding import Onboarding
from clerkbulk.onboarding.report.answer import answer, percent
from clerkbulk.onboarding.report.document import document, write_parquet
from clerkbulk.onboarding.report.page import LARGEST, report_html

NOW = T0 + 20 * DAY
"""2026-10-11, a Sunday."""


def everybody() -> list[Journey]:
    """Sixty in by the link (ten a day), three joined, five expired, two revoked, thirty open, five never invited."""
    people = [invited(number, accepted=1 + number % 6, metadata={"team": "sales"}) for number in range(60)]
    people += [invited(60 + number, joined=9, metadata={"team": "ops"}) for number in range(3)]
    people += [
        invited(70 + number, stage=Stage.EXPIRED, ended=14, life=14 * DAY, metadata={"team": "ops"})
        for number in range(5)
    ]
    people += [invited(80 + number, stage=Stage.REVOKED, ended=3, metadata={"team": "ops"}) for number in range(2)]
    people += [invited(100 + number, sent=T0 + 8 * DAY, metadata={"team": "<b>ops</b>"}) for number in range(30)]
    return [
        *people,
        *(planned(200 + number) for number in range(3)),
        planned(210, Stage.REFUSED),
        planned(211, Stage.ALREADY_THERE),
    ]


def told(people: list[Journey] | None = None, **more: object) -> Onboarding:
    course = (Point(T0, 0, 0), Point(T0, 70, 70), Point(T0 + 8 * DAY, 100, 100))
    fields: dict[str, object] = {
        "library": "none", "looked_at": NOW, "left_out": 4, "sending_course": course, "secret": b"s",
        "title": "people <1>.csv → the application", **more,
    }  # fmt: skip
    return Onboarding(tuple(everybody() if people is None else people), NOW, **fields)  # type: ignore[arg-type]


class Page(HTMLParser):
    """What of a page can call for something else, and the text of its tables and cards."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(told(), by=["team"], at_least=5, goal=0.8, until=date(2026, 10, 25))


def test_the_first_screen_counts_who_is_in_and_who_is_not() -> None:
    """In are those of the link and those without it; not in is everybody else, by what became of them."""
    found = answer(told())
    assert (found.invited, found.inside, found.outside) == (100, 63, 37)
    assert found.inside_says == "63 % of 100 people invited, 3 of them without the link"
    assert found.outside_says == "30 can still accept, 5 expired, 2 revoked"
    assert found.uninvited_says == "Besides: 3 to be invited, 1 refused or called off, 1 already there."


def test_the_goal_is_judged_by_the_interval_of_the_forecast() -> None:
    """A goal that is reached is a yes, one above everybody who can still come a no, and the number it takes is said."""
    reached = answer(told(), goal=0.6).outlook
    assert (reached.needed, reached.verdict) == (60, "Yes, as far as can be told")
    beyond = answer(told(), goal=0.99).outlook
    assert (beyond.needed, beyond.verdict) == (99, "No, not at this pace")
    assert answer(told()).outlook.verdict is None
    for wrong in (0.0, -0.1, 1.01):
        with pytest.raises(InputError, match="A goal is a share above 0 % and up to 100 %"):
            answer(told(), goal=wrong)


def test_the_outlook_counts_those_who_joined_and_those_still_to_be_invited() -> None:
    """What is expected never lies below who is in already, and a goal is a share of those to be invited, too."""
    outlook = answer(told(to_come=(NOW + DAY,) * 20), goal=0.5).outlook
    assert outlook.needed == 60
    assert 63 <= outlook.low <= outlook.expected <= outlook.high <= 120
    assert outlook.until == date(2026, 10, 25)


def test_a_day_that_is_over_has_no_forecast() -> None:
    """A forecast for a past day is refused, and says what a forecast is."""
    with pytest.raises(InputError, match="a forecast is for a day to come"):
        answer(told(), until=date(2026, 10, 1))


def test_percentages_never_round_somebody_away() -> None:
    """One of a thousand is not nobody, and 999 are not everybody."""
    assert [percent(share) for share in (0, 0.001, 0.005, 0.5, 0.996, 1)] == [
        "0 %", "under 1 %", "0 %", "50 %", "over 99 %", "100 %",
    ]  # fmt: skip


def test_the_page_calls_for_nothing_else(page: str) -> None:
    """No script, no frame, no picture, font or style from elsewhere: it can be mailed and opened without a network."""
    found = Page(page)
    assert not {"script", "iframe", "link", "img", "object", "embed", "form", "base"} & set(found.tags)
    calls = {value for _, name, value in found.attributes if name in {"href", "src", "xlink:href", "action", "srcset"}}
    assert all(value.startswith("#") for value in calls)
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    outside = re.findall(r"(?:url\(|@import|https?://)[^\s)\"']{0,40}", page)
    assert {one for one in outside if "www.w3.org" not in one and "url(#" not in one} == set()
    assert len(page.encode()) < LARGEST


def test_ids_on_the_page_are_there_once(page: str) -> None:
    """Two pictures never share an id: one would be drawn with the other's clips."""
    ids = [value for _, name, value in Page(page).attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_the_page_shows_nobody_unless_asked(page: str) -> None:
    """Without people there is no address and no line on it; with people, everybody has one."""
    addresses = [one.email for one in told().journeys]
    assert not [one for one in addresses if one in page]
    assert "example.com" not in page
    with_people = report_html(told(), people=True)
    assert [one for one in addresses if one not in with_people] == []


def test_what_came_from_outside_is_text_on_the_page(page: str) -> None:
    """A file's name and a group's name are shown as they are, and are never markup."""
    assert "people &lt;1&gt;.csv" in page
    assert "people <1>" not in page
    assert "<b>ops</b>" not in page
    assert "&lt;b&gt;ops&lt;/b&gt;" in page


def test_small_groups_are_not_shown_apart(page: str) -> None:
    """A group below the least number of people stands in the page under no name of its own."""
    people = [*everybody(), invited(300, metadata={"team": "the only lawyer"})]
    assert "the only lawyer" not in report_html(told(people), by=["team"], at_least=5)
    assert "the only lawyer" in report_html(told(people), by=["team"], at_least=1)


def test_every_answer_stands_on_the_page(page: str) -> None:
    """The first screen's numbers, the goal's verdict, the sections and the definitions are all there."""
    for words in ("How many are in?", "63 % of 100 people invited", "Will we make it?", "the goal of 80 % takes 80"):
        assert words in page, words
    heads = re.findall(r"<h2>([^<]*)</h2>", page)
    assert heads == [
        "How many are in?", "How many are not?", "Will we make it?", "Funnel", "Time to accept", "Day by day",
        "By week of invitation", "By team", "Still open", "How these numbers were obtained", "Definitions",
    ]  # fmt: skip
    assert "4 rows of the tables were no invitations" in page


def test_a_report_of_nobody_is_a_page_too() -> None:
    """With nobody invited yet, the page says so and breaks nowhere."""
    empty = report_html(told([planned(1)], sending_course=(), to_come=(NOW + DAY,)))
    assert "nobody was invited yet" in empty
    assert report_html(told([], sending_course=()))


def test_a_page_too_large_to_mail_is_refused() -> None:
    """Two megabytes are the most: what does not fit is not cut, and the error says what does."""
    many = [invited(number, metadata={}) for number in range(14_000)]
    with pytest.raises(InputError, match=r"2 MB are the most: leave --people out \(Parquet files hold everybody\)"):
        report_html(told(many, sending_course=()), people=True)


def test_the_same_people_give_the_same_page(page: str) -> None:
    """The page is a function of what was told: nothing in it hangs on when or where it is written."""
    assert page == report_html(told(), by=["team"], at_least=5, goal=0.8, until=date(2026, 10, 25))


def test_json_holds_the_answer_and_every_frame() -> None:
    """The document can be written as JSON, has the first screen's numbers, and no person unless asked."""
    found = document(told(), answer(told()), by=["team"])
    text = json.dumps(found)
    assert (found["invited"], found["in"], found["not_in"], found["left_out"]) == (100, 63, 37, 4)
    assert found["as_of"] == "2026-10-11T14:13:20.000Z"
    assert [step["people"] for step in found["funnel"]] == [105, 100, 60, 0, 0, 0]
    assert {row["group"] for row in found["groups"]["team"]["funnel"]} >= {"sales", "ops"}
    assert "example.com" not in text
    hashed = document(told(), answer(told()), people="hash")
    assert len(hashed["table"]) == 105
    assert "example.com" not in json.dumps(hashed)
    shown = document(told(), answer(told()), people="show")
    assert shown["table"][0]["person"] == "p0@example.com"


def test_parquet_holds_the_tidy_frames(tmp_path: Path) -> None:
    """Each frame is a file of its own, typed, groups in files named after them; nobody's address is in any."""
    files = write_parquet(told(), tmp_path / "frames", by=["team"])
    assert {file.stem for file in files} >= {"table", "funnel", "curve", "cohorts", "over_time", "funnel-by-team"}
    funnel = parquet.read_table(tmp_path / "frames" / "funnel.parquet")
    assert funnel["people"].to_pylist() == [105, 100, 60, 0, 0, 0]
    table = parquet.read_table(tmp_path / "frames" / "table.parquet")
    assert table.num_rows == 105
    assert "person" not in table.column_names
    assert table["accepted_at"].type.tz == "UTC"
    assert all(b"example.com" not in file.read_bytes() for file in files)
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="cannot hold the Parquet files"):
        write_parquet(told(), tmp_path / "taken")


def test_a_report_as_of_an_earlier_day_knows_no_later_one() -> None:
    """Going back, the page's numbers are those of that day."""
    earlier = told().as_of(datetime.fromtimestamp(T0 + 2.5 * DAY, UTC))
    assert answer(earlier).inside == 20
    assert answer(earlier).outlook.until == (datetime.fromtimestamp(T0 + 2.5 * DAY, UTC) + timedelta(days=14)).date()
    assert replace(earlier, zone=UTC).counts()[Stage.JOINED] == 0
