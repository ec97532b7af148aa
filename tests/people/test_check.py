"""check: every row is an invitation or says why not, whatever its cells hold and however the rows are cut."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import polars
import pytest
from handmade import APPLICATION, COLUMNS, ORGANIZATION, table_of, told
from hypothesis import given, settings
from hypothesis import strategies as st

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.contract.target import Organization, Target
from clerkbulk.errors import InputError
from clerkbulk.people import rules
from clerkbulk.people.check import Checker, check, check_table
from clerkbulk.people.issue import Issue
from clerkbulk.people.mapping import Mapping, map_columns
from clerkbulk.people.table import Row, Source, Table

# What must hold for any table.

_slips = st.sampled_from(
    [
        "Ada@Example.COM", " ada@example.com", "mailto:ada@example.com", "Ada <ada@example.com>", "bob@example.com",
        "ada+1@example.com", "bob@example", "bob@@example.com", "zoë@example.com", "zoe\u0308@example.com",
        "a@bücher.example", "a@xn--bcher-kva.example", "x@gmial.com", "ada@example.test", "\x1cada@example.com",
        "ada@example.com\x85", "\u212aim@example.com", "org:member", "org:admin", "Org Member", "https://example.com",
        "example.com/x", "javascript:1", "30", "30.0", "400", "yes", "nein", "maybe", '{"team": "x"}',
        '{"a": {"b": 1}}',         "{'a': 1}", "[]", "", " ", "\u200b", "\ud800", "\0", "x" * 9_000, "é" * 700,
    ]
)  # fmt: skip
_numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.decimals(allow_nan=True),
    st.sampled_from([10**400, -(10**400), 2**64, 0.0, -0.0, 1, 1.0, True, Decimal("sNaN"), Decimal("1E+999999")]),
)
_others = st.one_of(
    st.none(),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=5),
    st.sampled_from([UUID(int=1), object(), {1: 2}, {"a": object()}, (1, 2), {"a", 1}, [["x"]], datetime.time(1)]),
    st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=3), st.integers(), st.none()), max_size=3),
    st.lists(st.text(max_size=3), max_size=3),
)
CELLS = st.one_of(_slips, _slips, st.text(max_size=12), _numbers, _others)
TABLES = st.lists(st.tuples(*[CELLS] * len(COLUMNS)), max_size=12).map(lambda rows: table_of(COLUMNS, *rows))
TARGETS = st.sampled_from([APPLICATION, ORGANIZATION])
DEFAULTS = st.sampled_from([{}, {"notify": False}, {"public_metadata": {"a": {"c": 1}, "source": "import"}}])


def mapped(table: Table, target: Target, defaults: dict[str, Any]) -> Mapping:
    """Map every column of COLUMNS that the target has a parameter for."""
    columns = {"email_address": "email", "public_metadata.team": "team"}
    columns |= {name: name for name in ("public_metadata", "redirect_url", "expires_in_days", "notify")}
    if isinstance(target, Organization):
        columns["role"] = "role"
    return map_columns(table, target, columns=columns, defaults=defaults, metadata=["note"])


@settings(max_examples=300, deadline=None)
@given(TABLES, TARGETS, DEFAULTS)
def test_every_row_is_an_invitation_or_says_why_not(table: Table, target: Target, defaults: dict[str, Any]) -> None:
    """Rows = invitations + invalid; a row is invalid exactly if it has an error; no cell makes the check fail."""
    checked = check_table(table, mapped(table, target, defaults))
    wrong = {issue.line for issue in checked.issues.errors}
    assert len(checked.invitations) + len(checked.invalid) == checked.rows == len(table.rows)
    assert wrong == set(checked.invalid)
    assert sorted([*checked.lines, *checked.invalid]) == [row.line for row in table.rows]
    keys = [invitation.key for invitation in checked.invitations]
    assert len(set(keys)) == len(keys)
    assert [invitation.to_wire() for invitation in checked.invitations] == list(checked.items)
    known = {name for name in vars(rules) if not name.startswith("_")}
    assert {issue.rule for issue in checked.issues} <= known
    for issue in checked.issues:
        assert issue.column is None or issue.column in COLUMNS
        assert issue.message.endswith(".")
        issue.message.encode()


@settings(max_examples=150, deadline=None)
@given(TABLES, TARGETS, DEFAULTS, st.lists(st.integers(1, 5), min_size=1))
def test_how_rows_are_cut_into_chunks_changes_nothing(
    table: Table, target: Target, defaults: dict[str, Any], sizes: list[int]
) -> None:
    """Taken row by row, in any pieces or all at once: the same invitations and the same issues."""
    mapping = mapped(table, target, defaults)
    whole = check_table(table, mapping)
    checker = Checker(table.columns, mapping)
    lines: list[int] = []
    items: list[dict[str, Any]] = []
    rows = list(table.rows)
    while rows:
        size = sizes[len(rows) % len(sizes)]
        part, rows = rows[:size], rows[size:]
        good, made = checker.take([row.line for row in part], [row.cells for row in part])
        lines += good
        items += made
    checker.finish()
    assert (tuple(lines), tuple(items)) == (whole.lines, whole.items)
    assert sorted(map(repr, checker.issues)) == sorted(map(repr, whole.issues))


@settings(max_examples=100, deadline=None)
@given(TABLES, TARGETS, st.integers(0, 30))
def test_rows_around_a_table_change_nothing(table: Table, target: Target, around: int) -> None:
    """The rows before and after a table, being other people, leave what its own rows become as it is."""
    mapping = mapped(table, target, {})
    alone = check_table(table, mapping)
    other = ["", "org:member", "", "", "", "", "", ""]
    before = [[f"other{i}@mail{i}.example.net", *other[1:]] for i in range(around)]
    after = [[f"more{i}@post{i}.example.net", *other[1:]] for i in range(around)]
    within = check_table(table_of(COLUMNS, *before, *[row.cells for row in table.rows], *after), mapping)
    own = range(2 + around, 2 + around + len(table.rows))
    assert [line - around for line in within.lines if line in own] == list(alone.lines)
    assert [item for line, item in zip(within.lines, within.items, strict=True) if line in own] == list(alone.items)

    def rules_told(issues: Sequence[Issue], shift: int, lines: range) -> list[tuple[int, str]]:
        about_rows = [issue for issue in issues if issue.line in lines and issue.rule != "privileged_role"]
        return sorted(((issue.line or 0) - shift, issue.rule) for issue in about_rows)

    assert rules_told(within.issues, around, own) == rules_told(alone.issues, 0, range(2, 2 + len(table.rows)))


def test_a_cell_that_cannot_even_be_shown_is_an_issue() -> None:
    """A list in a list in a list, one that holds itself, thousands of digits: said to be unusable; the rest goes on."""
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    endless: dict[str, Any] = {}
    endless["self"] = endless
    rows = [
        [deep, "x"],
        ["ada@example.com", deep],
        ["bob@example.com", endless],
        [10**5000, 10**5000],
        ["kim@example.com", {"a": 10**5000}],
        ["eva@example.com", {"a": 1}],
    ]
    checked = check(table_of(["email", "public_metadata"], *rows))
    assert told(checked) == [
        (2, "email", "invalid_address"),
        (2, "public_metadata", "invalid_value"),
        (3, "public_metadata", "invalid_value"),
        (4, "public_metadata", "invalid_value"),
        (5, "email", "invalid_address"),
        (5, "public_metadata", "invalid_value"),
        (6, "public_metadata", "invalid_value"),
    ]
    assert checked.issues[0].cell == "<list that cannot be shown>"
    assert checked.items == ({"email_address": "eva@example.com", "public_metadata": {"a": 1}},)


# Duplicates.


@pytest.mark.parametrize(
    "again",
    [
        "ada@example.com",
        "Ada@Example.COM",
        " ada@example.com",
        "ada@example.com\u00a0",
        "\u200bada@example.com",
        "mailto:ada@example.com",
        "Ada Lovelace <ADA@example.com>",
    ],
)
def test_one_person_in_several_spellings_is_invited_once(again: str) -> None:
    """Case, blanks, a name around it, a link: the first line counts, and the second one names it."""
    checked = check(table_of(["email"], ["bob@example.com"], ["ada@example.com"], [again]))
    assert checked.lines == (2, 3)
    (issue,) = checked.issues.errors
    assert (issue.line, issue.rule, issue.cell) == (4, "duplicate_address", again)
    assert issue.message == "ada@example.com stands in line 3 already; only that line is invited."


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@bu\u0308cher.example"),
        ("zo\u00eb@example.com", "zoe\u0308@example.com"),
    ],
)
def test_two_spellings_of_the_same_letters_are_one_person(first: str, second: str) -> None:
    """Composed or not, in Unicode or in the ASCII spelling of a domain: one person."""
    checked = check(table_of(["email"], [first], [second]))
    assert checked.lines == (2,)
    assert told(checked)[-1] == (3, "email", "duplicate_address")


def test_tags_and_other_domains_are_other_people() -> None:
    """A plus tag, a dot in the name and another ending are never taken for the same person."""
    people = ["ada@example.com", "ada+1@example.com", "ada+2@example.com", "a.da@example.com", "ada@example.org"]
    checked = check(table_of(["email"], *[[cell] for cell in people]))
    assert [item["email_address"] for item in checked.items] == people
    assert checked.ok


def test_a_line_with_an_error_does_not_claim_its_address() -> None:
    """When the first line of a person cannot be an invitation, the next good one is."""
    checked = check(
        table_of(
            ["email", "expires_in_days"],
            ["ada@example.com", "never"],
            ["ada@example.com", "30"],
            ["ada@example.com", "31"],
            ["ada@example.com", "400"],
        )
    )
    assert checked.items == ({"email_address": "ada@example.com", "expires_in_days": 30},)
    assert told(checked) == [
        (2, "expires_in_days", "invalid_value"),
        (4, "email", "duplicate_address"),
        (5, "expires_in_days", "invalid_value"),
    ]
    assert "line 3" in checked.issues[1].message


def test_a_ragged_line_does_not_claim_its_address_either() -> None:
    """A line that could not be read as a line is no invitation, and a later good line of the same person is."""
    checked = check("email,name\nada@example.com\nada@example.com,Ada\n")
    assert checked.lines == (3,)
    assert told(checked) == [(2, None, "ragged_line")]


# The whole.


def test_a_misspelt_domain_of_this_very_file_is_told_with_line_and_suggestion() -> None:
    """The domain most people of the file have is known: a rare neighbour of it is a warning, and is still invited."""
    rows = [[f"p{i}@lovelace.example"] for i in range(20)]
    rows[7] = ["P7@lovelcae.example "]
    checked = check(table_of(["email"], *rows))
    assert len(checked.invitations) == 20
    (issue,) = checked.issues
    assert (issue.line, issue.column, issue.rule, issue.cell, issue.suggestion) == (
        9,
        "email",
        "misspelt_domain",
        "P7@lovelcae.example ",
        "p7@lovelace.example",
    )


def test_a_table_without_rows_and_one_of_bad_rows_only_are_no_failures() -> None:
    """Nothing comes of nothing: no invitations, no batches, and the sum still holds."""
    empty = check(table_of(["email", "role"]), ORGANIZATION)
    assert (empty.rows, len(empty.invitations), empty.invalid, len(empty.issues)) == (0, 0, (), 0)
    assert empty.ok
    bad = check(table_of(["email"], ["ada"], [""], [None]))
    assert (bad.rows, len(bad.invitations), bad.invalid) == (3, 0, (2, 3, 4))
    assert [issue.rule for issue in bad.issues] == ["invalid_address", "missing_address", "missing_address"]
    assert not bad.ok


def test_line_numbers_that_do_not_rise_are_refused() -> None:
    """A row is known by its line: a table that numbers two rows alike is refused before anyone is invited twice."""
    table = Table(("email",), [Row(2, ("ada@example.com",)), Row(2, ("bob@example.com",))], Source("x", "records"))
    with pytest.raises(InputError, match="Line 2 comes after line 2: number the rows of a table upwards"):
        check(table)


def test_what_was_checked_shows_itself_as_data() -> None:
    """to_json() is the pinned document; repr and the sequence of invitations say what is in it."""
    checked = check(
        table_of(["email", "team"], ["ada@example.com", "core"], ["bob", "core"], ["eva@example.com", ""]),
        metadata=["team"],
    )
    document = json.loads(json.dumps(checked.to_json()))
    assert (document["rows"], document["invitations"], len(document["issues"])) == (3, 2, 1)
    assert document["issues"][0] == {
        "line": 3,
        "column": "email",
        "rule": "invalid_address",
        "severity": "error",
        "cell": "bob",
        "message": "This is not an e-mail address: there is no @ in it.",
        "suggestion": None,
    }
    assert repr(checked) == (
        "<Checked: 3 rows, 2 invitations to the application, <Issues: 1 errors, 0 warnings, 0 notes>>"
    )
    assert repr(checked.invitations) == "<Invitations: 2 for the application>"
    assert checked.invitations[0].email_address == "ada@example.com"
    assert [invitation.email_address for invitation in checked.invitations[1:]] == ["eva@example.com"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_invitations_and_issues_become_frames(library: Literal["pandas", "polars"]) -> None:
    """Typed columns with gaps where nothing was given, metadata as JSON text, and any cell whatever."""
    rows = [
        ["ada@example.com", "é", 7, "no"],
        ["\ud800", "x", None, None],
        ["eva@example.com", 1, None, None],
        ["zoe@example.com", None, 30, None],
    ]
    checked = check(table_of(["email", "level", "expires_in_days", "notify"], *rows), metadata=["level"])
    frame = checked.to_frame(library)
    dtypes = {
        "pandas": ["Int64", "str", "str", "boolean", "Int64"],
        "polars": ["Int64", "String", "String", "Boolean", "Int64"],
    }
    assert list(frame.columns) == ["line", "email_address", "public_metadata", "notify", "expires_in_days"]
    assert list(map(str, frame.dtypes)) == dtypes[library]
    assert list(frame["line"]) == [2, 4, 5]
    assert list(frame["public_metadata"])[:2] == ['{"level":"é"}', '{"level":1}']
    missing = frame.isna() if library == "pandas" else frame.select(polars.all().is_null())
    assert [list(missing[name]) for name in frame.columns[2:]] == [
        [False, False, True],
        [False, True, True],
        [False, True, False],
    ]
    issues = checked.issues.to_frame(library)
    assert list(issues.columns) == ["line", "column", "rule", "severity", "cell", "message", "suggestion"]
    assert [list(issues[name]) for name in ("line", "rule", "severity", "cell")] == [
        [3], ["invalid_address"], ["error"], ["\\ud800"],
    ]  # fmt: skip
    assert len(check("email\n").to_frame(library)) == len(check("email\n").issues.to_frame(library)) == 0


# The documented examples.

METADATA = {"example": "metadata", "example_nested": {"nested": "metadata"}}
REDIRECT_URL = "https://www.example.com/my-sign-up"
DOCUMENTED_APPLICATION = [
    {"emailAddress": address, "redirectUrl": REDIRECT_URL, "publicMetadata": METADATA}
    for address in ("invite@example.com", "invite2@example.com")
]
DOCUMENTED_ORGANIZATION = [
    {"inviterUserId": "user_1", "emailAddress": "testclerk1@clerk.dev", "role": "org:admin"},
    {"inviterUserId": "user_2", "emailAddress": "testclerk2@clerk.dev", "role": "org:member"},
]
WIRE_APPLICATION = [
    {"email_address": address, "redirect_url": REDIRECT_URL, "public_metadata": METADATA}
    for address in ("invite@example.com", "invite2@example.com")
]
WIRE_ORGANIZATION = [
    {"inviter_user_id": "user_1", "email_address": "testclerk1@clerk.dev", "role": "org:admin"},
    {"inviter_user_id": "user_2", "email_address": "testclerk2@clerk.dev", "role": "org:member"},
]


@pytest.mark.parametrize(
    ("target", "documented", "wire", "csv"),
    [
        (
            APPLICATION,
            DOCUMENTED_APPLICATION,
            WIRE_APPLICATION,
            "Email,Redirect URL,Metadata,public_metadata.example_nested.nested\n"
            f'invite@example.com,{REDIRECT_URL},"{{""example"": ""metadata""}}",metadata\n'
            f'invite2@example.com,{REDIRECT_URL},"{{""example"": ""metadata""}}",metadata\n',
        ),
        (
            ORGANIZATION,
            DOCUMENTED_ORGANIZATION,
            WIRE_ORGANIZATION,
            "inviterUserId;emailAddress;role\n"
            "user_1;testclerk1@clerk.dev;org:admin\nuser_2;testclerk2@clerk.dev;org:member\n",
        ),
    ],
    ids=["application", "organization"],
)
def test_clerks_documented_examples_come_out_key_by_key(
    target: Target, documented: list[dict[str, Any]], wire: list[dict[str, Any]], csv: str
) -> None:
    """From a CSV, from dicts in Clerk's own spelling and from the models: the documented keys and values, no others."""
    model = endpoint_for(target).item
    for people in (csv, documented, wire):
        checked = check(people, target)
        assert list(checked.items) == wire
        assert [invitation.to_params() for invitation in checked.invitations] == documented
        assert checked.ok
    assert [model.model_validate(params).to_wire() for params in documented] == wire


def test_a_target_given_as_text_is_told_how_to_be_one() -> None:
    """The id alone could be anything; the sentence has the call to write."""
    with pytest.raises(InputError, match=r"write cb\.Organization\('org_2abc'\)"):
        check("ada@example.com", "org_2abc")  # type: ignore[arg-type]
