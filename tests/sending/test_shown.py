"""What a job's sum, preflight, results and changes look like in a notebook: readable, escaped, never the whole list."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from stage import Stage, people

import clerkbulk as cb
from clerkbulk.sending.before.changes import Changes
from clerkbulk.sending.before.preflight import Policy, Preflight
from clerkbulk.sending.job import Job
from clerkbulk.sending.state import Sum

EVIL = "<script>alert(1)</script>"
OURS = {"div", "style", "b", "table", "thead", "tbody", "tr", "th", "td", "code"}


class Page(HTMLParser):
    """Reads a page as strictly as it can be read: every element is one of ours, and closed in its place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.words = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS
        assert {name for name, _ in attrs} <= {"class"}
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.words += f"{data} "
        if self.open[-1] in {"td", "th"}:
            self.rows[-1][-1] += data


def table(folder: Path, addresses: list[str], *more: str) -> cb.Checked:
    path = folder / "<i>people.csv"
    path.write_text("\n".join(["Name,Mail", *(f"{EVIL},{address}" for address in addresses), *more]) + "\n")
    return cb.check(path)


@pytest.fixture
def found(tmp_path: Path) -> tuple[Job, Preflight, Changes]:
    """Return a finished job of forty, what its preflight found, and what a second sheet changes."""
    stage = Stage(tmp_path, limits="off")
    stage.backend.seed(
        {
            "users": [{"email_address": "p3@example.com"}],
            "invitations": [{"email_address": "p5@example.com", "status": "revoked"}],
        }
    )
    with stage.ledger() as ledger, stage.client() as client:
        job = ledger.job(table(tmp_path, people(40), f"{EVIL},nobody"))
        looked = job.preflight(client, Policy(suppressed=frozenset({"p7@example.com"})))
        stage.steps(job, client, limits="off")
        stage.clock.advance(60)
        second = ledger.job(table(tmp_path, people(50, first=2)))
        changes = second.changes()
        assert changes is not None
    return job, looked, changes


def test_a_preflight_shows_its_buckets(found: tuple[Job, Preflight, Changes]) -> None:
    """How many, what was found, what is done about it, on which lines; and what to do where somebody must decide."""
    page = Page(found[1]._repr_html_())
    assert page.rows == [
        ["people", "what was found", "decision", "lines", "what to do"],
        ["1", "on the suppression list", "skip", "8", ""],
        ["1", "users already", "skip", "4", ""],
        ["1", "invited before, and the invitation was revoked or has expired", "ask", "6",
         "Decide whether to invite the person again."],
        ["37", "ready", "send", "", ""],
    ]  # fmt: skip
    assert page.words.split()[:4] == ["40", "people", ",", "3"]
    assert repr(found[1]) == "<Preflight: 1 suppressed, 1 already_user, 1 invited_before, 37 ready>"


def test_results_show_some_of_every_state(found: tuple[Job, Preflight, Changes], tmp_path: Path) -> None:
    """Ten who were invited do not hide the one line that is to be corrected; nothing of a cell becomes markup."""
    with Stage(tmp_path).ledger() as ledger:
        page = Page(ledger.find(found[0].id).results()._repr_html_())
    assert page.rows[0] == ["line", "who", "state", "reason", "what to do"]
    assert [row[2] for row in page.rows[1:]].count("sent") == 10
    assert page.rows[1] == ["2", "p1@example.com", "sent", "", ""]
    assert page.rows[-1][:3] == ["42", f"{EVIL} · nobody", "invalid"]
    assert "<i>people.csv" in page.words
    assert "and 28 more:" in page.words


def test_a_purged_job_s_results_say_so(found: tuple[Job, Preflight, Changes], tmp_path: Path) -> None:
    """With the counts, without anybody."""
    with Stage(tmp_path).ledger() as ledger:
        job = ledger.find(found[0].id)
        job.purge()
        page = Page(job.results()._repr_html_())
    assert "what became of each row, purged on 2027-01-15" in page.words
    assert "example.com" not in page.words
    assert "38 sent" in page.words


def test_changes_show_who_is_gone_and_changed_before_those_who_are_new(found: tuple[Job, Preflight, Changes]) -> None:
    """Counts first; ten of each group, and how many more."""
    page = Page(found[2]._repr_html_())
    assert "11 new 1 gone 0 changed 39 as before" in page.words
    assert page.rows[0] == ["", "who", "line", "line there", "state there", "what differs"]
    assert page.rows[1] == ["gone", "p1@example.com", "", "2", "sent", ""]
    assert page.rows[2] == ["new", "p41@example.com", "41", "", "", ""]
    assert len(page.rows) == 12
    assert "and 1 more:" in page.words


def test_a_sum_shows_the_states_that_anybody_is_in() -> None:
    """Rows and sent in any case."""
    assert Page(Sum(5, refused=2, left=3)._repr_html_()).words.split() == [
        "5", "rows", "0", "sent", "2", "refused", "3", "left",
    ]  # fmt: skip
