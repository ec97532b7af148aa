"""How a checked table shows itself: everything escaped, long cells cut visibly, a page that browsers can read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.contract.target import Application, Organization
from clerkbulk.people.check import check, check_table
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.showing import MOST_OF_A_RULE
from clerkbulk.people.table import Row, Source, Table

EVIL = "<script>alert('1')</script><img src=x onerror=\"alert(2)\">&amp;"
OURS = {"div", "style", "b", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "pre", "code"}


class Page(HTMLParser):
    """Reads a page as strictly as it can be read: every element is one of ours, and closed in its place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.cells: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in OURS
        assert {name for name, _ in attrs} <= {"class", "open", "colspan"}
        self.open.append(tag)
        self.text += " " if tag == "div" else ""
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
        if "td" in self.open:
            self.cells[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def table_of(columns: tuple[str, ...], *rows: Any, name: str = "people.csv") -> Table:
    return Table(columns, [Row(i, tuple(cells)) for i, cells in enumerate(rows, 2)], Source(name, "csv"))


def test_nothing_from_the_table_becomes_markup() -> None:
    """Scripts in the file's name, a header, a cell, a metadata key or value, and a default are shown as text."""
    table = table_of(
        ("email", EVIL), ["ada@example.com", EVIL], [EVIL, "x"], ["bob@example.com", "y"], name=f"{EVIL}.csv"
    )
    defaults = {"public_metadata": {"source": EVIL}}
    html = check(table, metadata=[EVIL], defaults=defaults)._repr_html_()
    page = Page(html)
    assert "<script" not in html
    assert "<img" not in html
    assert "&amp;amp;" in html
    assert f"{EVIL}.csv" in page.text
    assert page.text.count("<script>alert('1')</script>") >= 5


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_text_makes_a_page_that_can_be_read_and_sent(name: str, header: str, cell: str) -> None:
    """Whatever stands in name, header and cell, half characters included: well-formed, and UTF-8 can carry it."""
    table = table_of(("email", f"x{header}"), [cell, cell], ["ada@example.com", cell], name=name)
    checked = check_table(table, map_columns(table, Application(), columns={"email_address": "email"}))
    html = checked._repr_html_()
    html.encode()
    Page(html)


def test_a_long_cell_is_visibly_cut() -> None:
    """A cell of ten thousand characters takes one line or two, with an ellipsis; issues keep all of it."""
    long = "x" * 10_000
    checked = check(table_of(("email", "notify", "note" * 50), [long, long, long], ["ada@example.com", "", ""]))
    page = Page(checked._repr_html_())
    assert f"{'x' * 79}…" in page.cells
    assert len(max(page.cells, key=len)) <= 300
    assert len(page.text) < 3_000
    assert checked.issues[0].cell == long


def test_the_counts_the_issues_and_the_payloads_are_there() -> None:
    """Rows, invitations, who is not invited, calls; line, column, cell, sentence and suggestion; the first bodies."""
    rows = [[f"p{i}@example.com", "org:member"] for i in range(1_234)]
    rows[1] = ["p1@example,com", "org:member"]
    checked = check(table_of(("email", "role"), *rows), Organization("org_9"))
    page = Page(checked._repr_html_())
    assert re.findall(r"([\d,]+)(rows?|invitations?|not invited|errors?|warnings?|calls?)", page.text) == [
        ("1,234", "rows"),
        ("1,233", "invitations"),
        ("1", "not invited"),
        ("1", "error"),
        ("0", "warnings"),
        ("124", "calls"),
    ]
    assert page.cells[-5:] == [
        "3",
        "email",
        "p1@example,com",
        "This is not an e-mail address: the part after the @-sign contains invalid characters: ','.",
        "p1@example.com",
    ]
    assert "First payloads, POST /v1/organizations/org_9/invitations/bulk" in page.text
    assert '[{"email_address": "p0@example.com", "role": "org:member"},' in page.text
    assert "… 1,230 more]" in page.text


def test_many_issues_of_one_kind_do_not_hide_the_only_one_of_another() -> None:
    """Some of every rule are shown, errors first; how many more there are is said, and where to find them."""
    rows = [[f"nobody{i}", "org:member"] for i in range(50)]
    rows += [["ada@example.com", "Boss"], ["Bob <bob@example.com>", "org:member"]]
    page = Page(check(table_of(("email", "role"), *rows), Organization("org_9"))._repr_html_())
    assert page.text.count("there is no @ in it") == MOST_OF_A_RULE
    assert f"and {50 - MOST_OF_A_RULE} more of invalid_address" in page.text
    assert "checked.issues.to_frame() has all of them." in page.text
    order = [page.text.index(word) for word in ("nobody0", "'Boss'", "was taken out of")]
    assert order == sorted(order)


@pytest.mark.parametrize("rows", [[], [["nobody"]]])
def test_a_table_without_invitations_shows_itself_too(rows: list[list[str]]) -> None:
    """No rows, or only bad ones: counts and issues, and no payloads."""
    page = Page(check(table_of(("email",), *rows))._repr_html_())
    assert "0invitations" in page.text
    assert "First payloads" not in page.text
    assert ("No issues." in page.text) == (not rows)
