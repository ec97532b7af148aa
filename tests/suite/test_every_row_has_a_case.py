"""Every row of the contract's tables (clerk-contract.md, sections 1 to 3) has a case, or a reason why not.

The page lies beside the repository, not in it; where it is absent, nothing is held to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from clerkbulk.contract.cases.case import Case, Expect
from clerkbulk.contract.cases.every import CASES
from clerkbulk.contract.cases.match import OneOf

PAGE = Path(__file__).parents[3] / "shared" / "clerk-contract.md"
HEADING = re.compile(r"#+ (\d\.\d) ")
NAMES = re.compile(r"`[^`]+`((, | / )`[^`]+`)*")
SECOND_COLUMN = {"3.2", "3.3"}
"""Sections whose tables name what they are about in the second column: the key on the wire, the code."""

NO_CASE_OF_CREATING: Mapping[str, str] = {
    "2.4 Python": "about an SDK, tested in tests/contract/test_sdk.py",
    "2.4 Go 2024": "about an SDK that has no bulk calls",
    "2.4 Frontend API (organization.inviteMembers)": "another API",
}
"""Sections 1.2, 1.3, 2, 3.2 and the codes a creating call answers with."""
NO_CASE_OF_THE_REST: Mapping[str, str] = {
    "3.3 authentication_invalid": "where an end user's login is needed, which none of our calls asks for",
    "3.3 organization_invitation_revoked_code": "revoking a revoked one is 404 not_pending; this is for other calls",
    "3.3 organization_invitation_already_accepted": "revoking an accepted one is 404 not_pending; the same",
}
"""Sections 1.1, 1.4, 3.1, authentication, and the codes of revoking."""
REASONS = {**NO_CASE_OF_CREATING, **NO_CASE_OF_THE_REST}


@dataclass(frozen=True)
class Row:
    """One thing a table speaks of: ``3.3 duplicate_record``. statuses are those a code comes with."""

    key: str
    statuses: frozenset[int] = frozenset()


def rows(text: str) -> Iterator[Row]:
    """Yield the rows of every table in sections 1 to 3; a cell with several names is several rows."""
    section, header = "", True
    for line in text.splitlines():
        if line.startswith("#"):
            found = HEADING.match(line)
            section = found[1] if found and found[1][0] in "123" else ""
        if not line.startswith("|") or not section:
            header = True
            continue
        if header or line.startswith("|---"):
            header = False
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        named = re.sub(r" \(\*\*.\*\*\)$", "", cells[section in SECOND_COLUMN])
        statuses = frozenset(map(int, re.findall(r"\b\d{3}\b", cells[0]))) if section == "3.3" else frozenset[int]()
        for name in re.findall(r"`([^`]+)`", named) if NAMES.fullmatch(named) else [named.replace("`", "")]:
            yield Row(f"{section} {name}", statuses)


def _rows() -> list[Row]:
    return list(rows(PAGE.read_text("utf-8"))) if PAGE.exists() else []


def _expectations(case: Case) -> Iterator[Expect]:
    for step in case.steps:
        yield from step.expect.values() if isinstance(step.expect, Mapping) else [step.expect]


def _expects(case: Case, code: str, statuses: frozenset[int]) -> bool:
    for expect in _expectations(case):
        wanted = expect.code or expect.holds.get("errors/0/code")
        codes = wanted.values if isinstance(wanted, OneOf) else (wanted,)
        if code in codes and statuses & set(expect.status if isinstance(expect.status, tuple) else (expect.status,)):
            return True
    return False


def test_the_page_is_read_as_it_is_written() -> None:
    """Headings give the section, cells with several names are several rows, marks are no part of a name."""
    page = "\n".join(
        [
            "### 2.2 Some",
            "| field | type |",
            "|---|---|",
            "| `role` / `role_name` | strings |",
            "| several errors | – |",
            "## 3. Errors",
            "### 3.3 Codes",
            "| status | code | says |",
            "|---|---|---|",
            "| 413 / 415 | `a_b` / `c_d` | as `named` |",
            "",
            "| status | code |",
            "|---|---|",
            "| 400 | `e_f`, `g_h` |",
            "## 4. Semantics",
            "### 4.2 Other",
            "| source | x |",
            "|---|---|",
            "| a | b |",
        ]
    )
    assert list(rows(page)) == [
        Row("2.2 role"),
        Row("2.2 role_name"),
        Row("2.2 several errors"),
        Row("3.3 a_b", frozenset({413, 415})),
        Row("3.3 c_d", frozenset({413, 415})),
        Row("3.3 e_f", frozenset({400})),
        Row("3.3 g_h", frozenset({400})),
    ]


@pytest.mark.skipif(not PAGE.exists(), reason=f"{PAGE.name} is not beside the repository")
@pytest.mark.parametrize("section", ["1.1", "1.2", "1.3", "1.4", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3"])
def test_every_row_has_a_case_or_a_reason(section: str) -> None:
    """What the tables say can be run, or it is said why it cannot."""
    there = {row.key for row in _rows() if row.key.startswith(f"{section} ")}
    assert there
    covered = {row for case in CASES for row in case.rows}
    assert sorted(there - covered - set(REASONS)) == []


@pytest.mark.skipif(not PAGE.exists(), reason=f"{PAGE.name} is not beside the repository")
def test_no_case_and_no_reason_names_a_row_that_is_not_there() -> None:
    """A row that is renamed on the page is renamed here; a row with a case needs no reason."""
    there = {row.key for row in _rows()}
    named = {row for case in CASES for row in case.rows if row[0] in "123"}
    assert sorted((named | set(REASONS)) - there) == []
    assert sorted(named & set(REASONS)) == []


@pytest.mark.skipif(not PAGE.exists(), reason=f"{PAGE.name} is not beside the repository")
@pytest.mark.parametrize("row", [row for row in _rows() if row.statuses], ids=lambda row: row.key)
def test_a_code_is_expected_with_its_status(row: Row) -> None:
    """A case that stands for a code's row expects that code, with the status the row has."""
    if row.key in REASONS:
        return
    code = row.key.split()[1]
    assert [case.name for case in CASES if row.key in case.rows and _expects(case, code, row.statuses)]
