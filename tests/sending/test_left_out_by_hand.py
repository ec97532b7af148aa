"""Rows that a person left out before sending: invited by nobody, lost by nobody, and told as what they are."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import Place, Stage

import clerkbulk as cb
from clerkbulk.people.mapping import map_columns
from clerkbulk.people.read import read
from clerkbulk.people.revising import Revision
from clerkbulk.sending.state import Sum

SHEET = "email,team\nada@example.com,core\nbob@example.com,ops\ncy@@,ops\nADA@example.com,core\n"
BY_HAND = "left_out_by_hand"


def revision_of(text: str) -> Revision:
    table = read(text)
    return Revision(table, map_columns(table, cb.Application()))


def sent(stage: Stage, revision: Revision) -> tuple[str, Sum, dict[int, str | None]]:
    """Send a revised table; return its job, the sum, and the code of each line."""
    job = stage.send(revision.checked())
    return job.id, job.sum(), {result.line: result.code for result in job.results()}


def test_whoever_is_left_out_is_in_the_sum_and_in_the_sheet(place: Place, tmp_path: Path) -> None:
    """Every row of the file has one state; the sheet back says that a person left the line out, and what to do."""
    stage, revision = Stage(place), revision_of(SHEET)
    revision.exclude([3])
    job = stage.send(revision.checked())
    assert job.sum() == Sum(4, sent=1, invalid=3)
    (left_out,) = [result for result in job.results().only("invalid") if result.code == BY_HAND]
    assert (left_out.line, left_out.cells) == (3, ("bob@example.com", "ops"))
    assert left_out.reason == "A person left this line out before the list was sent."
    assert left_out.remedy.startswith("Nothing to do.")
    job.results().write(tmp_path / "results.csv")
    with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["email"], row["clerkbulk_state"]) for row in rows][1] == ("bob@example.com", "invalid")
    assert [result.line for result in job.results().to_fix()] == [4]


def test_whoever_is_taken_back_is_invited_then_and_nobody_twice(place: Place) -> None:
    """The same table with one more to send is another job, of which only the one is sent."""
    stage, revision = Stage(place), revision_of(SHEET)
    revision.exclude([3])
    first, _, _ = sent(stage, revision)
    revision.include([3])
    second, sum_, _ = sent(stage, revision)
    assert second != first
    assert (sum_.rows, sum_.sent + sum_.already_there + sum_.refused, sum_.invalid) == (4, 2, 2)
    assert stage.invited() == Counter(["ada@example.com", "bob@example.com"])
    revision.exclude([3])
    assert sent(stage, revision)[0] == first
    assert stage.invited() == Counter(["ada@example.com", "bob@example.com"])


def test_leaving_out_who_could_not_be_sent_anyway_is_the_same_job(place: Place) -> None:
    """What would be sent is the same; the results follow the person's last word about the row, there and back."""
    stage, revision = Stage(place), revision_of(SHEET)
    first, _, codes = sent(stage, revision)
    assert codes == {2: None, 3: None, 4: "invalid_address", 5: "duplicate_address"}
    revision.exclude([4, 5])
    assert sent(stage, revision) == (first, Sum(4, sent=2, invalid=2), {2: None, 3: None, 4: BY_HAND, 5: BY_HAND})
    revision.include([5])
    assert sent(stage, revision)[2] == {2: None, 3: None, 4: BY_HAND, 5: "duplicate_address"}
    assert stage.invited() == Counter(["ada@example.com", "bob@example.com"])


def test_a_broken_line_that_was_left_out_stays_broken_in_the_sheet_back(tmp_path: Path) -> None:
    """What stood there is kept beside it: sent in its turn, the sheet does not invite from half a line."""
    stage = Stage(tmp_path)
    revision = revision_of("email,team\nada@example.com\nbob@example.com,ops\n")
    revision.exclude([2])
    job = stage.send(revision.checked())
    (left_out,) = job.results().only("invalid")
    assert (left_out.code, left_out.as_read) == (BY_HAND, "ada@example.com")
    job.results().write(tmp_path / "results.csv")
    stage.send(cb.check(tmp_path / "results.csv"))
    assert stage.invited() == Counter(["bob@example.com"])


def test_a_table_of_which_everybody_is_left_out_is_a_job_of_nobody(tmp_path: Path) -> None:
    """It has its sum, and no call is made."""
    stage, revision = Stage(tmp_path), revision_of(SHEET)
    revision.exclude([2, 3, 4, 5])
    assert sent(stage, revision)[1] == Sum(4, invalid=4)
    assert stage.posts() == []


ADDRESSES = st.lists(
    st.sampled_from(["ada@example.com", "ADA@example.com", "bob@example.com", "cy@example.com", "cy@@", ""]),
    min_size=1,
    max_size=7,
)


@settings(max_examples=15, deadline=None)
@given(ADDRESSES, st.lists(st.sets(st.integers(0, 6)), min_size=2, max_size=3))
def test_rows_are_one_state_each_and_everybody_is_invited_once(
    tmp_path_factory: pytest.TempPathFactory, addresses: Sequence[str], choices: Sequence[set[int]]
) -> None:
    """Whatever is left out, sent, taken back and sent again: the sum holds, who is in is invited, and nobody twice."""
    stage = Stage(tmp_path_factory.mktemp("ledger"))
    revision = revision_of("email,team\n" + "".join(f"{address},core\n" for address in addresses))
    asked: set[str] = set()
    for chosen in choices:
        out = {place + 2 for place in chosen if place < len(addresses)}
        revision.include(revision.excluded)
        revision.exclude(out)
        checked = revision.checked()
        asked |= {item["email_address"] for item in checked.items}
        _, sum_, codes = sent(stage, revision)
        assert (sum_.rows, sum_.invalid) == (len(addresses), len(addresses) - len(checked.items))
        assert sum_.rows == sum_.sent + sum_.already_there + sum_.refused + sum_.invalid
        assert len(codes) == len(addresses)
        assert stage.invited() == Counter(asked)
