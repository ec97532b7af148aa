"""Issues: in the order of the lines, by severity, by rule."""

from __future__ import annotations

from clerkbulk.people.issue import Issue, Issues, Severity


def issue(line: int | None, rule: str, severity: Severity = Severity.ERROR) -> Issue:
    return Issue(line, "email", rule, severity, "x", "A sentence.")


MANY = [
    issue(7, "b"),
    issue(2, "a", Severity.WARNING),
    issue(7, "a"),
    issue(None, "c", Severity.NOTE),
    issue(2, "b"),
]


def test_issues_stand_in_the_order_of_their_lines() -> None:
    """What is about the whole table comes first; within a line the order of the checks is kept."""
    issues = Issues(MANY)
    assert [(each.line, each.rule) for each in issues] == [(None, "c"), (2, "a"), (2, "b"), (7, "b"), (7, "a")]
    assert len(issues) == 5
    assert issues[1] == MANY[1]
    assert isinstance(issues[1:3], Issues)
    assert list(issues[1:3]) == [MANY[1], MANY[4]]


def test_issues_part_by_severity_and_by_rule() -> None:
    """Errors, warnings and notes are all of them; rules are counted, the most frequent first."""
    issues = Issues(MANY)
    assert [len(part) for part in (issues.errors, issues.warnings, issues.notes)] == [3, 1, 1]
    assert issues.by_rule() == {"a": 2, "b": 2, "c": 1}
    assert repr(issues) == "<Issues: 3 errors, 1 warnings, 1 notes>"


def test_an_issue_is_plain_json() -> None:
    """The pinned keys, the severity as a word."""
    assert issue(2, "a", Severity.WARNING).to_json() == {
        "line": 2,
        "column": "email",
        "rule": "a",
        "severity": "warning",
        "cell": "x",
        "message": "A sentence.",
        "suggestion": None,
    }
