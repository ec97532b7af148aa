"""The third step: filters, edits in place, suggestions for one and for all alike, rows left out, steps back."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from seeing import every, has, named, press, sees

from clerkbulk.widgets.draft import Draft
from clerkbulk.widgets.review_step import ReviewPart

ROWS = [
    "email,role_url",
    "ada@example.com,https://app.example.com",
    "bob@exmaple.org,",
    "cleo@exmaple.org,",
    "not an address,",
    "ADA@example.com,",
    *[f"p{n}@example.org," for n in range(40)],
]


@pytest.fixture
def part() -> ReviewPart:
    draft = Draft()
    draft.take("\n".join(ROWS) + "\n")
    return ReviewPart(draft)


def counts(part: ReviewPart) -> dict[str, str]:
    node = next(node for node in every(part.view()) if node["t"] == "choices" and node["name"] == "show")
    return {key: number for key, _, number, _ in node["options"]}


def lines(part: ReviewPart) -> list[int]:
    total = named(part, "rows")["total"] if has(part, "rows") else 0
    return [row["line"] for row in part.rows("rows", 0, total)]


def cell(part: ReviewPart, line: int, at: int = 1) -> dict[str, Any]:
    return next(row for row in part.rows("rows", 0, 500) if row["line"] == line)["cells"][at]


def test_every_row_is_ready_wrong_or_left_out_and_the_filters_count_them(part: ReviewPart) -> None:
    """The sum stands above; each filter shows its rows."""
    assert sees(part, "45 rows = 43 ready + 2 that cannot be sent + 0 left out.")
    assert counts(part) == {
        "all": "45", "ready": "43", "errors": "2", "warnings": "2", "duplicates": "1", "excluded": "0", "edited": "0",
    }  # fmt: skip
    part.hear("show", "errors")
    assert lines(part) == [5, 6]
    part.hear("show", "duplicates")
    assert lines(part) == [6]


def test_a_bad_cell_is_marked_and_explained(part: ReviewPart) -> None:
    """Where it stands, in the words of the checks; a good one is not."""
    assert cell(part, 5)["mark"] == "error"
    assert "not an e-mail address" in cell(part, 5)["said"]
    assert cell(part, 3)["mark"] == "warning"
    assert "mark" not in cell(part, 2)


def test_an_edit_is_judged_at_once(part: ReviewPart) -> None:
    """The cell is no longer marked, the counts follow, the cell says that it was edited."""
    part.hear("rows.edit", {"line": 5, "column": "email", "text": "dan@example.com"})
    assert "mark" not in cell(part, 5)
    assert cell(part, 5)["edited"] is True
    assert counts(part)["errors"] == "1"
    part.hear("rows.edit", {"line": 5, "column": "email", "text": "ada@example.com"})
    assert cell(part, 5)["mark"] == "error"


def test_the_page_is_told_to_ask_again_after_every_change(part: ReviewPart) -> None:
    """A revision number that has changed: what is drawn is not what there is any more."""
    before = named(part, "rows")["revision"]
    part.hear("rows.edit", {"line": 5, "column": "email", "text": "dan@example.com"})
    assert named(part, "rows")["revision"] > before


def test_a_suggestion_is_taken_for_one_or_for_all_alike(part: ReviewPart) -> None:
    """One step back takes back all of them."""
    part.hear("rows.at", {"line": 3, "column": "email"})
    press(part, "Use it for all 2 alike")
    assert (cell(part, 3)["text"], cell(part, 4)["text"]) == ("bob@example.org", "cleo@example.org")
    assert sees(part, "2 cells changed.")
    press(part, "Undo")
    assert (cell(part, 3)["text"], cell(part, 4)["text"]) == ("bob@exmaple.org", "cleo@exmaple.org")
    press(part, "Use bob@example.org")
    assert (cell(part, 3)["text"], cell(part, 4)["text"]) == ("bob@example.org", "cleo@exmaple.org")


def test_rows_are_left_out_and_taken_back(part: ReviewPart) -> None:
    """By the space bar, by the button, and all that a filter shows at once."""
    part.hear("rows.mark", 2)
    assert part.rows("rows", 0, 1)[0]["state"] == "excluded"
    assert len(part.draft.checked().invitations) == 43  # line 6 takes the place of line 2: the same person
    part.hear("rows.at", {"line": 2, "column": "email"})
    assert sees(part, "It stays in the results, which say that a person left it out.")
    press(part, "Take this row back")
    part.hear("search", "exmaple")
    press(part, "Leave out these 2 rows")
    part.hear("search", "")
    assert counts(part)["excluded"] == "2"
    checked = part.draft.checked()
    assert (checked.rows, len(checked.items)) == (45, 41)
    by_hand = [issue.line for issue in checked.issues if issue.rule == "left_out_by_hand"]
    assert by_hand == [3, 4]
    assert counts(part)["errors"] == "2"


def test_a_search_and_a_rule_narrow_the_rows(part: ReviewPart) -> None:
    """Both count together with the filter; nothing found is said."""
    part.hear("search", "EXMAPLE")
    assert lines(part) == [3, 4]
    part.hear("search", "nowhere")
    assert sees(part, "No row is like that.")
    part.hear("search", "")
    part.hear("rule", "duplicate_address")
    assert lines(part) == [6]


def test_the_buckets_of_a_preflight_are_filters(part: ReviewPart) -> None:
    """Who is invited already can be looked at, and left out."""
    part.draft.buckets = {"already_invited": frozenset({2, 4})}
    part.hear("bucket", "already_invited")
    assert lines(part) == [2, 4]
    part.hear("bucket", "")
    assert len(lines(part)) == 45


def test_the_issues_and_the_changes_can_be_taken_along(part: ReviewPart) -> None:
    """As sheets: what is wrong, and what was done about it."""
    files: dict[str, bytes] = {}
    part.attach(lambda: None, lambda _: None, lambda name, content, _: files.update({name: content}))
    part.hear("rows.edit", {"line": 5, "column": "email", "text": "dan@example.com"})
    press(part, "Download the issues")
    press(part, "Download the changes")
    issues = list(csv.DictReader(io.StringIO(files["issues.csv"].decode("utf-8-sig"))))
    assert {issue["rule"] for issue in issues} == {"duplicate_address", "misspelt_domain"}
    assert "not an address" in files["changes.csv"].decode("utf-8-sig")


def test_a_suggestion_of_a_row_that_has_changed_since_is_not_taken(part: ReviewPart) -> None:
    """The page may lag behind: a sentence, and nothing happens."""
    part.hear("take", {"line": 3, "at": 7})
    assert sees(part, "Line 3 has changed since: look at it again.")


def test_a_very_long_cell_is_cut_in_the_grid_and_whole_when_it_is_edited() -> None:
    """What is drawn is short; what is edited is all of it."""
    draft = Draft()
    draft.take(f"email,note\nada@example.com,{'x' * 5000}\n")
    part = ReviewPart(draft)
    assert len(cell(part, 2, 2)["text"]) == 301
    assert len(cell(part, 2, 2)["whole"]) == 5000


def test_another_mapping_begins_the_review_anew(part: ReviewPart) -> None:
    """Edits were of another reading of the columns."""
    part.hear("rows.edit", {"line": 5, "column": "email", "text": "dan@example.com"})
    part.draft.default("expires_in_days", "14")
    assert counts(part)["edited"] == "0"


def test_without_people_there_is_a_sentence() -> None:
    """And nothing else."""
    assert sees(ReviewPart(Draft()), "There are no people yet")
