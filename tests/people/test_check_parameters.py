"""check, parameter by parameter: what a cell becomes on the wire, what is refused, and what roles are told of."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from handmade import APPLICATION, ORGANIZATION, table_of, told

from clerkbulk.contract.endpoint import endpoint_for
from clerkbulk.contract.target import Target
from clerkbulk.errors import InputError
from clerkbulk.people.check import Checker, check
from clerkbulk.people.issue import Severity
from clerkbulk.people.mapping import map_columns


@pytest.mark.parametrize(
    ("target", "cells", "item"),
    [
        (
            APPLICATION,
            {
                "emailAddress": "Ada@example.com",
                "redirectUrl": " https://app.example.com ",
                "publicMetadata": '{"team": "core"}',
                "notify": "nein",
                "ignoreExisting": "ja",
                "expiresInDays": "14",
                "templateSlug": "waitlist_invitation",
            },
            {
                "email_address": "ada@example.com",
                "redirect_url": "https://app.example.com",
                "public_metadata": {"team": "core"},
                "notify": False,
                "ignore_existing": True,
                "expires_in_days": 14,
                "template_slug": "waitlist_invitation",
            },
        ),
        (
            ORGANIZATION,
            {
                "email_address": "Ada@example.com",
                "role": "org:member",
                "inviter_user_id": "user_1",
                "public_metadata": {"team": "core"},
                "private_metadata": '{"cost_centre": 7}',
                "redirect_url": "https://app.example.com",
                "expires_in_days": 365,
                "notify": True,
            },
            {
                "email_address": "ada@example.com",
                "role": "org:member",
                "inviter_user_id": "user_1",
                "public_metadata": {"team": "core"},
                "private_metadata": {"cost_centre": 7},
                "redirect_url": "https://app.example.com",
                "expires_in_days": 365,
                "notify": True,
            },
        ),
    ],
)
def test_every_parameter_comes_from_cells_or_from_defaults(
    target: Target, cells: dict[str, Any], item: dict[str, Any]
) -> None:
    """All documented parameters of both calls, from the row's own cells and from defaults, in either spelling."""
    assert set(item) == set(endpoint_for(target).item.parameters())
    assert check([cells], target).items == (item,)
    (address, email), *others = cells.items()
    assert check([{address: email}], target, defaults=dict(others)).items == (item,)
    empty = {address: email, **{name: "" for name, _ in others}}
    assert check([empty], target, defaults=dict(others)).items == (item,)


def test_a_cell_wins_over_the_default_and_false_is_not_empty() -> None:
    """Only an empty cell takes the default; a no, a zero-like text and an empty object are values."""
    rows = [["ada@example.com", "no", "{}"], ["bob@example.com", None, None]]
    checked = check(table_of(["email", "notify", "public_metadata"], *rows), defaults={"notify": True})
    assert checked.items == (
        {"email_address": "ada@example.com", "public_metadata": {}, "notify": False},
        {"email_address": "bob@example.com", "notify": True},
    )


def test_metadata_comes_from_columns_a_whole_object_and_a_default_together() -> None:
    """Keys of columns and of an object in a cell lie over the default, level by level; types stay what they were."""
    table = table_of(
        ["email", "team", "public_metadata.place.city", "public_metadata"],
        ["ada@example.com", "00042", "Paris", '{"level": 3, "place": {"floor": 2}}'],
        ["bob@example.com", "", "", ""],
        ["eva@example.com", 42.0, True, None],
    )
    checked = check(
        table, metadata=["team"], defaults={"public_metadata": {"source": "import", "place": {"country": "FR"}}}
    )
    assert [item["public_metadata"] for item in checked.items] == [
        {"source": "import", "place": {"country": "FR", "city": "Paris", "floor": 2}, "team": "00042", "level": 3},
        {"source": "import", "place": {"country": "FR"}},
        {"source": "import", "place": {"country": "FR", "city": True}, "team": 42},
    ]


def test_no_two_items_share_an_object() -> None:
    """Changing one item's metadata changes nobody else's, whether it came from a column, an object or a default."""
    rows = [["ada@example.com", "core", '{"a": {"b": [1]}}'], ["bob@example.com", "core", '{"a": {"b": [1]}}']]
    for metadata, defaults in (([], {}), (["team"], {}), (["team"], {"public_metadata": {"a": {"c": [2]}}})):
        first, second = check(
            table_of(["email", "team", "public_metadata"], *rows), metadata=metadata, defaults=defaults
        ).items
        assert first["public_metadata"] == second["public_metadata"]
        first["public_metadata"]["a"]["b"].append(2)
        assert second["public_metadata"]["a"]["b"] == [1]
    first, second = check(["ada@example.com", "bob@example.com"], defaults={"public_metadata": {"a": [1]}}).items
    first["public_metadata"]["a"].append(2)
    assert second["public_metadata"] == {"a": [1]}


def test_equal_cells_of_different_types_are_different_cells() -> None:
    """True, 1 and 1.0 are equal in Python; as metadata they stay what they were, in whatever order they come."""
    values = [1, True, 1.0, "1", True, 1, 0, False]
    rows = [[f"p{i}@example.com", value] for i, value in enumerate(values)]
    for cut in (1, 2, len(rows)):
        table = table_of(["email", "level"], *rows)
        checker = Checker(table.columns, map_columns(table, APPLICATION, metadata=["level"]))
        levels = [
            item["public_metadata"]["level"]
            for start in range(0, len(rows), cut)
            for item in checker.take(range(start, start + cut)[: len(rows) - start], rows[start : start + cut])[1]
        ]
        assert [repr(level) for level in levels] == ["1", "True", "1", "'1'", "True", "1", "0", "False"]


def test_the_same_moment_in_two_time_zones_is_two_texts() -> None:
    """Moments that are equal are still written down as they came, whichever comes first."""
    utc = datetime.datetime(2026, 5, 12, 12, tzinfo=datetime.UTC)
    paris = utc.astimezone(datetime.timezone(datetime.timedelta(hours=2)))
    assert utc == paris
    rows = [["ada@example.com", utc], ["bob@example.com", paris]]
    items = check(table_of(["email", "joined"], *rows), metadata=["joined"]).items
    assert [item["public_metadata"]["joined"] for item in items] == [
        "2026-05-12T12:00:00+00:00",
        "2026-05-12T14:00:00+02:00",
    ]


def test_a_key_that_no_json_can_carry_is_an_error() -> None:
    """A header with half a character cannot become a metadata key: the lines say so, and no body breaks."""
    checked = check(table_of(["email", "team\ud800"], ["ada@example.com", "core"]), metadata=["team\ud800"])
    (issue,) = checked.issues
    assert (issue.rule, issue.severity) == ("invalid_value", Severity.ERROR)
    assert "half a character" in issue.message


def test_the_bounds_of_metadata_count_all_columns_together() -> None:
    """Three columns that are small alone may be too large together: 8 KB is refused, 1.2 KB warned of, in bytes."""
    around = len('{"a":"","b":"","c":""}')
    cases = [("x", 1228 - around), ("x", 1229 - around), ("é", (8192 - around) // 2), ("é", (8194 - around) // 2)]
    rows = [
        [f"p{i}@example.com", letter * 400, letter * 600, letter * (count - 1000)]
        for i, (letter, count) in enumerate(cases)
    ]
    checked = check(table_of(["email", "a", "b", "c"], *rows), metadata=["a", "b", "c"])
    assert [(issue.line, issue.rule, issue.severity.value) for issue in checked.issues] == [
        (3, "large_metadata", "warning"),
        (4, "large_metadata", "warning"),
        (5, "invalid_value", "error"),
    ]
    assert "it takes 8,194 bytes as JSON, and Clerk takes 8,192 (8 KB)" in checked.issues[2].message


def test_columns_that_contradict_each_other_are_an_error() -> None:
    """Two cells that give one key different values: the line is not invited, and the sentence names both."""
    row = ["ada@example.com", "core", '{"team": "sales"}']
    checked = check(table_of(["email", "team", "public_metadata"], row), metadata=["team"])
    (issue,) = checked.issues
    assert (issue.line, issue.rule, issue.severity) == (2, "invalid_value", Severity.ERROR)
    assert "`team`" in issue.message
    assert "`public_metadata`" in issue.message


# Roles.


def test_an_organization_needs_a_role() -> None:
    """Without a role column or default every line is an error; with a column, only the lines where it is empty."""
    checked = check(["ada@example.com", "bob@example.com"], ORGANIZATION)
    assert [(issue.line, issue.column, issue.rule) for issue in checked.issues] == [
        (1, None, "missing_role"),
        (2, None, "missing_role"),
    ]
    checked = check(
        table_of(["email", "role"], ["ada@example.com", "org:member"], ["bob@example.com", " "]), ORGANIZATION
    )
    assert checked.items == ({"email_address": "ada@example.com", "role": "org:member"},)
    assert told(checked) == [(3, "role", "missing_role")]


def test_many_administrators_are_pointed_out_once() -> None:
    """Three administrators among few people are a warning about the whole, with the lines; one is none."""
    rows = [[f"p{i}@example.com", "org:admin" if i in (1, 4, 6) else "org:member"] for i in range(8)]
    (issue,) = check(table_of(["email", "role"], *rows), ORGANIZATION).issues
    assert (issue.line, issue.column, issue.rule, issue.severity) == (3, "role", "privileged_role", Severity.WARNING)
    assert "3 of 8 rows ask for org:admin" in issue.message
    assert "(lines 3, 6, 8)" in issue.message
    assert check(table_of(["email", "role"], *rows[:2]), ORGANIZATION).ok


def test_a_doubtful_default_is_told_once_and_an_unusable_one_refused() -> None:
    """What is wrong with a default is wrong with the whole table: one issue without a line, or an InputError."""
    checked = check(["ada@example.com", "bob@example.com"], defaults={"redirect_url": "/welcome"})
    assert [(issue.line, issue.rule, issue.cell) for issue in checked.issues] == [
        (None, "doubtful_redirect_url", "/welcome")
    ]
    assert len(checked.invitations) == 2
    with pytest.raises(
        InputError, match=r"^The default for expires_in_days cannot be used: .* from 1 to 365, and this is 0\.$"
    ):
        check(["ada@example.com"], defaults={"expires_in_days": 0})
